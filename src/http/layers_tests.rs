use super::*;
use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::routing::get;
use tower::ServiceExt;

fn router() -> Router {
    let page =
        [(header::CONTENT_SECURITY_POLICY, "frame-ancestors https://vsa.example"), (header::CACHE_CONTROL, "private")];
    apply(
        Router::new()
            .route("/panic", get(async || -> StatusCode { panic!("the secret cause") }))
            .route("/long", get(async || "x".repeat(4096)))
            .route("/events", get(async || ([(header::CONTENT_TYPE, "text/event-stream")], "x".repeat(4096))))
            .route("/page", get(async move || (page, "a page"))),
    )
}

async fn send(path: &str) -> Response {
    let request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    router().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_panic_is_our_fault_and_stays_inside() {
    let request = Request::get("/panic").body(Body::empty()).unwrap();
    let response = router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.contains("internal-error") && text.contains(&id) && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn slow_requests_are_given_up() {
    let router = Router::new().route("/slow", get(async || std::future::pending::<StatusCode>().await));
    let router = router.layer(from_fn(|request, next| time_out(Duration::from_millis(1), request, next)));
    let response = router.oneshot(Request::get("/slow").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &HeaderValue::from_static("5")));
}

#[tokio::test]
async fn pages_set_their_own_policy() {
    let response = send("/page").await;
    assert_eq!(response.headers()["content-security-policy"], "frame-ancestors https://vsa.example");
    assert_eq!(response.headers()["cache-control"], "private");
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn long_answers_are_compressed_and_streams_are_not() {
    assert_eq!(send("/long").await.headers()["content-encoding"], "gzip");
    assert!(!send("/events").await.headers().contains_key("content-encoding"));
}
