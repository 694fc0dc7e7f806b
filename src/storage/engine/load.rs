//! Reading a run.

use super::Fence;
use crate::domain::engine::sight::{Known, Marked, mark_in};
use crate::domain::ids::{AccountId, OperationId, OrganizationId, SubscriptionId};
use crate::domain::integration::{CandidateAccount, Decision, ItemRecord, ItemStatus};
use crate::domain::inventory::Account;
use crate::domain::operation::{Operation, OperationKind, OperationState};
use crate::domain::plan::{Plan, PlanItem, Reason};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, Result};
use std::collections::HashMap;
use uuid::Uuid;

/// All customers of a run in list order, each with its operation that is not settled.
pub async fn items(conn: &mut PgConnection, fence: Fence) -> Result<Vec<ItemRecord>> {
    let plan = sqlx::query_scalar!(
        r#"select plan as "plan: Json<Plan>" from integration where partner_id = $1 and import_id = $2"#,
        fence.partner.0,
        fence.import.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let mut planned: HashMap<String, PlanItem> =
        plan.0.items.into_iter().map(|item| (item.organization_id.to_string(), item)).collect();
    let mut operations = operations(conn, fence).await?;
    let rows = sqlx::query!(
        r#"select organization_id, status, account_id, subscription_id, subscription_done, product_ready, notifications_done, template_done,
                  went_without, warning_code, warning_message, reason_code, reason_message, next_try_at, tries, refusals, product_wait_since,
                  candidates as "candidates: Json<Vec<CandidateAccount>>", decision as "decision: Json<Decision>"
           from integration_item where partner_id = $1 and import_id = $2 order by position"#,
        fence.partner.0,
        fence.import.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let plan = planned.remove(&row.organization_id).ok_or_else(|| unreadable("integration.plan"))?;
            Ok(ItemRecord {
                operation: operations.remove(&row.organization_id),
                plan,
                status: ItemStatus::parse(&row.status).ok_or_else(|| unreadable("integration_item.status"))?,
                account_id: row.account_id.as_deref().map(account).transpose()?,
                subscription_id: row.subscription_id.as_deref().map(subscription).transpose()?,
                subscription_done: row.subscription_done,
                product_ready: row.product_ready,
                notifications_done: row.notifications_done,
                template_done: row.template_done,
                went_without: row.went_without,
                warning: reason(row.warning_code, row.warning_message),
                reason: reason(row.reason_code, row.reason_message),
                next_try_at: row.next_try_at,
                tries: u32::try_from(row.tries).unwrap_or(0),
                refusals: u32::try_from(row.refusals).unwrap_or(0),
                product_wait_since: row.product_wait_since,
                candidates: row.candidates.0,
                decision: row.decision.map(|Json(decision)| decision),
            })
        })
        .collect()
}

/// The open operation of each customer, or the last one if it was proved absent.
async fn operations(conn: &mut PgConnection, fence: Fence) -> Result<HashMap<String, Operation>> {
    let rows = sqlx::query!(
        "select distinct on (organization_id) organization_id, operation_id, kind, state, attempt, intended_at, in_doubt_at, looks, absent_look_at, next_look_at
         from operation where partner_id = $1 and import_id = $2
         order by organization_id, (state in ('intended', 'in_doubt', 'needs_person')) desc, intended_at desc, operation_id desc",
        fence.partner.0,
        fence.import.0
    )
    .fetch_all(conn)
    .await?;
    let mut found = HashMap::new();
    for row in rows {
        let state = OperationState::parse(&row.state).ok_or_else(|| unreadable("operation.state"))?;
        if matches!(state, OperationState::Done | OperationState::Refused) {
            continue;
        }
        let operation = Operation {
            id: OperationId(row.operation_id),
            kind: OperationKind::parse(&row.kind).ok_or_else(|| unreadable("operation.kind"))?,
            state,
            attempt: u32::try_from(row.attempt).unwrap_or(1),
            intended_at: row.intended_at,
            in_doubt_at: row.in_doubt_at,
            looks: u32::try_from(row.looks).unwrap_or(0),
            absent_look_at: row.absent_look_at,
            next_look_at: row.next_look_at,
        };
        found.insert(row.organization_id, operation);
    }
    Ok(found)
}

/// What is recorded of each of `accounts`, in their order, from the point of view of a customer that needs one.
pub async fn known_accounts(
    conn: &mut PgConnection,
    fence: Fence,
    organization: &OrganizationId,
    accounts: &[&Account],
    seen_at: DateTime<Utc>,
) -> Result<Vec<Known>> {
    let ids: Vec<_> = accounts.iter().map(|account| account.id.to_string()).collect();
    let marks: Vec<_> = accounts.iter().map(|account| mark_in(account.note.as_deref()).map(|id| id.0)).collect();
    let rows = sqlx::query!(
        r#"select exists (select from account a where a.partner_id = $1 and a.account_id = id and a.first_seen_at <= $3) as "in_view!",
                  exists (select from operation o where o.partner_id = $1 and o.result_id = id and o.kind = 'create_account') as "made!",
                  exists (select from link l where l.partner_id = $1 and l.account_id = id)
                    or exists (select from claim c where c.partner_id = $1 and c.account_id = id) as "held!",
                  m.organization_id as "marked_for?", m.state as "state?"
           from unnest($2::text[], $4::uuid[]) with ordinality as seen (id, mark, place)
           left join operation m on m.partner_id = $1 and m.operation_id = mark and m.kind = 'create_account'
           order by place"#,
        fence.partner.0,
        &ids,
        seen_at,
        &marks as &[Option<Uuid>]
    )
    .fetch_all(conn)
    .await?;
    let marked = |organization_id: String, state: Option<String>| match state.as_deref() {
        _ if organization_id != organization.as_str() => Marked::ForAnother,
        Some("done") => Marked::Done,
        _ => Marked::NotDone,
    };
    let known = rows.into_iter().map(|row| Known {
        in_view: row.in_view,
        made: row.made,
        held: row.held,
        marked: row.marked_for.map(|organization| marked(organization, row.state)),
    });
    Ok(known.collect())
}

fn reason(code: Option<String>, message: Option<String>) -> Option<Reason> {
    code.map(|code| Reason { code, message: message.unwrap_or_default() })
}

fn account(text: &str) -> Result<AccountId> {
    AccountId::parse(text).map_err(|_| unreadable("integration_item.account_id"))
}

fn subscription(text: &str) -> Result<SubscriptionId> {
    SubscriptionId::parse(text).map_err(|_| unreadable("integration_item.subscription_id"))
}

fn unreadable(column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} holds something unknown").into())
}
