//! The mirror of both vendors. Reading it never calls a vendor.

use super::matching::matches;
use super::page::{MAX_LIMIT, Page, PageQuery};
use super::{App, ServiceError};
use crate::domain::ids::{
    AccountId, ImportId, LicensePoolId, OrganizationId, PartnerId, ServicePlanId, SubscriptionId, TemplateId,
};
use crate::domain::import::Template;
use crate::domain::import::{AccountChoice, MAX_ITEMS};
use crate::domain::inventory::{LicensePool, OrganizationKind, OrganizationProfile, ServicePlan};
use crate::domain::matching::{self, Match};
use crate::domain::outcome::Vendor;
use crate::domain::plan::Reason;
use crate::storage;
use crate::storage::inventory::{OrganizationFilter, OrganizationRow};
use crate::storage::links::LinkFilter;
use crate::storage::tenancy;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

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
    /// Only those a free account has the name of.
    pub matching: bool,
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
    app: &App,
    partner: PartnerId,
    query: &OrganizationQuery,
) -> Result<Page<OrganizationView>, ServiceError> {
    let after = query.page.after()?;
    let after = after.as_ref().map(|(key, id)| (key.as_str(), id.as_str()));
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let rows = storage::inventory::organizations(
        &mut conn,
        partner,
        &query.filter(),
        query.sort.as_str(),
        query.descending,
        after,
        query.page.rows(),
    )
    .await?;
    let page = Page::cut(rows, query.page.limit, |row| (row.sort_key.clone(), row.id.to_string()));
    let linked: Vec<_> = page.data.iter().filter(|row| row.is_linked).map(|row| row.id.to_string()).collect();
    let free: Vec<_> = page
        .data
        .iter()
        .filter(|row| !row.is_linked && row.import_id.is_none())
        .map(|row| row.id.to_string())
        .collect();
    let only = LinkFilter { only: Some(&linked), ..LinkFilter::default() };
    let links = storage::links::list(&mut conn, partner, &only, None, i64::from(MAX_LIMIT)).await?;
    let mut links: HashMap<_, _> =
        links.into_iter().map(|row| (row.organization_id.clone(), LinkView::from(row))).collect();
    let mut matched = matches(&mut conn, partner, &free).await?;
    Ok(page.map(|row| {
        let best_match =
            matched.remove(&row.id).and_then(|row| row.found.matches.into_iter().next()).map(MatchView::from);
        let link = links.remove(&row.id);
        view(row, link, best_match)
    }))
}

impl OrganizationSort {
    fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Reference => "reference",
            Self::Endpoints => "endpoints",
        }
    }
}

impl OrganizationQuery {
    fn filter(&self) -> OrganizationFilter {
        let search = self.search.as_deref().and_then(search_key);
        OrganizationFilter { linked: self.linked, kind: self.kind, search, matching: self.matching }
    }
}

/// What is looked for in folded texts; an address or a reference keeps its punctuation there.
fn search_key(text: &str) -> Option<String> {
    let text = text.trim();
    let folded = matching::fold(text);
    let key = if text.contains(['@', '.', '_', '-']) || folded.is_empty() { text.to_lowercase() } else { folded };
    (!key.is_empty()).then_some(key)
}

fn view(row: OrganizationRow, link: Option<LinkView>, best_match: Option<MatchView>) -> OrganizationView {
    OrganizationView {
        id: row.id,
        name: row.name,
        reference: row.reference,
        kind: row.kind,
        endpoints: row.endpoints,
        endpoints_excluded: row.endpoints_excluded,
        profile: row.profile,
        link,
        import_id: row.import_id,
        best_match,
        synced_at: row.synced_at,
    }
}

impl From<Match> for MatchView {
    fn from(found: Match) -> Self {
        Self {
            account_id: found.account_id,
            name: found.name,
            city: found.city,
            reason: found.reason.words().to_owned(),
            exact: found.exact,
        }
    }
}

impl From<storage::links::LinkRow> for LinkView {
    fn from(row: storage::links::LinkRow) -> Self {
        Self {
            organization_id: row.organization_id,
            organization_name: row.organization_name,
            account_id: row.account_id,
            account_name: row.account_name,
            subscription_id: row.subscription_id,
            service_plan_id: row.service_plan_id,
            service_plan_name: row.service_plan_name,
            seats: row.seats,
            endpoints: row.endpoints,
            template_id: row.template_id,
            template_name: row.template_name,
            imported_at: row.imported_at,
            imported_by: row.imported_by,
            import_id: row.import_id,
        }
    }
}

/// Counts organizations: in all, and how many `query` selects.
pub async fn organization_counts(
    app: &App,
    partner: PartnerId,
    query: &OrganizationQuery,
) -> Result<OrganizationCounts, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let (not_linked, linked, builtin, selected) =
        storage::inventory::organization_counts(&mut conn, partner, &query.filter()).await?;
    let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(OrganizationCounts {
        not_linked: count(not_linked),
        linked: count(linked),
        builtin: count(builtin),
        selected: count(selected),
    })
}

/// Ids of all organizations that `query` selects and that can be imported, in its order, at most [`MAX_ITEMS`]: for "select all".
pub async fn organization_ids(
    app: &App,
    partner: PartnerId,
    query: &OrganizationQuery,
) -> Result<Vec<OrganizationId>, ServiceError> {
    let filter = OrganizationFilter { linked: Some(false), ..query.filter() };
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let rows = storage::inventory::organizations(
        &mut conn,
        partner,
        &filter,
        query.sort.as_str(),
        query.descending,
        None,
        10 * MAX_ITEMS as i64,
    )
    .await?;
    Ok(rows.into_iter().filter(|row| row.import_id.is_none()).map(|row| row.id).take(MAX_ITEMS).collect())
}

/// Lists accounts in the order of their names. `assigned` `Some(false)`: only those an import may use.
pub async fn accounts(
    app: &App,
    partner: PartnerId,
    assigned: Option<bool>,
    search: Option<&str>,
    page: &PageQuery,
) -> Result<Page<AccountView>, ServiceError> {
    let after = page.after()?;
    let after = after.as_ref().map(|(key, id)| (key.as_str(), id.as_str()));
    let search = search.and_then(search_key);
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let rows =
        storage::inventory::accounts(&mut conn, partner, assigned, search.as_deref(), &[], after, page.rows()).await?;
    let rows = Page::cut(rows, page.limit, |row| (row.sort_key.clone(), row.id.to_string()));
    let ids: Vec<_> = rows.data.iter().map(|row| row.id.to_string()).collect();
    let mut subscriptions: HashMap<AccountId, Vec<SubscriptionView>> = HashMap::new();
    for subscription in storage::inventory::subscriptions(&mut conn, partner, &ids).await? {
        let view = SubscriptionView {
            id: subscription.id,
            service_plan_id: subscription.service_plan_id,
            service_plan_name: subscription.name,
            units: subscription.units,
        };
        subscriptions.entry(subscription.account_id).or_default().push(view);
    }
    Ok(rows.map(|row| AccountView {
        subscriptions: subscriptions.remove(&row.id).unwrap_or_default(),
        id: row.id,
        name: row.name,
        city: row.city,
        state: row.state,
        country: row.country,
        assigned_to: row.assigned_to,
    }))
}

/// Accounts to choose from for one row of an import: best matches first, then those whose name holds `search`; unassigned ones that no
/// other row has chosen.
pub async fn account_choices(
    app: &App,
    partner: PartnerId,
    import: ImportId,
    organization: &OrganizationId,
    search: &str,
    limit: u32,
) -> Result<Vec<MatchView>, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let items = storage::imports::stored_items(&mut conn, partner, import).await?;
    let taken: Vec<_> = items
        .iter()
        .filter(|item| item.organization_id != *organization)
        .filter_map(|item| item.account.as_ref().and_then(AccountChoice::existing).map(ToString::to_string))
        .collect();
    let key = search_key(search);
    let mut choices = Vec::new();
    if key.is_none() {
        let mut matched = matches(&mut conn, partner, &[organization.to_string()]).await?;
        choices.extend(
            matched
                .remove(organization)
                .unwrap_or_default()
                .found
                .matches
                .into_iter()
                .filter(|found| !taken.contains(&found.account_id.to_string()))
                .map(MatchView::from),
        );
    }
    let excluded: Vec<_> =
        taken.into_iter().chain(choices.iter().map(|choice: &MatchView| choice.account_id.to_string())).collect();
    let rows = storage::inventory::accounts(
        &mut conn,
        partner,
        Some(false),
        key.as_deref(),
        &excluded,
        None,
        i64::from(limit),
    )
    .await?;
    choices.extend(rows.into_iter().map(|row| MatchView {
        account_id: row.id,
        name: row.name,
        city: row.city,
        reason: String::new(),
        exact: false,
    }));
    choices.truncate(limit as usize);
    Ok(choices)
}

/// Lists service plans with the id of the pool each draws on.
pub async fn service_plans(
    app: &App,
    partner: PartnerId,
    page: &PageQuery,
) -> Result<Page<(ServicePlan, Option<LicensePoolId>)>, ServiceError> {
    let rows = storage::inventory::service_plans(&mut *tenancy::begin(&app.pool, partner).await?, partner).await?;
    page.slice(&rows, |(plan, _)| (plan.name.to_lowercase(), plan.id.to_string()))
}

/// Lists license pools.
pub async fn license_pools(app: &App, partner: PartnerId, page: &PageQuery) -> Result<Page<LicensePool>, ServiceError> {
    let rows = storage::inventory::license_pools(&mut *tenancy::begin(&app.pool, partner).await?, partner).await?;
    page.slice(&rows, |pool| (pool.product.to_lowercase(), pool.id.to_string()))
}

/// Lists templates; none while Remote Manager is not connected.
pub async fn templates(app: &App, partner: PartnerId, page: &PageQuery) -> Result<Page<Template>, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let connected = storage::partners::connected(&mut conn, partner).await?.contains(&Vendor::RemoteManager);
    let rows = if connected { storage::partners::templates(&mut conn, partner).await? } else { Vec::new() };
    let place: HashMap<_, _> =
        rows.iter().enumerate().map(|(place, template)| (template.id.clone(), format!("{place:06}"))).collect();
    page.slice(&rows, |template| (place.get(&template.id).cloned().unwrap_or_default(), template.id.to_string()))
}

/// Which links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkQuery {
    /// Part of the organization's or the account's name.
    pub search: Option<String>,
    /// Only those whose seats and endpoints are worth a look: devices without a seat, or more than half of the seats idle.
    pub drifting: bool,
    /// Which page.
    pub page: PageQuery,
}

/// Lists links in the order of the organizations' names.
pub async fn links(app: &App, partner: PartnerId, query: &LinkQuery) -> Result<Page<LinkView>, ServiceError> {
    let page = &query.page;
    let after = page.after()?;
    let after = after.as_ref().map(|(key, id)| (key.as_str(), id.as_str()));
    let search = query.search.as_deref().and_then(search_key);
    let filter = LinkFilter { search: search.as_deref(), only: None, drifting: query.drifting };
    let rows =
        storage::links::list(&mut *tenancy::begin(&app.pool, partner).await?, partner, &filter, after, page.rows())
            .await?;
    Ok(Page::cut(rows, page.limit, |row| (row.sort_key.clone(), row.organization_id.to_string())).map(LinkView::from))
}

/// Age of the mirror and progress of a refresh.
pub async fn inventory(app: &App, partner: PartnerId) -> Result<InventoryView, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let mut view = InventoryView::default();
    for row in storage::inventory::parts(&mut conn, partner).await? {
        let part = PartView {
            count: u32::try_from(row.count).unwrap_or(0),
            refreshed_at: row.refreshed_at,
            complete: row.complete,
        };
        match row.part.as_str() {
            "organizations" => view.organizations = part,
            "endpoints" => {
                (view.endpoints, view.unattributed) =
                    (part, row.unattributed.and_then(|count| u32::try_from(count).ok()));
            }
            "accounts" => view.accounts = part,
            "subscriptions" => view.subscriptions = part,
            "service_plans" => view.service_plans = part,
            _ => view.license_pools = part,
        }
    }
    if let Some(row) = storage::inventory::refresh(&mut conn, partner).await? {
        view.status = match row.status.as_str() {
            "running" => RefreshStatus::Running,
            "failed" => RefreshStatus::Failed,
            _ => RefreshStatus::Idle,
        };
        view.done = u64::try_from(row.done).unwrap_or(0);
        view.total = row.total.and_then(|total| u64::try_from(total).ok());
        view.started_at = row.started_at;
        view.finished_at = row.finished_at;
        view.error = row.error_code.map(|code| Reason { code, message: row.error_message.unwrap_or_default() });
    }
    Ok(view)
}

/// Starts a refresh; one that is running goes on.
pub async fn refresh(app: &App, partner: PartnerId) -> Result<InventoryView, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let is_new = storage::jobs::enqueue(&mut transaction, partner, "refresh_inventory", "").await?;
    if is_new {
        storage::refresh::set_running(&mut transaction, partner, 0, None).await?;
    }
    transaction.commit().await?;
    inventory(app, partner).await
}
