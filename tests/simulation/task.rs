//! One step of a worker, cut where it can be interrupted: before and after each reading, each commit and each request.

use super::bug::Bug;
use super::clock::{Ms, at, ms};
use super::figures::Count;
use super::record::{Entry, Failed};
use super::vendor::{Answer, Fate, Request, Wish};
use super::worker::{WorkerEvent, describe, is_next_step};
use super::world::{Event, World};
use worryfree_plugin::domain::engine::{Action, PauseCause, PoolKey};
use worryfree_plugin::domain::ids::OperationId;
use worryfree_plugin::domain::integration::ItemRecord;
use worryfree_plugin::domain::inventory::{Account, Subscription};
use worryfree_plugin::domain::operation::OperationKind;
use worryfree_plugin::domain::outcome::Vendor;

/// What a reading showed.
#[derive(Debug, Clone)]
pub enum Reading {
    /// Accounts created in a window.
    Accounts(Vec<Account>),
    /// The subscriptions of an account.
    Subscriptions(Vec<Subscription>),
    /// Nothing was to be read.
    Nothing,
}

/// Where a step stands.
#[derive(Debug, Clone)]
pub enum Stage {
    /// About to read.
    Read,
    /// A reading has been answered.
    Decide(Result<Reading, Answer>),
    /// The intent is recorded; about to sign and send.
    Send(Vec<Wish>),
    /// The answer is there, under the request's number, unless something else came instead.
    Answered(u64, Option<Answer>, Vec<Wish>),
    /// About to record what came of it.
    Store(Box<End>),
}

/// What a step leads to.
#[derive(Debug, Clone, Default)]
pub struct End {
    /// To be recorded.
    pub entries: Vec<Entry>,
    /// Tried again when the database fails.
    pub surely: bool,
    /// The whole run stands still.
    pub pause: Option<(Vendor, PauseCause)>,
    /// The vendor said that a pool is used up.
    pub pool_ended: Option<PoolKey>,
    /// A batch was refused.
    pub alone: bool,
    /// Tries to record it.
    pub tries: u32,
}

/// A step under way.
#[derive(Debug, Clone)]
pub struct Task {
    /// What the engine said.
    pub action: Action,
    /// The rows it concerns, as they are in the step's own memory.
    pub items: Vec<(usize, ItemRecord)>,
    /// Where it stands.
    pub stage: Stage,
    /// When it began to read.
    pub began: Ms,
    /// Times it was sent again by a planted mistake.
    pub resent: u32,
}

impl Task {
    /// The one row of a step that is no batch.
    pub fn one(&self) -> Option<(usize, &ItemRecord)> {
        self.items.first().map(|(index, item)| (*index, item))
    }
}

impl World {
    /// Begins what needs a vendor.
    pub fn begin_task(&mut self, worker: usize, action: Action) {
        self.say(|_| format!("worker {}   {}", worker + 1, describe(&action)));
        let Some(run) = self.run_of(worker) else { return };
        let indexes = action.items().to_vec();
        if matches!(action, Action::Probe(_)) {
            run.probing = true;
        }
        run.in_flight.extend(&indexes);
        let items = indexes.iter().filter_map(|index| Some((*index, run.items.get(*index)?.clone()))).collect();
        let began = self.now;
        let number = self.number();
        let task = Task { action, items, stage: Stage::Read, began, resent: 0 };
        if let Some(claim) = self.claim_of(worker) {
            claim.tasks.insert(number, task);
        }
        self.task_later(worker, number, 1, 1500);
    }

    /// Has a step go on after a while.
    pub fn task_later(&mut self, worker: usize, task: u64, low: Ms, high: Ms) {
        let time = self.now + self.rng.between(low, high);
        self.task_at(worker, task, time);
    }

    fn task_at(&mut self, worker: usize, task: u64, time: Ms) {
        if let Some(number) = self.claim_of(worker).map(|claim| claim.number) {
            self.worker_later(worker, time, WorkerEvent::Task(number, task));
        }
    }

    /// Takes a step one stage further.
    pub fn task_event(&mut self, worker: usize, number: u64) {
        let Some(mut task) = self.claim_of(worker).and_then(|claim| claim.tasks.remove(&number)) else { return };
        let next = match std::mem::replace(&mut task.stage, Stage::Read) {
            Stage::Read => {
                task.began = self.now;
                let reading = self.read(worker, &task);
                Some((Stage::Decide(reading), 5, 900))
            }
            Stage::Decide(reading) => self.decide(worker, &mut task, reading),
            Stage::Send(wishes) => {
                self.send(worker, number, task, wishes);
                return;
            }
            Stage::Answered(request, instead, wishes) => {
                let answer = self.answers.remove(&request);
                let answer = instead.or(answer).unwrap_or(Answer::Lost);
                self.answered(worker, &mut task, &answer, wishes)
            }
            Stage::Store(end) => self.store(worker, *end),
        };
        let Some((stage, low, high)) = next else {
            self.release(worker, &task);
            self.turn_soon(worker, self.now);
            return;
        };
        task.stage = stage;
        if let Some(claim) = self.claim_of(worker) {
            claim.tasks.insert(number, task);
            self.task_later(worker, number, low, high);
        }
    }

    /// Sends what was signed when it was intended: the vendor refuses what was held up for too long.
    fn send(&mut self, worker: usize, number: u64, mut task: Task, wishes: Vec<Wish>) {
        let Some((item, operation)) =
            task.one().and_then(|(index, item)| Some((index, item.operation.as_ref()?.clone())))
        else {
            return;
        };
        let Some(wish) = wishes.first().cloned() else { return };
        // What sets a state may be sent late.
        let units = operation.kind == OperationKind::SetUnits;
        let in_manager = operation.kind.is_repeatable() && !units;
        let afresh = in_manager || self.bug == Some(Bug::SentTooLate);
        let signed = if afresh { self.now } else { ms(operation.intended_at) };
        self.figures.add(Count::Requests);
        let request = Request { operation: operation.id, item, wish, repeated: false };
        self.check_request(&request, &operation);
        let (sent, fate) = self.put_on_the_wire(worker, request, signed);
        if fate.instead == Some(Answer::Undocumented) {
            self.note_undocumented(item);
        }
        task.stage = Stage::Answered(sent, fate.instead, wishes);
        if let Some(claim) = self.claim_of(worker) {
            claim.tasks.insert(number, task);
        }
        self.task_at(worker, number, fate.answered);
    }

    /// Sends a request; its number, under which its answer will be, and what becomes of it.
    pub fn put_on_the_wire(&mut self, worker: usize, request: Request, signed: Ms) -> (u64, Fate) {
        let fate = self.vendor.fate(self.now, signed, &request.wish, &mut self.rng, &mut self.figures);
        let item = request.item + 1;
        self.say(|_| format!("worker {}   customer {item}: sends {:?}, {fate:?}", worker + 1, request.wish));
        let sent = self.number();
        if let Some(time) = fate.repeated {
            let again = self.number();
            self.pending.insert(again, Request { repeated: true, ..request.clone() });
            self.schedule(time, Event::Apply(again));
        }
        if let Some(applied) = fate.applied {
            self.pending.insert(sent, request);
            self.schedule(applied, Event::Apply(sent));
        }
        (sent, fate)
    }

    /// Records what came of a step, and tells the loop.
    fn store(&mut self, worker: usize, mut end: End) -> Option<(Stage, Ms, Ms)> {
        let epoch = self.claim_of(worker)?.epoch;
        match self.commit(epoch, true, &end.entries) {
            Ok(()) => {
                self.take_in(worker, end);
                None
            }
            Err(Failed::Lost) => {
                self.drop_claim(worker);
                None
            }
            Err(Failed::Database) if end.surely && end.tries < 6 => {
                end.tries += 1;
                Some((Stage::Store(Box::new(end)), 100, 4000))
            }
            Err(Failed::Database) => {
                self.fail(worker);
                None
            }
        }
    }

    fn take_in(&mut self, worker: usize, end: End) {
        for entry in &end.entries {
            self.say(|_| {
                let state = entry.operation.as_ref().map_or("-", |operation| operation.state.as_str());
                let reason = entry.item.reason.as_ref().map(|reason| reason.code.as_str()).unwrap_or_default();
                let status = entry.item.status.as_str();
                format!("worker {}   customer {}: recorded, {state}, {status} {reason}", worker + 1, entry.index + 1)
            });
        }
        let ignored = self.bug == Some(Bug::PoolEndIgnored);
        let now = at(self.now);
        let Some(run) = self.run_of(worker) else { return };
        for entry in end.entries {
            if end.alone {
                run.alone.insert(entry.index);
            } else if is_next_step(&run.items[entry.index], &entry.item) {
                run.alone.remove(&entry.index);
                run.gets_on();
            }
            run.items[entry.index] = entry.item;
        }
        run.pools.ended.extend(end.pool_ended.filter(|_| !ignored));
        let before = run.standing();
        let Some(pause) = end.pause.map(|(vendor, cause)| run.stand_still(vendor, cause, now)) else { return };
        if run.standing() != before {
            self.pause(worker, pause);
        }
    }

    /// The rows of a step that has ended are free for the next one.
    fn release(&mut self, worker: usize, task: &Task) {
        let Some(run) = self.run_of(worker) else { return };
        if matches!(task.action, Action::Probe(_)) {
            run.probing = false;
        }
        for (index, _) in &task.items {
            run.in_flight.remove(index);
        }
    }

    /// An operation id that was not used before.
    pub fn fresh_operation(&mut self) -> OperationId {
        OperationId(uuid::Uuid::from_u128(u128::from(self.number())))
    }
}
