//! The REST API as a program uses it.

use anyhow::{Context, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// A service and a token for it.
pub struct Rest {
    /// Where screens and API are.
    pub url: String,
    token: String,
    http: Client,
}

/// A row of an import: the organization, the choice of its account and its plan.
pub struct Row {
    pub organization: String,
    pub name: String,
    pub account: Value,
    pub plan: String,
    pub template: Option<&'static str>,
}

impl Rest {
    pub fn new(url: String, token: String) -> Self {
        Self { url, token, http: Client::new() }
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        self.send(Method::POST, path, body).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url)).bearer_auth(&self.token);
        request = request.header("idempotency-key", uuid::Uuid::new_v4().to_string());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{method} {path}: {status} {text}");
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
    }

    /// Goes through all four steps of an import with these rows; gives its id and the hash of its plan.
    pub async fn ready(&self, rows: &[Row]) -> anyhow::Result<(String, String)> {
        let organizations: Vec<_> = rows.iter().map(|row| &row.organization).collect();
        let import = self.post("/api/v1/imports", Some(json!({ "organization_ids": organizations }))).await?;
        let id = import["id"].as_str().context("an id")?.to_owned();
        let each = |value: fn(&Row) -> Value| -> Vec<Value> {
            let with_id = |row: &Row| {
                let mut item = value(row);
                item["organization_id"] = row.organization.clone().into();
                item
            };
            rows.iter().map(with_id).collect()
        };
        let steps = [
            ("accounts", json!({ "items": each(|row| json!({ "account": row.account })) })),
            ("notifications", json!({ "send_all_to_partner": true, "recipients": [] })),
            (
                "service-plans",
                json!({ "items": each(|row| json!({ "service_plan_id": row.plan, "seats": null })), "order": null }),
            ),
            ("templates", json!({ "items": each(|row| json!({ "template_id": row.template })) })),
        ];
        for (step, mut body) in steps {
            let import = self.get(&format!("/api/v1/imports/{id}")).await?;
            body["version"] = import["version"].clone();
            self.send(Method::PUT, &format!("/api/v1/imports/{id}/{step}"), Some(body)).await?;
        }
        let plan = self.get(&format!("/api/v1/imports/{id}/plan")).await?;
        let hash = plan["hash"].as_str().context("a plan has a hash")?.to_owned();
        Ok((id, hash))
    }
}
