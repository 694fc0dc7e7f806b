//! The draft of an import: its rows, what is wrong with them, and which step comes next.

use super::account::{NewAccountDraft, check_email};
use super::field::FieldError;
use super::ids::{AccountId, ImportId, LicensePoolId, OrganizationId, ServicePlanId, TemplateId};
use super::inventory::{LicensePool, LicenseVersion, ServicePlan, Subscription};
use super::seats::{self, SeatRule};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most organizations of one import.
pub const MAX_ITEMS: usize = 1000;

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    /// Being prepared.
    Draft,
    /// Being carried out.
    Integrating,
    /// Stopped before its end.
    Stopped,
    /// Every organization is imported.
    Completed,
    /// Carried out; something needs attention.
    CompletedWithProblems,
}

/// The wizard's steps, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Integrate Kaseya customers with Trend Micro accounts.
    Accounts,
    /// Trend Micro customer notifications.
    Notifications,
    /// Assign service plan.
    ServicePlans,
    /// Assign template.
    Templates,
    /// The plan can be looked at and integrated.
    Ready,
}

/// Which steps somebody has been through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// Step 1.
    pub accounts: bool,
    /// Step 2.
    pub notifications: bool,
    /// Step 3.
    pub service_plans: bool,
    /// Step 4.
    pub templates: bool,
}

impl Confirmed {
    fn has(self, step: Step) -> bool {
        match step {
            Step::Accounts => self.accounts,
            Step::Notifications => self.notifications,
            Step::ServicePlans => self.service_plans,
            Step::Templates => self.templates,
            Step::Ready => true,
        }
    }
}

/// The account of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum AccountChoice {
    /// A new account with these details.
    Create(NewAccountDraft),
    /// An account that exists.
    Existing {
        /// Which.
        account_id: AccountId,
    },
}

impl AccountChoice {
    /// The existing account, if that is the choice.
    pub fn existing(&self) -> Option<&AccountId> {
        match self {
            Self::Existing { account_id } => Some(account_id),
            Self::Create(_) => None,
        }
    }
}

/// Who holds an account that a row would use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The import that holds or linked it.
    pub import_id: Option<ImportId>,
}

/// What holds an organization: a link or a running import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Linked already, or only being imported.
    pub linked: bool,
    /// The import that holds or linked it.
    pub import_id: ImportId,
    /// The account, where it is known.
    pub account_id: Option<AccountId>,
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// One organization in an import, with what the mirror knows about it and its account.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportItem {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Whether VSA still shows it.
    pub is_known: bool,
    /// Its short code in VSA.
    pub reference: Option<String>,
    /// Place in the list, from 1.
    pub position: u32,
    /// Devices; `None` until they have been read.
    pub endpoints: Option<u32>,
    /// `None` while a person has to choose.
    pub account: Option<AccountChoice>,
    /// Name of the existing account; `None` if it is not in the mirror.
    pub account_name: Option<String>,
    /// The other organization that has the existing account.
    pub account_holder: Option<Holder>,
    /// An account that an earlier import created for this organization and that is still free.
    pub created_before: Option<(AccountId, String)>,
    /// Who holds the organization, if not this import.
    pub hold: Option<Hold>,
    /// The customer's own address for notifications.
    pub recipient_email: Option<String>,
    /// The plan, once chosen.
    pub service_plan_id: Option<ServicePlanId>,
    /// Seats somebody entered; `None` is the default.
    pub seats: Option<u32>,
    /// `None` is Trend Micro's default.
    pub template_id: Option<TemplateId>,
    /// What the existing account has, in force.
    pub subscriptions: Vec<Subscription>,
}

/// A settings template: a model customer whose settings accounts get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// As named by the partner.
    pub id: TemplateId,
    /// Shown to people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Proposed for new accounts.
    pub is_default: bool,
    /// The model customer.
    pub source_account_id: AccountId,
    /// Whether global settings are replicated as well as policies.
    pub include_global_settings: bool,
    /// Operating systems whose policies are replicated.
    pub operating_systems: Vec<String>,
}

/// What an import can choose from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    /// Service plans, in the vendor's order.
    pub service_plans: Vec<ServicePlan>,
    /// License pools.
    pub license_pools: Vec<LicensePool>,
    /// What imports that are being carried out have reserved of the pools and not taken yet.
    pub reserved: BTreeMap<LicensePoolId, u32>,
    /// Templates, in the partner's order.
    pub templates: Vec<Template>,
    /// Whether Remote Manager is connected: without it no templates and no notification settings.
    pub remote_manager: bool,
}

impl Catalog {
    /// The plan with this id.
    pub fn service_plan(&self, id: &ServicePlanId) -> Option<&ServicePlan> {
        self.service_plans.iter().find(|plan| plan.id == *id)
    }

    /// The pool that a plan draws on; `None` if availability is unknown.
    pub fn pool_of(&self, id: &ServicePlanId) -> Option<&LicensePool> {
        self.license_pools.iter().find(|pool| pool.service_plans.contains(id))
    }

    /// What a pool can still give to another import; `None` is unknown.
    pub fn free(&self, pool: &LicensePool) -> Option<u32> {
        pool.available.map(|available| available.saturating_sub(self.reserved_of(&pool.id)))
    }

    /// What running imports have reserved of a pool.
    pub fn reserved_of(&self, pool: &LicensePoolId) -> u32 {
        self.reserved.get(pool).copied().unwrap_or(0)
    }

    /// The template with this id.
    pub fn template(&self, id: &TemplateId) -> Option<&Template> {
        self.templates.iter().find(|template| template.id == *id)
    }

    /// The template whose settings are copied from this account.
    pub fn model(&self, account_id: &AccountId) -> Option<&Template> {
        self.templates.iter().find(|template| template.source_account_id == *account_id)
    }

    /// The only full plan, if there is just one: then there is nothing to choose.
    pub fn only_service_plan(&self) -> Option<&ServicePlan> {
        let mut full = self.service_plans.iter().filter(|plan| plan.version == LicenseVersion::Full);
        full.next().filter(|_| full.next().is_none())
    }

    /// Whether two plans are of one product, so that an account may have only one of them (`lmpi.md` 8.1).
    pub fn is_same_product(&self, left: &ServicePlanId, right: &ServicePlanId) -> bool {
        if left == right {
            return true;
        }
        match (self.service_plan(left), self.service_plan(right)) {
            (Some(left), Some(right)) => match (&left.product_code, &right.product_code) {
                (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
                _ => left.product == right.product,
            },
            _ => false,
        }
    }
}

/// One run of the wizard.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Where it stands.
    pub status: ImportStatus,
    /// Grows with each change.
    pub version: u32,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// Steps somebody has been through.
    pub confirmed: Confirmed,
    /// All notifications go to the partner.
    pub send_all_to_partner: bool,
    /// The partner's registered address.
    pub partner_email: String,
    /// The partner's rule for seats.
    pub seat_rule: SeatRule,
    /// Rows, in list order.
    pub items: Vec<ImportItem>,
    /// What can be chosen.
    pub catalog: Catalog,
}

impl ImportItem {
    /// Seats as entered, otherwise by the rule.
    pub fn effective_seats(&self, rule: SeatRule) -> u32 {
        self.seats.unwrap_or_else(|| rule.default_seats(self.endpoints))
    }

    /// What the existing account has of the same product as the chosen plan: its units are changed instead of a second plan.
    pub fn current_subscription(&self, catalog: &Catalog) -> Option<&Subscription> {
        self.subscription_under(self.service_plan_id.as_ref()?, catalog)
    }

    /// The subscription that choosing this plan would change; `None` if it would be a new one.
    pub fn subscription_under(&self, chosen: &ServicePlanId, catalog: &Catalog) -> Option<&Subscription> {
        let same = |subscription: &&Subscription| catalog.is_same_product(chosen, &subscription.service_plan_id);
        let exact = self.subscriptions.iter().find(|subscription| subscription.service_plan_id == *chosen);
        exact.or_else(|| self.subscriptions.iter().find(same))
    }

    /// The customer's own address: entered, otherwise the contact's.
    pub fn recipient(&self) -> Option<&str> {
        let contact = match &self.account {
            Some(AccountChoice::Create(draft)) => draft.contact.email.as_deref(),
            _ => None,
        };
        self.recipient_email.as_deref().or(contact)
    }

    fn account_problems(&self) -> Vec<FieldError> {
        match &self.account {
            None => vec![FieldError::new(
                "/account",
                "choose_account",
                "Several accounts fit equally well. Choose one of them, or create a new account.",
            )],
            Some(AccountChoice::Create(draft)) => {
                let mut problems = draft
                    .check()
                    .err()
                    .unwrap_or_default()
                    .into_iter()
                    .map(|error| error.under("/account"))
                    .collect::<Vec<_>>();
                if let Some((_, name)) = &self.created_before {
                    let message = format!(
                        "An earlier import created the account \"{name}\" for this customer. Choose that account; a second one could not be removed."
                    );
                    problems.push(FieldError::new("/account", "choose_account", message));
                }
                problems
            }
            Some(AccountChoice::Existing { account_id }) => self.existing_problem(account_id).into_iter().collect(),
        }
    }

    fn existing_problem(&self, account_id: &AccountId) -> Option<FieldError> {
        const PATH: &str = "/account/account_id";
        if let Some(holder) = &self.account_holder {
            let message = format!(
                "This account belongs to {}. Choose another one, or create a new account.",
                holder.organization_name
            );
            return Some(FieldError::new(PATH, "not_available", message));
        }
        let message = format!("There is no account {account_id}. Refresh the inventory, or choose another one.");
        self.account_name.is_none().then(|| FieldError::new(PATH, "unknown", message))
    }

    fn plan_problems(&self, catalog: &Catalog) -> Vec<FieldError> {
        let mut problems = Vec::new();
        const PATH: &str = "/service_plan_id";
        match self.service_plan_id.as_ref().map(|id| (id, catalog.service_plan(id))) {
            None => problems.push(FieldError::new(PATH, "required", "Choose a service plan.")),
            Some((id, None)) => problems.push(FieldError::new(
                PATH,
                "unknown",
                format!("There is no service plan {id}. Choose one of the list."),
            )),
            Some((_, Some(_))) => {
                problems.extend(self.current_subscription(catalog).and_then(|current| trial_problem(current, catalog)));
            }
        }
        if self.seats.is_some_and(|seats| !seats::is_valid(seats)) {
            problems.push(FieldError::new("/seats", "out_of_range", "Enter a number of seats from 1 to 999,999."));
        }
        problems
    }

    fn recipient_problem(&self) -> Option<FieldError> {
        check_email(self.recipient(), "/recipient_email").err()
    }
}

fn trial_problem(current: &Subscription, catalog: &Catalog) -> Option<FieldError> {
    let plan = catalog.service_plan(&current.service_plan_id)?;
    (plan.version == LicenseVersion::Trial).then(|| {
        let message = "This account has a trial of the same product, which Trend Micro does not let us change. Convert the trial in the \
                       Licensing Management Platform first, or choose another product.";
        FieldError::new("/service_plan_id", "not_available", message)
    })
}

impl Import {
    /// What keeps a row from passing one step; paths are relative to the item. Once it has been started nothing is asked any more.
    pub fn problems_at(&self, item: &ImportItem, step: Step) -> Vec<FieldError> {
        if self.status != ImportStatus::Draft {
            return Vec::new();
        }
        let problems = match step {
            Step::Accounts => self.account_problems(item),
            Step::Notifications if self.send_all_to_partner => Vec::new(),
            Step::Notifications => item.recipient_problem().into_iter().collect(),
            Step::ServicePlans => item.plan_problems(&self.catalog),
            Step::Templates => self.template_problem(item).into_iter().collect(),
            Step::Ready => Vec::new(),
        };
        problems.into_iter().map(|problem| problem.of(&item.organization_id)).collect()
    }

    /// Everything that keeps a row from being imported; paths are relative to the item.
    pub fn problems(&self, item: &ImportItem) -> Vec<FieldError> {
        [Step::Accounts, Step::Notifications, Step::ServicePlans, Step::Templates]
            .into_iter()
            .flat_map(|step| self.problems_at(item, step))
            .collect()
    }

    /// Problems of all rows at one step; paths are relative to the import.
    pub fn step_problems(&self, step: Step) -> Vec<FieldError> {
        let at = |(index, item): (usize, &ImportItem)| {
            let prefix = format!("/items/{index}");
            self.problems_at(item, step).into_iter().map(move |problem| problem.under(&prefix)).collect::<Vec<_>>()
        };
        self.items.iter().enumerate().flat_map(at).collect()
    }

    /// The wizard's order: the first step that nobody has been through or that has problems.
    pub fn next_step(&self) -> Step {
        if self.status != ImportStatus::Draft {
            return Step::Ready;
        }
        let open = |step: &Step| {
            let empty = *step == Step::Accounts && self.items.is_empty();
            empty
                || !self.confirmed.has(*step)
                || self.items.iter().any(|item| !self.problems_at(item, *step).is_empty())
        };
        [Step::Accounts, Step::Notifications, Step::ServicePlans, Step::Templates]
            .into_iter()
            .find(open)
            .unwrap_or(Step::Ready)
    }

    fn account_problems(&self, item: &ImportItem) -> Vec<FieldError> {
        if !item.is_known {
            let message = "Kaseya VSA does not show this customer any more. Remove it from this import, or refresh the inventory once it is back.";
            return vec![FieldError::new("/organization_id", "unknown", message)];
        }
        if let Some(hold) = item.hold.as_ref() {
            let message = if hold.linked {
                "This customer has been imported already. Remove it from this import."
            } else {
                "This customer is being imported by another import. Remove it from this one, or wait for the other to end."
            };
            return vec![FieldError::new("/organization_id", "not_available", message)];
        }
        let mut problems = item.account_problems();
        if let Some(model) =
            item.account.as_ref().and_then(AccountChoice::existing).and_then(|id| self.catalog.model(id))
        {
            let message = format!(
                "This account is the model of the template \"{}\" and no customer's. Choose another one, or create a new account.",
                model.name
            );
            problems.push(FieldError::new("/account/account_id", "not_available", message));
        }
        if let Some(twin) =
            item.account.as_ref().and_then(AccountChoice::existing).and_then(|id| self.first_with(id, item))
        {
            let message = format!(
                "This account is chosen for {} as well. One account belongs to one customer.",
                twin.organization_name
            );
            problems.push(FieldError::new("/account/account_id", "duplicate", message));
        }
        problems
    }

    /// The row above that has chosen the same account.
    fn first_with(&self, account_id: &AccountId, item: &ImportItem) -> Option<&ImportItem> {
        let first = self
            .items
            .iter()
            .find(|other| other.account.as_ref().and_then(AccountChoice::existing) == Some(account_id))?;
        (first.organization_id != item.organization_id).then_some(first)
    }

    fn template_problem(&self, item: &ImportItem) -> Option<FieldError> {
        let id = item.template_id.as_ref()?;
        let message = if self.catalog.remote_manager {
            format!("There is no template {id}. Choose one of the list.")
        } else {
            "Templates need Remote Manager, which is not connected. Choose Trend Micro's default.".to_owned()
        };
        (!self.catalog.remote_manager || self.catalog.template(id).is_none())
            .then(|| FieldError::new("/template_id", "unknown", message))
    }
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
