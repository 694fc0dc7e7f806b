//! A claim on a job, renewed until its guard is dropped.

use super::clock::Clock;
use crate::domain::ids::PartnerId;
use crate::storage::leases::{self, ClaimedJob};
use sqlx::{PgConnection, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A claim on a job; cheap to clone.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Whose job it is.
    pub partner: PartnerId,
    /// The job.
    pub job: Uuid,
    /// Of this claim.
    pub epoch: i64,
    /// The database's time.
    pub clock: Clock,
    /// Whether earlier crashes still count.
    pub shaky: Arc<AtomicBool>,
    /// Set when the claim is lost: stop everything at once.
    pub lost: CancellationToken,
    /// Set when the process ends: begin nothing new, and hand over.
    pub shutdown: CancellationToken,
}

impl Lease {
    /// Locks the claim until the transaction ends; `false` if it is lost, and then nothing may be written.
    pub async fn hold(&self, conn: &mut PgConnection) -> sqlx::Result<bool> {
        leases::hold(conn, self.partner, self.job, self.epoch).await
    }

    /// Notes, in the transaction that records it, that something has been done: earlier crashes do not count any more.
    pub async fn gets_on(&self, conn: &mut PgConnection) -> sqlx::Result<()> {
        if self.shaky.load(Ordering::Relaxed) {
            leases::gets_on(conn, self.partner, self.job, self.epoch).await?;
        }
        Ok(())
    }

    /// The same, once that transaction is committed.
    pub fn got_on(&self) {
        self.shaky.store(false, Ordering::Relaxed);
    }

    /// Whether something new may begin.
    pub fn may_begin(&self) -> bool {
        !self.lost.is_cancelled() && !self.shutdown.is_cancelled()
    }
}

/// Renews a claim every third of its length; ends on drop.
#[derive(Debug)]
pub(super) struct Guard(JoinHandle<()>);

impl Guard {
    pub(super) fn start(pool: PgPool, job: ClaimedJob, owner: Uuid, length: Duration, lease: Lease) -> Self {
        Self(tokio::spawn(renew(pool, job, owner, length, lease)))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn renew(pool: PgPool, job: ClaimedJob, owner: Uuid, length: Duration, lease: Lease) {
    let mut renewed = Instant::now();
    let mut pause = length / 3;
    loop {
        tokio::time::sleep(pause).await;
        let began = Instant::now();
        let left = length.saturating_sub(renewed.elapsed());
        match tokio::time::timeout(left, leases::renew(&pool, &job, owner, length)).await {
            Ok(Ok(Some(now))) => {
                lease.clock.set(now);
                renewed = began;
                pause = length / 3;
            }
            Ok(Err(error)) if renewed.elapsed() < length => {
                tracing::warn!(job.id = %job.job_id, %error, "a lease could not be renewed, trying again");
                pause = (length / 15).max(Duration::from_millis(20));
            }
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    tracing::warn!(job.id = %job.job_id, job.kind = job.kind, "a lease was lost");
    lease.lost.cancel();
}
