//! Activation codes, and what tests of connections found.

use super::jobs;
use super::tenancy::{self, Across};
use crate::domain::check::Check;
use crate::domain::ids::PartnerId;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool, Result};

/// Stores the hash of an activation code for the partner that it will make.
pub async fn insert_code(
    conn: &mut PgConnection,
    partner: PartnerId,
    hash: &[u8],
    is_first_start: bool,
    valid: TimeDelta,
) -> Result<()> {
    sqlx::query!(
        "insert into activation_code (partner_id, code_hash, is_first_start, expires_at) values ($1, $2, $3, now() + make_interval(mins => $4))",
        partner.0,
        hash,
        is_first_start,
        i32::try_from(valid.num_minutes()).unwrap_or(i32::MAX),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The partner that a code will make, if it can be used now.
pub async fn partner_of_code(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<PartnerId>> {
    let found = sqlx::query_scalar!(
        "select partner_id from activation_code where code_hash = $1 and used_at is null and expires_at > now()
         and (not is_first_start or not exists (select from partner))",
        hash
    );
    Ok(found.fetch_optional(conn).await?.map(PartnerId))
}

/// Uses up an activation code; `false` if somebody was faster.
pub async fn use_code(conn: &mut PgConnection, partner: PartnerId, hash: &[u8]) -> Result<bool> {
    let used = sqlx::query!(
        "update activation_code set used_at = now() where partner_id = $1 and code_hash = $2 and used_at is null",
        partner.0,
        hash
    );
    Ok(used.execute(conn).await?.rows_affected() == 1)
}

/// What may be shown of an activation code that can be used. People name it by the first digits of its hash, which tell nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRow {
    /// The partner that it will make.
    pub partner_id: PartnerId,
    /// The first digits of its hash.
    pub id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Activation codes that can be used now, whoever they are for, the newest first.
pub async fn codes(conn: &mut PgConnection) -> Result<Vec<CodeRow>> {
    let rows = sqlx::query!(
        r#"select partner_id, left(encode(code_hash, 'hex'), 12) as "id!", created_at, expires_at from activation_code
           where used_at is null and expires_at > now() and (not is_first_start or not exists (select from partner))
           order by created_at desc, code_hash"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CodeRow {
            partner_id: PartnerId(row.partner_id),
            id: row.id,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
        .collect())
}

/// Removes the activation code of a partner to be, unless it was used; whether it did.
pub async fn withdraw_code(conn: &mut PgConnection, partner: PartnerId) -> Result<bool> {
    let gone = sqlx::query!("delete from activation_code where partner_id = $1 and used_at is null", partner.0);
    Ok(gone.execute(conn).await?.rows_affected() > 0)
}

/// Removes activation codes that are out of use.
pub async fn purge_codes(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("delete from activation_code where expires_at < now() - interval '1 day'").execute(conn).await?;
    Ok(())
}

/// Keeps what a test found.
pub async fn put_test(conn: &mut PgConnection, partner: PartnerId, checks: &[Check]) -> Result<()> {
    sqlx::query!(
        "insert into connection_test (partner_id, checks) values ($1, $2)
         on conflict (partner_id) do update set checks = $2, tested_at = now()",
        partner.0,
        Json(checks) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the last test found, and when.
pub async fn last_test(conn: &mut PgConnection, partner: PartnerId) -> Result<Option<(DateTime<Utc>, Vec<Check>)>> {
    let row = sqlx::query!(
        r#"select tested_at, checks as "checks: Json<Vec<Check>>" from connection_test where partner_id = $1"#,
        partner.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.tested_at, row.checks.0)))
}

/// Queues a test for every connected partner whose last one is a day old; returns how many.
pub async fn enqueue_due_tests(pool: &PgPool) -> Result<u64> {
    let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
    let queued = sqlx::query!(
        "insert into job (partner_id, job_id, kind, subject)
         select p.partner_id, gen_random_uuid(), 'test_connections', '' from partner p
         left join connection_test t on t.partner_id = p.partner_id
         where exists (select from connection c where c.partner_id = p.partner_id)
           and (t.tested_at is null or t.tested_at < now() - interval '1 day')
         on conflict (partner_id, kind, subject) where state in ('queued', 'running') do nothing"
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    jobs::commit_queued(tx, queued).await
}
