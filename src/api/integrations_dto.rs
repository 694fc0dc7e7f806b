//! How integrations are shown.

use crate::domain::ids::{AccountId, ImportId, OrganizationId, SubscriptionId};
use crate::domain::integration::{CandidateAccount, Counts, IntegrationStatus, ItemStatus};
use crate::domain::plan::Reason;
use crate::service::integrations::{IntegrationView, ItemView, LogEntry};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// An integration with its items.
#[derive(Debug, Serialize)]
pub struct IntegrationDto {
    #[serde(flatten)]
    run: RunDto,
    items: Vec<ItemDto>,
}

/// An integration without its items, as in events.
#[derive(Debug, Serialize)]
pub struct RunDto {
    import_id: ImportId,
    plan_hash: String,
    status: IntegrationStatus,
    counts: Counts,
    waiting_for: Option<Reason>,
    next_try_at: Option<DateTime<Utc>>,
    started_at: DateTime<Utc>,
    started_by: String,
    finished_at: Option<DateTime<Utc>>,
}

/// One customer of an integration.
#[derive(Debug, Serialize)]
pub struct ItemDto {
    organization_id: OrganizationId,
    organization_name: String,
    position: u32,
    status: ItemStatus,
    account_id: Option<AccountId>,
    subscription_id: Option<SubscriptionId>,
    seats: u32,
    reason: Option<Reason>,
    next_try_at: Option<DateTime<Utc>>,
    candidates: Vec<CandidateDto>,
}

#[derive(Debug, Serialize)]
struct CandidateDto {
    account_id: AccountId,
    name: String,
    city: Option<String>,
    country: Option<String>,
}

/// What happened to one customer.
#[derive(Debug, Serialize)]
pub struct RecordDto {
    import_id: ImportId,
    organization_id: OrganizationId,
    entries: Vec<EntryDto>,
}

#[derive(Debug, Serialize)]
struct EntryDto {
    at: DateTime<Utc>,
    event: String,
    operation: Option<String>,
    detail: Option<String>,
    trace_id: Option<Uuid>,
}

impl RecordDto {
    /// Of these lines, in order.
    pub fn of(import_id: ImportId, organization_id: OrganizationId, entries: Vec<LogEntry>) -> Self {
        let entry =
            |LogEntry { at, event, operation, detail, trace_id }| EntryDto { at, event, operation, detail, trace_id };
        Self { import_id, organization_id, entries: entries.into_iter().map(entry).collect() }
    }
}

impl From<IntegrationView> for IntegrationDto {
    fn from(view: IntegrationView) -> Self {
        Self { run: RunDto::from(&view), items: view.items.iter().map(Into::into).collect() }
    }
}

impl From<&IntegrationView> for RunDto {
    fn from(view: &IntegrationView) -> Self {
        Self {
            import_id: view.import_id,
            plan_hash: view.plan_hash.clone(),
            status: view.status,
            counts: view.counts,
            waiting_for: view.waiting_for.clone(),
            next_try_at: view.next_try_at,
            started_at: view.started_at,
            started_by: view.started_by.clone(),
            finished_at: view.finished_at,
        }
    }
}

impl From<&ItemView> for ItemDto {
    fn from(view: &ItemView) -> Self {
        Self {
            organization_id: view.organization_id.clone(),
            organization_name: view.organization_name.clone(),
            position: view.position,
            status: view.status,
            account_id: view.account_id.clone(),
            subscription_id: view.subscription_id.clone(),
            seats: view.seats,
            reason: view.reason.clone(),
            next_try_at: view.next_try_at,
            candidates: view.candidates.iter().map(Into::into).collect(),
        }
    }
}

impl From<&CandidateAccount> for CandidateDto {
    fn from(account: &CandidateAccount) -> Self {
        let CandidateAccount { account_id, name, city, country } = account.clone();
        Self { account_id, name, city, country }
    }
}
