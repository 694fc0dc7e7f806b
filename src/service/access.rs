//! Who may come in: API tokens, one-time links, sessions. Tokens are random and only their hashes are kept.

use super::audit::{self, AuditEntry, OPERATOR};
use super::{App, Caller, ServiceError};
use crate::domain::ids::PartnerId;
use crate::storage;
use crate::storage::tenancy::{self, Across};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

/// What a screen needs to know of its partner; chosen by the public key in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerView {
    /// The partner.
    pub partner_id: PartnerId,
    /// Public name in paths.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Registered e-mail address.
    pub email: String,
    /// Origin of the registered VSA, the only one that may frame its screens.
    pub vsa_origin: Option<String>,
}

/// The partner with this key; `None` for unknown ones.
pub async fn partner_by_key(app: &App, key: &str) -> Result<Option<PartnerView>, ServiceError> {
    // What is no key of ours is not worth a question, and some of it the database does not take.
    if !key.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let mut transaction = tenancy::begin_across(&app.pool, Across::Door).await?;
    let Some(partner) = storage::partners::id_by_key(&mut transaction, key).await? else { return Ok(None) };
    tenancy::narrow(&mut transaction, partner).await?;
    let found = storage::partners::by_key(&mut transaction, key).await?;
    Ok(found.map(|(partner_id, name, email, url)| PartnerView {
        partner_id,
        key: key.to_owned(),
        name,
        email,
        vsa_origin: url.and_then(|url| reqwest::Url::parse(&url).ok()).map(|url| url.origin().ascii_serialization()),
    }))
}

/// The caller that a bearer token of the REST API belongs to.
pub async fn caller_of_token(app: &App, token: &str) -> Result<Option<Caller>, ServiceError> {
    let mut transaction = tenancy::begin_across(&app.pool, Across::Door).await?;
    let found = storage::access::token(&mut transaction, &hash(token)).await?;
    Ok(found.map(|(partner_id, label)| Caller { partner_id, name: label }))
}

/// The caller that a session token belongs to; extends the session's idle time.
pub async fn caller_of_session(app: &App, token: &str) -> Result<Option<Caller>, ServiceError> {
    let (mut transaction, hash) = (tenancy::begin_across(&app.pool, Across::Door).await?, hash(token));
    let Some(partner) = storage::access::partner_of_session(&mut transaction, &hash).await? else { return Ok(None) };
    tenancy::narrow(&mut transaction, partner).await?;
    let found = storage::access::session(&mut transaction, &hash, app.limits.session_idle).await?;
    transaction.commit().await?;
    Ok(found.map(|(partner_id, name)| Caller { partner_id, name }))
}

/// Uses up a one-time link of the partner and opens a session; returns the token for the cookie. `None` if the link is unknown, used or expired.
pub async fn open_session(app: &App, partner: PartnerId, link_token: &str) -> Result<Option<String>, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let Some(user_name) = storage::access::use_link(&mut transaction, partner, &hash(link_token)).await? else {
        return Ok(None);
    };
    let token = random_token("");
    storage::access::insert_session(&mut transaction, partner, &hash(&token), &user_name, app.limits.session_absolute)
        .await?;
    note(&mut transaction, partner, &user_name, "signed_in", "session").await?;
    transaction.commit().await?;
    Ok(Some(token))
}

/// Opens a session for somebody whose right to it is proven; returns the token for the cookie.
pub async fn begin_session(app: &App, partner: PartnerId, user_name: &str) -> Result<String, ServiceError> {
    let token = random_token("");
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    storage::access::insert_session(&mut transaction, partner, &hash(&token), user_name, app.limits.session_absolute)
        .await?;
    note(&mut transaction, partner, user_name, "signed_in", "session").await?;
    transaction.commit().await?;
    Ok(token)
}

/// Ends a session.
pub async fn close_session(app: &App, token: &str) -> Result<(), ServiceError> {
    let (mut transaction, hash) = (tenancy::begin_across(&app.pool, Across::Door).await?, hash(token));
    let Some(partner) = storage::access::partner_of_session(&mut transaction, &hash).await? else { return Ok(()) };
    tenancy::narrow(&mut transaction, partner).await?;
    storage::access::delete_session(&mut transaction, &hash).await?;
    Ok(transaction.commit().await?)
}

/// Makes a one-time link that opens a session for `user_name`; returns its token, valid for `minutes`.
pub async fn issue_link(app: &App, partner: PartnerId, user_name: &str, minutes: u32) -> Result<String, ServiceError> {
    let token = random_token("");
    let valid = TimeDelta::minutes(i64::from(minutes));
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    storage::access::insert_link(&mut transaction, partner, &hash(&token), user_name, valid).await?;
    note(&mut transaction, partner, OPERATOR, "sign_in_link_issued", user_name).await?;
    transaction.commit().await?;
    Ok(token)
}

/// Makes a further API token; returned once, stored hashed.
pub async fn issue_token(app: &App, partner: PartnerId, label: &str) -> Result<String, ServiceError> {
    let token = random_token("wfp_");
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    storage::access::insert_token(&mut transaction, partner, &hash(&token), label).await?;
    note(&mut transaction, partner, OPERATOR, "token_issued", label).await?;
    transaction.commit().await?;
    Ok(token)
}

async fn note(
    conn: &mut PgConnection,
    partner: PartnerId,
    actor: &str,
    event: &str,
    subject: &str,
) -> Result<(), ServiceError> {
    audit::append(conn, partner, &AuditEntry { actor, event, subject, detail: json!({}) }).await
}

/// Letters and digits that are not taken for one another when read aloud.
const LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// Random letters that people can read to one another; about five bits each.
pub(in crate::service) fn random_letters(count: usize) -> String {
    (0..count).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect()
}

/// 256 random bits as text.
pub(in crate::service) fn random_token(prefix: &str) -> String {
    let bytes: [u8; 32] = rand::random();
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a token or code.
pub(in crate::service) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
