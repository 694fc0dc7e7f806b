//! Creating an account: look first, the first time included (R5).

use super::outcome::{intend, record_lmp};
use super::shared::{Entry, Shared};
use super::{Item, StepEnd, StepResult};
use crate::domain::account::NewAccount;
use crate::domain::engine::record::{self, Effect};
use crate::domain::engine::sight::{self, Before};
use crate::domain::ids::AccountId;
use crate::domain::integration::ItemRecord;
use crate::domain::inventory::Account;
use crate::domain::operation::OperationKind;
use crate::domain::outcome::Vendor;
use crate::domain::plan::PlannedAccount;
use crate::storage::engine as storage;
use crate::storage::engine::EngineError;
use crate::storage::tenancy;
use crate::upstream::lmp::NewCustomer;
use std::collections::HashSet;

/// Creates the account, unless it is there or somebody has to choose.
pub(super) async fn create(shared: &Shared, (index, item): Item) -> StepResult {
    let PlannedAccount::Create(new) = item.plan.account.clone() else { return Ok(StepEnd::of((index, item))) };
    let lmp = match shared.lmp().await {
        Ok(lmp) => lmp,
        Err(cause) => return shared.pause((index, item), Vendor::Lmp, cause).await,
    };
    // Whoever was refused or proved absent may be shown since a list from before.
    let fresh = item.operation.is_some();
    let recent = match shared.recent_accounts(&lmp, fresh).await {
        Ok(recent) => recent,
        Err(error) => return shared.read_failed((index, item), Vendor::Lmp, &error).await,
    };
    let mut looked = (index, item);
    if let Some(end) = look_before(shared, &mut looked, &recent).await? {
        return Ok(end);
    }
    let (index, mut item) = looked;
    let Some(intent) = intend(shared, &mut item, OperationKind::CreateAccount).await? else {
        return Ok(StepEnd::of((index, item)));
    };
    let sent = lmp.create_customer(&customer(&new), &sight::note(intent.operation.id), intent.stamp).await;
    record_lmp(shared, (index, item), OperationKind::CreateAccount, sent, Effect::Account).await
}

/// Takes an account with our mark; stops at an account of the same name that nobody had in view. `None`: create.
async fn look_before(
    shared: &Shared,
    (index, item): &mut Item,
    recent: &[Account],
) -> Result<Option<StepEnd>, EngineError> {
    let concerned = sight::concerned(item, recent);
    let settled = settled(shared, item, &concerned.same_name).await?;
    let (operation, event) = match concerned.before(|account| settled.contains(account)) {
        Before::Create => return Ok(None),
        Before::CreateAnew => {
            item.operation = None;
            return Ok(None);
        }
        Before::Take(account) => (record::done(item, &Effect::Account(account)), "adopted"),
        Before::Ask(reason, candidates) => (record::needs_person(item, reason, candidates), "needs_person"),
    };
    let mut entry = Entry::new(item, operation, event);
    entry.note.result_id = item.account_id.as_ref().map(ToString::to_string);
    shared.commit_surely(&[entry]).await?;
    Ok(Some(StepEnd::of((*index, item.clone()))))
}

/// Which of these accounts were in view or are somebody's.
pub(super) async fn settled(
    shared: &Shared,
    item: &ItemRecord,
    same_name: &[&Account],
) -> Result<HashSet<AccountId>, EngineError> {
    if same_name.is_empty() {
        return Ok(HashSet::new());
    }
    let mut conn = tenancy::begin(&shared.pool, shared.fence.partner).await?;
    let known =
        storage::known_accounts(&mut conn, shared.fence, &item.plan.organization_id, same_name, shared.seen_at).await?;
    let ids = same_name.iter().map(|account| &account.id).zip(known);
    Ok(ids.filter(|(_, known)| known.is_settled()).map(|(id, _)| id.clone()).collect())
}

fn customer(new: &NewAccount) -> NewCustomer {
    NewCustomer {
        name: new.name.clone(),
        address: new.address.clone(),
        city: new.city.clone(),
        state: new.state.clone(),
        postal_code: new.postal_code.clone(),
        country: new.country.clone(),
        first_name: new.first_name.clone(),
        last_name: new.last_name.clone(),
        email: new.email.clone(),
    }
}
