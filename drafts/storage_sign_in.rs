//! Attempts to sign in, what they left, and who holds a session.

use crate::domain::ids::PartnerId;
use chrono::TimeDelta;
use sqlx::{PgConnection, Result};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Administrator,
    /// Look.
    Viewer,
}

/// Somebody whose session waits to be collected.
#[derive(Debug)]
pub struct Succeeded {
    /// How.
    pub method: String,
    /// Id at VSA or the provider.
    pub user_id: String,
    /// Name for people.
    pub user_name: String,
    /// What the person may do.
    pub role: Role,
}

/// Stores an attempt, good for ten minutes.
pub async fn insert(
    conn: &mut PgConnection,
    partner: PartnerId,
    token_hash: &[u8],
    method: &str,
    waiter_hash: &[u8],
) -> Result<()> {
    sqlx::query!(
        "insert into sign_in_attempt (partner_id, token_hash, method, waiter_hash, expires_at) values ($1, $2, $3, $4, now() + interval '10 minutes')",
        partner.0,
        token_hash,
        method,
        waiter_hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses an attempt up; for whom it is, if it was good.
pub async fn use_up(
    conn: &mut PgConnection,
    partner: PartnerId,
    token_hash: &[u8],
    method: &str,
) -> Result<Option<Vec<u8>>> {
    sqlx::query_scalar!(
        "update sign_in_attempt set used_at = now()
         where partner_id = $1 and token_hash = $2 and method = $3 and used_at is null and expires_at > now() returning waiter_hash",
        partner.0,
        token_hash,
        method
    )
    .fetch_optional(conn)
    .await
}

/// Notes who came in by an attempt that is for another browser.
pub async fn succeed(
    conn: &mut PgConnection,
    partner: PartnerId,
    token_hash: &[u8],
    user_id: &str,
    user_name: &str,
    role: Role,
) -> Result<()> {
    sqlx::query!(
        "update sign_in_attempt set user_id = $3, user_name = $4, role = $5 where partner_id = $1 and token_hash = $2",
        partner.0,
        token_hash,
        user_id,
        user_name,
        role as Role
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a session waits for a browser.
pub async fn is_waiting(conn: &mut PgConnection, partner: PartnerId, waiter_hash: &[u8]) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from sign_in_attempt where partner_id = $1 and waiter_hash = $2 and user_id is not null
                          and collected_at is null and used_at > now() - interval '2 minutes') as "waiting!""#,
        partner.0,
        waiter_hash
    )
    .fetch_one(conn)
    .await
}

/// Collects what waits for a browser, once.
pub async fn collect(conn: &mut PgConnection, partner: PartnerId, waiter_hash: &[u8]) -> Result<Option<Succeeded>> {
    sqlx::query_as!(
        Succeeded,
        r#"update sign_in_attempt set collected_at = now()
           where (partner_id, token_hash) = (
               select partner_id, token_hash from sign_in_attempt
               where partner_id = $1 and waiter_hash = $2 and user_id is not null and collected_at is null
                 and used_at > now() - interval '2 minutes'
               order by used_at desc limit 1 for update)
           returning method, user_id as "user_id!", user_name as "user_name!", role as "role!: Role""#,
        partner.0,
        waiter_hash
    )
    .fetch_optional(conn)
    .await
}

/// Opens a session of somebody who was signed in elsewhere.
#[expect(clippy::too_many_arguments, reason = "the columns of a row")]
pub async fn open(
    conn: &mut PgConnection,
    partner: PartnerId,
    token_hash: &[u8],
    method: &str,
    user_id: &str,
    user_name: &str,
    role: Role,
    absolute: TimeDelta,
) -> Result<()> {
    sqlx::query!(
        "insert into screen_session (partner_id, token_hash, user_name, method, user_id, role, expires_at)
         values ($1, $2, $3, $4, $5, $6, now() + make_interval(mins => $7))",
        partner.0,
        token_hash,
        user_name,
        method,
        user_id,
        role as Role,
        i32::try_from(absolute.num_minutes()).unwrap_or(i32::MAX)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the holder of a session may do, how the person came in, and who that is there.
pub async fn holder(
    conn: &mut PgConnection,
    partner: PartnerId,
    token_hash: &[u8],
) -> Result<Option<(Role, String, Option<String>)>> {
    let row = sqlx::query!(
        r#"select role as "role: Role", method, user_id from screen_session where partner_id = $1 and token_hash = $2"#,
        partner.0,
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.role, row.method, row.user_id)))
}

/// The sealed tokens of a person, locked until the transaction ends.
pub async fn grant(
    conn: &mut PgConnection,
    partner: PartnerId,
    method: &str,
    user_id: &str,
) -> Result<Option<Vec<u8>>> {
    sqlx::query_scalar!(
        "select sealed from sign_in_grant where partner_id = $1 and method = $2 and user_id = $3 for update",
        partner.0,
        method,
        user_id
    )
    .fetch_optional(conn)
    .await
}

/// Keeps the sealed tokens of a person.
pub async fn put_grant(
    conn: &mut PgConnection,
    partner: PartnerId,
    method: &str,
    user_id: &str,
    sealed: &[u8],
) -> Result<()> {
    sqlx::query!(
        "insert into sign_in_grant (partner_id, method, user_id, sealed) values ($1, $2, $3, $4)
         on conflict (partner_id, method, user_id) do update set sealed = $4, updated_at = now()",
        partner.0,
        method,
        user_id,
        sealed
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives all sessions of a person this role.
pub async fn set_role(
    conn: &mut PgConnection,
    partner: PartnerId,
    method: &str,
    user_id: &str,
    role: Role,
) -> Result<()> {
    sqlx::query!(
        "update screen_session set role = $4 where partner_id = $1 and method = $2 and user_id = $3 and role <> $4",
        partner.0,
        method,
        user_id,
        role as Role
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends all sessions of a person, and forgets the tokens.
pub async fn end_sessions(conn: &mut PgConnection, partner: PartnerId, method: &str, user_id: &str) -> Result<()> {
    sqlx::query!(
        "delete from screen_session where partner_id = $1 and method = $2 and user_id = $3",
        partner.0,
        method,
        user_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from sign_in_grant where partner_id = $1 and method = $2 and user_id = $3",
        partner.0,
        method,
        user_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes attempts that are over, and tokens nobody has used for 60 days.
pub async fn purge(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("delete from sign_in_attempt where expires_at < now() - interval '1 day'").execute(&mut *conn).await?;
    sqlx::query!("delete from sign_in_grant where updated_at < now() - interval '60 days'").execute(conn).await?;
    Ok(())
}
