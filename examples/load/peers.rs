//! The same work as an MSP would script it in Python: straight against the vendors, one customer after another, and with eight
//! asynchronous workers. No looking before creating, no record, no way back after a lost answer.

use super::calls;
use super::importing::{LATENCY, customers, new_account, rows};
use super::report::{Bound, Report};
use super::site::{MODEL, world};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;
use worryfree_plugin::sandbox::{Ambient, Api, KeyPair, Sandbox, SandboxOptions};

/// Runs both scripts; `ours` is how long the service took for the same, in seconds.
pub async fn run(quick: bool, ours: Option<f64>, report: &mut Report) -> anyhow::Result<()> {
    let count = customers(quick);
    for (script, how) in [("sequential.py", "one after another"), ("eight_workers.py", "8 asynchronous workers")] {
        let sandbox = Sandbox::start(SandboxOptions::new(world(count * 2, 50 * count as u64)?)).await?;
        sandbox.faults().set_ambient(Ambient::Latency(LATENCY));
        let took = script_takes(&sandbox, script, &job(&sandbox, count)?).await?;
        let books = sandbox.books();
        ensure!(books.created_subscriptions().len() == count, "{} subscriptions", books.created_subscriptions().len());
        let most = books.most_in_flight.get(&Api::Lmp).copied().unwrap_or(0);
        let calls = calls::since(&books, 0);
        let (lmp, manager) = (calls::to(calls, Api::Lmp), calls::to(calls, Api::RemoteManager));
        let measured = format!("{took:.2} s");
        let how = format!("{how}: {lmp} calls to LMP, {manager} to Remote Manager, up to {most} at once to LMP");
        let (against, ratio) = match ours {
            Some(ours) => (format!("{ours:.2} s of the service. {how}"), took / ours),
            None => (how, 0.0),
        };
        report.figure(&format!("peer: {count} customers by {script}"), measured, against, ratio, Bound::None);
    }
    Ok(())
}

/// From start to end of the script, in seconds.
async fn script_takes(sandbox: &Sandbox, script: &str, job: &Value) -> anyhow::Result<f64> {
    let path = std::env::temp_dir().join(format!("worryfree-load-{}.json", std::process::id()));
    std::fs::write(&path, job.to_string())?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/load/peers");
    let began = Instant::now();
    let mut command = tokio::process::Command::new("python3");
    let run = command.arg("-B").arg(folder.join(script)).arg(&path).kill_on_drop(true).status();
    let status = run.await.context("python3 runs the peers")?;
    let took = began.elapsed();
    std::fs::remove_file(&path)?;
    ensure!(status.success(), "{script} ended with {status}");
    ensure!(sandbox.books().requests.iter().all(|call| call.status == Some(200)), "{script} was refused something");
    Ok(took.as_secs_f64())
}

fn job(sandbox: &Sandbox, count: usize) -> anyhow::Result<Value> {
    let world = sandbox.world();
    let keys = sandbox.credentials();
    let pair = |pair: &KeyPair| json!({ "access_token": pair.access_token, "secret_key": pair.secret_key });
    let plan = world.plan_named("WFS monthly").context("the plan is there")?.id;
    let customer = |name: &str| {
        let mut customer = new_account(name);
        customer["plan"] = plan.clone().into();
        customer["seats"] = 10.into();
        customer
    };
    let names: Vec<_> = rows(world, count)?.into_iter().map(|row| row.name).collect();
    Ok(json!({
        "url": sandbox.lmp_url(),
        "lmp": pair(&keys.lmp),
        "manager": pair(&keys.remote_manager),
        "model": world.customer_named(MODEL).context("the model is there")?.id,
        "recipient": "noc@sample-msp.example",
        "customers": names.iter().map(|name| customer(name)).collect::<Vec<_>>(),
    }))
}
