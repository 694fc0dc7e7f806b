//! Spans for OpenTelemetry: sent as OTLP over HTTP by a thread of its own, so that no request waits for a collector.

use super::settings::Traces;
use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use secrecy::ExposeSecret;
use std::collections::HashMap;
use std::time::Duration;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry};

/// A collector that takes longer gets no more of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What spans and their events may come from: this service. What libraries say is not under its rules.
const OURS: &str = "worryfree_plugin";

/// Takes spans in and hands them on.
#[derive(Debug)]
pub struct Spans(SdkTracerProvider);

impl Spans {
    /// Begins to send spans as the settings say; `None` where they name no endpoint.
    pub fn start(settings: &Traces) -> anyhow::Result<Option<Self>> {
        let Some(endpoint) = &settings.endpoint else { return Ok(None) };
        let authorization = settings.authorization.as_ref().map(|secret| secret.expose_secret().to_owned());
        let headers: HashMap<_, _> =
            authorization.map(|secret| ("authorization".to_owned(), secret)).into_iter().collect();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint.as_str())
            .with_timeout(PATIENCE)
            .with_headers(headers)
            .build()
            .context("traces.endpoint: spans cannot be sent there")?;
        let resource = Resource::builder_empty()
            .with_service_name(settings.service_name.clone())
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let ratio = f64::from(settings.sample_percent) / 100.0;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
            .with_resource(resource)
            .build();
        Ok(Some(Self(provider)))
    }

    /// Takes in the spans of this service, and what is said inside them.
    pub(super) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(OURS))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(OURS, Level::INFO))
            .boxed()
    }

    /// Sends what is left; a collector that is away does not hold the end up for long.
    pub async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(PATIENCE)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last spans could not be sent");
        }
    }
}
