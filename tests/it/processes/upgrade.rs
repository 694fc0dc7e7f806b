//! A rolling upgrade: the build before this one and this one on the same database, with jobs in flight.
//!
//! `tests/upgrade/run` builds the one before and runs this.

use super::site::{Site, until};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, World};

const CUSTOMERS: usize = 24;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the build before this one: tests/upgrade/run"]
async fn an_import_that_the_build_before_has_begun_is_ended_by_this_one() {
    let old = std::env::var("OLD_BUILD").expect("OLD_BUILD names the program of the build before this one");
    let (site, old_front) = Site::of_build(&old, World::generated(CUSTOMERS, 1_000, 8)).await;
    let front = old_front.beside();
    let mut before = site.serve_build(&old, &old_front);
    let names = site.names(CUSTOMERS);
    let ready = site.ready(&old_front, &names).await;
    let migrated = migrations(&site).await;
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(300)));
    let body = json!({ "plan_hash": ready.hash() });
    old_front.rest.post(&ready.path("/integration"), body).await.is(202);
    let begun = |found: &Value| found["counts"]["imported"] != 0;
    old_front.integration(&ready, "the old one has imported some", begun).await;
    let began = Instant::now();
    // The new one brings the database up to date while the old one works on.
    let _process = site.serve(&front);
    until("the new one serves", || async { front.try_get("/api/v1/inventory").await }).await;
    let gets_on = |from: u64| move |found: &Value| found["counts"]["imported"].as_u64() > Some(from);
    let so_far = front.try_get(&ready.path("/integration")).await.unwrap()["counts"]["imported"].as_u64().unwrap();
    old_front.integration(&ready, "the old one works on over the new database", gets_on(so_far)).await;
    assert!(before.is_running(), "{}", before.log());
    before.signal("TERM");
    assert!(before.ended(Duration::from_mins(1)).await.success(), "the old one hands over: {}", before.log());
    let handed_over = began.elapsed();
    front.imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
    site.results_and_links_agree().await;
    let writes = site.writes();
    assert_eq!((writes.customers, writes.subscriptions), (CUSTOMERS, CUSTOMERS), "nothing was sent twice");
    println!(
        "the old build had {so_far} of {CUSTOMERS} imported when the new one came, {} migrations later; handed over after {:.1} s, one of everything after {:.1} s",
        migrations(&site).await - migrated,
        handed_over.as_secs_f64(),
        began.elapsed().as_secs_f64()
    );
}

async fn migrations(site: &Site) -> i64 {
    sqlx::query_scalar("select count(*) from _sqlx_migrations").fetch_one(&site.pool).await.unwrap()
}
