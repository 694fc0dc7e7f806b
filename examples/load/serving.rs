//! Serving: screens against a bare handler, many administrators at once, ten times the rows.

use super::importing::{integrate, rows};
use super::process::{Process, Program, free_port};
use super::reading;
use super::report::{Bound, Report, as_f64};
use super::rest::Rest;
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
/// Screen and bare handler take turns so often: whatever else the machine does meets both.
const TURNS: usize = 4;

/// What came of asking for a while.
struct Asked {
    /// How long each answer took, in order.
    times: Vec<Duration>,
    took: Duration,
}

impl Asked {
    fn rate(&self) -> f64 {
        as_f64(self.times.len() as u64) / self.took.as_secs_f64()
    }

    fn milliseconds(&self, percent: usize) -> anyhow::Result<f64> {
        let place = self.times.len() * percent / 100;
        let time = self.times.get(place).context("somebody was answered")?;
        Ok(time.as_secs_f64() * 1000.0)
    }
}

/// `big`: an installation with everything read, if there is one already.
pub async fn run(server: &Server, big: Option<Site>, quick: bool, report: &mut Report) -> anyhow::Result<()> {
    let turn = Duration::from_millis(if quick { 250 } else { 1_000 });
    let small = Site::new(server, "small", world(1_000, 20_000)?, Vsa::Nine).await?;
    let (process, rest) = small.serve(&[], None).await?;
    reading::read(&small.pool, &rest).await?;
    drop(process);
    let (_small_process, small_rest) = small.serve(&[], None).await?;
    let small_screens = screens(&small, &small_rest, 50).await?;
    small.analyze().await?;
    let small_cookie = small.session("Nora Quist").await?;
    // The statements of each screen, once, from a log that names them.
    let counts = queries(&small, &small_screens, &small_cookie).await?;
    let (bare_url, _bare) = bare(&small).await?;
    for ((name, path), count) in small_screens.iter().zip(&counts) {
        let (screen_url, bare_url) = (format!("{}{path}", small_rest.url), format!("{bare_url}/{count}"));
        let (screen, bare) = in_turns(&screen_url, &bare_url, &small_cookie, turn).await?;
        report.figure(
            &format!("{name}: requests a second, 1,000 organizations, 50 rows"),
            format!("{:.0}", screen.rate()),
            format!("{:.0} of a bare handler with {count} queries", bare.rate()),
            screen.rate() / bare.rate(),
            Bound::AtLeast(0.7),
        );
        let (median, slow) = (screen.milliseconds(50)?, screen.milliseconds(99)?);
        report.figure(
            &format!("{name}: p99 with {ADMINISTRATORS} administrators"),
            format!("{slow:.0} ms"),
            format!("p50 {median:.0} ms"),
            slow / median,
            Bound::AtMost(5.0),
        );
    }
    let big = match big {
        Some(big) => big,
        None => reading::done(server, quick).await?,
    };
    let (_big_process, big_rest) = big.serve(&[], None).await?;
    let big_screens = screens(&big, &big_rest, if quick { 200 } else { 500 }).await?;
    big.analyze().await?;
    let big_cookie = big.session("Nora Quist").await?;
    for ((name, path), (_, ten_times)) in small_screens.iter().zip(&big_screens) {
        let cost = async |base: &str, path: &str, cookie: &str| {
            let url = format!("{base}{path}");
            ask(&url, cookie, 1, turn / 4).await?;
            ask(&url, cookie, 1, turn).await?.milliseconds(50)
        };
        let one = cost(&small_rest.url, path, &small_cookie).await?;
        let ten = cost(&big_rest.url, ten_times, &big_cookie).await?;
        report.figure(
            &format!("{name}: one request with 10,000 organizations, 500 rows"),
            format!("{ten:.1} ms"),
            format!("{one:.1} ms with a tenth"),
            ten / one,
            Bound::AtMost(11.0),
        );
    }
    Ok(())
}

/// The name and the path of Customers, of every screen of an import that is a draft, and of the last one of an import that has begun.
pub fn paths(site: &Site, draft: &str, begun: &str) -> Vec<(&'static str, String)> {
    let base = format!("/p/{}", site.partner.partner_key);
    let steps = [
        ("Accounts", draft, "accounts"),
        ("Notifications", draft, "notifications"),
        ("Service plans", draft, "service-plans"),
        ("Templates", draft, "templates"),
        ("Complete Integration", begun, "integration"),
    ];
    let step = |(name, import, step)| (name, format!("{base}/imports/{import}/{step}"));
    [("Customers", format!("{base}/customers"))].into_iter().chain(steps.map(step)).collect()
}

/// The screens of an import of this many rows that is ready to be confirmed, and of another of as many that has ended.
async fn screens(site: &Site, rest: &Rest, count: usize) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut first = rows(site.sandbox.world(), 2 * count)?;
    let second = first.split_off(count);
    let (ended, hash) = rest.ready(&second).await?;
    integrate(site, rest, &ended, &hash).await?;
    let (draft, _) = rest.ready(&first).await?;
    Ok(paths(site, &draft, &ended))
}

/// How many statements each screen makes.
async fn queries(site: &Site, screens: &[(&str, String)], cookie: &str) -> anyhow::Result<Vec<usize>> {
    let path = std::env::temp_dir().join(format!("worryfree-load-{}.log", std::process::id()));
    let log = File::create(&path)?;
    let settings = [("PLUGIN__LOG__FILTER", "info,sqlx::query=debug"), ("PLUGIN__LOG__FORMAT", "json")];
    let (_process, rest) = site.serve(&settings, Some(log)).await?;
    let lines = || -> anyhow::Result<usize> {
        let text = std::fs::read_to_string(&path)?;
        Ok(text.lines().filter(|line| line.contains("sqlx::query") && line.contains("\"request\"")).count())
    };
    let client = client()?;
    let mut counts = Vec::new();
    for (_, screen) in screens {
        let before = lines()?;
        let answer = client.get(format!("{}{screen}", rest.url)).header("cookie", cookie).send().await?;
        ensure!(answer.status() == 200, "{screen}: {}", answer.status());
        answer.bytes().await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let count = lines()? - before;
        ensure!(count > 0, "{screen} makes no queries that the log tells");
        counts.push(count);
    }
    std::fs::remove_file(&path)?;
    Ok(counts)
}

/// The handler that screens are compared with, over the same database.
async fn bare(site: &Site) -> anyhow::Result<(String, Process)> {
    let port = free_port()?;
    let url = format!("http://127.0.0.1:{port}");
    let environment = [("DATABASE_URL".to_owned(), site.database.to_url_lossy().to_string())];
    let arguments = ["bare", &port.to_string(), CONNECTIONS];
    let process = Process::start(Program::This, &arguments, &environment, &format!("{url}/1"), None).await?;
    Ok((url, process))
}

/// No compression: it would be measured instead of the screens, and a proxy can do it as well.
pub fn client() -> anyhow::Result<Client> {
    Ok(Client::builder().no_gzip().redirect(reqwest::redirect::Policy::none()).build()?)
}

/// Asks for a screen and the bare handler in turns, after a turn of each that does not count.
async fn in_turns(screen: &str, bare: &str, cookie: &str, turn: Duration) -> anyhow::Result<(Asked, Asked)> {
    let mut all = [screen, bare].map(|url| (url, Asked { times: Vec::new(), took: Duration::ZERO }));
    for (url, _) in &all {
        ask(url, cookie, ADMINISTRATORS, turn).await?;
    }
    for _ in 0..TURNS {
        for (url, asked) in &mut all {
            let more = ask(url, cookie, ADMINISTRATORS, turn).await?;
            asked.times.extend(more.times);
            asked.took += more.took;
        }
    }
    let [(_, mut screen), (_, bare)] = all;
    screen.times.sort();
    Ok((screen, bare))
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
    let took = began.elapsed();
    times.sort();
    Ok(Asked { times, took })
}
