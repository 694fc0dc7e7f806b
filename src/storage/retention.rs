//! Removing what is older than the operator wants it kept: some rows at a time, so that nobody waits for a long statement.

use super::tenancy::{self, Across};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Result};

/// Rows that one statement removes at most.
const PORTION: i64 = 500;

/// What is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Old {
    /// Drafts that nobody started.
    Drafts,
    /// Imports that have ended, with everything recorded of them. One that made an account which is linked to nobody stays: its
    /// record is all that tells whose it is. So does one with an operation that is not settled, or that is being undone.
    Imports,
    /// What happened to customers of imports that have ended, step by step.
    Records,
}

/// Removes what is older than `before`; returns how many rows.
pub async fn remove(pool: &PgPool, old: Old, before: DateTime<Utc>) -> Result<u64> {
    let mut removed = 0;
    loop {
        let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
        let portion = match old {
            Old::Drafts => drafts(&mut tx, before).await?,
            Old::Imports => imports(&mut tx, before).await?,
            Old::Records => records(&mut tx, before).await?,
        };
        tx.commit().await?;
        removed += portion;
        if portion == 0 {
            return Ok(removed);
        }
    }
}

async fn drafts(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let removed = sqlx::query!(
        "delete from import where (partner_id, import_id) in (
           select partner_id, import_id from import where status = 'draft' and created_at < $1 limit $2)",
        before,
        PORTION
    );
    Ok(removed.execute(conn).await?.rows_affected())
}

async fn imports(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let removed = sqlx::query!(
        "delete from import where (partner_id, import_id) in (
           select i.partner_id, i.import_id from integration i
           where i.status in ('stopped', 'finished') and i.finished_at < $1
             and not exists (
               select from operation o where o.partner_id = i.partner_id and o.import_id = i.import_id
               and (o.state in ('intended', 'in_doubt', 'needs_person')
                    or (o.kind = 'create_account' and o.state = 'done'
                        and not exists (select from link l where l.partner_id = o.partner_id and l.account_id = o.result_id))))
             and not exists (select from undo u where u.partner_id = i.partner_id and u.import_id = i.import_id and u.status <> 'finished')
           limit $2)",
        before,
        PORTION
    );
    Ok(removed.execute(conn).await?.rows_affected())
}

async fn records(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let removed = sqlx::query!(
        "delete from operation_log where (partner_id, log_id) in (
           select l.partner_id, l.log_id from operation_log l
           join integration i on i.partner_id = l.partner_id and i.import_id = l.import_id
           where l.at < $1 and i.status in ('stopped', 'finished') limit $2)",
        before,
        PORTION
    );
    Ok(removed.execute(conn).await?.rows_affected())
}
