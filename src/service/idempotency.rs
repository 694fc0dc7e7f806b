//! Answers to POSTs that create, kept so that the same key gets the same answer.

use super::{App, ServiceError};
use crate::domain::ids::PartnerId;
use crate::storage;
use crate::storage::tenancy;
use std::time::Duration;

/// How often a key is said to be in use: three times within its lease.
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// What a key means for this request.
#[derive(Debug, Clone, PartialEq)]
pub enum Begin {
    /// New: go on, then call [`finish`] or [`forget`].
    Fresh,
    /// Answered before: the same answer again.
    Replay(Stored),
    /// The first request is still under way.
    InUse,
    /// Used with another body.
    Reused,
}

/// A kept answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// HTTP status.
    pub status: u16,
    /// `Location`.
    pub location: Option<String>,
    /// The body.
    pub body: serde_json::Value,
}

/// Takes a key of the partner for a path.
pub async fn begin(
    app: &App,
    partner: PartnerId,
    path: &str,
    key: &str,
    body_hash: &[u8],
) -> Result<Begin, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    if storage::idempotency::take(&mut conn, partner, path, key, body_hash).await? {
        conn.commit().await?;
        return Ok(Begin::Fresh);
    }
    let Some(row) = storage::idempotency::read(&mut conn, partner, path, key).await? else { return Ok(Begin::InUse) };
    if row.body_hash != body_hash {
        return Ok(Begin::Reused);
    }
    let Some(status) = row.status.and_then(|status| u16::try_from(status).ok()) else { return Ok(Begin::InUse) };
    Ok(Begin::Replay(Stored { status, location: row.location, body: row.body.unwrap_or_default() }))
}

/// Says again and again that the request that took a key is under way; to be run beside it. Whoever is gone says nothing, and the key
/// is free within half a minute.
pub async fn keep_taken(app: &App, partner: PartnerId, path: &str, key: &str) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        let renewed = async {
            let mut conn = tenancy::begin(&app.pool, partner).await?;
            storage::idempotency::renew(&mut conn, partner, path, key).await?;
            conn.commit().await
        };
        if let Err(error) = renewed.await {
            tracing::warn!(%error, "a key could not be kept in use, trying again");
        }
    }
}

/// Keeps the answer.
pub async fn finish(app: &App, partner: PartnerId, path: &str, key: &str, stored: &Stored) -> Result<(), ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let location = stored.location.as_deref();
    storage::idempotency::finish(&mut conn, partner, path, key, i32::from(stored.status), location, &stored.body)
        .await?;
    Ok(conn.commit().await?)
}

/// Frees a key whose answer is not kept.
pub async fn forget(app: &App, partner: PartnerId, path: &str, key: &str) -> Result<(), ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    storage::idempotency::forget(&mut conn, partner, path, key).await?;
    Ok(conn.commit().await?)
}
