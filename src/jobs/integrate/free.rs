//! What needs no vendor: results, decisions, and intents of somebody who is gone.

use super::Item;
use super::shared::{Entry, Shared};
use crate::domain::engine::{Action, record, words};
use crate::domain::integration::{ItemRecord, ItemStatus};
use crate::domain::operation::OperationState;
use crate::domain::plan::Reason;
use crate::storage::engine::{self as storage, EngineError};
use serde_json::json;

/// Whether an action needs no vendor.
pub(super) fn is_free(action: &Action) -> bool {
    match action {
        Action::Doubt(_) | Action::Obey(_) | Action::Leave(_) | Action::GiveUp(..) | Action::Finish(..) => true,
        Action::CreateAccount(_)
        | Action::CreateSubscription(_)
        | Action::SetUnits(_)
        | Action::EnsureProduct(_)
        | Action::SetNotifications { .. }
        | Action::ApplyTemplate { .. }
        | Action::Look(_)
        | Action::Probe(_) => false,
    }
}

/// Takes an action that needs no vendor.
pub(super) async fn take(shared: &Shared, action: Action, item: &ItemRecord) -> Result<ItemRecord, EngineError> {
    let mut item = item.clone();
    match action {
        Action::Finish(_, status, reason) => finish(shared, item, status, reason).await,
        Action::Doubt(_) => {
            let operation = record::doubt(&mut item, shared.now(), shared.settings.engine.settle);
            let event = if item.status == ItemStatus::Checking { "in_doubt" } else { "absent" };
            let words = "The work was interrupted after the request was recorded; it may have been sent.";
            shared.commit(&[Entry::new(&item, operation, event).detail(words)]).await?;
            Ok(item)
        }
        Action::Obey(_) => {
            let operation = record::obey(&mut item);
            let done = operation.as_ref().is_some_and(|operation| operation.state == OperationState::Done);
            let made = match &item.subscription_id {
                Some(subscription) => Some(subscription.to_string()),
                None => item.account_id.as_ref().map(ToString::to_string),
            };
            let mut entry = Entry::new(&item, operation, "obeyed");
            entry.note.result_id = made.filter(|_| done);
            shared.commit(&[entry]).await?;
            Ok(item)
        }
        Action::Leave(_) => {
            let reason = words::unsettled();
            let detail = reason.message.clone();
            let operation = record::needs_person(&mut item, reason, Vec::new());
            shared.commit(&[Entry::new(&item, operation, "needs_person").detail(detail)]).await?;
            Ok(item)
        }
        Action::GiveUp(_, warning) => {
            let detail = warning.message.clone();
            let operation = record::give_up(&mut item, warning, None);
            shared.commit(&[Entry::new(&item, operation, "given_up").detail(detail)]).await?;
            Ok(item)
        }
        _ => Ok(item),
    }
}

async fn finish(
    shared: &Shared,
    mut item: ItemRecord,
    status: ItemStatus,
    reason: Option<Reason>,
) -> Result<ItemRecord, EngineError> {
    if status.is_imported() {
        return link(shared, item, status, reason).await;
    }
    let detail = reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default();
    let operation = record::end(&mut item, status, reason);
    shared.commit(&[Entry::new(&item, operation, status.as_str()).detail(detail)]).await?;
    Ok(item)
}

/// Links the organization in the same transaction that gives it its result.
async fn link(
    shared: &Shared,
    before: ItemRecord,
    status: ItemStatus,
    reason: Option<Reason>,
) -> Result<ItemRecord, EngineError> {
    let mut item = before.clone();
    record::end(&mut item, status, reason);
    let (mut tx, event_id) = storage::begin(&shared.pool, shared.fence).await?;
    let organization = &item.plan.organization_id;
    if !storage::insert_link(&mut tx, shared.fence, &item).await? {
        drop(tx);
        return Box::pin(finish(shared, before, ItemStatus::Refused, Some(words::account_taken()))).await;
    }
    storage::save_item(&mut tx, shared.fence, event_id, &item).await?;
    let detail = item.reason.as_ref().map(|reason| reason.message.as_str());
    storage::log(&mut tx, shared.fence, organization, None, "imported", detail, None).await?;
    let linked = json!({ "import_id": shared.fence.import, "account_id": item.account_id, "seats": item.plan.seats });
    shared.audit(&mut tx, "linked", organization.as_str(), linked).await?;
    tx.commit().await?;
    Ok(item)
}

/// The customers an action concerns, as they are recorded.
pub(super) fn pick(items: &[ItemRecord], indexes: &[usize]) -> Vec<Item> {
    indexes.iter().filter_map(|index| items.get(*index).map(|item| (*index, item.clone()))).collect()
}
