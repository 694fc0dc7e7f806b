//! Creating an account: look first, the first time included (R5).

use super::outcome::{intend, record_lmp};
use super::shared::{Entry, Shared, note};
use super::{Item, StepEnd, StepResult};
use crate::domain::account::NewAccount;
use crate::domain::engine::record::{self, Effect};
use crate::domain::engine::words;
use crate::domain::integration::{CandidateAccount, ItemRecord};
use crate::domain::inventory::Account;
use crate::domain::matching::name_key;
use crate::domain::operation::{Operation, OperationKind};
use crate::domain::outcome::Vendor;
use crate::domain::plan::PlannedAccount;
use crate::storage::engine as storage;
use crate::storage::engine::EngineError;
use crate::storage::tenancy;
use crate::upstream::lmp::NewCustomer;
use uuid::Uuid;

const MARK: &str = "wfp:";

/// Creates the account, unless it is there or somebody has to choose.
pub(super) async fn create(shared: &Shared, (index, mut item): Item) -> StepResult {
    let PlannedAccount::Create(new) = item.plan.account.clone() else { return Ok(StepEnd::of((index, item))) };
    let lmp = match shared.lmp().await {
        Ok(lmp) => lmp,
        Err(cause) => return shared.pause((index, item), Vendor::Lmp, cause).await,
    };
    let recent = match shared.recent_accounts(&lmp).await {
        Ok(recent) => recent,
        Err(error) => return shared.read_failed((index, item), Vendor::Lmp, &error).await,
    };
    if let Some(end) = look_before(shared, (index, item.clone()), &recent).await? {
        return Ok(end);
    }
    let Some(intent) = intend(shared, &mut item, OperationKind::CreateAccount).await? else {
        return Ok(StepEnd::of((index, item)));
    };
    let sent = lmp.create_customer(&customer(&new), &note(&intent.operation), intent.stamp).await;
    record_lmp(shared, (index, item), OperationKind::CreateAccount, sent, Effect::Account).await
}

/// Takes an account with our mark; stops at an account of the same name that nobody had in view. `None`: create.
async fn look_before(
    shared: &Shared,
    (index, mut item): Item,
    recent: &[Account],
) -> Result<Option<StepEnd>, EngineError> {
    let ours = item.operation.as_ref().map(|operation| marked(recent, operation)).unwrap_or_default();
    let (operation, event) = match ours.as_slice() {
        [account] => (record::done(&mut item, &Effect::Account(account.id.clone())), "adopted"),
        [] => {
            let twins = twins(shared, &item, recent).await?;
            let Some(first) = twins.first() else { return Ok(None) };
            let reason = words::same_name(&first.name);
            (record::needs_person(&mut item, reason, candidates(&twins)), "needs_person")
        }
        _ => (record::needs_person(&mut item, words::several_accounts(), candidates(&ours)), "needs_person"),
    };
    let mut entry = Entry::new(&item, operation, event);
    entry.note.result_id = item.account_id.as_ref().map(ToString::to_string);
    shared.commit_surely(&[entry]).await?;
    Ok(Some(StepEnd::of((index, item))))
}

/// Accounts that carry the mark of an operation.
pub(super) fn marked<'a>(accounts: &'a [Account], operation: &Operation) -> Vec<&'a Account> {
    let mark = Operation::mark(operation.id);
    let carries =
        |account: &&Account| account.note.as_ref().is_some_and(|note| note.to_ascii_lowercase().contains(&mark));
    accounts.iter().filter(carries).collect()
}

/// Accounts of the same name that were not in view when the plan was confirmed and are nobody's. None if a person has decided
/// that one is to be created all the same.
pub(super) async fn twins<'a>(
    shared: &Shared,
    item: &ItemRecord,
    recent: &'a [Account],
) -> Result<Vec<&'a Account>, EngineError> {
    let key = name_key(item.plan.account_name());
    let same: Vec<_> = recent.iter().filter(|account| name_key(&account.name) == key).collect();
    if same.is_empty() || item.decision.is_some() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = same.iter().map(|account| account.id.to_string()).collect();
    let marks: Vec<_> = same.iter().map(|account| mark_in(account.note.as_deref())).collect();
    let mut conn = tenancy::begin(&shared.pool, shared.fence.partner).await?;
    let known = storage::known_accounts(&mut conn, shared.fence, &ids, &marks, shared.confirmed_at).await?;
    Ok(same.into_iter().filter(|account| !known.iter().any(|id| id == account.id.as_str())).collect())
}

/// The id of the operation that an account's note names.
fn mark_in(note: Option<&str>) -> Option<Uuid> {
    let note = note?.to_ascii_lowercase();
    let (_, rest) = note.split_once(MARK)?;
    Uuid::parse_str(rest.get(..32)?).ok()
}

pub(super) fn candidates(accounts: &[&Account]) -> Vec<CandidateAccount> {
    let candidate = |account: &&Account| CandidateAccount {
        account_id: account.id.clone(),
        name: account.name.clone(),
        city: account.city.clone(),
        country: account.country.clone(),
    };
    accounts.iter().map(candidate).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::engine::testing::operation;
    use crate::domain::ids::AccountId;

    fn account(id: &str, note: Option<String>) -> Account {
        Account {
            id: AccountId::parse(id).unwrap(),
            name: "Nordic Sample AB".to_owned(),
            city: None,
            state: None,
            country: None,
            note,
            emergency_email: None,
        }
    }

    #[test]
    fn our_mark_is_found_whatever_its_case_and_surroundings() {
        let operation = operation(OperationKind::CreateAccount, 7);
        let accounts = [
            account("a", Some(note(&operation).to_uppercase())),
            account("b", None),
            account("c", Some("wfp:".into())),
        ];
        let found: Vec<_> = marked(&accounts, &operation).iter().map(|account| account.id.as_str()).collect();
        assert_eq!(found, ["a"]);
        assert_eq!(mark_in(accounts[0].note.as_deref()), Some(operation.id.0));
        assert_eq!((mark_in(None), mark_in(accounts[2].note.as_deref())), (None, None));
    }
}
