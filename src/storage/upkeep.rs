//! Queueing what is due for all partners, and removing what is out of use.

use super::tenancy::{self, Across};
use super::{access, connections, idempotency, jobs, sign_in};
use crate::domain::plan::Reason;
use sqlx::{PgPool, Result};
use std::time::Duration;
use uuid::Uuid;

/// Queues a refresh for every connected partner whose last one began longer ago than `age`; returns how many.
pub async fn enqueue_due_refreshes(pool: &PgPool, age: Duration) -> Result<u64> {
    let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
    let queued = sqlx::query!(
        "insert into job (partner_id, job_id, kind, subject, background)
         select p.partner_id, gen_random_uuid(), 'refresh_inventory', '', true from partner p
         left join inventory_refresh r on r.partner_id = p.partner_id
         where exists (select from connection c where c.partner_id = p.partner_id)
           and (r.started_at is null or r.started_at < now() - make_interval(secs => $1))
         on conflict (partner_id, kind, subject) where state in ('queued', 'running') do nothing",
        age.as_secs_f64()
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    jobs::commit_queued(tx, queued).await
}

/// Says of integrations that nobody works on any more, although they have not ended, that they are halted; returns their ids.
/// There are none, unless a process ended between halting a job and saying so.
pub async fn halt_abandoned(pool: &PgPool, reason: &Reason) -> Result<Vec<Uuid>> {
    let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
    let halted = sqlx::query_scalar!(
        "update integration i set status = case when i.status = 'stopping' then i.status else 'waiting' end, waiting_code = $1, waiting_message = $2, next_try_at = null, epoch = epoch + 1, event_id = event_id + 1
         where i.status not in ('stopped', 'finished') and i.waiting_code is distinct from $1
           and not exists (select from job j where j.partner_id = i.partner_id and j.kind = 'integrate' and j.subject = i.import_id::text
                           and j.state in ('queued', 'running'))
         returning import_id",
        reason.code,
        reason.message
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(halted)
}

/// Says of undos that nobody works on that they are halted; their imports.
pub async fn halt_abandoned_undos(pool: &PgPool, reason: &Reason) -> Result<Vec<Uuid>> {
    let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
    let halted = sqlx::query_scalar!(
        "update undo u set status = 'waiting', waiting_code = $1, waiting_message = $2
         where u.status <> 'finished' and u.waiting_code is distinct from $1
           and not exists (select from job j where j.partner_id = u.partner_id and j.kind = 'undo' and j.subject = u.import_id::text
                           and j.state in ('queued', 'running'))
         returning import_id",
        reason.code,
        reason.message
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(halted)
}

/// Removes ended sessions, used or expired links and attempts to sign in, idempotency keys and ended jobs of an age.
pub async fn purge(pool: &PgPool, idempotency_hours: u32, jobs_days: u32) -> Result<()> {
    let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
    access::purge(&mut tx).await?;
    connections::purge_codes(&mut tx).await?;
    idempotency::purge(&mut tx, idempotency_hours).await?;
    sign_in::purge(&mut tx).await?;
    let days = i32::try_from(jobs_days).unwrap_or(i32::MAX);
    sqlx::query!(
        "delete from job where state in ('done', 'failed') and finished_at < now() - make_interval(days => $1)",
        days
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
