//! What surrounds every request of both front ends.

use super::problem::Problem;
use super::{request_id, status};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::time::{Duration, Instant};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument;

/// The longest body that is read, forms included: one of an import of 500 rows with every field filled takes half of it.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// A request that has not begun to answer by then is given up. Streams have begun to answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What every answer tells a browser unless the page says otherwise.
pub(super) const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()",
    ),
];

/// Puts the layers around all routes added so far.
pub fn apply(router: Router) -> Router {
    router.layer(
        ServiceBuilder::new()
            .layer(from_fn(request_id::middleware))
            .layer(from_fn(observe))
            .layer(from_fn(secure))
            // Event streams, images and short answers are left alone by its default.
            .layer(CompressionLayer::new())
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn(|request, next| time_out(REQUEST_TIMEOUT, request, next)))
            .layer(DefaultBodyLimit::max(BODY_LIMIT)),
    )
}

/// Tells browsers never to come without TLS again.
pub fn only_https(router: Router) -> Router {
    let year = HeaderValue::from_static("max-age=31536000");
    router.layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, year))
}

/// One span and one line for each request, and its metrics: method, route and status, never the query or a header.
async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = method(request.method());
    let path = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {path}"),
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        request_id = request_id::current(),
        method,
        path
    );
    let response = next.run(request).instrument(span.clone()).await;
    let (status, duration) = (response.status().as_u16(), started.elapsed());
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    span.in_scope(|| tracing::info!(status, duration_ms = duration.as_secs_f64() * 1000.0, "answered"));
    let labels = [("method", method.to_owned()), ("path", path.clone()), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_seconds", "method" => method, "path" => path).record(duration);
    response
}

/// The methods there are; whatever else somebody sends must not become a label.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn time_out(limit: Duration, request: Request, next: Next) -> Response {
    if let Ok(response) = tokio::time::timeout(limit, next.run(request)).await {
        return response;
    }
    tracing::warn!("a request took too long and was given up");
    let detail = "This takes too long now. Look at the current state before you try again.";
    Problem::new(status::UNAVAILABLE, detail).into_response()
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a value that is no text");
    tracing::error!(request_id = request_id::current(), error = message, "a handler panicked");
    Problem::internal().into_response()
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
