//! Whole runs against a vendor that loses answers, is late and crashes us, decided by `next` and `judge` alone.

use super::record::{self, Effect};
use super::testing::{account, at, item, run, subscription};
use super::{Action, Run, next};
use crate::domain::ids::OperationId;
use crate::domain::integration::ItemStatus;
use crate::domain::operation::{Operation, OperationKind, OperationState, Seen, Verdict};
use std::collections::HashMap;

/// What becomes of one write.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Answered,
    Refused,
    /// Happens after so many seconds; the answer is lost.
    AppliedLater(i64),
    NeverApplied,
    /// As above, and we are killed before the outcome is recorded.
    CrashedApplied(i64),
    CrashedNever,
}

/// What a vendor holds: for each customer and kind, the times at which effects appear.
#[derive(Default)]
struct Vendor(HashMap<(usize, OperationKind), Vec<i64>>);

impl Vendor {
    fn apply(&mut self, index: usize, kind: OperationKind, at: i64) {
        self.0.entry((index, kind)).or_default().push(at);
    }

    fn visible(&self, index: usize, kind: OperationKind, now: i64) -> usize {
        self.0.get(&(index, kind)).map_or(0, |times| times.iter().filter(|at| **at <= now).count())
    }
}

struct World {
    run: Run,
    vendor: Vendor,
    fates: Vec<Fate>,
    now: i64,
}

impl World {
    fn fate(&mut self) -> Fate {
        self.fates.pop().unwrap_or(Fate::Answered)
    }

    fn effect(index: usize, kind: OperationKind) -> Effect {
        match kind {
            OperationKind::CreateAccount => Effect::Account(account(index)),
            _ => Effect::Subscription(subscription(index)),
        }
    }

    /// Looks first (R5), then intends and sends.
    fn create(&mut self, index: usize, kind: OperationKind) {
        if self.vendor.visible(index, kind, self.now) > 0 {
            record::done(&mut self.run.items[index], &Self::effect(index, kind));
            return;
        }
        let fresh = OperationId(uuid::Uuid::from_u128(index as u128 * 10 + u128::from(kind.is_repeatable())));
        record::intend(&mut self.run.items[index], kind, fresh, at(self.now));
        let rule = self.run.settings.settle;
        match self.fate() {
            Fate::Answered => {
                self.vendor.apply(index, kind, self.now);
                record::done(&mut self.run.items[index], &Self::effect(index, kind));
            }
            Fate::Refused => {
                record::end(&mut self.run.items[index], ItemStatus::Refused, None);
            }
            Fate::AppliedLater(seconds) => {
                self.vendor.apply(index, kind, self.now + seconds);
                record::doubt(&mut self.run.items[index], at(self.now), rule);
            }
            Fate::NeverApplied => {
                record::doubt(&mut self.run.items[index], at(self.now), rule);
            }
            // The intent stays as it is; whoever comes next finds it.
            Fate::CrashedApplied(seconds) => self.vendor.apply(index, kind, self.now + seconds),
            Fate::CrashedNever => {}
        }
    }

    fn look(&mut self, index: usize) {
        let operation: Operation = self.run.items[index].operation.clone().unwrap();
        assert_eq!(operation.state, OperationState::InDoubt);
        let seen = match self.vendor.visible(index, operation.kind, self.now) {
            0 => Seen::Nothing,
            1 => Seen::One,
            _ => Seen::Unclear,
        };
        let rule = self.run.settings.settle;
        if let Some((Verdict::Adopt, _)) = record::looked(&mut self.run.items[index], seen, at(self.now), rule) {
            record::done(&mut self.run.items[index], &Self::effect(index, operation.kind));
        }
    }

    fn take(&mut self, action: &Action) {
        match action {
            Action::CreateAccount(index) => self.create(*index, OperationKind::CreateAccount),
            Action::CreateSubscription(index) => self.create(*index, OperationKind::CreateSubscription),
            Action::Look(index) => self.look(*index),
            Action::Doubt(index) => {
                let rule = self.run.settings.settle;
                record::doubt(&mut self.run.items[*index], at(self.now), rule);
            }
            Action::Finish(index, status, reason) => {
                record::end(&mut self.run.items[*index], *status, reason.clone());
            }
            other => panic!("{other:?}"),
        }
    }

    /// Runs to the end; fails if it does not come.
    fn live(&mut self) {
        for _ in 0..5_000 {
            let plan = next(&self.run, at(self.now));
            if plan.ended {
                return;
            }
            for action in &plan.actions {
                self.take(action);
            }
            if plan.actions.is_empty() {
                let wake = plan.wake_at.expect("a run that has not ended has something to wait for");
                self.now = self.now.max((wake - at(0)).num_seconds());
            } else {
                self.now += 1;
            }
        }
        panic!("no end: {:?}", self.run.items);
    }
}

fn fates() -> impl proptest::strategy::Strategy<Value = Vec<Fate>> {
    use proptest::prelude::*;
    let fate = prop_oneof![
        2 => Just(Fate::Answered),
        1 => Just(Fate::Refused),
        3 => (0i64..960).prop_map(Fate::AppliedLater),
        2 => Just(Fate::NeverApplied),
        3 => (0i64..960).prop_map(Fate::CrashedApplied),
        1 => Just(Fate::CrashedNever),
    ];
    proptest::collection::vec(fate, 0..30)
}

proptest::proptest! {
    #[test]
    fn nothing_is_created_twice_and_nothing_is_lost(fates in fates(), count in 1usize..6, tight in proptest::bool::ANY) {
        let run = run((0..count).map(item).collect(), (!tight).then_some(10_000));
        let mut world = World { run, vendor: Vendor::default(), fates, now: 0 };
        world.live();
        for (key, times) in &world.vendor.0 {
            proptest::prop_assert_eq!(times.len(), 1, "{:?} happened at {:?}", key, times);
        }
        for (index, item) in world.run.items.iter().enumerate() {
            proptest::prop_assert!(item.status.is_final());
            let made = |kind| world.vendor.0.contains_key(&(index, kind));
            proptest::prop_assert_eq!(made(OperationKind::CreateAccount), item.account_id.is_some(), "customer {}", index);
            proptest::prop_assert_eq!(made(OperationKind::CreateSubscription), item.subscription_done, "customer {}", index);
            proptest::prop_assert_eq!(item.status == ItemStatus::Imported, item.subscription_done);
        }
    }
}
