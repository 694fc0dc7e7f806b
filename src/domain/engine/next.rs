//! The decision itself.

use super::{
    Action, Plan, Run, Step, account_was_created, batch, is_in_doubt, may_be_done, record, units_may_be_set, words,
};
use crate::domain::integration::{ItemRecord, ItemStatus};
use crate::domain::operation::{Operation, OperationState};
use chrono::{DateTime, Utc};

impl Plan {
    pub(super) fn wake(&mut self, at: DateTime<Utc>) {
        self.wake_at = Some(self.wake_at.map_or(at, |before| before.min(at)));
    }
}

/// What may begin now.
///
/// What needs no vendor comes first, then looks, then customers under way, then new ones, each in list order. A run that stands
/// still only probes; where Remote Manager is at fault, only its steps stand still.
pub fn next(run: &Run, now: DateTime<Utc>) -> Plan {
    let mut plan = Plan::default();
    let rest = take_free_actions(&mut plan, run, now);
    if run.paused.is_none() {
        vendor_actions(&mut plan, run, &rest, now);
    }
    for pause in [run.paused, run.manager_paused].into_iter().flatten() {
        pause_actions(&mut plan, run, pause, now);
    }
    plan.ended = run.in_flight.is_empty() && !run.probing && run.items.iter().all(|item| item.status.is_final());
    plan
}

/// Adds what needs no vendor; returns the customers that are left.
fn take_free_actions(plan: &mut Plan, run: &Run, now: DateTime<Utc>) -> Vec<usize> {
    let mut rest = Vec::new();
    for (index, item) in run.items.iter().enumerate() {
        if run.in_flight.contains(&index) {
            continue;
        }
        match free_action(run, index, item, now) {
            Some(action) => plan.actions.push(action),
            None if item.status.is_final() => {}
            None => rest.push(index),
        }
    }
    rest
}

fn free_action(run: &Run, index: usize, item: &ItemRecord, now: DateTime<Utc>) -> Option<Action> {
    if item.operation.as_ref().is_some_and(|operation| operation.state == OperationState::Intended) {
        return Some(Action::Doubt(index));
    }
    let for_good = run.paused.filter(|pause| pause.is_for_good(now));
    if !item.status.is_final() && (is_in_doubt(item) || may_be_done(item)) && for_good.is_some() {
        return Some(Action::Leave(index));
    }
    if item.status.is_final() || is_in_doubt(item) {
        return None;
    }
    if must_obey(item) {
        return Some(Action::Obey(index));
    }
    if item.operation.as_ref().is_some_and(|operation| operation.state == OperationState::NeedsPerson) {
        return Some(Action::Finish(index, ItemStatus::NeedsPerson, Some(words::undecided())));
    }
    let is_stopped = run.stop_requested && is_not_begun(item);
    let is_over = run.pools.is_over_for(index, item);
    if may_be_done(item) && !is_stopped && (is_over || record::is_refused_for_good(item)) {
        return Some(Action::Doubt(index));
    }
    if is_stopped {
        return Some(Action::Finish(index, ItemStatus::NotStarted, Some(words::not_started(item))));
    }
    if let Some(pause) = for_good.filter(|_| !must_obey(item) && Step::of(item) != Step::Finish) {
        return Some(paused_for_good(index, item, pause));
    }
    if is_over {
        // Units that may be set are looked for, not sent: a row before it went without.
        let over = Action::Finish(index, ItemStatus::NoLicenses, Some(words::no_licenses(item)));
        return Some(if units_may_be_set(item) { Action::Doubt(index) } else { over });
    }
    match Step::of(item) {
        Step::Finish => Some(finish(index, item)),
        step if step.is_batched() && !run.remote_manager => {
            Some(Action::GiveUp(index, words::remote_manager_not_connected()))
        }
        step if step.is_batched() && waited_too_long(run, item, now) => {
            Some(Action::GiveUp(index, words::product_not_ready()))
        }
        step if step.is_batched() && run.manager_paused.is_some_and(|pause| pause.is_for_good(now)) => {
            Some(Action::GiveUp(index, words::remote_manager_away()))
        }
        Step::Account | Step::Subscription | Step::Units | Step::Product | Step::Notifications | Step::Template => None,
    }
}

/// The vendor could not be used for days: what is not done is left to a new try, and what is done stays.
fn paused_for_good(index: usize, item: &ItemRecord, pause: super::Pause) -> Action {
    if Step::of(item).is_batched() {
        return Action::GiveUp(index, words::away_for_days(pause.vendor));
    }
    let status = if is_not_begun(item) { ItemStatus::NotStarted } else { ItemStatus::Refused };
    Action::Finish(index, status, Some(words::away_for_days(pause.vendor)))
}

fn finish(index: usize, item: &ItemRecord) -> Action {
    match &item.warning {
        Some(warning) => Action::Finish(index, ItemStatus::ImportedWithWarning, Some(warning.clone())),
        None => Action::Finish(index, ItemStatus::Imported, item.plan.reason.clone()),
    }
}

/// The product is waited for as long as every call says that it is not there, whichever step the call belongs to.
fn waited_too_long(run: &Run, item: &ItemRecord, now: DateTime<Utc>) -> bool {
    let waits = item.status == ItemStatus::WaitingForProduct;
    waits && item.product_wait_since.is_some_and(|since| now >= since + run.settings.product_wait)
}

/// Whether a decision is not obeyed yet. "Create one" stays recorded until the account is there, so that the look before the
/// create lets equal names pass.
fn must_obey(item: &ItemRecord) -> bool {
    let open = item.operation.as_ref().is_some_and(|operation| operation.state == OperationState::NeedsPerson);
    item.decision.as_ref().is_some_and(|decision| open || decision.account_id.is_some())
}

/// Whether nothing has been sent for it in this run. What may be repeated may have been done.
pub(super) fn is_not_begun(item: &ItemRecord) -> bool {
    let absent = |operation: &Operation| operation.state == OperationState::Absent && !operation.kind.is_repeatable();
    let nothing_open = item.operation.as_ref().is_none_or(absent);
    let untouched = || {
        let fresh = ItemRecord::new(item.plan.clone());
        !account_was_created(item)
            && item.subscription_id == fresh.subscription_id
            && item.subscription_done == fresh.subscription_done
            && item.product_ready == fresh.product_ready
            && item.notifications_done == fresh.notifications_done
            && item.template_done == fresh.template_done
    };
    !item.status.is_final() && nothing_open && (item.status == ItemStatus::Queued || untouched())
}

fn pause_actions(plan: &mut Plan, run: &Run, pause: super::Pause, now: DateTime<Utc>) {
    if pause.until > now {
        plan.wake(pause.until);
    } else if !run.probing && !plan.actions.iter().any(|action| matches!(action, Action::Probe(_))) {
        plan.actions.push(Action::Probe(pause.vendor));
    }
}

fn vendor_actions(plan: &mut Plan, run: &Run, rest: &[usize], now: DateTime<Utc>) {
    let mut slots = run.settings.items_in_flight.saturating_sub(slots_taken(run));
    let (doubtful, others): (Vec<usize>, Vec<usize>) = rest.iter().partition(|index| is_in_doubt(&run.items[**index]));
    for index in doubtful {
        let due = run.items[index].operation.as_ref().and_then(|operation| operation.next_look_at).unwrap_or(now);
        take_slot(plan, &mut slots, due, now, Action::Look(index));
    }
    let (begun, queued): (Vec<usize>, Vec<usize>) =
        others.iter().partition(|index| run.items[**index].status != ItemStatus::Queued);
    let turns = run.pools.turns(&run.items);
    let mut batched = Vec::new();
    for index in begun.into_iter().chain(queued) {
        let item = &run.items[index];
        let due = due(run, item, now);
        let action = match Step::of(item) {
            Step::Account => Action::CreateAccount(index),
            Step::Subscription => Action::CreateSubscription(index),
            Step::Units => Action::SetUnits(index),
            Step::Product | Step::Notifications | Step::Template => {
                if due <= now {
                    batched.push(index);
                } else {
                    plan.wake(due);
                }
                wake_for_product(plan, run, item);
                continue;
            }
            Step::Finish => continue,
        };
        if turns[index] {
            take_slot(plan, &mut slots, due, now, action);
        }
    }
    if run.manager_paused.is_none() {
        batched.sort_unstable();
        batch::add(plan, run, &batched, now);
    }
}

/// When the next step of a customer may begin: what was refused, and may have been done all the same, is looked for first, and not before
/// it would be shown.
fn due(run: &Run, item: &ItemRecord, now: DateTime<Utc>) -> DateTime<Utc> {
    let due = item.next_try_at.unwrap_or(now);
    let refused = item.operation.as_ref().filter(|_| may_be_done(item));
    refused.map_or(due, |operation| due.max(operation.intended_at + run.settings.settle.gap * 2))
}

/// Customers that LMP is being asked about. Calls to Remote Manager have their own limit in its client.
fn slots_taken(run: &Run) -> usize {
    run.in_flight.iter().filter(|index| run.items.get(**index).is_some_and(|item| !Step::of(item).is_batched())).count()
}

fn take_slot(plan: &mut Plan, slots: &mut usize, due: DateTime<Utc>, now: DateTime<Utc>, action: Action) {
    if due > now {
        plan.wake(due);
    } else if *slots > 0 {
        *slots -= 1;
        plan.actions.push(action);
    }
}

fn wake_for_product(plan: &mut Plan, run: &Run, item: &ItemRecord) {
    if let (ItemStatus::WaitingForProduct, Some(since)) = (item.status, item.product_wait_since) {
        plan.wake(since + run.settings.product_wait);
    }
}
