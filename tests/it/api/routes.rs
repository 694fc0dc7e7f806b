//! The document and the router name the same calls.

use super::contract::{self, Answer, DOCUMENT};
use super::requests::{send, service};
use axum::http::Request;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const ID: &str = "01927c1e-0000-7000-8000-000000000000";

fn concrete(path: &str) -> String {
    path.replace("{import_id}", ID).replace("{organization_id}", "7")
}

/// Methods of every path of the API.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (method, path) in contract::operations().into_iter().filter(|(_, path)| path.starts_with("/api/")) {
        methods.entry(path).or_default().insert(method);
    }
    methods
}

#[test]
fn every_path_of_the_document_is_routed_and_no_other() {
    let documented: BTreeSet<_> = documented().into_keys().collect();
    let routed = worryfree_plugin::api::paths().into_iter().map(|path| format!("/api{path}")).collect();
    assert_eq!(documented, routed);
}

#[tokio::test]
async fn every_path_takes_the_documented_methods_and_no_other() {
    for (path, mut methods) in documented() {
        let request = Request::builder().method("DELETE").uri(concrete(&path));
        let answer = send(request.body(String::new()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.slug()), (405, "method-not-allowed"), "{path}");
        let allow = answer.headers["allow"].to_str().unwrap();
        if methods.contains("GET") {
            methods.insert("HEAD".into());
        }
        assert_eq!(allow.split(',').map(|method| method.trim().to_owned()).collect::<BTreeSet<_>>(), methods, "{path}");
    }
}

#[tokio::test]
async fn every_call_but_the_document_wants_to_know_who_calls() {
    for (method, path) in contract::operations().into_iter().filter(|(_, path)| path.starts_with("/api/")) {
        if path.ends_with("openapi.json") {
            continue;
        }
        let request = Request::builder().method(&*method).uri(concrete(&path)).body(String::new()).unwrap();
        let answer = send(request).await;
        assert_eq!((answer.status.as_u16(), answer.slug()), (401, "unauthenticated"), "{method} {path}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn the_document_is_served_to_anybody() {
    let request = Request::get("/api/v1/openapi.json").body(String::new()).unwrap();
    let answer = send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, *DOCUMENT);
}

#[test]
fn references_lead_somewhere_and_ids_of_operations_are_unique() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(values) => {
                found.extend(values.get("$ref").and_then(Value::as_str));
                values.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    references(&DOCUMENT, &mut found);
    let lost: Vec<_> = found.iter().filter(|reference| DOCUMENT.pointer(&reference[1..]).is_none()).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let ids: Vec<_> = contract::operations()
        .into_iter()
        .map(|(method, path)| DOCUMENT["paths"][&path][method.to_lowercase()]["operationId"].to_string())
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn the_examples_of_requests_fit_their_schemas() {
    for (method, path) in contract::operations() {
        let body = &DOCUMENT["paths"][&path][method.to_lowercase()]["requestBody"]["content"]["application/json"];
        if let Some(example) = body.get("example") {
            assert_eq!(contract::instance_violations(&body["schema"], example), [""; 0], "{method} {path}");
        }
    }
}

#[tokio::test]
async fn health_and_readiness_are_as_documented() {
    for (missing, status) in [("ok", 200), ("3 migrations are missing", 503)] {
        for path in ["/healthz", "/readyz"] {
            let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
            let response = tower::ServiceExt::oneshot(service(missing), request).await.unwrap();
            let answer = Answer::checked("GET", path, response).await;
            assert_eq!(answer.status.as_u16(), if path == "/healthz" { 200 } else { status });
        }
    }
}
