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

/// Until when a batch that is not full waits for others that may still join: a moment for those whose turn is about to come, longer
/// for those whose product is waited for, so that settings go out for ten accounts at a time although products come one by one.
fn lingers_until(run: &Run, key: &Key, batch: &[usize], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if batch.len() >= BATCH {
        return None;
    }
    let since = batch.iter().filter_map(|index| run.ready_since.get(index)).min().copied().unwrap_or(now);
    let joins = (0..run.items.len()).filter(|index| !batch.contains(index));
    let until = joins.filter_map(|index| joins_until(run, key, index, since)).max()?;
    (until > now).then_some(until)
}

/// Until when others that are ready `since` then wait for a customer; `None` if it does not join them.
fn joins_until(run: &Run, key: &Key, index: usize, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let item = &run.items[index];
    let step = Step::of(item);
    let gathers = Step::Product <= step && step < key.step();
    let until = since + if gathers { run.settings.gather } else { run.settings.linger };
    let later = step <= key.step() && (gathers || !run.alone.contains(&index));
    let waits = is_in_doubt(item) || item.next_try_at.is_some_and(|at| at > until);
    let ends = (run.stop_requested && super::next::is_not_begun(item)) || run.pools.is_over_for(index, item);
    let needs = Key::of(item, key.step()).as_ref() == Some(key) && !is_done(item, key.step());
    let joins = !item.status.is_final() && later && needs && !ends && (run.in_flight.contains(&index) || !waits);
    joins.then_some(until)
}

fn is_done(item: &ItemRecord, step: Step) -> bool {
    match step {
        Step::Product => item.product_ready || (item.notifications_done && item.template_done),
        Step::Notifications => item.notifications_done,
        Step::Template => item.template_done,
        Step::Account | Step::Subscription | Step::Units | Step::Finish => false,
    }
}
