//! Imports that are taken back.

use super::rows;
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId, SubscriptionId};
use crate::domain::plan::Reason;
use crate::domain::undo::reverse::Progress;
use crate::domain::undo::{Reversal, UndoItem, UndoStatus};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, Result};
use std::collections::BTreeSet;

/// An undo as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoRow {
    /// Everything that could be reversed is.
    pub is_finished: bool,
    /// Why it stands still.
    pub waiting_for: Option<Reason>,
    /// When it is tried again.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    pub requested_by: String,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl UndoRow {
    /// Whether nobody works on it any more until somebody asks for it again.
    pub fn is_halted(&self) -> bool {
        !self.is_finished && self.waiting_for.as_ref().is_some_and(|reason| reason.code == "parked")
    }
}

/// One customer of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoItemRow {
    /// What is reversed, and what stays.
    pub item: UndoItem,
    /// How far it is.
    pub progress: Progress,
}

/// Records that an import is to be taken back.
pub async fn insert(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    by: &str,
    items: &[UndoItem],
) -> Result<()> {
    sqlx::query!(
        "insert into undo (partner_id, import_id, status, requested_by) values ($1, $2, 'queued', $3)",
        partner.0,
        import.0,
        by
    )
    .execute(&mut *conn)
    .await?;
    let text = |value: fn(&UndoItem) -> String| items.iter().map(value).collect::<Vec<_>>();
    let json = |value: fn(&UndoItem) -> serde_json::Value| items.iter().map(value).collect::<Vec<_>>();
    let positions: Vec<_> = items.iter().map(|item| rows::int(item.position)).collect();
    sqlx::query!(
        "insert into undo_item (partner_id, import_id, organization_id, organization_name, position, reversal, remains)
         select $1, $2, n.* from unnest($3::text[], $4::text[], $5::int[], $6::jsonb[], $7::jsonb[]) as n",
        partner.0,
        import.0,
        &text(|item| item.organization_id.to_string()),
        &text(|item| item.organization_name.clone()),
        &positions,
        &json(|item| serde_json::json!(item.reversal)),
        &json(|item| serde_json::json!(item.remains)),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The undo of an import, if somebody has asked for one.
pub async fn by_import(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<Option<UndoRow>> {
    let row = sqlx::query!(
        "select status, waiting_code, waiting_message, next_try_at, requested_by, requested_at, finished_at from undo where partner_id = $1 and import_id = $2",
        partner.0,
        import.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| UndoRow {
        is_finished: row.status == "finished",
        waiting_for: row.waiting_code.map(|code| Reason { code, message: row.waiting_message.unwrap_or_default() }),
        next_try_at: row.next_try_at,
        requested_by: row.requested_by,
        requested_at: row.requested_at,
        finished_at: row.finished_at,
    }))
}

/// Its customers, the last of the import first.
pub async fn items(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<Vec<UndoItemRow>> {
    let found = sqlx::query!(
        r#"select organization_id, organization_name, position, reversal as "reversal: Json<Reversal>", remains as "remains: Json<Vec<Reason>>",
                  status, reason_code, reason_message, tries, sending
           from undo_item where partner_id = $1 and import_id = $2 order by position desc"#,
        partner.0,
        import.0
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(UndoItemRow {
                item: UndoItem {
                    organization_id: rows::id("organization_id", row.organization_id)?,
                    organization_name: row.organization_name,
                    position: rows::count(row.position),
                    reversal: row.reversal.0,
                    remains: row.remains.0,
                },
                progress: Progress {
                    status: UndoStatus::parse(&row.status).ok_or_else(|| rows::unreadable("undo_item.status"))?,
                    reason: row
                        .reason_code
                        .map(|code| Reason { code, message: row.reason_message.unwrap_or_default() }),
                    tries: rows::count(row.tries),
                    sending: row.sending,
                },
            })
        })
        .collect()
}

/// Records how a customer ended, or how often it was tried.
pub async fn put_item(conn: &mut PgConnection, partner: PartnerId, import: ImportId, row: &UndoItemRow) -> Result<()> {
    sqlx::query!(
        "update undo_item set status = $4, reason_code = $5, reason_message = $6, tries = $7, sending = $8
         where partner_id = $1 and import_id = $2 and organization_id = $3",
        partner.0,
        import.0,
        row.item.organization_id.as_str(),
        row.progress.status.as_str(),
        row.progress.reason.as_ref().map(|reason| reason.code.as_str()),
        row.progress.reason.as_ref().map(|reason| reason.message.as_str()),
        rows::int(row.progress.tries),
        row.progress.sending,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// For whom this import has sent the creation of a subscription that was not surely without effect.
pub async fn bought(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<BTreeSet<OrganizationId>> {
    let found = sqlx::query_scalar!(
        "select distinct organization_id from operation
         where partner_id = $1 and import_id = $2 and kind = 'create_subscription' and not (state = 'refused' and attempt = 1)",
        partner.0,
        import.0
    )
    .fetch_all(conn)
    .await?;
    found.into_iter().map(|id| rows::id("organization_id", id)).collect()
}

/// Says why the undo stands still, and until when, or that it goes on.
pub async fn set_waiting(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    waiting: Option<(&Reason, Option<DateTime<Utc>>)>,
) -> Result<()> {
    sqlx::query!(
        "update undo set status = case when $3::text is null then 'queued' else 'waiting' end, waiting_code = $3, waiting_message = $4, next_try_at = $5
         where partner_id = $1 and import_id = $2 and status <> 'finished'",
        partner.0,
        import.0,
        waiting.map(|(reason, _)| reason.code.as_str()),
        waiting.map(|(reason, _)| reason.message.as_str()),
        waiting.and_then(|(_, until)| until),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the undo.
pub async fn finish(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<()> {
    sqlx::query!(
        "update undo set status = 'finished', waiting_code = null, waiting_message = null, next_try_at = null, finished_at = now()
         where partner_id = $1 and import_id = $2 and status <> 'finished'",
        partner.0,
        import.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the link that this import made; one that another import has made since stays.
pub async fn remove_link(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    organization: &OrganizationId,
) -> Result<()> {
    sqlx::query!(
        "delete from link where partner_id = $1 and import_id = $2 and organization_id = $3",
        partner.0,
        import.0,
        organization.as_str()
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from claim where partner_id = $1 and import_id = $2 and organization_id = $3",
        partner.0,
        import.0,
        organization.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has the mirror say at once what the vendor will say with the next reading. `units` `None`: it is suspended.
pub async fn mirror(
    conn: &mut PgConnection,
    partner: PartnerId,
    account: &AccountId,
    subscription: &SubscriptionId,
    units: Option<u32>,
) -> Result<()> {
    sqlx::query!(
        "update subscription set enabled = enabled and $4::int is not null, units = coalesce($4, units)
         where partner_id = $1 and account_id = $2 and subscription_id = $3",
        partner.0,
        account.as_str(),
        subscription.as_str(),
        units.map(rows::int)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a line to what happened for a customer.
pub async fn log(
    conn: &mut PgConnection,
    (partner, import): (PartnerId, ImportId),
    organization: &OrganizationId,
    event: &str,
    detail: Option<&str>,
    trace_id: Option<uuid::Uuid>,
) -> Result<()> {
    sqlx::query!(
        "insert into operation_log (partner_id, import_id, organization_id, event, detail, trace_id) values ($1, $2, $3, $4, $5, $6)",
        partner.0,
        import.0,
        organization.as_str(),
        event,
        detail,
        trace_id
    )
    .execute(conn)
    .await?;
    Ok(())
}
