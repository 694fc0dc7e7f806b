//! What an answer changes in what is recorded: of one write, of one call for a batch, of one look.

use super::record::{self, Effect};
use super::{PauseCause, PoolKey, Settings, pools, words};
use crate::domain::ids::SubscriptionId;
use crate::domain::integration::{CandidateAccount, ItemRecord, ItemStatus};
use crate::domain::operation::{Operation, OperationKind, Seen, SettleRule, Verdict};
use crate::domain::outcome::{Doubt, Refusal, Vendor, WriteOutcome};
use crate::domain::plan::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// Nothing documents that LMP does nothing then, so a create is looked for (R3).
const TOO_MANY_REQUESTS: u16 = 429;
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
    match outcome {
        WriteOutcome::Done(effect) => {
            let result_id = effect.id().map(str::to_owned);
            Answered { result_id, ..Answered::new(record::done(item, &effect), "done") }
        }
        WriteOutcome::Refused(refusal) => refused(item, kind, &refusal, no_licenses),
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

fn refused(item: &mut ItemRecord, kind: OperationKind, refusal: &Refusal, no_licenses: &[String]) -> Answered {
    let takes = matches!(kind, OperationKind::CreateSubscription | OperationKind::SetUnits);
    let ended = takes && pools::says_no_licenses(refusal.message.as_deref(), no_licenses);
    let (status, reason) = if ended {
        (ItemStatus::NoLicenses, words::no_licenses(item))
    } else {
        (ItemStatus::Refused, words::refused(item, kind, refusal))
    };
    let detail = Some(reason.message.clone());
    let pool_ended = ended.then(|| PoolKey::of(&item.plan));
    Answered { detail, pool_ended, ..Answered::new(record::end(item, status, Some(reason)), "refused") }
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
        matches!(self, Self::Refused(_) | Self::NotReady)
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
        Batched::Refused(_) if several => (record::absent(item, None), "refused"),
        Batched::Refused(message) => (record::give_up(item, warning(kind, message.as_deref()), Some(kind)), "refused"),
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
    let (verdict, looked) = record::looked(item, seen, began, rule)?;
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
        (Verdict::Absent, _) => Answered::new(Some(looked), "absent"),
        _ => Answered::new(Some(looked), "looked"),
    })
}
