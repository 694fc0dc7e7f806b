//! `partner …`: partners, their API tokens and sign-in links, without a browser.

use super::print_line;
use crate::service::App;
use crate::service::access::{self, PartnerView};
use crate::service::partners::{self, PartnerSummary, Removal, sign_in_address};
use crate::service::{activation, package};
use crate::startup::cli::Partner;
use crate::startup::database::Database;
use crate::startup::partner_entry::partner_entry;
use crate::startup::partner_file::PartnerFile;
use crate::startup::sealing_key::sealing_key;
use crate::startup::service::{self, activation_address, delta};
use crate::startup::settings::Settings;
use crate::storage::vault::Vault;
use anyhow::{Context, bail};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// How long a printed sign-in link can be used.
const LINK_MINUTES: u32 = 15;
/// Who acts when somebody comes in by a printed link.
const LINK_USER: &str = "Administrator";
/// The label of tokens made here.
const TOKEN_LABEL: &str = "API token";

/// Carries out a `partner` command. The database is opened for it, beside a running service.
pub async fn run(config_file: Option<&Path>, as_json: bool, command: Partner) -> anyhow::Result<ExitCode> {
    let mut settings = Settings::load(config_file)?;
    // What is wrong with the file is said before anything starts.
    let entry = match &command {
        Partner::Add { file } => Some(partner_entry(PartnerFile::load(file)?, file, settings.upstream.allow_http)?),
        _ => None,
    };
    let vault = Vault::new(&sealing_key(&mut settings)?);
    let database = Database::open(&settings.database).await?;
    let app = service::app(&settings, database.pool.clone());
    let public_url = settings.http.public_url.as_str();
    let result = match (command, entry) {
        (Partner::Add { .. }, Some(entry)) => add(&app, &vault, &entry, public_url).await,
        (Partner::Token { key }, _) => token(&app, &key, as_json).await,
        (Partner::Link { key }, _) => link(&app, &key, public_url, as_json).await,
        (Partner::Invite, _) => invite(&app, &settings, as_json).await,
        (Partner::Package { key, folder }, _) => package(&app, &key, public_url, &folder).await,
        (Partner::Remove { key, yes }, _) => remove(&app, &key, yes).await,
        (Partner::List | Partner::Add { .. }, _) => list(&app, as_json).await,
    };
    database.close().await?;
    result.map(|()| ExitCode::SUCCESS)
}

/// Prints one JSON object, always: the token is for a script to pick up.
async fn add(app: &App, vault: &Vault, entry: &partners::PartnerEntry, public_url: &str) -> anyhow::Result<()> {
    let partner = partners::put(app, vault, entry).await?;
    let (id, key) = (partner.partner_id, &partner.partner_key);
    let api_token = access::issue_token(app, id, TOKEN_LABEL).await?;
    let sign_in_url = sign_in_address(app, id, key, public_url, LINK_USER, LINK_MINUTES).await?;
    let printed = json!({
        "partner_id": id,
        "partner_key": key,
        "is_new": partner.is_new,
        "api_token": api_token,
        "sign_in_url": sign_in_url,
        "sign_in_minutes": LINK_MINUTES,
    });
    Ok(print_line(&printed.to_string())?)
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    let partners = partners::list(app).await?;
    if as_json {
        return Ok(print_line(&json!({ "partners": partners }).to_string())?);
    }
    if partners.is_empty() {
        return Ok(print_line("There is no partner yet. Add one with: partner add --file partner.toml")?);
    }
    partners.iter().try_for_each(|partner| print_line(&line(partner))).map_err(Into::into)
}

fn line(partner: &PartnerSummary) -> String {
    let PartnerSummary { partner_key, name, vsa_url, links, .. } = partner;
    format!("{partner_key}  {name}  {}  {links} linked", vsa_url.as_deref().unwrap_or("no VSA"))
}

async fn token(app: &App, key: &str, as_json: bool) -> anyhow::Result<()> {
    let token = access::issue_token(app, known(app, key).await?.partner_id, TOKEN_LABEL).await?;
    Ok(print_line(&if as_json { json!({ "api_token": token }).to_string() } else { token })?)
}

async fn link(app: &App, key: &str, public_url: &str, as_json: bool) -> anyhow::Result<()> {
    let partner = known(app, key).await?;
    let url = sign_in_address(app, partner.partner_id, key, public_url, LINK_USER, LINK_MINUTES).await?;
    let printed = json!({ "sign_in_url": url, "sign_in_minutes": LINK_MINUTES });
    Ok(print_line(&if as_json { printed.to_string() } else { url })?)
}

async fn invite(app: &App, settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let valid = delta(settings.sign_in.activation);
    let code = activation::invite(app, valid).await?;
    let address = activation_address(settings);
    if as_json {
        let printed = json!({ "activation_code": code, "address": address, "valid_hours": valid.num_hours() });
        return Ok(print_line(&printed.to_string())?);
    }
    print_line(&code)?;
    Ok(print_line(&format!("Enter it at {address}. It works once, within {} hours.", valid.num_hours()))?)
}

async fn package(app: &App, key: &str, public_url: &str, folder: &Path) -> anyhow::Result<()> {
    let partner = known(app, key).await?;
    let file = folder.join(package::FILE_NAME);
    std::fs::write(&file, package::build(public_url, &partner.key)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(print_line(&file.display().to_string())?)
}

async fn remove(app: &App, key: &str, yes: bool) -> anyhow::Result<()> {
    let PartnerView { partner_id, name, .. } = known(app, key).await?;
    if !yes {
        bail!(
            "nothing was removed. With --yes, {name} goes with its credentials, sessions, tokens, imports and their records, for good; accounts at Trend Micro stay"
        );
    }
    match partners::remove(app, partner_id).await? {
        Removal::Removed => Ok(print_line(&format!("{name} is removed. Everybody is signed out."))?),
        Removal::Integrating => bail!(
            "nothing was removed: an integration of {name} has not ended, and its record would be lost. Stop it first"
        ),
    }
}

async fn known(app: &App, key: &str) -> anyhow::Result<PartnerView> {
    access::partner_by_key(app, key)
        .await?
        .with_context(|| format!("there is no partner with the key {key:?}; `partner list` shows the keys"))
}
