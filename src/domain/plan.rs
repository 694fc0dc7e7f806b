//! What an integration will do, as one value: shown, hashed, frozen, and then only obeyed.

use super::account::NewAccount;
use super::ids::{AccountId, ImportId, LicensePoolId, OrganizationId, ServicePlanId, SubscriptionId, TemplateId};
use super::import::{AccountChoice, Import, ImportItem, Step};
use super::inventory::{LicenseVersion, ServicePlan};
use super::pools::{self, Allocation, Request};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A code to branch on and words for people: what happened, what was and was not done, what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Reason {
    /// A reason.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// One thing that will be done for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Create the account at LMP.
    CreateAccount,
    /// Link the organization to an account that exists.
    LinkAccount,
    /// Create the subscription.
    CreateSubscription,
    /// Change the units of the subscription there is.
    SetUnits,
    /// Set the recipient of Worry-Free notifications.
    SetNotifications,
    /// Replicate the model customer's settings.
    ApplyTemplate,
}

/// The account of a planned row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedAccount {
    /// Will be created exactly like this.
    Create(Box<NewAccount>),
    /// Exists.
    Link {
        /// Its id.
        account_id: AccountId,
        /// Its name.
        name: String,
    },
}

/// The subscription of a planned row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedSubscription {
    /// A new one.
    Create,
    /// One that exists gets the row's seats.
    SetUnits {
        /// Which.
        subscription_id: SubscriptionId,
        /// Units it has now, if known.
        before: Option<u32>,
    },
    /// One that exists has the row's seats already.
    Keep {
        /// Which.
        subscription_id: SubscriptionId,
    },
}

/// What the template of a row is replicated from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlannedTemplate {
    /// The template.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// The model customer.
    pub source_account_id: AccountId,
    /// Whether global settings are replicated as well.
    pub include_global_settings: bool,
    /// Operating systems whose policies are replicated.
    pub operating_systems: Vec<String>,
}

/// One row of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanItem {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Place in the list, from 1.
    pub position: u32,
    /// The account.
    pub account: PlannedAccount,
    /// The service plan that is subscribed to, or that the changed subscription has.
    pub service_plan_id: ServicePlanId,
    /// The pool it draws on; `None` if availability is unknown.
    pub license_pool_id: Option<LicensePoolId>,
    /// What happens to the subscription.
    pub subscription: PlannedSubscription,
    /// Seats it will have.
    pub seats: u32,
    /// Units of the subscription that will be changed.
    pub seats_before: Option<u32>,
    /// Who gets Worry-Free notifications; `None` where Remote Manager is not connected.
    pub notify: Option<String>,
    /// The template; `None` is Trend Micro's default.
    pub template: Option<PlannedTemplate>,
    /// In the order in which they happen.
    pub actions: Vec<Action>,
    /// `false`: the licenses end before this row.
    pub imported: bool,
    /// Why it is not imported, or what to look at afterwards.
    pub reason: Option<Reason>,
}

impl PlanItem {
    /// New units that the row asks of its pool.
    pub fn new_units(&self) -> u32 {
        match self.subscription {
            PlannedSubscription::Create => self.seats,
            PlannedSubscription::SetUnits { before, .. } => pools::new_units(before, self.seats),
            PlannedSubscription::Keep { .. } => 0,
        }
    }

    /// The account's name as it is or will be.
    pub fn account_name(&self) -> &str {
        match &self.account {
            PlannedAccount::Create(account) => &account.name,
            PlannedAccount::Link { name, .. } => name,
        }
    }

    /// The existing account.
    pub fn existing_account(&self) -> Option<&AccountId> {
        match &self.account {
            PlannedAccount::Create(_) => None,
            PlannedAccount::Link { account_id, .. } => Some(account_id),
        }
    }
}

/// What a pool is asked for and gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanPool {
    /// Product and version.
    pub id: LicensePoolId,
    /// Product name.
    pub product: String,
    /// Trial or full.
    pub version: LicenseVersion,
    /// What the vendor can still assign; `None` is unknown.
    pub available: Option<u32>,
    /// What imports that are being carried out have reserved of that and not taken yet.
    #[serde(default)]
    pub reserved: u32,
    /// New units of all rows.
    pub requested: u64,
    /// New units of the rows that are imported.
    pub granted: u64,
    /// `available` less `reserved` and `granted`.
    pub left: Option<u32>,
}

/// Sums over the rows that are imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows.
    pub organizations: u32,
    /// Accounts that are created.
    pub accounts_to_create: u32,
    /// Accounts that are linked.
    pub accounts_to_link: u32,
    /// New subscriptions.
    pub subscriptions_to_create: u32,
    /// Subscriptions whose units change.
    pub units_to_change: u32,
    /// Seats after the integration.
    pub seats: u64,
    /// Rows that are left out.
    pub not_imported: u32,
}

/// What an integration will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The import it is of.
    pub import_id: ImportId,
    /// The version it was computed from.
    pub version: u32,
    /// Names what will be done; see [`Plan::compute`].
    pub hash: String,
    /// In list order.
    pub items: Vec<PlanItem>,
    /// Sums.
    pub totals: Totals,
    /// The pools that rows draw on.
    pub pools: Vec<PlanPool>,
    /// Age of what it was computed from.
    pub inventory_refreshed_at: DateTime<Utc>,
}

/// The import is not ready to be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an earlier step is missing, or rows still have problems")]
pub struct Incomplete {
    /// The first step that is to be done.
    pub step: Step,
}

impl Plan {
    /// Computes the plan of an import that is ready.
    ///
    /// The hash covers what will be done for every row, to the last detail, and nothing else: a pool that has a few licenses
    /// more or less without moving the line does not change it.
    pub fn compute(import: &Import, inventory_refreshed_at: DateTime<Utc>) -> Result<Self, Incomplete> {
        let step = import.next_step();
        if step != Step::Ready {
            return Err(Incomplete { step });
        }
        let mut items = import
            .items
            .iter()
            .map(|item| plan_item(import, item))
            .collect::<Option<Vec<_>>>()
            .ok_or(Incomplete { step: Step::Accounts })?;
        let allocation = allocate(import, &items);
        for (item, granted) in items.iter_mut().zip(&allocation.granted) {
            item.imported = *granted;
            item.reason = if *granted { verify_reason(item) } else { Some(no_licenses()) };
        }
        let pools = plan_pools(import, &allocation);
        let totals = totals(&items);
        Ok(Self {
            import_id: import.id,
            version: import.version,
            hash: hash(&items),
            items,
            totals,
            pools,
            inventory_refreshed_at,
        })
    }
}

/// Which rows of an import the pools serve, for the line on the service-plan screen; rows without a plan ask nothing.
pub fn preview(import: &Import) -> (Allocation, Vec<PlanPool>) {
    let requests: Vec<_> = import.items.iter().map(|item| request(import, item)).collect();
    let allocation = pools::allocate(&requests, &availability(import));
    let pools = plan_pools(import, &allocation);
    (allocation, pools)
}

fn request(import: &Import, item: &ImportItem) -> Request {
    let seats = item.effective_seats(import.seat_rule);
    let current = item.current_subscription(&import.catalog);
    let Some(plan) = current.map(|current| &current.service_plan_id).or(item.service_plan_id.as_ref()) else {
        return Request { pool: None, units: 0 };
    };
    Request {
        pool: import.catalog.pool_of(plan).map(|pool| pool.id.clone()),
        units: pools::new_units(current.and_then(|current| current.units), seats),
    }
}

fn availability(import: &Import) -> BTreeMap<LicensePoolId, Option<u32>> {
    import.catalog.license_pools.iter().map(|pool| (pool.id.clone(), import.catalog.free(pool))).collect()
}

fn allocate(import: &Import, items: &[PlanItem]) -> Allocation {
    let requests: Vec<_> =
        items.iter().map(|item| Request { pool: item.license_pool_id.clone(), units: item.new_units() }).collect();
    pools::allocate(&requests, &availability(import))
}

fn plan_item(import: &Import, item: &ImportItem) -> Option<PlanItem> {
    let account = match item.account.as_ref()? {
        AccountChoice::Create(draft) => {
            PlannedAccount::Create(Box::new(new_account(import, item, draft.check().ok()?)))
        }
        AccountChoice::Existing { account_id } => {
            PlannedAccount::Link { account_id: account_id.clone(), name: item.account_name.clone()? }
        }
    };
    let seats = item.effective_seats(import.seat_rule);
    let current = item.current_subscription(&import.catalog);
    let service_plan_id =
        current.map_or_else(|| item.service_plan_id.clone(), |current| Some(current.service_plan_id.clone()))?;
    let subscription = match current {
        None => PlannedSubscription::Create,
        Some(current) if current.units == Some(seats) => {
            PlannedSubscription::Keep { subscription_id: current.id.clone() }
        }
        Some(current) => PlannedSubscription::SetUnits { subscription_id: current.id.clone(), before: current.units },
    };
    let connected = import.catalog.remote_manager;
    let plan = import.catalog.service_plans.iter().find(|plan| plan.id == service_plan_id);
    // Nobody has notification settings of a product that Remote Manager does not know; a template is somebody's own choice.
    let has_notifications = connected && plan.is_none_or(ServicePlan::is_worry_free);
    let recipient = if import.send_all_to_partner {
        Some(import.partner_email.clone())
    } else {
        item.recipient().map(|email| email.trim().to_owned())
    };
    let template =
        item.template_id.as_ref().and_then(|id| import.catalog.template(id)).map(|template| PlannedTemplate {
            id: template.id.clone(),
            name: template.name.clone(),
            source_account_id: template.source_account_id.clone(),
            include_global_settings: template.include_global_settings,
            operating_systems: template.operating_systems.clone(),
        });
    let mut planned = PlanItem {
        organization_id: item.organization_id.clone(),
        organization_name: item.organization_name.clone(),
        position: item.position,
        license_pool_id: import.catalog.pool_of(&service_plan_id).map(|pool| pool.id.clone()),
        account,
        service_plan_id,
        seats_before: current.and_then(|current| current.units),
        subscription,
        seats,
        notify: recipient.filter(|_| has_notifications),
        template: template.filter(|_| connected),
        actions: Vec::new(),
        imported: true,
        reason: None,
    };
    planned.actions = actions(&planned);
    Some(planned)
}

/// Ticked means that the partner's address becomes the contact of accounts we create; otherwise it is the customer's.
fn new_account(import: &Import, item: &ImportItem, mut account: NewAccount) -> NewAccount {
    if import.send_all_to_partner {
        account.email.clone_from(&import.partner_email);
    } else if let Some(recipient) = item.recipient() {
        account.email = recipient.trim().to_owned();
    }
    account
}

fn actions(item: &PlanItem) -> Vec<Action> {
    let account = match item.account {
        PlannedAccount::Create(_) => Action::CreateAccount,
        PlannedAccount::Link { .. } => Action::LinkAccount,
    };
    let subscription = match item.subscription {
        PlannedSubscription::Create => Some(Action::CreateSubscription),
        PlannedSubscription::SetUnits { .. } => Some(Action::SetUnits),
        PlannedSubscription::Keep { .. } => None,
    };
    let notifications = item.notify.as_ref().map(|_| Action::SetNotifications);
    let template = item.template.as_ref().map(|_| Action::ApplyTemplate);
    [Some(account), subscription, notifications, template].into_iter().flatten().collect()
}

fn verify_reason(item: &PlanItem) -> Option<Reason> {
    let existed = matches!(item.account, PlannedAccount::Link { .. }) && item.template.is_some();
    existed.then(|| {
        let message = "The template is applied to an account that existed before. Its settings may have been customized; verify them afterwards.";
        Reason::new("verify_settings", message)
    })
}

fn no_licenses() -> Reason {
    Reason::new(
        "no_licenses",
        "The license pool ends before this customer, so nothing is created for it. Add licenses, or move it up the list.",
    )
}

fn plan_pools(import: &Import, allocation: &Allocation) -> Vec<PlanPool> {
    let shares = import
        .catalog
        .license_pools
        .iter()
        .filter_map(|pool| allocation.pools.get(&pool.id).map(|share| (pool, share)));
    shares
        .map(|(pool, share)| PlanPool {
            id: pool.id.clone(),
            product: pool.product.clone(),
            version: pool.version,
            available: pool.available,
            reserved: import.catalog.reserved_of(&pool.id),
            requested: share.requested,
            granted: share.granted,
            left: share.left,
        })
        .collect()
}

fn totals(items: &[PlanItem]) -> Totals {
    let mut totals = Totals::default();
    for item in items {
        if !item.imported {
            totals.not_imported += 1;
            continue;
        }
        totals.organizations += 1;
        totals.seats += u64::from(item.seats);
        for action in &item.actions {
            match action {
                Action::CreateAccount => totals.accounts_to_create += 1,
                Action::LinkAccount => totals.accounts_to_link += 1,
                Action::CreateSubscription => totals.subscriptions_to_create += 1,
                Action::SetUnits => totals.units_to_change += 1,
                Action::SetNotifications | Action::ApplyTemplate => {}
            }
        }
    }
    totals
}

fn hash(items: &[PlanItem]) -> String {
    use sha2::{Digest, Sha256};
    // A plan holds nothing that cannot be written as JSON; its fields are written in the order of their declaration.
    let text = serde_json::to_vec(items).unwrap_or_default();
    Sha256::digest(&text).iter().take(16).fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
