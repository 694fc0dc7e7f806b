//! What all steps of a run share: clients, the fenced commit, readings that serve several customers.

use super::{IntegrateSettings, StepEnd, StepResult};
use crate::domain::engine::{PauseCause, answer, record, sight, words};
use crate::domain::ids::{AccountId, PartnerId, ServicePlanId};
use crate::domain::import::Catalog;
use crate::domain::integration::{ItemRecord, ItemStatus};
use crate::domain::inventory::{Account, CreatedBetween, Subscription};
use crate::domain::operation::{Operation, OperationKind, OperationState};
use crate::domain::outcome::{ReadError, Vendor};
use crate::domain::plan::PlannedAccount;
use crate::jobs::WORKER;
use crate::jobs::clients::{ClientError, Clients};
use crate::jobs::lease::Lease;
use crate::storage::audit::{self, AuditEntry};
use crate::storage::engine::{self as storage, EngineError, Fence, NewMirrorAccount, OperationNote};
use crate::storage::{freeze, inventory, tenancy};
use crate::upstream::Progress;
use crate::upstream::lmp::Lmp;
use crate::upstream::remote_manager::{Group, RemoteManager};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OnceCell};

/// A list serves every create that begins within this time.
pub(super) const LIST_SERVES: Duration = Duration::from_secs(15);

/// What all steps of a run share.
pub(super) struct Shared {
    pub(super) pool: PgPool,
    pub(super) fence: Fence,
    pub(super) lease: Lease,
    pub(super) clients: Clients,
    pub(super) settings: Arc<IntegrateSettings>,
    /// When the accounts had been read that the import was begun with: what is newer nobody had in view.
    pub(super) seen_at: DateTime<Utc>,
    /// What the last look at the holds on all writes found.
    held: std::sync::Mutex<Option<PauseCause>>,
    /// The run stands still: nothing more is intended.
    pub(super) paused: AtomicBool,
    /// The same of its steps in Remote Manager.
    manager_paused: AtomicBool,
    lmp: Mutex<Option<Arc<Lmp>>>,
    manager: Mutex<Option<Arc<RemoteManager>>>,
    recent: Mutex<Option<(Instant, Arc<Vec<Account>>)>>,
    subscriptions: Mutex<Option<(Instant, Arc<Vec<Subscription>>)>>,
    catalog: OnceCell<Catalog>,
    /// Accounts that were there when this run was taken up: others can have changed them meanwhile.
    had_accounts: OnceLock<HashSet<AccountId>>,
    plans: OnceLock<HashSet<ServicePlanId>>,
    /// Groups of model customers.
    pub(super) sources: Mutex<HashMap<AccountId, Arc<Vec<Group>>>>,
}

/// What one commit says about one customer.
pub(super) struct Entry<'a> {
    pub(super) item: &'a ItemRecord,
    pub(super) operation: Option<Operation>,
    pub(super) note: OperationNote,
    pub(super) event: &'static str,
}

impl<'a> Entry<'a> {
    pub(super) fn new(item: &'a ItemRecord, operation: Option<Operation>, event: &'static str) -> Self {
        Self { item, operation, note: OperationNote::default(), event }
    }

    /// Whether something has been done at the vendor.
    fn is_done(&self) -> bool {
        self.operation.as_ref().is_some_and(|operation| operation.state == OperationState::Done)
    }

    /// The same with a sentence.
    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.note.detail = Some(detail.into());
        self
    }
}

impl Shared {
    pub(super) fn new(
        pool: PgPool,
        fence: Fence,
        lease: Lease,
        clients: Clients,
        settings: Arc<IntegrateSettings>,
        seen_at: DateTime<Utc>,
    ) -> Self {
        Self {
            pool,
            fence,
            lease,
            clients,
            settings,
            seen_at,
            held: std::sync::Mutex::default(),
            paused: AtomicBool::new(false),
            manager_paused: AtomicBool::new(false),
            lmp: Mutex::default(),
            manager: Mutex::default(),
            recent: Mutex::default(),
            subscriptions: Mutex::default(),
            catalog: OnceCell::new(),
            had_accounts: OnceLock::new(),
            plans: OnceLock::new(),
            sources: Mutex::default(),
        }
    }

    pub(super) fn partner(&self) -> PartnerId {
        self.fence.partner
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.lease.clock.now()
    }

    /// Whether a write may be intended now.
    pub(super) fn may_intend(&self) -> bool {
        self.lease.may_begin() && !self.paused.load(Ordering::Acquire)
    }

    /// Whether a write in Remote Manager may be intended now.
    pub(super) fn may_intend_in_manager(&self) -> bool {
        self.may_intend() && !self.manager_paused.load(Ordering::Acquire)
    }

    /// Has nothing more be intended, or goes on; where Remote Manager is at fault, only in its steps.
    pub(super) fn stand_still(&self, vendor: Vendor, stands: bool) {
        let paused = if vendor == Vendor::RemoteManager { &self.manager_paused } else { &self.paused };
        paused.store(stands, Ordering::Release);
    }

    /// The partner at LMP that the import was begun with, or `id` from now on.
    pub(super) async fn lmp_partner(&self, id: Option<&str>) -> sqlx::Result<Option<String>> {
        let mut tx = tenancy::begin(&self.pool, self.partner()).await?;
        let known = storage::lmp_partner(&mut tx, self.partner(), self.fence.import, id).await?;
        tx.commit().await?;
        Ok(known)
    }

    /// The service plans of the import.
    pub(super) fn plans(&self) -> &HashSet<ServicePlanId> {
        self.plans.get_or_init(HashSet::new)
    }

    /// Whether there is a hold on all writes: the run then stands still.
    pub(super) async fn is_held(&self) -> Result<bool, EngineError> {
        let mut conn = tenancy::begin(&self.pool, self.partner()).await?;
        let hold = freeze::hold(&mut conn, self.partner()).await?;
        if hold.is_some() {
            self.paused.store(true, Ordering::Release);
        }
        let cause = hold.as_ref().map(PauseCause::from);
        let before = std::mem::replace(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner), cause);
        if hold.is_some() || before.is_some() {
            self.forget_lists().await;
        }
        Ok(hold.is_some())
    }

    /// Has what was created be read afresh: a list from within a hold may lack what appeared before its end.
    async fn forget_lists(&self) {
        *self.recent.lock().await = None;
        *self.subscriptions.lock().await = None;
    }

    /// The hold that the last look found.
    pub(super) fn held(&self) -> Option<PauseCause> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client of LMPI, made once and again after [`forget_clients`](Self::forget_clients).
    pub(super) async fn lmp(&self) -> Result<Arc<Lmp>, PauseCause> {
        let mut kept = self.lmp.lock().await;
        if let Some(client) = &*kept {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.clients.lmp(self.partner()).await.map_err(|error| cause(&error))?);
        Ok(Arc::clone(kept.insert(client)))
    }

    /// The client of SMPI.
    pub(super) async fn manager(&self) -> Result<Arc<RemoteManager>, PauseCause> {
        let mut kept = self.manager.lock().await;
        if let Some(client) = &*kept {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.clients.remote_manager(self.partner()).await.map_err(|error| cause(&error))?);
        Ok(Arc::clone(kept.insert(client)))
    }

    /// Has the credentials read afresh next time.
    pub(super) async fn forget_clients(&self) {
        *self.lmp.lock().await = None;
        *self.manager.lock().await = None;
    }

    /// Accounts that nobody had in view; one reading serves all creates that begin within a few seconds, unless it has to be `fresh`.
    pub(super) async fn recent_accounts(&self, lmp: &Lmp, fresh: bool) -> Result<Arc<Vec<Account>>, ReadError> {
        let asked = Instant::now();
        let mut kept = self.recent.lock().await;
        let serves = |began: &Instant| if fresh { *began >= asked } else { began.elapsed() < LIST_SERVES };
        if let Some((began, accounts)) = kept.as_ref().filter(|(began, _)| serves(began)) {
            tracing::trace!(age = ?began.elapsed(), "a list serves again");
            return Ok(Arc::clone(accounts));
        }
        let began = Instant::now();
        let accounts = Arc::new(lmp.customers(self.window(self.seen_at), &Progress::default()).await?);
        *kept = Some((began, Arc::clone(&accounts)));
        Ok(accounts)
    }

    /// Notes the accounts that are there as the run is taken up, and its plans.
    pub(super) fn set_had_accounts(&self, items: &[ItemRecord]) {
        self.plans.set(items.iter().map(|item| item.plan.service_plan_id.clone()).collect()).ok();
        self.had_accounts.set(items.iter().filter_map(|item| item.account_id.clone()).collect()).ok();
    }

    /// Whether the account has a plan of the same product in force, which was not in view when the plan was confirmed. `getid` tells of
    /// one plan only, so the list of all is asked; one reading serves all creates that begin within a few seconds. An account that
    /// was created in this run is nobody else's yet.
    pub(super) async fn has_other_plan(
        &self,
        lmp: &Lmp,
        account: &AccountId,
        plan: &ServicePlanId,
    ) -> Result<bool, ReadError> {
        if !self.had_accounts.get().is_some_and(|had| had.contains(account)) {
            return Ok(false);
        }
        let mut kept = self.subscriptions.lock().await;
        let fresh = kept.as_ref().filter(|(began, _)| began.elapsed() < LIST_SERVES);
        let all = if let Some((_, all)) = fresh {
            Arc::clone(all)
        } else {
            let began = Instant::now();
            let all = Arc::new(lmp.subscriptions(CreatedBetween::ever(self.now()), &Progress::default()).await?);
            *kept = Some((began, Arc::clone(&all)));
            all
        };
        drop(kept);
        let others =
            all.iter().filter(|other| other.enabled && other.account_id == *account && other.service_plan_id != *plan);
        let catalog = self.catalog().await?;
        let same: Vec<_> = others.filter(|other| catalog.is_same_product(plan, &other.service_plan_id)).collect();
        for other in same {
            // The list does not know of suspensions.
            if lmp.subscription(account, &other.id).await?.is_some_and(|found| found.enabled) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn catalog(&self) -> Result<&Catalog, ReadError> {
        let read = async {
            let mut conn = tenancy::begin(&self.pool, self.partner()).await?;
            let plans = inventory::service_plans(&mut conn, self.partner()).await?;
            let service_plans = plans.into_iter().map(|(plan, _)| plan).collect();
            Ok::<_, sqlx::Error>(Catalog { service_plans, ..Catalog::default() })
        };
        let unread = |error: sqlx::Error| {
            tracing::warn!(%error, "service plans could not be read from the mirror");
            ReadError::Lost("the database did not answer")
        };
        self.catalog.get_or_try_init(|| read).await.map_err(unread)
    }

    /// Creation times from `start` to now.
    pub(super) fn window(&self, start: DateTime<Utc>) -> CreatedBetween {
        sight::window(start, self.now())
    }

    /// Stores customers, operations and lines of the record in one fenced transaction.
    pub(super) async fn commit(&self, entries: &[Entry<'_>]) -> Result<(), EngineError> {
        let (mut tx, event_id) = storage::begin(&self.pool, self.fence).await?;
        for entry in entries {
            save(&mut tx, self.fence, event_id, entry).await?;
        }
        let gets_on = entries.iter().any(Entry::is_done);
        if gets_on {
            self.lease.gets_on(&mut tx).await?;
        }
        tx.commit().await?;
        if gets_on {
            self.lease.got_on();
        }
        Ok(())
    }

    /// Stores an outcome: tried again while the database is away, as long as the claim is ours.
    pub(super) async fn commit_surely(&self, entries: &[Entry<'_>]) -> Result<(), EngineError> {
        for pause in [100, 500, 1000, 2000, 4000, 8000] {
            match self.commit(entries).await {
                Err(EngineError::Database(error)) if !self.lease.lost.is_cancelled() => {
                    tracing::warn!(%error, "an outcome could not be stored, trying again");
                }
                result => return result,
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        self.commit(entries).await
    }

    /// A reading failed before anything was intended, or during a look: the run stands still, or the customer is tried later.
    pub(super) async fn read_failed(
        &self,
        (index, mut item): (usize, ItemRecord),
        vendor: Vendor,
        error: &ReadError,
    ) -> StepResult {
        if let Some(cause) = PauseCause::of_read(error) {
            return self.pause((index, item), vendor, cause).await;
        }
        let in_doubt = item.operation.as_ref().is_some_and(|operation| operation.state == OperationState::InDoubt);
        if !error.is_transient() && !in_doubt && record::is_worn_out(&item, &self.settings.engine) {
            let settled = record::end(&mut item, ItemStatus::Refused, Some(words::unreadable(vendor)));
            self.commit(&[Entry::new(&item, settled, "refused").detail(error.to_string())]).await?;
            return Ok(StepEnd::of((index, item)));
        }
        if in_doubt && record::is_overdue(&item, self.now()) {
            let operation = record::needs_person(&mut item, words::unsettled(), Vec::new());
            self.commit(&[Entry::new(&item, operation, "needs_person").detail(error.to_string())]).await?;
            return Ok(StepEnd::of((index, item)));
        }
        if !in_doubt && record::is_tried_for_days(&item) {
            let settled = record::end(&mut item, ItemStatus::Refused, Some(words::away_for_days(vendor)));
            self.commit(&[Entry::new(&item, settled, "refused").detail(error.to_string())]).await?;
            return Ok(StepEnd::of((index, item)));
        }
        let reason =
            if let ReadError::Throttled(_) = error { words::slow_down(vendor) } else { words::trying_again(vendor) };
        record::try_later(&mut item, reason, self.now());
        if let ReadError::Throttled(Some(pause)) = error {
            record::not_before(&mut item, answer::after(self.now(), *pause));
        }
        let operation = item.operation.clone().filter(|operation| operation.state == OperationState::InDoubt);
        self.commit(&[Entry::new(&item, operation, "read_failed").detail(error.to_string())]).await?;
        Ok(StepEnd::of((index, item)))
    }

    /// Adds to the partner's audit trail.
    pub(super) async fn audit(
        &self,
        conn: &mut PgConnection,
        event: &str,
        subject: &str,
        detail: Value,
    ) -> sqlx::Result<()> {
        audited(conn, self.fence, event, subject, detail).await
    }

    /// Has the whole run stand still because of this customer's call.
    pub(super) async fn pause(
        &self,
        (index, mut item): (usize, ItemRecord),
        vendor: Vendor,
        cause: PauseCause,
    ) -> StepResult {
        self.stand_still(vendor, true);
        let operation = record::paused(&mut item, vendor, cause);
        self.commit_surely(&[Entry::new(&item, operation, "not_sent").detail(words::pause(vendor, cause).message)])
            .await?;
        Ok(StepEnd { pause: Some((vendor, cause)), ..StepEnd::of((index, item)) })
    }
}

/// What a missing client means for the run.
fn cause(error: &ClientError) -> PauseCause {
    tracing::warn!(error = error as &dyn std::error::Error, "no client for a vendor");
    PauseCause::NotConnected
}

async fn save(conn: &mut PgConnection, fence: Fence, event_id: i64, entry: &Entry<'_>) -> Result<(), EngineError> {
    let organization = &entry.item.plan.organization_id;
    storage::save_item(conn, fence, event_id, entry.item).await?;
    if let Some(operation) = &entry.operation {
        storage::save_operation(conn, fence, organization, operation, &entry.note).await?;
    }
    let id = entry.operation.as_ref().map(|operation| operation.id);
    storage::log(conn, fence, organization, id, entry.event, entry.note.detail.as_deref(), entry.note.trace_id).await?;
    mirror(conn, fence, entry).await?;
    Ok(())
}

async fn audited(conn: &mut PgConnection, fence: Fence, event: &str, subject: &str, detail: Value) -> sqlx::Result<()> {
    audit::append(conn, fence.partner, &AuditEntry { actor: WORKER, event, subject, detail }).await
}

/// Makes known what was made: in the same transaction that records it.
async fn mirror(conn: &mut PgConnection, fence: Fence, entry: &Entry<'_>) -> sqlx::Result<()> {
    let Some(operation) = entry.operation.as_ref().filter(|operation| operation.state == OperationState::Done) else {
        return Ok(());
    };
    let (item, Some(account)) = (entry.item, &entry.item.account_id) else { return Ok(()) };
    match operation.kind {
        OperationKind::CreateAccount => {
            let mark = sight::note(operation.id);
            storage::put_account(conn, fence, &mirror_account(item, account, &mark)).await?;
            storage::claim_account(conn, fence, &item.plan.organization_id, account).await?;
            let detail = json!({ "import_id": fence.import, "account_id": account });
            audited(conn, fence, "account_created", item.plan.organization_id.as_str(), detail).await
        }
        OperationKind::CreateSubscription | OperationKind::SetUnits => {
            let Some(subscription) = item.subscription_id.as_ref().filter(|_| item.subscription_done) else {
                return Ok(());
            };
            storage::put_subscription(conn, fence, item, account, subscription).await?;
            let seats = item.plan.seats;
            let detail = json!({ "import_id": fence.import, "account_id": account, "subscription_id": subscription, "seats": seats });
            let event = if operation.kind == OperationKind::SetUnits { "seats_changed" } else { "seats_bought" };
            audited(conn, fence, event, item.plan.organization_id.as_str(), detail).await
        }
        OperationKind::InitializeProduct | OperationKind::SetNotifications | OperationKind::ApplyTemplate => Ok(()),
    }
}

fn mirror_account<'a>(item: &'a ItemRecord, id: &'a AccountId, note: &'a str) -> NewMirrorAccount<'a> {
    let place = match &item.plan.account {
        PlannedAccount::Create(new) => [Some(new.city.as_str()), Some(new.state.as_str()), Some(new.country.as_str())],
        PlannedAccount::Link { .. } => [None; 3],
    };
    NewMirrorAccount { id, name: item.plan.account_name(), place, note: Some(note) }
}
