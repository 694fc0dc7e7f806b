//! What the steps read and decide: the same as the loop of the real worker, with its planted mistakes.

use super::bug::Bug;
use super::clock::{DAY, MINUTE, Ms, SECOND, at, ms};
use super::figures::Count;
use super::record::{Entry, Failed};
use super::task::{End, Reading, Stage, Task};
use super::vendor::{Answer, Wish};
use super::world::World;
use worryfree_plugin::domain::engine::answer::{self, Sight};
use worryfree_plugin::domain::engine::record::{self as rules, Effect};
use worryfree_plugin::domain::engine::sight::{self, Before, Known, is_as_confirmed, mark_in};
use worryfree_plugin::domain::engine::{Action, PauseCause, words};
use worryfree_plugin::domain::ids::AccountId;
use worryfree_plugin::domain::integration::{ItemRecord, ItemStatus};
use worryfree_plugin::domain::inventory::{Account, CreatedBetween, Subscription};
use worryfree_plugin::domain::operation::{Operation, OperationKind, OperationState};
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::domain::plan::PlannedAccount;

/// A list serves every create that begins within this time.
const LIST_SERVES: Ms = 15 * SECOND;

/// The next stage, and after how long.
type Next = Option<(Stage, Ms, Ms)>;

/// Has something recorded soon.
pub fn store(end: End) -> Next {
    Some((Stage::Store(Box::new(end)), 1, 40))
}

fn outcome(index: usize, item: ItemRecord, operation: Option<Operation>, result: Option<&str>) -> End {
    let entry = Entry { index, item, operation, result: result.map(str::to_owned), link: false };
    End { entries: vec![entry], surely: true, ..End::default() }
}

impl World {
    /// Reads what the step needs to know.
    pub fn read(&mut self, worker: usize, task: &Task) -> Result<Reading, Answer> {
        let now = self.now;
        let window = |from: Ms| match self.bug {
            Some(Bug::WrongWindow) => CreatedBetween { start: at(now - MINUTE), end: at(now + MINUTE) },
            Some(Bug::NarrowWindow) => CreatedBetween { start: at(from - 10 * MINUTE), end: at(now + 10 * MINUTE) },
            _ => sight::window(at(from), at(now)),
        };
        match &task.action {
            Action::CreateAccount(_) => {
                let from = if self.bug == Some(Bug::WindowFromConfirmation) {
                    DAY - 30 * MINUTE
                } else {
                    self.scenario.seen_at
                };
                let window = window(from);
                let fresh = task.one().is_some_and(|(_, item)| item.operation.is_some());
                let serves = match self.bug {
                    Some(Bug::ListFromBefore) if fresh => 20 * MINUTE,
                    _ => LIST_SERVES * Ms::from(!fresh),
                };
                let recent = self.workers[worker].claim.as_ref().and_then(|claim| claim.recent.clone());
                if let Some((_, accounts)) = recent.filter(|(began, _)| now < began + serves) {
                    return Ok(Reading::Accounts(accounts));
                }
                self.vendor.reading(now, &mut self.rng, &mut self.figures)?;
                let accounts = self.vendor.accounts_between(now, window);
                if let Some(claim) = self.claim_of(worker) {
                    claim.recent = Some((now, accounts.clone()));
                }
                Ok(Reading::Accounts(accounts))
            }
            Action::CreateSubscription(_) | Action::SetUnits(_) => {
                self.vendor.reading(now, &mut self.rng, &mut self.figures)?;
                Ok(self.read_subscriptions(task))
            }
            Action::Look(_) => {
                let operation = task.one().and_then(|(_, item)| item.operation.clone());
                let window = window(operation.as_ref().map_or(0, |operation| ms(operation.intended_at)));
                self.vendor.reading(now, &mut self.rng, &mut self.figures)?;
                self.figures.add(Count::Looks);
                if operation.is_some_and(|operation| operation.kind == OperationKind::CreateAccount) {
                    Ok(Reading::Accounts(self.vendor.accounts_between(now, window)))
                } else {
                    Ok(self.read_subscriptions(task))
                }
            }
            Action::Probe(_) => {
                self.vendor.reading(now, &mut self.rng, &mut self.figures)?;
                Ok(Reading::Nothing)
            }
            _ => Ok(Reading::Nothing),
        }
    }

    fn read_subscriptions(&self, task: &Task) -> Reading {
        let Some((_, item)) = task.one() else { return Reading::Nothing };
        let plan = &item.plan.service_plan_id;
        let of_account = |account| self.vendor.subscriptions_of(self.now, account, plan);
        Reading::Subscriptions(item.account_id.as_ref().map_or_else(Vec::new, of_account))
    }

    /// Decides on what was read.
    pub fn decide(&mut self, worker: usize, task: &mut Task, reading: Result<Reading, Answer>) -> Next {
        let reading = match (reading, &task.action) {
            (result, Action::Probe(vendor)) => {
                let vendor = *vendor;
                self.probed(worker, vendor, result.map(|_| ()));
                return None;
            }
            (Ok(reading), _) => reading,
            (Err(answer), _) => return self.read_failed(worker, task, &answer),
        };
        match (&task.action, reading) {
            (Action::CreateAccount(_), Reading::Accounts(accounts)) => self.create_account(worker, task, &accounts),
            (Action::CreateSubscription(_), Reading::Subscriptions(found)) => {
                self.create_subscription(worker, task, &found)
            }
            (Action::SetUnits(_), Reading::Subscriptions(found)) => self.set_units(worker, task, &found),
            (Action::Look(_), Reading::Accounts(accounts)) => self.look_for_account(task, &accounts),
            (Action::Look(_), Reading::Subscriptions(found)) => self.look_for_subscription(task, &found),
            _ => self.manage(worker, task),
        }
    }

    fn probed(&mut self, worker: usize, vendor: Vendor, result: Result<(), Answer>) {
        let now = at(self.now);
        if let Err(answer) = result {
            let cause = pause_of(&answer).unwrap_or(PauseCause::Unreachable);
            if let Some(pause) = self.run_of(worker).map(|run| run.still_stands(vendor, cause, now)) {
                self.pause(worker, pause);
            }
            return;
        }
        let Some((items, under_way)) = self.run_of(worker).map(|run| (run.items.clone(), run.in_flight.clone())) else {
            return;
        };
        let mut pools = (vendor == Vendor::Lmp).then(|| self.watch_pools(&items, &under_way));
        if let Some(run) = self.run_of(worker) {
            if let Some(pools) = &mut pools {
                pools.ended = std::mem::take(&mut run.pools.ended);
                run.pools = pools.clone();
            }
            run.goes_on(vendor);
        }
        let epoch = self.claim_of(worker).map_or(0, |claim| {
            claim.stand_still(vendor, false);
            claim.paused |= claim.failed;
            claim.epoch
        });
        self.say(|_| format!("worker {}   the run goes on", worker + 1));
        let standing = self.run_of(worker).and_then(|run| run.standing());
        self.set_waiting(worker, epoch, standing.map(|pause| words::pause(pause.vendor, pause.cause)));
    }

    /// A reading failed: the run stands still, or the customer is tried later.
    fn read_failed(&mut self, worker: usize, task: &Task, answer: &Answer) -> Next {
        let (index, mut item) = task.one().map(|(index, item)| (index, item.clone()))?;
        if let Some(cause) = pause_of(answer) {
            if let Some(claim) = self.claim_of(worker) {
                claim.paused = true;
            }
            let operation = rules::paused(&mut item, Vendor::Lmp, cause);
            return store(End { pause: Some((Vendor::Lmp, cause)), ..outcome(index, item, operation, None) });
        }
        rules::try_later(&mut item, words::trying_again(Vendor::Lmp), at(self.now));
        let operation = item.operation.clone().filter(|operation| operation.state == OperationState::InDoubt);
        store(End { surely: false, ..outcome(index, item, operation, None) })
    }

    fn create_account(&mut self, worker: usize, task: &mut Task, recent: &[Account]) -> Next {
        let (index, mut item) = task.one().map(|(index, item)| (index, item.clone()))?;
        let PlannedAccount::Create(new) = item.plan.account.clone() else { return None };
        if self.bug != Some(Bug::NoLookBeforeCreate) {
            let is_settled = |account: &AccountId| self.known(index, account, recent).is_settled();
            let before = sight::concerned(&item, recent).before(is_settled);
            match self.first_of_several(index, before) {
                Before::Create => {}
                Before::CreateAnew => {
                    if let Some((_, item)) = task.items.first_mut() {
                        item.operation = None;
                    }
                }
                Before::Take(id) => {
                    let operation = rules::done(&mut item, &Effect::Account(id.clone()));
                    return store(outcome(index, item, operation, Some(id.as_str())));
                }
                Before::Ask(reason, candidates) => {
                    let operation = rules::needs_person(&mut item, reason, candidates);
                    return store(outcome(index, item, operation, None));
                }
            }
        }
        let wish = Wish::Account { name: new.name.clone(), refused: new.city == "Nowhere" };
        self.intend(worker, task, OperationKind::CreateAccount, vec![wish])
    }

    /// What is recorded of an account of a list.
    fn known(&self, index: usize, account: &AccountId, recent: &[Account]) -> Known {
        let mark = recent.iter().find(|found| found.id == *account).and_then(|found| mark_in(found.note.as_deref()));
        let seen_at = if self.bug == Some(Bug::KnownSinceConfirmation) { 0 } else { self.scenario.seen_at };
        let in_view = self.vendor.created(account).is_some_and(|created| created <= seen_at);
        Known { in_view, ..self.record.known(index, account, mark) }
    }

    /// Somebody has to be asked about several with the mark, unless a mistake is planted.
    fn first_of_several(&mut self, index: usize, before: Before) -> Before {
        match before {
            Before::Ask(reason, candidates) if reason.code == "several_found" => {
                self.watch.several.insert(index);
                match candidates.first() {
                    Some(first) if self.bug == Some(Bug::FirstOfSeveral) => Before::Take(first.account_id.clone()),
                    _ => Before::Ask(reason, candidates),
                }
            }
            before => before,
        }
    }

    fn create_subscription(&mut self, worker: usize, task: &mut Task, found: &[Subscription]) -> Next {
        let (index, mut item) = task.one().map(|(index, item)| (index, item.clone()))?;
        let account = item.account_id.clone()?;
        if self.bug != Some(Bug::NoLookBeforeCreate) {
            match found {
                [] => {}
                [one] if is_as_confirmed(&item, one) => {
                    let operation = rules::done(&mut item, &Effect::Subscription(one.id.clone()));
                    return store(outcome(index, item, operation, Some(one.id.as_str())));
                }
                found if item.refusals > 0 && item.operation.is_some() => {
                    let sight = match found {
                        [one] => sight::subscription(&item, one),
                        _ => sight::several_subscriptions(&item),
                    };
                    let Sight::Unclear(reason, candidates, subscription) = sight else { return None };
                    item.refusals = 0;
                    let operation = rules::needs_person(&mut item, reason, candidates);
                    item.subscription_id = subscription.or(item.subscription_id.take());
                    return store(outcome(index, item, operation, None));
                }
                _ => {
                    let reason = words::subscription_exists(&item);
                    let operation = rules::end(&mut item, ItemStatus::Refused, Some(reason));
                    return store(outcome(index, item, operation, None));
                }
            }
        }
        let pool = item.plan.license_pool_id.clone()?;
        let wish = Wish::Subscription { account, seats: item.plan.seats, pool };
        self.intend(worker, task, OperationKind::CreateSubscription, vec![wish])
    }

    fn set_units(&mut self, worker: usize, task: &mut Task, found: &[Subscription]) -> Next {
        let (index, mut item) = task.one().map(|(index, item)| (index, item.clone()))?;
        let id = item.subscription_id.clone()?;
        match found.iter().find(|found| found.id == id) {
            Some(one) if is_as_confirmed(&item, one) => {
                let operation = rules::done(&mut item, &Effect::Units);
                return store(outcome(index, item, operation, None));
            }
            Some(_) => {}
            None => {
                let operation = rules::end(&mut item, ItemStatus::Refused, Some(words::subscription_gone()));
                return store(outcome(index, item, operation, None));
            }
        }
        let pool = item.plan.license_pool_id.clone()?;
        let wish = Wish::Units { subscription: id, seats: item.plan.seats, pool };
        self.intend(worker, task, OperationKind::SetUnits, vec![wish])
    }

    /// Records the intents of one request; then it is sent.
    pub fn intend(&mut self, worker: usize, task: &mut Task, kind: OperationKind, wishes: Vec<Wish>) -> Next {
        let now = self.now;
        let claim = self.claim_of(worker)?;
        let epoch = claim.epoch;
        let in_manager = kind.is_repeatable() && kind != OperationKind::SetUnits;
        if !claim.may_intend(in_manager, now) {
            return None;
        }
        let now = at(now);
        let mut entries = Vec::new();
        for place in 0..task.items.len() {
            let fresh = self.fresh_operation();
            let (index, item) = &mut task.items[place];
            let operation = rules::intend(item, kind, fresh, now);
            entries.push(Entry {
                index: *index,
                item: item.clone(),
                operation: Some(operation),
                result: None,
                link: false,
            });
        }
        self.figures.add(Count::Operations);
        let broken: Vec<_> = entries.iter().filter_map(|entry| self.broken_by_intent(entry)).collect();
        if self.bug == Some(Bug::IntentAfterSend) && !kind.is_repeatable() {
            return Some((Stage::Send(wishes), 1, 60));
        }
        match self.commit(epoch, false, &entries) {
            Ok(()) => {
                for rule in broken {
                    self.violate(rule);
                }
                Some((Stage::Send(wishes), 1, 60))
            }
            Err(Failed::Lost) => {
                self.drop_claim(worker);
                None
            }
            Err(Failed::Database) => {
                self.fail(worker);
                None
            }
        }
    }

    fn look_for_account(&mut self, task: &Task, found: &[Account]) -> Next {
        let (index, item) = task.one()?;
        let operation = item.operation.clone()?;
        let by_name = |account: &&Account| account.name == item.plan.account_name();
        let taken = match self.bug {
            Some(Bug::AdoptByName) => found.iter().find(by_name),
            Some(Bug::MarkIgnored) => found.last(),
            _ => None,
        };
        let sight = match (taken, sight::account(found, &operation)) {
            (Some(account), _) => Sight::Effect(Effect::Account(account.id.clone())),
            (None, Sight::Unclear(reason, candidates, subscription)) => {
                self.watch.several.insert(index);
                match candidates.first() {
                    Some(first) if self.bug == Some(Bug::FirstOfSeveral) => {
                        Sight::Effect(Effect::Account(first.account_id.clone()))
                    }
                    _ => Sight::Unclear(reason, candidates, subscription),
                }
            }
            (None, sight) => sight,
        };
        self.looked(index, item.clone(), sight, task.began)
    }

    fn look_for_subscription(&mut self, task: &Task, found: &[Subscription]) -> Next {
        let (index, item) = task.one()?;
        let units = item.operation.as_ref().is_some_and(|operation| operation.kind == OperationKind::SetUnits);
        let sight = match found {
            found if units => {
                sight::units(item, found.iter().find(|found| Some(&found.id) == item.subscription_id.as_ref()))
            }
            [] => Sight::Nothing,
            [one] => sight::subscription(item, one),
            _ => sight::several_subscriptions(item),
        };
        self.looked(index, item.clone(), sight, task.began)
    }

    fn looked(&mut self, index: usize, mut item: ItemRecord, sight: Sight, began: Ms) -> Next {
        if self.bug == Some(Bug::AbsentAfterOneLook)
            && let Some(operation) = &mut item.operation
        {
            operation.absent_look_at = Some(at(began));
        }
        let looked = answer::looked(&mut item, sight, at(began), self.settle())?;
        store(outcome(index, item, looked.operation, looked.result_id.as_deref()))
    }
}

/// What a failed reading means for the whole run.
pub fn pause_of(answer: &Answer) -> Option<PauseCause> {
    match answer {
        Answer::Unauthorized => Some(PauseCause::CredentialsRefused),
        Answer::Unreachable => Some(PauseCause::Unreachable),
        _ => None,
    }
}
