//! Whether the process answers and whether it can serve.

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A check that takes longer counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// What is ready and what is missing: by name, `ok` or a few words.
pub type Checks = BTreeMap<&'static str, String>;

/// Looks at everything the service needs.
pub type Readiness = Arc<dyn Fn() -> BoxFuture<'static, Checks> + Send + Sync>;

/// `GET /healthz` and `GET /readyz`.
pub fn router(readiness: Readiness) -> Router {
    let ready = move || {
        let readiness = Arc::clone(&readiness);
        async move { answer(tokio::time::timeout(CHECK_TIMEOUT, readiness()).await.ok()) }
    };
    Router::new().route("/healthz", get(health)).route("/readyz", get(ready))
}

async fn health() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

fn answer(checks: Option<Checks>) -> Response {
    let checks = checks.unwrap_or_else(|| Checks::from([("service", "the checks take too long".to_owned())]));
    if checks.values().all(|check| check == "ok") {
        return Json(json!({"status": "ready", "checks": checks})).into_response();
    }
    let body = Json(json!({"status": "not_ready", "checks": checks}));
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, HeaderValue::from_static("5"))], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missing_thing_makes_it_not_ready() {
        let ok = || "ok".to_owned();
        assert_eq!(answer(Some(Checks::from([("database", ok()), ("migrations", ok())]))).status(), 200);
        let missing = answer(Some(Checks::from([("database", ok()), ("migrations", "2 are missing".into())])));
        assert_eq!(missing.status(), 503);
        assert!(missing.headers().contains_key("retry-after"));
        assert_eq!(answer(None).status(), 503);
    }
}
