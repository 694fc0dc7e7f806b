//! Many partners on one database: all their refreshes are due at once, two replicas share them, some VSA servers are slow, and
//! somebody presses Integrate in the midst of it.

use super::calls;
use super::importing::rows;
use super::process::free_port;
use super::report::{Bound, Report, as_f64};
use super::rest::Rest;
use super::site::{Server, Site, Vsa, world};
use anyhow::{Context, bail, ensure};
use serde_json::json;
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, Api, LoggedRequest, Sandbox, SandboxOptions};

const LATENCY: Duration = Duration::from_millis(20);
/// Of the slow VSA servers.
const SLOW_LATENCY: Duration = Duration::from_secs(2);
const SLOW: usize = 10;
const PATIENCE: Duration = Duration::from_mins(5);

pub async fn run(server: &Server, quick: bool, report: &mut Report) -> anyhow::Result<()> {
    let count = if quick { 100 } else { 1_000 };
    let site = Site::new(server, "partners", world(200, 2_000)?, Vsa::Nine).await?;
    let slow = Sandbox::start(SandboxOptions::new(world(200, 2_000)?)).await?;
    read_once(&site).await?;
    for number in 1..count {
        let vendors = if number < count - SLOW { &site.sandbox } else { &slow };
        site.add(&format!("MSP {number:04}"), vendors).await?;
    }
    let alone = all_due(&site).await?;
    site.sandbox.faults().set_ambient(Ambient::Latency(LATENCY));
    slow.faults().set_ambient(Ambient::Latency(SLOW_LATENCY));
    let metrics = [free_port()?, free_port()?];
    let setting = |port: u16| format!("127.0.0.1:{port}");
    let listen = metrics.map(setting);
    let due = |listen| [("PLUGIN__METRICS__LISTEN", listen), ("PLUGIN__INVENTORY__REFRESH_MINUTES", "1440")];
    let before = site.sandbox.books().requests.len();
    let (_one, rest) = site.serve(&due(&listen[0]), None).await?;
    let (_two, _) = site.serve(&due(&listen[1]), None).await?;
    let began = Instant::now();
    let begun_after = integrate_meanwhile(&site, &rest).await?;
    let usual = i64::try_from(count - SLOW - 1)?;
    let (took, slow_left) = loop {
        let (read, waiting): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where state = 'done' and place > $1), count(*) filter (where state <> 'done' and place <= $1)
             from (select j.state, row_number() over (order by p.name desc) as place from job j join partner p using (partner_id)
                   where j.kind = 'refresh_inventory' and p.name like 'MSP %') as refresh",
        )
        .bind(i64::try_from(SLOW)?)
        .fetch_one(&site.pool)
        .await?;
        if read == usual {
            break (began.elapsed().as_secs_f64(), waiting);
        }
        ensure!(began.elapsed() < PATIENCE, "{read} of {usual} are read");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let books = site.sandbox.books();
    ensure!(books.violations.is_empty(), "the vendors' rules were broken: {:?}", books.violations);
    let sent = calls::since(&books, before);
    let refreshes = as_f64(u64::try_from(usual)?);
    report.figure(
        &format!("{count} partners × 200 organizations: all inventories read by 2 replicas"),
        format!("{took:.1} s"),
        format!(
            "{:.0} refreshes a second, {:.0} calls a second; {slow_left} of {SLOW} slow servers still being read",
            refreshes / took,
            as_f64(sent.len() as u64) / took
        ),
        0.0,
        Bound::None,
    );
    report.figure(
        "an import confirmed while they wait: first write after",
        format!("{:.0} ms", begun_after.as_secs_f64() * 1000.0),
        format!("2 s; {alone} refreshes were due before it"),
        begun_after.as_secs_f64() / 2.0,
        Bound::AtMost(1.0),
    );
    share(&listen, report).await?;
    let begins =
        |call: &&LoggedRequest| call.api == Api::Vsa && call.path.ends_with("/orgs") && call.query.contains("$skip=0");
    let twice = as_f64(sent.iter().filter(begins).count() as u64) / refreshes - 1.0;
    report.figure(
        "inventories read twice",
        format!("{:.0}", twice * refreshes),
        "one reading each".to_owned(),
        twice,
        Bound::AtMost(0.0),
    );
    Ok(())
}

/// The first partner's inventory, so that it can import.
pub async fn read_once(site: &Site) -> anyhow::Result<()> {
    let (_process, rest) = site.serve(&[], None).await?;
    super::reading::read(&site.pool, &rest).await?;
    Ok(())
}

/// Has every refresh be due by itself, as after a day without the service, and nothing else; how many there are.
pub async fn all_due(site: &Site) -> anyhow::Result<u64> {
    site.quieten().await?;
    let due = "update inventory_refresh set started_at = now() - interval '2 days' where partner_id <> $1";
    let due = sqlx::query(due).bind(site.partner.partner_id.0).execute(&site.pool).await?;
    Ok(due.rows_affected())
}

/// Confirms an import of one customer once refreshes are under way, and waits for its account.
async fn integrate_meanwhile(site: &Site, rest: &Rest) -> anyhow::Result<Duration> {
    let began = Instant::now();
    loop {
        let running: i64 =
            sqlx::query_scalar("select count(*) from job where state = 'running'").fetch_one(&site.pool).await?;
        if running > 0 {
            break;
        }
        ensure!(began.elapsed() < PATIENCE, "no refresh begins");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (id, hash) = rest.ready(&rows(site.sandbox.world(), 1)?).await?;
    let confirmed = Instant::now();
    rest.post(&format!("/api/v1/imports/{id}/integration"), Some(json!({ "plan_hash": hash }))).await?;
    while site.sandbox.books().created_customers().is_empty() {
        if confirmed.elapsed() > PATIENCE {
            bail!("the import does not begin");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(confirmed.elapsed())
}

/// How the two replicas shared the calls.
async fn share(listen: &[String; 2], report: &mut Report) -> anyhow::Result<()> {
    let [one, two] = [
        count_of(&listen[0], "upstream_requests_total").await?,
        count_of(&listen[1], "upstream_requests_total").await?,
    ];
    let (less, more) = (one.min(two), one.max(two));
    report.figure(
        "calls of the replica with fewer against the other",
        format!("{less:.0}"),
        format!("{more:.0}"),
        less / more,
        Bound::AtLeast(0.5),
    );
    Ok(())
}

/// The sum of the numbers of a process whose lines begin like this.
pub async fn count_of(metrics: &str, begins: &str) -> anyhow::Result<f64> {
    let text = reqwest::get(format!("http://{metrics}/metrics")).await?.text().await?;
    let counts = text.lines().filter(|line| line.starts_with(begins));
    counts.map(|line| line.rsplit(' ').next().context("a count")?.parse::<f64>().context("a count")).sum()
}
