//! What one request led to: sorted into the three drawers, and recorded.

use super::bug::Bug;
use super::clock::{Ms, at};
use super::record::Entry;
use super::steps::store;
use super::task::{End, Stage, Task};
use super::vendor::{Answer, Made, NO_LICENSES, Wish};
use super::world::World;
use worryfree_plugin::domain::engine::answer::{Batched, doubt_words, managed, written};
use worryfree_plugin::domain::engine::record::Effect;
use worryfree_plugin::domain::engine::{Action, PauseCause};
use worryfree_plugin::domain::operation::OperationKind;
use worryfree_plugin::domain::outcome::{Doubt, NotSent, Refusal, Vendor, WriteOutcome};

type Next = Option<(Stage, Ms, Ms)>;

/// Sorts an answer as the clients do: what is not surely refused is in doubt.
pub fn sort(answer: &Answer) -> WriteOutcome<Made> {
    let doubt = |reason, status| WriteOutcome::InDoubt(Doubt { reason, status, retry_after: None, refusal: None });
    match answer {
        Answer::Made(made) => WriteOutcome::Done(made.clone()),
        Answer::Refused(words) => {
            WriteOutcome::Refused(Refusal { status: 400, field: None, message: Some((*words).to_owned()) })
        }
        Answer::Unknown => WriteOutcome::Refused(Refusal { status: 404, field: None, message: None }),
        Answer::Undocumented => {
            let refusal = Refusal { status: 409, field: None, message: Some("It conflicts".to_owned()) };
            let (status, refusal) = (Some(409), Some(refusal));
            WriteOutcome::InDoubt(Doubt { reason: "a status nobody documented", status, retry_after: None, refusal })
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
        let refused = |status| WriteOutcome::Refused(Refusal { status, field: None, message: None });
        let outcome = match (sort(answer), self.bug) {
            (WriteOutcome::Refused(_), Some(Bug::RefusedTakenForDoubt)) => sort(&Answer::Lost),
            (WriteOutcome::NotSent(_), Some(Bug::PauseTakenForRefused)) => refused(401),
            (WriteOutcome::InDoubt(_), Some(Bug::DoubtTakenForRefused)) => refused(500),
            (outcome, _) => outcome,
        };
        let outcome = outcome.map(|made| match made {
            Made::Account(id) => Effect::Account(id),
            Made::Subscription(id) => Effect::Subscription(id),
            Made::State => Effect::Units,
        });
        let (now, settings) = (at(self.now), self.settings());
        let answered = written(&mut item, kind, outcome, now, &settings, &[NO_LICENSES.to_owned()]);
        if answered.pause.is_some() {
            self.stand_still(worker);
        }
        if self.bug == Some(Bug::SentBeforeShown) {
            item.refusals = 0;
        }
        let (operation, result) = (answered.operation, answered.result_id);
        store(End {
            entries: vec![Entry { index, item, operation, result, link: false }],
            surely: true,
            pause: answered.pause.map(|cause| (Vendor::Lmp, cause)),
            pool_ended: answered.pool_ended,
            ..End::default()
        })
    }

    fn stand_still(&mut self, worker: usize) {
        if let Some(claim) = self.claim_of(worker) {
            claim.paused = true;
        }
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
        let (several, now, settings) = (task.items.len() > 1, at(self.now), self.settings());
        let batched = match sort(answer) {
            WriteOutcome::Done(_) => Batched::Done(match kind {
                OperationKind::SetNotifications => Effect::Notifications,
                OperationKind::ApplyTemplate => Effect::Template,
                _ => Effect::Product,
            }),
            WriteOutcome::Refused(_) if *answer == Answer::NotReady => Batched::NotReady,
            WriteOutcome::Refused(refusal) => Batched::Refused(refusal.message),
            WriteOutcome::NotSent(why) => Batched::NotSent(PauseCause::from(&why)),
            WriteOutcome::InDoubt(doubt) => Batched::Again(doubt_words(&doubt), doubt.retry_after),
        };
        let mut end = End { surely: true, alone: several && batched.splits(), ..End::default() };
        if let Batched::NotSent(cause) = &batched {
            if let Some(claim) = self.claim_of(worker) {
                claim.stand_still(Vendor::RemoteManager, true);
            }
            end.pause = Some((Vendor::RemoteManager, *cause));
        }
        for (index, item) in &task.items {
            let mut item = item.clone();
            let (operation, _) = managed(&mut item, kind, &batched, several, now, &settings);
            end.entries.push(Entry { index: *index, item, operation, result: None, link: false });
        }
        store(end)
    }
}
