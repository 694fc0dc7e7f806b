//! Servers that spell, count and tell the time differently: what is asked for is done all the same, once.

use super::flow::{reasons, statuses};
use super::stage::{Options, Stage};
use chrono::TimeDelta;
use serde_json::Value;
use std::time::Duration;
use worryfree_plugin::sandbox::{Api, Effect, NoSubscription, Quirks, Which, World};

/// Imports three customers on such servers, one link among them, while the answers to the first creations get lost.
async fn import_on(turn: impl FnOnce(&mut Quirks)) -> Value {
    let world = World::generated(8, 200, 3);
    world.configure(turn);
    let stage = Stage::new(Options::new(world.clone())).await;
    let names: Vec<_> = [0, 1, 4].map(|index: usize| world.organizations()[index].name.clone()).to_vec();
    let mut rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 21);
    rows[2].account = super::flow::existing(&world.customer_named(&names[2]).unwrap().id.to_uppercase());
    let ready = stage.ready(&rows).await;
    for path in ["/lmpi/v3/customers", "/lmpi/v3/customers/*/subscriptions"] {
        stage.sandbox().faults().on(Which::new(Api::Lmp).method("POST").path(path).nth(1), Effect::DropAfter);
    }
    let before = stage.books();
    stage.integrate(&ready).await;
    let finished = stage.finished(&ready).await;
    assert_eq!(statuses(&finished), ["imported"; 3], "{finished:#}");
    stage.books_equal_plan(&before, &ready, &finished).await;
    ready.plan
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_may_be_spelled_differently() {
    import_on(|quirks| {
        quirks.lmp.upper_case_ids = true;
        quirks.lmp.numbers_as_text = true;
        quirks.lmp.html_content_type = true;
        quirks.lmp.null_strings = true;
        quirks.vsa.list_without_contacts = true;
        quirks.vsa.session_without_expiry = true;
        quirks.vsa.unauthorized_in_body = true;
        quirks.vsa.session_uses = Some(2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_subscription_may_be_told_in_any_way() {
    for answer in [NoSubscription::BadRequest, NoSubscription::NullId, NoSubscription::EmptyBody] {
        import_on(|quirks| quirks.lmp.no_subscription = answer).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_may_differ_by_minutes_either_way() {
    for minutes in [-9, 9] {
        import_on(|quirks| quirks.clock_offset = TimeDelta::minutes(minutes)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_records_may_show_late() {
    import_on(|quirks| {
        quirks.lmp.customer_lag = Duration::from_millis(1500);
        quirks.lmp.subscription_lag = Duration::from_millis(1500);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_customers_may_be_unknown_for_a_while_and_rows_come_twice() {
    import_on(|quirks| {
        quirks.lmp.unknown_customer = Duration::from_millis(1500);
        quirks.lmp.repeated_rows = true;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_notes_a_person_says_which_account_a_lost_answer_was_about() {
    let world = World::generated(8, 200, 3);
    world.configure(|quirks| quirks.lmp.without_notes = true);
    let stage = Stage::new(Options { settle: Duration::from_mins(10), ..Options::new(world.clone()) }).await;
    let name = world.organizations()[0].name.clone();
    let ready = stage.ready(&stage.new_rows([name.as_str()], "WFS monthly", 10)).await;
    let create = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers").nth(1);
    stage.sandbox().faults().on(create, Effect::DropAfter);
    stage.integrate(&ready).await;
    let asked =
        stage.integration(&ready, "somebody is asked", |integration| statuses(integration) == ["needs_person"]).await;
    assert_eq!(reasons(&asked), [Some("perhaps_created")], "at once, and not when time is up");
    assert_eq!(stage.books().created_customers().len(), 1);
}

/// Refusals of a customer that no document tells of, and what becomes of it.
#[tokio::test(flavor = "multi_thread")]
async fn undocumented_refusals_end_once_nothing_is_found() {
    let world = World::generated(8, 200, 3);
    let stage = Stage::new(Options::new(world.clone())).await;
    let names: Vec<_> = world.organizations().into_iter().take(3).map(|organization| organization.name).collect();
    let rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10);
    let ready = stage.ready(&rows).await;
    // The second customer is refused with a conflict, the third too, although it was made.
    let creates = || Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers");
    let faults = stage.sandbox().faults();
    faults.on(creates().nth(2), Effect::StatusBefore(409));
    faults.on(creates().nth(3), Effect::StatusAfter(409));
    stage.integrate(&ready).await;
    let finished = stage.finished(&ready).await;
    let mut found = statuses(&finished);
    found.sort_unstable();
    assert_eq!(found, ["imported", "imported", "refused"], "{finished:#}");
    assert_eq!(stage.books().created_customers().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reseller_may_not_know_what_is_left() {
    let world = World::generated(8, 200, 3);
    world.configure(|quirks| quirks.lmp.reseller = true);
    let stage = Stage::new(Options::new(world.clone())).await;
    let names: Vec<_> = world.organizations().into_iter().take(3).map(|organization| organization.name).collect();
    let rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10);
    let ready = stage.ready(&rows).await;
    assert!(ready.plan["pools"].as_array().unwrap().iter().all(|pool| pool["available"].is_null()), "{:#}", ready.plan);
    // Unknown is not zero: it is tried, in list order, until the vendor says that nothing is left.
    let pool = stage.books().products[0].clone();
    world.set_available(&pool.id, pool.version, 20);
    stage.integrate(&ready).await;
    let finished = stage.finished(&ready).await;
    assert_eq!(statuses(&finished), ["imported", "imported", "no_licenses"], "{finished:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_that_comes_back_is_subscribed_again() {
    for accident in [None, Some(Effect::DropAfter), Some(Effect::DropBefore)] {
        let world = World::generated(8, 200, 3);
        let name = world.organizations()[4].name.clone();
        let account = world.customer_named(&name).unwrap().id;
        let ended = world.books().subscriptions.into_iter().find(|found| found.customer_id == account).unwrap();
        world.end_subscription(&ended.id);
        let stage = Stage::new(Options::new(world.clone())).await;
        let mut rows = stage.new_rows([name.as_str()], "WFS monthly", 15);
        rows[0].account = super::flow::existing(&account);
        let ready = stage.ready(&rows).await;
        assert_eq!(ready.plan["items"][0]["actions"], serde_json::json!(["link_account", "create_subscription"]));
        if let Some(effect) = accident {
            let first = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers/*/subscriptions").nth(1);
            stage.sandbox().faults().on(first, effect);
        }
        let before = stage.books();
        stage.integrate(&ready).await;
        let finished = stage.finished(&ready).await;
        assert_eq!(statuses(&finished), ["imported"], "{finished:#}");
        stage.books_equal_plan(&before, &ready, &finished).await;
    }
}
