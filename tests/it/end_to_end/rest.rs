//! The REST API as a program uses it: requests over the wire, each answer held to the document.

use crate::api::contract::{self, Answer};
use reqwest::{Client, Method};
use serde_json::Value;

/// A service and a token for it.
pub struct Rest {
    /// Where screens and API are.
    pub url: String,
    /// Of the API.
    pub token: String,
    http: Client,
}

impl Rest {
    /// The API at this address.
    pub fn new(url: String, token: String) -> Self {
        Self { url, token, http: Client::new() }
    }

    /// Reads something; the answer is held to the document.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// Stores something.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), None).await
    }

    /// Starts something under a key of its own.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_as(&uuid::Uuid::new_v4().to_string(), path, body).await
    }

    /// Starts something under this key.
    pub async fn post_as(&self, key: &str, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), Some(key)).await
    }

    /// Asks for something that needs neither key nor body.
    pub async fn ask(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None, None).await
    }

    /// Sends a request over the wire and holds the answer to the document.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>, key: Option<&str>) -> Answer {
        self.try_send(method, path, body, key).await.expect("the service answers")
    }

    /// The same with a service that may go away meanwhile.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?;
        let answer = Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() };
        contract::check(method.as_str(), path, &answer);
        Ok(answer)
    }

    /// All rows of a list, page by page.
    pub async fn list(&self, path: &str, limit: usize) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = None;
        loop {
            let separator = if path.contains('?') { '&' } else { '?' };
            let after = cursor.map(|cursor: String| format!("&cursor={cursor}")).unwrap_or_default();
            let page = self.get(&format!("{path}{separator}limit={limit}{after}")).await.ok();
            let data = page["data"].as_array().unwrap();
            assert!(data.len() <= limit, "a page holds at most {limit} rows");
            rows.extend(data.iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return rows,
            }
        }
    }
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    /// The body of an answer of 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.is(200)
    }

    /// The body of a problem whose `type` ends so.
    #[track_caller]
    pub fn problem(self, status: u16, slug: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.slug()), (status, slug), "{:#}", self.body);
        self.body
    }
}
