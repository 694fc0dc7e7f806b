//! The state of a whole run.

use super::{EngineError, Fence, begin};
use crate::domain::engine::Pause;
use crate::domain::ids::{ImportId, PartnerId};
use crate::domain::import::ImportStatus;
use crate::domain::integration::IntegrationStatus;
use crate::domain::outcome::Vendor;
use crate::domain::plan::Reason;
use crate::storage::integrations::notify;
use crate::storage::tenancy;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Result};
use uuid::Uuid;

/// A run that was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunRow {
    /// Of this run.
    pub epoch: i64,
    /// When the accounts had been read that the import was begun with.
    pub seen_at: DateTime<Utc>,
    /// Somebody pressed Stop.
    pub stopping: bool,
    /// Since when it has stood still, if nothing was done since.
    pub paused_since: Option<DateTime<Utc>>,
}

/// What a running integration looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Somebody pressed Stop.
    pub stopping: bool,
    /// When a run that waits is tried again; somebody may have brought it forward.
    pub next_try_at: Option<DateTime<Utc>>,
    /// The database's time.
    pub now: DateTime<Utc>,
}

/// Takes an import over for the holder of a job: everything with an older epoch can write nothing any more. `None` if the claim
/// is lost, or if there is nothing to carry out.
pub async fn take_over(
    pool: &PgPool,
    partner: PartnerId,
    import: ImportId,
    job: Uuid,
    job_epoch: i64,
) -> Result<Option<RunRow>> {
    let mut tx = tenancy::begin(pool, partner).await?;
    if !crate::storage::leases::hold(&mut tx, partner, job, job_epoch).await? {
        return Ok(None);
    }
    let row = sqlx::query!(
        "update integration set epoch = epoch + 1, event_id = event_id + 1, waiting_code = null, waiting_message = null, next_try_at = null,
                status = case when integration.status = 'stopping' then integration.status else 'running' end
         from import i
         where integration.partner_id = $1 and integration.import_id = $2 and integration.status not in ('stopped', 'finished')
           and i.partner_id = integration.partner_id and i.import_id = integration.import_id
         returning integration.epoch, integration.status, coalesce(i.seen_at, i.created_at - interval '1 day') as \"seen_at!\", integration.paused_since",
        partner.0,
        import.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(row.map(|row| RunRow {
        epoch: row.epoch,
        seen_at: row.seen_at,
        stopping: row.status == "stopping",
        paused_since: row.paused_since,
    }))
}

/// Reads what people asked for meanwhile; `None` if the run was taken over.
pub async fn poll(pool: &PgPool, fence: Fence) -> Result<Option<State>> {
    let row = sqlx::query!(
        r#"select status, next_try_at, now() as "now!" from integration where partner_id = $1 and import_id = $2 and epoch = $3"#,
        fence.partner.0,
        fence.import.0,
        fence.epoch
    )
    .fetch_optional(&mut *tenancy::begin(pool, fence.partner).await?)
    .await?;
    Ok(row.map(|row| State { stopping: row.status == "stopping", next_try_at: row.next_try_at, now: row.now }))
}

/// Says that the run goes on, or why it waits and until when. A request to stop is kept.
pub async fn set_status(conn: &mut PgConnection, fence: Fence, waiting: Option<(&Reason, Pause)>) -> Result<()> {
    sqlx::query!(
        "update integration set status = case when status = 'stopping' then status when $4::text is null then 'running' else 'waiting' end,
                waiting_code = $4, waiting_message = $5, next_try_at = $6, paused_since = $7
         where partner_id = $1 and import_id = $2 and epoch = $3",
        fence.partner.0,
        fence.import.0,
        fence.epoch,
        waiting.map(|(reason, _)| reason.code.as_str()),
        waiting.map(|(reason, _)| reason.message.as_str()),
        waiting.map(|(_, pause)| pause.until),
        waiting.map(|(_, pause)| pause.since)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The partner at LMP that an import is carried out for; `id` is kept if none was before. Reading and keeping are one statement, so two
/// workers cannot keep different ones.
pub async fn lmp_partner(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    id: Option<&str>,
) -> Result<Option<String>> {
    sqlx::query_scalar!(
        "update integration set lmp_partner = coalesce(lmp_partner, $3) where partner_id = $1 and import_id = $2 returning lmp_partner",
        partner.0,
        import.0,
        id
    )
    .fetch_one(conn)
    .await
}

/// Notes that a vendor refuses the credentials, or accepts them again.
pub async fn set_connection_refused(
    conn: &mut PgConnection,
    partner: PartnerId,
    vendor: Vendor,
    refused: bool,
) -> Result<()> {
    let vendor = match vendor {
        Vendor::Vsa => "vsa",
        Vendor::Lmp => "lmp",
        Vendor::RemoteManager => "remote_manager",
    };
    sqlx::query!(
        "update connection set refused_at = case when $3 then coalesce(refused_at, now()) end where partner_id = $1 and vendor = $2",
        partner.0,
        vendor,
        refused
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the run, its import and its job in one transaction and releases what nobody has to decide about. `false`: somebody has
/// queued customers again meanwhile, so it goes on.
pub async fn finish(
    pool: &PgPool,
    fence: Fence,
    status: IntegrationStatus,
    import: ImportStatus,
    job: (Uuid, i64),
) -> Result<bool, EngineError> {
    let (mut tx, _) = begin(pool, fence).await?;
    let open = sqlx::query_scalar!(
        r#"select exists (select from integration_item where partner_id = $1 and import_id = $2
             and status not in ('imported', 'imported_with_warning', 'no_licenses', 'refused', 'needs_person', 'not_started')) as "open!""#,
        fence.partner.0,
        fence.import.0
    )
    .fetch_one(&mut *tx)
    .await?;
    if open {
        return Ok(false);
    }
    sqlx::query!(
        "update integration set status = $3, finished_at = now(), waiting_code = null, waiting_message = null, next_try_at = null
         where partner_id = $1 and import_id = $2",
        fence.partner.0,
        fence.import.0,
        status.as_str()
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update import set status = $3, version = version + 1 where partner_id = $1 and import_id = $2",
        fence.partner.0,
        fence.import.0,
        import_status(import)
    )
    .execute(&mut *tx)
    .await?;
    release(&mut tx, fence).await?;
    crate::storage::leases::finish(&mut tx, fence.partner, job.0, job.1, None).await?;
    tx.commit().await?;
    Ok(true)
}

/// Releases the claims of customers that nobody has to decide about.
async fn release(conn: &mut PgConnection, fence: Fence) -> Result<()> {
    sqlx::query!(
        "delete from claim c where c.partner_id = $1 and c.import_id = $2
         and not exists (select from integration_item i where i.partner_id = $1 and i.import_id = $2 and i.organization_id = c.organization_id
                         and i.status = 'needs_person')
         and not exists (select from operation o where o.partner_id = $1 and o.import_id = $2 and o.organization_id = c.organization_id
                         and o.state in ('intended', 'in_doubt', 'needs_person'))",
        fence.partner.0,
        fence.import.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn import_status(status: ImportStatus) -> &'static str {
    match status {
        ImportStatus::Draft => "draft",
        ImportStatus::Integrating => "integrating",
        ImportStatus::Stopped => "stopped",
        ImportStatus::Completed => "completed",
        ImportStatus::CompletedWithProblems => "completed_with_problems",
    }
}

/// Says that a run has been halted, and why. A request to stop is kept, and so is what was said of a run that is halted already.
pub async fn park(conn: &mut PgConnection, partner: PartnerId, import: ImportId, reason: &Reason) -> Result<()> {
    sqlx::query!(
        "update integration set status = case when status = 'stopping' then status else 'waiting' end, waiting_code = $3,
                waiting_message = case when waiting_code = $3 then waiting_message else $4 end, next_try_at = null, epoch = epoch + 1, event_id = event_id + 1
         where partner_id = $1 and import_id = $2 and status not in ('stopped', 'finished')",
        partner.0,
        import.0,
        reason.code,
        reason.message
    )
    .execute(&mut *conn)
    .await?;
    notify(conn, import).await
}
