//! Writing customers and operations, inside a transaction that [`begin`](super::begin) began.

use super::Fence;
use crate::domain::ids::{AccountId, OperationId, OrganizationId, SubscriptionId};
use crate::domain::integration::ItemRecord;
use crate::domain::operation::Operation;
use crate::domain::plan::Reason;
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, Result};
use uuid::Uuid;

/// What is noted beside an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationNote {
    /// The vendor's id of what was made.
    pub result_id: Option<String>,
    /// For the vendor's support.
    pub trace_id: Option<Uuid>,
    /// The time the request was signed with.
    pub signed_at: Option<DateTime<Utc>>,
    /// In words.
    pub detail: Option<String>,
}

/// Stores everything that is recorded of a customer.
pub async fn save_item(conn: &mut PgConnection, fence: Fence, event_id: i64, item: &ItemRecord) -> Result<()> {
    let (warning_code, warning_message) = columns(item.warning.as_ref());
    let (reason_code, reason_message) = columns(item.reason.as_ref());
    sqlx::query!(
        "update integration_item set status = $4, account_id = $5, subscription_id = $6, subscription_done = $7, product_ready = $8,
                notifications_done = $9, template_done = $10, warning_code = $11, warning_message = $12, reason_code = $13, reason_message = $14,
                next_try_at = $15, tries = $16, product_wait_since = $17, candidates = $18, decision = $19, event_id = $20, went_without = $21, refusals = $22,
                updated_at = now()
         where partner_id = $1 and import_id = $2 and organization_id = $3",
        fence.partner.0,
        fence.import.0,
        item.plan.organization_id.as_str(),
        item.status.as_str(),
        item.account_id.as_ref().map(AccountId::as_str),
        item.subscription_id.as_ref().map(SubscriptionId::as_str),
        item.subscription_done,
        item.product_ready,
        item.notifications_done,
        item.template_done,
        warning_code,
        warning_message,
        reason_code,
        reason_message,
        item.next_try_at,
        int(item.tries),
        item.product_wait_since,
        Json(&item.candidates) as _,
        item.decision.as_ref().map(Json) as _,
        event_id,
        item.went_without,
        int(item.refusals)
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn columns(reason: Option<&Reason>) -> (Option<&str>, Option<&str>) {
    (reason.map(|reason| reason.code.as_str()), reason.map(|reason| reason.message.as_str()))
}

fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Stores an operation as it stands; what the note does not know stays as it was.
pub async fn save_operation(
    conn: &mut PgConnection,
    fence: Fence,
    organization: &OrganizationId,
    operation: &Operation,
    note: &OperationNote,
) -> Result<()> {
    sqlx::query!(
        "insert into operation as o (partner_id, operation_id, import_id, organization_id, kind, state, attempt, epoch, intended_at, signed_at, trace_id,
                                     looks, absent_look_at, in_doubt_at, next_look_at, result_id, detail, settled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 case when $6 in ('done', 'refused', 'absent') then now() end)
         on conflict (partner_id, operation_id) do update set state = excluded.state, attempt = excluded.attempt, epoch = excluded.epoch,
             intended_at = excluded.intended_at, signed_at = coalesce(excluded.signed_at, o.signed_at),
             trace_id = coalesce(excluded.trace_id, o.trace_id), looks = excluded.looks, absent_look_at = excluded.absent_look_at,
             in_doubt_at = excluded.in_doubt_at, next_look_at = excluded.next_look_at, result_id = coalesce(excluded.result_id, o.result_id),
             detail = coalesce(excluded.detail, o.detail), settled_at = excluded.settled_at",
        fence.partner.0,
        operation.id.0,
        fence.import.0,
        organization.as_str(),
        operation.kind.as_str(),
        operation.state.as_str(),
        int(operation.attempt),
        fence.epoch,
        operation.intended_at,
        note.signed_at,
        note.trace_id,
        int(operation.looks),
        operation.absent_look_at,
        operation.in_doubt_at,
        operation.next_look_at,
        note.result_id.as_deref(),
        note.detail.as_deref()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a line to the record of a customer.
pub async fn log(
    conn: &mut PgConnection,
    fence: Fence,
    organization: &OrganizationId,
    operation: Option<OperationId>,
    event: &str,
    detail: Option<&str>,
    trace_id: Option<Uuid>,
) -> Result<()> {
    sqlx::query!(
        "insert into operation_log (partner_id, import_id, organization_id, operation_id, event, detail, trace_id) values ($1, $2, $3, $4, $5, $6, $7)",
        fence.partner.0,
        fence.import.0,
        organization.as_str(),
        operation.map(|id| id.0),
        event,
        detail,
        trace_id
    )
    .execute(conn)
    .await?;
    Ok(())
}
