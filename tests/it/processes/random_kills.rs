//! Processes that are killed at any moment, again and again, while an import is carried out.

use super::process::Process;
use super::site::{Front, Site, until};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, World};

const CUSTOMERS: usize = 60;
const KILLS: usize = 12;

/// Three processes, each of which is started again some time after it was killed.
struct Processes<'a> {
    site: &'a Site,
    fronts: [Front; 2],
    running: [Process; 3],
}

impl<'a> Processes<'a> {
    async fn start(site: &'a Site) -> Self {
        let fronts = [site.front().await, site.front().await];
        let running = [site.serve(&fronts[0]), site.serve(&fronts[1]), site.work()];
        Self { site, fronts, running }
    }

    async fn kill_one(&mut self, chance: &mut StdRng) {
        let number = chance.random_range(0..3);
        self.running[number].kill();
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..400))).await;
        self.running[number] = match self.fronts.get(number) {
            Some(front) => self.site.serve(front),
            None => self.site.work(),
        };
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
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(150)));
    let began = Instant::now();
    let body = json!({ "plan_hash": ready.hash() });
    processes.fronts[0].rest.post(&ready.path("/integration"), body).await.is(202);
    let mut in_the_midst = 0;
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(chance.random_range(100..1_500))).await;
        in_the_midst += usize::from(!is_finished(&site).await);
        processes.kill_one(&mut chance).await;
        site.results_and_links_agree().await;
    }
    until("it finishes", || async { is_finished(&site).await.then_some(()) }).await;
    processes.fronts[0].imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
    let writes = site.writes();
    println!(
        "{in_the_midst} of {KILLS} SIGKILLs in the midst of an import of {CUSTOMERS}: one of everything after {:.0} s, {} + {} requests",
        began.elapsed().as_secs_f64(),
        writes.customers,
        writes.subscriptions
    );
    assert!(in_the_midst >= KILLS / 2, "the kills fall into the run");
}

async fn is_finished(site: &Site) -> bool {
    let found = sqlx::query_scalar("select status = 'finished' from integration").fetch_one(&site.pool);
    found.await.unwrap()
}
