//! Keeps the audit trails as long as the settings say. Only the owner of the tables may remove entries.

use crate::storage::{audit, restored};
use chrono::{TimeDelta, Utc};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often old entries are looked for.
const EVERY: Duration = Duration::from_hours(6);

/// Removes entries older than so many days, of every partner, until `shutdown`; `None` keeps all.
pub async fn keep_short(owner: PgConnectOptions, pool: PgPool, days: Option<u32>, shutdown: CancellationToken) {
    let Some(days) = days else { return };
    let forever = async {
        loop {
            match shorten(&owner, &pool, days).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "old entries of audit trails were removed"),
                Err(error) => tracing::warn!(%error, "old entries of audit trails could not be removed"),
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    shutdown.run_until_cancelled(forever).await;
}

async fn shorten(owner: &PgConnectOptions, pool: &PgPool, days: u32) -> sqlx::Result<u64> {
    let owner = PgPoolOptions::new().max_connections(1).connect_with(owner.clone()).await?;
    let before = Utc::now() - TimeDelta::days(days.into());
    let mut removed = 0;
    for partner in restored::everybody(pool).await? {
        removed += audit::shorten(&owner, partner, before).await?;
    }
    owner.close().await;
    Ok(removed)
}
