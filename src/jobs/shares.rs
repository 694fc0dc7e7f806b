//! Keeps a process's shares of the calls that partners may have under way to their vendors.
//!
//! The limits are those of all processes on the database together. A process settles all its shares in one transaction, twice a second
//! while it calls anybody and at once when a call finds no slot; no call asks the database. What is given back is given back before
//! the database is told, and what is got is used only after it has been: so there is no moment with more than the limit.

use crate::domain::shares::{Claim, settle};
use crate::storage::shares;
use crate::upstream::transport::{LaneKey, Transport};
use chrono::{DateTime, Utc};
use sqlx::{PgPool, Result};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Between two settlements while everybody has what is wanted.
const PAUSE: Duration = Duration::from_millis(500);
/// While somebody waits for what others give back.
const WHILE_SHORT: Duration = Duration::from_millis(100);

/// How long what a process holds counts without being renewed: shorter than a job's lease, so that whoever takes a job over can call.
pub fn lease(of_jobs: Duration) -> Duration {
    of_jobs * 2 / 3
}

/// For how long a process uses its shares without having renewed them. What is left of their lease is for the calls under way.
pub fn term(of_jobs: Duration) -> Duration {
    lease(of_jobs) / 2
}

/// Keeps shares of a process.
pub(super) struct Shares {
    pool: PgPool,
    transport: Arc<Transport>,
    owner: Uuid,
    lease: Duration,
    /// Its places in the queues.
    places: HashMap<LaneKey, DateTime<Utc>>,
}

impl Shares {
    pub(super) fn new(pool: PgPool, transport: Arc<Transport>, owner: Uuid, lease_of_jobs: Duration) -> Self {
        Self { pool, transport, owner, lease: lease(lease_of_jobs), places: HashMap::new() }
    }

    /// Keeps them until `ended`, and gives them all back then.
    pub(super) async fn keep(mut self, ended: CancellationToken) {
        let mut pause = None;
        loop {
            tokio::select! {
                () = ended.cancelled() => break,
                () = self.transport.share_is_wanted() => {}
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
            pause = match self.settle().await {
                Ok(pause) => pause.map(|pause| pause.min(self.lease / 8)),
                Err(error) => {
                    tracing::warn!(%error, "shares of calls could not be settled, trying again");
                    Some(PAUSE)
                }
            };
            // Calls that come at the same moment are settled together.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if !self.places.is_empty()
            && let Err(error) = self.give_back().await
        {
            tracing::info!(%error, "shares of calls end by themselves");
        }
    }

    /// Settles all shares; when to do so again, unless a call asks for it before.
    async fn settle(&mut self) -> Result<Option<Duration>> {
        let (asked_at, demands) = (Instant::now(), self.transport.demands());
        if demands.is_empty() && self.places.is_empty() {
            return Ok(None);
        }
        let ways: Vec<_> = demands.iter().map(|demand| (demand.key.partner, demand.key.api())).collect();
        let (mut tx, now) = shares::begin(&self.pool).await?;
        let others = shares::others(&mut tx, self.owner, &ways).await?;
        let (mut rows, mut places, mut is_short) = (Vec::new(), HashMap::new(), false);
        let mut given = Vec::new();
        for demand in demands {
            let key = demand.key;
            let since = self.places.get(&key).copied().unwrap_or(now);
            let mine = Claim { owner: self.owner, held: demand.held, wanted: demand.wanted.min(demand.limit), since };
            let of_others = others.get(&(key.partner, key.api().to_owned())).map_or(&[][..], Vec::as_slice);
            let (share, since) = settle(demand.limit, mine, of_others, now);
            let held = if share < demand.held { self.transport.set_share(key, share) } else { demand.held };
            is_short |= share < mine.wanted;
            places.insert(key, since);
            given.push((key, share));
            rows.push(((key.partner, key.api()), Claim { held: held.max(share), since, ..mine }));
        }
        shares::put(&mut tx, self.owner, self.lease, &rows).await?;
        tx.commit().await?;
        for (key, share) in given {
            self.transport.set_share(key, share);
        }
        self.transport.renew_shares(asked_at);
        self.places = places;
        Ok((!self.places.is_empty()).then_some(if is_short { WHILE_SHORT } else { PAUSE }))
    }

    async fn give_back(&self) -> Result<()> {
        let (mut tx, _) = shares::begin(&self.pool).await?;
        shares::put(&mut tx, self.owner, self.lease, &[]).await?;
        tx.commit().await
    }
}
