//! How heavy and how slow the screens are: an import of 500 rows beside 5,000 accounts, and 10,000 organizations.
//!
//! ```text
//! cargo run --release --example screens
//! ```
//!
//! Prints, for each screen, the bytes as they go over the wire, the best of several times from the question to the last
//! byte, and the ratio to a static page of the same text through the same layers. Ends with 1 if a screen is heavier
//! than 150 KB or slower than 60 ms.

#![expect(clippy::unwrap_used, reason = "what the bench stands on fails the run, as tests do")]

#[path = "../../tests/it/support/mod.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use axum::response::Html;
use axum::routing::get;
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use support::plugin::Plugin;
use support::screens::Screens;
use tower::ServiceExt;
use worryfree_plugin::http::layers;
use worryfree_plugin::sandbox::World;

/// Every second organization has an account.
const ORGANIZATIONS: usize = 10_000;
const ROWS: usize = 500;
const ROUNDS: usize = 9;
const MAX_BYTES: usize = 150 * 1024;
const MAX_TIME: Duration = Duration::from_millis(60);

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    let plugin = Plugin::new(World::generated(ORGANIZATIONS, 50_000, 5)).await;
    let screens = Screens::new(&plugin).await;
    let base = screens.import_of(&plugin, ROWS).await;
    writeln!(out, "{ORGANIZATIONS} organizations, {} accounts, {ROWS} rows in the import", ORGANIZATIONS / 2)?;
    writeln!(out, "{:<34} {:>10} {:>10} {:>12} {:>7}", "screen", "KB sent", "ms", "static ms", "ratio")?;
    let mut is_well = true;
    let mut measure = async |name: &str, path: &str| -> anyhow::Result<()> {
        let text = screens.get(path).await.text;
        let (mut bytes, mut took) = (0, Duration::MAX);
        for _ in 0..ROUNDS {
            let page = screens.get_compressed(path).await;
            anyhow::ensure!(page.status.is_success(), "{path}: {}", page.status);
            (bytes, took) = (page.bytes, took.min(page.took));
        }
        let alone = static_page(text).await;
        let ratio = took.as_secs_f64() / alone.as_secs_f64();
        let (kilobytes, took_ms) = (bytes.div_ceil(1024), took.as_secs_f64() * 1000.0);
        let alone_ms = alone.as_secs_f64() * 1000.0;
        let verdict = if bytes <= MAX_BYTES && took <= MAX_TIME { "" } else { "  too much" };
        is_well &= verdict.is_empty();
        writeln!(
            std::io::stdout(),
            "{name:<34} {kilobytes:>10} {took_ms:>10.1} {alone_ms:>12.1} {ratio:>7.1}{verdict}"
        )?;
        Ok(())
    };
    measure("Customers", "/customers").await?;
    measure("Customers, a search", "/customers?search=motors").await?;
    measure("Customers, by endpoints", "/customers?sort=-endpoints").await?;
    measure("Trend Micro Customers", "/customers?tab=linked").await?;
    measure("1 Accounts", &format!("{base}/accounts")).await?;
    let organization = plugin.sandbox.world().organizations()[1].id.clone();
    let search = format!("{base}/accounts/search?organization={organization}&search=motors&options=1");
    measure("1 Accounts, a search of the field", &search).await?;
    screens.send_step(&base, "accounts", &[("go", "fill")]).await.leads();
    screens.send_step(&base, "accounts", &[("go", "next")]).await.leads();
    measure("2 Notifications", &format!("{base}/notifications")).await?;
    screens.send_step(&base, "notifications", &[("send_all", "1"), ("go", "next")]).await.leads();
    let path = format!("{base}/service-plans");
    let plan = screens.value_of_option(&path, "WFS monthly (Full)").await;
    screens.send_step(&base, "service-plans", &[("all_plan", &plan), ("go", "apply")]).await.leads();
    measure("3 Service plans", &path).await?;
    screens.send_step(&base, "service-plans", &[("go", "next")]).await.leads();
    measure("4 Templates", &format!("{base}/templates")).await?;
    screens.send_step(&base, "templates", &[("go", "next")]).await.leads();
    let path = format!("{base}/templates");
    measure("4 Templates with the plan", &path).await?;
    let hash = screens.get(&path).await.hidden("plan_hash").to_owned();
    screens.post(&format!("{base}/integration"), &[("plan_hash", &hash)]).await.leads();
    measure("5 Complete Integration", &format!("{base}/integration")).await?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The time that the layers need for the same text without any work behind it.
async fn static_page(text: String) -> Duration {
    let router = layers::apply(Router::new().route("/", get(move || std::future::ready(Html(text.clone())))));
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let request = Request::get("/").header(header::ACCEPT_ENCODING, "br, gzip").body(Body::empty()).unwrap();
        let began = Instant::now();
        let response = router.clone().oneshot(request).await.unwrap();
        to_bytes(response.into_body(), usize::MAX).await.unwrap();
        best = best.min(began.elapsed());
    }
    best
}
