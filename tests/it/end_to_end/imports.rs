//! Whole imports.

use super::flow::{Row, errors, existing, new_account, reasons, statuses};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use worryfree_plugin::sandbox::{Api, World};

/// Where the agents are, as the world has them and as the API counts them.
fn endpoints(organizations: &[Value]) -> u64 {
    organizations.iter().map(|organization| organization["endpoints"].as_u64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_of_two_hundred_organizations_are_imported_through_rest_alone() {
    let stage = Stage::new(Options::new(World::generated(200, 5_000, 11))).await;
    let inventory = stage.inventory_is_read().await;
    for (part, count) in [("organizations", 200), ("endpoints", 5_000), ("accounts", 100), ("service_plans", 5)] {
        assert_eq!(inventory[part]["count"], count, "{part}");
        assert_eq!(inventory[part]["complete"], true, "{part}");
    }
    let organizations = stage.list("/api/v1/organizations?linked=false", 73).await;
    assert_eq!((organizations.len(), endpoints(&organizations)), (200, 5_000));
    for organization in &organizations {
        let agents = stage.world().agents_of(organization["id"].as_str().unwrap());
        assert_eq!(organization["endpoints"], agents, "{}", organization["name"]);
    }
    let rows = forty(&stage, &organizations);
    let before = stage.books();
    let (ready, integration) = stage.import(&rows).await;
    assert_eq!(integration["counts"]["imported"], 40, "{integration:#}");
    let totals = &ready.plan["totals"];
    assert_eq!((&totals["organizations"], &totals["not_imported"]), (&json!(40), &json!(0)));
    assert!(totals["accounts_to_link"].as_u64() > Some(0) && totals["units_to_change"].as_u64() > Some(0), "{totals}");
    stage.books_equal_plan(&before, &ready, &integration).await;
    let import = stage.get(&ready.path("")).await.ok();
    assert_eq!((&import["status"], &import["step"]), (&json!("completed"), &json!("ready")));
    let problems = import["items"].as_array().unwrap().iter().map(|item| item["problems"].as_array().unwrap().len());
    assert_eq!(problems.sum::<usize>(), 0, "what is imported has no problems left");
    assert_eq!(stage.list("/api/v1/organizations?linked=true", 7).await.len(), 40);
    assert!(stage.books().most_in_flight[&Api::Lmp] <= 4, "the limit per vendor is kept");
}

/// The first forty: accounts of the same name are linked, the others created.
fn forty(stage: &Stage, organizations: &[Value]) -> Vec<Row> {
    let plan = stage.plan_id("WFS monthly");
    let row = |organization: &Value| {
        let matched = &organization["best_match"];
        let account = if matched["exact"] == true {
            existing(matched["account_id"].as_str().unwrap())
        } else {
            new_account(organization["name"].as_str().unwrap())
        };
        Row {
            organization: organization["id"].as_str().unwrap().to_owned(),
            account,
            plan: plan.clone(),
            seats: None,
            template: None,
        }
    };
    organizations.iter().take(40).map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_for_three_of_five_rows_serves_the_first_three() {
    let world = World::generated(9, 9, 5);
    let stage = Stage::new(Options::new(world.clone())).await;
    let wfs = stage.books().products[0].clone();
    world.set_available(&wfs.id, wfs.version, 35);
    stage.refresh().await;
    let names: Vec<_> = world.organizations().iter().map(|organization| organization.name.clone()).collect();
    let rows = stage.new_rows(names.iter().take(5).map(String::as_str), "WFS monthly", 10);
    let before = stage.books();
    let (ready, integration) = stage.import(&rows).await;
    let imported = "imported";
    assert_eq!(statuses(&integration), [imported, imported, imported, "no_licenses", "no_licenses"]);
    assert_eq!(reasons(&integration), [None, None, None, Some("no_licenses"), Some("no_licenses")]);
    assert_eq!(ready.plan["pools"][0]["left"], 5);
    stage.books_equal_plan(&before, &ready, &integration).await;
    let named: Vec<_> =
        integration["items"].as_array().unwrap()[3..].iter().map(|item| &item["organization_name"]).collect();
    assert_eq!(named, [&json!(names[3]), &json!(names[4])]);
    let import = stage.get(&ready.path("")).await.ok();
    assert_eq!(import["status"], "completed_with_problems");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_is_gone_is_not_imported() {
    let stage = Stage::new(Options::new(World::generated(6, 30, 4))).await;
    let [gone, stays] = [1, 3].map(|index: usize| stage.world().organizations()[index].clone());
    let rows = stage.new_rows([gone.name.as_str(), stays.name.as_str()], "WFS monthly", 10);
    let ready = stage.ready(&rows).await;
    stage.world().remove_organization(&gone.id);
    stage.refresh().await;
    let problem = stage.get(&ready.path("/plan")).await.problem(409, "import-incomplete");
    assert_eq!(errors(&problem), [("/items/0/organization_id", "unknown")]);
    let body = json!({ "plan_hash": ready.hash() });
    stage.post(&ready.path("/integration"), body).await.problem(409, "import-incomplete");
    let ready = stage.fill_in(ready.id, &rows[1..]).await;
    stage.integrate(&ready).await;
    assert_eq!(statuses(&stage.finished(&ready).await), ["imported"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_plan_of_a_product_changes_the_seats_of_the_first() {
    let world = World::generated(6, 100, 4);
    let stage = Stage::new(Options::new(world.clone())).await;
    let name = world.organizations()[4].name.clone();
    let account = world.customer_named(&name).unwrap().id;
    let mut rows = stage.new_rows([name.as_str()], "WFS yearly", 25);
    rows[0].account = existing(&account);
    let before = stage.books();
    let (ready, finished) = stage.import(&rows).await;
    let item = &ready.plan["items"][0];
    assert_eq!((&item["service_plan_id"], &item["seats_before"]), (&json!(stage.plan_id("WFS monthly")), &json!(10)));
    assert_eq!(item["actions"], json!(["link_account", "set_units"]));
    stage.books_equal_plan(&before, &ready, &finished).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_of_the_same_product_is_said_before_anything_is_sent() {
    let world = World::generated(6, 100, 4);
    let name = world.organizations()[2].name.clone();
    let account = world.customer_named(&name).unwrap().id;
    let trial = world.plan_named("WFS trial 30 days").unwrap().id;
    world.add_subscription(&account, &trial, 5);
    let stage = Stage::new(Options::new(world.clone())).await;
    let mut rows = stage.new_rows([name.as_str()], "WFS monthly", 10);
    rows[0].account = existing(&account);
    let id = stage.begin(&rows).await["id"].as_str().unwrap().to_owned();
    let accounts = json!({ "items": [{ "organization_id": rows[0].organization, "account": rows[0].account }] });
    stage.step(&id, "accounts", accounts).await.ok();
    stage.step(&id, "notifications", json!({ "send_all_to_partner": true, "recipients": [] })).await.ok();
    let items = json!([{ "organization_id": rows[0].organization, "service_plan_id": rows[0].plan, "seats": 10 }]);
    let problem = stage.step(&id, "service-plans", json!({ "items": items, "order": null })).await;
    assert_eq!(errors(&problem.problem(422, "validation-failed")), [("/items/0/service_plan_id", "not_available")]);
}
