//! Processes that are killed at any moment, again and again, while an import is carried out.

use super::process::Process;
use super::site::{Front, Site, until};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, World};

const CUSTOMERS: usize = 60;
const KILLS: usize = 15;

/// Three processes, each of which is started again some time after it was killed.
pub struct Processes<'a> {
    site: &'a Site,
    /// Where two of them are reached.
    pub fronts: [Front; 2],
    running: [Process; 3],
}

impl<'a> Processes<'a> {
    /// Starts them.
    pub async fn start(site: &'a Site) -> Self {
        let fronts = [site.front().await, site.front().await];
        let running = [site.serve(&fronts[0]), site.serve(&fronts[1]), site.work()];
        Self { site, fronts, running }
    }

    /// Kills one of them, and starts it again.
    pub async fn kill_one(&mut self, chance: &mut StdRng) {
        let number = chance.random_range(0..3);
        let unclaimed = self.is_claimed_safely().await;
        self.running[number].kill();
        drop(unclaimed);
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..400))).await;
        self.running[number] = match self.fronts.get(number) {
            Some(front) => self.site.serve(front),
            None => self.site.work(),
        };
    }
}

impl Processes<'_> {
    /// Three deaths in a row without anything done between them halt a run, as they should; so the third is left out. Nobody
    /// claims anything while the transaction is open.
    async fn is_claimed_safely(&self) -> Transaction<'static, Postgres> {
        until("the run gets on", || async {
            let mut tx = self.site.pool.begin().await.unwrap();
            let job = "select crashes < 2 from job where kind = 'integrate' for update";
            let is_safe: bool = sqlx::query_scalar(job).fetch_one(&mut *tx).await.unwrap();
            is_safe.then_some(tx)
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_survives_the_death_of_its_processes() {
    let seed = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("KILL_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let site = Site::new(World::generated(CUSTOMERS, 3_000, 8)).await;
    let mut processes = Processes::start(&site).await;
    let names = site.names(CUSTOMERS);
    let ready = site.ready(&processes.fronts[0], &names).await;
    // Slow enough for the kills to fall into the run.
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(400)));
    let began = Instant::now();
    let body = json!({ "plan_hash": ready.hash() });
    processes.fronts[0].rest.post(&ready.path("/integration"), body).await.is(202);
    let mut kills = 0;
    while kills < KILLS && !is_finished(&site).await {
        tokio::time::sleep(Duration::from_millis(chance.random_range(100..1_500))).await;
        processes.kill_one(&mut chance).await;
        kills += 1;
        site.results_and_links_agree().await;
    }
    site.sandbox.faults().set_ambient(Ambient::Calm);
    until("it finishes", || async { is_finished(&site).await.then_some(()) }).await;
    processes.fronts[0].imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
    let writes = site.writes();
    println!(
        "{kills} SIGKILLs in the midst of an import of {CUSTOMERS}: one of everything after {:.0} s, {} + {} requests",
        began.elapsed().as_secs_f64(),
        writes.customers,
        writes.subscriptions
    );
    assert!(kills >= KILLS / 2, "the kills fall into the run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_gets_on_between_two_deaths_is_not_halted() {
    const DEATHS: usize = 5;
    let site = Site::new(World::generated(DEATHS + 1, 1_000, 8)).await;
    let front = site.front().await;
    let one_by_one = [("PLUGIN__JOBS__ITEMS_IN_FLIGHT", "1")];
    let mut process = site.serve_with(&front, &one_by_one);
    let names = site.names(DEATHS + 1);
    let ready = site.ready(&front, &names).await;
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(100)));
    front.rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202);
    for death in 1..=DEATHS {
        let gets_on = |found: &Value| found["counts"]["imported"].as_u64() >= Some(death as u64);
        front.integration(&ready, "it gets on", gets_on).await;
        process.kill();
        process = site.serve_with(&front, &one_by_one);
    }
    front.imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
}

/// Whether the import has ended.
pub async fn is_finished(site: &Site) -> bool {
    let found = sqlx::query_scalar("select status = 'finished' from integration").fetch_one(&site.pool);
    found.await.unwrap()
}
