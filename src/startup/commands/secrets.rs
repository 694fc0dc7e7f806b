//! `secrets rotate`: all credentials under the key that seals now.

use super::print_line;
use crate::service::secrets;
use crate::startup::database::Database;
use crate::startup::sealing_key::vault;
use crate::startup::service;
use crate::startup::settings::Settings;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Rotates, beside a running service. Credentials that no known key opens make it fail, after all others are done.
pub async fn rotate(config_file: Option<&Path>, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut settings = Settings::load(config_file)?;
    let vault = vault(&mut settings)?;
    let database = Database::open(&settings.database).await?;
    let app = service::app(&settings, database.pool.clone());
    let rotated = secrets::rotate(&app, &vault).await;
    database.close().await?;
    let rotated = rotated?;
    let line = match (as_json, rotated.unreadable) {
        (true, _) => json!(rotated).to_string(),
        (false, 0) => {
            format!("{} credentials put under the key {}; none is under another.", rotated.rewrapped, vault.key_id())
        }
        (false, unreadable) => format!(
            "{} credentials put under the key {}. {unreadable} are under a key that is not known here and stay as they are: add that key to secrets.further_keys and run this again.",
            rotated.rewrapped,
            vault.key_id()
        ),
    };
    print_line(&line)?;
    Ok(if rotated.unreadable == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
