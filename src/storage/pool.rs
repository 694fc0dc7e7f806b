//! Connections, and the schema they need.

use super::tenancy::{self, APP_ROLE};
use sqlx::migrate::{MigrateError, Migration, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool, SqlSafeStr};
use std::time::Duration;

/// The migrations of `migrations/`, compiled in.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// A statement that takes longer is a mistake: no screen waits for it, and it holds what others need.
const STATEMENT_TIMEOUT: &str = "30s";
/// A lock is held for one short transaction, so whoever waits longer waits for something stuck.
const LOCK_TIMEOUT: &str = "5s";
/// A transaction that idles longer belongs to a process that is frozen or gone. It is shorter than a lease, so that what such a
/// process had locked does not hold those up that take over from it.
const IDLE_TRANSACTION_TIMEOUT: &str = "15s";
/// How long a request waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// A pool of connections that work as [`APP_ROLE`], of which the first is made now: a server that cannot be reached, or that has not
/// been migrated, is an error here.
pub async fn connect(options: PgConnectOptions, max_connections: u32) -> Result<PgPool, sqlx::Error> {
    // Given when the session begins, so that `reset role` leads back to it.
    let options = with_limits(options).options([("role", APP_ROLE)]);
    // A pool would try again and again and not say why.
    let mut first = options.connect().await?;
    works_as_app(&mut first).await?;
    first.close().await?;
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| Box::pin(works_as_app(connection)))
        // Asking whether the connection is clean tells as well whether it is alive.
        .test_before_acquire(false)
        // One that is not is closed, and the next one tried.
        .before_acquire(|connection, _| Box::pin(tenancy::is_clean(connection)))
        .connect_with(options)
        .await
}

/// Refuses a connection that sees everybody's rows: a pooler between us and the server may leave out what a session begins with.
async fn works_as_app(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let role: String = sqlx::query_scalar("select current_user::text").fetch_one(connection).await?;
    if role == APP_ROLE {
        return Ok(());
    }
    let why = format!(
        "the session works as {role} instead of {APP_ROLE}: a pooler that ignores the option `role` needs a user with `alter user … set role {APP_ROLE}`"
    );
    Err(sqlx::Error::Configuration(why.into()))
}

/// Brings the schema up to date, as the owner of the tables. Any number of processes may do so at once: sqlx takes an advisory lock.
pub async fn migrate(owner: &PgConnectOptions) -> Result<(), MigrateError> {
    // A connection of its own, closed in the end: after a failure sqlx leaves the advisory lock on it.
    let mut connection = with_limits(owner.clone()).connect().await?;
    // Waiting for another process's migrations, or building an index, may take longer than any request.
    connection.execute("set statement_timeout = 0; set lock_timeout = 0").await?;
    let migrated = match has_app_role(&mut connection).await {
        Ok(true) => without_making_the_role().run(&mut connection).await,
        Ok(false) => MIGRATOR.run(&mut connection).await,
        Err(error) => Err(error.into()),
    };
    let result = match migrated {
        Ok(()) => own(&mut connection).await.map_err(MigrateError::from),
        failed => failed,
    };
    connection.close().await.ok();
    result
}

/// Whether the role that the service works as is there.
pub async fn has_app_role(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(APP_ROLE)
        .fetch_one(connection)
        .await
}

/// Makes [`APP_ROLE`], in the migration that does.
const MAKES_ROLE: &str =
    "create role worryfree_app nologin nosuperuser nocreatedb nocreaterole nobypassrls noreplication;";

/// The migrations for a server that has the role: Postgres refuses to make it again before it looks whether it is there, unless to
/// those who may make roles. What was migrated and what was not stays the same.
fn without_making_the_role() -> Migrator {
    let without = |migration: &Migration| {
        let sql = migration.sql.as_str();
        let sql = if sql.contains(MAKES_ROLE) {
            AssertSqlSafe(sql.replace(MAKES_ROLE, "null;")).into_sql_str()
        } else {
            migration.sql.clone()
        };
        Migration { sql, ..migration.clone() }
    };
    Migrator { migrations: MIGRATOR.iter().map(without).collect(), ..Migrator::DEFAULT }
}

/// What was restored as another owner's is its owner's again: the policy that lets migrations see all rows, and who may use tables to
/// come. Without it an owner would see no rows, and would not know.
async fn own(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection
        .execute(
            "do $$
             declare
                 owned regclass;
             begin
                 perform pg_advisory_xact_lock(hashtextextended('own', 0));
                 for owned in
                     select c.oid from pg_class c
                     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity
                       and c.relowner = current_user::regrole
                       and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'owner' and p.polroles = array[c.relowner])
                 loop
                     execute format('drop policy if exists owner on %s', owned);
                     execute format('create policy owner on %s to %I using (true) with check (true)', owned, current_user);
                 end loop;
                 if not exists (select from pg_default_acl d where d.defaclrole = current_user::regrole
                                and d.defaclnamespace = 'public'::regnamespace and d.defaclobjtype = 'r') then
                     alter default privileges in schema public grant select, insert, update, delete on tables to worryfree_app;
                 end if;
             end $$",
        )
        .await?;
    Ok(())
}

fn with_limits(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("worryfree-plugin").options([
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("lock_timeout", LOCK_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_TRANSACTION_TIMEOUT),
    ])
}

/// How many migrations of this version the database has not had.
pub async fn missing_migrations(pool: &PgPool) -> Result<usize, sqlx::Error> {
    let versions: Vec<i64> =
        sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(pool).await?;
    Ok(MIGRATOR.iter().filter(|migration| !versions.contains(&migration.version)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_migration_makes_the_role_and_is_the_same_otherwise() {
        let without = without_making_the_role();
        let pairs = || MIGRATOR.iter().zip(without.iter());
        assert_eq!(MIGRATOR.iter().count(), without.iter().count());
        let changed: Vec<_> =
            pairs().filter(|(one, other)| one.sql.as_str() != other.sql.as_str()).map(|(one, _)| one.version).collect();
        assert_eq!(changed, [6]);
        assert!(pairs().all(|(one, other)| one.checksum == other.checksum && one.no_tx == other.no_tx));
    }
}
