//! Imports that are taken back.

use super::flow::{Ready, Row, existing};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use worryfree_plugin::sandbox::{Api, Change, Effect, Which, World};

/// Three rows: two new accounts, and a link to one that has a subscription, whose seats change.
async fn imported(stage: &Stage) -> (Ready, String) {
    stage.inventory_is_read().await;
    let organizations = stage.list("/api/v1/organizations?linked=false", 100).await;
    let books = stage.books();
    let linked = organizations.iter().find(|organization| {
        let account = organization["best_match"]["account_id"].as_str();
        account.is_some_and(|id| books.subscriptions.iter().any(|found| found.customer_id == id && found.enabled))
    });
    let linked = linked.expect("somebody is known already");
    let account = linked["best_match"]["account_id"].as_str().unwrap();
    let subscription = books.subscriptions.iter().find(|found| found.customer_id == account).unwrap();
    let row = Row {
        organization: linked["id"].as_str().unwrap().to_owned(),
        account: existing(account),
        plan: subscription.plan_id.clone(),
        seats: Some(subscription.units + 5),
        template: None,
    };
    let mut rows = stage.new_rows(["Acorn Letting Agency", "Delta Scaffolding"], "WFS monthly", 12);
    rows.push(row);
    let (ready, integration) = stage.import(&rows).await;
    assert_eq!(integration["counts"]["total"], 3);
    let done = &integration["counts"];
    assert_eq!(
        done["imported"].as_u64().unwrap() + done["imported_with_warning"].as_u64().unwrap(),
        3,
        "{integration:#}"
    );
    (ready, subscription.id.clone())
}

async fn undone(stage: &Stage, ready: &Ready) -> Value {
    let path = ready.path("/undo");
    stage
        .until("the undo is finished", || async {
            let undo = stage.get(&path).await.ok();
            (undo["status"] == "finished").then_some(undo)
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_costs_money_is_reversed_and_what_stays_is_named() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let (ready, changed) = imported(&stage).await;
    let before = stage.books();
    let proposed = stage.get(&ready.path("/undo")).await.ok();
    assert_eq!(proposed["status"], "possible");
    let kinds: Vec<_> = proposed["items"].as_array().unwrap().iter().map(|item| &item["reversal"]["kind"]).collect();
    assert_eq!(kinds, [&json!("restore_units"), &json!("suspend"), &json!("suspend")], "the last one first");
    assert_eq!(stage.books().effects, before.effects, "looking changes nothing");
    for _ in 0..2 {
        stage.post(&ready.path("/undo"), json!({})).await.is(202);
    }
    let undo = undone(&stage, &ready).await;
    assert!(undo["items"].as_array().unwrap().iter().all(|item| item["status"] == "undone"), "{undo:#}");
    assert!(undo["items"][1]["remains"].as_array().unwrap().iter().any(|reason| reason["code"] == "account_stays"));
    let books = stage.books();
    assert_eq!(books.effect(Change::SubscriptionSuspended), 2);
    let units = |books: &worryfree_plugin::sandbox::Books| {
        books.subscriptions.iter().find(|found| found.id == changed).map(|found| found.units)
    };
    assert_eq!(units(&books), units(&before).map(|units| units - 5));
    assert_eq!(books.violations, Vec::<String>::new());
    assert_eq!(stage.list("/api/v1/organizations?linked=true", 100).await.len(), 0, "nobody is linked any more");
    stage.post(&ready.path("/integration/retry"), json!({})).await.problem(409, "undo-not-possible");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_looked_at_and_a_vendor_that_is_away_is_waited_for() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let (ready, _) = imported(&stage).await;
    let suspend = || Which::new(Api::Lmp).method("PUT").path("*/suspend");
    stage.sandbox().faults().on(suspend().nth(1), Effect::DropAfter);
    stage.post(&ready.path("/undo"), json!({})).await.is(202);
    let undo = undone(&stage, &ready).await;
    assert!(undo["items"].as_array().unwrap().iter().all(|item| item["status"] == "undone"), "{undo:#}");
    assert_eq!(stage.books().effect(Change::SubscriptionSuspended), 2, "each once");
    assert_eq!(stage.books().violations, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_stays_linked_and_says_what_to_do() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let (ready, _) = imported(&stage).await;
    let suspend = Which::new(Api::Lmp).method("PUT").path("*/suspend").every(1);
    stage.sandbox().faults().on(suspend, Effect::StatusBefore(400));
    stage.post(&ready.path("/undo"), json!({})).await.is(202);
    let undo = undone(&stage, &ready).await;
    let refused: Vec<_> = undo["items"].as_array().unwrap().iter().filter(|item| item["status"] == "refused").collect();
    assert_eq!(refused.len(), 2, "{undo:#}");
    assert!(refused[0]["reason"]["message"].as_str().unwrap().contains("console"));
    assert_eq!(stage.list("/api/v1/organizations?linked=true", 100).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_has_not_begun_has_nothing_to_undo() {
    let stage = Stage::new(Options::new(World::believable())).await;
    stage.inventory_is_read().await;
    let rows = stage.new_rows(["Acorn Letting Agency"], "WFS monthly", 12);
    let ready = stage.ready(&rows).await;
    stage.get(&ready.path("/undo")).await.problem(404, "not-found");
    stage.post(&ready.path("/undo"), json!({})).await.problem(404, "not-found");
}
