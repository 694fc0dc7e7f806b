//! What an operator relies on: readiness that tells the truth, an end in order, and numbers.

use super::process::free_port;
use super::site::{Front, LEASE, Site, until};
use crate::embedded_postgres::{Folder, kill};
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use std::time::{Duration, Instant};
use worryfree_plugin::http::metrics::{ALL, Kind};
use worryfree_plugin::sandbox::{Ambient, World};
use worryfree_plugin::storage::embedded::{Embedded, Mode};
use worryfree_plugin::storage::migrate;

/// A port for metrics and the address there.
fn metrics() -> (String, String) {
    let listen = format!("127.0.0.1:{}", free_port());
    let url = format!("http://{listen}");
    (listen, url)
}

/// Status and body, if somebody answers.
async fn ask(url: &str) -> Option<(u16, Value)> {
    let answer = reqwest::Client::new().get(url).timeout(Duration::from_secs(8)).send().await.ok()?;
    Some((answer.status().as_u16(), answer.json().await.unwrap_or_default()))
}

async fn until_ready_says(front: &Front, status: u16, check: &str, says: &str) {
    until(&format!("{check} says {says}"), || async {
        let (found, body) = ask(&format!("{}/readyz", front.rest.url)).await?;
        (found == status && body["checks"][check] == says).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_means_that_everything_needed_is_there() {
    let folder = Folder::new("ready");
    let mut server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    migrate(&server.options()).await.unwrap();
    let pool = PgPoolOptions::new().max_connections(4).connect_with(server.options()).await.unwrap();
    let site = Site::over(World::generated(1, 5, 14), pool, server.options()).await;
    let (front, no_jobs) = (site.front().await, site.front().await);
    let (listen, _) = metrics();
    let _process = site.serve(&front);
    until_ready_says(&front, 200, "worker", "ok").await;
    let (_, body) = ask(&format!("{}/readyz", front.rest.url)).await.unwrap();
    assert_eq!(body["checks"], json!({"database": "ok", "migrations": "ok", "service": "ok", "worker": "ok"}));

    let environment = [("PLUGIN__METRICS__LISTEN", listen.as_str())];
    let _front_only = site.serve_arguments(&["serve", "--no-jobs"], &no_jobs, &environment);
    until_ready_says(&no_jobs, 200, "database", "ok").await;
    let (_, body) = ask(&format!("{}/readyz", no_jobs.rest.url)).await.unwrap();
    assert!(body["checks"].get("worker").is_none(), "who runs no jobs says nothing about them: {body}");

    // A database of a version that this one cannot work with.
    let newest =
        "update _sqlx_migrations set success = false where version = (select max(version) from _sqlx_migrations)";
    sqlx::query(newest).execute(&site.pool).await.unwrap();
    until_ready_says(&front, 503, "migrations", "1 are missing").await;
    sqlx::query("update _sqlx_migrations set success = true").execute(&site.pool).await.unwrap();
    until_ready_says(&front, 200, "migrations", "ok").await;

    // It goes away, and comes back.
    kill(folder.recorded_pid().unwrap());
    drop(server);
    until("the database is missed", || async {
        let (status, body) = ask(&format!("{}/readyz", front.rest.url)).await?;
        (status == 503 && body["checks"]["database"] != "ok").then_some(())
    })
    .await;
    assert_eq!(
        ask(&format!("{}/healthz", front.rest.url)).await.unwrap().0,
        200,
        "it lives, and need not be restarted"
    );
    server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    until_ready_says(&front, 200, "database", "ok").await;
    site.pool.close().await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_requests_streams_and_jobs_in_order_and_others_go_on_at_once() {
    // The longest lease there is: whoever takes over before its end has been handed the job.
    let lease = Duration::from_secs(30);
    let site = Site::new(World::generated(6, 60, 15)).await.with_lease(lease);
    let (front, other) = (site.front().await, site.front().await);
    let (listen, metrics) = metrics();
    let mut process = site.serve_with(&front, &[("PLUGIN__METRICS__LISTEN", &listen)]);
    let names = site.names(6);
    let ready = site.ready(&front, &names).await;
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(800)));
    front.rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202);
    let events = reqwest::Client::new()
        .get(format!("{}{}", front.rest.url, ready.path("/integration/events")))
        .bearer_auth(&front.rest.token)
        .send()
        .await
        .unwrap();
    until("something is sent", || async { (site.writes().customers > 0).then_some(()) }).await;

    let began = Instant::now();
    process.signal("TERM");
    let (status, body) = until("it says that it ends", || async {
        ask(&format!("{metrics}/readyz")).await.filter(|(status, _)| *status == 503)
    })
    .await;
    assert_eq!((status, &body["checks"]["service"]), (503, &json!("the service is ending")));
    assert!(ask(&format!("{}/healthz", front.rest.url)).await.is_none(), "nothing new is accepted");
    let told = events.text().await.expect("the stream ends in order");
    let last = told.trim_end().rsplit("\n\n").next().unwrap();
    assert!(last.starts_with("retry:"), "the last thing it says is when to come back: {last}");
    assert!(process.ended(Duration::from_secs(30)).await.success());
    let took = began.elapsed();
    let open: (String, bool) = sqlx::query_as("select state, lease_until is null from job where kind = 'integrate'")
        .fetch_one(&site.pool)
        .await
        .unwrap();
    assert_eq!(open, ("queued".to_owned(), true), "the job is handed over, not left to its lease");

    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::ZERO));
    let handed = Instant::now();
    let _other = site.serve(&other);
    other.imported(&ready).await;
    assert!(handed.elapsed() < lease, "nobody waited for the lease");
    site.has_one_of_everything_for(&names).await;
    let writes = site.writes();
    assert_eq!((writes.customers, writes.subscriptions), (6, 6), "nothing is sent a second time");
    println!(
        "SIGTERM in an import: ended after {:.1} s with calls of 0.8 s under way, imported by another {:.1} s later",
        took.as_secs_f64(),
        handed.elapsed().as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_is_told_and_none_names_a_partner() {
    let site = Site::new(World::generated(2, 20, 16)).await;
    let front = site.front().await;
    // One that dies with the import, so that its job is taken over.
    let mut first = site.serve(&front);
    let ready = site.ready(&front, &site.names(2)).await;
    site.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(300)));
    front.rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202);
    until("something is sent", || async { (site.writes().customers > 0).then_some(()) }).await;
    first.kill();
    tokio::time::sleep(LEASE).await;
    let (listen, metrics) = metrics();
    let _process = site.serve_with(&front, &[("PLUGIN__METRICS__LISTEN", &listen)]);
    front.imported(&ready).await;

    // What happens only when something fails, or is sampled only now and then.
    let rare = ["upstream_retries_total", "leases_lost_total"];
    let text = until("all numbers are there", || async {
        let text = reqwest::get(format!("{metrics}/metrics")).await.ok()?.text().await.ok()?;
        let is_there = |(name, kind): (&str, Kind)| {
            let sample = if kind == Kind::Histogram { format!("{name}_bucket{{") } else { name.to_owned() };
            text.lines().any(|line| line.starts_with(&sample))
        };
        let missing: Vec<_> =
            ALL.iter().filter(|(name, kind, _)| !rare.contains(name) && !is_there((name, *kind))).collect();
        missing.is_empty().then_some(text)
    })
    .await;
    for (name, kind, _) in ALL.iter().filter(|(name, ..)| !rare.contains(name)) {
        let kind = format!("{kind:?}").to_lowercase();
        assert!(text.contains(&format!("# TYPE {name} {kind}\n")), "{name} is a {kind}");
        assert!(text.contains(&format!("# HELP {name} ")), "{name} says what it is");
    }
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let plain = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(ALL.iter().any(|(known, ..)| *known == name || *known == plain), "{line} is not described");
    }
    let partner = site.partner.partner_id.0.to_string();
    for secret in [&partner, &site.partner.partner_key, &front.rest.token, &site.names(1)[0], &ready.id] {
        assert!(!text.contains(secret.as_str()), "no label names {secret}");
    }
    let value = |line: &str| -> f64 {
        let found = text.lines().find_map(|found| found.strip_prefix(line));
        found.unwrap_or_else(|| panic!("{line} in\n{text}")).trim().parse().unwrap()
    };
    assert!(value("leases_taken_over_total{kind=\"integrate\"}") >= 1.0);
    assert!(value("jobs_ended_total{kind=\"integrate\",end=\"done\"}") >= 1.0);
    assert_eq!((value("partners "), value("partners_frozen "), value("database_up ")), (1.0, 0.0, 1.0));
    let series = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    println!("{series} series after an import");
}
