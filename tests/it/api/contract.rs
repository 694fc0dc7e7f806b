//! Holds answers to the document: the schema of each answer is looked up there.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The document.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(worryfree_plugin::api::document()).expect("the document is JSON"));

/// An answer that has been read.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; null if it is no JSON.
    pub body: Value,
}

impl Answer {
    /// Reads an answer completely.
    pub async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("the body can be read");
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// Reads an answer and holds it to the document.
    pub async fn checked(method: &str, path: &str, response: Response<Body>) -> Self {
        let answer = Self::of(response).await;
        check(method, path, &answer);
        answer
    }

    /// What the problem's `type` ends with.
    pub fn slug(&self) -> &str {
        self.body["type"].as_str().and_then(|text| text.rsplit(':').next()).unwrap_or_default()
    }
}

/// Panics with everything that differs from the document. `path` may have a query.
pub fn check(method: &str, path: &str, answer: &Answer) {
    let found = violations(method, path, answer);
    assert!(found.is_empty(), "{method} {path} answered {}:\n{}\n{:#}", answer.status, found.join("\n"), answer.body);
}

/// Everything that differs from the document.
pub fn violations(method: &str, path: &str, answer: &Answer) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let Some(operation) = operation(method, path) else {
        // No operation of the document: then a problem document is the only answer there may be.
        return schema_violations("application/problem+json", &schema("Problem"), answer);
    };
    let responses = &operation["responses"];
    let by_status = responses.get(answer.status.as_str()).or_else(|| responses.get("default"));
    let Some(response) = by_status.map(resolve) else { return vec![format!("{} is not documented", answer.status)] };
    let mut found = header_violations(response, answer);
    for (media_type, content) in response["content"].as_object().into_iter().flatten() {
        found.extend(schema_violations(media_type, &content["schema"], answer));
    }
    found
}

fn header_violations(response: &Value, answer: &Answer) -> Vec<String> {
    let promised = response["headers"].as_object().into_iter().flatten().map(|(name, _)| name);
    promised
        // Only on answers that are given again.
        .filter(|name| *name != "Idempotency-Replayed" && !answer.headers.contains_key(name.as_str()))
        .map(|name| format!("{name} is missing"))
        .collect()
}

fn schema_violations(media_type: &str, schema: &Value, answer: &Answer) -> Vec<String> {
    let sent = answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if essence != media_type {
        return vec![format!("Content-Type is {sent:?} instead of {media_type}")];
    }
    if !media_type.ends_with("json") {
        return Vec::new();
    }
    let mut found = instance_violations(schema, &answer.body);
    if media_type == "application/problem+json" && answer.body["status"] != answer.status.as_u16() {
        found.push("`status` is another one than the answer's".into());
    }
    found
}

/// What of `instance` differs from `schema`, which may refer to the document's components.
pub fn instance_violations(schema: &Value, instance: &Value) -> Vec<String> {
    let root = json!({"allOf": [schema], "components": DOCUMENT["components"]});
    let validator =
        jsonschema::options().should_validate_formats(true).build(&root).expect("the document's schemas are schemas");
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The schema of this name.
pub fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(&reference[1..]).expect("references lead somewhere"),
        None => value,
    }
}

/// The operation that a real path belongs to; paths without parameters go first.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?;
    let template = paths.keys().find(|template| *template == path);
    let template = template.or_else(|| paths.keys().find(|template| fits(template, path)))?;
    paths[template].get(method.to_ascii_lowercase())
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

/// Every method and path of the document.
pub fn operations() -> Vec<(String, String)> {
    let methods = ["get", "put", "post", "delete", "patch"];
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let named = methods.into_iter().filter(|method| item.get(*method).is_some());
            named.map(|method| (method.to_ascii_uppercase(), path.clone())).collect::<Vec<_>>()
        })
        .collect()
}
