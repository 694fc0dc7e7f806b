//! Everything there is, and the queue of what happens when.

use super::bug::Bug;
use super::check::Watch;
use super::clock::Ms;
use super::figures::{Count, Figures};
use super::people::Visit;
use super::record::{Entry, Failed, Record};
use super::rng::Rng;
use super::scenario::Scenario;
use super::vendor::{Answer, Request, Vendor};
use super::worker::{Worker, WorkerEvent};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt::Write as _;

/// Something that happens.
#[derive(Debug)]
pub enum Event {
    /// To a worker; of no effect if it has been killed since.
    Worker(usize, u32, WorkerEvent),
    /// A request is carried out.
    Apply(u64),
    /// A person does something.
    Person(Visit),
}

/// One seed.
pub struct World {
    pub now: Ms,
    pub rng: Rng,
    pub scenario: Scenario,
    pub record: Record,
    pub vendor: Vendor,
    pub workers: Vec<Worker>,
    pub figures: Figures,
    pub watch: Watch,
    pub bug: Option<Bug>,
    /// Requests that are applied later.
    pub pending: BTreeMap<u64, Request>,
    /// True answers that nobody has read yet.
    pub answers: BTreeMap<u64, Answer>,
    /// Person's visits that are still to come.
    pub visits: usize,
    /// Numbers for requests, tasks and operations.
    pub numbers: u64,
    queue: BinaryHeap<Reverse<(Ms, u64)>>,
    events: BTreeMap<u64, Event>,
    trace: Option<String>,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64, bug: Option<Bug>, traced: bool) -> Self {
        let mut rng = Rng::new(seed);
        let scenario = Scenario::new(&mut rng);
        let mut world = Self {
            now: 0,
            record: Record::new(&scenario.items),
            vendor: Vendor::new(&scenario),
            workers: (0..scenario.workers).map(|_| Worker::default()).collect(),
            figures: Figures::default(),
            watch: Watch::new(&scenario),
            bug,
            pending: BTreeMap::new(),
            answers: BTreeMap::new(),
            visits: 0,
            numbers: 0,
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            trace: traced.then(String::new),
            rng,
            scenario,
        };
        for _ in 0..world.scenario.items.len() {
            world.figures.add(Count::Items);
        }
        for (row, time) in world.scenario.made_before.clone() {
            world.make_account(row, time);
        }
        world.plan_people();
        world.wake_workers();
        world
    }

    /// Runs until nothing more can happen, a limit is reached or a rule is broken.
    pub fn live(&mut self) {
        while self.watch.violations.is_empty() && !self.is_over() {
            let Some(Reverse((time, number))) = self.queue.pop() else { break };
            if time > self.watch.limit {
                break;
            }
            let Some(event) = self.events.remove(&number) else { continue };
            self.now = time;
            match event {
                Event::Worker(worker, generation, event) => self.worker_event(worker, generation, event),
                Event::Apply(number) => self.apply(number),
                Event::Person(visit) => self.visit(visit),
            }
        }
        self.check_end();
    }

    /// Nobody works, nobody comes, nothing is under way at the vendor.
    fn is_over(&self) -> bool {
        self.visits == 0 && self.pending.is_empty() && self.is_at_rest()
    }

    /// Has something happen.
    pub fn schedule(&mut self, time: Ms, event: Event) {
        self.numbers += 1;
        self.queue.push(Reverse((time, self.numbers)));
        self.events.insert(self.numbers, event);
    }

    /// A number that was not used before.
    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Adds a line to the trace, if there is one.
    pub fn say(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.trace.is_some() {
            let line = line(self);
            let (minutes, seconds) = (self.now / 60_000, self.now % 60_000);
            let trace = self.trace.get_or_insert_default();
            let _ = writeln!(trace, "{minutes:>4}:{:02}.{:03}  {line}", seconds / 1000, seconds % 1000);
        }
    }

    /// The trace so far.
    pub fn take_trace(&mut self) -> String {
        self.trace.take().unwrap_or_default()
    }

    fn apply(&mut self, number: u64) {
        let Some(request) = self.pending.remove(&number) else { return };
        let answer = self.vendor.apply(self.now, &request, &mut self.rng, &mut self.figures);
        self.say(|_| {
            let again = if request.repeated { "again " } else { "" };
            format!("vendor     customer {}: {again}{:?} -> {answer:?}", request.item + 1, request.wish)
        });
        self.check_effect(&request, &answer);
        if !request.repeated {
            self.answers.insert(number, answer);
        }
    }

    /// Writes to the database, which may fail; then every other time it has been written all the same.
    pub fn commit(&mut self, epoch: i64, outcome: bool, entries: &[Entry]) -> Result<(), Failed> {
        let unfenced = self.bug == Some(Bug::NoEpochCheck) || (outcome && self.bug == Some(Bug::OutcomeOfLostLease));
        if self.now < self.scenario.quiet_at && self.rng.chance(self.scenario.commit_faults) {
            self.figures.add(Count::DatabaseFailed);
            if self.rng.chance(500) {
                self.record.commit(epoch, unfenced, entries)?;
                self.note_commit(entries);
            }
            self.say(|_| "database   the connection broke during a commit".to_owned());
            return Err(Failed::Database);
        }
        let result = self.record.commit(epoch, unfenced, entries);
        if let Ok(()) = result {
            self.note_commit(entries);
        } else {
            self.figures.add(Count::Fenced);
            self.say(|_| format!("database   refused a write of epoch {epoch}"));
        }
        result
    }
}
