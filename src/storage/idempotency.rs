//! Stored answers to POSTs that create, by partner, path and key, for 24 hours.

use crate::domain::ids::PartnerId;
use sqlx::{PgConnection, Result};

/// A key that was used before.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyRow {
    /// Hash of the first request's body.
    pub body_hash: Vec<u8>,
    /// Status of its answer; `None` while it is under way.
    pub status: Option<i32>,
    /// `Location` of its answer.
    pub location: Option<String>,
    /// Body of its answer.
    pub body: Option<serde_json::Value>,
}

/// How long a key without an answer stays taken after it was last said to be in use, in seconds: as long as a lease.
const LEASE: f64 = 30.0;

/// Takes a key; `false` if it is taken already. Keys older than 24 hours, and those of requests that were cut off, are free again.
pub async fn take(
    conn: &mut PgConnection,
    partner: PartnerId,
    path: &str,
    key: &str,
    body_hash: &[u8],
) -> Result<bool> {
    sqlx::query!(
        "delete from idempotency_key where partner_id = $1 and path = $2 and key = $3
         and (created_at < now() - interval '24 hours' or (status is null and created_at < now() - make_interval(secs => $4)))",
        partner.0,
        path,
        key,
        LEASE
    )
    .execute(&mut *conn)
    .await?;
    let inserted = sqlx::query!(
        "insert into idempotency_key (partner_id, path, key, body_hash) values ($1, $2, $3, $4) on conflict do nothing",
        partner.0,
        path,
        key,
        body_hash
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Says that the request that took a key is still under way.
pub async fn renew(conn: &mut PgConnection, partner: PartnerId, path: &str, key: &str) -> Result<()> {
    sqlx::query!(
        "update idempotency_key set created_at = now() where partner_id = $1 and path = $2 and key = $3 and status is null",
        partner.0,
        path,
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A key that is taken.
pub async fn read(conn: &mut PgConnection, partner: PartnerId, path: &str, key: &str) -> Result<Option<KeyRow>> {
    sqlx::query_as!(
        KeyRow,
        "select body_hash, status, location, body from idempotency_key where partner_id = $1 and path = $2 and key = $3",
        partner.0,
        path,
        key
    )
    .fetch_optional(conn)
    .await
}

/// Keeps the answer, the first one that is given.
pub async fn finish(
    conn: &mut PgConnection,
    partner: PartnerId,
    path: &str,
    key: &str,
    status: i32,
    location: Option<&str>,
    body: &serde_json::Value,
) -> Result<()> {
    sqlx::query!(
        "update idempotency_key set status = $4, location = $5, body = $6 where partner_id = $1 and path = $2 and key = $3 and status is null",
        partner.0,
        path,
        key,
        status,
        location,
        body
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Frees a key whose answer is not kept.
pub async fn forget(conn: &mut PgConnection, partner: PartnerId, path: &str, key: &str) -> Result<()> {
    sqlx::query!(
        "delete from idempotency_key where partner_id = $1 and path = $2 and key = $3 and status is null",
        partner.0,
        path,
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes keys older than 24 hours.
pub async fn purge(conn: &mut PgConnection, hours: u32) -> Result<()> {
    let hours = i32::try_from(hours).unwrap_or(i32::MAX);
    sqlx::query!("delete from idempotency_key where created_at < now() - make_interval(hours => $1)", hours)
        .execute(conn)
        .await?;
    Ok(())
}
