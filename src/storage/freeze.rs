//! The switch that stops writes at vendors.

use crate::domain::hold::Hold;
use crate::domain::ids::PartnerId;
use sqlx::{PgConnection, Result};

/// Why nothing is written for the partner; `None` if it may be. A database that is not the one it was counts without anybody having
/// noticed it before.
pub async fn hold(conn: &mut PgConnection, partner: PartnerId) -> Result<Option<Hold>> {
    let found = sqlx::query!(
        r#"select case when frozen_at is not null then coalesce(frozen_reason, '') end as reason,
                  compare_after is not null or database_mark <> database_mark() as "restored!"
           from partner where partner_id = $1"#,
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

/// Ends the freeze, and has what waits for it tried at once; `false` if the partner was not frozen.
pub async fn unfreeze(conn: &mut PgConnection, partner: PartnerId) -> Result<bool> {
    let thawed = sqlx::query!(
        "update partner set frozen_at = null, frozen_reason = null where partner_id = $1 and frozen_at is not null",
        partner.0
    );
    if thawed.execute(&mut *conn).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let next = "update integration set next_try_at = now() where partner_id = $1 and status = 'waiting' and waiting_code = 'frozen'";
    sqlx::query(next).bind(partner.0).execute(&mut *conn).await?;
    let job = "update job set run_at = now() where partner_id = $1 and kind = 'undo' and state = 'queued'";
    sqlx::query(job).bind(partner.0).execute(&mut *conn).await?;
    sqlx::query!("select pg_notify('jobs', '')").execute(conn).await?;
    Ok(true)
}
