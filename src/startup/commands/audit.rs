//! `audit …`: the trail of what was done for a partner: printing it, checking it, removing what is too old.

use super::partner::known;
use super::print_line;
use crate::service::audit;
use crate::startup::cli::Audit;
use crate::startup::database::Database;
use crate::startup::service;
use crate::startup::settings::Settings;
use chrono::{TimeDelta, Utc};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Carries out an `audit` command. The database is opened for it, beside a running service.
pub async fn run(config_file: Option<&Path>, as_json: bool, command: Audit) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(config_file)?;
    let database = Database::open(&settings.database).await?;
    let app = service::app(&settings, database.pool.clone());
    let result = match command {
        Audit::Export { key } => match known(&app, &key).await {
            Ok(partner) => {
                audit::export(&app, partner.partner_id, |entry| Ok(print_line(&serde_json::to_string(entry)?)?)).await
            }
            Err(error) => Err(error),
        },
        Audit::Verify { key, noted } => match known(&app, &key).await {
            Ok(partner) => verify(&app, partner.partner_id, noted.as_ref(), as_json).await,
            Err(error) => Err(error),
        },
        Audit::Shorten { key, older_than_days } => match known(&app, &key).await {
            Ok(partner) => shorten(&database, partner.partner_id, older_than_days, as_json).await,
            Err(error) => Err(error),
        },
    };
    database.close().await?;
    result.map(|()| ExitCode::SUCCESS)
}

async fn verify(
    app: &crate::service::App,
    partner: crate::domain::ids::PartnerId,
    noted: Option<&(i64, String)>,
    as_json: bool,
) -> anyhow::Result<()> {
    let whole = audit::verify(app, partner, noted).await?;
    let head = whole.head.map(|(seq, hash)| format!("{seq}:{hash}"));
    let line = match (as_json, &head) {
        (true, _) => json!({ "entries": whole.entries, "head": head }).to_string(),
        (false, None) => "The trail is empty.".to_owned(),
        (false, Some(head)) => format!("The trail is whole: {} entries, the last is {head}", whole.entries),
    };
    Ok(print_line(&line)?)
}

async fn shorten(
    database: &Database,
    partner: crate::domain::ids::PartnerId,
    days: u32,
    as_json: bool,
) -> anyhow::Result<()> {
    let owner = database.owner_pool().await?;
    let removed = crate::storage::audit::shorten(&owner, partner, Utc::now() - TimeDelta::days(days.into())).await?;
    owner.close().await;
    let line = if as_json { json!({ "removed": removed }).to_string() } else { format!("{removed} entries removed") };
    Ok(print_line(&line)?)
}

/// Reads `SEQ:HASH`, as `audit verify` and the log have it.
pub fn noted(text: &str) -> Result<(i64, String), String> {
    let parsed = text.split_once(':').and_then(|(seq, hash)| Some((seq.parse().ok()?, hash)));
    let hash_is_fit = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    match parsed {
        Some((seq, hash)) if hash_is_fit(hash) => Ok((seq, hash.to_owned())),
        _ => Err("expected the number of an entry, a colon and its hash, as the log has them".to_owned()),
    }
}
