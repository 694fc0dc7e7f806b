//! A worker: claims, takes over, asks the engine what may begin, and obeys. It is killed and frozen between any two steps.

use super::bug::Bug;
use super::clock::{Ms, SECOND, at, ms};
use super::figures::Count;
use super::record::{Entry, Failed, JobState, LEASE};
use super::task::Task;
use super::undo::Undoing;
use super::world::{Event, World};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use worryfree_plugin::domain::engine::{Action, Pause, PoolWatch, Run, Settings, Step, next, record as rules, words};
use worryfree_plugin::domain::ids::LicensePoolId;
use worryfree_plugin::domain::integration::{IntegrationStatus, ItemRecord, ItemStatus};
use worryfree_plugin::domain::inventory::Account;
use worryfree_plugin::domain::operation::{Operation, OperationKind, OperationState, SettleRule, lease_left};
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::domain::plan::{PlannedSubscription, Reason};

/// What can happen to a worker.
#[derive(Debug)]
pub enum WorkerEvent {
    /// It looks for work.
    Claim,
    /// It takes over what it has claimed.
    TakeOver(u64),
    /// It asks the engine, unless it has been asked again since.
    Turn(u64, u64),
    /// It prolongs its claim.
    Renew(u64),
    /// It reads whether somebody pressed Stop.
    Poll(u64),
    /// A step goes on.
    Task(u64, u64),
    /// An undo goes on.
    Undo(u64),
}

/// A process.
#[derive(Debug, Default)]
pub struct Worker {
    /// Grows when it is killed.
    pub generation: u32,
    /// It does nothing until then.
    pub frozen_until: Ms,
    /// What it works on; lost when it is killed.
    pub claim: Option<Claim>,
}

/// A claimed run, in memory.
#[derive(Debug)]
pub struct Claim {
    /// Tells this claim from earlier ones of the same process.
    pub number: u64,
    /// Of the job.
    pub job_epoch: i64,
    /// Of the run.
    pub epoch: i64,
    /// What the engine is asked about; none until it is taken over.
    pub run: Option<Run>,
    /// Where it stands with an undo.
    pub undo: Option<Undoing>,
    /// Steps under way.
    pub tasks: BTreeMap<u64, Task>,
    /// Nothing more is intended.
    pub paused: bool,
    /// Nothing more is intended in Remote Manager.
    pub manager_paused: bool,
    /// The process ends in order.
    pub shutdown: bool,
    /// The database failed: steps under way end, then the job is put back.
    pub failed: bool,
    /// When it was last prolonged.
    pub renewed: Ms,
    /// The planted mistake: how long ago that was makes no difference.
    pub ageless: bool,
    /// Accounts that were listed a moment ago.
    pub recent: Option<(Ms, Vec<Account>)>,
    turn: u64,
}

impl Claim {
    /// Whether something new may begin.
    pub fn goes_on(&self, now: Ms) -> bool {
        !self.failed && self.may_begin(now)
    }

    /// Whether a write may be intended, in Remote Manager or not.
    pub fn may_intend(&self, in_manager: bool, now: Ms) -> bool {
        let stands_still = self.paused || in_manager && self.manager_paused;
        !stands_still && self.may_begin(now)
    }

    /// Has nothing more be intended, or goes on; where Remote Manager is at fault, only in its steps.
    pub fn stand_still(&mut self, vendor: Vendor, stands: bool) {
        let paused = if vendor == Vendor::RemoteManager { &mut self.manager_paused } else { &mut self.paused };
        *paused = stands;
    }

    fn may_begin(&self, now: Ms) -> bool {
        let age = Duration::from_millis((now - self.renewed).unsigned_abs());
        let holds = self.ageless || !lease_left(age, Duration::from_millis(LEASE.unsigned_abs())).is_zero();
        !self.shutdown && holds
    }
}

impl World {
    /// Limits and times of the run.
    pub fn settings(&self) -> Settings {
        Settings { settle: self.settle(), ..Settings::default() }
    }

    /// When "not found" becomes "absent".
    pub fn settle(&self) -> SettleRule {
        let rule = Settings::default().settle;
        match self.bug {
            Some(Bug::SettleIgnored) => SettleRule { settle: chrono::TimeDelta::zero(), ..rule },
            Some(Bug::AbsentAfterOneLook) => SettleRule { gap: chrono::TimeDelta::zero(), ..rule },
            _ => rule,
        }
    }

    /// Has idle workers look for work.
    pub fn wake_workers(&mut self) {
        for worker in 0..self.workers.len() {
            let time = self.now + self.rng.between(1, SECOND);
            self.worker_later(worker, time, WorkerEvent::Claim);
        }
    }

    /// Has something happen to a worker as it is now.
    pub fn worker_later(&mut self, worker: usize, time: Ms, event: WorkerEvent) {
        let generation = self.workers[worker].generation;
        self.schedule(time, Event::Worker(worker, generation, event));
    }

    /// Has workers that carry the run out read what people asked for.
    pub fn notify_workers(&mut self) {
        for worker in 0..self.workers.len() {
            if let Some(number) = self.workers[worker].claim.as_ref().map(|claim| claim.number) {
                let time = self.now + self.rng.between(1, SECOND);
                self.worker_later(worker, time, WorkerEvent::Poll(number));
            }
        }
    }

    /// Takes an event that is due, unless the worker is gone or frozen.
    pub fn worker_event(&mut self, worker: usize, generation: u32, event: WorkerEvent) {
        if self.workers[worker].generation != generation {
            return;
        }
        if self.workers[worker].frozen_until > self.now {
            // What became due meanwhile happens at once after waking, in any order.
            let time = self.workers[worker].frozen_until + self.rng.between(0, 300);
            self.worker_later(worker, time, event);
            return;
        }
        match event {
            WorkerEvent::Claim => self.claim(worker),
            WorkerEvent::TakeOver(number) if self.has(worker, number) => self.take_over(worker),
            WorkerEvent::Turn(number, turn) if self.has(worker, number) => {
                if self.claim_of(worker).is_some_and(|claim| claim.turn == turn) {
                    self.turn(worker);
                }
            }
            WorkerEvent::Renew(number) if self.has(worker, number) => self.renew(worker),
            WorkerEvent::Poll(number) if self.has(worker, number) => self.poll(worker),
            WorkerEvent::Undo(number) if self.has(worker, number) => self.undo_event(worker),
            WorkerEvent::Task(number, task) if self.has(worker, number) => self.task_event(worker, task),
            _ => return,
        }
        self.strike(worker);
    }

    fn has(&self, worker: usize, number: u64) -> bool {
        self.workers[worker].claim.as_ref().is_some_and(|claim| claim.number == number)
    }

    /// The claim of a worker, if it has one.
    pub fn claim_of(&mut self, worker: usize) -> Option<&mut Claim> {
        self.workers[worker].claim.as_mut()
    }

    /// Kills, freezes or shuts the worker down, by chance. `true`: it is gone.
    fn strike(&mut self, worker: usize) -> bool {
        if self.now >= self.scenario.quiet_at || self.workers[worker].claim.is_none() {
            return false;
        }
        if self.rng.chance(self.scenario.crashes) {
            self.figures.add(Count::Crash);
            self.say(|_| format!("worker {}   is killed", worker + 1));
            self.workers[worker].generation += 1;
            self.workers[worker].claim = None;
            let back = self.now + self.rng.between(SECOND, 90 * SECOND);
            self.worker_later(worker, back, WorkerEvent::Claim);
            return true;
        }
        if self.rng.chance(self.scenario.freezes) {
            let length = match self.rng.below(3) {
                0 => self.rng.between(SECOND, LEASE),
                1 => self.rng.between(LEASE, 5 * LEASE),
                _ => self.rng.between(900 * SECOND, 2500 * SECOND),
            };
            self.figures.add(Count::Freeze);
            self.say(|_| format!("worker {}   is frozen for {} s", worker + 1, length / SECOND));
            self.workers[worker].frozen_until = self.now + length;
        } else if self.rng.chance(self.scenario.crashes / 4) {
            self.figures.add(Count::Shutdown);
            self.say(|_| format!("worker {}   is told to end", worker + 1));
            if let Some(claim) = self.claim_of(worker) {
                claim.shutdown = true;
            }
            self.turn_soon(worker, self.now);
        }
        false
    }

    fn claim(&mut self, worker: usize) {
        if self.workers[worker].claim.is_some() {
            return;
        }
        let (now, bug) = (self.now, self.bug);
        let Some(job_epoch) = self.record.claim(now, &words::parked(), bug) else {
            let job = &self.record.job;
            if job.state == JobState::Running || job.state == JobState::Queued {
                let due = if job.state == JobState::Running { job.lease_until } else { now };
                let time = due.max(now) + self.rng.between(1, 3 * SECOND);
                self.worker_later(worker, time, WorkerEvent::Claim);
            }
            return;
        };
        let number = self.number();
        self.workers[worker].claim = Some(Claim {
            number,
            job_epoch,
            epoch: 0,
            run: None,
            undo: None,
            tasks: BTreeMap::new(),
            paused: false,
            manager_paused: false,
            shutdown: false,
            failed: false,
            renewed: now,
            ageless: bug == Some(Bug::LeaseAgeIgnored),
            recent: None,
            turn: 0,
        });
        self.say(|_| format!("worker {}   claims the job, epoch {job_epoch}", worker + 1));
        let soon = now + self.rng.between(1, 200);
        self.worker_later(worker, soon, WorkerEvent::TakeOver(number));
        self.worker_later(worker, now + LEASE / 3, WorkerEvent::Renew(number));
    }

    fn take_over(&mut self, worker: usize) {
        let Some(job_epoch) = self.claim_of(worker).map(|claim| claim.job_epoch) else { return };
        if self.record.is_being_undone(job_epoch) {
            self.begin_undo(worker);
            return;
        }
        let Some(taken) = self.record.take_over(job_epoch, self.bug) else {
            self.record.end_job(job_epoch);
            self.drop_claim(worker);
            return;
        };
        let mut items = taken.items;
        if self.bug == Some(Bug::UnitsAbsolute) {
            items.iter_mut().for_each(forget_units_before);
        }
        let pools = self.watch_pools(&items, &BTreeSet::new());
        let mut run = Run::new(items, pools, self.scenario.remote_manager, self.settings());
        run.stop_requested = taken.stopping && self.bug != Some(Bug::StopIgnored);
        self.say(|_| format!("worker {}   takes the run over, epoch {}", worker + 1, taken.epoch));
        if let Some(claim) = self.claim_of(worker) {
            claim.epoch = taken.epoch;
            claim.run = Some(run);
        }
        self.turn_soon(worker, self.now + 1);
    }

    /// Reads what the pools hold, as far as the vendor says so.
    pub fn watch_pools(&mut self, items: &[ItemRecord], under_way: &BTreeSet<usize>) -> PoolWatch {
        let readable = self.vendor.reading(self.now, &mut self.rng, &mut self.figures).is_ok();
        let known = readable && self.scenario.pools_known;
        let available: BTreeMap<LicensePoolId, Option<u32>> = if known {
            self.vendor.pools.iter().map(|(pool, left)| (pool.clone(), Some(*left))).collect()
        } else {
            BTreeMap::new()
        };
        self.note_pools(known);
        let mut pools = PoolWatch::new(items, under_way, &available);
        if self.bug == Some(Bug::ListOrderIgnored) {
            pools.tight.clear();
        }
        pools
    }

    /// Asks the engine at `time`, or earlier if something else happens.
    pub fn turn_soon(&mut self, worker: usize, time: Ms) {
        let Some(claim) = self.claim_of(worker) else { return };
        claim.turn += 1;
        let (number, turn) = (claim.number, claim.turn);
        self.worker_later(worker, time, WorkerEvent::Turn(number, turn));
    }

    fn turn(&mut self, worker: usize) {
        loop {
            let now = at(self.now);
            let Some(claim) = self.workers[worker].claim.as_mut() else { return };
            let goes_on = claim.goes_on(self.now);
            let (idle, job_epoch) = (claim.tasks.is_empty(), claim.job_epoch);
            let Some(run) = claim.run.as_mut() else { return };
            if !goes_on {
                if idle {
                    self.record.put_back(job_epoch, self.now + 2 * SECOND);
                    self.say(|_| format!("worker {}   puts the job back", worker + 1));
                    self.drop_claim(worker);
                }
                return;
            }
            run.observe(now);
            let plan = next(run, now);
            if plan.ended {
                self.finish(worker);
                return;
            }
            let mut changed = false;
            for action in plan.actions {
                let now = self.now;
                if !self.claim_of(worker).is_some_and(|claim| claim.goes_on(now)) {
                    break;
                }
                match free_change(self, worker, &action) {
                    Some(entry) => {
                        if !self.take_free(worker, &action, entry) {
                            return;
                        }
                        changed = true;
                    }
                    None => self.begin_task(worker, action),
                }
            }
            if !changed {
                if let Some(wake) = plan.wake_at {
                    self.turn_soon(worker, ms(wake).max(self.now + 5));
                }
                return;
            }
        }
    }

    /// Records what needs no vendor; `false`: the worker is gone.
    fn take_free(&mut self, worker: usize, action: &Action, entry: Entry) -> bool {
        let epoch = self.claim_of(worker).map_or(0, |claim| claim.epoch);
        self.say(|_| format!("worker {}   {}", worker + 1, describe(action)));
        match self.commit(epoch, false, std::slice::from_ref(&entry)) {
            Ok(()) => {
                if let Some(run) = self.run_of(worker) {
                    run.items[entry.index] = entry.item;
                }
            }
            Err(Failed::Lost) => {
                self.drop_claim(worker);
                return false;
            }
            Err(Failed::Database) => self.fail(worker),
        }
        !self.strike(worker)
    }

    /// The run in a worker's memory.
    pub fn run_of(&mut self, worker: usize) -> Option<&mut Run> {
        self.claim_of(worker)?.run.as_mut()
    }

    /// The database failed: nothing new begins.
    pub fn fail(&mut self, worker: usize) {
        if let Some(claim) = self.claim_of(worker) {
            claim.failed = true;
            claim.paused = true;
        }
        self.turn_soon(worker, self.now + 1);
    }

    /// Forgets everything; somebody else goes on, or the same worker after a while.
    pub fn drop_claim(&mut self, worker: usize) {
        self.workers[worker].claim = None;
        let time = self.now + self.rng.between(SECOND, 4 * SECOND);
        self.worker_later(worker, time, WorkerEvent::Claim);
    }

    fn renew(&mut self, worker: usize) {
        let (now, quiet) = (self.now, self.now >= self.scenario.quiet_at);
        let cut = !quiet && self.rng.chance(self.scenario.commit_faults);
        let Some(claim) = self.workers[worker].claim.as_mut() else { return };
        let (number, overdue) = (claim.number, now >= claim.renewed + LEASE);
        let held = !overdue && !cut && self.record.renew(now, claim.job_epoch);
        if held {
            claim.renewed = now;
            self.worker_later(worker, now + LEASE / 3, WorkerEvent::Renew(number));
        } else if cut && !overdue {
            self.worker_later(worker, now + LEASE / 15, WorkerEvent::Renew(number));
        } else {
            self.say(|_| format!("worker {}   has lost its lease", worker + 1));
            self.drop_claim(worker);
        }
    }

    fn poll(&mut self, worker: usize) {
        let stopping = self.record.status == IntegrationStatus::Stopping && self.bug != Some(Bug::StopIgnored);
        let epoch = self.record.epoch;
        if self.claim_of(worker).is_some_and(|claim| claim.epoch != epoch && claim.run.is_some()) {
            self.drop_claim(worker);
            return;
        }
        if let Some(run) = self.run_of(worker) {
            run.stop_requested |= stopping;
        }
        self.turn_soon(worker, self.now);
    }

    fn finish(&mut self, worker: usize) {
        let Some((epoch, job_epoch)) = self.claim_of(worker).map(|claim| (claim.epoch, claim.job_epoch)) else {
            return;
        };
        let stopped =
            self.run_of(worker).is_some_and(|run| run.items.iter().any(|item| item.status == ItemStatus::NotStarted));
        let status = if stopped { IntegrationStatus::Stopped } else { IntegrationStatus::Finished };
        let unfenced = self.bug == Some(Bug::NoEpochCheck);
        match self.record.finish(self.now, epoch, job_epoch, status, unfenced) {
            Ok(true) => self.say(|_| format!("worker {}   ends the run: {status:?}", worker + 1)),
            Ok(false) => self.record.put_back(job_epoch, self.now),
            Err(_) => self.figures.add(Count::Fenced),
        }
        self.drop_claim(worker);
    }

    /// Has the whole run stand still.
    pub fn pause(&mut self, worker: usize, pause: Pause) {
        let epoch = self.claim_of(worker).map_or(0, |claim| claim.epoch);
        self.say(|_| format!("worker {}   the run stands still: {:?}", worker + 1, pause.cause));
        if let Some(claim) = self.claim_of(worker) {
            claim.stand_still(pause.vendor, true);
        }
        self.set_waiting(worker, epoch, Some(words::pause(pause.vendor, pause.cause)));
    }

    /// Says that the run waits, or goes on.
    pub fn set_waiting(&mut self, worker: usize, epoch: i64, reason: Option<Reason>) {
        match self.commit(epoch, false, &[]) {
            Ok(()) => {
                if self.record.status != IntegrationStatus::Stopping {
                    self.record.status =
                        if reason.is_some() { IntegrationStatus::Waiting } else { IntegrationStatus::Running };
                }
                self.record.waiting = reason;
            }
            Err(Failed::Lost) => self.drop_claim(worker),
            Err(Failed::Database) => self.fail(worker),
        }
    }
}

/// What an action that needs no vendor leads to; `None` if it needs one.
fn free_change(world: &mut World, worker: usize, action: &Action) -> Option<Entry> {
    let (now, rule, bug) = (at(world.now), world.settle(), world.bug);
    let index = *action.items().first()?;
    let before = world.run_of(worker)?.items.get(index)?.clone();
    let mut item = before;
    let mut link = false;
    let mut result = None;
    let operation: Option<Operation> = match action {
        Action::Doubt(_) => rules::doubt(&mut item, now, rule),
        Action::Obey(_) => {
            if bug == Some(Bug::DecisionForgotten)
                && let Some(decision) = &mut item.decision
            {
                decision.account_id = None;
            }
            let operation = rules::obey(&mut item);
            result = operation.as_ref().and_then(|operation| made(&item, operation));
            operation
        }
        Action::Leave(_) => rules::needs_person(&mut item, words::unsettled(), Vec::new()),
        Action::GiveUp(_, warning) => rules::give_up(&mut item, warning.clone(), None),
        Action::Finish(_, status, reason) if status.is_imported() => {
            let taken =
                item.account_id.as_ref().is_some_and(|account| world.record.is_linked_elsewhere(account, index));
            link = !taken;
            if taken {
                rules::end(&mut item, ItemStatus::Refused, Some(words::account_taken()))
            } else {
                rules::end(&mut item, *status, reason.clone())
            }
        }
        Action::Finish(_, status, reason) => rules::end(&mut item, *status, reason.clone()),
        _ => return None,
    };
    Some(Entry { index, item, operation, result, link })
}

/// The vendor's id of what an operation that is done has made.
fn made(item: &ItemRecord, operation: &Operation) -> Option<String> {
    match operation.kind {
        _ if operation.state != OperationState::Done => None,
        OperationKind::CreateAccount => item.account_id.as_ref().map(ToString::to_string),
        _ => item.subscription_id.as_ref().map(ToString::to_string),
    }
}

/// The planted mistake: the units that a subscription has already are taken for new ones.
fn forget_units_before(item: &mut ItemRecord) {
    if let PlannedSubscription::SetUnits { before, .. } = &mut item.plan.subscription {
        *before = None;
    }
}

/// An action for the trace.
pub fn describe(action: &Action) -> String {
    let items: Vec<_> = action.items().iter().map(|index| (index + 1).to_string()).collect();
    let what = match action {
        Action::CreateAccount(_) => "looks, then creates the account",
        Action::CreateSubscription(_) => "looks, then creates the subscription",
        Action::SetUnits(_) => "looks, then sets the units",
        Action::EnsureProduct(_) => "has the product prepared",
        Action::SetNotifications { .. } => "sets the notifications",
        Action::ApplyTemplate { .. } => "applies the template",
        Action::Look(_) => "looks for a lost outcome",
        Action::Doubt(_) => "finds an intent of somebody who is gone: in doubt",
        Action::Obey(_) => "obeys a decision",
        Action::Leave(_) => "is left to a person",
        Action::GiveUp(_, reason) => return format!("customer {}: gives up, {}", items.join(", "), reason.code),
        Action::Finish(_, status, reason) => {
            let code = reason.as_ref().map(|reason| reason.code.as_str()).unwrap_or_default();
            return format!("customer {}: {} {code}", items.join(", "), status.as_str());
        }
        Action::Probe(vendor) => return format!("asks whether {vendor:?} can be used again"),
    };
    format!("customer {}: {what}", items.join(", "))
}

/// Whether what was refused for one of a batch says nothing about the next step.
pub fn is_next_step(before: &ItemRecord, after: &ItemRecord) -> bool {
    Step::of(before) != Step::of(after)
}
