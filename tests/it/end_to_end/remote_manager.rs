//! Notifications and templates: what fails there never takes away what is done, and can be taken up again.

use super::flow::{Row, existing, reasons, statuses};
use super::stage::{Options, PARTNER_EMAIL, Stage};
use serde_json::json;
use std::time::Duration;
use worryfree_plugin::sandbox::{Api, Change, Effect, Which, World};

const TEMPLATE: &str = "office-standard";

/// Organizations without an account.
const NAMES: [&str; 12] = [
    "Oakleaf Property",
    "Redwood Physio",
    "Thornbury Bakery",
    "Umbra Lighting",
    "Valley Print Works",
    "Westbrook Church",
    "Yellow Door Charity",
    "Acorn Letting Agency",
    "Delta Scaffolding",
    "Elmwood Golf Club",
    "Quayside Fisheries",
    "Xenon Labs",
];

async fn stage(product_wait: Duration) -> Stage {
    Stage::new(Options { remote_manager: true, product_wait, ..Options::new(World::believable()) }).await
}

/// Rows with a new account each and the template.
fn rows(stage: &Stage, names: &[&str]) -> Vec<Row> {
    let rows = stage.new_rows(names.iter().copied(), "WFS monthly", 10).into_iter();
    rows.map(|row| Row { template: Some(TEMPLATE.to_owned()), ..row }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_configured_like_their_model_in_batches() {
    let stage = stage(Duration::from_secs(30)).await;
    stage.world().configure(|quirks| quirks.remote_manager.product_delay = Duration::from_secs(1));
    let before = stage.books();
    let (ready, finished) = stage.import(&rows(&stage, &NAMES)).await;
    assert_eq!(statuses(&finished), ["imported"; 12], "{finished:#}");
    stage.books_equal_plan(&before, &ready, &finished).await;
    let books = stage.books();
    for part in ["notif_settings", "policies", "global_settings"] {
        let puts = books.requests_to(Api::RemoteManager, "PUT", part);
        assert!(puts.len() < NAMES.len(), "{part}: {} calls for {} accounts", puts.len(), NAMES.len());
        assert!(puts.iter().all(|request| request.query.contains("cids=")), "{part} names whom it is for");
    }
    let links = stage.list("/api/v1/links", 50).await;
    assert!(links.iter().all(|link| link["template_id"] == TEMPLATE));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_go_out_for_ten_at_a_time_although_products_come_one_by_one() {
    let stage = stage(Duration::from_mins(1)).await;
    stage.world().configure(|quirks| quirks.remote_manager.product_delay = Duration::from_hours(1));
    let before = stage.books();
    let ready = stage.ready(&rows(&stage, &NAMES)).await;
    stage.integrate(&ready).await;
    let waiting = |found: &serde_json::Value| statuses(found).iter().all(|status| *status == "waiting_for_product");
    let waiting = stage.integration(&ready, "they wait for their products", waiting).await;
    for (place, item) in waiting["items"].as_array().unwrap().iter().enumerate() {
        let ready = chrono::Utc::now() + chrono::TimeDelta::milliseconds(400 * i64::try_from(place).unwrap());
        stage.world().edit_company(item["account_id"].as_str().unwrap(), |company| company.ready = ready);
    }
    let finished = stage.finished(&ready).await;
    assert_eq!(statuses(&finished), ["imported"; 12], "{finished:#}");
    stage.books_equal_plan(&before, &ready, &finished).await;
    let calls = |part: &str| stage.books().requests_to(Api::RemoteManager, "PUT", part).len();
    assert_eq!(calls("notif_settings"), 2, "ten and two");
    assert_eq!(calls("global_settings"), 2, "ten and two");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_existed_keeps_a_reason_to_look_at_it() {
    let stage = stage(Duration::from_secs(30)).await;
    let mut rows = rows(&stage, &["Harbour Dental Group"]);
    rows[0].account = existing(&stage.world().customer_named("Harbour Dental Group").unwrap().id);
    rows[0].seats = Some(50);
    let before = stage.books();
    let (ready, finished) = stage.import(&rows).await;
    assert_eq!(ready.plan["items"][0]["reason"]["code"], "verify_settings");
    assert_eq!(ready.plan["items"][0]["seats_before"], 10);
    assert_eq!(statuses(&finished), ["imported"]);
    stage.books_equal_plan(&before, &ready, &finished).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_refused_is_a_warning_and_can_be_taken_up_again() {
    let stage = stage(Duration::from_secs(30)).await;
    let policies = Which::new(Api::RemoteManager).method("PUT").path("*/policies");
    let rule = stage.sandbox().faults().on(policies, Effect::StatusBefore(400));
    let before = stage.books();
    let (ready, finished) = stage.import(&rows(&stage, &["Oakleaf Property", "Redwood Physio"])).await;
    let warned = "imported_with_warning";
    assert_eq!(statuses(&finished), [warned; 2], "{finished:#}");
    assert_eq!(reasons(&finished), [Some("template_not_applied"); 2]);
    assert_eq!(finished["counts"]["imported_with_warning"], 2);
    let links = stage.list("/api/v1/links", 50).await;
    assert!(links.len() == 2 && links.iter().all(|link| link["template_id"].is_null()), "none was applied: {links:#?}");
    let first = finished["items"][0]["account_id"].as_str().unwrap();
    assert_eq!(stage.world().company(first).unwrap().recipients(), [PARTNER_EMAIL], "the notifications are set");
    stage.sandbox().faults().remove(rule);
    let notified = || stage.books().requests_to(Api::RemoteManager, "PUT", "notif_settings").len();
    let before_retry = notified();
    stage.ask(&ready.path("/integration/retry")).await.is(202);
    let what = "the template is applied";
    let finished = stage.integration(&ready, what, |integration| integration["counts"]["imported"] == 2).await;
    stage.books_equal_plan(&before, &ready, &finished).await;
    assert_eq!(notified(), before_retry, "what is done is not sent again");
    let links = stage.list("/api/v1/links", 50).await;
    assert!(links.iter().all(|link| link["template_id"] == TEMPLATE), "{links:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_does_not_appear_is_a_warning_and_waited_for_again() {
    let stage = stage(Duration::from_secs(2)).await;
    stage.world().configure(|quirks| quirks.remote_manager.product_delay = Duration::from_hours(1));
    let before = stage.books();
    let ready = stage.ready(&rows(&stage, &["Oakleaf Property"])).await;
    stage.integrate(&ready).await;
    let waiting = stage
        .integration(&ready, "it waits for the product", |integration| statuses(integration) == ["waiting_for_product"])
        .await;
    assert!(!waiting["items"][0]["subscription_id"].is_null(), "the subscription is known by now");
    let finished = stage.finished(&ready).await;
    assert_eq!(
        (statuses(&finished), reasons(&finished)),
        (vec!["imported_with_warning"], vec![Some("product_not_ready")])
    );
    let account = finished["items"][0]["account_id"].as_str().unwrap();
    stage.world().edit_company(account, |company| company.ready = chrono::Utc::now());
    stage.ask(&ready.path("/integration/retry")).await.is(202);
    let finished = stage
        .integration(&ready, "it is imported", |integration| {
            integration["status"] == "finished" && statuses(integration) == ["imported"]
        })
        .await;
    stage.books_equal_plan(&before, &ready, &finished).await;
    assert_eq!(stage.books().effect(Change::SubscriptionCreated), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_of_remote_manager_hold_the_run_but_lose_nothing() {
    let stage = stage(Duration::from_secs(30)).await;
    stage.world().configure(|quirks| quirks.remote_manager.revoked = true);
    let before = stage.books();
    let ready = stage.ready(&rows(&stage, &["Oakleaf Property", "Redwood Physio"])).await;
    stage.integrate(&ready).await;
    let waiting = stage.integration(&ready, "the run waits", |integration| integration["status"] == "waiting").await;
    assert_eq!(waiting["waiting_for"]["code"], "credentials_refused");
    assert!(waiting["waiting_for"]["message"].as_str().unwrap().contains("Remote Manager"));
    stage.world().configure(|quirks| quirks.remote_manager.revoked = false);
    stage.ask(&ready.path("/integration/retry")).await.is(202);
    let finished = stage.finished(&ready).await;
    assert_eq!(statuses(&finished), ["imported"; 2], "{finished:#}");
    stage.books_equal_plan(&before, &ready, &finished).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_remote_manager_nothing_of_it_is_offered() {
    let stage = Stage::new(Options::new(World::believable())).await;
    assert_eq!(stage.list("/api/v1/templates", 10).await.len(), 0);
    let rows = stage.new_rows(["Oakleaf Property"], "WFS monthly", 10);
    let import = stage.ready(&rows).await;
    assert_eq!(import.plan["items"][0]["actions"], json!(["create_account", "create_subscription"]));
    let wish = json!({ "items": [{ "organization_id": rows[0].organization, "template_id": TEMPLATE }] });
    let problem = stage.step(&import.id, "templates", wish).await.problem(422, "validation-failed");
    assert_eq!(super::flow::errors(&problem), [("/items/0/template_id", "unknown")]);
    stage.integrate(&import).await;
    assert_eq!(statuses(&stage.finished(&import).await), ["imported"]);
    assert_eq!(stage.books().requests_to(Api::RemoteManager, "PUT", "").len(), 0);
}
