//! What ends a partner's spending: caps and the freeze.

use super::flow::new_rows;
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use std::time::Duration;
use worryfree_plugin::sandbox::{Ambient, World};
use worryfree_plugin::service::caps::{self, CapReached, Caps};
use worryfree_plugin::service::freeze;

/// The first customers of the world.
fn names(stage: &Stage, range: std::ops::Range<usize>) -> Vec<String> {
    stage
        .world()
        .organizations()
        .into_iter()
        .map(|organization| organization.name)
        .skip(range.start)
        .take(range.len())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_partner_has_nothing_sent_and_is_told() {
    let stage = Stage::new(Options::new(World::generated(4, 200, 3))).await;
    let names = names(&stage, 0..2);
    let rows = new_rows(stage.world(), names.iter().map(String::as_str), "WFS monthly", 10);
    let ready = stage.rest.ready(&rows).await;
    let (app, partner) = (&stage.plugin.app, stage.plugin.partner_id());
    assert!(freeze::freeze(app, partner, "A drill").await.unwrap());
    assert!(!freeze::freeze(app, partner, "Again").await.unwrap());
    let before = stage.books();
    let path = ready.path("/integration");
    let problem = stage.rest.post(&path, json!({ "plan_hash": ready.hash() })).await.problem(409, "frozen");
    assert!(problem["detail"].as_str().unwrap().contains("A drill"), "{problem}");
    assert_eq!(stage.books().customers.len(), before.customers.len(), "nothing was sent");
    assert_eq!(freeze::unfreeze_all(app).await.unwrap(), 1);
    stage.rest.post(&path, json!({ "plan_hash": ready.hash() })).await.is(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_beyond_a_cap_is_refused_before_anything_is_sent() {
    let stage = Stage::new(Options::new(World::generated(6, 200, 3))).await;
    let mut app = stage.plugin.app.clone();
    let mut limits = (*app.limits).clone();
    limits.caps = Caps { accounts_per_hour: 2, ..Caps::default() };
    app.limits = limits.into();
    let (mut foreseen, mut starts) = (Vec::new(), Vec::new());
    for range in [0..2, 2..3] {
        let names = names(&stage, range);
        let rows = new_rows(stage.world(), names.iter().map(String::as_str), "WFS monthly", 10);
        let ready = stage.rest.ready(&rows).await;
        let caller = worryfree_plugin::service::Caller { partner_id: stage.plugin.partner_id(), name: "Ana".into() };
        let id = worryfree_plugin::domain::ids::ImportId(ready.id.parse().unwrap());
        let plan = worryfree_plugin::service::imports::plan(&app, caller.partner_id, id).await.unwrap();
        foreseen.push(caps::reached(&app, caller.partner_id, &plan).await.unwrap());
        starts.push(worryfree_plugin::service::integrations::start(&app, &caller, id, ready.hash()).await);
    }
    let reached = CapReached { what: "accounts", cap: 2, hours: 1, used: 2, asked: 1 };
    assert_eq!(foreseen, [None, Some(reached)], "known before anybody tries");
    assert!(starts[0].is_ok(), "two are within the cap: {:?}", starts[0].as_ref().err());
    let refused = starts[1].as_ref().expect_err("the third is beyond it").to_string();
    assert_eq!(refused, "more accounts than allowed in 1 hours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_in_the_midst_of_an_import_pauses_it_with_words_and_it_goes_on_by_itself() {
    let stage = Stage::new(Options { items_in_flight: 2, ..Options::new(World::generated(12, 200, 3)) }).await;
    let names = names(&stage, 0..12);
    let rows = new_rows(stage.world(), names.iter().map(String::as_str), "WFS monthly", 10);
    let ready = stage.rest.ready(&rows).await;
    stage.sandbox().faults().set_ambient(Ambient::Latency(Duration::from_millis(60)));
    let path = ready.path("/integration");
    stage.rest.post(&path, json!({ "plan_hash": ready.hash() })).await.is(202);
    let (app, partner, path) = (&stage.plugin.app, stage.plugin.partner_id(), path.as_str());
    look(&stage, path, "some are imported", |found| found["counts"]["imported"] != 0).await;
    assert!(freeze::freeze(app, partner, "A drill").await.unwrap());
    let waiting = look(&stage, path, "it waits", |found| found["status"] == "waiting").await;
    assert_eq!(waiting["waiting_for"]["code"], "frozen", "{waiting:#}");
    let words = waiting["waiting_for"]["message"].as_str().unwrap_or_default();
    assert!(words.contains("operator"), "{waiting:#}");
    assert_ne!(waiting["counts"]["imported"], 12, "{waiting:#}");
    // What was under way may have ended; from now on nothing new is sent.
    let sent = stage.books().customers.len() + stage.books().subscriptions.len();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        stage.books().customers.len() + stage.books().subscriptions.len(),
        sent,
        "nothing is sent while it is frozen"
    );
    assert_eq!(stage.rest.get(path).await.ok()["status"], "waiting");
    assert!(freeze::unfreeze(app, partner).await.unwrap());
    let ended = look(&stage, path, "it goes on to its end", |found| found["status"] == "finished").await;
    assert_eq!(ended["counts"]["imported"], 12, "{ended:#}");
}

/// Waits until the integration looks so.
async fn look(stage: &Stage, path: &str, what: &str, looks: fn(&Value) -> bool) -> Value {
    stage.until(what, || async { Some(stage.rest.get(path).await.ok()).filter(looks) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_frozen_even_who_is_added_later() {
    let stage = Stage::new(Options::new(World::generated(2, 200, 3))).await;
    let app = &stage.plugin.app;
    assert_eq!(freeze::freeze_all(app, "A drill for everybody").await.unwrap(), 1);
    let later = stage.plugin.further_partner("Added later").await.partner_id;
    let rest = stage.as_partner(later).await;
    let names = names(&stage, 0..1);
    let rows = new_rows(stage.world(), names.iter().map(String::as_str), "WFS monthly", 10);
    let ready = rest.ready(&rows).await;
    let path = ready.path("/integration");
    let start = || rest.post(&path, json!({ "plan_hash": ready.hash() }));
    let problem = start().await.problem(409, "frozen");
    assert!(problem["detail"].as_str().unwrap().contains("A drill for everybody"), "{problem}");
    // The end of one partner's own freeze does not end that of everybody.
    assert!(!freeze::unfreeze(app, later).await.unwrap(), "it has none of its own");
    start().await.problem(409, "frozen");
    assert_eq!(freeze::unfreeze_all(app).await.unwrap(), 1);
    start().await.is(202);
}
