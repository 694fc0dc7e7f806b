//! Reading at scale: a whole refresh against vendors that take their time.

use super::calls;
use super::process::Process;
use super::report::{Bound, Report, as_f64, megabytes};
use super::rest::Rest;
use super::site::{Server, Site, Vsa, world};
use anyhow::{Context, bail, ensure};
use sqlx::PgPool;
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, Api};

const PATIENCE: Duration = Duration::from_mins(10);
/// Requests under way at once, as `config/default.toml` has them.
const VSA9_IN_FLIGHT: f64 = 6.0;
const VSA10_IN_FLIGHT: f64 = 2.0;

fn size(quick: bool) -> (usize, u64) {
    if quick { (1_000, 50_000) } else { (10_000, 500_000) }
}

/// VSA 9; gives the installation with everything read.
pub async fn vsa9(server: &Server, quick: bool, report: &mut Report) -> anyhow::Result<Site> {
    let (organizations, agents) = size(quick);
    let site = Site::new(server, "reading", world(organizations, agents)?, Vsa::Nine).await?;
    let (process, rest) = site.serve(&[], None).await?;
    let latency = Duration::from_millis(50);
    refresh("VSA 9", &site, &process, &rest, (latency, VSA9_IN_FLIGHT, Api::Vsa), report).await?;
    let all = processor(&site, &process, &rest).await?;
    let tenth = tenth(server, organizations / 10, agents / 10).await?;
    report.figure(
        &format!("processor time of a refresh of {organizations} organizations, {agents} agents"),
        format!("{all:.2} s"),
        format!("{tenth:.2} s for a tenth"),
        all / tenth,
        Bound::AtMost(11.0),
    );
    unchanged(&site, &rest, report).await?;
    interrupted(&site, process, &rest, latency, report).await?;
    Ok(site)
}

/// An installation of that size with everything read, for whoever does not measure how.
pub async fn done(server: &Server, quick: bool) -> anyhow::Result<Site> {
    let (organizations, agents) = size(quick);
    let site = Site::new(server, "read", world(organizations, agents)?, Vsa::Nine).await?;
    let (_process, rest) = site.serve(&[], None).await?;
    read(&site.pool, &rest).await?;
    Ok(site)
}

/// VSA 10, with a budget that does not matter.
pub async fn vsa10(server: &Server, quick: bool, report: &mut Report) -> anyhow::Result<()> {
    let (organizations, agents) = size(quick);
    let site = Site::new(server, "reading10", world(organizations, agents)?, Vsa::Ten).await?;
    let (process, rest) = site.serve(&[], None).await?;
    let latency = Duration::from_millis(40);
    refresh("VSA 10", &site, &process, &rest, (latency, VSA10_IN_FLIGHT, Api::Vsa10), report).await
}

/// A first refresh: time against the pages it takes, memory against idling.
async fn refresh(
    name: &str,
    site: &Site,
    process: &Process,
    rest: &Rest,
    (latency, in_flight, api): (Duration, f64, Api),
    report: &mut Report,
) -> anyhow::Result<()> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (idle, _) = process.memory()?;
    site.sandbox.faults().set_ambient(Ambient::Latency(latency));
    let first = site.sandbox.books().requests.len();
    let took = read(&site.pool, rest).await?;
    site.sandbox.faults().set_ambient(Ambient::Calm);
    let (_, most) = process.memory()?;
    let books = site.sandbox.books();
    let pages = calls::to(calls::since(&books, first), api);
    let bound = as_f64(pages) * latency.as_secs_f64() / in_flight;
    let what = format!(
        "{name}: full refresh of {} organizations, {} agents, {} accounts",
        site.sandbox.world().organizations().len(),
        agents(&site.pool).await?,
        books.customers.len()
    );
    let against = format!("{bound:.1} s: {pages} calls × {} ms ÷ {in_flight}", latency.as_millis());
    report.figure(
        &what,
        format!("{:.1} s", took.as_secs_f64()),
        against,
        took.as_secs_f64() / bound,
        Bound::AtMost(1.15),
    );
    let most_in_flight = books.most_in_flight.get(&api).copied().unwrap_or(0) as u64;
    let ratio = as_f64(most_in_flight) / in_flight;
    report.figure(
        &format!("{name}: most requests under way"),
        most_in_flight.to_string(),
        format!("{in_flight} allowed"),
        ratio,
        Bound::AtMost(1.0),
    );
    let above = most.saturating_sub(idle);
    report.figure(
        &format!("{name}: peak memory above idle"),
        megabytes(above),
        format!("40 MB; idle {}", megabytes(idle)),
        as_f64(above) / 40_960.0,
        Bound::AtMost(1.0),
    );
    if !books.violations.is_empty() {
        bail!("the vendors' rules were broken: {:?}", books.violations);
    }
    Ok(())
}

/// Processor time that a refresh takes, when the vendors answer at once.
async fn processor(site: &Site, process: &Process, rest: &Rest) -> anyhow::Result<f64> {
    let before = process.processor()?;
    read(&site.pool, rest).await?;
    Ok(process.processor()? - before)
}

/// The same for fewer rows, once they were read before.
async fn tenth(server: &Server, organizations: usize, agents: u64) -> anyhow::Result<f64> {
    let site = Site::new(server, "tenth", world(organizations, agents)?, Vsa::Nine).await?;
    let (process, rest) = site.serve(&[], None).await?;
    read(&site.pool, &rest).await?;
    processor(&site, &process, &rest).await
}

/// A second refresh in which nothing changed.
async fn unchanged(site: &Site, rest: &Rest, report: &mut Report) -> anyhow::Result<()> {
    let before: i64 = sqlx::query_scalar("select pg_current_xact_id()::text::bigint").fetch_one(&site.pool).await?;
    read(&site.pool, rest).await?;
    let tables = ["organization", "account", "subscription", "service_plan"];
    let (mut written, mut rows) = (0, 0);
    for table in tables {
        let text = format!("select count(*) filter (where xmin::text::bigint > $1), count(*) from {table}");
        let (some, all): (i64, i64) =
            sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(before).fetch_one(&site.pool).await?;
        written += some;
        rows += all;
    }
    let against = format!("{rows} rows of the mirror");
    let (written, rows) = (u64::try_from(written)?, u64::try_from(rows)?);
    let ratio = as_f64(written) / as_f64(rows);
    report.figure(
        "rows written by a second refresh without changes",
        written.to_string(),
        against,
        ratio,
        Bound::AtMost(0.001),
    );
    Ok(())
}

/// A refresh whose process is killed half-way: what was known stays, and another process reads everything.
async fn interrupted(
    site: &Site,
    process: Process,
    rest: &Rest,
    latency: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    let before = contents(&site.pool).await?;
    site.sandbox.faults().set_ambient(Ambient::Latency(latency));
    rest.post("/api/v1/inventory/refresh", None).await?;
    half_read(&site.pool).await?;
    process.kill()?;
    let same = contents(&site.pool).await? == before;
    site.sandbox.faults().set_ambient(Ambient::Calm);
    let began = Instant::now();
    let (_process, _) = site.serve(&[], None).await?;
    ended(&site.pool, None).await?;
    let same = same && contents(&site.pool).await? == before;
    report.figure(
        "refresh killed half-way: rows lost or changed",
        if same { "none" } else { "some" }.to_owned(),
        format!("the next process has read everything after {:.1} s, without latency", began.elapsed().as_secs_f64()),
        f64::from(u8::from(!same)),
        Bound::AtMost(0.0),
    );
    Ok(())
}

/// Waits until a refresh is half-way.
async fn half_read(pool: &PgPool) -> anyhow::Result<()> {
    let began = Instant::now();
    let half =
        "select exists (select from inventory_refresh where status = 'running' and done > 0 and done * 2 > total)";
    while !sqlx::query_scalar::<_, bool>(half).fetch_one(pool).await? {
        ensure!(began.elapsed() < PATIENCE, "the refresh does not get half-way");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn agents(pool: &PgPool) -> anyhow::Result<i64> {
    let counted = "select coalesce(sum(endpoints + endpoints_excluded), 0)::bigint from organization";
    Ok(sqlx::query_scalar(counted).fetch_one(pool).await?)
}

/// A fingerprint of everything that was read.
async fn contents(pool: &PgPool) -> anyhow::Result<String> {
    let all = "select md5(string_agg(line, '' order by line)) from (
                 select organization_id || name || endpoints as line from organization
                 union all select account_id || name from account
                 union all select subscription_id || units from subscription) as lines";
    Ok(sqlx::query_scalar(all).fetch_one(pool).await?)
}

/// Refreshes and says how long that took, by the database's clock.
pub async fn read(pool: &PgPool, rest: &Rest) -> anyhow::Result<Duration> {
    let last: Option<f64> =
        sqlx::query_scalar("select extract(epoch from max(finished_at))::float8 from inventory_refresh")
            .fetch_one(pool)
            .await?;
    rest.post("/api/v1/inventory/refresh", None).await?;
    ended(pool, last).await
}

/// How a refresh stands: its status, when it ended, how long it took, why it failed.
type Refresh = (String, Option<f64>, Option<f64>, Option<String>);

/// Waits for a refresh that ends later than `last`.
async fn ended(pool: &PgPool, last: Option<f64>) -> anyhow::Result<Duration> {
    let began = Instant::now();
    loop {
        let found: Option<Refresh> = sqlx::query_as(
            "select status, extract(epoch from finished_at)::float8, extract(epoch from finished_at - started_at)::float8, error_message
             from inventory_refresh",
        )
        .fetch_optional(pool)
        .await?;
        match found {
            Some((status, Some(at), Some(took), error)) if status != "running" && last.is_none_or(|last| at > last) => {
                if let Some(error) = error {
                    bail!("the refresh failed: {error}");
                }
                return Duration::try_from_secs_f64(took).context("a refresh takes time");
            }
            _ if began.elapsed() > PATIENCE => bail!("the refresh does not end"),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
