//! Serving: screens against a bare handler, many administrators at once, ten times the rows, start and idle memory.

use super::importing::rows;
use super::process::{Process, free_port};
use super::reading;
use super::report::{Bound, Report, as_f64, megabytes};
use super::site::{Server, Site, Vsa, world};
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use reqwest::Client;
use sqlx::ConnectOptions;
use std::fs::File;
use std::time::{Duration, Instant};

/// Administrators who all ask again as soon as they have their answer.
const ADMINISTRATORS: usize = 200;
/// Connections to the database, of the service and of what it is compared with.
const CONNECTIONS: &str = "20";

/// A screen and how it is reached.
struct Screen {
    name: &'static str,
    path: String,
}

/// What came of asking for a while.
struct Asked {
    /// Answers a second.
    rate: f64,
    p50: Duration,
    p99: Duration,
}

pub async fn run(server: &Server, big: Site, quick: bool, report: &mut Report) -> anyhow::Result<()> {
    let second = Duration::from_secs(if quick { 1 } else { 4 });
    let small = Site::new(server, "small", world(1_000, 20_000)?, Vsa::Nine).await?;
    let (process, rest) = small.serve(&[], None).await?;
    reading::read(&small.pool, &rest).await?;
    drop(process);
    start(&small, report).await?;
    let (small_process, small_rest) = small.serve(&[], None).await?;
    let small_screens = screens(&small, &small_rest, 50).await?;
    let small_cookie = small.session("Nora Quist").await?;
    // The statements of each screen, once, from a log that names them.
    let counts = queries(&small, &small_screens, &small_cookie).await?;
    let (bare_url, _bare) = bare(&small).await?;
    for (screen, count) in small_screens.iter().zip(&counts) {
        let url = format!("{}{}", small_rest.url, screen.path);
        ask(&url, &small_cookie, ADMINISTRATORS, second / 2).await?;
        let asked = ask(&url, &small_cookie, ADMINISTRATORS, second).await?;
        let bare = ask(&format!("{bare_url}/{count}"), &small_cookie, ADMINISTRATORS, second).await?;
        report.figure(
            &format!("{}: requests a second, 1,000 organizations, 50 rows", screen.name),
            format!("{:.0}", asked.rate),
            format!("{:.0} of a bare handler with {count} queries", bare.rate),
            asked.rate / bare.rate,
            Bound::AtLeast(0.7),
        );
        report.figure(
            &format!("{}: p99 with {ADMINISTRATORS} administrators", screen.name),
            format!("{:.0} ms", asked.p99.as_secs_f64() * 1000.0),
            format!("p50 {:.0} ms", asked.p50.as_secs_f64() * 1000.0),
            asked.p99.as_secs_f64() / asked.p50.as_secs_f64(),
            Bound::AtMost(5.0),
        );
    }
    let (_big_process, big_rest) = big.serve(&[], None).await?;
    let big_screens = screens(&big, &big_rest, if quick { 200 } else { 500 }).await?;
    let big_cookie = big.session("Nora Quist").await?;
    for (screen, ten_times) in small_screens.iter().zip(&big_screens) {
        let cost = async |base: &str, path: &str, cookie: &str| {
            let url = format!("{base}{path}");
            ask(&url, cookie, 1, second / 4).await?;
            ask(&url, cookie, 1, second).await.map(|asked| asked.p50.as_secs_f64() * 1000.0)
        };
        let one = cost(&small_rest.url, &screen.path, &small_cookie).await?;
        let ten = cost(&big_rest.url, &ten_times.path, &big_cookie).await?;
        report.figure(
            &format!("{}: time of one request with 10,000 organizations, 500 rows", screen.name),
            format!("{ten:.1} ms"),
            format!("{one:.1} ms with a tenth"),
            ten / one,
            Bound::AtMost(11.0),
        );
    }
    drop(small_process);
    Ok(())
}

/// Start to ready, and what an idle process holds.
async fn start(site: &Site, report: &mut Report) -> anyhow::Result<()> {
    let mut times = Vec::new();
    let mut idle = 0;
    for _ in 0..5 {
        let (process, _) = site.serve(&[], None).await?;
        times.push(process.started_in);
        tokio::time::sleep(Duration::from_secs(3)).await;
        idle = idle.max(process.memory()?.0);
    }
    times.sort();
    let milliseconds = times[times.len() / 2].as_secs_f64() * 1000.0;
    report.figure(
        "start to ready, PostgreSQL up (median of 5)",
        format!("{milliseconds:.0} ms"),
        "200 ms".to_owned(),
        milliseconds / 200.0,
        Bound::AtMost(1.0),
    );
    report.figure("idle memory", megabytes(idle), "40 MB".to_owned(), as_f64(idle) / 40_960.0, Bound::AtMost(1.0));
    Ok(())
}

/// Customers, and every screen of an import of this many rows that is ready.
async fn screens(site: &Site, rest: &super::rest::Rest, count: usize) -> anyhow::Result<Vec<Screen>> {
    let (id, _) = rest.ready(&rows(site.sandbox.world(), count)?).await?;
    let base = format!("/p/{}", site.partner.partner_key);
    let steps = [
        ("Accounts", "accounts"),
        ("Notifications", "notifications"),
        ("Service plans", "service-plans"),
        ("Templates", "templates"),
        ("Complete Integration", "integration"),
    ];
    let step = |(name, step)| Screen { name, path: format!("{base}/imports/{id}/{step}") };
    let customers = Screen { name: "Customers", path: format!("{base}/customers") };
    Ok([customers].into_iter().chain(steps.map(step)).collect())
}

/// How many statements each screen makes.
async fn queries(site: &Site, screens: &[Screen], cookie: &str) -> anyhow::Result<Vec<usize>> {
    let path = std::env::temp_dir().join(format!("worryfree-load-{}.log", std::process::id()));
    let log = File::create(&path)?;
    let (_process, rest) = site
        .serve(&[("PLUGIN__LOG__FILTER", "warn,sqlx::query=debug"), ("PLUGIN__LOG__FORMAT", "json")], Some(log))
        .await?;
    let lines = || -> anyhow::Result<usize> {
        let text = std::fs::read_to_string(&path)?;
        Ok(text.lines().filter(|line| line.contains("sqlx::query") && line.contains("\"request\"")).count())
    };
    let client = client()?;
    let mut counts = Vec::new();
    for screen in screens {
        let before = lines()?;
        let answer = client.get(format!("{}{}", rest.url, screen.path)).header("cookie", cookie).send().await?;
        ensure!(answer.status() == 200, "{}: {}", screen.path, answer.status());
        answer.bytes().await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        counts.push(lines()? - before);
    }
    std::fs::remove_file(&path)?;
    Ok(counts)
}

/// The handler that screens are compared with, over the same database.
async fn bare(site: &Site) -> anyhow::Result<(String, Process)> {
    let port = free_port()?;
    let url = format!("http://127.0.0.1:{port}");
    let environment = [("DATABASE_URL".to_owned(), site.database.to_url_lossy().to_string())];
    let process =
        Process::start(&["bare", &port.to_string(), CONNECTIONS], &environment, &format!("{url}/1"), None).await?;
    Ok((url, process))
}

/// No compression: it would be measured instead of the screens, and a proxy can do it as well.
fn client() -> anyhow::Result<Client> {
    Ok(Client::builder().no_gzip().redirect(reqwest::redirect::Policy::none()).build()?)
}

/// Asks for a while, so many at a time.
async fn ask(url: &str, cookie: &str, at_once: usize, time: Duration) -> anyhow::Result<Asked> {
    let client = client()?;
    let began = Instant::now();
    let one = async || -> anyhow::Result<Vec<Duration>> {
        let mut times = Vec::new();
        while began.elapsed() < time {
            let sent = Instant::now();
            let answer = client.get(url).header("cookie", cookie).send().await?;
            ensure!(answer.status() == 200, "{url}: {}", answer.status());
            answer.bytes().await?;
            times.push(sent.elapsed());
        }
        Ok(times)
    };
    let mut times: Vec<_> = try_join_all((0..at_once).map(|_| one())).await?.concat();
    let took = began.elapsed().as_secs_f64();
    times.sort();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().context("somebody was answered");
    Ok(Asked { rate: as_f64(times.len() as u64) / took, p50: at(50)?, p99: at(99)? })
}
