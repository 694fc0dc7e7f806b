//! `migrate`: brings the database's schema up to date.

use super::print_line;
use crate::startup::database::Database;
use crate::startup::logging;
use crate::startup::settings::Settings;
use crate::storage::MIGRATOR;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Opens the database, which migrates it, and closes it again.
pub async fn run(config_file: Option<&Path>, as_json: bool) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(config_file)?;
    logging::start(&settings.log);
    Database::open(&settings.database).await?.close().await?;
    let version = MIGRATOR.iter().last().map(|migration| migration.version);
    let line = if as_json { json!({ "version": version }).to_string() } else { "The database is up to date.".into() };
    print_line(&line)?;
    Ok(ExitCode::SUCCESS)
}
