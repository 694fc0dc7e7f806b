//! The database: customers, operations, the integration's epoch and the job's lease. Every write is fenced.

use super::bug::Bug;
use super::clock::{Ms, SECOND};
use super::rng::Rng;
use std::collections::BTreeMap;
use worryfree_plugin::domain::engine::sight::{Known, Marked};
use worryfree_plugin::domain::ids::{AccountId, OperationId};
use worryfree_plugin::domain::integration::{Decision, IntegrationStatus, ItemRecord, ItemStatus};
use worryfree_plugin::domain::operation::{Operation, OperationKind, OperationState};
use worryfree_plugin::domain::plan::{PlanItem, Reason};
use worryfree_plugin::domain::undo::reverse::{self, Progress};
use worryfree_plugin::domain::undo::{self, Reversal, UndoItem, UndoStatus};

/// How long a claim lasts without being renewed.
pub const LEASE: Ms = 30 * SECOND;

/// After so many claims that did not end in order a job is parked.
const CRASHES: u32 = 3;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Due at `run_at`.
    Queued,
    /// Claimed.
    Running,
    /// Ended.
    Done,
    /// Halted.
    Parked,
}

/// The one job.
#[derive(Debug)]
pub struct Job {
    /// Where it stands.
    pub state: JobState,
    /// Of the last claim.
    pub epoch: i64,
    /// Until when the claim lasts.
    pub lease_until: Ms,
    run_at: Ms,
    crashes: u32,
}

/// One operation as stored.
#[derive(Debug, Clone)]
pub struct Row {
    /// As last stored.
    pub operation: Operation,
    /// The row it is for.
    pub item: usize,
    /// The vendor's id of what was made.
    pub result: Option<String>,
    /// How often it was proved absent; each proof allows one more request.
    pub proofs: u32,
}

/// Why nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// Somebody else has the run by now.
    Lost,
    /// The connection broke; nobody knows whether it was written.
    Database,
}

/// What one commit says about one customer.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The row.
    pub index: usize,
    /// As it is from now on.
    pub item: ItemRecord,
    /// Its operation, if that changes.
    pub operation: Option<Operation>,
    /// The vendor's id of what was made.
    pub result: Option<String>,
    /// It is linked with this commit.
    pub link: bool,
}

/// A run that was taken over.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Of this run.
    pub epoch: i64,
    /// Somebody pressed Stop.
    pub stopping: bool,
    /// As recorded.
    pub items: Vec<ItemRecord>,
}

/// One customer of an undo.
#[derive(Debug, Clone)]
pub struct UndoRow {
    /// The row of the import.
    pub index: usize,
    /// What is reversed.
    pub item: UndoItem,
    /// How far it is.
    pub progress: Progress,
}

/// An undo.
#[derive(Debug, Clone)]
pub struct Undo {
    /// The last customer of the import first.
    pub rows: Vec<UndoRow>,
    /// Why it stands still.
    pub waiting: Option<Reason>,
    /// It has ended.
    pub finished: bool,
}

/// The database.
#[derive(Debug)]
pub struct Record {
    /// In list order.
    pub items: Vec<ItemRecord>,
    /// By id.
    pub operations: BTreeMap<OperationId, Row>,
    /// Who is linked to what.
    pub links: BTreeMap<AccountId, usize>,
    /// The job.
    pub job: Job,
    /// Of the run.
    pub epoch: i64,
    /// Of the run.
    pub status: IntegrationStatus,
    /// Why it stands still.
    pub waiting: Option<Reason>,
    /// When the run ended last.
    pub finished_at: Ms,
    /// Once somebody has asked for it.
    pub undo: Option<Undo>,
    /// When Stop was pressed last, until a retry.
    pub stopped_at: Option<Ms>,
    /// What people chose, by row: nobody may undo it.
    pub chosen: BTreeMap<usize, AccountId>,
    /// Writes of an old epoch that were accepted.
    pub stale: Vec<String>,
}

impl Record {
    /// A run that was just confirmed.
    pub fn new(plan: &[PlanItem]) -> Self {
        Self {
            items: plan.iter().cloned().map(ItemRecord::new).collect(),
            operations: BTreeMap::new(),
            links: BTreeMap::new(),
            job: Job { state: JobState::Queued, epoch: 0, lease_until: 0, run_at: 0, crashes: 0 },
            epoch: 0,
            status: IntegrationStatus::Queued,
            waiting: None,
            finished_at: 0,
            undo: None,
            stopped_at: None,
            chosen: BTreeMap::new(),
            stale: Vec::new(),
        }
    }

    /// Claims the job; its epoch, if it was to be had.
    pub fn claim(&mut self, now: Ms, parked: &Reason, bug: Option<Bug>) -> Option<i64> {
        let job = &mut self.job;
        let expired = job.state == JobState::Running && job.lease_until <= now;
        if bug == Some(Bug::ClaimedTwice) && job.state == JobState::Running && !expired {
            return Some(job.epoch);
        }
        if expired && job.crashes + 1 >= CRASHES {
            job.state = JobState::Parked;
            job.epoch += 1;
            if !self.status.is_final() {
                self.status = IntegrationStatus::Waiting;
                self.waiting = Some(parked.clone());
                self.epoch += 1;
            } else if let Some(undo) = self.undo.as_mut().filter(|undo| !undo.finished) {
                undo.waiting = Some(reverse::parked());
            }
            return None;
        }
        let due = job.state == JobState::Queued && job.run_at <= now;
        if !due && !expired {
            return None;
        }
        job.crashes += u32::from(expired);
        job.state = JobState::Running;
        job.epoch += 1;
        job.lease_until = now + LEASE;
        Some(job.epoch)
    }

    fn holds(&self, epoch: i64) -> bool {
        self.job.state == JobState::Running && self.job.epoch == epoch
    }

    /// Prolongs a claim; `false` if it is lost.
    pub fn renew(&mut self, now: Ms, epoch: i64) -> bool {
        let held = self.holds(epoch);
        if held {
            self.job.lease_until = now + LEASE;
        }
        held
    }

    /// Puts the job back in order.
    pub fn put_back(&mut self, epoch: i64, run_at: Ms) {
        if self.holds(epoch) {
            self.job.state = JobState::Queued;
            self.job.run_at = run_at;
            self.job.crashes = 0;
        }
    }

    /// Ends the job in order, because there is nothing to carry out.
    pub fn end_job(&mut self, epoch: i64) {
        if self.holds(epoch) {
            self.job.state = JobState::Done;
        }
    }

    /// Adds a job unless one is open.
    pub fn enqueue(&mut self, now: Ms) {
        match self.job.state {
            JobState::Done | JobState::Parked => {
                let epoch = self.job.epoch + 1;
                self.job = Job { state: JobState::Queued, epoch, lease_until: 0, run_at: now, crashes: 0 };
            }
            JobState::Queued => self.job.run_at = self.job.run_at.min(now),
            JobState::Running => {}
        }
    }

    /// Takes the run over: whoever had it can write nothing any more.
    pub fn take_over(&mut self, job_epoch: i64, bug: Option<Bug>) -> Option<Taken> {
        if !self.holds(job_epoch) || self.status.is_final() {
            return None;
        }
        if bug != Some(Bug::ClaimedTwice) || self.epoch == 0 {
            self.epoch += 1;
        }
        self.waiting = None;
        if self.status != IntegrationStatus::Stopping {
            self.status = IntegrationStatus::Running;
        }
        let mut items = self.items.clone();
        for (index, item) in items.iter_mut().enumerate() {
            item.operation = if bug == Some(Bug::OperationForgotten) { None } else { self.operation_of(index) };
            item.went_without &= bug != Some(Bug::OrderForgotten);
        }
        Some(Taken { epoch: self.epoch, stopping: self.status == IntegrationStatus::Stopping, items })
    }

    /// The open operation of a row, or its last one if that was proved absent.
    pub fn operation_of(&self, index: usize) -> Option<Operation> {
        let open = |row: &&Row| {
            let state = row.operation.state;
            let open =
                matches!(state, OperationState::Intended | OperationState::InDoubt | OperationState::NeedsPerson);
            (open, row.operation.intended_at, row.operation.id)
        };
        let last = self.operations.values().filter(|row| row.item == index).max_by_key(open)?;
        let settled = matches!(last.operation.state, OperationState::Done | OperationState::Refused);
        (!settled).then(|| last.operation.clone())
    }

    /// Stores all entries, or none. `unfenced` is a planted mistake; what it lets through is noted.
    pub fn commit(&mut self, epoch: i64, unfenced: bool, entries: &[Entry]) -> Result<(), Failed> {
        if epoch != self.epoch {
            if !unfenced {
                return Err(Failed::Lost);
            }
            self.stale.push(format!("a write of epoch {epoch} was accepted in epoch {}", self.epoch));
        }
        for entry in entries {
            let mut item = entry.item.clone();
            item.operation = None;
            self.items[entry.index] = item;
            if let Some(operation) = &entry.operation {
                self.store(entry, operation);
            }
            if let (true, Some(account)) = (entry.link, &entry.item.account_id) {
                self.links.insert(account.clone(), entry.index);
            }
        }
        Ok(())
    }

    fn store(&mut self, entry: &Entry, operation: &Operation) {
        let row = self.operations.entry(operation.id).or_insert_with(|| Row {
            operation: operation.clone(),
            item: entry.index,
            result: None,
            proofs: 0,
        });
        if operation.state == OperationState::Absent && row.operation.state != OperationState::Absent {
            row.proofs += 1;
        }
        row.operation = operation.clone();
        if entry.result.is_some() {
            row.result.clone_from(&entry.result);
        }
    }

    /// Whether an account is linked to another row.
    pub fn is_linked_elsewhere(&self, account: &AccountId, index: usize) -> bool {
        self.links.get(account).is_some_and(|holder| *holder != index)
    }

    /// What is recorded of an account, from the point of view of a row that needs one.
    pub fn known(&self, index: usize, account: &AccountId, mark: Option<OperationId>) -> Known {
        let made = |row: &Row| {
            row.operation.kind == OperationKind::CreateAccount && row.result.as_deref() == Some(account.as_str())
        };
        let marked = |row: &Row| match row.operation.state {
            _ if row.item != index => Marked::ForAnother,
            OperationState::Done => Marked::Done,
            _ => Marked::NotDone,
        };
        Known {
            in_view: false,
            made: self.operations.values().any(made),
            held: self.links.contains_key(account)
                || self.items.iter().any(|item| item.account_id.as_ref() == Some(account)),
            marked: mark.and_then(|mark| self.operations.get(&mark)).map(marked),
        }
    }

    /// Ends the run unless somebody has queued customers again.
    pub fn finish(
        &mut self,
        now: Ms,
        epoch: i64,
        job_epoch: i64,
        status: IntegrationStatus,
        unfenced: bool,
    ) -> Result<bool, Failed> {
        self.commit(epoch, unfenced, &[])?;
        if self.items.iter().any(|item| !item.status.is_final()) {
            return Ok(false);
        }
        self.status = status;
        self.waiting = None;
        self.finished_at = now;
        self.end_job(job_epoch);
        Ok(true)
    }

    /// A person has the import taken back, or has a halted undo go on; `true` if that is new.
    pub fn press_undo(&mut self, now: Ms, bug: Option<Bug>) -> bool {
        if let Some(undo) = &mut self.undo {
            if undo.waiting.as_ref().is_some_and(|reason| reason.code == "parked") {
                undo.waiting = None;
                self.enqueue(now);
            }
            return false;
        }
        if !self.status.is_final() {
            return false;
        }
        let with_operation =
            |index: usize| ItemRecord { operation: self.operation_of(index), ..self.items[index].clone() };
        let records: Vec<_> = (0..self.items.len()).map(with_operation).collect();
        let bought = (0..records.len()).filter(|index| bug == Some(Bug::FoundIsSuspended) || self.has_bought(*index));
        let bought = bought.map(|index| records[index].plan.organization_id.clone()).collect();
        let mut rows: Vec<_> = undo::items(&records, &bought).into_iter().map(undo_row).collect();
        if rows.is_empty() || undo::undecided(&records).is_some() {
            return false;
        }
        for row in rows.iter_mut().filter(|_| bug == Some(Bug::SeatsOverwritten)) {
            if let Reversal::RestoreUnits { imported, .. } = &mut row.item.reversal {
                *imported = None;
            }
        }
        self.undo = Some(Undo { rows, waiting: None, finished: false });
        self.enqueue(now);
        true
    }

    /// Whether the creation of a subscription was sent for a row and not surely without effect.
    pub fn has_bought(&self, index: usize) -> bool {
        let sent = |row: &Row| {
            let surely_not = row.operation.state == OperationState::Refused && row.operation.attempt == 1;
            row.item == index && row.operation.kind == OperationKind::CreateSubscription && !surely_not
        };
        self.operations.values().any(sent)
    }

    /// Whether a claim is one on an undo.
    pub fn is_being_undone(&self, job_epoch: i64) -> bool {
        self.holds(job_epoch) && self.undo.as_ref().is_some_and(|undo| !undo.finished)
    }

    /// Records a customer of the undo; `false` if the claim is lost.
    pub fn put_undo(&mut self, job_epoch: i64, changed: &UndoRow, unlinks: bool) -> bool {
        let holds = self.holds(job_epoch);
        if let Some(undo) = self.undo.as_mut().filter(|_| holds) {
            for row in undo.rows.iter_mut().filter(|row| row.index == changed.index) {
                row.progress = changed.progress.clone();
            }
            if changed.progress.status == UndoStatus::Undone {
                self.job.crashes = 0;
                self.links.retain(|_, index| *index != changed.index || !unlinks);
            }
        }
        holds
    }

    /// Says why the undo stands still.
    pub fn wait_with_undo(&mut self, job_epoch: i64, reason: Reason) {
        let holds = self.holds(job_epoch);
        if let Some(undo) = self.undo.as_mut().filter(|_| holds) {
            undo.waiting = Some(reason);
        }
    }

    /// Ends the undo.
    pub fn finish_undo(&mut self, job_epoch: i64) {
        let holds = self.holds(job_epoch);
        if let Some(undo) = self.undo.as_mut().filter(|_| holds) {
            undo.finished = true;
            undo.waiting = None;
            self.end_job(job_epoch);
        }
    }

    /// A person presses Stop.
    pub fn press_stop(&mut self, now: Ms) {
        if matches!(self.status, IntegrationStatus::Queued | IntegrationStatus::Running | IntegrationStatus::Waiting) {
            self.status = IntegrationStatus::Stopping;
        }
        if !self.status.is_final() {
            self.stopped_at.get_or_insert(now);
            self.enqueue(now);
        }
    }

    /// A person presses Retry, with decisions for those who need one; `None` as an account is "none of these".
    pub fn press_retry(&mut self, now: Ms, decisions: &BTreeMap<usize, Option<AccountId>>) {
        for (index, item) in self.items.iter_mut().enumerate() {
            item.went_without = false;
            match item.status {
                ItemStatus::ImportedWithWarning
                | ItemStatus::NoLicenses
                | ItemStatus::Refused
                | ItemStatus::NotStarted => {}
                ItemStatus::NeedsPerson if decisions.contains_key(&index) => {
                    let account_id = decisions[&index].clone();
                    if let Some(account) = &account_id {
                        self.chosen.insert(index, account.clone());
                    }
                    item.decision = Some(Decision { account_id, by: "Ada".to_owned() });
                }
                _ => continue,
            }
            requeue(item);
        }
        if self.status.is_final() {
            self.status = IntegrationStatus::Queued;
        }
        if self.status != IntegrationStatus::Stopping {
            self.stopped_at = None;
        }
        self.enqueue(now);
    }

    /// What people are offered to decide: one of the candidates, or none of them.
    pub fn decisions(&self, rng: &mut Rng) -> BTreeMap<usize, Option<AccountId>> {
        let mut decisions = BTreeMap::new();
        for (index, item) in self.items.iter().enumerate() {
            if item.status == ItemStatus::NeedsPerson {
                let choice = rng.index(item.candidates.len() + 1);
                decisions.insert(index, item.candidates.get(choice).map(|candidate| candidate.account_id.clone()));
            }
        }
        decisions
    }
}

fn undo_row(item: UndoItem) -> UndoRow {
    let index = usize::try_from(item.position).unwrap_or(1) - 1;
    UndoRow { index, item, progress: Progress::new() }
}

/// As `requeue_items` does it.
fn requeue(item: &mut ItemRecord) {
    item.status = ItemStatus::Queued;
    item.reason = None;
    item.next_try_at = None;
    item.tries = 0;
    item.product_wait_since = None;
    if item.warning.take().is_some() {
        item.notifications_done = item.plan.notify.is_none();
        item.template_done = item.plan.template.is_none();
    }
}
