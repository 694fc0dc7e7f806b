//! `restored …`: after a database was restored from a backup.

use super::partner::known;
use super::print_line;
use crate::service::App;
use crate::service::restored::{self, HeldPartner};
use crate::startup::cli::Restored;
use crate::startup::database::Database;
use crate::startup::service;
use crate::startup::settings::Settings;
use crate::storage::restored::Stray;
use chrono::TimeDelta;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Carries out a `restored` command. The database is opened for it, beside a running service or without one.
pub async fn run(config_file: Option<&Path>, as_json: bool, command: Restored) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(config_file)?;
    let database = Database::open(&settings.database).await?;
    let app = service::app(&settings, database.pool.clone());
    let result = match command {
        Restored::Begin => begin(&app, service::delta(settings.lmp.settle), as_json).await,
        Restored::List => list(&app, as_json).await,
        Restored::Release { key } => release(&app, &key, as_json).await,
    };
    database.close().await?;
    result.map(|()| ExitCode::SUCCESS)
}

async fn begin(app: &App, settle: TimeDelta, as_json: bool) -> anyhow::Result<()> {
    let partners = restored::begin(&app.pool, settle).await?;
    let words = format!(
        "Nothing is created for {partners} partners until their accounts have been read, {} seconds from now at the earliest, and compared with the records. A running service does so by itself; `restored list` shows how far it is. API tokens that were revoked since the backup are valid again: revoke them again.",
        settle.num_seconds()
    );
    Ok(print_line(&if as_json { json!({ "partners": partners }).to_string() } else { words })?)
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    let held = restored::list(&app.pool).await?;
    if as_json {
        let partner = |partner: &HeldPartner| {
            let stray = |stray: &Stray| json!({ "account_id": stray.account_id, "name": stray.name });
            let strays: Vec<_> = partner.strays.iter().map(stray).collect();
            json!({ "partner_key": partner.held.partner_key, "compare_after": partner.held.compare_after, "accounts": strays })
        };
        let partners: Vec<_> = held.iter().map(partner).collect();
        return Ok(print_line(&json!({ "partners": partners }).to_string())?);
    }
    if held.is_empty() {
        print_line("Nobody is held: every partner's accounts agree with the records.")?;
    }
    for HeldPartner { held, strays } in &held {
        print_line(&format!("{}  accounts are compared after {}", held.partner_key, held.compare_after))?;
        for stray in strays {
            print_line(&format!("    {} ({}) was created without a record", stray.name, stray.account_id))?;
        }
    }
    Ok(())
}

async fn release(app: &App, key: &str, as_json: bool) -> anyhow::Result<()> {
    let was_held = restored::release(&app.pool, known(app, key).await?.partner_id).await?;
    let words = if was_held { "What waits goes on by itself." } else { "This partner was not held." };
    Ok(print_line(&if as_json { json!({ "released": was_held }).to_string() } else { words.to_owned() })?)
}
