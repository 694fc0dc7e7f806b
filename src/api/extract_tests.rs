use super::*;
use crate::api::idempotency::IdempotencyKey;
use crate::api::query::NoParams;
use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::routing::{post, put};
use serde_json::json;
use tower::ServiceExt;

/// Calls that need only what the extractors read.
fn router() -> Router {
    let echo = async |ImportPath(import): ImportPath, _: NoParams, body: Json| {
        body.read(|node| node.object(&["n"])?.required("n")?.integer(1, 9)).map(|n| format!("{import} {n}"))
    };
    let maybe =
        async |OptionalJson(body): OptionalJson| body.map_or_else(|| "none".to_owned(), |body| body.0.to_string());
    Router::new()
        .route("/imports/{import_id}", put(echo))
        .route("/retry", post(maybe))
        .route("/create", post(async |key: IdempotencyKey| format!("{key:?}")))
}

const PATH: &str = "/imports/01927c1e-0000-7000-8000-000000000000";

async fn send(request: axum::http::request::Builder, body: impl Into<Body>) -> (StatusCode, Value, String) {
    let response: Response<Body> = router().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let slug = document["type"].as_str().and_then(|text| text.rsplit(':').next()).unwrap_or_default().to_owned();
    (status, document, slug)
}

fn json_put(path: &str) -> axum::http::request::Builder {
    Request::put(path).header("content-type", "application/json")
}

#[tokio::test]
async fn json_comes_as_json() {
    for good in ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\""] {
        let request = Request::put(PATH).header("content-type", good);
        assert_eq!(send(request, r#"{"n":1}"#).await.0, 200, "{good}");
    }
    for bad in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json; charset=latin1"]
    {
        let (status, _, slug) = send(Request::put(PATH).header("content-type", bad), r#"{"n":1}"#).await;
        assert_eq!((status.as_u16(), slug.as_str()), (415, "unsupported-media-type"), "{bad}");
    }
    assert_eq!(send(Request::put(PATH), r#"{"n":1}"#).await.0, 415, "no type at all");
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let deep = "[".repeat(100_000);
    for body in ["", "{", "{\"n\":1}x", "\u{feff}{}", "{'n':1}", "{\"n\":1e999}", &deep] {
        let (status, document, slug) = send(json_put(PATH), body.to_owned()).await;
        assert_eq!((status.as_u16(), slug.as_str()), (400, "malformed-request"), "{}", &body[..body.len().min(10)]);
        assert!(document["detail"].as_str().is_some_and(|detail| detail.contains("line 1")), "{document}");
    }
    assert_eq!(send(json_put(PATH), vec![b'"', 0xff, b'"']).await.0, 400, "not UTF-8");
}

#[tokio::test]
async fn long_bodies_are_refused_announced_or_not() {
    let (status, document, slug) = send(json_put(PATH), " ".repeat(BODY_LIMIT + 1)).await;
    assert_eq!(
        (status.as_u16(), slug.as_str(), &document["limit_bytes"]),
        (413, "payload-too-large", &json!(BODY_LIMIT))
    );
    let announced = json_put(PATH).header("content-length", BODY_LIMIT + 1);
    assert_eq!(send(announced, "{}").await.0, 413, "before it is read");
    let fits = format!("{{\"n\":1}}{}", " ".repeat(BODY_LIMIT - 7));
    assert_eq!(send(json_put(PATH), fits).await.0, 200);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_malformed() {
    let parts = [Ok("{\"n\":"), Err(std::io::Error::other("gone"))];
    let (status, _, slug) = send(json_put(PATH), Body::from_stream(futures_util::stream::iter(parts))).await;
    assert_eq!((status.as_u16(), slug.as_str()), (400, "malformed-request"));
}

#[tokio::test]
async fn mistakes_are_named() {
    let (status, document, slug) = send(json_put(PATH), r#"{"n":0,"m":1}"#).await;
    assert_eq!((status.as_u16(), slug.as_str()), (422, "validation-failed"));
    let paths: Vec<_> = document["errors"].as_array().unwrap().iter().map(|error| error["path"].clone()).collect();
    assert_eq!(paths, ["/m", "/n"]);
    let (status, document, _) = send(json_put(&format!("{PATH}?dry_run=true")), r#"{"n":1}"#).await;
    assert_eq!((status.as_u16(), &document["errors"][0]["path"]), (422, &json!("?dry_run")));
}

#[tokio::test]
async fn what_is_no_id_of_ours_names_nothing() {
    for id in
        ["1", "imp_01J9", "%00", "%ff", "01927c1e000070008000000000000000", "{01927c1e-0000-7000-8000-000000000000}"]
    {
        let id = id.replace('{', "%7B").replace('}', "%7D");
        let (status, _, slug) = send(json_put(&format!("/imports/{id}")), r#"{"n":1}"#).await;
        assert_eq!((status.as_u16(), slug.as_str()), (404, "not-found"), "{id}");
    }
}

#[tokio::test]
async fn an_optional_body_may_be_left_out() {
    assert_eq!(send(Request::post("/retry"), "").await.0, 200);
    assert_eq!(send(Request::post("/retry").header("content-type", "application/json"), "{}").await.0, 200);
    assert_eq!(send(Request::post("/retry"), "{}").await.0, 415);
}

#[tokio::test]
async fn keys() {
    let key = |key: &str| Request::post("/create").header("idempotency-key", key);
    assert_eq!(send(key("4a1c5f0e-1"), "").await.0, 200);
    for request in [Request::post("/create"), key("")] {
        let (status, _, slug) = send(request, "").await;
        assert_eq!((status.as_u16(), slug.as_str()), (400, "idempotency-key-missing"));
    }
    let long = "x".repeat(256);
    for request in [key(&long), key("a b"), key("ä"), key("a").header("idempotency-key", "b")] {
        let (status, document, _) = send(request, "").await;
        assert_eq!((status.as_u16(), &document["errors"][0]["path"]), (422, &json!("Idempotency-Key")));
    }
}
