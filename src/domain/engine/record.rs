//! How results change what is recorded of a customer.
//!
//! Each function changes the item and returns the operation as it is to be stored, if there is one.

use super::{PauseCause, Settings, status_of, words};
use crate::domain::ids::{AccountId, OperationId, SubscriptionId};
use crate::domain::integration::{CandidateAccount, ItemRecord, ItemStatus};
use crate::domain::operation::{Operation, OperationKind, OperationState, Seen, SettleRule, Verdict, judge};
use crate::domain::outcome::Vendor;
use crate::domain::plan::Reason;
use chrono::{DateTime, TimeDelta, Utc};

/// So often a write may be called refused for its credentials while the vendor accepts them otherwise.
const REFUSALS: u32 = 3;

/// What a write that happened led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An account.
    Account(AccountId),
    /// A subscription with the confirmed seats.
    Subscription(SubscriptionId),
    /// The confirmed seats.
    Units,
    /// The product is ready.
    Product,
    /// Recipients are set.
    Notifications,
    /// The template is applied.
    Template,
}

impl Effect {
    /// The vendor's id of what was made.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Account(id) => Some(id.as_str()),
            Self::Subscription(id) => Some(id.as_str()),
            Self::Units | Self::Product | Self::Notifications | Self::Template => None,
        }
    }
}

/// Records that a write is about to be sent. An operation that was proved absent keeps its id, so that its mark stays the same.
pub fn intend(item: &mut ItemRecord, kind: OperationKind, fresh: OperationId, now: DateTime<Utc>) -> Operation {
    let before =
        item.operation.take().filter(|operation| operation.kind == kind && operation.state == OperationState::Absent);
    let operation = Operation {
        id: before.as_ref().map_or(fresh, |operation| operation.id),
        kind,
        state: OperationState::Intended,
        attempt: before.map_or(1, |operation| operation.attempt + 1),
        intended_at: now,
        in_doubt_at: None,
        looks: 0,
        absent_look_at: None,
        next_look_at: None,
    };
    item.operation = Some(operation.clone());
    item.status = status_of(kind);
    item.reason = None;
    item.next_try_at = None;
    if kind == OperationKind::InitializeProduct {
        item.product_wait_since.get_or_insert(now);
    }
    operation
}

/// Records that it happened, once.
pub fn done(item: &mut ItemRecord, effect: &Effect) -> Option<Operation> {
    match effect {
        Effect::Account(id) => {
            item.account_id = Some(id.clone());
            item.candidates.clear();
            item.decision = None;
        }
        Effect::Subscription(id) => {
            item.subscription_id = Some(id.clone());
            item.subscription_done = true;
        }
        Effect::Units => item.subscription_done = true,
        Effect::Product => item.product_ready = true,
        Effect::Notifications => item.notifications_done = true,
        Effect::Template => item.template_done = true,
    }
    item.tries = 0;
    item.refusals = 0;
    item.next_try_at = None;
    item.reason = None;
    under_way(item);
    settle(item, OperationState::Done)
}

/// The status of a customer that goes on with its next step.
fn under_way(item: &mut ItemRecord) {
    item.status = match super::Step::of(item) {
        super::Step::Account => ItemStatus::CreatingAccount,
        super::Step::Subscription | super::Step::Units => ItemStatus::CreatingSubscription,
        super::Step::Product => ItemStatus::WaitingForProduct,
        super::Step::Notifications => ItemStatus::SettingNotifications,
        super::Step::Template | super::Step::Finish => ItemStatus::ApplyingTemplate,
    };
}

/// Ends the customer with a refusal, or another result that needs no further write.
pub fn end(item: &mut ItemRecord, status: ItemStatus, reason: Option<Reason>) -> Option<Operation> {
    item.status = status;
    item.went_without = status == ItemStatus::NoLicenses;
    item.reason = reason;
    item.next_try_at = None;
    item.tries = 0;
    match item.operation.as_ref().map(|operation| operation.state) {
        Some(OperationState::Intended | OperationState::InDoubt) => settle(item, OperationState::Refused),
        // What a person has to decide stays open, what was proved absent keeps its mark.
        _ => None,
    }
}

/// Gives a step in Remote Manager up: the customer is imported with a warning, and what is done stays done.
pub fn give_up(item: &mut ItemRecord, warning: Reason, step: Option<OperationKind>) -> Option<Operation> {
    match step {
        Some(OperationKind::SetNotifications) => item.notifications_done = true,
        Some(OperationKind::ApplyTemplate) => item.template_done = true,
        _ => {
            // Without the product neither can be set.
            item.notifications_done = true;
            item.template_done = true;
        }
    }
    item.warning.get_or_insert(warning);
    item.tries = 0;
    item.next_try_at = None;
    item.reason = None;
    under_way(item);
    match item.operation.as_ref().map(|operation| operation.state) {
        Some(OperationState::Intended | OperationState::InDoubt) => settle(item, OperationState::Refused),
        _ => None,
    }
}

/// Records that the outcome is not known. Only looks may follow for a create, and for units that may not be sent again.
pub fn doubt(item: &mut ItemRecord, now: DateTime<Utc>, rule: SettleRule) -> Option<Operation> {
    let operation = item.operation.as_mut()?;
    if operation.kind.is_repeatable() && operation.state == OperationState::Intended {
        return absent(item, None);
    }
    operation.state = OperationState::InDoubt;
    operation.in_doubt_at = Some(now);
    operation.looks = 0;
    operation.absent_look_at = None;
    operation.next_look_at = Some(now + TimeDelta::seconds(1));
    let operation = operation.clone();
    item.status = ItemStatus::Checking;
    item.reason = Some(words::checking(&operation, rule));
    item.next_try_at = operation.next_look_at;
    Some(operation)
}

/// Records a write that surely had no effect, or may be repeated: it can be intended again.
pub fn absent(item: &mut ItemRecord, again_at: Option<DateTime<Utc>>) -> Option<Operation> {
    let operation = item.operation.as_mut()?;
    operation.state = OperationState::Absent;
    operation.next_look_at = None;
    operation.in_doubt_at = None;
    operation.absent_look_at = None;
    let operation = operation.clone();
    item.status = ItemStatus::Waiting;
    item.reason = Some(if operation.kind.is_repeatable() { words::sent_again() } else { words::not_there() });
    item.next_try_at = again_at;
    Some(operation)
}

/// Records a look that was answered. A reading that failed is no look and must not come here.
pub fn looked(
    item: &mut ItemRecord,
    seen: Seen,
    began: DateTime<Utc>,
    rule: SettleRule,
) -> Option<(Verdict, Operation)> {
    let operation = item.operation.as_mut()?;
    let verdict = judge(operation, seen, began, rule);
    operation.looks += 1;
    match verdict {
        Verdict::LookAgain { at, absent_look_at } => {
            operation.next_look_at = Some(at);
            operation.absent_look_at = absent_look_at;
            let operation = operation.clone();
            item.next_try_at = Some(at);
            item.tries = 0;
            Some((verdict, operation))
        }
        // Units that are not set are not sent again: they were looked for because nothing is left for them.
        Verdict::Absent if operation.kind == OperationKind::SetUnits => {
            item.status = ItemStatus::Waiting;
            item.next_try_at = None;
            settle(item, OperationState::Refused).map(|operation| (verdict, operation))
        }
        Verdict::Absent => {
            let is_refused = is_refused_for_good(item);
            item.refusals = 0;
            let operation = absent(item, None)?;
            if is_refused {
                let reason = words::writes_refused(item);
                end(item, ItemStatus::Refused, Some(reason));
            }
            Some((verdict, operation))
        }
        Verdict::NeedsPerson | Verdict::Adopt => Some((verdict, operation.clone())),
    }
}

/// Leaves it to a person.
pub fn needs_person(item: &mut ItemRecord, reason: Reason, candidates: Vec<CandidateAccount>) -> Option<Operation> {
    item.status = ItemStatus::NeedsPerson;
    item.reason = Some(reason);
    item.candidates = candidates;
    item.decision = None;
    item.next_try_at = None;
    item.tries = 0;
    let operation = item.operation.as_mut()?;
    if matches!(operation.state, OperationState::InDoubt | OperationState::Intended) {
        operation.state = OperationState::NeedsPerson;
        operation.next_look_at = None;
    }
    Some(operation.clone())
}

/// Obeys a decision: takes the account, or lets the create be intended again.
pub fn obey(item: &mut ItemRecord) -> Option<Operation> {
    let chosen = item.decision.as_ref().and_then(|decision| decision.account_id.clone());
    let kind = item.operation.as_ref().map(|operation| operation.kind);
    let were_seen = !item.candidates.is_empty();
    item.candidates.clear();
    match (chosen, kind) {
        (Some(account), None | Some(OperationKind::CreateAccount)) if item.account_id.is_none() => {
            done(item, &Effect::Account(account))
        }
        (Some(_), Some(OperationKind::CreateSubscription)) if item.subscription_id.is_some() => {
            // The subscription that was found is taken; its seats are set next.
            item.decision = None;
            let operation = settle(item, OperationState::Done);
            under_way(item);
            operation
        }
        (chosen, _) => {
            if chosen.is_some() {
                item.decision = None;
            }
            let operation = if chosen.is_none() && were_seen && kind == Some(OperationKind::CreateAccount) {
                // None of those that were shown is ours, whatever mark they carry: the create is intended anew, under a mark of
                // its own. What nobody has seen yet is still looked for under the old one.
                settle(item, OperationState::Refused)
            } else {
                absent(item, None)
            };
            item.status = ItemStatus::Waiting;
            operation
        }
    }
}

/// Whether the outcome has been in doubt for so long that a person has to find it out.
pub fn is_overdue(item: &ItemRecord, now: DateTime<Utc>) -> bool {
    let since = item.operation.as_ref().and_then(|operation| operation.in_doubt_at);
    since.is_some_and(|since| now >= since + TimeDelta::hours(72))
}

/// Tries the present step again after a pause that grows.
pub fn try_later(item: &mut ItemRecord, reason: Reason, now: DateTime<Utc>) {
    item.next_try_at = Some(now + back_off(item.tries));
    item.tries += 1;
    if item.status != ItemStatus::Checking {
        item.status = ItemStatus::Waiting;
    }
    if let Some(operation) = item.operation.as_mut().filter(|operation| operation.state == OperationState::InDoubt) {
        operation.next_look_at = item.next_try_at;
    } else {
        item.reason = Some(reason);
    }
}

/// The vendor asked for a pause: what comes next does not come before it is over.
pub fn not_before(item: &mut ItemRecord, at: DateTime<Utc>) -> Option<Operation> {
    item.next_try_at = Some(item.next_try_at.map_or(at, |next| next.max(at)));
    let operation = item.operation.as_mut().filter(|operation| operation.state == OperationState::InDoubt)?;
    operation.next_look_at = Some(operation.next_look_at.map_or(at, |next| next.max(at)));
    Some(operation.clone())
}

/// Remote Manager does not show the product yet.
pub fn product_not_ready(item: &mut ItemRecord, now: DateTime<Utc>) -> Option<Operation> {
    let since = *item.product_wait_since.get_or_insert(now);
    let operation = absent(item, Some(now + product_pause(item.tries)));
    item.product_wait_since = Some(since);
    item.tries += 1;
    item.status = ItemStatus::WaitingForProduct;
    item.reason = Some(words::waiting_for_product());
    operation
}

/// The whole run stands still because of the call that was made for this customer.
pub fn paused(item: &mut ItemRecord, vendor: Vendor, cause: PauseCause) -> Option<Operation> {
    let intended = item.operation.as_ref().filter(|operation| operation.state == OperationState::Intended);
    let kind = intended.map(|operation| operation.kind);
    let operation = match intended.map(|operation| (operation.kind, operation.attempt)) {
        // Units that were never sent before are surely not set.
        Some((OperationKind::SetUnits, 1)) => settle(item, OperationState::Refused),
        Some(_) => absent(item, None),
        None => None,
    };
    if kind.is_some() && cause.is_refusal() {
        item.refusals += 1;
        if is_refused_for_good(item) && kind.is_some_and(OperationKind::is_repeatable) {
            return give_up_refused(item, vendor, kind).or(operation);
        }
    }
    if item.status != ItemStatus::Checking {
        item.status = if cause.needs_credentials() { ItemStatus::NeedsCredentials } else { ItemStatus::Waiting };
        item.reason = Some(words::pause(vendor, cause));
        item.next_try_at = None;
    }
    operation
}

/// Ends what is refused again and again although the vendor accepts the credentials otherwise: they lack the right to do it. What a
/// create may have done all the same is looked for first.
fn give_up_refused(item: &mut ItemRecord, vendor: Vendor, kind: Option<OperationKind>) -> Option<Operation> {
    if vendor == Vendor::RemoteManager {
        item.refusals = 0;
        return give_up(item, words::remote_manager_refuses(), kind);
    }
    let reason = words::writes_refused(item);
    end(item, ItemStatus::Refused, Some(reason))
}

/// Whether a write has been refused so often that it is not sent again by itself.
pub fn is_refused_for_good(item: &ItemRecord) -> bool {
    item.refusals >= REFUSALS
}

/// Records a write to LMP whose outcome is not known: what may be repeated is, for a while.
pub fn unanswered(item: &mut ItemRecord, now: DateTime<Utc>, settings: &Settings) -> Option<Operation> {
    let repeatable = item.operation.as_ref().is_some_and(|operation| operation.kind.is_repeatable());
    if repeatable && is_worn_out(item, settings) {
        // It stays open that it may be done.
        let operation = absent(item, None);
        end(item, ItemStatus::Refused, Some(words::units_unknown()));
        return operation;
    }
    let operation = doubt(item, now, settings.settle);
    if repeatable {
        try_later(item, words::trying_again(Vendor::Lmp), now);
    }
    operation
}

/// Whether a write that may be repeated has been tried often enough.
pub fn is_worn_out(item: &ItemRecord, settings: &Settings) -> bool {
    item.tries + 1 >= settings.tries
}

/// How long the pauses between the tries so far were together.
pub fn waited(item: &ItemRecord) -> TimeDelta {
    (0..item.tries).map(back_off).sum()
}

/// Whether readings for it have failed for about three days: each try is followed by a pause of a minute at most.
pub fn is_tried_for_days(item: &ItemRecord) -> bool {
    item.tries >= 72 * 60
}

fn settle(item: &mut ItemRecord, state: OperationState) -> Option<Operation> {
    item.operation.take().map(|operation| Operation { state, next_look_at: None, ..operation })
}

/// 2 s, doubling to 60 s.
fn back_off(tries: u32) -> TimeDelta {
    TimeDelta::seconds((2_i64 << tries.min(5)).min(60))
}

fn product_pause(tries: u32) -> TimeDelta {
    TimeDelta::seconds(match tries {
        0 => 2,
        1 => 5,
        2 => 10,
        3 => 20,
        _ => 30,
    })
}
