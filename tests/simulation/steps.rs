//! What the steps read and decide: the same as the loop of the real worker, with its planted mistakes.

use super::bug::Bug;
use super::clock::{MINUTE, Ms, SECOND, at, ms};
use super::figures::Count;
use super::record::{Entry, Failed};
use super::task::{End, Reading, Stage, Task};
use super::vendor::{Account, Answer, Subscription, Wish};
use super::world::World;
use worryfree_plugin::domain::engine::answer::{self, Sight};
use worryfree_plugin::domain::engine::record::{self as rules, Effect};
use worryfree_plugin::domain::engine::{Action, PauseCause, words};
use worryfree_plugin::domain::integration::{CandidateAccount, ItemRecord, ItemStatus};
use worryfree_plugin::domain::operation::{Operation, OperationKind, OperationState};
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::domain::plan::PlannedAccount;

/// What is added to windows of creation times on either side.
const SLACK: Ms = 10 * MINUTE;

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
        let start = |from: Ms| if self.bug == Some(Bug::WrongWindow) { now - MINUTE } else { from - SLACK };
        match &task.action {
            Action::CreateAccount(_) => {
                let (start, recent) = (start(0), self.workers[worker].claim.as_ref().and_then(|c| c.recent.clone()));
                if let Some((_, accounts)) = recent.filter(|(began, _)| now < began + LIST_SERVES) {
                    return Ok(Reading::Accounts(accounts));
                }
                self.vendor.reading(now, &mut self.rng, &mut self.figures)?;
                let accounts = self.vendor.accounts_between(now, start, now + SLACK);
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
                let start = start(operation.as_ref().map_or(0, |operation| ms(operation.intended_at)));
                self.vendor.reading(now, &mut self.rng, &mut self.figures)?;
                self.figures.add(Count::Looks);
                if operation.is_some_and(|operation| operation.kind == OperationKind::CreateAccount) {
                    Ok(Reading::Accounts(self.vendor.accounts_between(now, start, now + SLACK)))
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
        let account = task.one().and_then(|(_, item)| item.account_id.clone());
        Reading::Subscriptions(
            account.map_or_else(Vec::new, |account| self.vendor.subscriptions_of(self.now, &account)),
        )
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
        let Some(pause) = self.run_of(worker).and_then(|run| run.paused) else { return };
        if let Err(answer) = result {
            let cause = pause_of(&answer).unwrap_or(PauseCause::Unreachable);
            self.pause(worker, pause.again(cause, now));
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
            run.paused = None;
        }
        let epoch = self.claim_of(worker).map_or(0, |claim| {
            claim.paused = claim.failed;
            claim.epoch
        });
        self.say(|_| format!("worker {}   the run goes on", worker + 1));
        self.set_waiting(worker, epoch, None);
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
            let mut ours = item.operation.as_ref().map(|operation| marked(recent, operation)).unwrap_or_default();
            self.note_several(index, &mut ours);
            match ours.as_slice() {
                [account] => {
                    let id = account.id.clone();
                    let operation = rules::done(&mut item, &Effect::Account(id.clone()));
                    return store(outcome(index, item, operation, Some(id.as_str())));
                }
                [] => {
                    let twins = self.twins(&item, recent);
                    if let Some(first) = twins.first() {
                        let reason = words::same_name(&first.name);
                        let operation = rules::needs_person(&mut item, reason, candidates(&twins));
                        return store(outcome(index, item, operation, None));
                    }
                }
                several => {
                    let operation = rules::needs_person(&mut item, words::several_accounts(), candidates(several));
                    return store(outcome(index, item, operation, None));
                }
            }
        }
        let wish = Wish::Account { name: new.name.clone(), refused: new.city == "Nowhere" };
        self.intend(worker, task, OperationKind::CreateAccount, vec![wish])
    }

    /// Accounts of the same name that nobody had in view and that are nobody's.
    fn twins<'a>(&self, item: &ItemRecord, recent: &'a [Account]) -> Vec<&'a Account> {
        if item.decision.is_some() {
            return Vec::new();
        }
        let unknown = |account: &&Account| {
            account.name == item.plan.account_name() && !self.record.is_known(&account.id, account.mark)
        };
        recent.iter().filter(unknown).collect()
    }

    fn create_subscription(&mut self, worker: usize, task: &mut Task, found: &[Subscription]) -> Next {
        let (index, mut item) = task.one().map(|(index, item)| (index, item.clone()))?;
        let account = item.account_id.clone()?;
        if self.bug != Some(Bug::NoLookBeforeCreate) {
            match found {
                [] => {}
                [one] if one.seats == item.plan.seats => {
                    let operation = rules::done(&mut item, &Effect::Subscription(one.id.clone()));
                    return store(outcome(index, item, operation, Some(one.id.as_str())));
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
            Some(one) if one.seats == item.plan.seats => {
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
        if !claim.may_intend(now) {
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
        let seen: Vec<_> = match self.bug {
            Some(Bug::AdoptByName) => found.iter().filter(|account| account.name == item.plan.account_name()).collect(),
            Some(Bug::MarkIgnored) => found.iter().rev().take(1).collect(),
            _ => {
                let mut ours = marked(found, &operation);
                self.note_several(index, &mut ours);
                ours
            }
        };
        let sight = match seen.as_slice() {
            [] => Sight::Nothing,
            [account] => Sight::Effect(Effect::Account(account.id.clone())),
            several => Sight::Unclear(words::several_accounts(), candidates(several), None),
        };
        self.looked(index, item.clone(), sight, task.began)
    }

    /// Somebody has to be asked, unless a mistake is planted.
    fn note_several(&mut self, index: usize, ours: &mut Vec<&Account>) {
        if ours.len() > 1 {
            self.watch.several.insert(index);
            ours.truncate(if self.bug == Some(Bug::FirstOfSeveral) { 1 } else { ours.len() });
        }
    }

    fn look_for_subscription(&mut self, task: &Task, found: &[Subscription]) -> Next {
        let (index, item) = task.one()?;
        let candidate = || {
            let account = item.account_id.clone();
            let name = item.plan.account_name().to_owned();
            account
                .map(|account_id| CandidateAccount { account_id, name, city: None, country: None })
                .into_iter()
                .collect()
        };
        let units = item.operation.as_ref().is_some_and(|operation| operation.kind == OperationKind::SetUnits);
        let set =
            |found: &Subscription| Some(&found.id) == item.subscription_id.as_ref() && found.seats == item.plan.seats;
        let sight = match found {
            found if units && found.iter().any(set) => Sight::Effect(Effect::Units),
            [..] if units => Sight::Nothing,
            [] => Sight::Nothing,
            [one] if one.seats == item.plan.seats => Sight::Effect(Effect::Subscription(one.id.clone())),
            [one] => Sight::Unclear(words::subscription_differs(), candidate(), Some(one.id.clone())),
            _ => Sight::Unclear(words::subscription_differs(), candidate(), None),
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

fn marked<'a>(accounts: &'a [Account], operation: &Operation) -> Vec<&'a Account> {
    accounts.iter().filter(|account| account.mark == Some(operation.id)).collect()
}

fn candidates(accounts: &[&Account]) -> Vec<CandidateAccount> {
    let candidate = |account: &&Account| CandidateAccount {
        account_id: account.id.clone(),
        name: account.name.clone(),
        city: None,
        country: None,
    };
    accounts.iter().map(candidate).collect()
}
