//! Postgres that is killed and started again under load.

use super::site::{Site, until};
use crate::embedded_postgres::{Folder, kill};
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, World};
use worryfree_plugin::storage::embedded::{Embedded, Mode};
use worryfree_plugin::storage::migrate;

const CUSTOMERS: usize = 24;
const DEATHS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_postgres_is_killed_under_load() {
    let folder = Folder::new("under-load");
    let mut server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    migrate(&server.options()).await.unwrap();
    let pool = PgPoolOptions::new().max_connections(6).connect_with(server.options()).await.unwrap();
    let site = Site::over(World::generated(CUSTOMERS, 2_000, 10), pool, server.options()).await;
    // Longer than Postgres is away, as it is unless somebody sets it: a lease that ends meanwhile counts as a death of its worker, and
    // the third in a row without anything done parks the import for a person.
    let site = site.with_lease(Duration::from_secs(15));
    let fronts = [site.front().await, site.front().await];
    let processes = fronts.each_ref().map(|front| site.serve(front));
    let names = site.names(CUSTOMERS);
    let ready = site.ready(&fronts[0], &names).await;
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(150)));
    fronts[0].rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202);
    let began = Instant::now();
    let mut in_the_midst = 0;
    for death in 0..DEATHS {
        // Something has been sent since the last death.
        let sent = site.writes();
        let is_under_way = || async { (site.writes() != sent || is_finished(&site).await).then_some(()) };
        until("something is sent", is_under_way).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        in_the_midst += usize::from(!is_finished(&site).await);
        kill(folder.recorded_pid().unwrap());
        drop(server);
        tokio::time::sleep(Duration::from_millis(if death == 1 { 3_000 } else { 200 })).await;
        server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
        until("it answers", || async { sqlx::query("select 1").execute(&site.pool).await.ok() }).await;
        site.results_and_links_agree().await;
    }
    fronts[1].imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
    let writes = site.writes();
    println!(
        "Postgres killed {in_the_midst} times in the midst of an import of {CUSTOMERS}: one of everything after {:.0} s, {} + {} requests",
        began.elapsed().as_secs_f64(),
        writes.customers,
        writes.subscriptions
    );
    assert!(in_the_midst > 0, "Postgres was killed in the midst");
    drop(processes);
    site.pool.close().await;
    server.stop().await.unwrap();
}

/// `false` also while nobody answers.
async fn is_finished(site: &Site) -> bool {
    let found = sqlx::query_scalar("select status = 'finished' from integration").fetch_one(&site.pool);
    found.await.unwrap_or(false)
}
