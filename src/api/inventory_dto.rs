//! How the mirror of both vendors is shown.

use crate::domain::account::ContactDraft;
use crate::domain::ids::{
    AccountId, ImportId, LicensePoolId, OrganizationId, ServicePlanId, SubscriptionId, TemplateId,
};
use crate::domain::import::Template;
use crate::domain::inventory::{
    LicensePool, LicenseVersion, OrganizationKind, OrganizationProfile, ServicePlan, Subscription,
};
use crate::domain::plan::Reason;
use crate::service::inventory::{
    AccountView, InventoryView, LinkView, MatchView, OrganizationView, PartView, RefreshStatus, SubscriptionView,
};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// An organization.
#[derive(Debug, Serialize)]
pub struct OrganizationDto {
    id: OrganizationId,
    name: String,
    reference: Option<String>,
    kind: OrganizationKind,
    endpoints: Option<u32>,
    endpoints_excluded: Option<u32>,
    contact: Option<ContactDraft>,
    link: Option<LinkDto>,
    import_id: Option<ImportId>,
    best_match: Option<MatchDto>,
    synced_at: DateTime<Utc>,
}

impl From<OrganizationView> for OrganizationDto {
    fn from(view: OrganizationView) -> Self {
        Self {
            id: view.id,
            name: view.name,
            reference: view.reference,
            kind: view.kind,
            endpoints: view.endpoints,
            endpoints_excluded: view.endpoints_excluded,
            contact: contact(view.profile),
            link: view.link.map(Into::into),
            import_id: view.import_id,
            best_match: view.best_match.map(Into::into),
            synced_at: view.synced_at,
        }
    }
}

/// The contact VSA has; `None` if it has nothing at all.
fn contact(profile: OrganizationProfile) -> Option<ContactDraft> {
    let OrganizationProfile { first_name, last_name, email, .. } = profile;
    let contact = ContactDraft { first_name, last_name, email };
    (contact != ContactDraft::default()).then_some(contact)
}

#[derive(Debug, Serialize)]
struct MatchDto {
    account_id: AccountId,
    name: String,
    reason: String,
    exact: bool,
}

impl From<MatchView> for MatchDto {
    fn from(view: MatchView) -> Self {
        Self { account_id: view.account_id, name: view.name, reason: view.reason, exact: view.exact }
    }
}

/// A link.
#[derive(Debug, Serialize)]
pub struct LinkDto {
    organization_id: OrganizationId,
    organization_name: String,
    account_id: AccountId,
    account_name: String,
    subscription_id: Option<SubscriptionId>,
    service_plan_id: Option<ServicePlanId>,
    seats: Option<u32>,
    endpoints: Option<u32>,
    template_id: Option<TemplateId>,
    imported_at: DateTime<Utc>,
    imported_by: String,
    import_id: ImportId,
}

impl From<LinkView> for LinkDto {
    fn from(view: LinkView) -> Self {
        Self {
            organization_id: view.organization_id,
            organization_name: view.organization_name,
            account_id: view.account_id,
            account_name: view.account_name,
            subscription_id: view.subscription_id,
            service_plan_id: view.service_plan_id,
            seats: view.seats,
            endpoints: view.endpoints,
            template_id: view.template_id,
            imported_at: view.imported_at,
            imported_by: view.imported_by,
            import_id: view.import_id,
        }
    }
}

/// An account.
#[derive(Debug, Serialize)]
pub struct AccountDto {
    id: AccountId,
    name: String,
    city: Option<String>,
    state: Option<String>,
    country: Option<String>,
    assigned_to: Option<AssignedDto>,
    subscriptions: Vec<SubscriptionDto>,
}

#[derive(Debug, Serialize)]
struct AssignedDto {
    organization_id: OrganizationId,
    organization_name: String,
}

impl From<AccountView> for AccountDto {
    fn from(view: AccountView) -> Self {
        let assigned = |(organization_id, organization_name)| AssignedDto { organization_id, organization_name };
        Self {
            id: view.id,
            name: view.name,
            city: view.city,
            state: view.state,
            country: view.country,
            assigned_to: view.assigned_to.map(assigned),
            subscriptions: view.subscriptions.into_iter().map(Into::into).collect(),
        }
    }
}

/// A subscription.
#[derive(Debug, Serialize)]
pub struct SubscriptionDto {
    id: SubscriptionId,
    service_plan_id: ServicePlanId,
    service_plan_name: String,
    units: Option<u32>,
}

impl From<SubscriptionView> for SubscriptionDto {
    fn from(view: SubscriptionView) -> Self {
        let SubscriptionView { id, service_plan_id, service_plan_name, units } = view;
        Self { id, service_plan_id, service_plan_name, units }
    }
}

impl From<Subscription> for SubscriptionDto {
    fn from(subscription: Subscription) -> Self {
        let Subscription { id, service_plan_id, name, units, .. } = subscription;
        Self { id, service_plan_id, service_plan_name: name, units }
    }
}

/// A service plan.
#[derive(Debug, Serialize)]
pub struct ServicePlanDto {
    id: ServicePlanId,
    name: String,
    product: String,
    product_code: Option<String>,
    version: LicenseVersion,
    data_center: Option<String>,
    auto_renewal: bool,
    license_pool_id: Option<LicensePoolId>,
}

impl From<(ServicePlan, Option<LicensePoolId>)> for ServicePlanDto {
    fn from((plan, license_pool_id): (ServicePlan, Option<LicensePoolId>)) -> Self {
        let ServicePlan { id, name, product, product_code, version, data_center, auto_renewal } = plan;
        Self { id, name, product, product_code, version, data_center, auto_renewal, license_pool_id }
    }
}

/// A license pool.
#[derive(Debug, Serialize)]
pub struct LicensePoolDto {
    id: LicensePoolId,
    product: String,
    version: LicenseVersion,
    available: Option<u32>,
}

impl From<LicensePool> for LicensePoolDto {
    fn from(pool: LicensePool) -> Self {
        Self { id: pool.id, product: pool.product, version: pool.version, available: pool.available }
    }
}

/// A template.
#[derive(Debug, Serialize)]
pub struct TemplateDto {
    id: TemplateId,
    name: String,
    description: Option<String>,
    is_default: bool,
}

impl From<Template> for TemplateDto {
    fn from(template: Template) -> Self {
        let Template { id, name, description, is_default, .. } = template;
        Self { id, name, description, is_default }
    }
}

/// The mirror's age and the progress of a refresh.
#[derive(Debug, Serialize)]
pub struct InventoryDto {
    organizations: PartDto,
    endpoints: EndpointsDto,
    accounts: PartDto,
    subscriptions: PartDto,
    service_plans: PartDto,
    license_pools: PartDto,
    refresh: RefreshDto,
}

#[derive(Debug, Serialize)]
struct PartDto {
    count: u32,
    refreshed_at: Option<DateTime<Utc>>,
    complete: bool,
}

#[derive(Debug, Serialize)]
struct EndpointsDto {
    #[serde(flatten)]
    part: PartDto,
    unattributed: Option<u32>,
}

#[derive(Debug, Serialize)]
struct RefreshDto {
    status: &'static str,
    done: u64,
    total: Option<u64>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    error: Option<Reason>,
}

impl From<PartView> for PartDto {
    fn from(PartView { count, refreshed_at, complete }: PartView) -> Self {
        Self { count, refreshed_at, complete }
    }
}

impl From<InventoryView> for InventoryDto {
    fn from(view: InventoryView) -> Self {
        let status = match view.status {
            RefreshStatus::Idle => "idle",
            RefreshStatus::Running => "running",
            RefreshStatus::Failed => "failed",
        };
        Self {
            organizations: view.organizations.into(),
            endpoints: EndpointsDto { part: view.endpoints.into(), unattributed: view.unattributed },
            accounts: view.accounts.into(),
            subscriptions: view.subscriptions.into(),
            service_plans: view.service_plans.into(),
            license_pools: view.license_pools.into(),
            refresh: RefreshDto {
                status,
                done: view.done,
                total: view.total,
                started_at: view.started_at,
                finished_at: view.finished_at,
                error: view.error,
            },
        }
    }
}
