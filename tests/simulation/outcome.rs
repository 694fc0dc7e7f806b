//! What one request led to: sorted into the three drawers, and recorded.

use super::bug::Bug;
use super::clock::{Ms, at};
use super::record::Entry;
use super::steps::store;
use super::task::{End, Stage, Task};
use super::vendor::{Answer, Made, NO_LICENSES, Wish};
use super::world::World;
use worryfree_plugin::domain::engine::pools::says_no_licenses;
use worryfree_plugin::domain::engine::record::{self as rules, Effect};
use worryfree_plugin::domain::engine::{Action, PauseCause, PoolKey, words};
use worryfree_plugin::domain::integration::{ItemRecord, ItemStatus};
use worryfree_plugin::domain::operation::{Operation, OperationKind};
use worryfree_plugin::domain::outcome::{Doubt, NotSent, Refusal, Vendor, WriteOutcome};

type Next = Option<(Stage, Ms, Ms)>;

/// Sorts an answer as the clients do: what is not surely refused is in doubt.
fn sort(answer: &Answer) -> WriteOutcome<Made> {
    let doubt = |reason, status| WriteOutcome::InDoubt(Doubt { reason, status, retry_after: None });
    match answer {
        Answer::Made(made) => WriteOutcome::Done(made.clone()),
        Answer::Refused(words) => {
            WriteOutcome::Refused(Refusal { status: 400, field: None, message: Some((*words).to_owned()) })
        }
        Answer::NotReady => WriteOutcome::Refused(Refusal { status: 404, field: None, message: None }),
        Answer::Unauthorized => WriteOutcome::NotSent(NotSent::CredentialsRefused),
        Answer::Unreachable => WriteOutcome::NotSent(NotSent::Unreachable),
        Answer::Lost => doubt("no answer in time", None),
        Answer::ServerError => doubt("the server failed", Some(500)),
        Answer::Garbled => doubt("the answer could not be understood", Some(200)),
    }
}

impl World {
    /// Takes the answer of a request.
    pub fn answered(&mut self, worker: usize, task: &mut Task, answer: &Answer, wishes: Vec<Wish>) -> Next {
        let kind = task.one()?.1.operation.as_ref()?.kind;
        let again = match self.bug {
            Some(Bug::RetryOnTimeout) => *answer == Answer::Lost,
            Some(Bug::ResendOn500) => *answer == Answer::ServerError,
            _ => false,
        };
        if again && !kind.is_repeatable() && task.resent < 2 {
            task.resent += 1;
            return Some((Stage::Send(wishes), 50, 500));
        }
        match kind {
            OperationKind::CreateAccount | OperationKind::CreateSubscription | OperationKind::SetUnits => {
                self.record_lmp(worker, task, kind, answer)
            }
            _ => self.record_batch(worker, task, kind, answer),
        }
    }

    fn record_lmp(&mut self, worker: usize, task: &Task, kind: OperationKind, answer: &Answer) -> Next {
        let (index, mut item) = task.one().map(|(index, item)| (index, item.clone()))?;
        let mut end = End { surely: true, ..End::default() };
        let mut result = None;
        let operation = match sort(answer) {
            WriteOutcome::Done(made) => {
                let effect = match made {
                    Made::Account(id) => Effect::Account(id),
                    Made::Subscription(id) => Effect::Subscription(id),
                    Made::State => Effect::Units,
                };
                result = effect.id().map(str::to_owned);
                rules::done(&mut item, &effect)
            }
            WriteOutcome::Refused(_) if self.bug == Some(Bug::RefusedTakenForDoubt) => self.doubt(&mut item),
            WriteOutcome::Refused(refusal) => {
                let takes = matches!(kind, OperationKind::CreateSubscription | OperationKind::SetUnits);
                let none_left = takes && says_no_licenses(refusal.message.as_deref(), &[NO_LICENSES.to_owned()]);
                end.pool_ended = none_left.then(|| PoolKey::of(&item.plan));
                refused(&mut item, kind, &refusal, none_left)
            }
            WriteOutcome::NotSent(_) if self.bug == Some(Bug::PauseTakenForRefused) => {
                refused(&mut item, kind, &Refusal { status: 401, field: None, message: None }, false)
            }
            WriteOutcome::NotSent(why) => {
                let cause = PauseCause::from(&why);
                self.stand_still(worker);
                end.pause = Some((Vendor::Lmp, cause));
                rules::paused(&mut item, Vendor::Lmp, cause)
            }
            WriteOutcome::InDoubt(_) if self.bug == Some(Bug::DoubtTakenForRefused) => {
                refused(&mut item, kind, &Refusal { status: 500, field: None, message: None }, false)
            }
            WriteOutcome::InDoubt(_) => self.doubt(&mut item),
        };
        end.entries = vec![Entry { index, item, operation, result, link: false }];
        store(end)
    }

    fn stand_still(&mut self, worker: usize) {
        if let Some(claim) = self.claim_of(worker) {
            claim.paused = true;
        }
    }

    fn doubt(&self, item: &mut ItemRecord) -> Option<Operation> {
        rules::unanswered(item, at(self.now), &self.settings())
    }

    /// Begins a step in Remote Manager; it sets a state, so nothing is looked for.
    pub fn manage(&mut self, worker: usize, task: &mut Task) -> Next {
        let kind = match &task.action {
            Action::EnsureProduct(_) => OperationKind::InitializeProduct,
            Action::SetNotifications { .. } => OperationKind::SetNotifications,
            Action::ApplyTemplate { .. } => OperationKind::ApplyTemplate,
            _ => return None,
        };
        let accounts = task.items.iter().filter_map(|(_, item)| item.account_id.clone()).collect();
        self.intend(worker, task, kind, vec![Wish::Manager { accounts, kind }])
    }

    fn record_batch(&mut self, worker: usize, task: &Task, kind: OperationKind, answer: &Answer) -> Next {
        let several = task.items.len() > 1;
        let mut end = End { surely: true, alone: several && *answer == Answer::NotReady, ..End::default() };
        if let WriteOutcome::NotSent(why) = sort(answer) {
            self.stand_still(worker);
            end.pause = Some((Vendor::RemoteManager, PauseCause::from(&why)));
        }
        for (index, item) in &task.items {
            let mut item = item.clone();
            let operation = self.change(&mut item, kind, answer);
            end.entries.push(Entry { index: *index, item, operation, result: None, link: false });
        }
        store(end)
    }

    fn change(&self, item: &mut ItemRecord, kind: OperationKind, answer: &Answer) -> Option<Operation> {
        let (now, settings) = (at(self.now), self.settings());
        match sort(answer) {
            WriteOutcome::Done(_) => {
                let effect = match kind {
                    OperationKind::SetNotifications => Effect::Notifications,
                    OperationKind::ApplyTemplate => Effect::Template,
                    _ => Effect::Product,
                };
                rules::done(item, &effect)
            }
            WriteOutcome::Refused(_) => rules::product_not_ready(item, now),
            WriteOutcome::NotSent(why) => rules::paused(item, Vendor::RemoteManager, PauseCause::from(&why)),
            WriteOutcome::InDoubt(_) if kind == OperationKind::InitializeProduct => rules::product_not_ready(item, now),
            WriteOutcome::InDoubt(_) if rules::is_worn_out(item, &settings) => {
                rules::give_up(item, words::notifications_not_set(None), Some(kind))
            }
            WriteOutcome::InDoubt(_) => {
                let operation = rules::absent(item, None);
                rules::try_later(item, words::trying_again(Vendor::RemoteManager), now);
                operation
            }
        }
    }
}

fn refused(item: &mut ItemRecord, kind: OperationKind, refusal: &Refusal, none_left: bool) -> Option<Operation> {
    if none_left {
        let reason = words::no_licenses(item);
        rules::end(item, ItemStatus::NoLicenses, Some(reason))
    } else {
        let reason = words::refused(item, kind, refusal);
        rules::end(item, ItemStatus::Refused, Some(reason))
    }
}
