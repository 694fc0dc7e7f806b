//! What readings of LMP mean: whose an account is, and what a write whose answer was lost has led to.
//!
//! The loop in `jobs` and the simulation both read, each in its own way, and ask here what it means.

use super::answer::Sight;
use super::record::Effect;
use super::words;
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::integration::{CandidateAccount, ItemRecord};
use crate::domain::inventory::{Account, CreatedBetween, Subscription};
use crate::domain::matching::{fold, name_key};
use crate::domain::operation::Operation;
use crate::domain::plan::{PlannedAccount, Reason};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// What is added to windows of creation times on either side. They compare the database's clock with LMP's, and nothing keeps the
/// two together: a day is more than either may be wrong without being noticed (R6).
pub const SLACK: TimeDelta = TimeDelta::days(1);

const MARK: &str = "wfp:";

/// Creation times from `start` to `now`, whatever clock they are told by.
pub fn window(start: DateTime<Utc>, now: DateTime<Utc>) -> CreatedBetween {
    CreatedBetween { start: start - SLACK, end: now + SLACK }
}

/// What is written into the note of a new account.
pub fn note(id: OperationId) -> String {
    format!("Created by the Worry-Free Services plug-in. Reference {}", Operation::mark(id))
}

/// The operation that an account's note names.
pub fn mark_in(note: Option<&str>) -> Option<OperationId> {
    let note = note?.to_ascii_lowercase();
    let (_, rest) = note.split_once(MARK)?;
    Uuid::parse_str(rest.get(..32)?).ok().map(OperationId)
}

/// Accounts that carry the mark of an operation.
fn marked<'a>(accounts: &'a [Account], operation: &Operation) -> Vec<&'a Account> {
    let mark = Operation::mark(operation.id);
    let carries =
        |account: &&Account| account.note.as_ref().is_some_and(|note| note.to_ascii_lowercase().contains(&mark));
    accounts.iter().filter(carries).collect()
}

/// Whose mark an account carries, as far as it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked {
    /// That of a create for another customer: it is that customer's, whatever has become of it.
    ForAnother,
    /// That of a create for this customer that is recorded as done.
    Done,
    /// That of a create for this customer that is not recorded as done: nobody has it.
    NotDone,
}

/// What is recorded of an account that a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// It was in the lists that the import was begun with, so the person had it in view.
    pub in_view: bool,
    /// It is recorded as made by us.
    pub made: bool,
    /// It is linked or claimed.
    pub held: bool,
    /// Whose mark it carries.
    pub marked: Option<Marked>,
}

impl Known {
    /// Whether it was in view or is somebody's, so that it says nothing about this customer.
    pub fn is_settled(self) -> bool {
        let by_mark = matches!(self.marked, Some(Marked::ForAnother | Marked::Done));
        self.in_view || self.made || self.held || by_mark
    }
}

/// What a list says about the account of one customer, before it is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerned<'a> {
    ours: Vec<&'a Account>,
    /// Accounts of the customer's name: [`Known`] is to be found out of each.
    pub same_name: Vec<&'a Account>,
    is_decided: bool,
}

/// What to do instead of, or before, creating an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// Create it.
    Create,
    /// Create it under a mark of its own: a person has said that none of those with the old one is the customer's.
    CreateAnew,
    /// It is there already.
    Take(AccountId),
    /// A person has to choose.
    Ask(Reason, Vec<CandidateAccount>),
}

/// Picks out what concerns a customer. Whether it has an account of its name makes no difference once a person has decided that one
/// is to be created all the same.
pub fn concerned<'a>(item: &ItemRecord, recent: &'a [Account]) -> Concerned<'a> {
    let ours = item.operation.as_ref().map(|operation| marked(recent, operation)).unwrap_or_default();
    let is_decided = item.decision.is_some();
    let key = name_key(item.plan.account_name());
    let is_asked = ours.is_empty() && !is_decided;
    let same_name = recent.iter().filter(|account| is_asked && name_key(&account.name) == key).collect();
    Concerned { ours, same_name, is_decided }
}

impl Concerned<'_> {
    /// Decides; `is_settled` tells of an account of the name what [`Known::is_settled`] says.
    pub fn before(&self, is_settled: impl Fn(&AccountId) -> bool) -> Before {
        match self.ours.as_slice() {
            [account] => Before::Take(account.id.clone()),
            [] => {
                let twins: Vec<_> = self.same_name.iter().copied().filter(|account| !is_settled(&account.id)).collect();
                match twins.first() {
                    Some(first) => Before::Ask(words::same_name(&first.name), candidates(&twins)),
                    None => Before::Create,
                }
            }
            _ if self.is_decided => Before::CreateAnew,
            several => Before::Ask(words::several_accounts(), candidates(several)),
        }
    }
}

/// What a look for a lost create of an account shows.
pub fn account(found: &[Account], operation: &Operation) -> Sight {
    match marked(found, operation).as_slice() {
        [] => Sight::Nothing,
        [account] => Sight::Effect(Effect::Account(account.id.clone())),
        several => Sight::Unclear(words::several_accounts(), candidates(several), None),
    }
}

/// Notes may not be shown: accounts without any that are in all else what was to be created, which may be what a lost create has
/// made. None once a person has decided that one is to be created all the same.
pub fn unmarked<'a>(item: &ItemRecord, found: &'a [Account]) -> Vec<&'a Account> {
    let PlannedAccount::Create(new) = &item.plan.account else { return Vec::new() };
    if item.decision.is_some() {
        return Vec::new();
    }
    let key = name_key(&new.name);
    let is_like = |told: Option<&str>, new: &str| told.is_none_or(|told| fold(told) == fold(new));
    let is_like = |account: &&Account| {
        account.note.is_none()
            && name_key(&account.name) == key
            && is_like(account.city.as_deref(), &new.city)
            && is_like(account.country.as_deref(), &new.country)
    };
    found.iter().filter(is_like).collect()
}

/// What those that are not settled mean: only a person can tell.
pub fn perhaps_ours(unmarked: &[&Account], is_settled: impl Fn(&AccountId) -> bool) -> Sight {
    let open: Vec<_> = unmarked.iter().copied().filter(|account| !is_settled(&account.id)).collect();
    match open.first() {
        None => Sight::Nothing,
        Some(first) => Sight::Unclear(words::perhaps_ours(&first.name), candidates(&open), None),
    }
}

/// Whether the units are set; whether the subscription is there makes no difference.
pub fn units(item: &ItemRecord, found: Option<&Subscription>) -> Sight {
    match found {
        Some(found) if is_as_confirmed(item, found) => Sight::Effect(Effect::Units),
        _ => Sight::Nothing,
    }
}

/// What a look for a lost create of a subscription shows: the one that is there for the account and plan.
pub fn subscription(item: &ItemRecord, found: &Subscription) -> Sight {
    if is_as_confirmed(item, found) {
        Sight::Effect(Effect::Subscription(found.id.clone()))
    } else {
        Sight::Unclear(words::subscription_differs(), candidate(item), Some(found.id.clone()))
    }
}

/// The same where there are several.
pub fn several_subscriptions(item: &ItemRecord) -> Sight {
    Sight::Unclear(words::subscription_differs(), candidate(item), None)
}

/// Whether a subscription is exactly what was confirmed.
pub fn is_as_confirmed(item: &ItemRecord, subscription: &Subscription) -> bool {
    subscription.enabled && subscription.units == Some(item.plan.seats)
}

fn candidates(accounts: &[&Account]) -> Vec<CandidateAccount> {
    let candidate = |account: &&Account| CandidateAccount {
        account_id: account.id.clone(),
        name: account.name.clone(),
        city: account.city.clone(),
        country: account.country.clone(),
    };
    accounts.iter().map(candidate).collect()
}

/// The customer's own account, to be chosen if its subscription is to be taken.
fn candidate(item: &ItemRecord) -> Vec<CandidateAccount> {
    let name = item.plan.account_name().to_owned();
    let own = |account_id| CandidateAccount { account_id, name, city: None, country: None };
    item.account_id.clone().map(own).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::engine::testing::{at, item, operation};
    use crate::domain::integration::Decision;
    use crate::domain::operation::{OperationKind, OperationState};

    fn shown(id: &str, note: Option<String>) -> Account {
        Account {
            id: AccountId::parse(id).unwrap(),
            name: "customer 0".to_owned(),
            city: None,
            state: None,
            country: None,
            note,
            emergency_email: None,
        }
    }

    fn absent() -> Operation {
        Operation { state: OperationState::Absent, ..operation(OperationKind::CreateAccount, 7) }
    }

    #[test]
    fn our_mark_is_found_whatever_its_case_and_surroundings() {
        let operation = absent();
        let accounts =
            [shown("a", Some(note(operation.id).to_uppercase())), shown("b", None), shown("c", Some("wfp:".into()))];
        let effect = Effect::Account(AccountId::parse("a").unwrap());
        assert_eq!(account(&accounts, &operation), Sight::Effect(effect));
        assert_eq!(mark_in(accounts[0].note.as_deref()), Some(operation.id));
        assert_eq!((mark_in(None), mark_in(accounts[2].note.as_deref())), (None, None));
    }

    #[test]
    fn windows_hold_clocks_that_are_hours_apart() {
        let found = window(at(0), at(60));
        assert!(found.start <= at(0) - TimeDelta::hours(12) && found.end >= at(60) + TimeDelta::hours(12));
    }

    #[test]
    fn an_account_that_was_in_view_or_is_somebodys_is_settled() {
        let none = Known::default();
        assert!(!none.is_settled());
        for known in [
            Known { in_view: true, ..none },
            Known { made: true, ..none },
            Known { held: true, ..none },
            Known { marked: Some(Marked::ForAnother), ..none },
            Known { marked: Some(Marked::Done), ..none },
        ] {
            assert!(known.is_settled(), "{known:?}");
        }
    }

    #[test]
    fn an_orphan_with_our_mark_of_this_customer_is_asked_about() {
        let orphan = Known { marked: Some(Marked::NotDone), ..Known::default() };
        assert!(!orphan.is_settled());
        let list = [shown("a", Some(note(operation(OperationKind::CreateAccount, 9).id)))];
        let mut record = item(0);
        record.operation = Some(absent());
        let found = concerned(&record, &list).before(|_| orphan.is_settled());
        assert!(
            matches!(found, Before::Ask(reason, candidates) if reason.code == "same_name" && candidates.len() == 1)
        );
    }

    #[test]
    fn none_of_several_with_our_mark_is_said_once() {
        let mut record = item(0);
        record.operation = Some(absent());
        let mark = note(absent().id);
        let list = [shown("a", Some(mark.clone())), shown("b", Some(mark))];
        let before = |record: &ItemRecord| concerned(record, &list).before(|_| false);
        assert!(matches!(before(&record), Before::Ask(reason, _) if reason.code == "several_found"));
        record.decision = Some(Decision { account_id: None, by: "Ada".to_owned() });
        assert_eq!(before(&record), Before::CreateAnew);
        record.operation = None;
        assert_eq!(before(&record), Before::Create);
    }
}
