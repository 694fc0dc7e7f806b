//! The mirror of both vendors. Reading it never calls a vendor.

use super::page::{Page, PageQuery};
use super::{App, ServiceError};
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId, ServicePlanId, SubscriptionId, TemplateId};
use crate::domain::import::Template;
use crate::domain::inventory::{LicensePool, OrganizationKind, OrganizationProfile, ServicePlan};
use crate::domain::plan::Reason;
use chrono::{DateTime, Utc};

/// How organizations are ordered; equal ones come in the order of their ids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrganizationSort {
    /// By name.
    #[default]
    Name,
    /// By VSA's short code.
    Reference,
    /// By devices.
    Endpoints,
}

/// Which organizations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganizationQuery {
    /// With or without an account.
    pub linked: Option<bool>,
    /// Customers or built-in ones.
    pub kind: Option<OrganizationKind>,
    /// Part of the name, reference or e-mail address.
    pub search: Option<String>,
    /// The order.
    pub sort: OrganizationSort,
    /// From the end.
    pub descending: bool,
    /// Which page.
    pub page: PageQuery,
}

/// An organization as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationView {
    /// The id in VSA.
    pub id: OrganizationId,
    /// Display name.
    pub name: String,
    /// Short code.
    pub reference: Option<String>,
    /// Customer or built in.
    pub kind: OrganizationKind,
    /// Devices; `None` until they have been read.
    pub endpoints: Option<u32>,
    /// Machine templates.
    pub endpoints_excluded: Option<u32>,
    /// Address and contact as VSA has them.
    pub profile: OrganizationProfile,
    /// The account it is linked to.
    pub link: Option<LinkView>,
    /// The running import it is in.
    pub import_id: Option<ImportId>,
    /// The account that fits best among those not assigned.
    pub best_match: Option<MatchView>,
    /// When it was read.
    pub synced_at: DateTime<Utc>,
}

/// An account that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchView {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: Option<String>,
    /// Why, for people; empty where it was only searched for.
    pub reason: String,
    /// Exact and the only one.
    pub exact: bool,
}

/// A link between an organization and an account.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkView {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub account_name: String,
    /// Its subscription.
    pub subscription_id: Option<SubscriptionId>,
    /// Plan of the subscription.
    pub service_plan_id: Option<ServicePlanId>,
    /// Name of the plan, if it is in the mirror.
    pub service_plan_name: Option<String>,
    /// Seats: as read last, otherwise as imported.
    pub seats: Option<u32>,
    /// Devices as counted last.
    pub endpoints: Option<u32>,
    /// The template that was applied.
    pub template_id: Option<TemplateId>,
    /// Its name.
    pub template_name: Option<String>,
    /// When.
    pub imported_at: DateTime<Utc>,
    /// By whom.
    pub imported_by: String,
    /// By which import.
    pub import_id: ImportId,
}

/// An account as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountView {
    /// The LMP customer id.
    pub id: AccountId,
    /// Company name.
    pub name: String,
    /// City.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// The organization that holds it, by a link or in a running import: id and name.
    pub assigned_to: Option<(OrganizationId, String)>,
    /// Subscriptions in force.
    pub subscriptions: Vec<SubscriptionView>,
}

/// A subscription as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionView {
    /// GUID.
    pub id: SubscriptionId,
    /// Its plan.
    pub service_plan_id: ServicePlanId,
    /// Name of the plan.
    pub service_plan_name: String,
    /// Seats; `None` until they have been read.
    pub units: Option<u32>,
}

/// Age and size of one part of the mirror.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartView {
    /// Rows.
    pub count: u32,
    /// When it was last read completely.
    pub refreshed_at: Option<DateTime<Utc>>,
    /// Whether the last reading saw everything.
    pub complete: bool,
}

/// State of the running or last refresh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RefreshStatus {
    /// None is running.
    #[default]
    Idle,
    /// One is running or queued.
    Running,
    /// The last one failed.
    Failed,
}

/// The mirror's age and the progress of a refresh.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InventoryView {
    /// Organizations.
    pub organizations: PartView,
    /// Devices.
    pub endpoints: PartView,
    /// Devices of organizations that the VSA user may not see.
    pub unattributed: Option<u32>,
    /// Accounts.
    pub accounts: PartView,
    /// Subscriptions.
    pub subscriptions: PartView,
    /// Service plans.
    pub service_plans: PartView,
    /// License pools.
    pub license_pools: PartView,
    /// State of the refresh.
    pub status: RefreshStatus,
    /// Rows read so far.
    pub done: u64,
    /// Rows in all, as far as known.
    pub total: Option<u64>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<Reason>,
}

/// How many organizations there are, for the tabs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrganizationCounts {
    /// Customers without an account.
    pub not_linked: u32,
    /// Links.
    pub linked: u32,
    /// VSA's own.
    pub builtin: u32,
    /// Organizations that the query selects on all pages.
    pub selected: u32,
}

/// Lists organizations.
pub async fn organizations(
    _app: &App,
    _partner: PartnerId,
    _query: &OrganizationQuery,
) -> Result<Page<OrganizationView>, ServiceError> {
    unimplemented!()
}

/// Counts organizations: in all, and how many `query` selects.
pub async fn organization_counts(
    _app: &App,
    _partner: PartnerId,
    _query: &OrganizationQuery,
) -> Result<OrganizationCounts, ServiceError> {
    unimplemented!()
}

/// Ids of all organizations that `query` selects and that can be imported, in its order, at most `MAX_ITEMS`: for "select all".
pub async fn organization_ids(
    _app: &App,
    _partner: PartnerId,
    _query: &OrganizationQuery,
) -> Result<Vec<OrganizationId>, ServiceError> {
    unimplemented!()
}

/// Lists accounts in the order of their names. `assigned` `Some(false)`: only those an import may use.
pub async fn accounts(
    _app: &App,
    _partner: PartnerId,
    _assigned: Option<bool>,
    _search: Option<&str>,
    _page: &PageQuery,
) -> Result<Page<AccountView>, ServiceError> {
    unimplemented!()
}

/// Accounts to choose from for one row of an import: best matches first, then those whose name holds `search`; unassigned ones that no
/// other row has chosen.
pub async fn account_choices(
    _app: &App,
    _partner: PartnerId,
    _import: ImportId,
    _organization: &OrganizationId,
    _search: &str,
    _limit: u32,
) -> Result<Vec<MatchView>, ServiceError> {
    unimplemented!()
}

/// Lists service plans with the id of the pool each draws on.
pub async fn service_plans(
    _app: &App,
    _partner: PartnerId,
    _page: &PageQuery,
) -> Result<Page<(ServicePlan, Option<String>)>, ServiceError> {
    unimplemented!()
}

/// Lists license pools.
pub async fn license_pools(
    _app: &App,
    _partner: PartnerId,
    _page: &PageQuery,
) -> Result<Page<LicensePool>, ServiceError> {
    unimplemented!()
}

/// Lists templates; none while Remote Manager is not connected.
pub async fn templates(_app: &App, _partner: PartnerId, _page: &PageQuery) -> Result<Page<Template>, ServiceError> {
    unimplemented!()
}

/// Lists links in the order of the organizations' names.
pub async fn links(
    _app: &App,
    _partner: PartnerId,
    _search: Option<&str>,
    _page: &PageQuery,
) -> Result<Page<LinkView>, ServiceError> {
    unimplemented!()
}

/// Age of the mirror and progress of a refresh.
pub async fn inventory(_app: &App, _partner: PartnerId) -> Result<InventoryView, ServiceError> {
    unimplemented!()
}

/// Starts a refresh; one that is running goes on.
pub async fn refresh(_app: &App, _partner: PartnerId) -> Result<InventoryView, ServiceError> {
    unimplemented!()
}
