//! What a partner has set up for signing in: clients at VSA and at a provider, and which roles let in as what.

use super::Method;
use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use crate::domain::role::RoleMap;
use crate::service::audit::{self, AuditEntry, OPERATOR};
use crate::service::{App, ServiceError};
use crate::storage;
use crate::storage::partners::ConnectionRow;
use crate::storage::sign_in::OpenIdRow;
use crate::storage::tenancy;
use crate::storage::vault::{CannotOpen, Record, Vault};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::{Value, json};
use sqlx::PgConnection;

/// Where the id of our OAuth client at VSA 9 is among the connection's details.
pub(super) const VSA_CLIENT_ID: &str = "oauth_client_id";
/// Where its secret is among the connection's credentials.
pub(super) const VSA_CLIENT_SECRET: &str = "oauth_client_secret";

/// The OAuth client that a VSA 9 server registered for us.
#[derive(Debug)]
pub enum VsaClientEntry {
    /// As it is stored with the connection.
    Keep,
    /// Nobody signs in at VSA.
    Remove,
    /// This one.
    Put {
        /// Its id.
        id: String,
        /// Its secret.
        secret: SecretString,
    },
}

/// A provider of the partner's, and our client there.
#[derive(Debug)]
pub struct OpenIdEntry {
    /// Exactly as it calls itself.
    pub issuer: String,
    /// Our client's id.
    pub client_id: String,
    /// Our client's secret.
    pub client_secret: SecretString,
    /// Name of the claim that lists a person's roles, or a JSON pointer to it.
    pub role_claim: String,
    /// Asked for beside the usual ones.
    pub scopes: Vec<String>,
}

/// Everything about signing in; a provider or roles that are not here are no longer set up.
#[derive(Debug)]
pub struct SignInEntry {
    /// Our client at VSA 9.
    pub vsa_client: VsaClientEntry,
    /// The partner's provider.
    pub openid: Option<OpenIdEntry>,
    /// Which roles let in as what; empty leaves it to the service's settings.
    pub roles: RoleMap,
}

/// What is set up; no secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// Our client at VSA 9.
    pub vsa_client_id: Option<String>,
    /// The partner's provider and our client there.
    pub openid: Option<(String, String)>,
    /// Which roles let in as what; empty leaves it to the service's settings.
    pub roles: RoleMap,
}

/// Why nothing was set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Only VSA 9 has OAuth clients.
    #[error("the partner's VSA is not VSA 9, which alone has OAuth clients; nothing was changed")]
    NotVsa9,
    /// The connection's credentials do not open, or nothing can be sealed.
    #[error(transparent)]
    Vault(#[from] CannotOpen),
    /// A use case failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<sqlx::Error> for SetupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Service(error.into())
    }
}

/// The address that the partner's VSA or provider has to know: where it sends people back to.
pub fn redirect_address(public_url: &str, key: &str, method: Method) -> String {
    format!("{}/p/{key}/sign-in/{}", public_url.trim_end_matches('/'), method.as_str())
}

/// What is set up for a partner.
pub async fn stored(app: &App, partner: PartnerId) -> Result<Setup, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let vsa = storage::partners::connection(&mut transaction, partner, Vendor::Vsa).await?;
    let openid = storage::sign_in::openid(&mut transaction, partner).await?;
    Ok(Setup {
        vsa_client_id: vsa.and_then(|row| Some(row.details.get(VSA_CLIENT_ID)?.as_str()?.to_owned())),
        openid: openid.map(|row| (row.issuer, row.client_id)),
        roles: storage::sign_in::roles(&mut transaction, partner).await?,
    })
}

/// Stores how a partner's people sign in, by a command. Whoever is signed in by what was set up before has to sign in again.
pub async fn put(app: &App, vault: &Vault, partner: PartnerId, entry: &SignInEntry) -> Result<(), SetupError> {
    put_as(app, vault, partner, OPERATOR, entry).await
}

/// The same for somebody else.
pub(super) async fn put_as(
    app: &App,
    vault: &Vault,
    partner: PartnerId,
    actor: &str,
    entry: &SignInEntry,
) -> Result<(), SetupError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    put_vsa_client(&mut transaction, vault, partner, &entry.vsa_client).await?;
    match &entry.openid {
        Some(openid) => {
            let sealed =
                vault.seal(partner, Record::OpenIdProvider, openid.client_secret.expose_secret().as_bytes())?;
            let row = OpenIdRow {
                issuer: openid.issuer.clone(),
                client_id: openid.client_id.clone(),
                role_claim: openid.role_claim.clone(),
                scopes: openid.scopes.clone(),
                sealed,
            };
            storage::sign_in::put_openid(&mut transaction, partner, &row, vault.key_id()).await?;
        }
        None => {
            storage::sign_in::remove_openid(&mut transaction, partner).await?;
        }
    }
    storage::sign_in::put_roles(&mut transaction, partner, &entry.roles).await?;
    let ended = forget(&mut transaction, partner).await?;
    let vsa_client = match &entry.vsa_client {
        VsaClientEntry::Keep => "kept",
        VsaClientEntry::Remove => "none",
        VsaClientEntry::Put { .. } => "stored",
    };
    let detail = json!({
        "vsa_client": vsa_client,
        "issuer": entry.openid.as_ref().map(|openid| &openid.issuer),
        "administrator_roles": entry.roles.administrators,
        "viewer_roles": entry.roles.viewers,
        "sessions_ended": ended,
    });
    let noted = AuditEntry { actor, event: "sign_in_set_up", subject: "sign_in", detail };
    audit::append(&mut transaction, partner, &noted).await?;
    Ok(transaction.commit().await?)
}

/// Ends the sessions of all who signed in somewhere and forgets their tokens; how many sessions there were.
pub async fn forget(conn: &mut PgConnection, partner: PartnerId) -> Result<u64, ServiceError> {
    storage::sign_in::delete_grants(conn, partner).await?;
    Ok(storage::access::delete_signed_in(conn, partner).await?)
}

async fn put_vsa_client(
    conn: &mut PgConnection,
    vault: &Vault,
    partner: PartnerId,
    entry: &VsaClientEntry,
) -> Result<(), SetupError> {
    let client = match entry {
        VsaClientEntry::Keep => return Ok(()),
        VsaClientEntry::Remove => None,
        VsaClientEntry::Put { id, secret } => Some((id, secret)),
    };
    let row = storage::partners::connection(conn, partner, Vendor::Vsa).await?;
    let Some(mut row) = row.filter(|row| row.product.as_deref() == Some("vsa9")) else {
        return if client.is_some() { Err(SetupError::NotVsa9) } else { Ok(()) };
    };
    let opened = SecretSlice::<u8>::from(vault.open(partner, Vendor::Vsa, &row.sealed)?);
    let mut credentials: serde_json::Map<String, Value> =
        serde_json::from_slice(opened.expose_secret()).map_err(|_| CannotOpen)?;
    let Value::Object(details) = &mut row.details else { return Err(CannotOpen.into()) };
    details.remove(VSA_CLIENT_ID);
    credentials.remove(VSA_CLIENT_SECRET);
    if let Some((id, secret)) = client {
        details.insert(VSA_CLIENT_ID.to_owned(), id.as_str().into());
        credentials.insert(VSA_CLIENT_SECRET.to_owned(), secret.expose_secret().into());
    }
    let text = SecretString::from(Value::Object(credentials).to_string());
    let sealed = vault.seal(partner, Vendor::Vsa, text.expose_secret().as_bytes())?;
    let row = ConnectionRow { sealed, ..row };
    Ok(storage::partners::put_connection(conn, partner, Vendor::Vsa, &row, vault.key_id()).await?)
}
