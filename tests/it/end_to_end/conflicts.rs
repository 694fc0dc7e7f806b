//! Keys, versions, hashes and who holds what: every conflict is answered as the document says. The stage holds each answer to it.

use super::flow::{Ready, errors, existing, new_account};
use super::stage::{Options, Stage};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::sandbox::{Api, Effect, Which, World};
use worryfree_plugin::service::access;

/// Of the inventory.
const PARTS: [&str; 6] = ["organizations", "endpoints", "accounts", "subscriptions", "service_plans", "license_pools"];

async fn stage() -> Stage {
    Stage::new(Options::new(World::generated(8, 40, 9))).await
}

fn organization(stage: &Stage, index: usize) -> String {
    stage.world().organizations()[index].id.clone()
}

fn name(stage: &Stage, index: usize) -> String {
    stage.world().organizations()[index].name.clone()
}

async fn ready(stage: &Stage, index: usize) -> Ready {
    stage.ready(&stage.new_rows([name(stage, index).as_str()], "WFS monthly", 10)).await
}

fn is_replay(answer: &crate::api::contract::Answer) -> bool {
    answer.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_answers_what_it_answered_first() {
    let stage = stage().await;
    let body = json!({ "organization_ids": [organization(&stage, 0), organization(&stage, 1)] });
    let first = stage.post_as("k", "/api/v1/imports", body.clone()).await;
    assert!(!is_replay(&first));
    let location = first.headers["location"].clone();
    let import = first.is(201);
    let path = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
    assert_eq!(location, path.as_str());
    let items = json!([{ "organization_id": organization(&stage, 0), "account": new_account("Another") }]);
    stage.put(&format!("{path}/accounts"), json!({ "version": 1, "items": items })).await.ok();
    let again = stage.post_as("k", "/api/v1/imports", body).await;
    assert!(is_replay(&again) && again.headers["location"] == path.as_str());
    assert_eq!(again.is(201), import, "as it was answered, not as it is now");
    let other = json!({ "organization_ids": [organization(&stage, 2)] });
    stage.post_as("k", "/api/v1/imports", other.clone()).await.problem(422, "idempotency-key-reused");
    stage.send(Method::POST, "/api/v1/imports", Some(other), None).await.problem(400, "idempotency-key-missing");
    assert_eq!(stage.list("/api/v1/imports", 10).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_its_path_and_keeps_refusals_too() {
    let stage = stage().await;
    let body = json!({ "organization_ids": ["1"] });
    let refused = stage.post_as("k", "/api/v1/imports", body.clone()).await.problem(422, "validation-failed");
    assert_eq!(errors(&refused), [("/organization_ids/0", "unknown")]);
    let again = stage.post_as("k", "/api/v1/imports", body).await;
    assert!(is_replay(&again));
    assert_eq!(again.problem(422, "validation-failed"), refused);
    let ready = ready(&stage, 0).await;
    let body = json!({ "plan_hash": ready.hash() });
    let started = stage.post_as("k", &ready.path("/integration"), body.clone()).await;
    assert!(!is_replay(&started));
    let started = started.is(202);
    stage.finished(&ready).await;
    let again = stage.post_as("k", &ready.path("/integration"), body.clone()).await;
    assert!(is_replay(&again));
    assert_eq!(again.is(202), started);
    let other_key = stage.post(&ready.path("/integration"), body).await;
    assert_eq!(other_key.is(200)["status"], "finished", "another key gets the integration there is");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_late_is_told_what_has_changed() {
    let stage = stage().await;
    let ready = ready(&stage, 0).await;
    let import = stage.get(&ready.path("")).await.ok();
    let version = import["version"].as_u64().unwrap();
    let seats = |seats: u32| json!([{ "organization_id": organization(&stage, 0), "service_plan_id": stage.plan_id("WFS monthly"), "seats": seats }]);
    let path = ready.path("/service-plans");
    let first = stage.put(&path, json!({ "version": version, "items": seats(20), "order": null })).await.ok();
    assert_eq!(first["version"], version + 1);
    let late = stage.put(&path, json!({ "version": version, "items": seats(30), "order": null })).await;
    let problem = late.problem(409, "stale-version");
    assert_eq!(problem["current_version"], version + 1);
    let change =
        |path: &str| problem["changes"].as_array().unwrap().iter().find(|change| change["path"] == path).cloned();
    let change = change("/items/0/seats").unwrap_or_else(|| panic!("{problem:#}"));
    assert_eq!((&change["before"], &change["after"]), (&json!(10), &json!(20)));
    assert_eq!(stage.get(&ready.path("")).await.ok()["items"][0]["seats"], 20, "nothing is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_plan_that_was_looked_at_is_started() {
    let stage = stage().await;
    let ready = ready(&stage, 0).await;
    let items = json!([{ "organization_id": organization(&stage, 0), "service_plan_id": stage.plan_id("WFS monthly"), "seats": 20 }]);
    stage.step(&ready.id, "service-plans", json!({ "items": items, "order": null })).await.ok();
    let integration = ready.path("/integration");
    let problem = stage.post(&integration, json!({ "plan_hash": ready.hash() })).await.problem(409, "plan-changed");
    let paths: Vec<_> =
        problem["changes"].as_array().unwrap().iter().map(|change| change["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"/items/0/seats"), "{problem:#}");
    let now = stage.get(&ready.path("/plan")).await.ok();
    assert_eq!(problem["current_hash"], now["hash"]);
    let unknown = stage.post(&integration, json!({ "plan_hash": "0123" })).await.problem(409, "plan-changed");
    assert_eq!(unknown["changes"], json!([]));
    assert_eq!(stage.books().created_customers().len(), 0);
    stage.get(&integration).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_taken_in_their_order() {
    let stage = stage().await;
    let rows = stage.new_rows([name(&stage, 0).as_str()], "WFS monthly", 10);
    let import = stage.begin(&rows).await;
    let id = import["id"].as_str().unwrap();
    let path = format!("/api/v1/imports/{id}");
    let templates = json!({ "items": [{ "organization_id": organization(&stage, 0), "template_id": null }] });
    let problem = stage.step(id, "templates", templates).await.problem(409, "import-incomplete");
    assert_eq!(problem["step"], "accounts");
    let to_partner = json!({ "send_all_to_partner": true, "recipients": [] });
    stage.step(id, "notifications", to_partner).await.problem(409, "import-incomplete");
    stage.get(&format!("{path}/plan")).await.problem(409, "import-incomplete");
    stage.post(&format!("{path}/integration"), json!({ "plan_hash": "x" })).await.problem(409, "import-incomplete");
    assert_eq!(stage.get(&path).await.ok()["version"], import["version"], "nothing was stored");
    let extra = json!({ "version": 1, "items": [], "force": true });
    let refused = stage.put(&format!("{path}/accounts"), extra).await.problem(422, "validation-failed");
    assert!(errors(&refused).contains(&("/force", "unknown_field")), "{refused:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_running_import_holds_is_out_of_reach_until_it_has_ended() {
    let stage = stage().await;
    let ready = ready(&stage, 0).await;
    let slow = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers").nth(1);
    stage.sandbox().faults().on(slow, Effect::Delay(Duration::from_secs(6)));
    stage.integrate(&ready).await;
    let body = json!({ "organization_ids": [organization(&stage, 0), organization(&stage, 1)] });
    let problem = stage.post("/api/v1/imports", body.clone()).await.problem(409, "organization-importing");
    let held = problem["organizations"].as_array().unwrap();
    assert_eq!((held.len(), &held[0]["import_id"], &held[0]["by"]), (1, &json!(ready.id), &json!("end to end")));
    let listed = stage.get("/api/v1/organizations?limit=200").await.ok();
    let of = |listed: &Value, id: &str| {
        listed["data"].as_array().unwrap().iter().find(|organization| organization["id"] == id).unwrap().clone()
    };
    assert_eq!(of(&listed, &organization(&stage, 0))["import_id"], ready.id.as_str());
    let templates = json!({ "items": [{ "organization_id": organization(&stage, 0), "template_id": null }] });
    let problem = stage.step(&ready.id, "templates", templates).await.problem(409, "import-not-editable");
    assert_eq!(problem["import_status"], "integrating");
    let other = json!({ "plan_hash": "another" });
    stage.post(&ready.path("/integration"), other).await.problem(409, "import-not-editable");
    stage.finished(&ready).await;
    let problem = stage.post("/api/v1/imports", body).await.problem(409, "organization-linked");
    assert!(!problem["organizations"][0]["account_id"].is_null());
    let listed = stage.get("/api/v1/organizations?limit=200").await.ok();
    let row = of(&listed, &organization(&stage, 0));
    assert!(row["import_id"].is_null() && !row["link"].is_null(), "{row:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_belongs_to_one_organization() {
    let stage = stage().await;
    let account = stage.world().customer_named(&name(&stage, 2)).unwrap().id;
    let rows = stage.new_rows([name(&stage, 5).as_str(), name(&stage, 7).as_str()], "WFS monthly", 10);
    let import = stage.begin(&rows).await;
    let id = import["id"].as_str().unwrap();
    let chosen =
        |index: usize| json!({ "organization_id": organization(&stage, index), "account": existing(&account) });
    let twice = json!({ "items": [chosen(5), chosen(7)] });
    let problem = stage.step(id, "accounts", twice).await.problem(422, "validation-failed");
    assert_eq!(errors(&problem), [("/items/1/account/account_id", "duplicate")]);
    let mut linking = stage.new_rows([name(&stage, 2).as_str()], "WFS monthly", 10);
    linking[0].account = existing(&account);
    let slow = Which::new(Api::Lmp).nth(3);
    stage.sandbox().faults().on(slow, Effect::Delay(Duration::from_secs(5)));
    let ready = stage.ready(&linking).await;
    stage.integrate(&ready).await;
    // While it is being imported, and once it is linked.
    for status in ["running", "finished"] {
        stage.integration(&ready, status, |integration| integration["status"] == status).await;
        let once = json!({ "items": [chosen(5)] });
        let problem = stage.step(id, "accounts", once).await.problem(409, "account-assigned");
        assert_eq!(problem["accounts"][0]["organization_id"], organization(&stage, 2).as_str());
        assert_eq!(problem["accounts"][0]["import_id"], ready.id.as_str());
        let free = stage.list("/api/v1/accounts?assigned=false", 50).await;
        assert!(free.iter().all(|found| found["id"] != account.as_str()), "it is not offered");
    }
    let unknown =
        json!({ "items": [{ "organization_id": organization(&stage, 5), "account": existing("no-such-account") }] });
    let problem = stage.step(id, "accounts", unknown).await.problem(422, "validation-failed");
    assert_eq!(errors(&problem), [("/items/0/account/account_id", "unknown")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inventory_that_is_too_old_spends_nothing() {
    let stage = stage().await;
    let ready = ready(&stage, 0).await;
    let integration = ready.path("/integration");
    let body = json!({ "plan_hash": ready.hash() });
    age(&stage, 2).await;
    let problem = stage.get(&ready.path("/plan")).await.problem(409, "inventory-stale");
    assert!(!problem["refreshed_at"].is_null());
    stage.post_as("k", &integration, body.clone()).await.problem(409, "inventory-stale");
    stage.get(&integration).await.problem(404, "not-found");
    assert_eq!(stage.get(&ready.path("")).await.ok()["step"], "ready", "the draft can still be worked on");
    stage.refresh().await;
    let replayed = stage.post_as("k", &integration, body.clone()).await;
    assert!(is_replay(&replayed), "the key keeps its answer");
    stage.post(&integration, body).await.is(202);
    stage.finished(&ready).await;
    age(&stage, 2).await;
    assert_eq!(stage.get(&ready.path("/plan")).await.ok()["hash"], ready.hash(), "the plan that was followed stays");
}

/// One part that is old is enough: what is planned is only as fresh as the oldest of them.
#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_part_of_the_inventory_counts() {
    let stage = stage().await;
    let ready = ready(&stage, 0).await;
    for part in PARTS {
        age_part(&stage, part, 2).await;
        stage.get(&ready.path("/plan")).await.problem(409, "inventory-stale");
        age_part(&stage, part, 0).await;
        stage.get(&ready.path("/plan")).await.ok();
    }
}

async fn age(stage: &Stage, hours: u32) {
    for part in PARTS {
        age_part(stage, part, hours).await;
    }
}

async fn age_part(stage: &Stage, part: &str, hours: u32) {
    let statement = "update inventory_part set refreshed_at = now() - make_interval(hours => $2) where part = $1";
    let query = sqlx::query(statement).bind(part).bind(i32::try_from(hours).unwrap());
    assert_eq!(query.execute(stage.plugin.database.pool()).await.unwrap().rows_affected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_partner_sees_nothing_of_it() {
    let mut stage = stage().await;
    let ready = ready(&stage, 0).await;
    let other = PartnerId(uuid::Uuid::now_v7());
    let insert =
        "insert into partner (partner_id, partner_key, name, email) values ($1, 'other', 'Other MSP', 'a@b.example')";
    sqlx::query(insert).bind(other.0).execute(stage.plugin.database.pool()).await.unwrap();
    let own =
        std::mem::replace(&mut stage.rest.token, access::issue_token(&stage.plugin.app, other, "other").await.unwrap());
    stage.get(&ready.path("")).await.problem(404, "not-found");
    stage.get(&ready.path("/plan")).await.problem(404, "not-found");
    stage.ask(&ready.path("/integration/stop")).await.problem(404, "not-found");
    stage.ask(&ready.path("/integration/retry")).await.problem(404, "not-found");
    let body = json!({ "plan_hash": ready.hash() });
    stage.post(&ready.path("/integration"), body.clone()).await.problem(404, "not-found");
    for list in ["organizations", "accounts", "service-plans", "license-pools", "templates", "links", "imports"] {
        assert_eq!(stage.list(&format!("/api/v1/{list}"), 10).await.len(), 0, "{list}");
    }
    let create = json!({ "organization_ids": [organization(&stage, 0)] });
    let problem = stage.post("/api/v1/imports", create).await.problem(409, "inventory-missing");
    assert!(problem["refreshed_at"].is_null());
    stage.rest.token = own;
    stage.post(&ready.path("/integration"), body).await.is(202);
    stage.rest.token = "wfp_wrong".to_owned();
    stage.get(&ready.path("")).await.problem(401, "unauthenticated");
}
