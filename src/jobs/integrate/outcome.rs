//! What one write led to, recorded in one transaction.

use super::shared::{Entry, Shared};
use super::{Item, StepEnd, StepResult};
use crate::domain::engine::record::{self, Effect};
use crate::domain::engine::{answer, words};
use crate::domain::ids::OperationId;
use crate::domain::integration::{ItemRecord, ItemStatus};
use crate::domain::operation::{Operation, OperationKind};
use crate::domain::outcome::{Sent, Vendor};
use crate::storage::crash::CrashPoint;
use crate::storage::engine::{EngineError, OperationNote};
use crate::upstream::Stamp;
use uuid::Uuid;

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
    if !shared.may_intend() || shared.is_held().await? {
        return Ok(None);
    }
    let (before, stamp) = (item.clone(), Stamp::now());
    let operation = record::intend(item, kind, OperationId(Uuid::now_v7()), shared.now());
    let mut entry = Entry::new(item, Some(operation.clone()), "intended");
    entry.note.trace_id = Some(stamp.trace_id());
    match shared.commit(&[entry]).await {
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
    let (now, settings) = (shared.now(), &shared.settings);
    let outcome = sent.outcome.map(effect);
    let answered = answer::written(&mut item, kind, outcome, now, &settings.engine, &settings.no_license_messages);
    if answered.pause.is_some() {
        shared.paused.store(true, std::sync::atomic::Ordering::Release);
    }
    let pause = answered.pause.map(|cause| (Vendor::Lmp, cause));
    let mut end = StepEnd { pause, pool_ended: answered.pool_ended, ..StepEnd::default() };
    (note.result_id, note.detail) = (answered.result_id, answered.detail);
    let (operation, event) = (answered.operation, answered.event);
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

/// Commits the intents of one call for several customers. `false`: it must not be sent.
pub(super) async fn intend_all(shared: &Shared, items: &mut [Item], kind: OperationKind) -> Result<bool, EngineError> {
    if !shared.may_intend_in_manager() || shared.is_held().await? {
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
