//! Credentials that are revoked in the midst of a run and repaired later.

use super::site::Site;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, Api, Effect, Which, World};

const CUSTOMERS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_credentials_goes_on_once_they_are_repaired() {
    revoked_for(Duration::from_secs(4)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half a minute"]
async fn a_run_without_credentials_for_twenty_seconds_goes_on_once_they_are_repaired() {
    revoked_for(Duration::from_secs(20)).await;
}

async fn revoked_for(time: Duration) {
    let site = Site::new(World::generated(CUSTOMERS, 1_000, 9)).await;
    let front = site.front().await;
    let _process = site.serve(&front);
    let names = site.names(CUSTOMERS);
    let ready = site.ready(&front, &names).await;
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(80)));
    // An answer that is lost just before: what is in doubt has to be settled after the repair.
    let which = || Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers/*/subscriptions");
    site.sandbox.faults().on(which().nth(2), Effect::DropAfter);
    site.sandbox.faults().on(which().nth(3), Effect::DropBefore);
    front.rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202);
    front.integration(&ready, "some are imported", |found| found["counts"]["imported"] != 0).await;
    site.sandbox.world().configure(|quirks| quirks.lmp.revoked = true);
    let began = Instant::now();
    let waits = |found: &Value| found["status"] == "waiting" && !found["next_try_at"].is_null();
    let waiting = front.integration(&ready, "it waits", waits).await;
    assert_eq!(waiting["waiting_for"]["code"], "credentials_refused", "{waiting:#}");
    tokio::time::sleep(time.saturating_sub(began.elapsed())).await;
    let sent = site.writes();
    site.sandbox.world().configure(|quirks| quirks.lmp.revoked = false);
    let repaired = Instant::now();
    front.imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
    site.results_and_links_agree().await;
    let writes = site.writes();
    println!(
        "credentials revoked for {} s in the midst of an import of {CUSTOMERS}: one of everything {:.0} s after the repair; {} + {} requests before, {} + {} in all",
        time.as_secs(),
        repaired.elapsed().as_secs_f64(),
        sent.customers,
        sent.subscriptions,
        writes.customers,
        writes.subscriptions
    );
}
