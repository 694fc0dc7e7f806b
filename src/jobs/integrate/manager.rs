//! Steps in Remote Manager. All of them set a state, so they may be repeated; none of their failures undoes anything.

use super::outcome::{intend_all, note};
use super::shared::{Entry, Shared};
use super::{Item, StepEnd, StepResult};
use crate::domain::engine::PauseCause;
use crate::domain::engine::answer::{Batched, doubt_words, managed};
use crate::domain::engine::record::Effect;
use crate::domain::integration::ItemRecord;
use crate::domain::operation::OperationKind;
use crate::domain::outcome::{Doubt, Refusal, Sent, Vendor, WriteOutcome};
use crate::storage::engine::OperationNote;
use crate::upstream::remote_manager::{CustomerBatch, Initialized, is_without_product};

const VENDOR: Vendor = Vendor::RemoteManager;
const CONFLICT: u16 = 409;

/// Sorts an answer.
pub(super) fn sort<T>(outcome: WriteOutcome<T>, done: impl FnOnce(T) -> Batched) -> Batched {
    match outcome {
        WriteOutcome::Done(value) => done(value),
        WriteOutcome::Refused(refusal) if is_without_product(&refusal) => Batched::NotReady,
        WriteOutcome::Refused(refusal) => refused(refusal),
        WriteOutcome::NotSent(why) => Batched::NotSent(PauseCause::from(&why)),
        WriteOutcome::InDoubt(Doubt { refusal: Some(refusal), .. }) if refusal.status == CONFLICT => refused(refusal),
        WriteOutcome::InDoubt(doubt) => Batched::Again(doubt_words(&doubt), doubt.retry_after),
    }
}

/// A refusal that may only mean that a customer's product is not there yet is told apart.
pub(super) fn refused(refusal: Refusal) -> Batched {
    let may_be_too_early = matches!(refusal.status, 400 | 404 | CONFLICT);
    if may_be_too_early { Batched::NotKnown(refusal.message) } else { Batched::Refused(refusal.message) }
}

/// The one batch of at most ten accounts.
pub(super) fn batch(items: &[Item]) -> Option<CustomerBatch> {
    CustomerBatch::chunks(items.iter().filter_map(|(_, item)| item.account_id.clone())).into_iter().next()
}

/// Has the product prepared.
pub(super) async fn ensure_product(shared: &Shared, mut items: Vec<Item>) -> StepResult {
    let manager = match shared.manager().await {
        Ok(manager) => manager,
        Err(cause) => return pause_all(shared, items, cause).await,
    };
    let kind = OperationKind::InitializeProduct;
    let Some(batch) = batch(&items) else { return Ok(StepEnd { items, ..StepEnd::default() }) };
    if !intend_all(shared, &mut items, kind).await? {
        return Ok(StepEnd { items, ..StepEnd::default() });
    }
    let sent = manager.initialize(&batch).await;
    let (note, outcome) = (note(&sent), sent.outcome);
    let batched = sort(outcome, |value| match value {
        Initialized::Done => Batched::Done(Effect::Product),
        Initialized::NotReady => Batched::NotReady,
    });
    record_all(shared, items, kind, batched, note).await
}

/// Sets the recipient of notifications.
pub(super) async fn set_notifications(shared: &Shared, mut items: Vec<Item>, recipient: String) -> StepResult {
    let manager = match shared.manager().await {
        Ok(manager) => manager,
        Err(cause) => return pause_all(shared, items, cause).await,
    };
    let kind = OperationKind::SetNotifications;
    let Some(batch) = batch(&items) else { return Ok(StepEnd { items, ..StepEnd::default() }) };
    if !intend_all(shared, &mut items, kind).await? {
        return Ok(StepEnd { items, ..StepEnd::default() });
    }
    let sent: Sent<()> = manager.set_notification_recipients(&batch, &[recipient]).await;
    let (note, outcome) = (note(&sent), sent.outcome);
    record_all(shared, items, kind, sort(outcome, |()| Batched::Done(Effect::Notifications)), note).await
}

/// Has the whole run stand still because of a call for these customers.
pub(super) async fn pause_all(shared: &Shared, items: Vec<Item>, cause: PauseCause) -> StepResult {
    let kind = OperationKind::InitializeProduct;
    record_all(shared, items, kind, Batched::NotSent(cause), OperationNote::default()).await
}

/// Records what a call led to for every customer of its batch, in one transaction.
pub(super) async fn record_all(
    shared: &Shared,
    mut items: Vec<Item>,
    kind: OperationKind,
    batched: Batched,
    note: OperationNote,
) -> StepResult {
    let several = items.len() > 1;
    let mut end = StepEnd::default();
    if let Batched::NotSent(cause) = &batched {
        shared.stand_still(VENDOR, true);
        end.pause = Some((VENDOR, *cause));
    }
    end.alone = several && batched.splits();
    let (now, engine) = (shared.now(), &shared.settings.engine);
    let changes: Vec<_> =
        items.iter_mut().map(|(_, item)| managed(item, kind, &batched, several, now, engine)).collect();
    let detail = |event: &str, item: &ItemRecord| match &batched {
        Batched::Refused(message) | Batched::NotKnown(message) => message.clone(),
        Batched::Again(words, _) => Some(words.clone()),
        Batched::Done(_) => None,
        _ if event == "done" => None,
        _ => item.reason.as_ref().or(item.warning.as_ref()).map(|reason| reason.message.clone()),
    };
    let entries: Vec<_> = items
        .iter()
        .zip(changes)
        .map(|((_, item), (operation, event))| Entry {
            item,
            operation,
            note: OperationNote { detail: detail(event, item), ..note.clone() },
            event,
        })
        .collect();
    shared.commit_surely(&entries).await?;
    drop(entries);
    end.items = items;
    Ok(end)
}
