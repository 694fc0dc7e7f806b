//! API tokens of a partner: made, listed, taken back.

use super::access::{hash, random_token};
use super::audit::{self, AuditEntry, OPERATOR};
use super::{App, ServiceError};
use crate::domain::ids::PartnerId;
use crate::storage;
use crate::storage::tenancy;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

/// A token that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The token itself; shown once, stored hashed.
    pub token: String,
    /// Names it from now on.
    pub id: String,
    /// When it ends; never by itself if there is none.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What may be shown of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenSummary {
    /// Names it.
    pub id: String,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, give or take ten minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends; never by itself if there is none.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a further token, good for `valid` or until it is revoked.
pub async fn issue(
    app: &App,
    partner: PartnerId,
    label: &str,
    valid: Option<TimeDelta>,
) -> Result<Issued, ServiceError> {
    let token = random_token("wfp_");
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let (id, expires_at) = storage::tokens::insert(&mut transaction, partner, &hash(&token), label, valid).await?;
    note(&mut transaction, partner, "token_issued", label, json!({ "token": id, "expires_at": expires_at })).await?;
    transaction.commit().await?;
    Ok(Issued { token, id, expires_at })
}

/// A partner's tokens, the newest first.
pub async fn list(app: &App, partner: PartnerId) -> Result<Vec<TokenSummary>, ServiceError> {
    let rows = storage::tokens::list(&mut *tenancy::begin(&app.pool, partner).await?, partner).await?;
    let summary = |row: storage::tokens::TokenRow| TokenSummary {
        id: row.id,
        label: row.label,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// Takes back the token of this id, or every one if there is no id; returns how many there were. They are refused from now on.
pub async fn revoke(app: &App, partner: PartnerId, id: Option<&str>) -> Result<usize, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let revoked = storage::tokens::delete(&mut transaction, partner, id).await?;
    for (id, label) in &revoked {
        note(&mut transaction, partner, "token_revoked", label, json!({ "token": id })).await?;
    }
    transaction.commit().await?;
    Ok(revoked.len())
}

async fn note(
    conn: &mut PgConnection,
    partner: PartnerId,
    event: &str,
    subject: &str,
    detail: Value,
) -> Result<(), ServiceError> {
    audit::append(conn, partner, &AuditEntry { actor: OPERATOR, event, subject, detail }).await
}
