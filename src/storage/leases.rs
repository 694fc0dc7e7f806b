//! Claiming, renewing and ending jobs. Each claim takes the next epoch; whoever holds an older one can write nothing any more.

use super::tenancy::{self, Across};
use crate::domain::ids::PartnerId;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Result};
use std::time::Duration;
use uuid::Uuid;

/// After so many claims that did not end in order a job is parked.
pub const CRASHES: i32 = 3;

const CLAIM_LOCK: i64 = 4711;

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Whose.
    pub partner_id: PartnerId,
    /// Which.
    pub job_id: Uuid,
    /// What is to be done, as stored.
    pub kind: String,
    /// What it works on.
    pub subject: String,
    /// Of this claim.
    pub epoch: i64,
    /// When it was claimed, by the database's clock.
    pub claimed_at: DateTime<Utc>,
    /// How often it crashed its workers since it last got on.
    pub crashes: i32,
    /// Nobody waits for it.
    pub background: bool,
    /// Whoever had it before did not end it: its lease ran out.
    pub taken_over: bool,
}

/// A job that crashed its workers too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedJob {
    /// Whose.
    pub partner_id: PartnerId,
    /// What was to be done, as stored.
    pub kind: String,
    /// What it worked on.
    pub subject: String,
}

impl ParkedJob {
    /// Of a claim.
    pub fn of(job: &ClaimedJob) -> Self {
        Self { partner_id: job.partner_id, kind: job.kind.clone(), subject: job.subject.clone() }
    }
}

/// Who claims, and how much.
#[derive(Debug, Clone, Copy)]
pub struct ClaimLimits {
    /// The worker.
    pub owner: Uuid,
    /// How long a claim lasts without being renewed.
    pub lease: Duration,
    /// Jobs of one partner at the same time.
    pub per_partner: i64,
    /// Jobs wanted.
    pub count: i64,
    /// The most of them that nobody waits for.
    pub background: i64,
}

/// Claims jobs that are due or whose worker is gone. What somebody waits for comes before what nobody waits for, and then everybody's
/// first job before anybody's second.
///
/// The lock in its own statement makes claims happen one after another, so that the limits hold across replicas.
pub async fn claim(pool: &PgPool, limits: ClaimLimits) -> Result<(Vec<ClaimedJob>, Vec<ParkedJob>)> {
    let mut tx = tenancy::begin_across(pool, Across::Jobs).await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", CLAIM_LOCK).execute(&mut *tx).await?;
    let parked = park(&mut tx).await?;
    let claimed = sqlx::query!(
        r#"with running as (
             select partner_id, count(*) as n from job where state = 'running' and lease_until > now() group by partner_id),
           ready as (
             select j.partner_id, j.job_id, j.run_at, j.background, j.state = 'running' as is_lost,
                    row_number() over (partition by j.partner_id order by j.background, j.run_at, j.job_id) as turn
             from job j where (j.state = 'queued' and j.run_at <= now()) or (j.state = 'running' and j.lease_until <= now())),
           allowed as (
             select r.*, row_number() over (partition by r.background order by r.turn, r.run_at, r.job_id) as place
             from ready r left join running u on u.partner_id = r.partner_id where r.turn <= $3 - coalesce(u.n, 0)),
           picked as (
             select partner_id, job_id, is_lost from allowed where place <= $5 or not background order by background, place limit $4)
           update job set state = 'running', epoch = job.epoch + 1, lease_owner = $1, lease_until = now() + make_interval(secs => $2),
                  crashes = job.crashes + case when job.state = 'running' then 1 else 0 end
           from picked where job.partner_id = picked.partner_id and job.job_id = picked.job_id
           returning job.partner_id, job.job_id, job.kind, job.subject, job.epoch, job.crashes, job.background, picked.is_lost as "is_lost!",
                     now() as "claimed_at!""#,
        limits.owner,
        limits.lease.as_secs_f64(),
        limits.per_partner,
        limits.count,
        limits.background,
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    let claimed = claimed.into_iter().map(|row| ClaimedJob {
        partner_id: PartnerId(row.partner_id),
        job_id: row.job_id,
        kind: row.kind,
        subject: row.subject,
        epoch: row.epoch,
        claimed_at: row.claimed_at,
        crashes: row.crashes,
        background: row.background,
        taken_over: row.is_lost,
    });
    Ok((claimed.collect(), parked))
}

/// Ends jobs whose last claim was the last they get.
async fn park(conn: &mut PgConnection) -> Result<Vec<ParkedJob>> {
    let parked = sqlx::query!(
        "update job set state = 'failed', epoch = epoch + 1, crashes = crashes + 1, lease_owner = null, lease_until = null, finished_at = now(),
                last_error = 'its worker was lost several times in a row'
         where state = 'running' and lease_until <= now() and crashes + 1 >= $1
         returning partner_id, kind, subject",
        CRASHES
    )
    .fetch_all(conn)
    .await?;
    let job = |row: (Uuid, String, String)| ParkedJob { partner_id: PartnerId(row.0), kind: row.1, subject: row.2 };
    Ok(parked.into_iter().map(|row| job((row.partner_id, row.kind, row.subject))).collect())
}

/// Prolongs a claim; the database's time, or `None` if it is lost.
pub async fn renew(pool: &PgPool, job: &ClaimedJob, owner: Uuid, lease: Duration) -> Result<Option<DateTime<Utc>>> {
    let mut tx = tenancy::begin(pool, job.partner_id).await?;
    let renewed = sqlx::query_scalar!(
        r#"update job set lease_until = now() + make_interval(secs => $5)
           where partner_id = $1 and job_id = $2 and epoch = $3 and lease_owner = $4 and state = 'running' returning now() as "now!""#,
        job.partner_id.0,
        job.job_id,
        job.epoch,
        owner,
        lease.as_secs_f64()
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(renewed)
}

/// Notes that a job gets on, so that earlier crashes do not count any more: what kills its workers is not the job.
pub async fn gets_on(conn: &mut PgConnection, partner: PartnerId, job: Uuid, epoch: i64) -> Result<()> {
    sqlx::query!(
        "update job set crashes = 0 where partner_id = $1 and job_id = $2 and epoch = $3 and state = 'running'",
        partner.0,
        job,
        epoch
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a claim until the transaction ends; `false` if it is lost.
pub async fn hold(conn: &mut PgConnection, partner: PartnerId, job: Uuid, epoch: i64) -> Result<bool> {
    let held = sqlx::query_scalar!(
        r#"select 1 as "one!" from job where partner_id = $1 and job_id = $2 and epoch = $3 and state = 'running' for update"#,
        partner.0,
        job,
        epoch
    )
    .fetch_optional(conn)
    .await?;
    Ok(held.is_some())
}

/// Ends a job in order; nothing happens if the claim is lost or the job has ended.
pub async fn finish(
    conn: &mut PgConnection,
    partner: PartnerId,
    job: Uuid,
    epoch: i64,
    error: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "update job set state = case when $4::text is null then 'done' else 'failed' end, last_error = $4, finished_at = now(),
                lease_owner = null, lease_until = null
         where partner_id = $1 and job_id = $2 and epoch = $3 and state = 'running'",
        partner.0,
        job,
        epoch,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a job back into the queue in order: it did not crash.
pub async fn put_back(
    conn: &mut PgConnection,
    partner: PartnerId,
    job: Uuid,
    epoch: i64,
    after: Duration,
) -> Result<()> {
    sqlx::query!(
        "update job set state = 'queued', crashes = 0, run_at = now() + make_interval(secs => $4), lease_owner = null, lease_until = null
         where partner_id = $1 and job_id = $2 and epoch = $3 and state = 'running'",
        partner.0,
        job,
        epoch,
        after.as_secs_f64()
    )
    .execute(&mut *conn)
    .await?;
    if after.is_zero() {
        // Whoever is free takes it at once: this process may be ending.
        sqlx::query!("select pg_notify('jobs', '')").execute(conn).await?;
    }
    Ok(())
}

/// Records that a job crashed; `true` if it is parked now.
pub async fn crashed(
    conn: &mut PgConnection,
    partner: PartnerId,
    job: Uuid,
    epoch: i64,
    error: &str,
    after: Duration,
) -> Result<bool> {
    let state = sqlx::query_scalar!(
        "update job set crashes = crashes + 1, last_error = $4, lease_owner = null, lease_until = null,
                state = case when crashes + 1 >= $5 then 'failed' else 'queued' end,
                finished_at = case when crashes + 1 >= $5 then now() end, run_at = now() + make_interval(secs => $6)
         where partner_id = $1 and job_id = $2 and epoch = $3 and state = 'running' returning state",
        partner.0,
        job,
        epoch,
        error,
        CRASHES,
        after.as_secs_f64()
    )
    .fetch_optional(conn)
    .await?;
    Ok(state.as_deref() == Some("failed"))
}
