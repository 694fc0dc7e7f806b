//! What happens by itself: inventories are refreshed and connections tested when they are due, what nobody works on any more is said to be halted, and
//! what nobody needs any more is removed.

use crate::domain::engine::words;
use crate::domain::undo::reverse;
use crate::service::restored;
use crate::storage::retention::Old;
use crate::storage::{self, connections, upkeep};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often due refreshes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How many looks lie between two rounds of removing.
const LOOKS_PER_PURGE: u32 = 120;

/// Settings of what happens by itself.
#[derive(Debug, Clone, Copy)]
pub struct UpkeepSettings {
    /// Between two refreshes of an inventory; without it they are only done on demand.
    pub refresh: Option<Duration>,
    /// How long what was sent to LMP may still appear there.
    pub settle: TimeDelta,
    /// What is kept for how long.
    pub retention: Retention,
}

/// How long what is over is kept; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Drafts that nobody started, from their making on.
    pub drafts: Option<TimeDelta>,
    /// Imports, from their end on.
    pub imports: Option<TimeDelta>,
    /// What happened step by step to customers of imports that have ended.
    pub records: Option<TimeDelta>,
    /// Jobs that have ended, in days.
    pub jobs_days: u32,
    /// Answers that are kept for a repeated request, in hours.
    pub idempotency_hours: u32,
}

/// Runs until `shutdown`. Any number of processes may do so: what one has queued, another does not queue again.
pub async fn run(pool: PgPool, settings: UpkeepSettings, shutdown: CancellationToken) {
    let mut looks = 0;
    let forever = async {
        loop {
            look(&pool, settings).await;
            if looks % LOOKS_PER_PURGE == 0
                && let Err(error) = purge(&pool, settings.retention, Utc::now()).await
            {
                tracing::warn!(%error, "old rows could not be removed");
            }
            looks += 1;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    shutdown.run_until_cancelled(forever).await;
}

/// Removes what is over and older than it is kept.
pub async fn purge(pool: &PgPool, retention: Retention, now: DateTime<Utc>) -> sqlx::Result<()> {
    upkeep::purge(pool, retention.idempotency_hours, retention.jobs_days).await?;
    let ages = [(Old::Drafts, retention.drafts), (Old::Records, retention.records), (Old::Imports, retention.imports)];
    for (old, age) in ages {
        let Some(before) = age.and_then(|age| now.checked_sub_signed(age)) else { continue };
        let removed = storage::retention::remove(pool, old, before).await?;
        if removed > 0 {
            tracing::info!(removed, ?old, "what was kept for long enough was removed");
        }
    }
    Ok(())
}

async fn look(pool: &PgPool, settings: UpkeepSettings) {
    match restored::notice(pool, settings.settle).await {
        Ok(0) => {}
        Ok(partners) => tracing::error!(
            partners,
            "this is not the database that it was: nothing is created until accounts have been compared with the records"
        ),
        Err(error) => tracing::warn!(%error, "whether the database is the same could not be found out"),
    }
    if let Err(error) = storage::restored::enqueue_comparisons(pool).await {
        tracing::warn!(%error, "accounts to compare could not be queued");
    }
    if let Some(age) = settings.refresh {
        match upkeep::enqueue_due_refreshes(pool, age).await {
            Ok(0) => {}
            Ok(queued) => tracing::info!(queued, "inventories are due"),
            Err(error) => tracing::warn!(%error, "due refreshes could not be queued"),
        }
    }
    match connections::enqueue_due_tests(pool).await {
        Ok(0) => {}
        Ok(queued) => tracing::info!(queued, "tests of connections are due"),
        Err(error) => tracing::warn!(%error, "due tests of connections could not be queued"),
    }
    match upkeep::halt_abandoned(pool, &words::parked()).await {
        Ok(imports) => imports.iter().for_each(|import| {
            tracing::error!(import.id = %import, "nobody works on an integration any more; it is halted");
        }),
        Err(error) => tracing::warn!(%error, "abandoned integrations could not be looked for"),
    }
    match upkeep::halt_abandoned_undos(pool, &reverse::parked()).await {
        Ok(imports) => imports.iter().for_each(|import| {
            tracing::error!(import.id = %import, "nobody works on an undo any more; it is halted");
        }),
        Err(error) => tracing::warn!(%error, "abandoned undos could not be looked for"),
    }
}
