//! Metrics in the Prometheus text format, on a port of their own.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// Upper ends of the buckets of every time in seconds.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// How a number behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Times in seconds, by buckets.
    Histogram,
}

/// Every number there is, with what it says. Labels are few and fixed: no partner, no customer, no address.
pub const ALL: [(&str, Kind, &str); 31] = [
    ("http_requests_total", Kind::Counter, "Requests by method, route and status"),
    ("http_request_seconds", Kind::Histogram, "How long answers took to begin, by method and route"),
    ("upstream_requests_total", Kind::Counter, "Calls to vendors by vendor, operation and outcome"),
    ("upstream_request_seconds", Kind::Histogram, "How long calls to vendors took, by vendor, operation and outcome"),
    ("upstream_retries_total", Kind::Counter, "Readings that were tried again"),
    ("jobs_claimed_total", Kind::Counter, "Jobs that this process took up, by kind"),
    ("jobs_ended_total", Kind::Counter, "Jobs that ended in this process, by kind and end"),
    ("job_seconds", Kind::Histogram, "How long this process had a job, by kind"),
    ("leases_taken_over_total", Kind::Counter, "Jobs taken over from a worker that fell silent, by kind"),
    ("leases_lost_total", Kind::Counter, "Jobs that this process lost because it could not renew its lease"),
    ("jobs", Kind::Gauge, "Open jobs by kind and state: due, later, running, silent"),
    ("jobs_oldest_due_seconds", Kind::Gauge, "How long the job has waited that has waited longest, by kind"),
    ("operations_open", Kind::Gauge, "Writes at vendors that are not settled, by kind and state"),
    ("operations_oldest_in_doubt_seconds", Kind::Gauge, "Since when the oldest write is in doubt"),
    ("integrations_open", Kind::Gauge, "Integrations that have not ended, by status"),
    ("integrations_waiting", Kind::Gauge, "Integrations that stand still, by reason"),
    ("partners", Kind::Gauge, "Partners"),
    ("partners_frozen", Kind::Gauge, "Partners for whom an operator has stopped all writes"),
    ("partners_to_compare", Kind::Gauge, "Partners held until their accounts are compared with restored records"),
    ("connections_refused", Kind::Gauge, "Connections whose credentials the vendor refuses, by vendor"),
    ("inventory_oldest_seconds", Kind::Gauge, "Age of the part of an inventory that was read longest ago, by part"),
    ("inventories_failed", Kind::Gauge, "Partners whose last refresh failed"),
    ("database_up", Kind::Gauge, "Whether the database answered the last time these numbers were read"),
    ("database_connections", Kind::Gauge, "Connections of this process by state: idle, used"),
    ("database_connections_max", Kind::Gauge, "Connections that this process may have"),
    ("worker_alive", Kind::Gauge, "Whether this process looks for jobs; only where it should"),
    ("build_info", Kind::Gauge, "1, with the version of this process"),
    ("process_start_time_seconds", Kind::Gauge, "When this process started, in seconds since 1970"),
    ("process_resident_memory_bytes", Kind::Gauge, "Memory of this process"),
    ("process_open_fds", Kind::Gauge, "Open files and connections of this process"),
    ("process_threads", Kind::Gauge, "Threads of this process"),
];

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
    let handle = PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder().map(Handle)?;
    describe();
    Ok(handle)
}

fn describe() {
    for (name, kind, says) in ALL {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, says),
            Kind::Gauge => metrics::describe_gauge!(name, says),
            Kind::Histogram => metrics::describe_histogram!(name, says),
        }
    }
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
