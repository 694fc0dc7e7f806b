//! Applying a template: a model customer's settings are replicated, group by group.

use super::manager::{batch, pause_all, record_all, refused, sort};
use super::outcome::{intend_all, note};
use super::shared::Shared;
use super::{Item, StepEnd, StepResult};
use crate::domain::engine::PauseCause;
use crate::domain::engine::answer::Batched;
use crate::domain::engine::record::Effect;
use crate::domain::ids::AccountId;
use crate::domain::operation::OperationKind;
use crate::domain::outcome::{ReadError, Sent, WriteOutcome};
use crate::domain::plan::PlannedTemplate;
use crate::storage::engine::OperationNote;
use crate::upstream::remote_manager::{CustomerBatch, CustomerGroups, Group, Os, RemoteManager};
use std::collections::BTreeMap;
use std::sync::Arc;

const KIND: OperationKind = OperationKind::ApplyTemplate;

/// Accounts by the pair of groups, target and source, that their policies go between.
type Pairs = BTreeMap<(u32, u32), Vec<AccountId>>;

/// Applies a template to at most ten accounts.
pub(super) async fn apply(shared: &Shared, mut items: Vec<Item>, template: PlannedTemplate) -> StepResult {
    let manager = match shared.manager().await {
        Ok(manager) => manager,
        Err(cause) => return pause_all(shared, items, cause).await,
    };
    let Some(batch) = batch(&items) else { return Ok(StepEnd { items, ..StepEnd::default() }) };
    let groups = async {
        let source = source_groups(shared, &manager, &template.source_account_id).await.map_err(|e| read_failed(&e))?;
        Ok((source, manager.groups(&batch).await.map_err(target_read_failed)?))
    };
    // The intent comes before the readings: a failed reading is recorded like a failed call.
    if !intend_all(shared, &mut items, KIND).await? {
        return Ok(StepEnd { items, ..StepEnd::default() });
    }
    let (source, targets) = match groups.await {
        Ok(groups) => groups,
        Err(failed) => return record_all(shared, items, KIND, failed, OperationNote::default()).await,
    };
    let has_groups = |account: &AccountId| targets.iter().any(|target| target.account_id == *account);
    if !batch.accounts().iter().all(has_groups) {
        // Whose product is not there yet is missing from the answer.
        return record_all(shared, items, KIND, Batched::NotReady, OperationNote::default()).await;
    }
    let pairs = pairs(&source, &targets);
    if pairs.is_empty() {
        let reason = "the model customer has no groups that match".to_owned();
        return record_all(shared, items, KIND, Batched::Refused(Some(reason)), OperationNote::default()).await;
    }
    let (batched, note) = replicate(&manager, &batch, &template, pairs).await;
    record_all(shared, items, KIND, batched, note).await
}

async fn source_groups(
    shared: &Shared,
    manager: &RemoteManager,
    source: &AccountId,
) -> Result<Arc<Vec<Group>>, ReadError> {
    let mut kept = shared.sources.lock().await;
    if let Some(groups) = kept.get(source) {
        return Ok(Arc::clone(groups));
    }
    let Some(batch) = CustomerBatch::chunks([source.clone()]).into_iter().next() else {
        return Err(ReadError::NotFound);
    };
    let found = manager.groups(&batch).await?;
    let groups = found.into_iter().find(|customer| customer.account_id == *source).ok_or(ReadError::NotFound)?;
    let groups = Arc::new(groups.groups);
    kept.insert(source.clone(), Arc::clone(&groups));
    Ok(groups)
}

fn read_failed(error: &ReadError) -> Batched {
    match PauseCause::of_read(error) {
        Some(cause) => Batched::NotSent(cause),
        None if error.is_transient() => {
            let pause = if let ReadError::Throttled(pause) = error { *pause } else { None };
            Batched::Again(error.to_string(), pause)
        }
        None => Batched::Refused(Some(format!("the groups could not be read, {error}"))),
    }
}

/// The same of the groups of new customers.
fn target_read_failed(error: ReadError) -> Batched {
    match error {
        ReadError::NotFound => Batched::NotKnown(None),
        ReadError::Refused(refusal) => refused(refusal),
        error => read_failed(&error),
    }
}

/// Policies for each pair of groups and operating system, then the global settings. The first failure ends it; all of it may
/// be repeated.
async fn replicate(
    manager: &RemoteManager,
    batch: &CustomerBatch,
    template: &PlannedTemplate,
    pairs: Pairs,
) -> (Batched, OperationNote) {
    let source = &template.source_account_id;
    let mut last = OperationNote::default();
    for ((target_group, source_group), accounts) in pairs {
        for targets in CustomerBatch::chunks(accounts) {
            for os in template.operating_systems.iter().filter_map(|os| operating_system(os)) {
                let sent = manager.replicate_policies(&targets, target_group, os, source, source_group).await;
                if let Some(failure) = failure(sent, &mut last) {
                    return (failure, last);
                }
            }
        }
    }
    if template.include_global_settings {
        let sent = manager.replicate_global_settings(batch, source).await;
        if let Some(failure) = failure(sent, &mut last) {
            return (failure, last);
        }
    }
    (Batched::Done(Effect::Template), last)
}

fn failure(sent: Sent<()>, last: &mut OperationNote) -> Option<Batched> {
    *last = note(&sent);
    match sent.outcome {
        WriteOutcome::Done(()) => None,
        outcome => Some(match sort(outcome, |()| Batched::Done(Effect::Template)) {
            // Its groups were shown, so the product is there.
            Batched::NotKnown(message) => Batched::Refused(message),
            batched => batched,
        }),
    }
}

fn operating_system(name: &str) -> Option<Os> {
    match name {
        "win" => Some(Os::Win),
        "mac" => Some(Os::Mac),
        "android" => Some(Os::Android),
        "ios" => Some(Os::Ios),
        _ => None,
    }
}

/// Pairs groups: the only ones of their type with each other, further ones by name.
fn pairs(source: &[Group], targets: &[CustomerGroups]) -> Pairs {
    let mut pairs = Pairs::new();
    for target in targets {
        for group in &target.groups {
            if let Some(from) = counterpart(group, &target.groups, source) {
                pairs.entry((group.id, from.id)).or_default().push(target.account_id.clone());
            }
        }
    }
    pairs
}

fn counterpart<'a>(group: &Group, siblings: &[Group], source: &'a [Group]) -> Option<&'a Group> {
    let of_kind: Vec<_> = source.iter().filter(|from| from.kind == group.kind).collect();
    let alone = siblings.iter().filter(|sibling| sibling.kind == group.kind).count() == 1;
    match of_kind.as_slice() {
        [only] if alone => Some(only),
        several => several.iter().copied().find(|from| from.name.to_lowercase() == group.name.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: u32, name: &str, kind: u32) -> Group {
        Group { id, name: name.to_owned(), kind: Some(kind) }
    }

    fn customer(id: &str, groups: Vec<Group>) -> CustomerGroups {
        CustomerGroups { account_id: AccountId::parse(id).unwrap(), groups }
    }

    #[test]
    fn groups_are_paired_by_type_and_further_ones_by_name() {
        let source = [group(1, "Device (Default)", 1), group(2, "Server (Default)", 2), group(7, "Kiosk", 1)];
        let targets = [
            customer("a", vec![group(1, "Device (default)", 1), group(2, "Anything", 2)]),
            customer("b", vec![group(1, "Device (Default)", 1), group(5, "Server (Default)", 2), group(9, "kiosk", 1)]),
        ];
        let pairs = pairs(&source, &targets);
        let pairs: Vec<_> =
            pairs.iter().map(|(pair, ids)| (*pair, ids.iter().map(AccountId::as_str).collect::<Vec<_>>())).collect();
        assert_eq!(pairs, [((1, 1), vec!["a", "b"]), ((2, 2), vec!["a"]), ((5, 2), vec!["b"]), ((9, 7), vec!["b"])]);
    }

    #[test]
    fn nothing_in_common_is_no_pair() {
        assert!(pairs(&[group(1, "A", 1)], &[customer("a", vec![group(3, "B", 3)])]).is_empty());
    }
}
