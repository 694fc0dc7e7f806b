//! Preparing an import, step by step.

use super::page::{Page, PageQuery};
use super::{App, Caller, ServiceError};
use crate::domain::ids::{ImportId, OrganizationId, PartnerId, ServicePlanId, TemplateId};
use crate::domain::import::{AccountChoice, Import, ImportStatus, Step};
use crate::domain::matching::Match;
use crate::domain::plan::Plan;
use chrono::{DateTime, Utc};
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
pub async fn create(_app: &App, _caller: &Caller, _organizations: &[OrganizationId]) -> Result<Import, ServiceError> {
    unimplemented!()
}

/// Lists imports, the newest first.
pub async fn list(
    _app: &App,
    _partner: PartnerId,
    _status: Option<ImportStatus>,
    _page: &PageQuery,
) -> Result<Page<ImportSummary>, ServiceError> {
    unimplemented!()
}

/// Loads an import with what the mirror knows about its rows.
pub async fn load(_app: &App, _partner: PartnerId, _import: ImportId) -> Result<Import, ServiceError> {
    unimplemented!()
}

/// The accounts that fit each row best, at most three a row, for the lists on the accounts screen.
pub async fn suggestions(
    _app: &App,
    _partner: PartnerId,
    _import: ImportId,
) -> Result<HashMap<OrganizationId, Vec<Match>>, ServiceError> {
    unimplemented!()
}

/// How many rows' contacts are still being read from VSA.
pub async fn contacts_pending(_app: &App, _partner: PartnerId, _import: ImportId) -> Result<u32, ServiceError> {
    unimplemented!()
}

/// Stores step 1.
pub async fn put_accounts(
    _app: &App,
    _caller: &Caller,
    _import: ImportId,
    _step: AccountsStep,
    _mode: Mode,
) -> Result<Import, ServiceError> {
    unimplemented!()
}

/// Fills what is blank in new accounts from the partner's own details: city, state, country, contact, e-mail address.
pub async fn fill_blanks(
    _app: &App,
    _caller: &Caller,
    _import: ImportId,
    _version: u32,
) -> Result<Import, ServiceError> {
    unimplemented!()
}

/// Stores step 2.
pub async fn put_notifications(
    _app: &App,
    _caller: &Caller,
    _import: ImportId,
    _step: NotificationsStep,
    _mode: Mode,
) -> Result<Import, ServiceError> {
    unimplemented!()
}

/// Stores step 3.
pub async fn put_service_plans(
    _app: &App,
    _caller: &Caller,
    _import: ImportId,
    _step: ServicePlansStep,
    _mode: Mode,
) -> Result<Import, ServiceError> {
    unimplemented!()
}

/// Stores step 4.
pub async fn put_templates(
    _app: &App,
    _caller: &Caller,
    _import: ImportId,
    _step: TemplatesStep,
    _mode: Mode,
) -> Result<Import, ServiceError> {
    unimplemented!()
}

/// What an integration would do; once it has started, what it follows.
pub async fn plan(_app: &App, _partner: PartnerId, _import: ImportId) -> Result<Plan, ServiceError> {
    unimplemented!()
}
