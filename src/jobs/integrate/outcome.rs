//! What one write led to, recorded in one transaction.

use super::shared::{Entry, Shared};
use super::{Item, StepEnd, StepResult};
use crate::domain::engine::record::{self, Effect};
use crate::domain::engine::{PauseCause, PoolKey, pools, words};
use crate::domain::ids::OperationId;
use crate::domain::integration::{ItemRecord, ItemStatus};
use crate::domain::operation::{Operation, OperationKind};
use crate::domain::outcome::{Doubt, Refusal, Sent, Vendor, WriteOutcome};
use crate::storage::crash::CrashPoint;
use crate::storage::engine::{EngineError, OperationNote};
use crate::upstream::Stamp;
use uuid::Uuid;

/// Nothing documents that LMP does nothing then, so a create is looked for (R3).
const TOO_MANY_REQUESTS: u16 = 429;

/// A write that may be sent now.
pub(super) struct Intent {
    /// What is recorded of it.
    pub(super) operation: Operation,
    /// What it is signed with.
    pub(super) stamp: Stamp,
}

/// Commits the intent of a write. `None`: it must not be sent; the item is recorded as it is then.
pub(super) async fn intend(
    shared: &Shared,
    item: &mut ItemRecord,
    kind: OperationKind,
) -> Result<Option<Intent>, EngineError> {
    if !shared.may_intend() {
        return Ok(None);
    }
    let (before, stamp) = (item.clone(), Stamp::now());
    let operation = record::intend(item, kind, OperationId(Uuid::now_v7()), shared.now());
    match shared.commit(&[Entry::new(item, Some(operation.clone()), "intended")]).await {
        Ok(()) => {
            if let Some((intended, _)) = crash_points(kind) {
                intended.pass();
            }
            Ok(Some(Intent { operation, stamp }))
        }
        Err(EngineError::OpenElsewhere) => {
            *item = before;
            let settled = record::end(item, ItemStatus::Refused, Some(words::open_elsewhere()));
            shared.commit(&[Entry::new(item, settled, "refused").detail(words::open_elsewhere().message)]).await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What is noted of a call.
pub(super) fn note<T>(sent: &Sent<T>) -> OperationNote {
    OperationNote { trace_id: sent.trace_id, signed_at: sent.signed_at, ..OperationNote::default() }
}

/// Records what a write to LMP led to.
pub(super) async fn record_lmp<T>(
    shared: &Shared,
    (index, mut item): Item,
    kind: OperationKind,
    sent: Sent<T>,
    effect: impl FnOnce(T) -> Effect,
) -> StepResult {
    let mut note = note(&sent);
    let mut end = StepEnd::default();
    let (operation, event) = match sent.outcome {
        WriteOutcome::Done(value) => {
            let effect = effect(value);
            note.result_id = effect.id().map(str::to_owned);
            (record::done(&mut item, &effect), "done")
        }
        WriteOutcome::Refused(refusal) => {
            end.pool_ended = refused(shared, &item, kind, &refusal);
            let operation = end_refused(&mut item, kind, &refusal, end.pool_ended.is_some());
            note.detail = item.reason.as_ref().map(|reason| reason.message.clone());
            (operation, "refused")
        }
        WriteOutcome::NotSent(why) => {
            let cause = PauseCause::from(&why);
            shared.paused.store(true, std::sync::atomic::Ordering::Release);
            end.pause = Some((Vendor::Lmp, cause));
            note.detail = Some(words::pause(Vendor::Lmp, cause).message);
            (record::paused(&mut item, Vendor::Lmp, cause), "not_sent")
        }
        WriteOutcome::InDoubt(doubt) => {
            note.detail = Some(doubt_words(&doubt));
            (in_doubt(shared, &mut item, &doubt), "in_doubt")
        }
    };
    if let Some((_, answered)) = crash_points(kind) {
        answered.pass();
    }
    shared.commit_surely(&[Entry { item: &item, operation, note, event }]).await?;
    if kind == OperationKind::CreateAccount && item.account_id.is_some() {
        CrashPoint::ACCOUNT_DONE.pass();
    }
    end.items.push((index, item));
    Ok(end)
}

/// Where tests let the process die: before the request is sent, and after its answer is read.
fn crash_points(kind: OperationKind) -> Option<(CrashPoint, CrashPoint)> {
    match kind {
        OperationKind::CreateAccount => Some((CrashPoint::ACCOUNT_INTENDED, CrashPoint::ACCOUNT_ANSWERED)),
        OperationKind::CreateSubscription => {
            Some((CrashPoint::SUBSCRIPTION_INTENDED, CrashPoint::SUBSCRIPTION_ANSWERED))
        }
        _ => None,
    }
}

/// The pool, if the refusal says that it is used up.
fn refused(shared: &Shared, item: &ItemRecord, kind: OperationKind, refusal: &Refusal) -> Option<PoolKey> {
    let takes = matches!(kind, OperationKind::CreateSubscription | OperationKind::SetUnits);
    let ended = pools::says_no_licenses(refusal.message.as_deref(), &shared.settings.no_license_messages);
    (takes && ended).then(|| PoolKey::of(&item.plan))
}

fn end_refused(item: &mut ItemRecord, kind: OperationKind, refusal: &Refusal, no_licenses: bool) -> Option<Operation> {
    if no_licenses {
        let reason = words::no_licenses(item);
        record::end(item, ItemStatus::NoLicenses, Some(reason))
    } else {
        let reason = words::refused(item, kind, refusal);
        record::end(item, ItemStatus::Refused, Some(reason))
    }
}

/// A vendor that asks for a pause gets it, with the next look or the next try.
fn in_doubt(shared: &Shared, item: &mut ItemRecord, doubt: &Doubt) -> Option<Operation> {
    let settings = &shared.settings.engine;
    let repeatable = item.operation.as_ref().is_some_and(|operation| operation.kind.is_repeatable());
    if repeatable && record::is_worn_out(item, settings) {
        return record::end(item, ItemStatus::Refused, Some(words::units_unknown()));
    }
    let operation = record::doubt(item, shared.now(), settings.settle);
    if repeatable {
        record::try_later(item, words::trying_again(Vendor::Lmp), shared.now());
    }
    if doubt.status == Some(TOO_MANY_REQUESTS) {
        item.reason = Some(match &operation {
            Some(operation) if !repeatable => words::checking_after_throttling(operation, settings.settle),
            _ => words::slow_down(Vendor::Lmp),
        });
    }
    match doubt.retry_after {
        Some(pause) => record::not_before(item, shared.after(pause)).or(operation),
        None => operation,
    }
}

/// A doubt in words for the record.
pub(super) fn doubt_words(doubt: &Doubt) -> String {
    match doubt.status {
        Some(status) => format!("{} (status {status})", doubt.reason),
        None => doubt.reason.to_owned(),
    }
}

/// Commits the intents of one call for several customers. `false`: it must not be sent.
pub(super) async fn intend_all(shared: &Shared, items: &mut [Item], kind: OperationKind) -> Result<bool, EngineError> {
    if !shared.may_intend() {
        return Ok(false);
    }
    let operations: Vec<_> = items
        .iter_mut()
        .map(|(_, item)| record::intend(item, kind, OperationId(Uuid::now_v7()), shared.now()))
        .collect();
    let entries: Vec<_> = items
        .iter()
        .zip(operations)
        .map(|((_, item), operation)| Entry::new(item, Some(operation), "intended"))
        .collect();
    shared.commit(&entries).await?;
    Ok(true)
}
