//! Creating a subscription and setting units: look first.

use super::outcome::{intend, record_lmp};
use super::shared::{Entry, LIST_SERVES, Shared};
use super::{Item, StepEnd, StepResult};
use crate::domain::engine::answer::Sight;
use crate::domain::engine::record::{self, Effect};
use crate::domain::engine::sight::{self, is_as_confirmed};
use crate::domain::engine::words;
use crate::domain::ids::{AccountId, ServicePlanId, SubscriptionId};
use crate::domain::integration::{ItemRecord, ItemStatus};
use crate::domain::inventory::Subscription;
use crate::domain::operation::OperationKind;
use crate::domain::outcome::{ReadError, Vendor};
use crate::domain::plan::Reason;
use crate::upstream::lmp::{FoundSubscription, Lmp};
use std::time::Instant;

/// Creates the subscription, unless the account has one of the plan already.
pub(super) async fn create(shared: &Shared, (index, mut item): Item) -> StepResult {
    let Some(account) = item.account_id.clone() else { return Ok(StepEnd::of((index, item))) };
    let lmp = match shared.lmp().await {
        Ok(lmp) => lmp,
        Err(cause) => return shared.pause((index, item), Vendor::Lmp, cause).await,
    };
    let plan = item.plan.service_plan_id.clone();
    let existing = match in_force(&lmp, &account, &plan).await {
        Ok(existing) => existing,
        Err(error) => return shared.read_failed((index, item), Vendor::Lmp, &error).await,
    };
    match existing {
        Existing::One(found) if is_as_confirmed(&item, &found) => {
            return adopt(shared, (index, item), &Effect::Subscription(found.id)).await;
        }
        // What is found after a create of ours may be what it has made.
        Existing::One(found) if asks(&item) => {
            let sight = sight::subscription(&item, &found);
            return ask(shared, (index, item), sight).await;
        }
        Existing::Several if asks(&item) => {
            let sight = sight::several_subscriptions(&item);
            return ask(shared, (index, item), sight).await;
        }
        Existing::One(_) | Existing::Several => {
            let reason = words::subscription_exists(&item);
            return refuse(shared, (index, item), reason).await;
        }
        Existing::None => {}
    }
    // A second plan of the product would split the account's agents (`lmpi.md` 8.1).
    match shared.has_other_plan(&lmp, &account, &plan).await {
        Ok(false) => {}
        Ok(true) => {
            let reason = words::other_plan_exists();
            return refuse(shared, (index, item), reason).await;
        }
        Err(error) => return shared.read_failed((index, item), Vendor::Lmp, &error).await,
    }
    let Some(intent) = intend(shared, &mut item, OperationKind::CreateSubscription).await? else {
        return Ok(StepEnd::of((index, item)));
    };
    let sent = lmp.create_subscription(&account, &plan, item.plan.seats, intent.stamp).await;
    record_lmp(shared, (index, item), OperationKind::CreateSubscription, sent, Effect::Subscription).await
}

/// Whether a person is to be asked, once, about what is there: a create was sent and called refused for the credentials.
fn asks(item: &ItemRecord) -> bool {
    item.refusals > 0 && item.operation.is_some()
}

async fn ask(shared: &Shared, (index, mut item): Item, sight: Sight) -> StepResult {
    let Sight::Unclear(reason, candidates, subscription) = sight else { return Ok(StepEnd::of((index, item))) };
    item.refusals = 0;
    let operation = record::needs_person(&mut item, reason, candidates);
    item.subscription_id = subscription.or(item.subscription_id.take());
    shared.commit_surely(&[Entry::new(&item, operation, "needs_person")]).await?;
    Ok(StepEnd::of((index, item)))
}

/// What an account has of a plan already.
enum Existing {
    None,
    One(Subscription),
    Several,
}

/// The subscription to the plan that is in force; one that has ended is none, as for the plan that was confirmed.
async fn in_force(lmp: &Lmp, account: &AccountId, plan: &ServicePlanId) -> Result<Existing, ReadError> {
    let since = Instant::now().checked_sub(LIST_SERVES).unwrap_or_else(Instant::now);
    let found = match lmp.find_subscription(account, plan, since).await? {
        FoundSubscription::One(id) => {
            let found = read(lmp, account, &id).await?;
            if found.enabled {
                return Ok(Existing::One(found));
            }
            lmp.find_active_subscription(account, plan, since).await?
        }
        other => other,
    };
    Ok(match found {
        FoundSubscription::None => Existing::None,
        FoundSubscription::One(id) => Existing::One(read(lmp, account, &id).await?),
        FoundSubscription::Several(_) => Existing::Several,
    })
}

/// A subscription that was just named.
pub(super) async fn read(lmp: &Lmp, account: &AccountId, id: &SubscriptionId) -> Result<Subscription, ReadError> {
    let contradiction = || ReadError::Incomplete("a subscription that was just named is not there".to_owned());
    lmp.subscription(account, id).await?.ok_or_else(contradiction)
}

/// Sets the units of a subscription that exists, unless it has them.
pub(super) async fn set_units(shared: &Shared, (index, mut item): Item) -> StepResult {
    let (Some(account), Some(id)) = (item.account_id.clone(), item.subscription_id.clone()) else {
        return Ok(StepEnd::of((index, item)));
    };
    let lmp = match shared.lmp().await {
        Ok(lmp) => lmp,
        Err(cause) => return shared.pause((index, item), Vendor::Lmp, cause).await,
    };
    match lmp.subscription(&account, &id).await {
        Ok(Some(found)) if is_as_confirmed(&item, &found) => {
            return adopt(shared, (index, item), &Effect::Units).await;
        }
        Ok(Some(found)) if found.enabled => {}
        Ok(_) | Err(ReadError::NotFound) => return refuse(shared, (index, item), words::subscription_gone()).await,
        Err(error) => return shared.read_failed((index, item), Vendor::Lmp, &error).await,
    }
    let Some(intent) = intend(shared, &mut item, OperationKind::SetUnits).await? else {
        return Ok(StepEnd::of((index, item)));
    };
    let sent = lmp.set_units(&account, &id, item.plan.seats, intent.stamp).await;
    record_lmp(shared, (index, item), OperationKind::SetUnits, sent, |()| Effect::Units).await
}

async fn adopt(shared: &Shared, (index, mut item): Item, effect: &Effect) -> StepResult {
    let operation = record::done(&mut item, effect);
    let mut entry = Entry::new(&item, operation, "adopted").detail("Found as confirmed; nothing was sent.");
    entry.note.result_id = effect.id().map(str::to_owned);
    shared.commit_surely(&[entry]).await?;
    Ok(StepEnd::of((index, item)))
}

async fn refuse(shared: &Shared, (index, mut item): Item, reason: Reason) -> StepResult {
    let detail = reason.message.clone();
    let operation = record::end(&mut item, ItemStatus::Refused, Some(reason));
    shared.commit_surely(&[Entry::new(&item, operation, "refused").detail(detail)]).await?;
    Ok(StepEnd::of((index, item)))
}
