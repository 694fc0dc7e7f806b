//! `checks/tenancy.sql`, and proof that it finds what it looks for.

use crate::support::database::TestDatabase;
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};

const CHECKS: &str = include_str!("../../../checks/tenancy.sql");

async fn problems(pool: &PgPool) -> Vec<String> {
    let rows = pool.fetch_all(CHECKS).await.unwrap();
    rows.iter().map(|row| format!("{}: {}", row.get::<String, _>(0), row.get::<String, _>(1))).collect()
}

#[tokio::test]
async fn the_schema_keeps_partners_apart() {
    let database = TestDatabase::new().await;
    let found = problems(database.pool()).await;
    assert_eq!(found, [""; 0]);
    println!("tenancy query list: {} rows", found.len());
}

/// As after a restore on another server, where the tables are somebody else's.
#[tokio::test]
async fn whoever_owns_the_tables_after_a_restore_sees_all_rows() {
    let database = TestDatabase::new().await;
    let other = format!("former_{}", uuid::Uuid::new_v4().simple());
    let former = format!(
        "create role {other}; drop policy owner on account; drop policy owner on partner; create policy owner on partner to {other} using (true);
         alter default privileges in schema public revoke all on tables from worryfree_app"
    );
    database.pool().execute(AssertSqlSafe(former)).await.unwrap();
    let foreign = "select count(*) from pg_class c where c.relnamespace = 'public'::regnamespace and c.relrowsecurity
                   and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'owner' and p.polroles = array[c.relowner])";
    let count = async || sqlx::query_scalar::<_, i64>(foreign).fetch_one(database.pool()).await.unwrap();
    assert_eq!(count().await, 2);
    worryfree_plugin::storage::migrate(&database.options()).await.unwrap();
    assert_eq!(count().await, 0);
    database.pool().execute("create table later (id int)").await.unwrap();
    let usable = "select has_table_privilege('worryfree_app', 'later', 'select')";
    assert!(
        sqlx::query_scalar::<_, bool>(usable).fetch_one(database.pool()).await.unwrap(),
        "tables to come are used alike"
    );
    let clean = format!("drop table later; drop role {other}");
    database.pool().execute(AssertSqlSafe(clean)).await.unwrap();
    assert_eq!(problems(database.pool()).await, [""; 0]);
}

#[tokio::test]
async fn each_gap_is_found() {
    let database = TestDatabase::new().await;
    let gaps = [
        ("create table loose (id int primary key)", "a table without partner_id: loose"),
        ("alter table link no force row level security", "row security is not forced: link"),
        ("alter table link disable row level security", "row security is not enabled: link"),
        ("alter table link drop constraint link_pkey, alter partner_id drop not null", "partner_id may be null: link"),
        ("drop policy owner on job", "no policy that lets the owner see all rows: job"),
        ("drop policy partner on job", "no policy that holds reading and writing to one partner: job"),
        (
            "create policy all_of_it on link using (true)",
            "a policy that is neither for one partner, nor for the owner, nor for a named purpose: link.all_of_it",
        ),
        ("create unique index once on link (account_id)", "a key without the partner: once"),
        (
            "create table child (partner_id uuid not null, token bytea, primary key (partner_id, token),
                foreign key (token) references api_token (token_hash))",
            "a foreign key without the partner: child.child_token_fkey",
        ),
        ("create view names as select name from partner", "a view with its owner's rights: names"),
        (
            "create function everything() returns bigint security definer language sql as 'select count(*) from link'",
            "a function with its owner's rights: everything()",
        ),
        (
            "grant create on schema public to worryfree_app; alter table template owner to worryfree_app",
            "the service's role owns something: table template",
        ),
        ("grant truncate on link to worryfree_app", "the service's role may truncate: link"),
    ];
    for (gap, problem) in gaps {
        let mut transaction = database.pool().begin().await.unwrap();
        transaction.execute(AssertSqlSafe(gap)).await.unwrap();
        let rows = transaction.fetch_all(CHECKS).await.unwrap();
        let found: Vec<_> =
            rows.iter().map(|row| format!("{}: {}", row.get::<String, _>(0), row.get::<String, _>(1))).collect();
        assert!(found.iter().any(|found| found == problem), "{gap}: {found:?}");
    }
    assert_eq!(problems(database.pool()).await, [""; 0], "all is as it was");
}
