//! Carrying an import out, as people and programs see it. The work itself is done by `jobs`.

use super::{App, Caller, ServiceError};
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId, SubscriptionId};
use crate::domain::integration::{CandidateAccount, Counts, IntegrationStatus, ItemStatus};
use crate::domain::plan::Reason;
use chrono::{DateTime, Utc};

/// The state of an integration.
#[derive(Debug, Clone, PartialEq)]
pub struct IntegrationView {
    /// The import.
    pub import_id: ImportId,
    /// The plan it follows.
    pub plan_hash: String,
    /// Where it stands.
    pub status: IntegrationStatus,
    /// How many customers stand where.
    pub counts: Counts,
    /// In list order; for events only those that changed.
    pub items: Vec<ItemView>,
    /// Why the whole run stands still.
    pub waiting_for: Option<Reason>,
    /// When it is tried again.
    pub next_try_at: Option<DateTime<Utc>>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// By whom.
    pub started_by: String,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Grows with each change; the id of the last event.
    pub event_id: i64,
}

/// One customer of an integration.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemView {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Name of the account as it is or will be.
    pub account_name: String,
    /// Place in the list, from 1.
    pub position: u32,
    /// Where it stands.
    pub status: ItemStatus,
    /// Known as soon as the account is.
    pub account_id: Option<AccountId>,
    /// Known as soon as the subscription is.
    pub subscription_id: Option<SubscriptionId>,
    /// Seats that were confirmed.
    pub seats: u32,
    /// Why it stands where it stands.
    pub reason: Option<Reason>,
    /// When it is tried again.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Accounts to choose from in `needs_person`.
    pub candidates: Vec<CandidateAccount>,
    /// Id of the event of its last change.
    pub event_id: i64,
}

/// What a retry takes up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retry {
    /// Only these; all if `None`.
    pub organization_ids: Option<Vec<OrganizationId>>,
    /// For customers that need a person: one of the candidates, or `None` to create one.
    pub decisions: Vec<(OrganizationId, Option<AccountId>)>,
}

/// One line of what happened to a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// What, as a code: intended, done, refused, not_sent, in_doubt, looked, adopted, absent, needs_person, decided, imported.
    pub event: String,
    /// The write it belongs to, as a code, such as create_account.
    pub operation: Option<String>,
    /// In words.
    pub detail: Option<String>,
    /// Trace id for the vendor's support.
    pub trace_id: Option<uuid::Uuid>,
}

/// Freezes the plan and starts it, at most once. The flag tells whether this call started it.
pub async fn start(
    _app: &App,
    _caller: &Caller,
    _import: ImportId,
    _plan_hash: &str,
) -> Result<(IntegrationView, bool), ServiceError> {
    unimplemented!()
}

/// The state of an integration with all items; `NotFound` until it has been started.
pub async fn view(_app: &App, _partner: PartnerId, _import: ImportId) -> Result<IntegrationView, ServiceError> {
    unimplemented!()
}

/// The state with only those items that changed after the event `after`.
pub async fn changes(
    _app: &App,
    _partner: PartnerId,
    _import: ImportId,
    _after: i64,
) -> Result<IntegrationView, ServiceError> {
    unimplemented!()
}

/// Finishes the customers under way and starts no new ones.
pub async fn stop(_app: &App, _caller: &Caller, _import: ImportId) -> Result<IntegrationView, ServiceError> {
    unimplemented!()
}

/// Takes up again what is not done.
pub async fn retry(
    _app: &App,
    _caller: &Caller,
    _import: ImportId,
    _retry: &Retry,
) -> Result<IntegrationView, ServiceError> {
    unimplemented!()
}

/// What happened to one customer, in order.
pub async fn record(
    _app: &App,
    _partner: PartnerId,
    _import: ImportId,
    _organization: &OrganizationId,
) -> Result<Vec<LogEntry>, ServiceError> {
    unimplemented!()
}
