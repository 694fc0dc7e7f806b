//! Metrics in the Prometheus text format, on a port of their own.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// Upper ends of the buckets of every time in seconds.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Reads what has been counted.
#[derive(Clone)]
pub struct Handle(PrometheusHandle);

impl Handle {
    /// Tidies up what was observed; to be called every few seconds.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// Starts counting in this process; only the first call can succeed.
pub fn install() -> Result<Handle, BuildError> {
    PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder().map(Handle)
}

/// `GET /metrics`.
pub fn router(handle: Handle) -> Router {
    let render = move || {
        let handle = handle.clone();
        async move {
            handle.upkeep();
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.0.render()).into_response()
        }
    };
    Router::new().route("/metrics", get(render))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    #[tokio::test]
    async fn what_was_counted_is_rendered() {
        let recorder = PrometheusBuilder::new().set_buckets(&SECONDS).unwrap().build_recorder();
        let handle = Handle(recorder.handle());
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("http_requests_total", "path" => "/x").increment(2);
            metrics::histogram!("http_request_seconds", "path" => "/x").record(0.03);
        });
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let response = router(handle).oneshot(request).await.unwrap();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(text.contains(r#"http_requests_total{path="/x"} 2"#), "{text}");
        assert!(text.contains(r#"http_request_seconds_bucket{path="/x",le="0.05"} 1"#), "{text}");
    }
}
