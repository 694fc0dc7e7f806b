//! Integrations as people and programs see and steer them. What the worker writes is in `engine`.

use super::rows;
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId, SubscriptionId};
use crate::domain::integration::{CandidateAccount, IntegrationStatus, ItemRecord, ItemStatus};
use crate::domain::plan::{Plan, Reason};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, Result};

/// An integration without its items.
#[derive(Debug, Clone)]
pub struct IntegrationRow {
    /// The plan it follows.
    pub plan_hash: String,
    /// Where it stands.
    pub status: IntegrationStatus,
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
    /// Id of the last event.
    pub event_id: i64,
}

/// One customer as stored; what does not change is in the plan.
#[derive(Debug, Clone)]
pub struct ItemRow {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Where it stands; `None` if another version of this service wrote what this one does not know.
    pub status: Option<ItemStatus>,
    /// The account, once known.
    pub account_id: Option<AccountId>,
    /// The subscription, once known.
    pub subscription_id: Option<SubscriptionId>,
    /// Why it stands where it stands.
    pub reason: Option<Reason>,
    /// What was given up.
    pub warning: Option<Reason>,
    /// When it is tried again.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Accounts to choose from.
    pub candidates: Vec<CandidateAccount>,
    /// Id of the event of its last change.
    pub event_id: i64,
}

/// Freezes a plan: the integration and one item for each of its rows.
pub async fn insert(conn: &mut PgConnection, partner: PartnerId, plan: &Plan, by: &str) -> Result<()> {
    sqlx::query!(
        "insert into integration (partner_id, import_id, plan_hash, plan, status, event_id, started_by) values ($1, $2, $3, $4, 'queued', 1, $5)",
        partner.0,
        plan.import_id.0,
        plan.hash,
        Json(plan) as _,
        by
    )
    .execute(&mut *conn)
    .await?;
    let records: Vec<_> = plan.items.iter().cloned().map(ItemRecord::new).collect();
    let column = |value: fn(&ItemRecord) -> Option<String>| records.iter().map(value).collect::<Vec<_>>();
    let flag = |value: fn(&ItemRecord) -> bool| records.iter().map(value).collect::<Vec<_>>();
    sqlx::query!(
        "insert into integration_item (partner_id, import_id, event_id, organization_id, position, status, account_id, subscription_id, subscription_done,
                                       product_ready, notifications_done, template_done, reason_code, reason_message)
         select $1, $2, 1, n.* from unnest($3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::boolean[], $10::boolean[], $11::boolean[],
                                        $12::text[], $13::text[]) as n",
        partner.0,
        plan.import_id.0,
        &records.iter().map(|r| r.plan.organization_id.to_string()).collect::<Vec<_>>(),
        &records.iter().map(|r| rows::int(r.plan.position)).collect::<Vec<_>>(),
        &records.iter().map(|r| r.status.as_str().to_owned()).collect::<Vec<_>>(),
        &column(|r| r.account_id.as_ref().map(ToString::to_string)) as &[Option<String>],
        &column(|r| r.subscription_id.as_ref().map(ToString::to_string)) as &[Option<String>],
        &flag(|r| r.subscription_done),
        &flag(|r| r.product_ready),
        &flag(|r| r.notifications_done),
        &flag(|r| r.template_done),
        &column(|r| r.reason.as_ref().map(|reason| reason.code.clone())) as &[Option<String>],
        &column(|r| r.reason.as_ref().map(|reason| reason.message.clone())) as &[Option<String>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An integration without its items.
pub async fn by_import(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
) -> Result<Option<IntegrationRow>> {
    let row = sqlx::query!(
        "select plan_hash, status, waiting_code, waiting_message, next_try_at, started_at, started_by, finished_at, event_id
         from integration where partner_id = $1 and import_id = $2",
        partner.0,
        import.0
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(IntegrationRow {
            plan_hash: row.plan_hash,
            status: IntegrationStatus::parse(&row.status).ok_or_else(|| rows::unreadable("integration.status"))?,
            waiting_for: reason(row.waiting_code, row.waiting_message),
            next_try_at: row.next_try_at,
            started_at: row.started_at,
            started_by: row.started_by,
            finished_at: row.finished_at,
            event_id: row.event_id,
        })
    })
    .transpose()
}

/// The frozen plan.
pub async fn plan(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<Option<Plan>> {
    let plan = sqlx::query_scalar!(
        r#"select plan as "plan: Json<Plan>" from integration where partner_id = $1 and import_id = $2"#,
        partner.0,
        import.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(plan.map(|Json(plan)| plan))
}

/// Items that changed after an event, in list order; all with `after` -1.
pub async fn items(conn: &mut PgConnection, partner: PartnerId, import: ImportId, after: i64) -> Result<Vec<ItemRow>> {
    let found = sqlx::query!(
        r#"select organization_id, status, account_id, subscription_id, reason_code, reason_message, warning_code, warning_message, next_try_at,
                  candidates as "candidates: Json<Vec<CandidateAccount>>", event_id
           from integration_item where partner_id = $1 and import_id = $2 and event_id > $3 order by position"#,
        partner.0,
        import.0,
        after
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(ItemRow {
                organization_id: rows::id("organization_id", row.organization_id)?,
                status: ItemStatus::parse(&row.status),
                account_id: row.account_id.and_then(|id| AccountId::try_from(id).ok()),
                subscription_id: row.subscription_id.and_then(|id| SubscriptionId::try_from(id).ok()),
                reason: reason(row.reason_code, row.reason_message),
                warning: reason(row.warning_code, row.warning_message),
                next_try_at: row.next_try_at,
                candidates: row.candidates.0,
                event_id: row.event_id,
            })
        })
        .collect()
}

/// How many items stand where.
pub async fn statuses(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
) -> Result<Vec<(Option<ItemStatus>, i64)>> {
    let found = sqlx::query!(
        r#"select status, count(*) as "count!" from integration_item where partner_id = $1 and import_id = $2 group by status"#,
        partner.0,
        import.0
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(|row| (ItemStatus::parse(&row.status), row.count)).collect())
}

/// Asks a run that has not ended to stop; `true` if nobody has before.
pub async fn request_stop(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<bool> {
    let asked = sqlx::query!(
        "update integration set status = 'stopping', event_id = event_id + 1
         where partner_id = $1 and import_id = $2 and status in ('queued', 'running', 'waiting')",
        partner.0,
        import.0
    )
    .execute(&mut *conn)
    .await?;
    notify(conn, import).await?;
    Ok(asked.rows_affected() > 0)
}

/// Adds a line to the record of several customers.
pub async fn note(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    organizations: &[String],
    event: &str,
    detail: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into operation_log (partner_id, import_id, organization_id, event, detail) select $1, $2, n.id, $4, $5 from unnest($3::text[]) as n (id)",
        partner.0,
        import.0,
        organizations,
        event,
        detail
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells everybody who follows the import that it has changed, once the transaction commits.
pub async fn notify(conn: &mut PgConnection, import: ImportId) -> Result<()> {
    sqlx::query!("select pg_notify('integration', $1)", import.to_string()).execute(conn).await?;
    Ok(())
}

/// Puts an ended run back into the queue, and lets one that waits try at once.
pub async fn requeue(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<i64> {
    notify(conn, import).await?;
    sqlx::query_scalar!(
        "update integration set status = case when status in ('stopped', 'finished') then 'queued' else status end,
                finished_at = null, next_try_at = case when waiting_code is not null then now() end, event_id = event_id + 1
         where partner_id = $1 and import_id = $2 returning event_id",
        partner.0,
        import.0
    )
    .fetch_one(conn)
    .await
}

/// Queues items again that ended without being done. Steps that are done stay done and are not sent again; what
/// was given up with a warning is taken up again.
pub async fn requeue_items(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    organizations: &[String],
    event_id: i64,
) -> Result<()> {
    sqlx::query!(
        "update integration_item set went_without = false where partner_id = $1 and import_id = $2",
        partner.0,
        import.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update integration_item i
         set status = 'queued', reason_code = null, reason_message = null, next_try_at = null, tries = 0, product_wait_since = null, event_id = $4, updated_at = now(),
             notifications_done = case when warning_code is null then notifications_done else (p.item ->> 'notify') is null or exists (
                 select from operation o where o.partner_id = $1 and o.import_id = $2 and o.organization_id = i.organization_id
                 and o.kind = 'set_notifications' and o.state = 'done') end,
             template_done = case when warning_code is null then template_done else (p.item -> 'template') = 'null'::jsonb or exists (
                 select from operation o where o.partner_id = $1 and o.import_id = $2 and o.organization_id = i.organization_id
                 and o.kind = 'apply_template' and o.state = 'done') end,
             warning_code = null, warning_message = null
         from (select item from integration g, jsonb_array_elements(g.plan -> 'items') as item where g.partner_id = $1 and g.import_id = $2) p
         where i.partner_id = $1 and i.import_id = $2 and i.organization_id = any($3) and p.item ->> 'organization_id' = i.organization_id",
        partner.0,
        import.0,
        organizations,
        event_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes what a person decided about an item.
pub async fn decide(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    organization: &OrganizationId,
    decision: &crate::domain::integration::Decision,
) -> Result<()> {
    sqlx::query!(
        "update integration_item set decision = $4 where partner_id = $1 and import_id = $2 and organization_id = $3",
        partner.0,
        import.0,
        organization.as_str(),
        Json(decision) as _
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into operation_log (partner_id, import_id, organization_id, event, detail) values ($1, $2, $3, 'decided', $4)",
        partner.0,
        import.0,
        organization.as_str(),
        match &decision.account_id {
            Some(account) => format!("{} decided: account {account}.", decision.by),
            None => format!("{} decided: none of the accounts found.", decision.by),
        }
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One line of the record of a customer.
#[derive(Debug, Clone)]
pub struct LogRow {
    /// When.
    pub at: DateTime<Utc>,
    /// What, as a code.
    pub event: String,
    /// The write it belongs to.
    pub kind: Option<String>,
    /// In words.
    pub detail: Option<String>,
    /// For the vendor's support.
    pub trace_id: Option<uuid::Uuid>,
}

/// What happened to one customer, in order.
pub async fn log(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    organization: &OrganizationId,
) -> Result<Vec<LogRow>> {
    sqlx::query_as!(
        LogRow,
        r#"select g.at, g.event, o.kind as "kind?", g.detail, g.trace_id
           from operation_log g left join operation o on o.partner_id = g.partner_id and o.operation_id = g.operation_id
           where g.partner_id = $1 and g.import_id = $2 and g.organization_id = $3 order by g.log_id"#,
        partner.0,
        import.0,
        organization.as_str()
    )
    .fetch_all(conn)
    .await
}

fn reason(code: Option<String>, message: Option<String>) -> Option<Reason> {
    code.map(|code| Reason { code, message: message.unwrap_or_default() })
}
