//! Partners: creating and changing them, and what lists of them show.

use super::audit::{AuditEntry, OPERATOR};
use super::{App, Caller, ServiceError, access, sign_in};
use crate::domain::check::Check;
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
    let partner = Stored { vault, partner_id, actor: OPERATOR, is_new: known.is_none() };
    let put = partner.put(&mut transaction, entry).await?;
    transaction.commit().await?;
    Ok(put)
}

/// Makes the partner that an activation code was given out for, in the transaction that uses the code up.
pub(in crate::service) async fn add(
    conn: &mut PgConnection,
    vault: &Vault,
    partner_id: PartnerId,
    entry: &PartnerEntry,
    actor: &str,
) -> Result<PutPartner, PutError> {
    Stored { vault, partner_id, actor, is_new: true }.put(conn, entry).await
}

/// Replaces details and connections of a partner, and nothing else; `false` if another partner has the name. When VSA `moved` to
/// another server, everybody is signed out.
pub(in crate::service) async fn replace(
    app: &App,
    vault: &Vault,
    caller: &Caller,
    entry: &PartnerEntry,
    checks: &[Check],
    moved: bool,
) -> Result<bool, PutError> {
    let partner_id = caller.partner_id;
    let mut transaction = tenancy::begin_across(&app.pool, Across::Door).await?;
    storage::partners::lock_names(&mut transaction).await?;
    if storage::partners::id_by_name(&mut transaction, &entry.name).await?.is_some_and(|known| known != partner_id) {
        return Ok(false);
    }
    tenancy::narrow(&mut transaction, partner_id).await?;
    let Some(row) = storage::partners::by_id(&mut transaction, partner_id).await? else {
        return Err(ServiceError::NotFound.into());
    };
    let row =
        PartnerRow { name: entry.name.clone(), email: entry.email.clone(), company: company(&entry.company), ..row };
    storage::partners::upsert(&mut transaction, &row).await?;
    storage::connections::put_test(&mut transaction, partner_id, checks).await?;
    if moved {
        storage::access::delete_sessions(&mut transaction, partner_id).await?;
    }
    let partner = Stored { vault, partner_id, actor: &caller.name, is_new: false };
    partner.put_connections(&mut transaction, entry).await?;
    transaction.commit().await?;
    Ok(true)
}

/// A partner that is being stored, in a transaction of its own, and by whom.
struct Stored<'a> {
    vault: &'a Vault,
    partner_id: PartnerId,
    actor: &'a str,
    is_new: bool,
}

impl Stored<'_> {
    async fn put(&self, conn: &mut PgConnection, entry: &PartnerEntry) -> Result<PutPartner, PutError> {
        let row = PartnerRow {
            partner_id: self.partner_id,
            partner_key: access::random_letters(KEY_LENGTH),
            name: entry.name.clone(),
            email: entry.email.clone(),
            company: company(&entry.company),
            margin_percent: i32::try_from(entry.margin_percent).unwrap_or(i32::MAX),
            minimum_seats: i32::try_from(entry.minimum_seats).unwrap_or(i32::MAX),
        };
        let partner_key = storage::partners::upsert(conn, &row).await?;
        storage::partners::put_templates(conn, self.partner_id, &entry.templates).await?;
        self.put_connections(conn, entry).await?;
        Ok(PutPartner { partner_id: self.partner_id, partner_key, is_new: self.is_new })
    }

    /// Whoever signed in at a VSA server that is no longer the partner's is signed out, and its tokens are forgotten: they must never
    /// go to another server.
    async fn forget_people_of_another_server(
        &self,
        conn: &mut PgConnection,
        entry: &PartnerEntry,
    ) -> Result<(), PutError> {
        let Some(stored) = storage::partners::connection(conn, self.partner_id, Vendor::Vsa).await? else {
            return Ok(());
        };
        let new = entry.connections.iter().find(|connection| connection.vendor == Vendor::Vsa);
        let origin = |url: &str| reqwest::Url::parse(url).ok().map(|url| url.origin().ascii_serialization());
        if new.is_none_or(|new| origin(&new.url) != origin(&stored.url)) {
            sign_in::forget(conn, self.partner_id).await?;
        }
        Ok(())
    }

    /// Stores what is connected, has the inventory read through it and notes the change.
    async fn put_connections(&self, conn: &mut PgConnection, entry: &PartnerEntry) -> Result<(), PutError> {
        self.forget_people_of_another_server(conn, entry).await?;
        let mut changed = Vec::new();
        for vendor in [Vendor::Vsa, Vendor::Lmp, Vendor::RemoteManager] {
            match entry.connections.iter().find(|connection| connection.vendor == vendor) {
                Some(connection) => {
                    changed.push(("credentials_stored", vendor));
                    let row = sealed(self.vault, self.partner_id, connection)?;
                    let key_id = self.vault.key_id();
                    storage::partners::put_connection(conn, self.partner_id, vendor, &row, key_id).await?;
                }
                None if storage::partners::remove_connection(conn, self.partner_id, vendor).await? => {
                    changed.push(("credentials_removed", vendor));
                }
                None => {}
            }
        }
        if storage::jobs::enqueue(conn, self.partner_id, "refresh_inventory", "").await? {
            storage::refresh::set_running(conn, self.partner_id, 0, None).await?;
        }
        Ok(self.note(conn, &changed).await?)
    }

    async fn note(&self, conn: &mut PgConnection, changed: &[(&'static str, Vendor)]) -> sqlx::Result<()> {
        let event = if self.is_new { "partner_added" } else { "partner_changed" };
        let entry = |event, subject| AuditEntry { actor: self.actor, event, subject, detail: json!({}) };
        storage::audit::append(conn, self.partner_id, &entry(event, "partner")).await?;
        for (event, vendor) in changed {
            let subject = storage::rows::vendor_text(*vendor);
            storage::audit::append(conn, self.partner_id, &entry(event, subject)).await?;
        }
        Ok(())
    }
}

/// Removes a partner with everything that is stored of it, at once: sessions, tokens, credentials, drafts and records. What was made
/// at the vendors stays there, and so does the audit trail. Refused while an integration is under way, because its record would be lost.
pub async fn remove(app: &App, partner: PartnerId) -> Result<Removal, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    if storage::partners::is_integrating(&mut transaction, partner).await? {
        return Ok(Removal::Integrating);
    }
    storage::partners::delete(&mut transaction, partner).await?;
    let entry = AuditEntry { actor: OPERATOR, event: "partner_removed", subject: "partner", detail: json!({}) };
    storage::audit::append(&mut transaction, partner, &entry).await?;
    transaction.commit().await?;
    Ok(Removal::Removed)
}

/// How removing a partner ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// An integration has not ended.
    Integrating,
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
    /// A use case failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<PutError> for ServiceError {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Storage(error) => error.into(),
            PutError::Seal(error) => Self::Internal(error.to_string()),
            PutError::Service(error) => error,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_are_given_are_stored() {
        let own = OwnCompany { city: Some("Poole".into()), ..OwnCompany::default() };
        assert_eq!(company(&own), json!({ "city": "Poole" }));
    }
}
