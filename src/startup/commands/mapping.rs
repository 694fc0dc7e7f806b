//! `mapping`: the table of a partner's customers.

use super::partner::chosen;
use super::print_line;
use crate::service::App;
use crate::service::mapping;
use crate::startup::database::Database;
use crate::startup::service;
use crate::startup::settings::Settings;
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// Prints the table: CSV, or one JSON object.
pub async fn run(
    config_file: Option<&Path>,
    as_json: bool,
    partner: Option<&str>,
    with_unlinked: bool,
) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(config_file)?;
    let database = Database::open(&settings.database).await?;
    let app = service::app(&settings, database.pool.clone());
    let result = print(&app, as_json, partner, with_unlinked).await;
    database.close().await?;
    result.map(|()| ExitCode::SUCCESS)
}

async fn print(app: &App, as_json: bool, partner: Option<&str>, with_unlinked: bool) -> anyhow::Result<()> {
    let rows = mapping::export(app, chosen(app, partner).await?.0, with_unlinked).await?;
    if as_json {
        return Ok(print_line(&json!({ "customers": rows }).to_string())?);
    }
    match io::stdout().write_all(&mapping::write(&rows)?) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
