//! Which customers go into one call to Remote Manager, and whether to wait a moment for more.

use super::{Action, BATCH, Plan, Run, Step, is_in_doubt};
use crate::domain::integration::ItemRecord;
use crate::domain::plan::PlannedTemplate;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// What the customers of one call have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Product,
    Notifications(String),
    Template(Box<PlannedTemplate>),
}

impl Key {
    /// What `item` needs at `step`, now or later.
    fn of(item: &ItemRecord, step: Step) -> Option<Self> {
        match step {
            Step::Product => Some(Self::Product),
            Step::Notifications => item.plan.notify.clone().map(Self::Notifications),
            Step::Template => item.plan.template.clone().map(|template| Self::Template(Box::new(template))),
            Step::Account | Step::Subscription | Step::Units | Step::Finish => None,
        }
    }

    fn step(&self) -> Step {
        match self {
            Self::Product => Step::Product,
            Self::Notifications(_) => Step::Notifications,
            Self::Template(_) => Step::Template,
        }
    }

    fn action(self, items: Vec<usize>) -> Action {
        match self {
            Self::Product => Action::EnsureProduct(items),
            Self::Notifications(recipient) => Action::SetNotifications { recipient, items },
            Self::Template(template) => Action::ApplyTemplate { template, items },
        }
    }
}

/// Adds the calls that may begin now for the customers `due`, in list order.
pub(super) fn add(plan: &mut Plan, run: &Run, due: &[usize], now: DateTime<Utc>) {
    let mut order = Vec::new();
    let mut groups: HashMap<Key, Vec<usize>> = HashMap::new();
    for index in due {
        let item = &run.items[*index];
        let Some(key) = Key::of(item, Step::of(item)) else { continue };
        if run.alone.contains(index) {
            plan.actions.push(key.action(vec![*index]));
            continue;
        }
        let group = groups.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            Vec::new()
        });
        group.push(*index);
    }
    for key in order {
        let group = groups.remove(&key).unwrap_or_default();
        for batch in group.chunks(BATCH) {
            match lingers_until(run, &key, batch, now) {
                Some(until) => plan.wake(until),
                None => plan.actions.push(key.clone().action(batch.to_vec())),
            }
        }
    }
}

/// Until when a batch that is not full waits for others that may still join.
fn lingers_until(run: &Run, key: &Key, batch: &[usize], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if batch.len() >= BATCH {
        return None;
    }
    let since = batch.iter().filter_map(|index| run.ready_since.get(index)).min().copied().unwrap_or(now);
    let until = since + run.settings.linger;
    let may_join = |index: usize| !batch.contains(&index) && may_join(run, key, index, until);
    (until > now && (0..run.items.len()).any(may_join)).then_some(until)
}

fn may_join(run: &Run, key: &Key, index: usize, until: DateTime<Utc>) -> bool {
    let item = &run.items[index];
    let later = Step::of(item) <= key.step() && !run.alone.contains(&index);
    let waits = is_in_doubt(item) || item.next_try_at.is_some_and(|at| at > until);
    let ends = (run.stop_requested && super::next::is_not_begun(item)) || run.pools.is_over_for(index, item);
    let needs = Key::of(item, key.step()).as_ref() == Some(key) && !is_done(item, key.step());
    !item.status.is_final() && later && needs && !ends && (run.in_flight.contains(&index) || !waits)
}

fn is_done(item: &ItemRecord, step: Step) -> bool {
    match step {
        Step::Product => item.product_ready || (item.notifications_done && item.template_done),
        Step::Notifications => item.notifications_done,
        Step::Template => item.template_done,
        Step::Account | Step::Subscription | Step::Units | Step::Finish => false,
    }
}
