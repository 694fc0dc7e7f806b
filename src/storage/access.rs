//! One-time links and sessions; only hashes of tokens are kept.

use super::rows;
use crate::domain::ids::PartnerId;
use crate::domain::role::Role;
use chrono::TimeDelta;
use sqlx::{PgConnection, Result};

/// A session of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The partner.
    pub partner_id: PartnerId,
    /// Name for people.
    pub user_name: String,
    /// What the person may do.
    pub role: Role,
    /// How the person came in: `link`, `vsa` or `openid`.
    pub method: String,
    /// The person there; none with a link.
    pub user_id: Option<String>,
}

/// Stores a one-time link.
pub async fn insert_link(
    conn: &mut PgConnection,
    partner: PartnerId,
    hash: &[u8],
    user_name: &str,
    valid: TimeDelta,
) -> Result<()> {
    sqlx::query!(
        "insert into sign_in_link (partner_id, token_hash, user_name, expires_at) values ($1, $2, $3, now() + make_interval(secs => $4))",
        partner.0,
        hash,
        user_name,
        seconds(valid),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses up a one-time link; the user it is for, if it was valid.
pub async fn use_link(conn: &mut PgConnection, partner: PartnerId, hash: &[u8]) -> Result<Option<String>> {
    sqlx::query_scalar!(
        "update sign_in_link set used_at = now()
         where partner_id = $1 and token_hash = $2 and used_at is null and expires_at > now() returning user_name",
        partner.0,
        hash
    )
    .fetch_optional(conn)
    .await
}

/// Opens a session.
pub async fn insert_session(
    conn: &mut PgConnection,
    hash: &[u8],
    session: &SessionRow,
    absolute: TimeDelta,
) -> Result<()> {
    sqlx::query!(
        "insert into screen_session (partner_id, token_hash, user_name, role, method, user_id, expires_at)
         values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))",
        session.partner_id.0,
        hash,
        session.user_name,
        session.role.as_str(),
        session.method,
        session.user_id,
        seconds(absolute),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose session this is, ended or not.
pub async fn partner_of_session(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<PartnerId>> {
    let found = sqlx::query_scalar!("select partner_id from screen_session where token_hash = $1", hash);
    Ok(found.fetch_optional(conn).await?.map(PartnerId))
}

/// A session that has not ended. Noted as seen at most once a minute, if somebody is there.
pub async fn session(
    conn: &mut PgConnection,
    hash: &[u8],
    idle: TimeDelta,
    is_present: bool,
) -> Result<Option<SessionRow>> {
    let row = sqlx::query!(
        r#"select partner_id, user_name, role, method, user_id, last_seen_at < now() - interval '1 minute' as "is_old!" from screen_session
           where token_hash = $1 and expires_at > now() and last_seen_at > now() - make_interval(secs => $2)"#,
        hash,
        seconds(idle)
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if is_present && row.is_old {
        sqlx::query!(
            "update screen_session set last_seen_at = now() where partner_id = $1 and token_hash = $2",
            row.partner_id,
            hash
        )
        .execute(conn)
        .await?;
    }
    Ok(Some(SessionRow {
        partner_id: PartnerId(row.partner_id),
        user_name: row.user_name,
        role: rows::role(&row.role)?,
        method: row.method,
        user_id: row.user_id,
    }))
}

/// Ends a session.
pub async fn delete_session(conn: &mut PgConnection, hash: &[u8]) -> Result<()> {
    sqlx::query!("delete from screen_session where token_hash = $1", hash).execute(conn).await?;
    Ok(())
}

/// Ends all sessions of a partner; how many there were.
pub async fn delete_sessions(conn: &mut PgConnection, partner: PartnerId) -> Result<u64> {
    let deleted = sqlx::query!("delete from screen_session where partner_id = $1", partner.0).execute(conn).await?;
    Ok(deleted.rows_affected())
}

/// Takes back the one-time links of a partner that were not used; how many there were.
pub async fn delete_links(conn: &mut PgConnection, partner: PartnerId) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from sign_in_link where partner_id = $1 and used_at is null and expires_at > now()",
        partner.0
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// Gives all sessions of a person this role, and what is still to be collected as one; whether any session had another.
pub async fn set_role(
    conn: &mut PgConnection,
    partner: PartnerId,
    (method, user_id): (&str, &str),
    role: Role,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update screen_session set role = $4 where partner_id = $1 and method = $2 and user_id = $3 and role <> $4",
        partner.0,
        method,
        user_id,
        role.as_str()
    );
    let has_changed = changed.execute(&mut *conn).await?.rows_affected() > 0;
    let waiting = sqlx::query!(
        "update sign_in_attempt set role = $4 where partner_id = $1 and method = $2 and user_id = $3 and collected_at is null",
        partner.0,
        method,
        user_id,
        role.as_str()
    );
    waiting.execute(conn).await?;
    Ok(has_changed)
}

/// Ends all sessions of a person; how many there were.
pub async fn delete_sessions_of(
    conn: &mut PgConnection,
    partner: PartnerId,
    (method, user_id): (&str, &str),
) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from screen_session where partner_id = $1 and method = $2 and user_id = $3",
        partner.0,
        method,
        user_id
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// Ends all sessions of people who signed in at VSA or at the partner's provider; how many there were.
pub async fn delete_signed_in(conn: &mut PgConnection, partner: PartnerId) -> Result<u64> {
    let deleted = sqlx::query!("delete from screen_session where partner_id = $1 and method <> 'link'", partner.0);
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// Removes sessions and links that have ended.
pub async fn purge(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("delete from screen_session where expires_at < now()").execute(&mut *conn).await?;
    sqlx::query!("delete from sign_in_link where expires_at < now() - interval '1 day'").execute(conn).await?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "spans of hours are far below the precision of f64")]
fn seconds(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1000.0
}
