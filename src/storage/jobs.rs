//! The job table.

use super::tenancy::Tx;
use crate::domain::ids::PartnerId;
use sqlx::{PgConnection, Result};

/// Queues work that somebody waits for, unless the same is queued or running; `true` if it is new. Wakes the workers when the transaction commits.
pub async fn enqueue(conn: &mut PgConnection, partner: PartnerId, kind: &str, subject: &str) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into job (partner_id, job_id, kind, subject) values ($1, $2, $3, $4)
         on conflict (partner_id, kind, subject) where state in ('queued', 'running') do nothing",
        partner.0,
        uuid::Uuid::now_v7(),
        kind,
        subject
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update job set run_at = least(run_at, now()), background = false
         where partner_id = $1 and kind = $2 and subject = $3 and state = 'queued' and (run_at > now() or background)",
        partner.0,
        kind,
        subject
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("select pg_notify('jobs', '')").execute(conn).await?;
    Ok(inserted.rows_affected() == 1)
}

/// Commits what queued so many jobs of several partners, and wakes the workers if it queued any; gives the number back.
pub async fn commit_queued(mut tx: Tx, queued: u64) -> Result<u64> {
    if queued > 0 {
        sqlx::query!("select pg_notify('jobs', '')").execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(queued)
}

/// Why the last such work failed; `None` if it did not, or is under way again.
pub async fn last_error(
    conn: &mut PgConnection,
    partner: PartnerId,
    kind: &str,
    subject: &str,
) -> Result<Option<String>> {
    let last = sqlx::query_scalar!(
        "select case when state = 'failed' then last_error end from job where partner_id = $1 and kind = $2 and subject = $3
         order by created_at desc, job_id desc limit 1",
        partner.0,
        kind,
        subject
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.flatten())
}

/// Whether such work is queued or running.
pub async fn is_open(conn: &mut PgConnection, partner: PartnerId, kind: &str, subject: &str) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from job where partner_id = $1 and kind = $2 and subject = $3 and state in ('queued', 'running')) as "found!""#,
        partner.0,
        kind,
        subject
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}
