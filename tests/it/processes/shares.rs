//! The limits on calls under way are one partner's, whatever number of processes and jobs call for it.

use super::site::{SEATS, Site};
use crate::end_to_end::flow::new_rows;
use futures_util::future::join_all;
use std::time::Duration;
use worryfree_plugin::sandbox::{Ambient, Api, World};

const IMPORTS: usize = 4;
const EACH: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn processes_together_never_have_more_calls_under_way_than_one_may() {
    let (lmp, vsa) = (4, 6);
    let world = World::generated(IMPORTS * EACH, 3_000, 4);
    world.configure(|quirks| quirks.in_flight_limit.extend([(Api::Lmp, lmp), (Api::Vsa, vsa)]));
    let site = Site::new(world).await;
    let (mine, yours) = (site.front().await, site.front().await);
    let mut processes = [site.serve(&mine), site.serve(&yours), site.work()];
    site.inventory_is_read(&mine).await;
    site.inventory_is_read(&yours).await;
    let names = site.names(IMPORTS * EACH);
    let mut imports = Vec::new();
    for names in names.chunks(EACH) {
        let rows = new_rows(site.sandbox.world(), names.iter().map(String::as_str), "WFS monthly", SEATS);
        imports.push(mine.rest.ready(&rows).await);
    }
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(120)));
    join_all(imports.iter().map(|import| mine.rest.integrate(import))).await;
    yours.rest.ask("/api/v1/inventory/refresh").await.is(202);
    // The shares of a process that dies are given to others, and only when they have run out.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    processes[2].kill();
    processes[2] = site.work();
    for import in &imports {
        mine.imported(import).await;
    }
    site.inventory_is_read(&mine).await;
    site.has_one_of_everything_for(&names).await;
    let most = site.sandbox.books().most_in_flight;
    println!("{IMPORTS} imports of {EACH} and a refresh over three processes: at most {most:?} calls under way");
    assert_eq!(most[&Api::Lmp], lmp, "all that one partner may have is used, and no more");
    assert!(most[&Api::Vsa] <= vsa);
}
