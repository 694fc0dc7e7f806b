//! How one, two and three processes share what comes to one database: requests by a balancer that takes turns, and jobs.

use super::partners::{all_due, count_of, read_once};
use super::process::{Process, free_port};
use super::report::{Bound, Report, as_f64};
use super::serving::{client, paths};
use super::site::{Server, Site, Vsa, world};
use anyhow::ensure;
use futures_util::future::try_join_all;
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, Api};

const LATENCY: Duration = Duration::from_millis(100);
const ADMINISTRATORS: usize = 60;
const PATIENCE: Duration = Duration::from_mins(2);
const MOST: usize = 3;

/// A process and where it is.
struct Replica {
    _process: Process,
    url: String,
    metrics: String,
}

pub async fn run(server: &Server, quick: bool, report: &mut Report) -> anyhow::Result<()> {
    let partners = if quick { 40 } else { 240 };
    let site = Site::new(server, "replicas", world(200, 2_000)?, Vsa::Nine).await?;
    read_once(&site).await?;
    for number in 1..=partners {
        site.add(&format!("MSP {number:04}"), &site.sandbox).await?;
    }
    site.analyze().await?;
    for count in 1..=MOST {
        requests(&site, count, if quick { 1 } else { 4 }, report).await?;
    }
    site.sandbox.faults().set_ambient(Ambient::Latency(LATENCY));
    for count in 1..=MOST {
        jobs(&site, count, report).await?;
    }
    Ok(())
}

async fn start(site: &Site, count: usize) -> anyhow::Result<Vec<Replica>> {
    let mut replicas = Vec::new();
    for _ in 0..count {
        let metrics = format!("127.0.0.1:{}", free_port()?);
        let settings = [("PLUGIN__METRICS__LISTEN", metrics.as_str()), ("PLUGIN__INVENTORY__REFRESH_MINUTES", "1440")];
        let (process, rest) = site.serve(&settings, None).await?;
        replicas.push(Replica { _process: process, url: rest.url, metrics });
    }
    Ok(replicas)
}

/// What each of them counts under a name.
async fn counts(replicas: &[Replica], name: &str) -> anyhow::Result<Vec<f64>> {
    try_join_all(replicas.iter().map(|replica| count_of(&replica.metrics, name))).await
}

/// Customers, asked for by administrators who are sent to one process after the other.
async fn requests(site: &Site, count: usize, seconds: u64, report: &mut Report) -> anyhow::Result<()> {
    let replicas = start(site, count).await?;
    let cookie = site.session("Nora Quist").await?;
    let (_, path) = paths(site, "", "").swap_remove(0);
    let (client, time) = (client()?, Duration::from_secs(seconds));
    let began = Instant::now();
    let administrator = async |number: usize| -> anyhow::Result<u64> {
        let mut answered = 0;
        for turn in number.. {
            if began.elapsed() > time {
                break;
            }
            let replica = &replicas[turn % replicas.len()];
            let answer = client.get(format!("{}{path}", replica.url)).header("cookie", &cookie).send().await?;
            ensure!(answer.status() == 200, "{path}: {}", answer.status());
            answer.bytes().await?;
            answered += 1;
        }
        Ok(answered)
    };
    let answered: u64 = try_join_all((0..ADMINISTRATORS).map(administrator)).await?.into_iter().sum();
    let took = began.elapsed().as_secs_f64();
    let counted = counts(&replicas, "http_requests_total{").await?;
    shared(
        &format!("{count} process{}: requests a second, Customers", plural(count)),
        format!("{:.0}", as_f64(answered) / took),
        &counted,
        report,
    );
    Ok(())
}

/// The inventories of all partners, due at once.
async fn jobs(site: &Site, count: usize, report: &mut Report) -> anyhow::Result<()> {
    let due = all_due(site).await?;
    let before = site.sandbox.books().requests.len();
    let replicas = start(site, count).await?;
    let began = Instant::now();
    let took = loop {
        let done = "select count(*) from job where kind = 'refresh_inventory' and state = 'done'";
        let done: i64 = sqlx::query_scalar(done).fetch_one(&site.pool).await?;
        if u64::try_from(done)? == due {
            break began.elapsed().as_secs_f64();
        }
        ensure!(began.elapsed() < PATIENCE, "{done} of {due} inventories are read");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let books = site.sandbox.books();
    ensure!(books.violations.is_empty(), "the vendors' rules were broken: {:?}", books.violations);
    let begins = |call: &&worryfree_plugin::sandbox::LoggedRequest| {
        call.api == Api::Vsa && call.path.ends_with("/orgs") && call.query.contains("$skip=0")
    };
    let read = super::calls::since(&books, before).iter().filter(begins).count() as u64;
    ensure!(read == due, "{read} inventories were read, {due} were due");
    let claimed = counts(&replicas, "jobs_claimed_total{kind=\"refresh_inventory\"}").await?;
    shared(
        &format!("{count} process{}: refreshes a second, {} ms a call", plural(count), LATENCY.as_millis()),
        format!("{:.1}", as_f64(due) / took),
        &claimed,
        report,
    );
    Ok(())
}

/// A figure with what each process had of it: nobody has less than half of an equal share.
fn shared(what: &str, measured: String, counts: &[f64], report: &mut Report) {
    let all: f64 = counts.iter().sum();
    let least = counts.iter().copied().fold(f64::INFINITY, f64::min);
    let each: Vec<_> = counts.iter().map(|count| format!("{count:.0}")).collect();
    let equal = all / as_f64(counts.len() as u64);
    report.figure(what, measured, format!("shares {}", each.join(" + ")), least / equal, Bound::AtLeast(0.5));
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "es" }
}
