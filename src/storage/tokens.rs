//! API tokens; only their hashes are kept. People name one by the first digits of its hash, which tell nothing of the token.

use crate::domain::ids::PartnerId;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, Result};

/// What may be shown of an API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// The first digits of its hash.
    pub id: String,
    /// What it is for, as whoever made it says.
    pub label: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, give or take ten minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends; never by itself if there is none.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Stores the hash of an API token, good for `valid` or until it is revoked; returns its id and end.
pub async fn insert(
    conn: &mut PgConnection,
    partner: PartnerId,
    hash: &[u8],
    label: &str,
    valid: Option<TimeDelta>,
) -> Result<(String, Option<DateTime<Utc>>)> {
    let days = valid.map(|valid| i32::try_from(valid.num_days()).unwrap_or(i32::MAX));
    let row = sqlx::query!(
        r#"insert into api_token (partner_id, token_hash, label, expires_at) values ($1, $2, $3, now() + make_interval(days => $4))
           returning left(encode(token_hash, 'hex'), 12) as "id!", expires_at"#,
        partner.0,
        hash,
        label,
        days
    )
    .fetch_one(conn)
    .await?;
    Ok((row.id, row.expires_at))
}

/// Partner and label of an API token that has not ended, and whether its use was not noted for ten minutes.
pub async fn find(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<(PartnerId, String, bool)>> {
    let row = sqlx::query!(
        r#"select partner_id, label, coalesce(last_used_at < now() - interval '10 minutes', true) as "is_due!"
           from api_token where token_hash = $1 and (expires_at is null or expires_at > now())"#,
        hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (PartnerId(row.partner_id), row.label, row.is_due)))
}

/// Notes that a token is used.
pub async fn note_use(conn: &mut PgConnection, partner: PartnerId, hash: &[u8]) -> Result<()> {
    sqlx::query!(
        "update api_token set last_used_at = now() where partner_id = $1 and token_hash = $2",
        partner.0,
        hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A partner's tokens, the newest first; those that have ended as well, until they are revoked.
pub async fn list(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<TokenRow>> {
    sqlx::query_as!(
        TokenRow,
        r#"select left(encode(token_hash, 'hex'), 12) as "id!", label, created_at, last_used_at, expires_at
           from api_token where partner_id = $1 order by created_at desc, token_hash"#,
        partner.0
    )
    .fetch_all(conn)
    .await
}

/// Removes the token of this id, or every one if there is no id; which ones there were.
pub async fn delete(conn: &mut PgConnection, partner: PartnerId, id: Option<&str>) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        r#"delete from api_token where partner_id = $1 and ($2::text is null or left(encode(token_hash, 'hex'), 12) = $2)
           returning left(encode(token_hash, 'hex'), 12) as "id!", label"#,
        partner.0,
        id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.label)).collect())
}
