//! Imports that are carried out side by side share their licenses: what one has confirmed is not there for the next.

use super::flow::{Ready, reasons, statuses};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use worryfree_plugin::sandbox::{Change, Version, World};

/// A stage with `available` licenses, and names of organizations on it.
async fn stage(available: u64) -> (Stage, Vec<String>) {
    let world = World::generated(6, 30, 4);
    set_available(&world, available);
    let names = world.organizations().into_iter().map(|organization| organization.name).collect();
    (Stage::new(Options::new(world)).await, names)
}

fn set_available(world: &World, available: u64) {
    world.set_available(&world.plan_named("WFS monthly").unwrap().product_id, Version::Full, available);
}

async fn ready(stage: &Stage, names: &[String]) -> Ready {
    stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10)).await
}

fn pool(ready: &Ready) -> [&Value; 4] {
    ["available", "reserved", "granted", "left"].map(|field| &ready.plan["pools"][0][field])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_running_import_has_confirmed_is_not_planned_again() {
    let (mut stage, names) = stage(35).await;
    stage.stop_worker().await;
    let (first, second) = (ready(&stage, &names[..2]).await, ready(&stage, &names[2..4]).await);
    assert_eq!((pool(&first), pool(&second)), ([&json!(35), &json!(0), &json!(20), &json!(15)], pool(&first)));
    stage.integrate(&first).await;
    let start = json!({ "plan_hash": second.hash() });
    let problem = stage.post(&second.path("/integration"), start).await.problem(409, "plan-changed");
    let second = Ready { plan: stage.get(&second.path("/plan")).await.ok(), ..second };
    assert_eq!(problem["current_hash"], second.hash());
    assert_eq!(pool(&second), [&json!(35), &json!(20), &json!(10), &json!(5)]);
    let imported: Vec<_> = second.plan["items"].as_array().unwrap().iter().map(|item| &item["imported"]).collect();
    assert_eq!(imported, [true, false], "the line is drawn below what is left");
    stage.integrate(&second).await;
    stage.start_worker();
    assert_eq!(statuses(&stage.finished(&first).await), ["imported"; 2]);
    assert_eq!(statuses(&stage.finished(&second).await), ["imported", "no_licenses"]);
    assert_eq!(stage.books().created_customers().len(), 3, "nobody without licenses has an account");
    let third = ready(&stage, &names[3..4]).await;
    assert_eq!(pool(&third), [&json!(5), &json!(0), &json!(0), &json!(5)], "what is taken is reserved no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_imports_that_do_not_all_fit_any_more_the_first_is_served_and_the_other_creates_nothing() {
    let (mut stage, names) = stage(40).await;
    stage.stop_worker().await;
    let first = ready(&stage, &names[..2]).await;
    stage.integrate(&first).await;
    let second = ready(&stage, &names[2..4]).await;
    stage.integrate(&second).await;
    set_available(stage.world(), 29);
    stage.start_worker();
    assert_eq!(statuses(&stage.finished(&first).await), ["imported"; 2]);
    let late = stage.finished(&second).await;
    assert_eq!((statuses(&late), reasons(&late)), (vec!["no_licenses"; 2], vec![Some("no_licenses"); 2]));
    assert!(late["items"].as_array().unwrap().iter().all(|item| item["account_id"].is_null()), "{late:#}");
    let books = stage.books();
    assert_eq!((books.created_customers().len(), books.effect(Change::SubscriptionCreated)), (2, 2));
}
