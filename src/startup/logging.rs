//! Logs go to standard error: standard output belongs to what a command prints. Spans go to a collector, if there is one.

use super::settings::{Log, LogFormat};
use super::telemetry::Spans;
use std::io::{self, IsTerminal};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// Starts logging as the settings say. Does nothing where somebody has done so already.
pub fn start(log: &Log) {
    start_with(log, None);
}

/// The same, and hands spans over.
pub fn start_with(log: &Log, spans: Option<&Spans>) {
    // Each has a filter of its own: what is logged says nothing about what is traced.
    let filter = EnvFilter::new(&log.filter);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Text => {
            fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr).with_filter(filter).boxed()
        }
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(io::stderr).with_filter(filter).boxed(),
    };
    let layers: Vec<_> = [Some(lines), spans.map(Spans::layer)].into_iter().flatten().collect();
    tracing_subscriber::registry().with(layers).try_init().ok();
}
