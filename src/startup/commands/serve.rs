//! `serve` and `work`: the service, or only its jobs.

use super::print_line;
use crate::service::activation;
use crate::startup::database::Database;
use crate::startup::sealing_key::vault;
use crate::startup::service::{self, Roles, listen};
use crate::startup::settings::Settings;
use crate::startup::telemetry::Spans;
use crate::startup::{logging, shutdown};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// What a process of the service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Screens, API and jobs.
    All,
    /// Screens and API.
    Front,
    /// Jobs.
    Jobs,
}

/// Runs until it is told to end.
pub async fn run(config_file: Option<&Path>, work: Work) -> anyhow::Result<ExitCode> {
    let mut settings = Settings::load(config_file)?;
    let spans = Spans::start(&settings.traces)?;
    logging::start_with(&settings.log, spans.as_ref());
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    let shutdown = shutdown::on_signal()?;
    // First the ports: a second start should fail before it touches anything.
    let roles = roles(&settings, work).await?;
    let vault = Arc::new(vault(&mut settings)?);
    let mut database = Database::open(&settings.database).await?;
    tracing::info!(work = ?work, listen = %settings.http.listen, public_url = %settings.http.public_url, "ready");
    if work != Work::Jobs {
        invite_first(&settings, &database).await?;
    }
    let result = service::run(&settings, vault, &mut database, roles, shutdown).await;
    database.close().await?;
    tracing::info!("ended");
    if let Some(spans) = spans {
        spans.end().await;
    }
    result.map(|()| ExitCode::SUCCESS)
}

/// An installation without a partner prints a code that makes the first one; it goes to standard output, not into the log.
async fn invite_first(settings: &Settings, database: &Database) -> anyhow::Result<()> {
    let app = service::app(settings, database.pool.clone());
    let valid = service::delta(settings.sign_in.activation);
    if let Some(code) = activation::first_start(&app, valid).await? {
        let address = service::activation_address(settings);
        print_line(&format!(
            "There is no partner yet. Activation code: {code}\nEnter it at {address}; it works once, within {} hours.",
            valid.num_hours()
        ))?;
    }
    Ok(())
}

async fn roles(settings: &Settings, work: Work) -> anyhow::Result<Roles> {
    let front = match work {
        Work::All | Work::Front => Some(listen("http.listen", settings.http.listen).await?),
        Work::Jobs => None,
    };
    let metrics = Some(listen("metrics.listen", settings.metrics.listen).await?);
    Ok(Roles { front, metrics, jobs: work != Work::Front })
}
