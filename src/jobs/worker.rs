//! Claims jobs and runs them until it is told to stop.

use super::clients::Clients;
use super::clock::Clock;
use super::integrate::{self, IntegrateSettings};
use super::lease::{Guard, Lease, Term};
use super::pulse::Pulse;
use super::shares::Shares;
use super::{Handlers, JobContext, JobEnd, JobKind, numbers, undo};
use crate::domain::engine::words;
use crate::domain::ids::ImportId;
use crate::domain::plan::Reason;
use crate::storage::leases::{self, ClaimLimits, ClaimedJob, ParkedJob};
use crate::storage::tenancy;
use crate::storage::{engine, refresh, undo as storage_undo};
use futures_util::FutureExt;
use sqlx::postgres::PgListener;
use sqlx::{PgConnection, PgPool};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;

const POLL: Duration = Duration::from_secs(1);

/// Jobs that are claimed at once: others that look for work at the same time get the next ones.
const PORTION: usize = 2;

/// For each job that a process has it lets others be this much earlier when there is something new,
const COURTESY: Duration = Duration::from_millis(10);

/// but never longer.
const LONGEST_COURTESY: Duration = Duration::from_millis(50);

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// How long a claim lasts without being renewed.
    pub lease: Duration,
    /// Jobs at the same time.
    pub jobs_in_flight: usize,
    /// Jobs of one partner at the same time, over all workers.
    pub jobs_per_partner: usize,
    /// How long jobs may take to hand over when the process ends.
    pub grace: Duration,
    /// Settings of integrations.
    pub integrate: IntegrateSettings,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            jobs_in_flight: 32,
            jobs_per_partner: 4,
            grace: Duration::from_secs(30),
            integrate: IntegrateSettings::default(),
        }
    }
}

/// Claims jobs and runs them.
pub struct Worker {
    settings: WorkerSettings,
    pool: PgPool,
    clients: Clients,
    handlers: Handlers,
    owner: Uuid,
    /// Held by every job that nobody waits for.
    background: Arc<()>,
    pulse: Pulse,
}

impl Worker {
    /// A worker that knows how to integrate, and what `handlers` know.
    pub fn new(settings: WorkerSettings, pool: PgPool, clients: Clients, handlers: Handlers) -> Self {
        let integrate = Arc::new(settings.integrate.clone());
        let settle = integrate.engine.settle.settle;
        let handlers = handlers
            .on(JobKind::Integrate, move |context| integrate::run(context, Arc::clone(&integrate)))
            .on(JobKind::Undo, move |context| undo::run(context, settle));
        Self {
            settings,
            pool,
            clients,
            handlers,
            owner: Uuid::now_v7(),
            pulse: Pulse::default(),
            background: Arc::default(),
        }
    }

    /// Tells whether it is alive.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Works until `cancel`; then begins nothing new, lets calls under way end and puts the rest back into the queue.
    pub async fn run(self, cancel: CancellationToken) {
        let ended = CancellationToken::new();
        let shares = Shares::new(self.pool.clone(), self.clients.transport(), self.owner, self.settings.lease)
            .keep(ended.clone());
        tokio::join!(shares, async {
            self.work_off(cancel).await;
            ended.cancel();
        });
    }

    async fn work_off(self, cancel: CancellationToken) {
        let worker = Arc::new(self);
        let mut jobs = JoinSet::new();
        let mut listener = None;
        while !cancel.is_cancelled() {
            worker.pulse.beat();
            worker.claim_all(&mut jobs, &cancel).await;
            tokio::select! {
                () = cancel.cancelled() => {}
                () = worker.wake(&mut listener) => {}
                Some(_) = jobs.join_next() => {}
            }
        }
        let drained = async { while jobs.join_next().await.is_some() {} };
        if tokio::time::timeout(worker.settings.grace, drained).await.is_err() {
            tracing::warn!(jobs = jobs.len(), "jobs did not hand over in time; their leases will expire");
        }
    }

    /// Waits for a notice or the next poll.
    async fn wake(&self, listener: &mut Option<PgListener>) {
        let poll = tokio::time::sleep(POLL);
        if listener.is_none() {
            *listener = self.listen().await.ok();
        }
        let Some(active) = listener else { return poll.await };
        tokio::select! {
            () = poll => {}
            notice = active.recv() => if notice.is_err() { *listener = None; }
        }
    }

    async fn listen(&self) -> sqlx::Result<PgListener> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen("jobs").await?;
        Ok(listener)
    }

    /// Places for work that nobody waits for: a quarter of all is kept free of it, so that somebody who waits never waits for a place.
    fn background_left(&self) -> usize {
        let most = (self.settings.jobs_in_flight - self.settings.jobs_in_flight / 4).max(1);
        // One reference is our own, the others belong to jobs.
        most.saturating_sub(Arc::strong_count(&self.background) - 1)
    }

    /// Claims what there is, in portions, so that processes that look for work at the same time share it.
    async fn claim_all(self: &Arc<Self>, jobs: &mut JoinSet<()>, cancel: &CancellationToken) {
        loop {
            let portion = self.settings.jobs_in_flight.saturating_sub(jobs.len()).min(PORTION);
            if portion == 0 || cancel.is_cancelled() {
                return;
            }
            let busy = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
            tokio::time::sleep(COURTESY.saturating_mul(busy).min(LONGEST_COURTESY)).await;
            if self.claim(portion, jobs, cancel).await < portion {
                return;
            }
        }
    }

    /// Claims so many jobs at most; returns how many there were.
    async fn claim(self: &Arc<Self>, portion: usize, jobs: &mut JoinSet<()>, cancel: &CancellationToken) -> usize {
        let limits = ClaimLimits {
            owner: self.owner,
            lease: self.settings.lease,
            per_partner: i64::try_from(self.settings.jobs_per_partner).unwrap_or(i64::MAX),
            count: i64::try_from(portion).unwrap_or(i64::MAX),
            background: i64::try_from(portion.min(self.background_left())).unwrap_or(i64::MAX),
        };
        let asked = Instant::now();
        match leases::claim(&self.pool, limits).await {
            Ok((claimed, parked)) => {
                for job in parked {
                    self.park(&job).await;
                }
                let count = claimed.len();
                for job in claimed {
                    numbers::claimed(&job);
                    let (worker, cancel) = (Arc::clone(self), cancel.clone());
                    let place = job.background.then(|| Arc::clone(&self.background));
                    jobs.spawn(async move {
                        worker.work(job, asked, cancel).await;
                        drop(place);
                    });
                }
                count
            }
            Err(error) => {
                tracing::warn!(%error, "jobs could not be claimed, trying again");
                0
            }
        }
    }

    /// Runs one job and records how it ended.
    async fn work(&self, job: ClaimedJob, claimed: Instant, shutdown: CancellationToken) {
        let lease = Lease {
            partner: job.partner_id,
            job: job.job_id,
            epoch: job.epoch,
            clock: Clock::new(job.claimed_at),
            shaky: Arc::new(AtomicBool::new(job.crashes > 0)),
            term: Term::new(claimed, self.settings.lease),
            lost: CancellationToken::new(),
            shutdown,
        };
        let guard = Guard::start(self.pool.clone(), job.clone(), self.owner, lease.clone());
        let span = tracing::info_span!("job", job.kind = job.kind, job.id = %job.job_id, partner.id = %job.partner_id);
        let end = self.handle(&job, lease.clone()).instrument(span).await;
        drop(guard);
        numbers::ended(&job, end.as_ref(), claimed.elapsed());
        if lease.lost.is_cancelled() {
            return;
        }
        for _ in 0..3 {
            match self.record(&job, end.as_ref()).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(job.id = %job.job_id, %error, "the end of a job could not be recorded"),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// `None`: the handler panicked.
    async fn handle(&self, job: &ClaimedJob, lease: Lease) -> Option<JobEnd> {
        let Some(handler) = self.handlers.of(&job.kind) else {
            return Some(JobEnd::Failed(format!("nobody handles {}", job.kind)));
        };
        let lost = lease.lost.clone();
        let context = JobContext {
            pool: self.pool.clone(),
            partner: job.partner_id,
            subject: job.subject.clone(),
            lease,
            clients: self.clients.clone(),
        };
        let work = AssertUnwindSafe(async move { handler(context).await }).catch_unwind();
        tokio::select! {
            () = lost.cancelled() => Some(JobEnd::Lost),
            end = work => end.ok(),
        }
    }

    async fn record(&self, job: &ClaimedJob, end: Option<&JobEnd>) -> sqlx::Result<()> {
        let (partner, id, epoch) = (job.partner_id, job.job_id, job.epoch);
        let mut tx = tenancy::begin(&self.pool, partner).await?;
        let mut is_parked = false;
        match end {
            Some(JobEnd::Done) => leases::finish(&mut tx, partner, id, epoch, None).await?,
            Some(JobEnd::Failed(error)) => {
                tracing::error!(job.id = %id, job.kind = job.kind, error, "a job failed");
                leases::finish(&mut tx, partner, id, epoch, Some(error)).await?;
            }
            Some(JobEnd::Halted(error)) => {
                tracing::error!(job.id = %id, job.kind = job.kind, job.subject, error, "a job is unknown to this version and is parked");
                if leases::hold(&mut tx, partner, id, epoch).await? {
                    leases::finish(&mut tx, partner, id, epoch, Some(error)).await?;
                    halt(&mut tx, &ParkedJob::of(job), &words::unknown_record()).await?;
                }
            }
            Some(JobEnd::Again(after)) => leases::put_back(&mut tx, partner, id, epoch, *after).await?,
            Some(JobEnd::Lost) => {}
            None => {
                tracing::error!(job.id = %id, job.kind = job.kind, "a job crashed");
                is_parked = leases::crashed(&mut tx, partner, id, epoch, "its worker crashed", POLL * 5).await?;
            }
        }
        tx.commit().await?;
        if is_parked {
            self.park(&ParkedJob::of(job)).await;
        }
        Ok(())
    }

    /// Tells people that a job was halted. Should this process end before it has, the upkeep does it.
    async fn park(&self, job: &ParkedJob) {
        tracing::error!(partner.id = %job.partner_id, job.kind = job.kind, "a job crashed its workers each time and is parked");
        let halted = async {
            let mut tx = tenancy::begin(&self.pool, job.partner_id).await?;
            halt(&mut tx, job, &words::parked()).await?;
            tx.commit().await
        };
        if let Err(error) = halted.await {
            tracing::error!(%error, job.subject, "a halted job could not be marked");
        }
    }
}

/// Says of what a job was for, if people look at it, that it is halted.
async fn halt(conn: &mut PgConnection, job: &ParkedJob, why: &Reason) -> sqlx::Result<()> {
    match (JobKind::parse(&job.kind), Uuid::parse_str(&job.subject)) {
        (Some(JobKind::Integrate), Ok(import)) => engine::park(conn, job.partner_id, ImportId(import), why).await,
        (Some(JobKind::Undo), Ok(import)) => {
            let reason = crate::domain::undo::reverse::parked();
            storage_undo::set_waiting(conn, job.partner_id, ImportId(import), Some((&reason, None))).await
        }
        (Some(JobKind::RefreshInventory), _) => {
            let reason = words::parked_refresh();
            let error = Some((reason.code.as_str(), reason.message.as_str()));
            refresh::set_ended(conn, job.partner_id, error).await
        }
        _ => Ok(()),
    }
}
