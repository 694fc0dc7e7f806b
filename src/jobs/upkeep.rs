//! What happens by itself: inventories are refreshed and connections tested when they are due, what nobody works on any more is said to be halted, and
//! what nobody needs any more is removed.

use crate::domain::engine::words;
use crate::storage::{connections, upkeep};
use sqlx::PgPool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often due refreshes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How many looks lie between two rounds of removing.
const LOOKS_PER_PURGE: u32 = 120;

/// Runs until `shutdown`. Any number of processes may do so: what one has queued, another does not queue again.
/// `refresh` is the time between two refreshes; without it they are only done on demand.
pub async fn run(pool: PgPool, refresh: Option<Duration>, shutdown: CancellationToken) {
    let mut looks = 0;
    let forever = async {
        loop {
            if let Some(age) = refresh {
                match upkeep::enqueue_due_refreshes(&pool, age).await {
                    Ok(0) => {}
                    Ok(queued) => tracing::info!(queued, "inventories are due"),
                    Err(error) => tracing::warn!(%error, "due refreshes could not be queued"),
                }
            }
            match connections::enqueue_due_tests(&pool).await {
                Ok(0) => {}
                Ok(queued) => tracing::info!(queued, "tests of connections are due"),
                Err(error) => tracing::warn!(%error, "due tests of connections could not be queued"),
            }
            match upkeep::halt_abandoned(&pool, &words::parked()).await {
                Ok(imports) => imports.iter().for_each(|import| {
                    tracing::error!(import.id = %import, "nobody works on an integration any more; it is halted");
                }),
                Err(error) => tracing::warn!(%error, "abandoned integrations could not be looked for"),
            }
            if looks % LOOKS_PER_PURGE == 0
                && let Err(error) = upkeep::purge(&pool).await
            {
                tracing::warn!(%error, "old rows could not be removed");
            }
            looks += 1;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    shutdown.run_until_cancelled(forever).await;
}
