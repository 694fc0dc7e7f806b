//! `mapping`: the table of a partner's customers.

use super::print_line;
use crate::domain::ids::PartnerId;
use crate::service::App;
use crate::service::access;
use crate::service::mapping;
use crate::service::partners;
use crate::startup::database::Database;
use crate::startup::service;
use crate::startup::settings::Settings;
use anyhow::{Context, bail};
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
    let rows = mapping::export(app, chosen(app, partner).await?, with_unlinked).await?;
    if as_json {
        return Ok(print_line(&json!({ "customers": rows }).to_string())?);
    }
    match io::stdout().write_all(&mapping::write(&rows)?) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// The partner named, or the only one.
pub(super) async fn chosen(app: &App, key: Option<&str>) -> anyhow::Result<PartnerId> {
    let missing = |key: &str| format!("there is no partner with the key {key:?}; `partner list` shows the keys");
    if let Some(key) = key {
        return Ok(access::partner_by_key(app, key).await?.with_context(|| missing(key))?.partner_id);
    }
    match partners::list(app).await?.as_slice() {
        [only] => {
            let key = &only.partner_key;
            Ok(access::partner_by_key(app, key).await?.with_context(|| missing(key))?.partner_id)
        }
        [] => bail!("there is no partner yet; add one with: partner add --file partner.toml"),
        _ => bail!("there are several partners; name one with --partner KEY (`partner list` shows the keys)"),
    }
}
