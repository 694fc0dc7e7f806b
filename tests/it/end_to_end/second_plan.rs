//! An account never gets a second plan of the product, whatever happened to it since it was read.

use super::flow::{Ready, Row, existing, reasons, statuses};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use worryfree_plugin::sandbox::{Change, Customer, World};

/// Links a customer to an account that somebody gives this plan between the plan and Integrate.
async fn taken_meanwhile(plan_by_hand: &str, expected: (&str, Option<&str>)) {
    let (stage, _, integration) = linked_meanwhile(plan_by_hand, 10).await;
    assert_eq!(
        (statuses(&integration), reasons(&integration)),
        (vec![expected.0], vec![expected.1]),
        "{integration:#}"
    );
    let created = u64::from(expected.0 == "imported");
    assert_eq!(stage.books().effect(Change::SubscriptionCreated), created);
}

async fn linked_meanwhile(plan_by_hand: &str, seats: u32) -> (Stage, Ready, Value) {
    let world = World::believable();
    let account = world.add_customer(Customer::named("Newly Sold Ltd"));
    let stage = Stage::new(Options::new(world.clone())).await;
    stage.inventory_is_read().await;
    let organization = world.organization_named("Delta Scaffolding").unwrap().id;
    let row = Row {
        organization,
        account: existing(&account),
        plan: stage.plan_id("WFS monthly"),
        seats: Some(12),
        template: None,
    };
    let ready = stage.ready(&[row]).await;
    world.add_subscription(&account, &stage.plan_id(plan_by_hand), seats).unwrap();
    stage.integrate(&ready).await;
    let integration = stage.finished(&ready).await;
    (stage, ready, integration)
}

/// Whoever bought it did not do so through the import.
#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_was_only_found_is_not_suspended_by_an_undo() {
    let (stage, ready, integration) = linked_meanwhile("WFS monthly", 12).await;
    assert_eq!(statuses(&integration), ["imported"], "{integration:#}");
    stage.post(&ready.path("/undo"), json!({})).await.is(202);
    let undone = stage
        .until("the undo is finished", || async {
            let undo = stage.get(&ready.path("/undo")).await.ok();
            (undo["status"] == "finished").then_some(undo)
        })
        .await;
    assert_eq!(undone["items"][0]["reversal"]["kind"], "unlink", "{undone:#}");
    assert_eq!(undone["items"][0]["remains"][0]["code"], "subscription_found");
    assert_eq!(stage.books().effect(Change::SubscriptionSuspended), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_was_sold_by_hand_meanwhile_stays_the_only_one() {
    taken_meanwhile("WFS yearly", ("refused", Some("subscription_exists"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_was_begun_meanwhile_stays_the_only_one() {
    taken_meanwhile("WFS trial 30 days", ("refused", Some("subscription_exists"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_product_is_no_hindrance() {
    taken_meanwhile("CAS monthly", ("imported", None)).await;
}
