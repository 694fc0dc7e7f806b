//! Whether every statement of every screen finds its rows by an index, in a database of many large partners: Postgres itself tells
//! the plan of each statement as it is carried out.

use super::filled::{LARGE, fill};
use super::report::{Bound, Report, as_f64};
use super::rest::Rest;
use super::serving::{client, paths};
use super::site::{Server, Site, Vsa, world};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::ops::Range;
use std::time::{Duration, Instant};

/// What is put before every connection: the module that tells plans, and where to.
const EXPLAIN: [(&str, &str); 6] = [
    ("session_preload_libraries", "auto_explain"),
    ("auto_explain.log_min_duration", "0"),
    ("auto_explain.log_level", "notice"),
    ("auto_explain.log_format", "json"),
    ("auto_explain.log_analyze", "on"),
    ("auto_explain.log_timing", "off"),
];

/// What a statement did.
#[derive(Default)]
struct Done {
    scans: BTreeMap<String, u64>,
    rows: u64,
    milliseconds: f64,
}

pub async fn run(server: &Server, quick: bool, report: &mut Report) -> anyhow::Result<()> {
    let (partners, organizations) = if quick { (20, 2_000) } else { (500, 10_000) };
    let site = Site::new(server, "plans", world(1, 1)?, Vsa::Nine).await?;
    let began = Instant::now();
    fill(&site.database, site.partner.partner_id.0, partners, organizations).await?;
    let filled = began.elapsed().as_secs_f64();
    let site = site.with_options(&EXPLAIN);
    let path = std::env::temp_dir().join(format!("worryfree-load-plans-{}.log", std::process::id()));
    let settings = [("PLUGIN__LOG__FILTER", "warn,sqlx::postgres::notice=info"), ("PLUGIN__LOG__FORMAT", "json")];
    let (process, rest) = site.serve(&settings, Some(File::create(&path)?)).await?;
    let (begun, hash) = import(&rest, 0..20).await?;
    rest.post(&format!("/api/v1/imports/{begun}/integration"), Some(json!({ "plan_hash": hash }))).await?;
    let (draft, _) = import(&rest, 20..if quick { 120 } else { 520 }).await?;
    ask_everything(&site, &rest, &paths(&site, &draft, &begun)).await?;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    process.kill()?;
    let text = std::fs::read_to_string(&path)?;
    std::fs::remove_file(&path)?;
    let statements = statements(&text)?;
    ensure!(statements.len() > 20, "Postgres told {} plans only; auto_explain is needed", statements.len());
    let large = |scan: &&String| LARGE.iter().any(|table| scan.strip_prefix("Seq Scan on ") == Some(*table));
    let sequential: Vec<_> = statements
        .iter()
        .filter(|(_, done)| done.scans.keys().any(|scan| large(&scan)))
        .map(|(text, _)| text)
        .collect();
    report.figure(
        &format!("statements of all screens that scan a large table, of {} different ones", statements.len()),
        sequential.len().to_string(),
        format!("{partners} partners × {organizations} organizations, filled in {filled:.0} s"),
        as_f64(sequential.len() as u64),
        Bound::AtMost(0.0),
    );
    let most = statements.values().map(|done| done.rows).max().unwrap_or(0);
    let own = as_f64(u64::try_from(organizations)?);
    let against = format!("{organizations}: what the partner has itself, at most three times");
    report.figure(
        "most rows that a statement reads",
        most.to_string(),
        against,
        as_f64(most) / own,
        Bound::AtMost(3.0),
    );
    report.note(table(&statements)?);
    Ok(())
}

/// An import of some of the partner's first customers, ready to be confirmed; its id and the hash of its plan.
async fn import(rest: &Rest, customers: Range<usize>) -> anyhow::Result<(String, String)> {
    let list = rest.get("/api/v1/organizations?linked=false&limit=200").await?;
    ensure!(list["data"].as_array().is_some_and(|rows| rows.len() == 200), "a page of organizations");
    // Even numbers have no account of their own, so a new one is created.
    let row = |number: usize| super::rest::Row {
        organization: format!("o{}", 2 * number + 2),
        name: format!("New customer {number}"),
        account: super::importing::new_account(&format!("New customer {number}")),
        plan: "plan".to_owned(),
        template: Some("office"),
    };
    rest.ready(&customers.map(row).collect::<Vec<_>>()).await
}

/// Every screen, and every list of the REST API as it is usually asked for.
async fn ask_everything(site: &Site, rest: &Rest, screens: &[(&str, String)]) -> anyhow::Result<()> {
    let cookie = site.session("Nora Quist").await?;
    let client = client()?;
    let screens = screens.iter().map(|(_, path)| path.clone());
    let customers = format!("/p/{}/customers", site.partner.partner_key);
    let more = [
        "?search=customer%2077",
        "?sort=-endpoints",
        "?sort=reference",
        "?tab=linked",
        "?tab=linked&search=customer%2077",
    ];
    for path in screens.chain(more.iter().map(|query| format!("{customers}{query}"))) {
        let answer = client.get(format!("{}{path}", rest.url)).header("cookie", &cookie).send().await?;
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        answer.bytes().await?;
    }
    for path in [
        "/api/v1/organizations?limit=100",
        "/api/v1/organizations?linked=true&limit=100",
        "/api/v1/organizations?linked=false&search=customer&sort=-endpoints&limit=100",
        "/api/v1/accounts?assigned=false&limit=100",
        "/api/v1/accounts?search=customer%2077&limit=100",
        "/api/v1/service-plans",
        "/api/v1/license-pools",
        "/api/v1/templates",
        "/api/v1/links?limit=100",
        "/api/v1/inventory",
        "/api/v1/imports",
    ] {
        let first = rest.get(path).await?;
        if let Some(cursor) = first["next_cursor"].as_str() {
            rest.get(&format!("{path}&cursor={cursor}")).await?;
        }
    }
    Ok(())
}

/// What each different statement did when it did most.
fn statements(log: &str) -> anyhow::Result<BTreeMap<String, Done>> {
    let mut found: BTreeMap<String, Done> = BTreeMap::new();
    for line in log.lines().filter(|line| line.contains("sqlx::postgres::notice")) {
        let line: Value = serde_json::from_str(line).context("a line of the log is an object")?;
        let message = ["/message", "/fields/message"].iter().find_map(|path| line.pointer(path)?.as_str());
        let Some((duration, plan)) = message.and_then(|message| message.split_once("plan:")) else { continue };
        let plan: Value = serde_json::from_str(plan).context("a plan is an object")?;
        let mut done = Done::default();
        note(&plan["Plan"], &mut done);
        done.milliseconds = duration.split_ascii_whitespace().nth(1).and_then(|ms| ms.parse().ok()).unwrap_or(0.0);
        let text = plan["Query Text"].as_str().context("a plan has its statement")?;
        let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let kept = found.entry(text).or_default();
        if done.rows >= kept.rows {
            *kept = done;
        }
    }
    Ok(found)
}

/// Adds what a node and all below it read.
fn note(node: &Value, done: &mut Done) {
    let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
    if let Some(table) = node["Relation Name"].as_str() {
        let kind = node["Node Type"].as_str().unwrap_or_default();
        let each = number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows are counted, never negative")]
        let rows = (each * number("Actual Loops")).round() as u64;
        let scan = match node["Index Name"].as_str() {
            Some(index) => format!("{kind} on {index}"),
            None => format!("{kind} on {table}"),
        };
        *done.scans.entry(scan).or_default() += rows;
        done.rows += rows;
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        note(below, done);
    }
}

/// The statements that read most, with how.
fn table(statements: &BTreeMap<String, Done>) -> anyhow::Result<String> {
    let mut most: Vec<_> = statements.iter().collect();
    most.sort_by_key(|(_, done)| std::cmp::Reverse(done.rows));
    let mut text = "## How the statements that read most find their rows\n\n| statement | rows read | ms | by |\n|---|---|---|---|\n".to_owned();
    for (statement, done) in most.into_iter().take(15) {
        let start: String = statement.replace('|', "\\|").chars().take(110).collect();
        let scans: Vec<_> = done.scans.iter().map(|(scan, rows)| format!("{scan}: {rows}")).collect();
        writeln!(text, "| `{start}…` | {} | {:.1} | {} |", done.rows, done.milliseconds, scans.join("; "))?;
    }
    Ok(text)
}
