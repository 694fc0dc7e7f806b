//! The same work as an MSP would script it: straight against the vendors, one customer after the other, and with eight
//! workers. No looking before creating, no record, no way back after a lost answer.

use super::calls;
use super::importing::{LATENCY, customers, new_account, rows};
use super::report::{Bound, Report};
use super::site::{MODEL, world};
use anyhow::{Context, ensure};
use futures_util::stream::{self, TryStreamExt};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::time::Instant;
use worryfree_plugin::sandbox::{Ambient, Api, KeyPair, Sandbox, SandboxOptions, Signed};

/// A script's way to Trend Micro.
struct Script {
    client: Client,
    url: String,
    lmp: KeyPair,
    manager: KeyPair,
    model: String,
}

pub async fn run(quick: bool, report: &mut Report) -> anyhow::Result<()> {
    for workers in [1, 8] {
        let count = customers(quick);
        let sandbox = Sandbox::start(SandboxOptions::new(world(count * 2, 50 * count as u64)?)).await?;
        sandbox.faults().set_ambient(Ambient::Latency(LATENCY));
        let model = sandbox.world().customer_named(MODEL).context("the model is there")?.id;
        let keys = sandbox.credentials();
        let url = sandbox.lmp_url().to_owned();
        let script = Script { client: Client::new(), url, lmp: keys.lmp, manager: keys.remote_manager, model };
        let work = rows(sandbox.world(), count)?;
        let names: Vec<_> = sandbox.world().organizations().into_iter().skip(1).step_by(2).take(count).collect();
        let began = Instant::now();
        stream::iter(names.iter().zip(&work).map(Ok::<_, anyhow::Error>))
            .try_for_each_concurrent(workers, |(organization, row)| script.import(&organization.name, &row.plan))
            .await?;
        let took = began.elapsed().as_secs_f64();
        let books = sandbox.books();
        ensure!(books.created_subscriptions().len() == count, "{} subscriptions", books.created_subscriptions().len());
        let most = books.most_in_flight.get(&Api::Lmp).copied().unwrap_or(0);
        let calls = calls::since(&books, 0);
        let against = format!(
            "{} calls to LMP, {} to Remote Manager; up to {most} at once to LMP",
            calls::to(calls, Api::Lmp),
            calls::to(calls, Api::RemoteManager)
        );
        let what = format!("peer: the same {count} customers by a script with {workers} at a time");
        report.figure(&what, format!("{took:.2} s"), against, 0.0, Bound::None);
    }
    Ok(())
}

impl Script {
    async fn import(&self, name: &str, plan: &str) -> anyhow::Result<()> {
        let mut account = new_account(name);
        let customer = json!({ "company": account["company"].take(), "contact": account["contact"].take() });
        let created = self.lmp(Method::POST, "/LMPI/v3/customers", &customer).await?;
        let id = created["customer_id"].as_str().context("the answer names the customer")?;
        let subscription = json!({ "service_plan_id": plan, "units_per_license": 10 });
        self.lmp(Method::POST, &format!("/LMPI/v3/customers/{id}/subscriptions"), &subscription).await?;
        self.manager(Method::POST, &format!("initialize?cids={id}"), None).await?;
        let recipients = json!({ "notif_setting": { "recipients": ["noc@sample-msp.example"] } });
        self.manager(Method::PUT, &format!("notif_settings?cids={id}&sync=true"), Some(recipients)).await?;
        let answer = self.manager(Method::GET, &format!("customers/groups?cids={id}&page=1&limit=100"), None).await?;
        for group in groups(&answer) {
            let copy = json!({ "replicate_from": { "cid": self.model, "gid": group } });
            let path = format!("policies?cids={id}&gids={group}&os=win&sync=true");
            self.manager(Method::PUT, &path, Some(copy)).await?;
        }
        let copy = json!({ "replicate_from": { "cid": self.model } });
        self.manager(Method::PUT, &format!("global_settings?cids={id}&sync=true"), Some(copy)).await?;
        Ok(())
    }

    async fn lmp(&self, method: Method, target: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(&self.lmp, method, target, Some(body.to_string())).await
    }

    async fn manager(&self, method: Method, rest: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let target = format!("/SMPI/v2.8/service/wfbss/api/{rest}");
        self.send(&self.manager, method, &target, body.map(|body| body.to_string())).await
    }

    async fn send(&self, keys: &KeyPair, method: Method, target: &str, body: Option<String>) -> anyhow::Result<Value> {
        let time = chrono::Utc::now().timestamp().to_string();
        let body = body.unwrap_or_default();
        let signed = Signed { posix_time: &time, method: method.as_str(), target, body: body.as_bytes() };
        let request = self
            .client
            .request(method.clone(), format!("{}{target}", self.url))
            .header("x-access-token", &keys.access_token)
            .header("x-posix-time", &time)
            .header("x-signature", signed.signature(&keys.secret_key))
            .header("x-traceid", uuid::Uuid::new_v4().to_string())
            .header("content-type", "application/json; charset=utf-8");
        let answer = request.body(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{method} {target}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

/// The ids of all groups in an answer.
fn groups(answer: &Value) -> Vec<u64> {
    let customers = answer["customers"].as_array().into_iter().flatten();
    customers
        .flat_map(|customer| customer["groups"].as_array().into_iter().flatten())
        .filter_map(|group| group["id"].as_u64())
        .collect()
}
