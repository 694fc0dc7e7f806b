//! The switch that stops writes at vendors.

use crate::domain::hold::Hold;
use crate::domain::ids::PartnerId;
use sqlx::{PgConnection, Result};

/// Why nothing is written for the partner; `None` if it may be. A database that is not the one it was counts without anybody having
/// noticed it before.
pub async fn hold(conn: &mut PgConnection, partner: PartnerId) -> Result<Option<Hold>> {
    let found = sqlx::query!(
        r#"select case when p.frozen_at is not null or s.is_on then coalesce(s.reason, p.frozen_reason, '') end as reason,
                  p.compare_after is not null or p.database_mark <> database_mark() as "restored!"
           from partner p left join service_freeze s on true where p.partner_id = $1"#,
        partner.0
    );
    let Some(row) = found.fetch_optional(conn).await? else { return Ok(None) };
    Ok(row.reason.map(|reason| Hold::Frozen { reason }).or(row.restored.then_some(Hold::Restored)))
}

/// Freezes the partner; `false` if it was frozen before.
pub async fn freeze(conn: &mut PgConnection, partner: PartnerId, reason: &str) -> Result<bool> {
    let frozen = sqlx::query!(
        "update partner set frozen_at = now(), frozen_reason = $2 where partner_id = $1 and frozen_at is null",
        partner.0,
        reason
    );
    Ok(frozen.execute(conn).await?.rows_affected() == 1)
}

/// Why nothing is written for anybody; `None` if not everybody is frozen.
pub async fn reason_for_all(conn: &mut PgConnection) -> Result<Option<String>> {
    sqlx::query_scalar!("select reason from service_freeze").fetch_optional(conn).await
}

/// Freezes everybody, in a transaction of an operator.
pub async fn freeze_all(conn: &mut PgConnection, reason: &str) -> Result<()> {
    let frozen = sqlx::query!("insert into service_freeze (reason) values ($1) on conflict do nothing", reason);
    frozen.execute(conn).await.map(drop)
}

/// Ends the freeze of everybody, in a transaction of an operator; partners that are frozen themselves stay so.
pub async fn unfreeze_all(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("delete from service_freeze").execute(conn).await.map(drop)
}

/// Ends the partner's own freeze; `false` if it was not frozen.
pub async fn unfreeze(conn: &mut PgConnection, partner: PartnerId) -> Result<bool> {
    let thawed = sqlx::query!(
        "update partner set frozen_at = null, frozen_reason = null where partner_id = $1 and frozen_at is not null",
        partner.0
    );
    Ok(thawed.execute(conn).await?.rows_affected() == 1)
}

/// Has what waits for the end of a freeze tried at once.
pub async fn wake(conn: &mut PgConnection, partner: PartnerId) -> Result<()> {
    let next = "update integration set next_try_at = now() where partner_id = $1 and status = 'waiting' and waiting_code = 'frozen'";
    sqlx::query(next).bind(partner.0).execute(&mut *conn).await?;
    let job = "update job set run_at = now() where partner_id = $1 and kind = 'undo' and state = 'queued'";
    sqlx::query(job).bind(partner.0).execute(&mut *conn).await?;
    sqlx::query!("select pg_notify('jobs', '')").execute(conn).await.map(drop)
}
