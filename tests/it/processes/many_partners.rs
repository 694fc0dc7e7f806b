//! Many partners on one installation: nobody waits for somebody else's vendor, turns are fair, and replicas share the work.

use super::process::free_port;
use super::site::{Front, SEATS, Site, until};
use crate::end_to_end::flow::{Ready, new_rows};
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use uuid::Uuid;
use worryfree_plugin::sandbox::{Ambient, Api, Effect, Version, Which, World};

/// An import of the next organizations of a partner.
async fn ready(site: &Site, front: &Front, from: usize, count: usize) -> Ready {
    let names = site.names(from + count);
    let rows = new_rows(site.sandbox.world(), names[from..].iter().map(String::as_str), "WFS monthly", SEATS);
    front.rest.ready(&rows).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_slow_vsa_delays_nobody_else() {
    let slow = Site::new(World::generated(600, 6_000, 1)).await;
    slow.sandbox.faults().on(Which::new(Api::Vsa).every(1), Effect::Delay(Duration::from_secs(4)));
    let others = join_all((0..5).map(|number| {
        let slow = &slow;
        async move { slow.beside(&format!("Partner {number}"), World::generated(12, 60, number)).await }
    }))
    .await;
    let front = slow.front().await;
    let _process = slow.serve(&front);
    let began = Instant::now();
    for other in &others {
        let front = other.front_of(&front).await;
        other.inventory_is_read(&front).await;
        let import = ready(other, &front, 0, 2).await;
        front.rest.integrate(&import).await;
        front.imported(&import).await;
    }
    let took = began.elapsed();
    let inventory = front.try_get("/api/v1/inventory").await.expect("it answers");
    assert!(inventory["organizations"]["refreshed_at"].is_null(), "the slow one is still being read: {inventory:#}");
    println!(
        "five partners were read and imported within {:.1} s beside a VSA that takes 4 s for a call",
        took.as_secs_f64()
    );
    slow.sandbox.faults().set_ambient(Ambient::Calm);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_import_of_a_partner_does_not_wait_for_twelve_of_another() {
    let world = World::generated(24, 200, 2);
    world.set_available(&world.plan_named("WFS monthly").unwrap().product_id, Version::Full, 1_000);
    let many = Site::new(world).await;
    let one = many.beside("Another MSP", World::generated(4, 40, 3)).await;
    let front = many.front().await;
    let _process = many.serve(&front);
    let one_front = one.front_of(&front).await;
    many.inventory_is_read(&front).await;
    one.inventory_is_read(&one_front).await;
    let mut imports = Vec::new();
    for number in 0..12 {
        imports.push(ready(&many, &front, 2 * number, 2).await);
    }
    let single = ready(&one, &one_front, 0, 2).await;
    for site in [&many, &one] {
        site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(200)));
    }
    for import in &imports {
        front.rest.integrate(import).await;
    }
    let began = Instant::now();
    one_front.rest.integrate(&single).await;
    one_front.imported(&single).await;
    let (alone, open) = (began.elapsed(), open_jobs(&many).await);
    for import in &imports {
        front.imported(import).await;
    }
    let all = began.elapsed();
    println!(
        "one import beside twelve of another partner: {:.1} s, all {:.1} s; {open} of the twelve were still open",
        alone.as_secs_f64(),
        all.as_secs_f64()
    );
    assert!(open >= 4, "the single one was done while {open} of the twelve were open");
    assert_eq!((many.writes().customers, one.writes().customers), (24, 2), "nothing is done twice");
}

async fn open_jobs(site: &Site) -> i64 {
    let open =
        "select count(*) from job where partner_id = $1 and kind = 'integrate' and state in ('queued', 'running')";
    sqlx::query_scalar(open).bind(site.partner.partner_id.0).fetch_one(&site.pool).await.unwrap()
}

/// What a process has counted under a name, whatever its labels.
async fn counted(metrics: u16, name: &str) -> f64 {
    let text = reqwest::get(format!("http://127.0.0.1:{metrics}/metrics")).await.unwrap().text().await.unwrap();
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_replica_takes_its_share_and_nothing_is_done_twice() {
    const PARTNERS: usize = 8;
    const EACH: usize = 6;
    let first = Site::new(World::generated(EACH, 60, 10)).await;
    let mut sites = Vec::new();
    for number in 1..PARTNERS {
        sites.push(first.beside(&format!("Partner {number}"), World::generated(EACH, 60, 10 + number as u64)).await);
    }
    sites.insert(0, first);
    let doors = [sites[0].front().await, sites[0].front().await];
    let ports = [free_port(), free_port()];
    let metrics = ports.map(|port| format!("127.0.0.1:{port}"));
    let _processes = [0, 1]
        .map(|number| sites[0].serve_with(&doors[number], &[("PLUGIN__METRICS__LISTEN", metrics[number].as_str())]));
    let mut fronts = Vec::new();
    for (number, site) in sites.iter().enumerate() {
        // What stands before replicas sends every other caller to the other one.
        let front = site.front_of(&doors[number % 2]).await;
        site.inventory_is_read(&front).await;
        fronts.push(front);
    }
    let imports = join_all(sites.iter().zip(&fronts).map(|(site, front)| ready(site, front, 0, EACH))).await;
    for site in &sites {
        site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(100)));
    }
    let before =
        [counted(ports[0], "upstream_requests_total").await, counted(ports[1], "upstream_requests_total").await];
    join_all(imports.iter().zip(&fronts).map(|(import, front)| front.rest.integrate(import))).await;
    let owners = watched(&sites[0]).await;
    for (import, front) in imports.iter().zip(&fronts) {
        front.imported(import).await;
    }
    for site in &sites {
        assert_eq!(site.writes().customers, EACH, "nothing is done twice");
        let books = site.sandbox.books();
        assert_eq!((books.created_customers().len(), books.created_subscriptions().len()), (EACH, EACH));
    }
    sites[0].results_and_links_agree().await;
    let mut jobs = BTreeMap::<Uuid, usize>::new();
    for owner in owners.values().flatten() {
        *jobs.entry(*owner).or_default() += 1;
    }
    let (mut calls, mut requests) = ([0.0; 2], [0.0; 2]);
    for number in 0..2 {
        calls[number] = counted(ports[number], "upstream_requests_total").await - before[number];
        requests[number] = counted(ports[number], "http_requests_total").await;
    }
    println!(
        "two replicas, {PARTNERS} partners: jobs {:?}, vendor calls {calls:?}, requests {requests:?}",
        jobs.values()
    );
    assert_eq!(owners.len(), PARTNERS);
    assert!(owners.values().all(|owners| owners.len() == 1), "each job was one process's: {owners:?}");
    assert!(jobs.len() == 2 && jobs.values().all(|jobs| *jobs >= 2), "both took jobs: {jobs:?}");
    for shares in [calls, requests] {
        assert!(
            shares.iter().all(|share| *share >= 0.2 * shares.iter().sum::<f64>()),
            "both took their share: {shares:?}"
        );
    }
}

/// Who held each integration while it was carried out.
async fn watched(site: &Site) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
    let seen = std::sync::Mutex::new(BTreeMap::<Uuid, BTreeSet<Uuid>>::new());
    until("all have ended", || async {
        let running = "select job_id, lease_owner from job where kind = 'integrate' and state = 'running'";
        let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(running).fetch_all(&site.pool).await.unwrap();
        for (job, owner) in rows {
            seen.lock().unwrap().entry(job).or_default().insert(owner);
        }
        let open = "select count(*) from job where kind = 'integrate' and state in ('queued', 'running')";
        let open: i64 = sqlx::query_scalar(open).fetch_one(&site.pool).await.unwrap();
        (open == 0).then_some(())
    })
    .await;
    seen.into_inner().unwrap()
}
