//! People: they press Stop and Retry, decide, take licenses for something else and make things by hand.

use super::bug::Bug;
use super::clock::{MINUTE, Ms, SECOND};
use super::figures::Count;
use super::record::JobState;
use super::world::{Event, World};
use std::collections::BTreeSet;
use worryfree_plugin::domain::ids::AccountId;
use worryfree_plugin::domain::integration::{IntegrationStatus, ItemStatus};
use worryfree_plugin::domain::plan::PlannedSubscription;
use worryfree_plugin::domain::undo::Reversal;

/// What a person comes for.
#[derive(Debug, Clone, Copy)]
pub enum Visit {
    /// Stop.
    Stop,
    /// Retry, with decisions; the last one also takes up what was parked.
    Retry,
    /// Undo, as soon as the run has ended.
    Undo,
    /// Licenses for something else.
    Shrink,
    /// An account of the same name as a row's.
    Account(usize),
    /// A subscription for a row's account.
    Subscription(usize),
    /// Other seats for a row's subscription, once the run has ended.
    Seats(usize),
}

impl World {
    /// Draws who comes when.
    pub fn plan_people(&mut self) {
        let quiet = self.scenario.quiet_at;
        let (early, late) = (quiet / 2, quiet + 20 * MINUTE);
        let mut visits = Vec::new();
        for (chance, visit) in [(180, Visit::Stop), (300, Visit::Shrink), (100, Visit::Shrink)] {
            if self.rng.chance(chance) {
                visits.push((self.rng.between(0, early), visit));
            }
        }
        for _ in 0..self.rng.below(4) {
            visits.push((self.rng.between(0, late), Visit::Retry));
        }
        if self.rng.chance(400) {
            visits.push((self.rng.between(0, late), Visit::Undo));
        }
        let rows = self.scenario.items.len();
        if self.rng.chance(200) {
            let row = self.rng.index(rows);
            visits.push((self.rng.between(0, early), Visit::Account(row)));
        }
        if self.rng.chance(200) {
            let row = self.rng.index(rows);
            visits.push((self.rng.between(0, early / 4), Visit::Subscription(row)));
        }
        if self.rng.chance(150) {
            let row = self.rng.index(rows);
            visits.push((self.rng.between(0, late), Visit::Seats(row)));
        }
        // Whoever finds a run parked or a question open comes at last.
        visits.push((late + self.rng.between(0, 10 * MINUTE), Visit::Retry));
        let last = visits.iter().map(|(time, _)| *time).max().unwrap_or(0);
        self.watch.limit = last + 3 * 60 * MINUTE;
        self.visits = visits.len();
        for (time, visit) in visits {
            self.schedule(time, Event::Person(visit));
        }
    }

    /// Somebody comes.
    pub fn visit(&mut self, visit: Visit) {
        self.visits -= 1;
        self.say(|_| format!("person     {visit:?}"));
        match visit {
            Visit::Stop => {
                self.figures.add(Count::Stop);
                self.record.press_stop(self.now);
                self.notify_workers();
                self.wake_workers();
            }
            Visit::Retry => self.retry(),
            Visit::Undo => self.undo(),
            Visit::Shrink => self.shrink(),
            Visit::Account(row) => self.make_account(row, self.now),
            Visit::Subscription(row) => self.make_subscription(row),
            Visit::Seats(row) => self.change_seats(row),
        }
    }

    fn undo(&mut self) {
        if !self.record.status.is_final() && self.now < self.watch.limit / 2 {
            self.visits += 1;
            let again = self.now + self.rng.between(10 * SECOND, MINUTE);
            self.schedule(again, Event::Person(Visit::Undo));
            return;
        }
        if self.record.status.is_final() && self.record.undo.is_none() {
            self.check_rows();
        }
        let is_asked = self.record.items.iter().any(|item| item.status == ItemStatus::NeedsPerson);
        if is_asked && self.record.status.is_final() && self.record.undo.is_none() {
            // Undo says that this has to be decided first.
            self.record.press_undo(self.now, self.bug);
            self.retry();
            self.visits += 1;
            let again = self.now + self.rng.between(10 * SECOND, MINUTE);
            self.schedule(again, Event::Person(Visit::Undo));
            return;
        }
        if self.record.press_undo(self.now, self.bug) {
            self.figures.add(Count::Undo);
            if self.bug == Some(Bug::EverythingSuspended) {
                self.suspend_everything();
            }
        }
        self.wake_workers();
    }

    /// The planted mistake: what was only linked is suspended as well.
    fn suspend_everything(&mut self) {
        let Some(undo) = &mut self.record.undo else { return };
        for row in &mut undo.rows {
            let item = &self.record.items[row.index];
            if let (Reversal::Unlink, Some(account_id), Some(subscription_id)) =
                (&row.item.reversal, item.account_id.clone(), item.subscription_id.clone())
            {
                row.item.reversal = Reversal::Suspend { account_id, subscription_id };
            }
        }
    }

    fn retry(&mut self) {
        if self.record.undo.is_some() {
            // Whoever comes at last finds an undo that was halted.
            self.record.press_undo(self.now, self.bug);
            self.wake_workers();
            return;
        }
        let parked = self.record.job.state == JobState::Parked;
        let mut decisions = self.record.decisions(&mut self.rng);
        let mut taken: BTreeSet<AccountId> =
            self.record.items.iter().filter_map(|item| item.account_id.clone()).collect();
        let held = |row: &usize| self.record.items[*row].account_id.clone();
        // The service refuses a choice of an account that somebody else has.
        decisions.retain(|row, choice| match choice {
            Some(account) => held(row).as_ref() == Some(account) || taken.insert(account.clone()),
            None => true,
        });
        for (row, choice) in &decisions {
            self.figures.add(Count::Decision);
            self.watch.asked.insert(*row);
            if choice.is_none() {
                *self.watch.anew.entry(*row).or_default() += 1;
            }
            self.say(|_| format!("person     decides about customer {}: {choice:?}", row + 1));
        }
        self.figures.add(Count::Retry);
        let running = !self.record.status.is_final();
        if !running || parked || !decisions.is_empty() || self.rng.chance(500) {
            self.note_retry(running);
            self.record.press_retry(self.now, &decisions);
        }
        self.notify_workers();
        self.wake_workers();
    }

    fn shrink(&mut self) {
        let pools: Vec<_> = self.vendor.pools.keys().cloned().collect();
        let place = self.rng.index(pools.len());
        let Some(pool) = pools.get(place) else { return };
        let left = self.vendor.pools.get(pool).copied().unwrap_or(0);
        let taken = u32::try_from(self.rng.below(u64::from(left) + 1)).unwrap_or(0);
        self.vendor.take(pool, taken);
        self.figures.add(Count::PoolShrank);
        self.watch.shrank = true;
    }

    /// An account of the name of a row's, made by hand.
    pub fn make_account(&mut self, row: usize, time: Ms) {
        let name = self.scenario.items[row].account_name().to_owned();
        let Ok(id) = AccountId::parse(&format!("account-{}", self.vendor.accounts.len())) else { return };
        self.figures.add(Count::MadeByHand);
        self.vendor.add_account(id, &name, None, (time, time));
    }

    fn make_subscription(&mut self, row: usize) {
        let item = &self.scenario.items[row];
        if !matches!(item.subscription, PlannedSubscription::Create) {
            return;
        }
        let Some(account) = self.record.items[row].account_id.clone() else { return };
        let seats = if self.rng.chance(500) { item.seats } else { item.seats + 1 };
        self.figures.add(Count::MadeByHand);
        self.watch.subscribed_by_hand.insert(row, self.now);
        self.vendor.add_subscription(account, seats, self.now);
    }

    fn change_seats(&mut self, row: usize) {
        let item = &self.record.items[row];
        let ended = self.record.status.is_final() && self.record.undo.is_none();
        let Some(id) = item.subscription_id.clone().filter(|_| ended && item.plan.seats_before.is_some()) else {
            return;
        };
        let seats = 100 + item.plan.seats;
        for found in self.vendor.subscriptions.iter_mut().filter(|found| found.id == id) {
            found.seats = seats;
            self.watch.seats_by_hand.insert(row, seats);
        }
    }

    /// Whether nothing is being carried out and nobody is about to.
    pub fn is_at_rest(&self) -> bool {
        let over = self.record.status.is_final() || self.record.status == IntegrationStatus::Waiting;
        over && matches!(self.record.job.state, JobState::Done | JobState::Parked)
    }
}

/// How long a person may take to be noticed.
pub const NOTICED: Ms = 60 * SECOND;
