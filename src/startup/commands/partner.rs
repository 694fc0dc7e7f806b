//! `partner …`: partners and how their people sign in, without a browser.

use super::{keys, print_line};
use crate::domain::ids::PartnerId;
use crate::domain::price::Price;
use crate::service::App;
use crate::service::access::{self, PartnerView};
use crate::service::partners::{self, PartnerSummary, Removal, sign_in_address};
use crate::service::sign_in::{self, Method, SignInEntry};
use crate::service::{freeze, package, prices};
use crate::startup::cli::Partner;
use crate::startup::database::Database;
use crate::startup::partner_entry::partner_entry;
use crate::startup::partner_file::PartnerFile;
use crate::startup::price_file;
use crate::startup::sealing_key::vault;
use crate::startup::service;
use crate::startup::settings::Settings;
use crate::startup::sign_in_file;
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
    let allow_http = settings.upstream.allow_http;
    let (entry, sign_in) = match &command {
        Partner::Add { file } => {
            let mut partner = PartnerFile::load(file)?;
            let sign_in = partner.sign_in.take();
            sign_in.iter().try_for_each(|entry| sign_in_file::check(entry, file, allow_http))?;
            (Some(partner_entry(partner, file, allow_http)?), sign_in)
        }
        Partner::SignIn { file: Some(file), .. } => (None, Some(sign_in_file::load(file, allow_http)?)),
        _ => (None, None),
    };
    let price_list = match &command {
        Partner::Prices { file, .. } => price_file::read(file)?,
        _ => Vec::new(),
    };
    let vault = vault(&mut settings)?;
    let database = Database::open(&settings.database).await?;
    let app = service::app(&settings, database.pool.clone());
    let public_url = settings.http.public_url.as_str();
    let result = match (command, entry) {
        (Partner::Add { .. }, Some(entry)) => add(&app, &vault, &entry, sign_in, public_url).await,
        (Partner::SignIn { key, .. }, _) => set_up_sign_in(&app, &vault, &key, sign_in, public_url, as_json).await,
        (Partner::Token { key, label, expires_in_days, list, revoke }, _) => {
            let partner = known(&app, &key).await?.partner_id;
            match (list, revoke) {
                (true, _) => keys::tokens(&app, partner, as_json).await,
                (false, Some(id)) => keys::revoke_token(&app, partner, &id, as_json).await,
                (false, None) => {
                    let label = label.as_deref().unwrap_or(TOKEN_LABEL);
                    keys::issue_token(&app, partner, label, expires_in_days, as_json).await
                }
            }
        }
        (Partner::SignOut { key }, _) => keys::sign_out(&app, known(&app, &key).await?.partner_id, as_json).await,
        (Partner::Prices { key, .. }, _) => put_prices(&app, key.as_deref(), &price_list, as_json).await,
        (Partner::Link { key }, _) => link(&app, &key, public_url, as_json).await,
        (Partner::Freeze { key, reason }, _) => freeze(&app, &key, &reason, as_json).await,
        (Partner::Unfreeze { key }, _) => unfreeze(&app, &key, as_json).await,
        (Partner::FreezeAll { reason }, _) => {
            counted(freeze::freeze_all(&app, &reason).await?, "partners are frozen now that were not", as_json)
        }
        (Partner::UnfreezeAll, _) => {
            counted(freeze::unfreeze_all(&app).await?, "partners were frozen and are not any more", as_json)
        }
        (Partner::Invite { list: true, .. }, _) => keys::invitations(&app, as_json).await,
        (Partner::Invite { withdraw: Some(id), .. }, _) => keys::withdraw(&app, &id, as_json).await,
        (Partner::Invite { .. }, _) => keys::invite(&app, &settings, as_json).await,
        (Partner::Package { key, folder }, _) => package(&app, &key, public_url, &folder, as_json).await,
        (Partner::Remove { key, yes }, _) => remove(&app, &key, yes, as_json).await,
        (Partner::List | Partner::Add { .. }, _) => list(&app, as_json).await,
    };
    database.close().await?;
    result.map(|()| ExitCode::SUCCESS)
}

/// Prints one JSON object, always: the token is for a script to pick up.
async fn add(
    app: &App,
    vault: &Vault,
    entry: &partners::PartnerEntry,
    sign_in: Option<SignInEntry>,
    public_url: &str,
) -> anyhow::Result<()> {
    let partner = partners::put(app, vault, entry).await?;
    if let Some(entry) = &sign_in {
        sign_in::put(app, vault, partner.partner_id, entry).await?;
    }
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
        return Ok(print_line("There is no partner yet. Let one in with: partner invite")?);
    }
    partners.iter().try_for_each(|partner| print_line(&line(partner))).map_err(Into::into)
}

fn line(partner: &PartnerSummary) -> String {
    let PartnerSummary { partner_key, name, vsa_url, links, .. } = partner;
    format!("{partner_key}  {name}  {}  {links} linked", vsa_url.as_deref().unwrap_or("no VSA"))
}

async fn link(app: &App, key: &str, public_url: &str, as_json: bool) -> anyhow::Result<()> {
    let partner = known(app, key).await?;
    let url = sign_in_address(app, partner.partner_id, key, public_url, LINK_USER, LINK_MINUTES).await?;
    let printed = json!({ "sign_in_url": url, "sign_in_minutes": LINK_MINUTES });
    Ok(print_line(&if as_json { printed.to_string() } else { url })?)
}

async fn set_up_sign_in(
    app: &App,
    vault: &Vault,
    key: &str,
    entry: Option<SignInEntry>,
    public_url: &str,
    as_json: bool,
) -> anyhow::Result<()> {
    let partner = known(app, key).await?.partner_id;
    if let Some(entry) = &entry {
        sign_in::put(app, vault, partner, entry).await?;
    }
    let setup = sign_in::stored(app, partner).await?;
    let redirect = |method| sign_in::redirect_address(public_url, key, method);
    let (vsa, openid) = (redirect(Method::Vsa), redirect(Method::OpenId));
    if as_json {
        let printed = json!({
            "vsa": { "client_id": setup.vsa_client_id, "redirect_address": vsa },
            "openid": { "issuer": setup.openid.as_ref().map(|(issuer, _)| issuer),
                        "client_id": setup.openid.as_ref().map(|(_, client)| client), "redirect_address": openid },
            "administrator_roles": setup.roles.administrators,
            "viewer_roles": setup.roles.viewers,
        });
        return Ok(print_line(&printed.to_string())?);
    }
    print_line(&format!("VSA 9 client: {}", setup.vsa_client_id.as_deref().unwrap_or("none")))?;
    print_line(&format!("  redirect address to register there: {vsa}"))?;
    let provider =
        setup.openid.map_or_else(|| "none".to_owned(), |(issuer, client)| format!("{issuer}, client {client}"));
    print_line(&format!("OpenID Connect provider: {provider}"))?;
    print_line(&format!("  redirect address to register there: {openid}"))?;
    let names = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    if setup.roles.is_empty() {
        return Ok(print_line(
            "Roles: as the service's settings sign_in.administrator_roles and sign_in.viewer_roles say",
        )?);
    }
    print_line(&format!("Administrators: {}", names(&setup.roles.administrators)))?;
    Ok(print_line(&format!("Viewers: {}", names(&setup.roles.viewers)))?)
}

async fn put_prices(app: &App, key: Option<&str>, list: &[Price], as_json: bool) -> anyhow::Result<()> {
    let (partner_id, partner_key) = chosen(app, key).await?;
    prices::put(app, partner_id, list).await?;
    let said = format!("{partner_key} has prices of {} service plans now.", list.len());
    let printed = json!({ "partner_key": partner_key, "prices": list.len() });
    Ok(print_line(&if as_json { printed.to_string() } else { said })?)
}

/// The partner named, or the only one: its id and its key.
pub(super) async fn chosen(app: &App, key: Option<&str>) -> anyhow::Result<(PartnerId, String)> {
    if let Some(key) = key {
        return Ok((known(app, key).await?.partner_id, key.to_owned()));
    }
    match partners::list(app).await?.as_slice() {
        [only] => Ok((only.partner_id, only.partner_key.clone())),
        [] => bail!("there is no partner yet; let one in with: partner invite, or partner add --file partner.toml"),
        _ => bail!("there are several partners; name one by its key (`partner list` shows the keys)"),
    }
}

async fn freeze(app: &App, key: &str, reason: &str, as_json: bool) -> anyhow::Result<()> {
    let is_new = freeze::freeze(app, known(app, key).await?.partner_id, reason).await?;
    let words =
        if is_new { "Nothing more is sent to vendors for this partner." } else { "This partner was frozen before." };
    Ok(print_line(&if as_json { json!({ "frozen": true, "changed": is_new }).to_string() } else { words.to_owned() })?)
}

async fn unfreeze(app: &App, key: &str, as_json: bool) -> anyhow::Result<()> {
    let was_frozen = freeze::unfreeze(app, known(app, key).await?.partner_id).await?;
    let are_all_frozen = freeze::reason_for_all(app).await?.is_some();
    let words = match (are_all_frozen, was_frozen) {
        (true, _) => "Nothing is sent yet: everybody is frozen until `partner unfreeze-all`.",
        (false, true) => "What waits goes on by itself.",
        (false, false) => "This partner was not frozen.",
    };
    Ok(print_line(&if as_json {
        json!({ "frozen": are_all_frozen, "changed": was_frozen }).to_string()
    } else {
        words.to_owned()
    })?)
}

fn counted(changed: usize, words: &str, as_json: bool) -> anyhow::Result<()> {
    Ok(print_line(&if as_json { json!({ "changed": changed }).to_string() } else { format!("{changed} {words}.") })?)
}

async fn package(app: &App, key: &str, public_url: &str, folder: &Path, as_json: bool) -> anyhow::Result<()> {
    let partner = known(app, key).await?;
    let file = folder.join(package::FILE_NAME);
    std::fs::write(&file, package::build(public_url, &partner.key)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let file = file.display().to_string();
    Ok(print_line(&if as_json { json!({ "file": file }).to_string() } else { file })?)
}

async fn remove(app: &App, key: &str, yes: bool, as_json: bool) -> anyhow::Result<()> {
    let PartnerView { partner_id, name, .. } = known(app, key).await?;
    if !yes {
        bail!(
            "nothing was removed. With --yes, {name} goes with its credentials, sessions, tokens, imports and their records, for good; accounts at Trend Micro stay"
        );
    }
    match partners::remove(app, partner_id).await? {
        Removal::Removed => {
            let said = format!("{name} is removed. Everybody is signed out.");
            Ok(print_line(&if as_json { json!({ "removed": key }).to_string() } else { said })?)
        }
        Removal::Integrating => bail!(
            "nothing was removed: an integration of {name} has not ended, and its record would be lost. Stop it first"
        ),
    }
}

pub(super) async fn known(app: &App, key: &str) -> anyhow::Result<PartnerView> {
    access::partner_by_key(app, key)
        .await?
        .with_context(|| format!("there is no partner with the key {key:?}; `partner list` shows the keys"))
}
