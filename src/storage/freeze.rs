//! The switch that stops writes at vendors.

use crate::domain::ids::PartnerId;
use sqlx::{PgConnection, Result};

/// Why nothing is written for the partner; `None` if it is not frozen.
pub async fn reason(conn: &mut PgConnection, partner: PartnerId) -> Result<Option<String>> {
    let found = sqlx::query_scalar!(
        r#"select coalesce(frozen_reason, '') as "reason!" from partner where partner_id = $1 and frozen_at is not null"#,
        partner.0
    );
    found.fetch_optional(conn).await
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
