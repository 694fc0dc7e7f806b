//! Steps in Remote Manager. All of them set a state, so they may be repeated; none of their failures undoes anything.

use super::outcome::{doubt_words, intend_all, note};
use super::shared::{Entry, Shared};
use super::{Item, StepEnd, StepResult};
use crate::domain::engine::{PauseCause, record, record::Effect, words};
use crate::domain::integration::ItemRecord;
use crate::domain::operation::{Operation, OperationKind};
use crate::domain::outcome::{Refusal, Sent, Vendor, WriteOutcome};
use crate::domain::plan::Reason;
use crate::storage::engine::OperationNote;
use crate::upstream::remote_manager::{CustomerBatch, Initialized, is_without_product};
use std::sync::atomic::Ordering;
use std::time::Duration;

const VENDOR: Vendor = Vendor::RemoteManager;

/// What one call did for all customers of a batch.
pub(super) enum Batched {
    /// It happened.
    Done(Effect),
    /// The product is not there yet.
    NotReady,
    /// It surely did not happen.
    Refused(Option<String>),
    /// It surely was not sent.
    NotSent(PauseCause),
    /// It may have happened, and may be repeated.
    Again(String, Option<Duration>),
}

impl Batched {
    /// Sorts an answer.
    pub(super) fn of<T>(outcome: WriteOutcome<T>, done: impl FnOnce(T) -> Self) -> Self {
        match outcome {
            WriteOutcome::Done(value) => done(value),
            WriteOutcome::Refused(refusal) if is_without_product(&refusal) => Self::NotReady,
            WriteOutcome::Refused(Refusal { message, .. }) => Self::Refused(message),
            WriteOutcome::NotSent(why) => Self::NotSent(PauseCause::from(&why)),
            WriteOutcome::InDoubt(doubt) => Self::Again(doubt_words(&doubt), doubt.retry_after),
        }
    }
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
    let batched = Batched::of(outcome, |value| match value {
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
    record_all(shared, items, kind, Batched::of(outcome, |()| Batched::Done(Effect::Notifications)), note).await
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
        shared.paused.store(true, Ordering::Release);
        end.pause = Some((VENDOR, *cause));
    }
    end.alone = several && matches!(batched, Batched::Refused(_) | Batched::NotReady);
    let changes: Vec<_> = items.iter_mut().map(|(_, item)| change(shared, item, kind, &batched, several)).collect();
    let detail = |event: &str, item: &ItemRecord| match &batched {
        Batched::Refused(message) => message.clone(),
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

fn change(
    shared: &Shared,
    item: &mut ItemRecord,
    kind: OperationKind,
    batched: &Batched,
    several: bool,
) -> (Option<Operation>, &'static str) {
    let (operation, event) = match batched {
        Batched::Done(effect) => (record::done(item, effect), "done"),
        Batched::NotReady => (record::product_not_ready(item, shared.now()), "not_ready"),
        Batched::Refused(_) if several => (record::absent(item, None), "refused"),
        Batched::Refused(message) => (record::give_up(item, warning(kind, message.as_deref()), Some(kind)), "refused"),
        // Asking for the product once more costs nothing; how long that goes on is limited by time.
        Batched::Again(..) if kind == OperationKind::InitializeProduct => {
            (record::product_not_ready(item, shared.now()), "in_doubt")
        }
        Batched::NotSent(cause) => (record::paused(item, VENDOR, *cause), "not_sent"),
        Batched::Again(..) if record::is_worn_out(item, &shared.settings.engine) => {
            (record::give_up(item, warning(kind, None), Some(kind)), "given_up")
        }
        Batched::Again(..) => {
            let operation = record::absent(item, None);
            record::try_later(item, words::trying_again(VENDOR), shared.now());
            (operation, "in_doubt")
        }
    };
    if let Batched::Again(_, Some(pause)) = batched
        && event == "in_doubt"
    {
        record::not_before(item, shared.after(*pause));
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
