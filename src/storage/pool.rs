//! Connections, and the schema they need.

use super::tenancy::{self, APP_ROLE};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};
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
    let result = match MIGRATOR.run(&mut connection).await {
        Ok(()) => own(&mut connection).await.map_err(MigrateError::from),
        failed => failed,
    };
    connection.close().await.ok();
    result
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
