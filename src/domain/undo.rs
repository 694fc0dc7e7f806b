//! Taking an import back: what of it can be reversed, and what stays.
//!
//! LMP deletes nothing, so undoing is reversing what costs money: a subscription that the import created is suspended, units
//! that it changed get their old number, and the link is removed. Both calls set a state, so they may be repeated
//! (`lmpi.md` 8.3, 8.4). Nothing is undone by itself: a person asks for it (R8).

pub mod reverse;

use super::engine::units_may_be_set;
use super::ids::{AccountId, OrganizationId, SubscriptionId};
use super::integration::{ItemRecord, ItemStatus};
use super::plan::{PlannedAccount, PlannedSubscription, Reason};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long after its end an import can be undone.
pub const UNDO_WITHIN: TimeDelta = TimeDelta::hours(24);

/// What reverses the part of a customer that costs money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reversal {
    /// Suspend the subscription that was created.
    Suspend {
        /// Whose.
        account_id: AccountId,
        /// Which.
        subscription_id: SubscriptionId,
    },
    /// Give the subscription its old units.
    RestoreUnits {
        /// Whose.
        account_id: AccountId,
        /// Which.
        subscription_id: SubscriptionId,
        /// The old number.
        units: u32,
        /// The number that the import set: any other one is somebody else's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<u32>,
    },
    /// Only the link is removed.
    Unlink,
}

/// One customer of an import that is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoItem {
    /// The customer.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Place in the import's list.
    pub position: u32,
    /// What is reversed.
    pub reversal: Reversal,
    /// What stays as it is.
    pub remains: Vec<Reason>,
}

/// How far a customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoStatus {
    /// Not yet.
    Queued,
    /// Reversed, and the link is removed.
    Undone,
    /// Not reversed; the reason says what to do.
    Refused,
}

impl UndoStatus {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Undone => "undone",
            Self::Refused => "refused",
        }
    }

    /// As stored, read back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Undone, Self::Refused].into_iter().find(|status| status.as_str() == text)
    }
}

/// Until when an import that ended at `finished_at` can be undone.
pub fn deadline(finished_at: DateTime<Utc>) -> DateTime<Utc> {
    finished_at + UNDO_WITHIN
}

/// The first customer a person still has to decide about: nobody knows yet what there is to undo for it.
pub fn undecided(records: &[ItemRecord]) -> Option<&ItemRecord> {
    records.iter().find(|record| record.status == ItemStatus::NeedsPerson)
}

/// What there is to undo, the last customer first: the reverse of the order in which it was done. `bought`: for whom the creation of
/// a subscription was sent and not surely without effect.
pub fn items(records: &[ItemRecord], bought: &BTreeSet<OrganizationId>) -> Vec<UndoItem> {
    records.iter().rev().filter_map(|record| item(record, bought.contains(&record.plan.organization_id))).collect()
}

/// `None`: nothing was made for this customer, or what was made is not known yet and a person has to find out first.
fn item(record: &ItemRecord, is_bought: bool) -> Option<UndoItem> {
    let account_id = record.account_id.clone()?;
    if !record.status.is_final() || record.status == ItemStatus::NeedsPerson {
        return None;
    }
    let created = matches!(record.plan.account, PlannedAccount::Create(_));
    if !created && !record.subscription_done && !units_may_be_set(record) {
        return None;
    }
    let mut remains = Vec::new();
    let reversal = reversal(record, &account_id, is_bought, &mut remains);
    if created {
        let name = record.plan.account_name();
        let message = format!(
            "The account {name} stays at Trend Micro: accounts cannot be deleted from here. Disable it in the console if it is not needed."
        );
        remains.push(Reason::new("account_stays", message));
    } else if (record.plan.template.is_some() && record.template_done)
        || (record.plan.notify.is_some() && record.notifications_done)
    {
        let message = "Settings and notification addresses that were set in Remote Manager stay as they are.";
        remains.push(Reason::new("settings_stay", message));
    }
    Some(UndoItem {
        organization_id: record.plan.organization_id.clone(),
        organization_name: record.plan.organization_name.clone(),
        position: record.plan.position,
        reversal,
        remains,
    })
}

fn reversal(record: &ItemRecord, account_id: &AccountId, is_bought: bool, remains: &mut Vec<Reason>) -> Reversal {
    let (account_id, subscription_id) = (account_id.clone(), record.subscription_id.clone());
    match (&record.plan.subscription, subscription_id) {
        (PlannedSubscription::Create, Some(_)) if record.subscription_done && !is_bought => {
            let message = "The subscription was there already when its turn came, so the import did not create it, and it stays as it is.";
            remains.push(Reason::new("subscription_found", message));
            Reversal::Unlink
        }
        (PlannedSubscription::Create, Some(subscription_id)) if record.subscription_done => {
            let message = "The subscription is suspended, not deleted. To import the customer again, lift the suspension in the console.";
            remains.push(Reason::new("subscription_stays", message));
            Reversal::Suspend { account_id, subscription_id }
        }
        (PlannedSubscription::SetUnits { before: Some(units), .. }, Some(subscription_id))
            if record.subscription_done || units_may_be_set(record) =>
        {
            Reversal::RestoreUnits { account_id, subscription_id, units: *units, imported: Some(record.plan.seats) }
        }
        (PlannedSubscription::SetUnits { before: None, .. }, _)
            if record.subscription_done || units_may_be_set(record) =>
        {
            let message = "How many seats there were before is not known, so they stay as they are.";
            remains.push(Reason::new("seats_stay", message));
            Reversal::Unlink
        }
        _ => Reversal::Unlink,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::engine::testing::{item as record, operation, subscription};
    use crate::domain::ids::AccountId;
    use crate::domain::operation::{Operation, OperationKind, OperationState};

    fn account() -> AccountId {
        AccountId::parse("a").unwrap()
    }

    fn imported() -> ItemRecord {
        let mut record = record(0);
        record.account_id = Some(account());
        record.subscription_id = Some(subscription(0));
        record.subscription_done = true;
        record.status = ItemStatus::Imported;
        record
    }

    /// As if each had bought its subscription.
    fn items(records: &[ItemRecord]) -> Vec<UndoItem> {
        super::items(records, &records.iter().map(|record| record.plan.organization_id.clone()).collect())
    }

    fn codes(item: &UndoItem) -> Vec<&str> {
        item.remains.iter().map(|reason| reason.code.as_str()).collect()
    }

    #[test]
    fn what_was_created_is_suspended_and_what_stays_is_said() {
        let found = items(&[imported()]);
        let expected = Reversal::Suspend { account_id: account(), subscription_id: subscription(0) };
        assert_eq!(found[0].reversal, expected);
        assert_eq!(codes(&found[0]), ["subscription_stays", "account_stays"]);
    }

    #[test]
    fn a_subscription_that_was_only_found_is_left_alone() {
        let mut record = imported();
        record.plan.account = PlannedAccount::Link { account_id: account(), name: "Acme".to_owned() };
        let found = super::items(&[record], &BTreeSet::new());
        assert_eq!((&found[0].reversal, codes(&found[0])), (&Reversal::Unlink, vec!["subscription_found"]));
    }

    #[test]
    fn who_needs_a_person_is_named() {
        let mut open = imported();
        open.status = ItemStatus::NeedsPerson;
        assert_eq!(undecided(&[imported(), open.clone()]), Some(&open));
        assert_eq!(undecided(&[imported()]), None);
    }

    #[test]
    fn changed_units_get_their_old_number() {
        let mut record = imported();
        record.plan.account = PlannedAccount::Link { account_id: account(), name: "Acme".to_owned() };
        record.plan.subscription = PlannedSubscription::SetUnits { subscription_id: subscription(0), before: Some(7) };
        let found = items(std::slice::from_ref(&record));
        let expected = Reversal::RestoreUnits {
            account_id: account(),
            subscription_id: subscription(0),
            units: 7,
            imported: Some(10),
        };
        assert_eq!(found[0].reversal, expected);
        record.plan.subscription = PlannedSubscription::SetUnits { subscription_id: subscription(0), before: None };
        let found = items(&[record]);
        assert_eq!(found[0].reversal, Reversal::Unlink);
        assert!(codes(&found[0]).contains(&"seats_stay"));
    }

    #[test]
    fn units_that_may_be_set_are_restored_as_well() {
        let mut record = record(0);
        record.account_id = Some(account());
        record.subscription_id = Some(subscription(0));
        record.status = ItemStatus::Refused;
        record.plan.account = PlannedAccount::Link { account_id: account(), name: "Acme".to_owned() };
        record.plan.subscription = PlannedSubscription::SetUnits { subscription_id: subscription(0), before: Some(7) };
        assert_eq!(items(std::slice::from_ref(&record)), [], "nothing was sent");
        let sent = operation(OperationKind::SetUnits, 1);
        record.operation = Some(Operation { state: OperationState::Absent, ..sent });
        let expected = Reversal::RestoreUnits {
            account_id: account(),
            subscription_id: subscription(0),
            units: 7,
            imported: Some(10),
        };
        assert_eq!(items(&[record])[0].reversal, expected);
    }

    #[test]
    fn the_last_comes_first_and_nothing_is_made_up() {
        let (mut untouched, mut open) = (record(1), imported());
        untouched.status = ItemStatus::NoLicenses;
        open.status = ItemStatus::NeedsPerson;
        let mut last = imported();
        last.plan.position = 9;
        let found = items(&[imported(), untouched, open, last]);
        assert_eq!(found.iter().map(|item| item.position).collect::<Vec<_>>(), [9, imported().plan.position]);
    }

    #[test]
    fn an_account_without_a_subscription_only_loses_its_link() {
        let mut record = imported();
        record.subscription_done = false;
        record.subscription_id = None;
        record.status = ItemStatus::Refused;
        let found = items(&[record]);
        assert_eq!(found[0].reversal, Reversal::Unlink);
        assert_eq!(codes(&found[0]), ["account_stays"]);
    }
}
