//! Preparing an import, step by step.

mod draft;
mod steps;

pub use steps::{fill_blanks, fill_blanks_with, put_accounts, put_notifications, put_service_plans, put_templates};

use super::matching::matches;
use super::page::{Page, PageQuery, foreign_cursor};
use super::{App, Caller, ServiceError};
use crate::domain::field::FieldError;
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId, ServicePlanId, TemplateId};
use crate::domain::import::{AccountChoice, Import, ImportStatus, MAX_ITEMS, Step};
use crate::domain::matching::{Match, Matches};
use crate::domain::outcome::Vendor;
use crate::domain::plan::Plan;
use crate::storage;
use crate::storage::imports::ItemWrite;
use crate::storage::tenancy;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::HashMap;

/// An import as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSummary {
    /// Its id.
    pub id: ImportId,
    /// Where it stands.
    pub status: ImportStatus,
    /// The first step to be done.
    pub step: Step,
    /// Grows with each change.
    pub version: u32,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// How many organizations.
    pub organizations: u32,
}

/// Whether what is entered must be right (`PUT` of the API) or is kept with its mistakes marked (screens).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Mistakes are refused with `ValidationFailed`, paths into the step's body (`/items/3/account/company/country`); nothing is stored.
    Strict,
    /// Everything is stored and the step counts as gone through.
    Confirm,
    /// Everything is stored; the step is not gone through.
    Save,
}

/// Step 1: the organizations and the account of each, complete. `None`: a person still has to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountsStep {
    /// The version it is based on.
    pub version: u32,
    /// Rows in list order; those left out leave the import, new ones join at the end.
    pub items: Vec<(OrganizationId, Option<AccountChoice>)>,
}

/// Step 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationsStep {
    /// The version it is based on.
    pub version: u32,
    /// All notifications go to the partner.
    pub send_all_to_partner: bool,
    /// The customer's own addresses; those not named stay.
    pub recipients: Vec<(OrganizationId, String)>,
}

/// One row of step 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlanItem {
    /// The row.
    pub organization_id: OrganizationId,
    /// The plan; `None` only from screens.
    pub service_plan_id: Option<ServicePlanId>,
    /// `None`: the default.
    pub seats: Option<u32>,
}

/// Step 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlansStep {
    /// The version it is based on.
    pub version: u32,
    /// One for each row.
    pub items: Vec<ServicePlanItem>,
    /// Every organization once; `None` leaves the order.
    pub order: Option<Vec<OrganizationId>>,
}

/// Step 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplatesStep {
    /// The version it is based on.
    pub version: u32,
    /// One for each row; `None` is Trend Micro's default.
    pub items: Vec<(OrganizationId, Option<TemplateId>)>,
}

/// Starts an import with one item per organization, in the order given.
pub async fn create(app: &App, caller: &Caller, organizations: &[OrganizationId]) -> Result<Import, ServiceError> {
    let partner = caller.partner_id;
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    // One that begins empty can wait for its customers: right after activation they are still being read.
    if !organizations.is_empty() && storage::inventory::refreshed_at(&mut transaction, partner).await?.is_none() {
        return Err(ServiceError::InventoryMissing);
    }
    draft::check_organizations(&mut transaction, partner, organizations, |index| format!("/organization_ids/{index}"))
        .await?;
    let id = ImportId(uuid::Uuid::now_v7());
    storage::imports::insert(&mut transaction, partner, id, &caller.name).await?;
    let rows = draft::propose(&mut transaction, partner, organizations).await?;
    storage::imports::put_items(&mut transaction, partner, id, &rows).await?;
    enqueue_contacts(&mut transaction, partner, id).await?;
    let import = draft::load(&mut transaction, partner, id).await?.ok_or(ServiceError::NotFound)?;
    storage::imports::put_snapshot(&mut transaction, partner, id, import.version, &draft::document(&import)).await?;
    transaction.commit().await?;
    Ok(import)
}

/// Queues reading the contacts that rows lack, where VSA is connected.
async fn enqueue_contacts(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<(), ServiceError> {
    let lacking = storage::refresh::lacking_details(conn, partner, import).await?;
    if !lacking.is_empty() && storage::partners::connected(conn, partner).await?.contains(&Vendor::Vsa) {
        storage::jobs::enqueue(conn, partner, "read_contacts", &import.to_string()).await?;
    }
    Ok(())
}

/// Lists imports, the newest first.
pub async fn list(
    app: &App,
    partner: PartnerId,
    status: Option<ImportStatus>,
    page: &PageQuery,
) -> Result<Page<ImportSummary>, ServiceError> {
    let before = match page.after()? {
        None => None,
        // The order of this list is that of the ids alone.
        Some((key, id)) if key.is_empty() => Some(id.parse().map_err(|_| foreign_cursor())?),
        Some(_) => return Err(foreign_cursor()),
    };
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let rows = storage::imports::list(&mut conn, partner, status, before, page.rows()).await?;
    let page = Page::cut(rows, page.limit, |row| (String::new(), row.id.to_string()));
    let mut data = Vec::with_capacity(page.data.len());
    for row in page.data {
        // Only a draft's step depends on its rows; all others are ready.
        let step = match row.status {
            ImportStatus::Draft => {
                draft::load(&mut conn, partner, row.id).await?.map_or(Step::Accounts, |import| import.next_step())
            }
            _ => Step::Ready,
        };
        data.push(ImportSummary {
            id: row.id,
            status: row.status,
            step,
            version: row.version,
            created_at: row.created_at,
            created_by: row.created_by,
            organizations: row.organizations,
        });
    }
    Ok(Page { data, next_cursor: page.next_cursor })
}

/// Loads an import with what the mirror knows about its rows.
pub async fn load(app: &App, partner: PartnerId, import: ImportId) -> Result<Import, ServiceError> {
    draft::load(&mut *tenancy::begin(&app.pool, partner).await?, partner, import).await?.ok_or(ServiceError::NotFound)
}

/// The accounts that fit a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Suggestion {
    /// The best, at most three.
    pub best: Vec<Match>,
    /// The one that fits exactly and alone.
    pub exact: Option<AccountId>,
}

/// The accounts that rows can get.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Suggestions {
    /// Those that fit each row.
    pub of_rows: HashMap<OrganizationId, Suggestion>,
    /// Every account is assigned: there are only new ones.
    pub none_free: bool,
}

/// The accounts that fit each row, for the lists on the accounts screen.
pub async fn suggestions(app: &App, partner: PartnerId, import: &Import) -> Result<Suggestions, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let ids: Vec<_> = import.items.iter().map(|item| item.organization_id.to_string()).collect();
    let suggestion = |found: Matches| {
        let exact = found.exact().map(|found| found.account_id.clone());
        Suggestion { exact, best: found.matches.into_iter().take(3).collect() }
    };
    let matched = matches(&mut conn, partner, &ids).await?;
    let of_rows = matched.into_iter().map(|(id, row)| (id, suggestion(row.found))).collect();
    Ok(Suggestions { of_rows, none_free: !storage::matching::is_any_free(&mut conn, partner).await? })
}

/// How many rows' contacts are still being read from VSA.
pub async fn contacts_pending(app: &App, partner: PartnerId, import: ImportId) -> Result<u32, ServiceError> {
    let pending = pending_contacts(&mut *tenancy::begin(&app.pool, partner).await?, partner, import).await?;
    Ok(u32::try_from(pending.len()).unwrap_or(u32::MAX))
}

/// The organizations whose contacts are still being read.
async fn pending_contacts(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
) -> Result<Vec<OrganizationId>, ServiceError> {
    if !storage::jobs::is_open(conn, partner, "read_contacts", &import.to_string()).await? {
        return Ok(Vec::new());
    }
    Ok(storage::refresh::lacking_details(conn, partner, import).await?)
}

/// Why contacts could not be read from VSA, in words.
pub async fn contacts_error(app: &App, partner: PartnerId, import: ImportId) -> Result<Option<String>, ServiceError> {
    Ok(storage::jobs::last_error(
        &mut *tenancy::begin(&app.pool, partner).await?,
        partner,
        "read_contacts",
        &import.to_string(),
    )
    .await?)
}

/// What an integration would do; once it has started, what it follows.
pub async fn plan(app: &App, partner: PartnerId, import: ImportId) -> Result<Plan, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    if let Some(frozen) = storage::integrations::plan(&mut conn, partner, import).await? {
        return Ok(frozen);
    }
    let loaded = draft::load(&mut conn, partner, import).await?.ok_or(ServiceError::NotFound)?;
    drop(conn);
    plan_of(app, partner, &loaded).await
}

/// What an integration of this draft would do. That somebody has seen it is noted: only such a plan can be carried out.
pub async fn plan_of(app: &App, partner: PartnerId, draft: &Import) -> Result<Plan, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    let plan = compute_plan(&mut conn, app, partner, draft).await?;
    if !storage::imports::was_seen(&mut conn, partner, draft.id, &plan.hash).await? {
        storage::imports::put_plan(&mut conn, partner, draft.id, &plan.hash, &plan_document(&plan)?).await?;
        conn.commit().await?;
    }
    Ok(plan)
}

/// Computes the plan of a draft, if the inventory is fit to spend licenses on.
pub(super) async fn compute_plan(
    conn: &mut PgConnection,
    app: &App,
    partner: PartnerId,
    import: &Import,
) -> Result<Plan, ServiceError> {
    let refreshed_at = storage::inventory::refreshed_at(conn, partner).await?.ok_or(ServiceError::InventoryMissing)?;
    if Utc::now() - refreshed_at > app.limits.inventory_max_age {
        return Err(ServiceError::InventoryStale { refreshed_at });
    }
    Plan::compute(import, refreshed_at).map_err(|incomplete| ServiceError::ImportIncomplete {
        step: incomplete.step,
        errors: import.step_problems(incomplete.step),
    })
}

pub(super) use draft::{held_organization, load as load_draft, plan_document};
