//! Looking for the effect of a write whose outcome is in doubt. Only readings are made here (R4).

use super::account::settled;
use super::shared::{Entry, Shared};
use super::subscription::read;
use super::{Item, StepEnd, StepResult};
use crate::domain::engine::answer::{self, Sight};
use crate::domain::engine::sight;
use crate::domain::ids::{AccountId, SubscriptionId};
use crate::domain::integration::ItemRecord;
use crate::domain::inventory::Subscription;
use crate::domain::operation::{Operation, OperationKind};
use crate::domain::outcome::{ReadError, Vendor};
use crate::storage::crash::CrashPoint;
use crate::upstream::Progress;
use crate::upstream::lmp::{FoundSubscription, Lmp};
use chrono::{DateTime, Utc};
use std::time::Instant;

/// Looks once and records what follows.
pub(super) async fn look(shared: &Shared, (index, mut item): Item) -> StepResult {
    let Some(operation) = item.operation.clone() else { return Ok(StepEnd::of((index, item))) };
    let lmp = match shared.lmp().await {
        Ok(lmp) => lmp,
        Err(cause) => return shared.pause((index, item), Vendor::Lmp, cause).await,
    };
    let began = shared.now();
    let sight = match operation.kind {
        OperationKind::CreateAccount => account(shared, &lmp, &item, &operation).await,
        OperationKind::SetUnits => units(&lmp, &item).await,
        _ => subscription(shared, &lmp, &item, &operation, began).await,
    };
    let sight = match sight {
        Ok(sight) => sight,
        Err(error) => return shared.read_failed((index, item), Vendor::Lmp, &error).await,
    };
    CrashPoint::LOOKED.pass();
    if let Some(answered) = answer::looked(&mut item, sight, began, shared.settings.engine.settle) {
        let mut entry = Entry::new(&item, answered.operation, answered.event);
        entry.note.result_id = answered.result_id;
        shared.commit_surely(&[entry]).await?;
    }
    Ok(StepEnd::of((index, item)))
}

async fn account(shared: &Shared, lmp: &Lmp, item: &ItemRecord, operation: &Operation) -> Result<Sight, ReadError> {
    let found = lmp.customers(shared.window(operation.intended_at), &Progress::default()).await?;
    let sight = sight::account(&found, operation);
    if sight != Sight::Nothing {
        return Ok(sight);
    }
    let unmarked = sight::unmarked(item, &found);
    let settled = settled(shared, item, &unmarked).await.map_err(|error| {
        tracing::warn!(%error, "known accounts could not be read");
        ReadError::Lost("the database did not answer")
    })?;
    Ok(sight::perhaps_ours(&unmarked, |account| settled.contains(account)))
}

async fn subscription(
    shared: &Shared,
    lmp: &Lmp,
    item: &ItemRecord,
    operation: &Operation,
    began: DateTime<Utc>,
) -> Result<Sight, ReadError> {
    let Some(account) = &item.account_id else { return Ok(Sight::Nothing) };
    let settled_at = operation.in_doubt_at.unwrap_or(began) + shared.settings.engine.settle.settle;
    let ids = match lmp.find_subscription(account, &item.plan.service_plan_id, Instant::now()).await? {
        FoundSubscription::One(id) => {
            let found = read(lmp, account, &id).await?;
            if found.enabled {
                return Ok(sight::subscription(item, &found));
            }
            // One that ended long ago hides what is looked for.
            Vec::new()
        }
        FoundSubscription::Several(ids) => ids,
        FoundSubscription::None => Vec::new(),
    };
    let is_to_be_listed = ids.is_empty() && began >= settled_at;
    let ids = if is_to_be_listed { listed(shared, lmp, item, account, operation).await? } else { ids };
    match ids.as_slice() {
        [] => Ok(Sight::Nothing),
        [id] => Ok(sight::subscription(item, &read(lmp, account, id).await?)),
        _ => Ok(sight::several_subscriptions(item)),
    }
}

/// Whether the units are set; whether the subscription is there makes no difference.
async fn units(lmp: &Lmp, item: &ItemRecord) -> Result<Sight, ReadError> {
    let (Some(account), Some(id)) = (&item.account_id, &item.subscription_id) else { return Ok(Sight::Nothing) };
    match lmp.subscription(account, id).await {
        Ok(found) => Ok(sight::units(item, found.as_ref())),
        Err(ReadError::NotFound) => Ok(Sight::Nothing),
        Err(error) => Err(error),
    }
}

/// The subscriptions to the plan in the list of all; asked only when the other way has found nothing.
async fn listed(
    shared: &Shared,
    lmp: &Lmp,
    item: &ItemRecord,
    account: &AccountId,
    operation: &Operation,
) -> Result<Vec<SubscriptionId>, ReadError> {
    let all = lmp.subscriptions(shared.window(operation.intended_at), &Progress::default()).await?;
    let ours =
        |found: &Subscription| found.account_id == *account && found.service_plan_id == item.plan.service_plan_id;
    Ok(all.into_iter().filter(ours).map(|found| found.id).collect())
}
