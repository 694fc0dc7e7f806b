//! Rows that LMP would refuse are marked as fields, before anything is sent; the others are imported.

use super::flow::{Row, errors, statuses};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use worryfree_plugin::domain::ids::ImportId;
use worryfree_plugin::sandbox::{Api, World};
use worryfree_plugin::service::imports;

const QUOTED: &str = "\"Quoted\" & <b>Bold</b> Ltd";
const ARABIC: &str = "شركة النور للتجارة";
const TURNED: &str = "Turned\u{202e}gpj.exe Ltd";

/// Names that are fine, though they look odd.
const GOOD: [&str; 6] =
    ["O'Brien's Bar", QUOTED, ARABIC, "Škoda Čeština s.r.o.", "株式会社サンプル", "=SUM(A1:A9) Consulting"];

fn long_name(world: &World) -> String {
    let names = world.organizations().into_iter().map(|organization| organization.name);
    names.into_iter().find(|name| name.chars().count() == 129).unwrap()
}

/// An import of these organizations as the service fills it in, once contacts have been read.
async fn filled_in(stage: &Stage, names: &[&str]) -> Value {
    let ids: Vec<_> = names.iter().map(|name| stage.world().organization_named(name).unwrap().id).collect();
    let import = stage.post("/api/v1/imports", json!({ "organization_ids": ids })).await.is(201);
    let id = import["id"].as_str().unwrap();
    let (app, partner) = (&stage.plugin.app, stage.plugin.partner_id());
    stage
        .until("contacts are read", || async {
            let pending = imports::contacts_pending(app, partner, ImportId(id.parse().unwrap())).await.unwrap();
            (pending == 0).then_some(())
        })
        .await;
    stage.get(&format!("/api/v1/imports/{id}")).await.ok()
}

/// The accounts step as it is shown, with the names of people, which nobody knows.
fn as_shown(import: &Value) -> Value {
    let row = |item: &Value| {
        let mut account = item["account"].clone();
        account["contact"]["first_name"] = "Ana".into();
        account["contact"]["last_name"] = "Reyes".into();
        json!({ "organization_id": item["organization_id"], "account": account })
    };
    json!({ "items": import["items"].as_array().unwrap().iter().map(row).collect::<Vec<_>>() })
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_marked_before_anything_is_sent_and_the_others_are_imported() {
    let world = World::believable();
    let stage = Stage::new(Options { remote_manager: true, ..Options::new(world.clone()) }).await;
    let long = long_name(&world);
    let bad = [long.as_str(), "Plus Address Partners", "No City Cleaning", "Blank City Builders", "Hollis Engineering"];
    let names: Vec<_> = GOOD.iter().copied().chain(bad).collect();
    let import = filled_in(&stage, &names).await;
    let id = import["id"].as_str().unwrap();
    let before = stage.books();
    let mut step = as_shown(&import);
    step["items"][10]["account"]["company"]["name"] = TURNED.into();
    let problem = stage.step(id, "accounts", step).await.problem(422, "validation-failed");
    let expected = [
        ("/items/6/account/company/name", "too_long"),
        ("/items/7/account/contact/email", "invalid_characters"),
        ("/items/8/account/company/city", "required"),
        ("/items/9/account/company/city", "required"),
        ("/items/9/account/company/state", "required"),
        ("/items/10/account/company/name", "invalid_characters"),
    ];
    assert_eq!(errors(&problem), expected, "{problem:#}");
    // What was typed was not stored; what VSA has is marked on the rows.
    marked_in_the_import(&stage, id, &expected[..5]).await;
    let incomplete = stage.get(&format!("/api/v1/imports/{id}/plan")).await.problem(409, "import-incomplete");
    assert_eq!(incomplete["step"], "accounts");
    let named: Vec<_> = errors(&incomplete).into_iter().filter(|(path, _)| !path.ends_with("_name")).collect();
    assert_eq!(named, expected[..5]);
    let writes =
        stage.books().requests.into_iter().filter(|request| request.api != Api::Vsa && request.method != "GET");
    assert_eq!(writes.count(), 0, "nothing is sent to find out");
    the_others_import(&stage, &import, &before).await;
}

/// The same fields are marked on the rows, with paths below the row, words and the organization.
async fn marked_in_the_import(stage: &Stage, id: &str, expected: &[(&str, &str)]) {
    let import = stage.get(&format!("/api/v1/imports/{id}")).await.ok();
    let mut marked = Vec::new();
    for (index, item) in import["items"].as_array().unwrap().iter().enumerate() {
        for found in item["problems"].as_array().unwrap() {
            let path = found["path"].as_str().unwrap();
            assert_eq!(found["organization_id"], item["organization_id"]);
            assert!(!found["message"].as_str().unwrap().is_empty());
            // Names of people and plans are open in all rows.
            if path.starts_with("/account") && !path.ends_with("_name") {
                marked.push((format!("/items/{index}{path}"), found["code"].as_str().unwrap().to_owned()));
            }
        }
    }
    let expected = expected.iter().map(|(path, code)| ((*path).to_owned(), (*code).to_owned()));
    assert_eq!(marked, expected.collect::<Vec<_>>());
}

/// Without the bad rows the import goes through, and every name arrives as the text it is.
async fn the_others_import(stage: &Stage, import: &Value, before: &worryfree_plugin::sandbox::Books) {
    let plan = stage.plan_id("WFS monthly");
    let row = |item: &Value| {
        let account = item["account"].clone();
        let organization = item["organization_id"].as_str().unwrap().to_owned();
        Row { organization, account, plan: plan.clone(), seats: None, template: Some("office-standard".to_owned()) }
    };
    let rows: Vec<_> = as_shown(import)["items"].as_array().unwrap().iter().take(GOOD.len()).map(row).collect();
    let ready = stage.fill_in(import["id"].as_str().unwrap().to_owned(), &rows).await;
    stage.integrate(&ready).await;
    let finished = stage.finished(&ready).await;
    assert_eq!(statuses(&finished), ["imported"; 6], "{finished:#}");
    stage.books_equal_plan(before, &ready, &finished).await;
    let mut created: Vec<_> =
        stage.books().created_customers().into_iter().map(|customer| customer.name.clone()).collect();
    let mut expected = GOOD.map(str::to_owned);
    created.sort();
    expected.sort();
    assert_eq!(created, expected, "every name arrives as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_mended_is_accepted() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let import = filled_in(&stage, &["Plus Address Partners", "No City Cleaning"]).await;
    let id = import["id"].as_str().unwrap();
    let mut step = as_shown(&import);
    step["items"][0]["account"]["contact"]["email"] = "it@plusaddress.example".into();
    let problem = stage.step(id, "accounts", step.clone()).await.problem(422, "validation-failed");
    assert_eq!(errors(&problem), [("/items/1/account/company/city", "required")]);
    let stored = stage.get(&format!("/api/v1/imports/{id}")).await.ok();
    assert_eq!((&stored["version"], &stored["items"]), (&import["version"], &import["items"]), "nothing was stored");
    step["items"][1]["account"]["company"]["city"] = "Ipswich".into();
    let stored = stage.step(id, "accounts", step).await.ok();
    assert_eq!(stored["step"], "notifications");
    // The customer's own address is what must be right when it is used.
    let own = json!({
        "send_all_to_partner": false,
        "recipients": [{ "organization_id": import["items"][0]["organization_id"], "email": "it+vsa@plusaddress.example" }],
    });
    let problem = stage.step(id, "notifications", own).await.problem(422, "validation-failed");
    assert_eq!(errors(&problem), [("/recipients/0/email", "invalid_characters")]);
}
