//! A partner whose customers are in VSA 10: everything but the client is the same.

use super::flow::{Row, existing, new_account};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use worryfree_plugin::sandbox::{Api, Effect, Links, Organization, Vsa10Quirks, Which, World};

async fn stage(world: World, change: impl FnOnce(&mut Vsa10Quirks)) -> Stage {
    world.configure(|quirks| change(&mut quirks.vsa10));
    Stage::new(Options { vsa10: true, ..Options::new(world) }).await
}

fn endpoints(organizations: &[Value]) -> Vec<(String, u64)> {
    let one = |row: &Value| (row["name"].as_str().unwrap().to_owned(), row["endpoints"].as_u64().unwrap());
    organizations.iter().map(one).collect()
}

/// As the world has them: agents of each organization, machine templates left out.
fn expected(world: &World) -> Vec<(String, u64)> {
    let agents = |id: &str| world.agents_of(id);
    world.organizations().into_iter().map(|one| (one.name, agents(&one.id))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_runs_from_the_inventory_to_the_books() {
    let stage = stage(World::generated(230, 1_700, 5), |_| {}).await;
    let organizations = stage.list("/api/v1/organizations?linked=false", 100).await;
    let (mut found, mut expected) = (endpoints(&organizations), expected(stage.world()));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let ids = organizations.iter().map(|row| row["id"].as_str().unwrap());
    assert!(ids.clone().all(|id| id.len() <= 10 && id.parse::<u32>().is_ok()), "integers");
    let rows: Vec<_> = organizations.iter().take(12).map(|row| choose(&stage, row)).collect();
    let before = stage.books();
    let (ready, integration) = stage.import(&rows).await;
    assert_eq!(integration["counts"]["imported"], 12, "{integration:#}");
    stage.books_equal_plan(&before, &ready, &integration).await;
    let books = stage.books();
    assert!(books.most_in_flight[&Api::Vsa10] <= 2, "the limit of VSA 10 is its own");
    assert!(!books.most_in_flight.contains_key(&Api::Vsa), "VSA 9 is not asked anything");
}

fn choose(stage: &Stage, row: &Value) -> Row {
    let account = if row["best_match"]["exact"] == true {
        existing(row["best_match"]["account_id"].as_str().unwrap())
    } else {
        new_account(row["name"].as_str().unwrap())
    };
    let organization = row["id"].as_str().unwrap().to_owned();
    Row { organization, account, plan: stage.plan_id("WFS monthly"), seats: None, template: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_pages_links_and_wrappings_lead_to_the_same_inventory() {
    let kinds: [fn(&mut Vsa10Quirks); 5] = [
        |quirks| quirks.page = 50,
        |quirks| quirks.links = Links::Own,
        |quirks| quirks.links = Links::Foreign,
        |quirks| quirks.without_total = true,
        |quirks| quirks.bare_lists = true,
    ];
    for (number, change) in kinds.into_iter().enumerate() {
        let stage = stage(World::generated(130, 420, 6), change).await;
        let (mut found, mut expected) =
            (endpoints(&stage.list("/api/v1/organizations", 100).await), expected(stage.world()));
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "kind {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_come_from_the_sites() {
    for without_filter in [false, true] {
        let world = World::generated(20, 40, 7);
        let id = world.add_organization(Organization::complete("Harbour Dental"));
        world.add_agents(&id, 7, 1);
        world.add_agents(&id, 2, 199);
        let stage = stage(world, |quirks| quirks.sites_without_filter = without_filter).await;
        let rows = stage.list("/api/v1/organizations?search=Harbour%20Dental", 100).await;
        assert_eq!(rows[0]["endpoints"], 7, "devices without an agent are not counted");
        let import = stage.post("/api/v1/imports", json!({ "organization_ids": [rows[0]["id"]] })).await.is(201);
        let path = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
        let contact = stage
            .until("the contact is read", || async {
                let item = stage.get(&path).await.ok()["items"][0].clone();
                let contact = item["account"]["contact"].clone();
                contact["email"].is_string().then_some(contact)
            })
            .await;
        assert_eq!((&contact["first_name"], &contact["last_name"]), (&json!("Ana"), &json!("Reyes")), "{contact}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_family_of_calls_is_said_so_and_keeps_what_was_read() {
    let stage = stage(World::generated(30, 90, 8), |_| {}).await;
    stage.world().configure(|quirks| quirks.vsa10.withheld = vec!["devices".to_owned()]);
    stage.ask("/api/v1/inventory/refresh").await.is(202);
    let inventory = stage
        .until("the refresh has failed", || async {
            let inventory = stage.get("/api/v1/inventory").await.ok();
            (inventory["refresh"]["status"] == "failed").then_some(inventory)
        })
        .await;
    assert_eq!(inventory["endpoints"]["count"], 90, "{inventory:#}");
    assert_eq!(stage.books().requests_to(Api::Vsa10, "GET", "/devices").len(), 2, "a refusal is not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_failures_are_read_past() {
    let world = World::generated(130, 420, 9);
    let sandbox_faults = |stage: &Stage| {
        let faults = stage.sandbox().faults();
        faults.on(Which::new(Api::Vsa10).path("/api/v3/organizations").nth(1), Effect::HtmlBefore);
        faults.on(Which::new(Api::Vsa10).path("/api/v3/devices").nth(1), Effect::StatusBefore(503));
        faults.on(Which::new(Api::Vsa10).path("/api/v3/devices").nth(3), Effect::DropAfter);
    };
    let stage = stage(world, |_| {}).await;
    sandbox_faults(&stage);
    let inventory = stage.refresh().await;
    assert_eq!((&inventory["organizations"]["count"], &inventory["endpoints"]["count"]), (&json!(130), &json!(420)));
}
