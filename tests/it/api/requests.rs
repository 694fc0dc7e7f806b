//! What is answered before any use case is reached.

use super::contract::Answer;
use crate::support::plugin::sign_in;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use futures_util::FutureExt;
use secrecy::SecretBox;
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt;
use worryfree_plugin::api::{ApiState, router};
use worryfree_plugin::http::{health, layers};
use worryfree_plugin::service::notices::Notices;
use worryfree_plugin::service::{App, Limits};
use worryfree_plugin::storage::vault::Vault;

/// The API without a database.
fn app() -> App {
    let limits = Limits {
        inventory_max_age: TimeDelta::hours(1),
        session_idle: TimeDelta::hours(1),
        session_absolute: TimeDelta::hours(8),
        caps: worryfree_plugin::service::caps::Caps::default(),
    };
    let pool = sqlx::postgres::PgPoolOptions::new().connect_lazy("postgres://nobody@localhost:1/none");
    App { pool: pool.expect("the address can be read"), limits: Arc::new(limits), notices: Notices::default() }
}

/// All that is served, with a check that says `database`.
pub fn service(database: &'static str) -> Router {
    let readiness: health::Readiness =
        Arc::new(move || async move { BTreeMap::from([("database", database.to_owned())]) }.boxed());
    let sign_in = sign_in(&Arc::new(Vault::new(&SecretBox::new(Box::new([7; 32])))));
    layers::apply(router(ApiState { app: app(), sign_in }).merge(health::router(readiness)))
}

/// Sends a request and holds the answer to the document.
pub async fn send(request: Request<String>) -> Answer {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let response = service("ok").oneshot(request.map(Body::from)).await.expect("a router always answers");
    Answer::checked(&method, &path, response).await
}

async fn get(path: &str) -> Answer {
    send(Request::get(path).body(String::new()).expect("the path is one")).await
}

#[tokio::test]
async fn unknown_paths_are_problems_too() {
    for path in ["/api/v1", "/api/v2/imports", "/api/v1/importss", "/api/v1/imports/x/y/z"] {
        let answer = get(path).await;
        assert_eq!((answer.status.as_u16(), answer.slug()), (404, "not-found"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_its_headers() {
    let answer = get("/api/v1/imports").await;
    let id = answer.headers["x-request-id"].to_str().unwrap();
    assert_eq!(answer.body["request_id"], id, "one name for one request");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ] {
        assert_eq!(answer.headers[name], value, "{name}");
    }
}

#[tokio::test]
async fn ids_of_requests_are_ours() {
    let request = Request::get("/api/v1/imports").header("x-request-id", "evil").body(String::new()).unwrap();
    assert_ne!(send(request).await.headers["x-request-id"], "evil");
}

#[tokio::test]
async fn a_write_with_a_session_from_elsewhere_is_forbidden() {
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("x", "y")] {
        let request = Request::post("/api/v1/inventory/refresh")
            .header("host", "plugin.example")
            .header("cookie", "__Host-session=abc")
            .header(name, value)
            .body(String::new());
        let answer = send(request.unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.slug()), (403, "forbidden"), "{name}");
    }
}
