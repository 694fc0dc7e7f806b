//! A claim on a job, renewed until its guard is dropped.

use super::clock::Clock;
use crate::domain::ids::PartnerId;
use crate::domain::operation::lease_left;
use crate::storage::leases::{self, ClaimedJob};
use sqlx::{PgConnection, PgPool};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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
    /// How long it may be relied on.
    pub term: Term,
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
        !self.lost.is_cancelled() && !self.shutdown.is_cancelled() && self.term.is_running()
    }
}

/// How long a claim may be relied on without a word from the database, by the monotonic clock: a process that was frozen for longer
/// begins nothing when it wakes, even before it has noticed that the claim is lost.
#[derive(Debug, Clone)]
pub struct Term {
    /// When the last renewal that succeeded was asked for.
    renewed: Arc<Mutex<Instant>>,
    length: Duration,
}

impl Term {
    /// The term of a claim that was asked for at `claimed`.
    pub fn new(claimed: Instant, length: Duration) -> Self {
        Self { renewed: Arc::new(Mutex::new(claimed)), length }
    }

    fn renew(&self, asked: Instant) {
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
    }

    fn left(&self) -> Duration {
        let age = self.renewed.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        lease_left(age, self.length)
    }

    fn is_running(&self) -> bool {
        !self.left().is_zero()
    }
}

/// Renews a claim every third of its length; ends on drop.
#[derive(Debug)]
pub(super) struct Guard(JoinHandle<()>);

impl Guard {
    pub(super) fn start(pool: PgPool, job: ClaimedJob, owner: Uuid, lease: Lease) -> Self {
        Self(tokio::spawn(renew(pool, job, owner, lease)))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn renew(pool: PgPool, job: ClaimedJob, owner: Uuid, lease: Lease) {
    let length = lease.term.length;
    let mut pause = length / 3;
    loop {
        tokio::time::sleep(pause).await;
        let began = Instant::now();
        match tokio::time::timeout(lease.term.left(), leases::renew(&pool, &job, owner, length)).await {
            Ok(Ok(Some(now))) => {
                lease.clock.set(now);
                lease.term.renew(began);
                pause = length / 3;
            }
            Ok(Err(error)) if lease.term.is_running() => {
                tracing::warn!(job.id = %job.job_id, %error, "a lease could not be renewed, trying again");
                pause = (length / 15).max(Duration::from_millis(20));
            }
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    metrics::counter!("leases_lost_total").increment(1);
    tracing::warn!(job.id = %job.job_id, job.kind = job.kind, "a lease was lost");
    lease.lost.cancel();
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    fn lease(claimed: Instant) -> Lease {
        Lease {
            partner: PartnerId(Uuid::nil()),
            job: Uuid::nil(),
            epoch: 1,
            clock: Clock::new(Utc::now()),
            shaky: Arc::default(),
            term: Term::new(claimed, Duration::from_secs(30)),
            lost: CancellationToken::new(),
            shutdown: CancellationToken::new(),
        }
    }

    #[test]
    fn who_wakes_after_the_lease_begins_nothing_although_nobody_has_taken_over() {
        let frozen = lease(Instant::now().checked_sub(Duration::from_secs(30)).unwrap());
        assert!(!frozen.may_begin());
        frozen.term.renew(Instant::now());
        assert!(frozen.may_begin(), "a renewal that succeeded counts from when it was asked for");
        frozen.shutdown.cancel();
        assert!(!frozen.may_begin());
    }
}
