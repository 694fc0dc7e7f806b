//! What an answer changes in what is recorded: of one write, of one call for a batch, of one look.

use super::record::{self, Effect};
use super::{PauseCause, PoolKey, Settings, account_was_created, pools, words};
use crate::domain::ids::SubscriptionId;
use crate::domain::integration::{CandidateAccount, ItemRecord, ItemStatus};
use crate::domain::operation::{Operation, OperationKind, Seen, SettleRule, Verdict};
use crate::domain::outcome::{Doubt, NotSent, Refusal, Vendor, WriteOutcome};
use crate::domain::plan::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// Nothing documents that LMP does nothing then, so a create is looked for (R3).
const TOO_MANY_REQUESTS: u16 = 429;
const NOT_FOUND: u16 = 404;
/// No vendor makes a run wait for longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(15);

/// What an answer led to; the customer is changed already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// As it is to be stored.
    pub operation: Option<Operation>,
    /// For the record of what happened.
    pub event: &'static str,
    /// In words, for that record.
    pub detail: Option<String>,
    /// The vendor's id of what was made.
    pub result_id: Option<String>,
    /// The whole run has to stand still.
    pub pause: Option<PauseCause>,
    /// The vendor said that a pool is used up.
    pub pool_ended: Option<PoolKey>,
}

impl Answered {
    fn new(operation: Option<Operation>, event: &'static str) -> Self {
        Self { operation, event, detail: None, result_id: None, pause: None, pool_ended: None }
    }
}

/// Takes the answer to a write to LMP. `no_licenses` are texts in a refusal that say that a pool is used up.
pub fn written(
    item: &mut ItemRecord,
    kind: OperationKind,
    outcome: WriteOutcome<Effect>,
    now: DateTime<Utc>,
    settings: &Settings,
    no_licenses: &[String],
) -> Answered {
    if words_of(&outcome).is_some_and(|refusal| says_no_licenses(kind, refusal, no_licenses)) {
        return ended_pool(item);
    }
    match outcome {
        WriteOutcome::Done(effect) => {
            let result_id = effect.id().map(str::to_owned);
            Answered { result_id, ..Answered::new(record::done(item, &effect), "done") }
        }
        WriteOutcome::Refused(refusal) if is_not_shown_yet(item, kind, &refusal, settings) => {
            let operation = record::absent(item, None);
            let reason = words::account_not_shown();
            let detail = Some(reason.message.clone());
            record::try_later(item, reason, now);
            Answered { detail, ..Answered::new(operation, "not_shown") }
        }
        WriteOutcome::Refused(refusal) => refused(item, kind, &refusal),
        WriteOutcome::NotSent(why) => {
            let cause = PauseCause::from(&why);
            let detail = Some(words::pause(Vendor::Lmp, cause).message);
            let operation = record::paused(item, Vendor::Lmp, cause);
            Answered { pause: Some(cause), detail, ..Answered::new(operation, "not_sent") }
        }
        WriteOutcome::InDoubt(doubt) => {
            let operation = unanswered(item, &doubt, now, settings);
            Answered { detail: Some(doubt_words(&doubt)), ..Answered::new(operation, "in_doubt") }
        }
    }
}

/// A vendor that asks for a pause gets it, with the next look or the next try.
fn unanswered(item: &mut ItemRecord, doubt: &Doubt, now: DateTime<Utc>, settings: &Settings) -> Option<Operation> {
    let repeatable = item.operation.as_ref().is_some_and(|operation| operation.kind.is_repeatable());
    let operation = record::unanswered(item, now, settings);
    if item.status.is_final() {
        return operation;
    }
    if let (Some(refusal), Some(operation)) = (doubt.probable_refusal().filter(|_| !repeatable), &operation) {
        item.reason = Some(words::checking_after_refusal(refusal, operation, settings.settle));
    }
    if doubt.status == Some(TOO_MANY_REQUESTS) {
        item.reason = Some(match &operation {
            Some(operation) if !repeatable => words::checking_after_throttling(operation, settings.settle),
            _ => words::slow_down(Vendor::Lmp),
        });
    }
    match doubt.retry_after {
        Some(pause) => record::not_before(item, after(now, pause)).or(operation),
        None => operation,
    }
}

/// The end of a pause that a vendor asked for, which is never longer than a request is valid (`security-reliability.md`, U1).
pub fn after(now: DateTime<Utc>, pause: Duration) -> DateTime<Utc> {
    now + TimeDelta::from_std(pause.min(LONGEST_PAUSE)).unwrap_or_default()
}

/// What the vendor said no with, documented or not.
fn words_of(outcome: &WriteOutcome<Effect>) -> Option<&Refusal> {
    match outcome {
        WriteOutcome::Refused(refusal) | WriteOutcome::NotSent(NotSent::Forbidden(refusal)) => Some(refusal),
        WriteOutcome::InDoubt(doubt) => doubt.refusal.as_ref(),
        WriteOutcome::Done(_) | WriteOutcome::NotSent(_) => None,
    }
}

/// How a pool that is used up is told is not documented, so the words decide and not the status (`lmpi.md` 7).
fn says_no_licenses(kind: OperationKind, refusal: &Refusal, texts: &[String]) -> bool {
    matches!(kind, OperationKind::CreateSubscription | OperationKind::SetUnits)
        && pools::says_no_licenses(refusal.message.as_deref(), texts)
}

fn ended_pool(item: &mut ItemRecord) -> Answered {
    let reason = words::no_licenses(item);
    let detail = Some(reason.message.clone());
    let pool_ended = Some(PoolKey::of(&item.plan));
    let operation = record::end(item, ItemStatus::NoLicenses, Some(reason));
    Answered { detail, pool_ended, ..Answered::new(operation, "refused") }
}

fn refused(item: &mut ItemRecord, kind: OperationKind, refusal: &Refusal) -> Answered {
    let reason = words::refused(item, kind, refusal);
    let detail = Some(reason.message.clone());
    Answered { detail, ..Answered::new(record::end(item, ItemStatus::Refused, Some(reason)), "refused") }
}

/// "There is no such customer", said of one that was just created: it had no effect, and passes. How long new ones may be missing
/// is not documented; after the settle time it is a refusal like any other.
fn is_not_shown_yet(item: &ItemRecord, kind: OperationKind, refusal: &Refusal, settings: &Settings) -> bool {
    kind == OperationKind::CreateSubscription
        && refusal.status == NOT_FOUND
        && account_was_created(item)
        && !(record::is_worn_out(item, settings) && record::waited(item) >= settings.settle.settle)
}

/// A doubt in words for the record.
pub fn doubt_words(doubt: &Doubt) -> String {
    match doubt.status {
        Some(status) => format!("{} (status {status})", doubt.reason),
        None => doubt.reason.to_owned(),
    }
}

/// What one call to Remote Manager did for all customers of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batched {
    /// It happened.
    Done(Effect),
    /// The product is not there yet.
    NotReady,
    /// It surely did not happen, and that may only mean that the product is not there yet.
    NotKnown(Option<String>),
    /// It surely did not happen.
    Refused(Option<String>),
    /// It surely was not sent.
    NotSent(PauseCause),
    /// It may have happened, and may be repeated, after the pause that was asked for.
    Again(String, Option<Duration>),
}

impl Batched {
    /// Whether the customers of a batch are tried one by one now: it may have been one of them.
    pub fn splits(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::NotKnown(_) | Self::NotReady)
    }
}

/// Takes what a call to Remote Manager did for one of its customers. None of its failures undoes anything.
pub fn managed(
    item: &mut ItemRecord,
    kind: OperationKind,
    batched: &Batched,
    several: bool,
    now: DateTime<Utc>,
    settings: &Settings,
) -> (Option<Operation>, &'static str) {
    let (operation, event) = match batched {
        Batched::Done(effect) => (record::done(item, effect), "done"),
        Batched::NotReady => (record::product_not_ready(item, now), "not_ready"),
        Batched::Refused(_) | Batched::NotKnown(_) if several => (record::absent(item, None), "refused"),
        // How the time before there is a product is answered is known from one text only (`worry-free-templates.md` 5).
        Batched::NotKnown(_) if is_awaited(item, now, settings) => (record::product_not_ready(item, now), "not_ready"),
        Batched::Refused(message) | Batched::NotKnown(message) => {
            (record::give_up(item, warning(kind, message.as_deref()), Some(kind)), "refused")
        }
        // Asking for the product once more costs nothing; how long that goes on is limited by time.
        Batched::Again(..) if kind == OperationKind::InitializeProduct => {
            (record::product_not_ready(item, now), "in_doubt")
        }
        Batched::NotSent(cause) => (record::paused(item, Vendor::RemoteManager, *cause), "not_sent"),
        Batched::Again(..) if record::is_worn_out(item, settings) => {
            (record::give_up(item, warning(kind, None), Some(kind)), "given_up")
        }
        Batched::Again(..) => {
            let operation = record::absent(item, None);
            record::try_later(item, words::trying_again(Vendor::RemoteManager), now);
            (operation, "in_doubt")
        }
    };
    if let Batched::Again(_, Some(pause)) = batched
        && event == "in_doubt"
    {
        record::not_before(item, after(now, *pause));
    }
    (operation, event)
}

/// Whether the product of an account that was just created may still appear.
fn is_awaited(item: &ItemRecord, now: DateTime<Utc>, settings: &Settings) -> bool {
    account_was_created(item) && item.product_wait_since.is_none_or(|since| now < since + settings.product_wait)
}

fn warning(kind: OperationKind, message: Option<&str>) -> Reason {
    match kind {
        OperationKind::SetNotifications => words::notifications_not_set(message),
        OperationKind::ApplyTemplate => words::template_not_applied(message),
        OperationKind::InitializeProduct
        | OperationKind::CreateAccount
        | OperationKind::CreateSubscription
        | OperationKind::SetUnits => words::product_not_ready(),
    }
}

/// What a look for a lost outcome found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Exactly the intended effect.
    Effect(Effect),
    /// Something that a person has to judge.
    Unclear(Reason, Vec<CandidateAccount>, Option<SubscriptionId>),
    /// Nothing.
    Nothing,
}

/// Takes what a look that began at `began` found; `None` if nothing was to be looked for.
pub fn looked(item: &mut ItemRecord, sight: Sight, began: DateTime<Utc>, rule: SettleRule) -> Option<Answered> {
    let seen = match &sight {
        Sight::Effect(_) => Seen::One,
        Sight::Unclear(..) => Seen::Unclear,
        Sight::Nothing => Seen::Nothing,
    };
    let answer = item.reason.take_if(|reason| words::is_probable_refusal(reason));
    let (verdict, looked) = record::looked(item, seen, began, rule)?;
    if let (Verdict::LookAgain { .. }, Some(answer)) = (verdict, &answer) {
        item.reason = Some(answer.clone());
    }
    Some(match (verdict, sight) {
        (Verdict::Adopt, Sight::Effect(effect)) => {
            let result_id = effect.id().map(str::to_owned);
            Answered { result_id, ..Answered::new(record::done(item, &effect), "adopted") }
        }
        (Verdict::NeedsPerson, Sight::Unclear(reason, candidates, subscription)) => {
            let operation = record::needs_person(item, reason, candidates);
            item.subscription_id = subscription.or(item.subscription_id.take());
            Answered::new(operation, "needs_person")
        }
        // It was a refusal after all. Its mark stays: should it appear later than anything may, Retry finds it.
        (Verdict::Absent, _) if answer.is_some() => {
            let reason = words::refused_after_looks(item, answer.as_ref());
            let detail = Some(reason.message.clone());
            record::end(item, ItemStatus::Refused, Some(reason));
            Answered { detail, ..Answered::new(Some(looked), "refused") }
        }
        (Verdict::Absent, _) => Answered::new(Some(looked), "absent"),
        _ => Answered::new(Some(looked), "looked"),
    })
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
