//! The loop: asks what may begin, begins it, records what came of it.

use super::free::{is_free, pick, take};
use super::shared::Shared;
use super::{IntegrateSettings, Item, StepEnd, account, look, manager, subscription, template};
use crate::domain::engine::{Action, Clocks, Pause, PauseCause, PoolWatch, Run, Step, next, words};
use crate::domain::ids::{ImportId, LicensePoolId};
use crate::domain::integration::{Counts, IntegrationStatus, ItemRecord, ItemStatus};
use crate::domain::inventory::LicensePool;
use crate::domain::outcome::{ReadError, Vendor};
use crate::jobs::clients::ClientError;
use crate::jobs::{JobContext, JobEnd};
use crate::storage::crash::CrashPoint;
use crate::storage::engine::{self as storage, EngineError, Fence};
use crate::storage::reservations::{self, Reserved};
use crate::storage::tenancy;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;

const POLL: Duration = Duration::from_secs(1);

/// How often the pools are asked while another import takes licenses.
const ASKED: u32 = 5;

/// Readings that only inform may not hold the run up for longer.
const INFORMATIVE: Duration = Duration::from_secs(20);

/// What a spawned task hands back.
enum TaskEnd {
    Step(Vec<usize>, Result<StepEnd, EngineError>),
    Probe(Vendor, Result<Option<Stock>, PauseCause>),
}

struct Loop {
    shared: Arc<Shared>,
    run: Run,
    tasks: JoinSet<TaskEnd>,
    /// The database failed: calls under way end, then the job is put back.
    failure: Option<EngineError>,
    polled: Instant,
}

/// Carries an import out.
pub(super) async fn carry_out(
    context: JobContext,
    import: ImportId,
    settings: Arc<IntegrateSettings>,
) -> Result<JobEnd, EngineError> {
    let lease = context.lease.clone();
    let Some(row) = storage::take_over(&context.pool, context.partner, import, lease.job, lease.epoch).await? else {
        return Ok(JobEnd::Done);
    };
    CrashPoint::CLAIMED.pass();
    let fence = Fence { partner: context.partner, import, epoch: row.epoch };
    let shared =
        Shared::new(context.pool.clone(), fence, lease, context.clients.clone(), Arc::clone(&settings), row.seen_at);
    let items =
        storage::items(&mut *tenancy::begin(&context.pool, context.partner).await.map_err(EngineError::from)?, fence)
            .await?;
    shared.set_had_accounts(&items);
    let pools = watch(&shared, &items).await?;
    let mut run = Run::new(items, pools, remote_manager(&context).await, settings.engine);
    run.stop_requested = row.stopping;
    if let Err(cause) = begins(&shared).await {
        let mut pause = run.stand_still(Vendor::Lmp, cause, shared.now());
        pause.since = row.paused_since.unwrap_or(pause.since);
        run.paused = Some(pause);
        shared.paused.store(true, Ordering::Release);
        tell(&shared, Some(pause)).await?;
    }
    let state = Loop { shared: Arc::new(shared), run, tasks: JoinSet::new(), failure: None, polled: Instant::now() };
    state.turn().await
}

/// Whether the run may begin: it compares times with the database's, and looks for what it has created at one partner only.
async fn begins(shared: &Shared) -> Result<(), PauseCause> {
    agree(shared)?;
    is_same_partner(shared).await
}

/// Compares the clocks of the database and of this process.
fn agree(shared: &Shared) -> Result<(), PauseCause> {
    match Clocks::compare(shared.now(), Utc::now()) {
        Clocks::Agree => Ok(()),
        Clocks::Differ { seconds } => {
            tracing::warn!(offset_seconds = seconds, "the database's clock differs from ours");
            Ok(())
        }
        Clocks::Unusable(cause) => Err(cause),
    }
}

/// Whether the credentials still belong to the partner at LMP that the import was begun with: anybody else's books say nothing about
/// what was created. A partner that cannot ask who it is has to offer the plans of the import.
async fn is_same_partner(shared: &Shared) -> Result<(), PauseCause> {
    let lmp = shared.lmp().await?;
    let id = match lmp.partner_id().await {
        Ok(id) => id,
        Err(error) if PauseCause::of_read(&error).is_some() => {
            return Err(PauseCause::of_read(&error).unwrap_or(PauseCause::Unreachable));
        }
        Err(error) => {
            tracing::info!(%error, "LMP does not say whose the credentials are");
            None
        }
    };
    let known = shared.lmp_partner(id.as_deref()).await.map_err(|error| {
        tracing::warn!(%error, "the partner at LMP could not be compared");
        PauseCause::Unreachable
    })?;
    match (id, known) {
        (Some(id), Some(known)) if id == known => Ok(()),
        (Some(_), _) => Err(PauseCause::OtherPartner),
        (None, _) => {
            let plans = lmp
                .service_plans()
                .await
                .map_err(|error| PauseCause::of_read(&error).unwrap_or(PauseCause::Unreachable))?;
            let offered = shared.plans().is_empty() || plans.iter().any(|plan| shared.plans().contains(&plan.id));
            if offered { Ok(()) } else { Err(PauseCause::OtherPartner) }
        }
    }
}

/// Says that the run goes on, or why it stands still.
async fn tell(shared: &Shared, pause: Option<Pause>) -> Result<(), EngineError> {
    let (mut tx, _) = storage::begin(&shared.pool, shared.fence).await?;
    let reason = pause.map(|pause| (words::pause(pause.vendor, pause.cause), pause));
    storage::set_status(&mut tx, shared.fence, reason.as_ref().map(|(reason, pause)| (reason, *pause))).await?;
    if let Some(pause) = pause.filter(|pause| pause.cause == PauseCause::CredentialsRefused) {
        storage::set_connection_refused(&mut tx, shared.partner(), pause.vendor, true).await?;
    }
    Ok(tx.commit().await?)
}

async fn remote_manager(context: &JobContext) -> bool {
    let found = context.clients.connection(context.partner, Vendor::RemoteManager).await;
    !matches!(found, Err(ClientError::NotConnected))
}

/// What the vendor can still assign, as far as it says so.
async fn read_pools(shared: &Shared) -> Option<Vec<LicensePool>> {
    let lmp = shared.lmp().await.ok()?;
    match tokio::time::timeout(INFORMATIVE, lmp.license_pools()).await {
        Ok(Ok(pools)) => pools,
        Ok(Err(error)) => {
            tracing::info!(%error, "license pools could not be read, so they are unknown");
            None
        }
        Err(_) => None,
    }
}

/// What the vendor said of its pools, and when it was asked.
struct Stock {
    asked_at: DateTime<Utc>,
    pools: Vec<LicensePool>,
}

impl Stock {
    /// `None`: the vendor does not say, so what there is is unknown.
    async fn ask(shared: &Shared) -> sqlx::Result<Option<Self>> {
        let asked_at = reservations::now(&mut *tenancy::begin(&shared.pool, shared.fence.partner).await?).await?;
        Ok(read_pools(shared).await.map(|pools| Self { asked_at, pools }))
    }

    /// Cuts the list by what imports that were confirmed earlier leave: once with all that is reserved taken off, once without what
    /// the vendor may have taken off already.
    async fn cut(
        &self,
        shared: &Shared,
        items: &[ItemRecord],
        under_way: &BTreeSet<usize>,
    ) -> Result<(PoolWatch, PoolWatch), EngineError> {
        let mut conn = tenancy::begin(&shared.pool, shared.fence.partner).await?;
        let Fence { partner, import, .. } = shared.fence;
        let reserved = reservations::before(&mut conn, partner, import, self.asked_at).await?;
        let of = |pool: &LicensePool| reserved.get(&pool.id).copied().unwrap_or_default();
        let less = |part: fn(Reserved) -> u32| -> BTreeMap<LicensePoolId, Option<u32>> {
            let left = |pool: &LicensePool| pool.available.map(|available| available.saturating_sub(part(of(pool))));
            self.pools.iter().map(|pool| (pool.id.clone(), left(pool))).collect()
        };
        let watch = |part| PoolWatch::new(items, under_way, &less(part));
        Ok((watch(Reserved::most), watch(|reserved| reserved.sure)))
    }
}

/// Who is left out as the run is taken up. Others may be taking licenses at this moment: where that decides, it is asked again.
async fn watch(shared: &Shared, items: &[ItemRecord]) -> Result<PoolWatch, EngineError> {
    for turn in 1.. {
        let Some(stock) = Stock::ask(shared).await? else { break };
        let (strict, generous) = stock.cut(shared, items, &BTreeSet::new()).await?;
        if strict.left_out == generous.left_out || turn == ASKED {
            return Ok(strict);
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(PoolWatch::new(items, &BTreeSet::new(), &BTreeMap::new()))
}

impl Loop {
    async fn turn(mut self) -> Result<JobEnd, EngineError> {
        loop {
            let mut wake_at = None;
            if self.goes_on() {
                let now = self.shared.now();
                self.run.observe(now);
                let plan = next(&self.run, now);
                if plan.ended {
                    return self.finish().await;
                }
                wake_at = plan.wake_at;
                let begun = self.begin(plan.actions).await;
                if self.survive(begun)? == Some(true) {
                    continue;
                }
            } else if self.tasks.is_empty() {
                return self.failure.map_or(Ok(JobEnd::Again(Duration::ZERO)), Err);
            }
            let waited = self.wait(wake_at).await;
            self.survive(waited)?;
        }
    }

    /// A database that fails ends the run, but only after the calls under way: what was sent is not left in doubt needlessly.
    fn survive<T>(&mut self, result: Result<T, EngineError>) -> Result<Option<T>, EngineError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(EngineError::Lost) => Err(EngineError::Lost),
            Err(error) => {
                self.shared.paused.store(true, Ordering::Release);
                self.failure.get_or_insert(error);
                Ok(None)
            }
        }
    }

    fn goes_on(&self) -> bool {
        self.failure.is_none() && self.shared.lease.may_begin()
    }

    /// Begins what may begin; `true` if something has changed already.
    async fn begin(&mut self, actions: Vec<Action>) -> Result<bool, EngineError> {
        let mut changed = false;
        for action in actions {
            if !self.goes_on() {
                return Ok(false);
            }
            if is_free(&action) {
                for index in action.items().to_vec() {
                    self.run.items[index] = take(&self.shared, action.clone(), &self.run.items[index]).await?;
                }
                changed = true;
            } else {
                self.spawn(action);
            }
        }
        Ok(changed)
    }

    fn spawn(&mut self, action: Action) {
        let shared = Arc::clone(&self.shared);
        if let Action::Probe(vendor) = action {
            self.run.probing = true;
            let probing = async move { TaskEnd::Probe(vendor, probe(&shared, vendor).await) };
            self.tasks.spawn(probing.in_current_span());
            return;
        }
        let indexes = action.items().to_vec();
        self.run.in_flight.extend(&indexes);
        let items = pick(&self.run.items, &indexes);
        let work = async move { TaskEnd::Step(indexes, step(&shared, action, items).await) };
        self.tasks.spawn(work.in_current_span());
    }

    /// Waits for a result, a time, a signal or the next poll.
    async fn wait(&mut self, wake_at: Option<DateTime<Utc>>) -> Result<(), EngineError> {
        let until_wake = wake_at.and_then(|at| (at - self.shared.now()).to_std().ok()).unwrap_or(POLL);
        let shutdown = self.shared.lease.shutdown.clone();
        let pause = tokio::time::sleep(until_wake.clamp(Duration::from_millis(5), POLL));
        tokio::select! {
            Some(end) = self.tasks.join_next() => self.take_in(end).await?,
            () = pause => {}
            () = shutdown.cancelled(), if self.goes_on() => {}
        }
        if self.polled.elapsed() >= POLL && self.goes_on() {
            self.poll().await?;
        }
        Ok(())
    }

    async fn take_in(&mut self, end: Result<TaskEnd, JoinError>) -> Result<(), EngineError> {
        match end {
            Ok(TaskEnd::Step(indexes, result)) => {
                for index in &indexes {
                    self.run.in_flight.remove(index);
                }
                self.take_step(result?).await
            }
            Ok(TaskEnd::Probe(vendor, result)) => {
                self.run.probing = false;
                self.take_probe(vendor, result).await
            }
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(EngineError::Lost),
            },
        }
    }

    async fn take_step(&mut self, end: StepEnd) -> Result<(), EngineError> {
        for (index, item) in end.items {
            if end.alone {
                self.run.alone.insert(index);
            } else if Step::of(&item) != Step::of(&self.run.items[index]) {
                // What was refused for one of them says nothing about the next step.
                self.run.alone.remove(&index);
                self.run.gets_on();
            }
            self.run.items[index] = item;
        }
        self.run.pools.ended.extend(end.pool_ended);
        let held = self.shared.held().map(|cause| (Vendor::Lmp, cause));
        match end.pause.or(held) {
            Some((vendor, cause)) => {
                let before = self.run.standing();
                self.run.stand_still(vendor, cause, self.shared.now());
                self.stands(before).await
            }
            None => Ok(()),
        }
    }

    async fn take_probe(
        &mut self,
        vendor: Vendor,
        result: Result<Option<Stock>, PauseCause>,
    ) -> Result<(), EngineError> {
        match result {
            Ok(stock) => {
                if let Some(stock) = stock {
                    let ended = std::mem::take(&mut self.run.pools.ended);
                    self.run.pools = stock.cut(&self.shared, &self.run.items, &self.run.in_flight).await?.0;
                    self.run.pools.ended = ended;
                }
                self.run.goes_on(vendor);
                self.shared.stand_still(vendor, false);
                let standing = self.run.standing();
                let (mut tx, _) = storage::begin(&self.shared.pool, self.shared.fence).await?;
                storage::set_connection_refused(&mut tx, self.shared.partner(), vendor, false).await?;
                tx.commit().await?;
                tell(&self.shared, standing).await
            }
            Err(cause) => {
                let before = self.run.standing();
                self.run.still_stands(vendor, cause, self.shared.now());
                self.stands(before).await
            }
        }
    }

    /// Says why the run stands still, if that is new.
    async fn stands(&mut self, before: Option<Pause>) -> Result<(), EngineError> {
        self.shared.stand_still(Vendor::Lmp, self.run.paused.is_some());
        self.shared.stand_still(Vendor::RemoteManager, self.run.manager_paused.is_some());
        let standing = self.run.standing();
        if standing == before { Ok(()) } else { tell(&self.shared, standing).await }
    }

    /// Reads what people asked for meanwhile.
    async fn poll(&mut self) -> Result<(), EngineError> {
        self.polled = Instant::now();
        let state = storage::poll(&self.shared.pool, self.shared.fence).await?.ok_or(EngineError::Lost)?;
        self.shared.lease.clock.set(state.now);
        if let (Clocks::Unusable(cause), None) = (Clocks::compare(state.now, Utc::now()), self.run.paused) {
            self.run.stand_still(Vendor::Lmp, cause, self.shared.now());
            self.stands(None).await?;
        }
        if state.stopping && !self.run.stop_requested {
            CrashPoint::STOPPING.pass();
        }
        self.run.stop_requested |= state.stopping;
        for pause in [&mut self.run.paused, &mut self.run.manager_paused].into_iter().flatten() {
            pause.until = state.next_try_at.map_or(pause.until, |next_try_at| pause.until.min(next_try_at));
        }
        Ok(())
    }

    async fn finish(self) -> Result<JobEnd, EngineError> {
        let Self { shared, run, .. } = self;
        let statuses = || run.items.iter().map(|item| item.status);
        let stopped = statuses().any(|status| status == ItemStatus::NotStarted);
        if let Some(Stock { asked_at, pools }) = Stock::ask(&shared).await? {
            let (mut tx, _) = storage::begin(&shared.pool, shared.fence).await?;
            storage::put_pools(&mut tx, shared.fence, &pools, asked_at).await?;
            storage::set_connection_refused(&mut tx, shared.partner(), Vendor::Lmp, false).await?;
            tx.commit().await?;
        }
        let status = if stopped { IntegrationStatus::Stopped } else { IntegrationStatus::Finished };
        let import = Counts::of(statuses()).import_status(stopped);
        let job = (shared.lease.job, shared.lease.epoch);
        let ended = storage::finish(&shared.pool, shared.fence, status, import, job).await?;
        CrashPoint::ENDED.pass();
        Ok(if ended { JobEnd::Done } else { JobEnd::Again(Duration::ZERO) })
    }
}

async fn step(shared: &Shared, action: Action, mut items: Vec<Item>) -> Result<StepEnd, EngineError> {
    match action {
        Action::EnsureProduct(_) => return manager::ensure_product(shared, items).await,
        Action::SetNotifications { recipient, .. } => {
            return manager::set_notifications(shared, items, recipient).await;
        }
        Action::ApplyTemplate { template, .. } => return template::apply(shared, items, *template).await,
        _ => {}
    }
    let Some(item) = items.pop() else { return Ok(StepEnd::default()) };
    match action {
        Action::CreateAccount(_) => account::create(shared, item).await,
        Action::CreateSubscription(_) => subscription::create(shared, item).await,
        Action::SetUnits(_) => subscription::set_units(shared, item).await,
        Action::Look(_) => look::look(shared, item).await,
        _ => Ok(StepEnd::of(item)),
    }
}

/// Asks a vendor whether it can be used again, with credentials read afresh; LMP also says what its pools hold by now.
async fn probe(shared: &Shared, vendor: Vendor) -> Result<Option<Stock>, PauseCause> {
    if shared.is_held().await.map_err(|_| PauseCause::Unreachable)? {
        return Err(shared.held().unwrap_or(PauseCause::Frozen));
    }
    shared.forget_clients().await;
    let cause = |error: ReadError| PauseCause::of_read(&error).unwrap_or(PauseCause::Unreachable);
    if vendor == Vendor::RemoteManager {
        shared.manager().await?.probe().await.map_err(cause)?;
        return Ok(None);
    }
    agree(shared)?;
    shared.lmp().await?.service_plans().await.map_err(cause)?;
    is_same_partner(shared).await?;
    Ok(Stock::ask(shared).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "license pools could not be asked for");
        None
    }))
}
