//! Carrying an import out: what is recorded of each customer and of the whole run.

use super::ids::{AccountId, SubscriptionId};
use super::import::ImportStatus;
use super::operation::Operation;
use super::plan::{PlanItem, PlannedAccount, PlannedSubscription, Reason};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where one customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// Not begun.
    Queued,
    /// The account is being created.
    CreatingAccount,
    /// The subscription is being created or changed.
    CreatingSubscription,
    /// Worry-Free Services is not ready for the account yet.
    WaitingForProduct,
    /// Notification recipients are being set.
    SettingNotifications,
    /// The template is being applied.
    ApplyingTemplate,
    /// An answer was lost; we look and send nothing until it is known.
    Checking,
    /// Will be tried again.
    Waiting,
    /// The whole run waits for credentials.
    NeedsCredentials,
    /// Done.
    Imported,
    /// Done but for the template or the notifications.
    ImportedWithWarning,
    /// The license pool ended before this row.
    NoLicenses,
    /// The vendor refused.
    Refused,
    /// The outcome can't be settled without a decision.
    NeedsPerson,
    /// Stopped before its turn; nothing was sent.
    NotStarted,
}

impl ItemStatus {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Queued,
        Self::CreatingAccount,
        Self::CreatingSubscription,
        Self::WaitingForProduct,
        Self::SettingNotifications,
        Self::ApplyingTemplate,
        Self::Checking,
        Self::Waiting,
        Self::NeedsCredentials,
        Self::Imported,
        Self::ImportedWithWarning,
        Self::NoLicenses,
        Self::Refused,
        Self::NeedsPerson,
        Self::NotStarted,
    ];

    /// As stored and as in the REST API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::CreatingAccount => "creating_account",
            Self::CreatingSubscription => "creating_subscription",
            Self::WaitingForProduct => "waiting_for_product",
            Self::SettingNotifications => "setting_notifications",
            Self::ApplyingTemplate => "applying_template",
            Self::Checking => "checking",
            Self::Waiting => "waiting",
            Self::NeedsCredentials => "needs_credentials",
            Self::Imported => "imported",
            Self::ImportedWithWarning => "imported_with_warning",
            Self::NoLicenses => "no_licenses",
            Self::Refused => "refused",
            Self::NeedsPerson => "needs_person",
            Self::NotStarted => "not_started",
        }
    }

    /// As stored, read back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether nothing more happens without somebody asking for it.
    pub fn is_final(self) -> bool {
        match self {
            Self::Imported
            | Self::ImportedWithWarning
            | Self::NoLicenses
            | Self::Refused
            | Self::NeedsPerson
            | Self::NotStarted => true,
            Self::Queued
            | Self::CreatingAccount
            | Self::CreatingSubscription
            | Self::WaitingForProduct
            | Self::SettingNotifications
            | Self::ApplyingTemplate
            | Self::Checking
            | Self::Waiting
            | Self::NeedsCredentials => false,
        }
    }

    /// Whether the organization is linked to its account.
    pub fn is_imported(self) -> bool {
        matches!(self, Self::Imported | Self::ImportedWithWarning)
    }
}

/// Where the whole run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntegrationStatus {
    /// Waiting for a worker.
    Queued,
    /// Under way.
    Running,
    /// Stands still until what it waits for is over.
    Waiting,
    /// Finishes the customers under way and starts no new ones.
    Stopping,
    /// Stopped; final until a retry.
    Stopped,
    /// Every customer has a result; final until a retry.
    Finished,
}

impl IntegrationStatus {
    /// As stored and as in the REST API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
        }
    }

    /// As stored, read back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Waiting, Self::Stopping, Self::Stopped, Self::Finished]
            .into_iter()
            .find(|status| status.as_str() == text)
    }

    /// Whether nothing more happens without a retry.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Stopped | Self::Finished)
    }
}

/// How many customers stand where; every one is in exactly one of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub total: u32,
    /// Not begun.
    pub queued: u32,
    /// Under way, whatever is being waited for.
    pub under_way: u32,
    /// Done.
    pub imported: u32,
    /// Done but for the template or the notifications.
    pub imported_with_warning: u32,
    /// No licenses, refused or not started.
    pub not_imported: u32,
    /// Waiting for a decision.
    pub needs_person: u32,
}

impl Counts {
    /// Counts customers by their status.
    pub fn of(statuses: impl IntoIterator<Item = ItemStatus>) -> Self {
        let mut counts = Self::default();
        for status in statuses {
            counts.total += 1;
            *match status {
                ItemStatus::Queued => &mut counts.queued,
                ItemStatus::Imported => &mut counts.imported,
                ItemStatus::ImportedWithWarning => &mut counts.imported_with_warning,
                ItemStatus::NoLicenses | ItemStatus::Refused | ItemStatus::NotStarted => &mut counts.not_imported,
                ItemStatus::NeedsPerson => &mut counts.needs_person,
                ItemStatus::CreatingAccount
                | ItemStatus::CreatingSubscription
                | ItemStatus::WaitingForProduct
                | ItemStatus::SettingNotifications
                | ItemStatus::ApplyingTemplate
                | ItemStatus::Checking
                | ItemStatus::Waiting
                | ItemStatus::NeedsCredentials => &mut counts.under_way,
            } += 1;
        }
        counts
    }

    /// Customers with a result.
    pub fn settled(self) -> u32 {
        self.total - self.queued - self.under_way
    }

    /// What the import becomes when the run has ended.
    pub fn import_status(self, stopped: bool) -> ImportStatus {
        if self.imported == self.total {
            ImportStatus::Completed
        } else if stopped {
            ImportStatus::Stopped
        } else {
            ImportStatus::CompletedWithProblems
        }
    }
}

/// An account that could be the one a lost answer created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateAccount {
    /// Its id.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: Option<String>,
    /// Its country.
    pub country: Option<String>,
}

/// What a person decided about a customer whose outcome could not be settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// One of the candidates; `None`: none of them is ours, create one.
    pub account_id: Option<AccountId>,
    /// Who decided.
    pub by: String,
}

/// Everything that is recorded of one customer in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRecord {
    /// What was confirmed.
    pub plan: PlanItem,
    /// Where it stands.
    pub status: ItemStatus,
    /// The account, once known.
    pub account_id: Option<AccountId>,
    /// The subscription, once known.
    pub subscription_id: Option<SubscriptionId>,
    /// The subscription has the confirmed seats.
    pub subscription_done: bool,
    /// Worry-Free Services is ready for the account.
    pub product_ready: bool,
    /// Recipients are set, or given up with a warning.
    pub notifications_done: bool,
    /// The template is applied, or given up with a warning.
    pub template_done: bool,
    /// It got no licenses, and nobody has pressed Retry since: nobody after it in its pool gets any.
    pub went_without: bool,
    /// What was given up.
    pub warning: Option<Reason>,
    /// Why it stands where it stands.
    pub reason: Option<Reason>,
    /// When it is tried again.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Consecutive tries of the present step that did not get through.
    pub tries: u32,
    /// Writes that were called refused for the credentials since something was last done or proved absent.
    pub refusals: u32,
    /// Since when it waits for the product.
    pub product_wait_since: Option<DateTime<Utc>>,
    /// Accounts to choose from.
    pub candidates: Vec<CandidateAccount>,
    /// What a person decided and the run has not obeyed yet.
    pub decision: Option<Decision>,
    /// The operation that is not settled, or proved absent and not intended again yet.
    pub operation: Option<Operation>,
}

impl ItemRecord {
    /// The record at the start of a run.
    pub fn new(plan: PlanItem) -> Self {
        let (status, reason) =
            if plan.imported { (ItemStatus::Queued, None) } else { (ItemStatus::NoLicenses, plan.reason.clone()) };
        let account_id = plan.existing_account().cloned();
        let (subscription_id, subscription_done) = match &plan.subscription {
            PlannedSubscription::Create => (None, false),
            PlannedSubscription::SetUnits { subscription_id, .. } => (Some(subscription_id.clone()), false),
            PlannedSubscription::Keep { subscription_id } => (Some(subscription_id.clone()), true),
        };
        Self {
            // An account that has a subscription of the product already has the product as well, as far as known.
            product_ready: matches!(plan.account, PlannedAccount::Link { .. }) && subscription_id.is_some(),
            notifications_done: plan.notify.is_none(),
            template_done: plan.template.is_none(),
            plan,
            status,
            account_id,
            subscription_id,
            subscription_done,
            went_without: false,
            warning: None,
            reason,
            next_try_at: None,
            tries: 0,
            refusals: 0,
            product_wait_since: None,
            candidates: Vec::new(),
            decision: None,
            operation: None,
        }
    }

    /// Whether anything was sent for it, or may have been.
    pub fn has_begun(&self) -> bool {
        self.status != ItemStatus::Queued || self.operation.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_counted_once_and_read_back() {
        let counts = Counts::of(ItemStatus::ALL);
        let parts = counts.queued
            + counts.under_way
            + counts.imported
            + counts.imported_with_warning
            + counts.not_imported
            + counts.needs_person;
        assert_eq!((counts.total, parts), (15, 15));
        assert_eq!(counts.settled(), 6);
        for status in ItemStatus::ALL {
            assert_eq!(ItemStatus::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn an_import_is_completed_only_if_everything_is() {
        let of = |statuses: &[ItemStatus], stopped| Counts::of(statuses.iter().copied()).import_status(stopped);
        assert_eq!(of(&[ItemStatus::Imported], true), ImportStatus::Completed);
        assert_eq!(of(&[ItemStatus::Imported, ItemStatus::NotStarted], true), ImportStatus::Stopped);
        assert_eq!(
            of(&[ItemStatus::Imported, ItemStatus::ImportedWithWarning], false),
            ImportStatus::CompletedWithProblems
        );
    }
}
