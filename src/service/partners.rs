//! Partners: creating and changing them, and what lists of them show.

use super::audit::{AuditEntry, OPERATOR};
use super::{App, ServiceError, access};
use crate::domain::ids::PartnerId;
use crate::domain::import::Template;
use crate::domain::outcome::Vendor;
use crate::storage;
use crate::storage::partners::{ConnectionRow, PartnerRow};
use crate::storage::tenancy::{self, Across};
use crate::storage::vault::{CannotOpen, Vault};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Letters and digits of a partner key that are not taken for one another when read aloud.
const KEY_LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
/// About 79 bits: the key is public, but it should not be guessed from another one.
const KEY_LENGTH: usize = 16;

/// Everything about a partner.
#[derive(Debug)]
pub struct PartnerEntry {
    /// The MSP's name; a partner of this name is changed instead of made.
    pub name: String,
    /// Registered e-mail address.
    pub email: String,
    /// What fills the blanks of new accounts.
    pub company: OwnCompany,
    /// Seats above the devices, in per cent.
    pub margin_percent: u32,
    /// Least seats.
    pub minimum_seats: u32,
    /// The vendors; one that is not here is no longer connected.
    pub connections: Vec<ConnectionEntry>,
    /// In the order of the screens.
    pub templates: Vec<Template>,
}

/// The partner's own details.
#[derive(Debug, Default)]
pub struct OwnCompany {
    /// City.
    pub city: Option<String>,
    /// State, county or province.
    pub state: Option<String>,
    /// ISO country code.
    pub country: Option<String>,
    /// First name of the contact.
    pub contact_first_name: Option<String>,
    /// Last name of the contact.
    pub contact_last_name: Option<String>,
}

/// A vendor and what signs us in there.
#[derive(Debug)]
pub struct ConnectionEntry {
    /// Which.
    pub vendor: Vendor,
    /// `vsa9` or `vsa10` for VSA.
    pub product: Option<&'static str>,
    /// Base address.
    pub url: String,
    /// What is not secret, as a JSON object.
    pub details: Value,
    /// By name; sealed before they are stored.
    pub credentials: BTreeMap<&'static str, SecretString>,
}

/// A partner that was made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutPartner {
    /// The partner.
    pub partner_id: PartnerId,
    /// Public name in paths.
    pub partner_key: String,
    /// It did not exist before.
    pub is_new: bool,
}

/// A partner in the overview.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PartnerSummary {
    /// The partner.
    pub partner_id: PartnerId,
    /// Public name in paths.
    pub partner_key: String,
    /// Its name.
    pub name: String,
    /// Address of its VSA.
    pub vsa_url: Option<String>,
    /// Customers linked so far.
    pub links: i64,
}

/// Makes the partner of this name or changes it, and has its inventory read. Nothing is stored if anything fails.
pub async fn put(app: &App, vault: &Vault, entry: &PartnerEntry) -> Result<PutPartner, PutError> {
    let mut transaction = tenancy::begin_across(&app.pool, Across::Operator).await?;
    storage::partners::lock_names(&mut transaction).await?;
    let known = storage::partners::id_by_name(&mut transaction, &entry.name).await?;
    let partner_id = known.unwrap_or_else(|| PartnerId(uuid::Uuid::now_v7()));
    tenancy::narrow(&mut transaction, partner_id).await?;
    let row = PartnerRow {
        partner_id,
        partner_key: random_key(),
        name: entry.name.clone(),
        email: entry.email.clone(),
        company: company(&entry.company),
        margin_percent: i32::try_from(entry.margin_percent).unwrap_or(i32::MAX),
        minimum_seats: i32::try_from(entry.minimum_seats).unwrap_or(i32::MAX),
    };
    let partner_key = storage::partners::upsert(&mut transaction, &row).await?;
    let mut changed = Vec::new();
    for vendor in [Vendor::Vsa, Vendor::Lmp, Vendor::RemoteManager] {
        match entry.connections.iter().find(|connection| connection.vendor == vendor) {
            Some(connection) => {
                changed.push(("credentials_stored", vendor));
                let row = sealed(vault, partner_id, connection)?;
                storage::partners::put_connection(&mut transaction, partner_id, vendor, &row, vault.key_id()).await?;
            }
            None if storage::partners::remove_connection(&mut transaction, partner_id, vendor).await? => {
                changed.push(("credentials_removed", vendor));
            }
            None => {}
        }
    }
    storage::partners::put_templates(&mut transaction, partner_id, &entry.templates).await?;
    if storage::jobs::enqueue(&mut transaction, partner_id, "refresh_inventory", "").await? {
        storage::refresh::set_running(&mut transaction, partner_id, 0, None).await?;
    }
    note(&mut transaction, partner_id, known.is_none(), &changed).await?;
    transaction.commit().await?;
    Ok(PutPartner { partner_id, partner_key, is_new: known.is_none() })
}

async fn note(
    conn: &mut PgConnection,
    partner: PartnerId,
    is_new: bool,
    changed: &[(&'static str, Vendor)],
) -> sqlx::Result<()> {
    let event = if is_new { "partner_added" } else { "partner_changed" };
    let entry = |event, subject| AuditEntry { actor: OPERATOR, event, subject, detail: json!({}) };
    storage::audit::append(conn, partner, &entry(event, "partner")).await?;
    for (event, vendor) in changed {
        storage::audit::append(conn, partner, &entry(event, storage::rows::vendor_text(*vendor))).await?;
    }
    Ok(())
}

/// Why a partner was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The database failed.
    #[error("the partner could not be stored; nothing was changed")]
    Storage(#[from] sqlx::Error),
    /// The credentials could not be sealed.
    #[error("the credentials could not be sealed; nothing was changed")]
    Seal(#[from] CannotOpen),
}

/// All partners, by name.
pub async fn list(app: &App) -> Result<Vec<PartnerSummary>, ServiceError> {
    let rows = storage::partners::list(&mut *tenancy::begin_across(&app.pool, Across::Operator).await?).await?;
    Ok(rows
        .into_iter()
        .map(|(partner_id, partner_key, name, vsa_url, links)| PartnerSummary {
            partner_id,
            partner_key,
            name,
            vsa_url,
            links,
        })
        .collect())
}

/// Makes a one-time link for a person, as an address of the service at `public_url`. Valid for `minutes`.
pub async fn sign_in_address(
    app: &App,
    partner: PartnerId,
    partner_key: &str,
    public_url: &str,
    user_name: &str,
    minutes: u32,
) -> Result<String, ServiceError> {
    let code = access::issue_link(app, partner, user_name, minutes).await?;
    Ok(format!("{}/p/{}/enter?code={code}", public_url.trim_end_matches('/'), partner_key))
}

fn sealed(vault: &Vault, partner: PartnerId, connection: &ConnectionEntry) -> Result<ConnectionRow, CannotOpen> {
    let credentials: BTreeMap<_, _> =
        connection.credentials.iter().map(|(name, secret)| (*name, secret.expose_secret())).collect();
    Ok(ConnectionRow {
        product: connection.product.map(str::to_owned),
        url: connection.url.clone(),
        details: connection.details.clone(),
        sealed: vault.seal(partner, connection.vendor, json!(credentials).to_string().as_bytes())?,
        refused_at: None,
    })
}

/// As filling the blanks of new accounts reads it.
fn company(company: &OwnCompany) -> Value {
    let lines = [
        ("city", &company.city),
        ("state", &company.state),
        ("country", &company.country),
        ("contact_first_name", &company.contact_first_name),
        ("contact_last_name", &company.contact_last_name),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))).collect()
}

fn random_key() -> String {
    let letter = |_| char::from(KEY_LETTERS[rand::random_range(0..KEY_LETTERS.len())]);
    (0..KEY_LENGTH).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fit_for_paths() {
        let (a, b) = (random_key(), random_key());
        assert_ne!(a, b);
        assert!(a.len() == KEY_LENGTH && a.bytes().all(|byte| KEY_LETTERS.contains(&byte)));
    }

    #[test]
    fn only_lines_that_are_given_are_stored() {
        let own = OwnCompany { city: Some("Poole".into()), ..OwnCompany::default() };
        assert_eq!(company(&own), json!({ "city": "Poole" }));
    }
}
