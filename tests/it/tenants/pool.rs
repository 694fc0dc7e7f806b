//! Connections carry nobody over to the next request.

use crate::support::database::TestDatabase;
use crate::support::plugin::app;
use futures_util::poll;
use sqlx::{Executor, PgPool};
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::service::access::{
    caller_of_session, caller_of_token, issue_link, issue_token, open_session, partner_by_key,
};
use worryfree_plugin::service::inventory::{self, LinkQuery, LinkView};
use worryfree_plugin::service::page::PageQuery;
use worryfree_plugin::storage::connect;
use worryfree_plugin::storage::tenancy::{self, Across};

const REQUESTS: usize = 5_000;

/// A partner with a link, under which its own key is found.
pub async fn partner(pool: &PgPool, key: &str) -> PartnerId {
    let partner = PartnerId(uuid::Uuid::now_v7());
    for statement in [
        "insert into partner (partner_id, partner_key, name, email) values ($1, $2, $2, 'a@b.example')",
        "insert into link (partner_id, organization_id, account_id, organization_name, account_name, imported_by, import_id)
         values ($1, 'o-' || $2, 'a-' || $2, $2, $2, 'Ana', gen_random_uuid())",
    ] {
        sqlx::query(statement).bind(partner.0).bind(key).execute(pool).await.unwrap();
    }
    partner
}

#[tokio::test]
async fn one_connection_serves_two_partners_and_mixes_nothing_up() {
    let database = TestDatabase::new().await;
    let partners = [(partner(database.pool(), "own").await, "own"), (partner(database.pool(), "other").await, "other")];
    let app = app(connect(database.options(), 1).await.unwrap());
    let (mut cancelled, mut rows, mut foreign) = (0, 0, 0);
    for request in 0..REQUESTS {
        let (partner, name) = partners[request % 2];
        let page = PageQuery { limit: 50, ..PageQuery::default() };
        let query = LinkQuery { page, ..LinkQuery::default() };
        let asked = async {
            // Half of them without a condition on the partner: what a forgotten one would read.
            if request % 4 < 2 {
                let page = inventory::links(&app, partner, &query).await.unwrap();
                page.data.iter().map(|link: &LinkView| link.organization_name.clone()).collect::<Vec<_>>()
            } else {
                let mut transaction = tenancy::begin(&app.pool, partner).await.unwrap();
                sqlx::query_scalar("select organization_name from link").fetch_all(&mut *transaction).await.unwrap()
            }
        };
        if request % 5 == 4 {
            // At another point each time: before, in and after the round trips.
            let mut asked = Box::pin(asked);
            let mut is_done = false;
            for _ in 0..request % 23 {
                is_done |= poll!(&mut asked).is_ready();
                if is_done {
                    break;
                }
                tokio::task::yield_now().await;
            }
            cancelled += usize::from(!is_done);
            continue;
        }
        let names = asked.await;
        rows += names.len();
        foreign += names.iter().filter(|found| *found != name).count();
    }
    println!(
        "{REQUESTS} requests of two partners on one connection, {cancelled} cancelled: {rows} rows, {foreign} foreign"
    );
    assert_eq!((rows, foreign), (REQUESTS * 4 / 5, 0));
    assert!(cancelled > REQUESTS / 50, "some were cancelled in the midst: {cancelled}");
}

#[tokio::test]
async fn a_connection_that_carries_somebody_is_not_used_again() {
    let database = TestDatabase::new().await;
    let own = partner(database.pool(), "own").await;
    let pool = connect(database.options(), 1).await.unwrap();
    let id = "select pg_backend_pid()";
    let before: i32 = sqlx::query_scalar(id).fetch_one(&pool).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::query("select set_config('app.partner_id', $1, false)")
        .bind(own.0.to_string())
        .execute(&mut *connection)
        .await
        .unwrap();
    drop(connection);
    let after: i32 = sqlx::query_scalar(id).fetch_one(&pool).await.unwrap();
    assert_ne!(before, after);
    let links: i64 = sqlx::query_scalar("select count(*) from link").fetch_one(&pool).await.unwrap();
    assert_eq!(links, 0);
}

#[tokio::test]
async fn nobody_is_seen_or_written_outside_of_a_partners_transaction() {
    let database = TestDatabase::new().await;
    let (own, other) = (partner(database.pool(), "own").await, partner(database.pool(), "other").await);
    let pool = database.service_pool().await;
    let who: String = sqlx::query_scalar("select current_user::text").fetch_one(&pool).await.unwrap();
    assert_eq!(who, tenancy::APP_ROLE);
    for table in ["partner", "link", "job", "connection", "api_token"] {
        let count = format!("select count(*) from {table}");
        let seen: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(&pool).await.unwrap();
        assert_eq!(seen, 0, "{table}");
    }
    let steal = "insert into link select $1, 'x', 'x', 'x', 'x', null, null, null, null, now(), 'x', gen_random_uuid()";
    let mut transaction = tenancy::begin(&pool, own).await.unwrap();
    let refused = sqlx::query(steal).bind(other.0).execute(&mut *transaction).await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
    drop(transaction);
    let mut transaction = tenancy::begin(&pool, own).await.unwrap();
    let moved =
        sqlx::query("update link set partner_id = $1").bind(other.0).execute(&mut *transaction).await.unwrap_err();
    assert!(moved.to_string().contains("row-level security"), "{moved}");
    drop(transaction);
    let mut transaction = tenancy::begin(&pool, own).await.unwrap();
    let deleted = transaction.execute("delete from link").await.unwrap().rows_affected();
    assert_eq!(deleted, 1, "its own");
    drop(transaction);
    // The named ways do what they are for and no more.
    let mut jobs = tenancy::begin_across(&pool, Across::Jobs).await.unwrap();
    for table in ["partner", "link", "connection", "api_token", "import"] {
        let count = format!("select count(*) from {table}");
        let seen: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(&mut *jobs).await.unwrap();
        assert_eq!(seen, 0, "{table} is nothing to who claims jobs");
    }
    for (across, statement) in [
        (Across::Door, "delete from api_token"),
        (Across::Operator, "update partner set name = 'x'"),
        (Across::Operator, "delete from link"),
    ] {
        let mut transaction = tenancy::begin_across(&pool, across).await.unwrap();
        assert_eq!(transaction.execute(statement).await.unwrap().rows_affected(), 0, "{across:?}: {statement}");
    }
    for forbidden in ["truncate link", "alter table link disable row level security", "drop policy partner on link"] {
        assert!(pool.execute(forbidden).await.is_err(), "{forbidden}");
    }
}

#[tokio::test]
async fn who_comes_in_is_found_whoever_they_belong_to() {
    let database = TestDatabase::new().await;
    let partners = [(partner(database.pool(), "own").await, "own"), (partner(database.pool(), "other").await, "other")];
    let app = app(database.service_pool().await);
    for (partner, key) in partners {
        assert_eq!(partner_by_key(&app, key).await.unwrap().map(|found| found.partner_id), Some(partner));
        let token = issue_token(&app, partner, "nightly").await.unwrap();
        assert_eq!(caller_of_token(&app, &token).await.unwrap().map(|caller| caller.partner_id), Some(partner));
        let link = issue_link(&app, partner, "Ana", 15).await.unwrap();
        let session = open_session(&app, partner, &link).await.unwrap().unwrap();
        assert_eq!(caller_of_session(&app, &session).await.unwrap().map(|caller| caller.partner_id), Some(partner));
    }
    assert_eq!(partner_by_key(&app, "nobody").await.unwrap(), None);
}
