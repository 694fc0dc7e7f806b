//! B2: a database that is older than it was. Nothing is created for anyone until the accounts have been compared with the records.

use super::process::Process;
use super::site::{Front, SEATS, SETTLE, Site, until};
use crate::end_to_end::flow::{Ready, Row, new_account, new_rows};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use std::time::Duration;
use worryfree_plugin::sandbox::{Ambient, Version, World};

/// A copy of a database, as a backup that is restored beside it.
struct Copy {
    options: PgConnectOptions,
    name: String,
}

impl Copy {
    /// Copies the site's database, which nobody may use meanwhile.
    async fn of(site: &Site) -> Self {
        let source = site.database().get_database().unwrap().to_owned();
        let name = format!("{source}_copy");
        let mut server = site.database().database("postgres").connect().await.unwrap();
        let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{source}'");
        server.execute(AssertSqlSafe(end)).await.unwrap();
        until("nobody uses it", || async {
            let mut server = site.database().database("postgres").connect().await.unwrap();
            server.execute(AssertSqlSafe(format!("create database {name} template {source}"))).await.ok()
        })
        .await;
        server.close().await.ok();
        Self { options: site.database().database(&name), name }
    }

    async fn drop(self) {
        let mut server = self.options.database("postgres").connect().await.unwrap();
        let drop = format!("drop database {} with (force)", self.name);
        server.execute(AssertSqlSafe(drop)).await.unwrap();
    }
}

async fn ended_in_order(mut process: Process) {
    process.signal("TERM");
    assert!(process.ended(Duration::from_secs(40)).await.success());
}

/// So many organizations, and licenses for all of them.
fn world(organizations: usize, seed: u64) -> World {
    let world = World::generated(organizations, 20, seed);
    world.set_available(&world.plan_named("WFS monthly").unwrap().product_id, Version::Full, 500);
    world
}

/// Has the accounts read, now that nothing that was sent before can appear any more.
async fn is_compared(front: &Front) {
    tokio::time::sleep(SETTLE).await;
    let read = async || front.try_get("/api/v1/inventory").await.map(|found| found["accounts"]["refreshed_at"].clone());
    let before = until("the service answers", &read).await;
    front.rest.ask("/api/v1/inventory/refresh").await.is(202);
    until("the accounts are read", || async { read().await.filter(|found| *found != before) }).await;
}

async fn start(front: &Front, ready: &Ready) -> crate::api::contract::Answer {
    front.rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await
}

fn printed(site: &Site, arguments: &[&str]) -> Value {
    let output = site.command(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_imported_after_the_backup_is_found_and_linked_and_not_created_again() {
    let mut site = Site::new(world(4, 11)).await;
    let front = site.front().await;
    let process = site.serve(&front);
    site.inventory_is_read(&front).await;
    let names = site.names(3);
    let mut rows: Vec<Row> = new_rows(site.sandbox.world(), names.iter().map(String::as_str), "WFS monthly", SEATS);
    // Somebody gave the third account a name that is not its customer's.
    rows[2].account = new_account("Quite Another Name");
    let ready = front.rest.ready(&rows).await;
    ended_in_order(process).await;
    let backup = Copy::of(&site).await;

    let process = site.serve(&front);
    until("it serves", || async { front.try_get("/readyz").await }).await;
    start(&front, &ready).await.is(202);
    front.imported(&ready).await;
    let made = site.writes();
    assert_eq!((made.customers, made.subscriptions), (3, 3));
    ended_in_order(process).await;

    // The backup holds an import that nobody has started, and knows nothing of the three accounts.
    site.move_to(backup.options.clone()).await;
    let process = site.serve(&front);
    until("it serves", || async { front.try_get("/readyz").await }).await;
    let refused = start(&front, &ready).await.problem(409, "frozen");
    assert!(refused["detail"].as_str().unwrap().contains("restored"), "noticed without being told: {refused}");
    until("it is held", || async {
        (printed(&site, &["restored", "list", "--json"])["partners"].as_array()?.len() == 1).then_some(())
    })
    .await;
    is_compared(&front).await;
    let links = front.rest.list("/api/v1/links", 10).await;
    let linked: Vec<_> = links.iter().map(|link| link["account_name"].as_str().unwrap()).collect();
    let mut expected = names[..2].to_vec();
    expected.sort_by_key(|name| name.to_lowercase());
    assert_eq!(linked, expected, "accounts that carry their customer's name are linked");
    assert!(links.iter().all(|link| link["seats"] == SEATS && link["imported_by"] == "restore"), "{links:#?}");

    // Whose the third is nobody knows, so nothing is created until an operator has looked.
    let held = printed(&site, &["restored", "list", "--json"]);
    assert_eq!(held["partners"][0]["accounts"][0]["name"], "Quite Another Name", "{held:#}");
    let again =
        front.rest.ready(&new_rows(site.sandbox.world(), [site.names(4)[3].as_str()], "WFS monthly", SEATS)).await;
    start(&front, &again).await.problem(409, "frozen");
    let key = held["partners"][0]["partner_key"].as_str().unwrap().to_owned();
    assert_eq!(printed(&site, &["restored", "release", &key, "--json"])["released"], true);
    start(&front, &ready).await.problem(409, "organization-linked");
    start(&front, &again).await.is(202);
    front.imported(&again).await;
    let all = site.writes();
    assert_eq!((all.customers, all.subscriptions), (4, 4), "one for each customer, before and after the restore");
    ended_in_order(process).await;
    backup.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_under_way_stands_still_and_then_makes_nothing_twice() {
    let mut site = Site::new(world(6, 12)).await;
    let front = site.front().await;
    // One customer after another.
    let slowly = [("PLUGIN__JOBS__ITEMS_IN_FLIGHT", "1")];
    let process = site.serve_with(&front, &slowly);
    let names = site.names(6);
    let ready = site.ready(&front, &names).await;
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(300)));
    start(&front, &ready).await.is(202);
    until("something is sent", || async { (site.writes().customers > 0).then_some(()) }).await;
    ended_in_order(process).await;
    let backup = Copy::of(&site).await;
    let before = site.writes().customers;
    let mut process = site.serve_with(&front, &slowly);
    until("more is created", || async { (site.writes().customers >= before + 2).then_some(()) }).await;
    process.kill();
    drop(process);
    assert!(site.writes().customers < names.len(), "some are left");
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::ZERO));

    site.move_to(backup.options.clone()).await;
    let process = site.serve(&front);
    front.integration(&ready, "it stands still", |found| found["waiting_for"]["code"] == "restored").await;
    is_compared(&front).await;
    // What was created since the backup has the name of its customer: a person says that it is the one.
    let settled = |found: &Value| {
        let items = found["items"].as_array().unwrap();
        let under_way = ["queued", "waiting", "checking", "creating_account", "creating_subscription"];
        found["waiting_for"].is_null()
            && items.iter().all(|item| !under_way.iter().any(|status| item["status"] == *status))
    };
    let found = front.integration(&ready, "everybody is imported or asked about", settled).await;
    let asked = found["items"].as_array().unwrap().iter().filter(|item| item["status"] == "needs_person");
    let decisions: Vec<_> = asked
        .map(|item| {
            assert_eq!(item["candidates"].as_array().unwrap().len(), 1, "{item:#}");
            json!({ "organization_id": item["organization_id"], "account_id": item["candidates"][0]["account_id"] })
        })
        .collect();
    assert!(!decisions.is_empty(), "what was created since the backup is shown: {found:#}");
    println!("{} of {} were imported after the backup and are asked about", decisions.len(), names.len());
    front.rest.post(&ready.path("/retry"), json!({ "decisions": decisions })).await.is(202);
    front.imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
    let writes = site.writes();
    assert_eq!((writes.customers, writes.subscriptions), (6, 6), "nothing was sent a second time");
    ended_in_order(process).await;
    backup.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_put_back_in_its_place_is_held_when_somebody_says_so() {
    let site = Site::new(world(2, 13)).await;
    let front = site.front().await;
    let process = site.serve(&front);
    let ready = site.ready(&front, &site.names(1)).await;
    let sessions = "insert into screen_session (partner_id, token_hash, user_name, expires_at)
                    select partner_id, 'x', 'Ana', now() + interval '1 hour' from partner";
    sqlx::query(sessions).execute(&site.pool).await.unwrap();
    assert_eq!(printed(&site, &["restored", "begin", "--json"])["partners"], 1);
    let left: i64 = sqlx::query_scalar("select count(*) from screen_session").fetch_one(&site.pool).await.unwrap();
    assert_eq!(left, 0, "whoever was signed in then may not be allowed to be now");
    start(&front, &ready).await.problem(409, "frozen");
    is_compared(&front).await;
    assert_eq!(printed(&site, &["restored", "list", "--json"])["partners"], json!([]));
    start(&front, &ready).await.is(202);
    front.imported(&ready).await;
    ended_in_order(process).await;
}
