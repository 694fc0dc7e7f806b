//! Importing at scale: new customers with a template, against vendors that take their time.

use super::calls;
use super::reading;
use super::report::{Bound, Report, as_f64};
use super::rest::{Rest, Row};
use super::site::{Server, Site, Vsa, world};
use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Ambient, Api, World};

pub const LATENCY: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_mins(5);
/// Requests under way at once, as `config/default.toml` has them.
const LMP_IN_FLIGHT: f64 = 4.0;
const MANAGER_IN_FLIGHT: f64 = 2.0;

pub fn customers(quick: bool) -> usize {
    if quick { 20 } else { 200 }
}

/// The account that is created for an organization.
pub fn new_account(name: &str) -> Value {
    json!({
        "mode": "create",
        "company": { "name": name, "address": "1 Quay", "city": "Poole", "state": "Dorset", "postal_code": "BH15 1AA", "country": "GB" },
        "contact": { "first_name": "Ana", "last_name": "Reyes", "email": "ana@customer.example" },
    })
}

/// Rows with new accounts for organizations that have none: every other one of a generated world.
pub fn rows(world: &World, count: usize) -> anyhow::Result<Vec<Row>> {
    let plan = world.plan_named("WFS monthly").context("the plan is there")?.id;
    let without = world.organizations().into_iter().skip(1).step_by(2).take(count);
    let row = |organization: worryfree_plugin::sandbox::Organization| Row {
        account: new_account(&organization.name),
        organization: organization.id,
        name: organization.name,
        plan: plan.clone(),
        template: Some("office"),
    };
    Ok(without.map(row).collect())
}

/// Confirms an import and waits until it has ended well.
pub async fn integrate(site: &Site, rest: &Rest, id: &str, hash: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    rest.post(&format!("/api/v1/imports/{id}/integration"), Some(json!({ "plan_hash": hash }))).await?;
    loop {
        let status = sqlx::query_scalar("select status from import where import_id = $1::uuid").bind(id);
        let status: String = status.fetch_one(&site.pool).await?;
        match status.as_str() {
            "completed" => return Ok(()),
            "integrating" if began.elapsed() < PATIENCE => tokio::time::sleep(Duration::from_millis(10)).await,
            other => bail!("the import is {other}"),
        }
    }
}

/// Gives how long it took, in seconds.
pub async fn run(server: &Server, quick: bool, report: &mut Report) -> anyhow::Result<f64> {
    let count = customers(quick);
    let world = world(count * 2, 50 * count as u64)?;
    world.configure(|quirks| {
        quirks.in_flight_limit.insert(Api::Lmp, 4);
        quirks.in_flight_limit.insert(Api::RemoteManager, 2);
    });
    let site = Site::new(server, "importing", world, Vsa::Nine).await?;
    let (_process, rest) = site.serve(&[], None).await?;
    reading::read(&site.pool, &rest).await?;
    let (id, hash) = rest.ready(&rows(site.sandbox.world(), count)?).await?;
    site.sandbox.faults().set_ambient(Ambient::Latency(LATENCY));
    let first = site.sandbox.books().requests.len();
    let began = Instant::now();
    integrate(&site, &rest, &id, &hash).await?;
    let took = began.elapsed().as_secs_f64();
    let books = site.sandbox.books();
    let calls = calls::since(&books, first);
    ensure!(books.violations.is_empty(), "the vendors' rules were broken: {:?}", books.violations);
    ensure!(books.created_customers().len() == count, "{} accounts", books.created_customers().len());
    ensure!(books.created_subscriptions().len() == count, "{} subscriptions", books.created_subscriptions().len());
    let (lmp, manager) = (calls::to(calls, Api::Lmp), calls::to(calls, Api::RemoteManager));
    let latency = LATENCY.as_secs_f64();
    let bound = (as_f64(lmp) * latency / LMP_IN_FLIGHT).max(as_f64(manager) * latency / MANAGER_IN_FLIGHT);
    let against = format!(
        "{bound:.2} s: {lmp} calls to LMP × {} ms ÷ 4; {manager} to Remote Manager ÷ 2 beside them",
        LATENCY.as_millis()
    );
    let what = format!("{count} new customers, subscribed, notified, with a template");
    report.figure(&what, format!("{took:.2} s"), against, took / bound, Bound::AtMost(1.15));
    for (api, name, most) in [(Api::Lmp, "LMP", 4), (Api::RemoteManager, "Remote Manager", 2)] {
        let seen = calls.iter().filter(|call| call.api == api).map(|call| call.in_flight).max().unwrap_or(0) as u64;
        let ratio = as_f64(seen) / as_f64(most);
        let what = format!("importing: most requests under way to {name}");
        report.figure(&what, seen.to_string(), format!("{most} allowed"), ratio, Bound::AtMost(1.0));
    }
    report.note(format!("## Calls of {count} imports\n\n{}", calls::table(calls, count as u64)));
    Ok(took)
}
