//! Carrying an import out, as people and programs see it. The work itself is done by `jobs`.

use super::audit::{self, AuditEntry};
use super::caps::refuse_beyond;
use super::error::HeldAccount;
use super::freeze::refuse_frozen;
use super::imports::{compute_plan, load_draft, plan_document};
use super::{App, Caller, ServiceError, changes as differences};
use crate::domain::engine::words;
use crate::domain::field::FieldError;
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId, SubscriptionId};
use crate::domain::import::{Holder, Import, ImportStatus};
use crate::domain::integration::{CandidateAccount, Counts, Decision, IntegrationStatus, ItemStatus};
use crate::domain::plan::{Plan, PlanItem, Reason};
use crate::storage;
use crate::storage::crash::CrashPoint;
use crate::storage::integrations::ItemRow;
use crate::storage::tenancy;
use crate::storage::undo::UndoRow;
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use std::collections::HashMap;

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
    /// Whether it is, or can be, taken back.
    pub undo: UndoOffer,
}

/// Whether an integration is, or can be, taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoOffer {
    /// It has not ended, or there is nothing to undo.
    Nothing,
    /// Something of it could be undone.
    Offered,
    /// Somebody has asked for it.
    Asked(UndoRow),
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
    /// What, as a code: intended, done, refused, `not_sent`, `in_doubt`, looked, adopted, absent, `needs_person`, decided, obeyed, imported.
    pub event: String,
    /// The write it belongs to, as a code, such as `create_account`.
    pub operation: Option<String>,
    /// In words.
    pub detail: Option<String>,
    /// Trace id for the vendor's support.
    pub trace_id: Option<uuid::Uuid>,
}

/// Freezes the plan and starts it, at most once. The flag tells whether this call started it.
///
/// Everything that could make a second integration of the same thing is looked at under one lock per partner, in one transaction.
pub async fn start(
    app: &App,
    caller: &Caller,
    import: ImportId,
    plan_hash: &str,
) -> Result<(IntegrationView, bool), ServiceError> {
    let partner = caller.partner_id;
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    storage::links::lock_assignments(&mut transaction, partner).await?;
    if !storage::imports::lock(&mut transaction, partner, import).await? {
        return Err(ServiceError::NotFound);
    }
    if let Some(running) = storage::integrations::by_import(&mut transaction, partner, import).await? {
        if running.plan_hash == plan_hash {
            return Ok((read(&mut transaction, partner, import, -1).await?, false));
        }
        let status = storage::imports::by_id(&mut transaction, partner, import)
            .await?
            .map_or(ImportStatus::Integrating, |row| row.status);
        return Err(ServiceError::ImportNotEditable { status });
    }
    refuse_frozen(&mut transaction, partner).await?;
    let draft = load_draft(&mut transaction, partner, import).await?.ok_or(ServiceError::NotFound)?;
    refuse_held(&draft)?;
    if let Some(vendor) = storage::partners::refused(&mut transaction, partner).await?.first() {
        return Err(ServiceError::CredentialsRefused(*vendor));
    }
    let plan = compute_plan(&mut transaction, app, partner, &draft).await?;
    if plan.hash != plan_hash {
        let seen = storage::imports::seen_plan(&mut transaction, partner, import, plan_hash).await?;
        let now = plan_document(&plan)?;
        let changes = seen.map(|seen| differences::between(&seen, &now)).unwrap_or_default();
        return Err(ServiceError::PlanChanged { current_hash: plan.hash, changes });
    }
    refuse_beyond(&mut transaction, app.limits.caps, partner, &plan).await?;
    let imported: Vec<_> = plan.items.iter().filter(|item| item.imported).collect();
    claim(&mut transaction, partner, import, &caller.name, &imported).await?;
    storage::integrations::insert(&mut transaction, partner, &plan, &caller.name).await?;
    storage::imports::set_status(&mut transaction, partner, import, ImportStatus::Integrating).await?;
    storage::jobs::enqueue(&mut transaction, partner, "integrate", &import.to_string()).await?;
    let view = read(&mut transaction, partner, import, -1).await?;
    let seats: u64 = imported.iter().map(|item| u64::from(item.seats)).sum();
    let detail = json!({ "plan_hash": plan.hash, "customers": imported.len(), "seats": seats });
    let subject = import.to_string();
    let entry = AuditEntry { actor: &caller.name, event: "plan_confirmed", subject: &subject, detail };
    audit::append(&mut transaction, partner, &entry).await?;
    CrashPoint::BEFORE_START.pass();
    transaction.commit().await?;
    CrashPoint::STARTED.pass();
    Ok((view, true))
}

/// Refuses rows whose organization or account somebody else has, with who that is.
fn refuse_held(draft: &Import) -> Result<(), ServiceError> {
    let held = |linked: bool| -> Vec<_> {
        let of_item = draft
            .items
            .iter()
            .filter_map(|item| item.hold.as_ref().filter(|hold| hold.linked == linked).map(|hold| (item, hold)));
        of_item
            .map(|(item, hold)| super::imports::held_organization(&item.organization_id, &item.organization_name, hold))
            .collect()
    };
    let (linked, importing) = (held(true), held(false));
    if !linked.is_empty() {
        return Err(ServiceError::OrganizationLinked(linked));
    }
    if !importing.is_empty() {
        return Err(ServiceError::OrganizationImporting(importing));
    }
    let accounts: Vec<_> = draft
        .items
        .iter()
        .filter_map(|item| {
            let account_id = item.account.as_ref()?.existing()?.clone();
            Some(held_account((account_id, item.account_holder.clone()?)))
        })
        .collect();
    if accounts.is_empty() { Ok(()) } else { Err(ServiceError::AccountAssigned(accounts)) }
}

async fn claim(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    by: &str,
    items: &[&PlanItem],
) -> Result<(), ServiceError> {
    let organizations: Vec<_> = items.iter().map(|item| item.organization_id.to_string()).collect();
    let accounts: Vec<_> = items.iter().map(|item| item.existing_account().map(ToString::to_string)).collect();
    Ok(storage::links::claim(conn, partner, import, by, &organizations, &accounts).await?)
}

/// The state of an integration with all items; `NotFound` until it has been started.
pub async fn view(app: &App, partner: PartnerId, import: ImportId) -> Result<IntegrationView, ServiceError> {
    changes(app, partner, import, -1).await
}

/// The state with only those items that changed after the event `after`.
pub async fn changes(
    app: &App,
    partner: PartnerId,
    import: ImportId,
    after: i64,
) -> Result<IntegrationView, ServiceError> {
    read(&mut *tenancy::begin(&app.pool, partner).await?, partner, import, after).await
}

async fn read(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    after: i64,
) -> Result<IntegrationView, ServiceError> {
    let row = storage::integrations::by_import(conn, partner, import).await?.ok_or(ServiceError::NotFound)?;
    let statuses = storage::integrations::statuses(conn, partner, import).await?;
    let counts = Counts::of(
        statuses
            .into_iter()
            .flat_map(|(status, count)| std::iter::repeat_n(known(status), usize::try_from(count).unwrap_or(0))),
    );
    let changed = if after < row.event_id {
        storage::integrations::items(conn, partner, import, after).await?
    } else {
        Vec::new()
    };
    let items = if changed.is_empty() {
        Vec::new()
    } else {
        match storage::integrations::plan(conn, partner, import).await {
            Ok(plan) => item_views(&plan.ok_or(ServiceError::NotFound)?, changed),
            // The run is halted and says so; there is no more to be shown of it.
            Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        }
    };
    let undo = match storage::undo::by_import(conn, partner, import).await? {
        Some(undo) => UndoOffer::Asked(undo),
        None if !row.status.is_final() || super::undo::proposed(conn, partner, import).await?.0.is_empty() => {
            UndoOffer::Nothing
        }
        None => UndoOffer::Offered,
    };
    Ok(IntegrationView {
        undo,
        import_id: import,
        plan_hash: row.plan_hash,
        status: row.status,
        counts,
        items,
        waiting_for: row.waiting_for,
        next_try_at: row.next_try_at,
        started_at: row.started_at,
        started_by: row.started_by,
        finished_at: row.finished_at,
        event_id: row.event_id,
    })
}

/// What this version does not know is waited with until one that does has been installed.
fn known(status: Option<ItemStatus>) -> ItemStatus {
    status.unwrap_or(ItemStatus::Waiting)
}

fn item_views(plan: &Plan, rows: Vec<ItemRow>) -> Vec<ItemView> {
    let planned: HashMap<_, _> = plan.items.iter().map(|item| (&item.organization_id, item)).collect();
    let views = rows.into_iter().filter_map(|row| {
        let item = planned.get(&row.organization_id)?;
        Some(ItemView {
            organization_id: row.organization_id,
            organization_name: item.organization_name.clone(),
            account_name: item.account_name().to_owned(),
            position: item.position,
            status: known(row.status),
            account_id: row.account_id,
            subscription_id: row.subscription_id,
            seats: item.seats,
            reason: if row.status.is_none() { Some(words::unknown_item()) } else { row.reason.or(row.warning) },
            next_try_at: row.next_try_at,
            candidates: if row.status == Some(ItemStatus::NeedsPerson) { row.candidates } else { Vec::new() },
            event_id: row.event_id,
        })
    });
    views.collect()
}

/// Finishes the customers under way and starts no new ones.
pub async fn stop(app: &App, caller: &Caller, import: ImportId) -> Result<IntegrationView, ServiceError> {
    let partner = caller.partner_id;
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let is_new = storage::integrations::request_stop(&mut transaction, partner, import).await?;
    let view = read(&mut transaction, partner, import, -1).await?;
    if is_new {
        let open = view.items.iter().filter(|item| !item.status.is_final());
        let open: Vec<_> = open.map(|item| item.organization_id.to_string()).collect();
        let said = format!("{} pressed Stop.", caller.name);
        storage::integrations::note(&mut transaction, partner, import, &open, "stop_requested", &said).await?;
        audited(&mut transaction, caller, "stop_requested", import, json!({ "open": open.len() })).await?;
    }
    if !view.status.is_final() {
        storage::jobs::enqueue(&mut transaction, partner, "integrate", &import.to_string()).await?;
    }
    transaction.commit().await?;
    Ok(view)
}

/// Takes up again what is not done.
pub async fn retry(
    app: &App,
    caller: &Caller,
    import: ImportId,
    retry: &Retry,
) -> Result<IntegrationView, ServiceError> {
    let partner = caller.partner_id;
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    storage::links::lock_assignments(&mut transaction, partner).await?;
    let current = read(&mut transaction, partner, import, -1).await?;
    if storage::undo::by_import(&mut transaction, partner, import).await?.is_some() {
        return Err(ServiceError::UndoNotPossible { possible_until: None, undecided: None });
    }
    let items: HashMap<_, _> = current.items.iter().map(|item| (&item.organization_id, item)).collect();
    check_retry(retry, &items)?;
    let decided: HashMap<_, _> = retry.decisions.iter().cloned().collect();
    let is_wanted = |item: &&ItemView| {
        retry.organization_ids.as_ref().is_none_or(|ids| ids.contains(&item.organization_id))
            || decided.contains_key(&item.organization_id)
    };
    let taken_up: Vec<_> = current
        .items
        .iter()
        .filter(is_wanted)
        .filter(|item| match item.status {
            ItemStatus::ImportedWithWarning | ItemStatus::NoLicenses | ItemStatus::Refused | ItemStatus::NotStarted => {
                true
            }
            ItemStatus::NeedsPerson => decided.contains_key(&item.organization_id),
            _ => false,
        })
        .collect();
    if taken_up.is_empty() && current.status != IntegrationStatus::Waiting && current.waiting_for.is_none() {
        return Ok(current);
    }
    reclaim(&mut transaction, caller, import, &taken_up, &decided).await?;
    for (organization, account_id) in &retry.decisions {
        if taken_up.iter().any(|item| item.organization_id == *organization) {
            let decision = Decision { account_id: account_id.clone(), by: caller.name.clone() };
            storage::integrations::decide(&mut transaction, partner, import, organization, &decision).await?;
        }
    }
    let event_id = storage::integrations::requeue(&mut transaction, partner, import).await?;
    let organizations: Vec<_> = taken_up.iter().map(|item| item.organization_id.to_string()).collect();
    storage::integrations::requeue_items(&mut transaction, partner, import, &organizations, event_id).await?;
    storage::imports::set_status(&mut transaction, partner, import, ImportStatus::Integrating).await?;
    storage::jobs::enqueue(&mut transaction, partner, "integrate", &import.to_string()).await?;
    let said = format!("{} pressed Retry.", caller.name);
    storage::integrations::note(&mut transaction, partner, import, &organizations, "retry_requested", &said).await?;
    let detail = json!({ "customers": organizations.len(), "decisions": retry.decisions.len() });
    audited(&mut transaction, caller, "retry_requested", import, detail).await?;
    let view = read(&mut transaction, partner, import, -1).await?;
    transaction.commit().await?;
    Ok(view)
}

/// What a person asked for, in the partner's audit trail: in the transaction that does it (R9).
async fn audited(
    conn: &mut PgConnection,
    caller: &Caller,
    event: &str,
    import: ImportId,
    detail: serde_json::Value,
) -> Result<(), ServiceError> {
    let subject = import.to_string();
    let entry = AuditEntry { actor: &caller.name, event, subject: &subject, detail };
    audit::append(conn, caller.partner_id, &entry).await
}

fn check_retry(retry: &Retry, items: &HashMap<&OrganizationId, &ItemView>) -> Result<(), ServiceError> {
    let mut errors = Vec::new();
    for (index, id) in retry.organization_ids.iter().flatten().enumerate() {
        if !items.contains_key(id) {
            errors.push(
                FieldError::new(
                    format!("/organization_ids/{index}"),
                    "unknown",
                    "This organization is not in the import.",
                )
                .of(id),
            );
        }
    }
    for (index, (id, account)) in retry.decisions.iter().enumerate() {
        let path = format!("/decisions/{index}");
        let mut earlier = retry.decisions[..index].iter();
        if account.is_some() && earlier.any(|(other, taken)| other != id && taken == account) {
            let message = "Another customer of this request gets this account.";
            errors.push(FieldError::new(format!("{path}/account_id"), "taken_twice", message).of(id));
            continue;
        }
        match items.get(id) {
            None => errors.push(
                FieldError::new(
                    format!("{path}/organization_id"),
                    "unknown",
                    "This organization is not in the import.",
                )
                .of(id),
            ),
            Some(item) if item.status != ItemStatus::NeedsPerson => {
                errors.push(
                    FieldError::new(
                        format!("{path}/organization_id"),
                        "not_available",
                        "This customer needs no decision now.",
                    )
                    .of(id),
                );
            }
            Some(item) => {
                if account
                    .as_ref()
                    .is_some_and(|account| !item.candidates.iter().any(|candidate| candidate.account_id == *account))
                {
                    errors.push(
                        FieldError::new(
                            format!("{path}/account_id"),
                            "unknown",
                            "Choose one of the candidates, or null for none of them.",
                        )
                        .of(id),
                    );
                }
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(ServiceError::ValidationFailed(errors)) }
}

/// Claims organizations and their accounts again that were let go when the run ended, unless somebody else has them by now.
/// An account is the one that was decided on, that was created before, or that the plan names.
async fn reclaim(
    conn: &mut PgConnection,
    caller: &Caller,
    import: ImportId,
    items: &[&ItemView],
    decided: &HashMap<OrganizationId, Option<AccountId>>,
) -> Result<(), ServiceError> {
    let partner = caller.partner_id;
    let draft = load_draft(conn, partner, import).await?.ok_or(ServiceError::NotFound)?;
    let plan = storage::integrations::plan(conn, partner, import).await?.ok_or(ServiceError::NotFound)?;
    let wanted: HashMap<_, _> = items
        .iter()
        .filter(|item| item.status != ItemStatus::ImportedWithWarning)
        .map(|item| (&item.organization_id, *item))
        .collect();
    let rows = draft.items.iter().filter(|row| wanted.contains_key(&row.organization_id)).cloned().collect();
    refuse_held(&Import { items: rows, ..draft })?;
    let account = |planned: &PlanItem| {
        let made = wanted.get(&planned.organization_id).and_then(|item| item.account_id.as_ref());
        let decided = decided.get(&planned.organization_id).and_then(Option::as_ref);
        decided.or(made).or(planned.existing_account()).map(ToString::to_string)
    };
    let again: Vec<_> = plan
        .items
        .iter()
        .filter(|planned| wanted.contains_key(&planned.organization_id))
        .map(|planned| (planned.organization_id.to_string(), account(planned)))
        .collect();
    let known: Vec<_> = again.iter().filter_map(|(id, account)| Some((id.clone(), account.clone()?))).collect();
    let (holding, accounts): (Vec<_>, Vec<_>) = known.into_iter().unzip();
    let held = storage::links::holders(conn, partner, &holding, &accounts).await?;
    if !held.is_empty() {
        return Err(ServiceError::AccountAssigned(held.into_iter().map(held_account).collect()));
    }
    let (organizations, accounts): (Vec<_>, Vec<_>) = again.into_iter().unzip();
    Ok(storage::links::claim(conn, partner, import, &caller.name, &organizations, &accounts).await?)
}

fn held_account((account_id, holder): (AccountId, Holder)) -> HeldAccount {
    HeldAccount {
        account_id,
        organization_id: holder.organization_id,
        organization_name: holder.organization_name,
        import_id: holder.import_id,
    }
}

/// What happened to one customer, in order.
pub async fn record(
    app: &App,
    partner: PartnerId,
    import: ImportId,
    organization: &OrganizationId,
) -> Result<Vec<LogEntry>, ServiceError> {
    let rows =
        storage::integrations::log(&mut *tenancy::begin(&app.pool, partner).await?, partner, import, organization)
            .await?;
    let entry = |row: storage::integrations::LogRow| LogEntry {
        at: row.at,
        event: row.event,
        operation: row.kind,
        detail: row.detail,
        trace_id: row.trace_id,
    };
    Ok(rows.into_iter().map(entry).collect())
}
