//! Attempts to sign in, the tokens that allow us to ask again, and what a partner set up for it.

use super::rows;
use crate::domain::ids::PartnerId;
use crate::domain::role::{Role, RoleMap};
use sqlx::{PgConnection, Result};

/// Somebody who has been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Where the identity comes from: `vsa` or `openid`.
    pub method: String,
    /// Id there.
    pub user_id: String,
    /// Name for people.
    pub user_name: String,
    /// What the person may do.
    pub role: Role,
}

/// A partner's `OpenID` Connect provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIdRow {
    /// Exactly as it calls itself.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Where a person's roles are listed.
    pub role_claim: String,
    /// Asked for beside the usual ones.
    pub scopes: Vec<String>,
    /// The client's secret, sealed.
    pub sealed: Vec<u8>,
}

/// Stores an attempt, good for ten minutes.
pub async fn insert_attempt(
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
pub async fn use_attempt(
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
pub async fn succeed(conn: &mut PgConnection, partner: PartnerId, token_hash: &[u8], person: &PersonRow) -> Result<()> {
    sqlx::query!(
        "update sign_in_attempt set user_id = $3, user_name = $4, role = $5 where partner_id = $1 and token_hash = $2",
        partner.0,
        token_hash,
        person.user_id,
        person.user_name,
        person.role.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether somebody waits to be collected by a browser.
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

/// Collects who waits for a browser, once.
pub async fn collect(conn: &mut PgConnection, partner: PartnerId, waiter_hash: &[u8]) -> Result<Option<PersonRow>> {
    let row = sqlx::query!(
        r#"update sign_in_attempt set collected_at = now()
           where (partner_id, token_hash) = (
               select partner_id, token_hash from sign_in_attempt
               where partner_id = $1 and waiter_hash = $2 and user_id is not null and collected_at is null
                 and used_at > now() - interval '2 minutes'
               order by used_at desc limit 1 for update)
           returning method, user_id as "user_id!", user_name as "user_name!", role as "role!""#,
        partner.0,
        waiter_hash
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let (method, user_id, user_name) = (row.method, row.user_id, row.user_name);
        Ok(PersonRow { method, user_id, user_name, role: rows::role(&row.role)? })
    })
    .transpose()
}

/// Takes the sealed tokens of a person to renew them; nobody else gets them for `seconds`, or until they are put back.
pub async fn take_grant(
    conn: &mut PgConnection,
    partner: PartnerId,
    method: &str,
    user_id: &str,
    seconds: f64,
) -> Result<Option<Vec<u8>>> {
    sqlx::query_scalar!(
        "update sign_in_grant set renewing_until = now() + make_interval(secs => $4)
         where partner_id = $1 and method = $2 and user_id = $3 and (renewing_until is null or renewing_until < now()) returning sealed",
        partner.0,
        method,
        user_id,
        seconds
    )
    .fetch_optional(conn)
    .await
}

/// Whether there are tokens of a person, taken or not.
pub async fn has_grant(conn: &mut PgConnection, partner: PartnerId, method: &str, user_id: &str) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from sign_in_grant where partner_id = $1 and method = $2 and user_id = $3) as "there!""#,
        partner.0,
        method,
        user_id
    )
    .fetch_one(conn)
    .await
}

/// Keeps the sealed tokens of a person.
pub async fn put_grant(
    conn: &mut PgConnection,
    partner: PartnerId,
    (method, user_id): (&str, &str),
    sealed: &[u8],
    key_id: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into sign_in_grant (partner_id, method, user_id, sealed, key_id) values ($1, $2, $3, $4, $5)
         on conflict (partner_id, method, user_id) do update set sealed = $4, key_id = $5, renewing_until = null, updated_at = now()",
        partner.0,
        method,
        user_id,
        sealed,
        key_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts tokens back that were not used.
pub async fn release_grant(conn: &mut PgConnection, partner: PartnerId, method: &str, user_id: &str) -> Result<()> {
    sqlx::query!(
        "update sign_in_grant set renewing_until = null where partner_id = $1 and method = $2 and user_id = $3",
        partner.0,
        method,
        user_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the tokens of a person, and what of theirs is still to be collected.
pub async fn delete_grant(conn: &mut PgConnection, partner: PartnerId, method: &str, user_id: &str) -> Result<()> {
    sqlx::query!(
        "delete from sign_in_grant where partner_id = $1 and method = $2 and user_id = $3",
        partner.0,
        method,
        user_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from sign_in_attempt where partner_id = $1 and method = $2 and user_id = $3 and collected_at is null",
        partner.0,
        method,
        user_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets everybody's tokens, and the attempts under way.
pub async fn delete_grants(conn: &mut PgConnection, partner: PartnerId) -> Result<()> {
    sqlx::query!("delete from sign_in_grant where partner_id = $1", partner.0).execute(&mut *conn).await?;
    sqlx::query!("delete from sign_in_attempt where partner_id = $1", partner.0).execute(conn).await?;
    Ok(())
}

/// The partner's provider.
pub async fn openid(conn: &mut PgConnection, partner: PartnerId) -> Result<Option<OpenIdRow>> {
    sqlx::query_as!(
        OpenIdRow,
        "select issuer, client_id, role_claim, scopes, sealed from openid_provider where partner_id = $1",
        partner.0
    )
    .fetch_optional(conn)
    .await
}

/// Stores the partner's provider.
pub async fn put_openid(conn: &mut PgConnection, partner: PartnerId, row: &OpenIdRow, key_id: &str) -> Result<()> {
    sqlx::query!(
        "insert into openid_provider (partner_id, issuer, client_id, role_claim, scopes, sealed, key_id) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (partner_id) do update
         set issuer = $2, client_id = $3, role_claim = $4, scopes = $5, sealed = $6, key_id = $7, updated_at = now()",
        partner.0,
        row.issuer,
        row.client_id,
        row.role_claim,
        &row.scopes,
        row.sealed,
        key_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the partner's provider; `false` if there was none.
pub async fn remove_openid(conn: &mut PgConnection, partner: PartnerId) -> Result<bool> {
    let removed = sqlx::query!("delete from openid_provider where partner_id = $1", partner.0).execute(conn).await?;
    Ok(removed.rows_affected() > 0)
}

/// Which roles let in as what; empty if the partner says nothing of its own.
pub async fn roles(conn: &mut PgConnection, partner: PartnerId) -> Result<RoleMap> {
    let rows = sqlx::query!("select name, role from sign_in_role where partner_id = $1 order by name", partner.0)
        .fetch_all(conn)
        .await?;
    let mut map = RoleMap::default();
    for row in rows {
        match rows::role(&row.role)? {
            Role::Administrator => map.administrators.push(row.name),
            Role::Viewer => map.viewers.push(row.name),
        }
    }
    Ok(map)
}

/// Replaces which roles let in as what. A name in both lists counts as the higher one.
pub async fn put_roles(conn: &mut PgConnection, partner: PartnerId, map: &RoleMap) -> Result<()> {
    sqlx::query!("delete from sign_in_role where partner_id = $1", partner.0).execute(&mut *conn).await?;
    for (names, role) in [(&map.administrators, Role::Administrator), (&map.viewers, Role::Viewer)] {
        sqlx::query!(
            "insert into sign_in_role (partner_id, name, role) select distinct $1::uuid, name, $3 from unnest($2::text[]) as name on conflict do nothing",
            partner.0,
            names,
            role.as_str()
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Removes attempts that are over, and tokens that nobody has used for 60 days: VSA has forgotten them too.
pub async fn purge(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("delete from sign_in_attempt where expires_at < now() - interval '1 day'").execute(&mut *conn).await?;
    sqlx::query!("delete from sign_in_grant where updated_at < now() - interval '60 days'").execute(conn).await?;
    Ok(())
}
