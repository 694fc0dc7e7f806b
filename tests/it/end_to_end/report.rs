//! What people and programs are told of an integration is what came of it, wherever they look.

use super::flow::{Ready, existing, statuses};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use worryfree_plugin::domain::ids::ImportId;
use worryfree_plugin::sandbox::{Api, Effect, Version, Which, World};
use worryfree_plugin::service::access;
use worryfree_plugin::service::notices::Notices;

/// An integration with one of each result: two imported, one of them by a link; one refused; one without licenses.
async fn mixed() -> (Stage, Ready) {
    let world = World::believable();
    let stage = Stage::new(Options::new(world.clone())).await;
    let pool = stage.books().products[0].clone();
    world.set_available(&pool.id, Version::Full, 60);
    stage.refresh().await;
    let names = ["=SUM(A1:A9) Consulting", "Harbour Dental Group", "\"Quoted\" & <b>Bold</b> Ltd", "O'Brien's Bar"];
    let mut rows = stage.new_rows(names, "WFS monthly", 20);
    rows[1].account = existing(&world.customer_named("Harbour Dental Group").unwrap().id);
    rows[3].seats = Some(31);
    let ready = stage.ready(&rows).await;
    let second = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers").nth(2);
    stage.sandbox().faults().on(second, Effect::StatusBefore(400));
    stage.integrate(&ready).await;
    let finished = stage.finished(&ready).await;
    let mut found = statuses(&finished);
    found.sort_unstable();
    assert_eq!(found, ["imported", "imported", "no_licenses", "refused"], "{finished:#}");
    (stage, ready)
}

/// As the table words each status.
fn word(status: &str) -> &'static str {
    match status {
        "imported" => "Imported",
        "refused" => "Failed",
        "no_licenses" => "Not imported: no licenses",
        other => panic!("{other} is no result of this test"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_holds_what_came_of_every_customer() {
    let (stage, ready) = mixed().await;
    let finished = stage.get(&ready.path("/integration")).await.ok();
    let table = download(&stage, &ready).await;
    let mut reader = csv::Reader::from_reader(table.strip_prefix('\u{feff}').expect("a byte order mark").as_bytes());
    let rows: Vec<_> = reader.deserialize::<BTreeMap<String, String>>().map(|row| row.unwrap()).collect();
    let items = finished["items"].as_array().unwrap();
    assert_eq!(rows.len(), items.len());
    for (row, item) in rows.iter().zip(items) {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let name = text("organization_name");
        let is_formula = name.starts_with('=');
        assert_eq!(row["Kaseya customer"], if is_formula { format!("'{name}") } else { name });
        assert_eq!(row["Position"], item["position"].to_string());
        assert_eq!(row["Organization ID"], text("organization_id"));
        assert_eq!((&row["Account ID"], &row["Subscription ID"]), (&text("account_id"), &text("subscription_id")));
        assert_eq!(row["Seats"], item["seats"].to_string());
        assert_eq!(row["Result"], word(&text("status")));
        assert_eq!(row["Reason"], item["reason"]["message"].as_str().unwrap_or_default());
    }
    assert!(rows.iter().any(|row| row["Kaseya customer"].starts_with("'=")), "{rows:?}");
}

async fn download(stage: &Stage, ready: &Ready) -> String {
    let (app, partner) = (&stage.plugin.app, stage.plugin.partner_id());
    let link = access::issue_link(app, partner, "Ana", 5).await.unwrap();
    let session = access::open_session(app, partner, &link).await.unwrap().unwrap();
    let path = format!("/p/{}/imports/{}/integration.csv", stage.plugin.partner.partner_key, ready.id);
    let request = reqwest::Client::new().get(format!("{}{path}", stage.url));
    let response = request.header("cookie", format!("__Host-session={session}")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_and_linked_is_what_is_listed() {
    let (stage, ready) = mixed().await;
    let finished = stage.get(&ready.path("/integration")).await.ok();
    let counts = &finished["counts"];
    let expected = json!({
        "total": 4, "queued": 0, "under_way": 0, "imported": 2, "imported_with_warning": 0, "not_imported": 2, "needs_person": 0,
    });
    assert_eq!(*counts, expected);
    assert!(!finished["finished_at"].is_null() && finished["started_by"] == "end to end");
    let imports = stage.list("/api/v1/imports", 10).await;
    assert_eq!((&imports[0]["id"], &imports[0]["status"]), (&json!(ready.id), &json!("completed_with_problems")));
    let links = stage.list("/api/v1/links", 10).await;
    assert_eq!(links.len(), 2);
    let linked = |item: &&Value| links.iter().any(|link| link["organization_id"] == item["organization_id"]);
    let items = finished["items"].as_array().unwrap();
    assert!(items.iter().filter(linked).all(|item| item["status"] == "imported"));
    for item in items.iter().filter(|item| item["status"] != "imported") {
        assert!(!item["reason"]["message"].as_str().unwrap().is_empty(), "{item:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_tell_the_same_story() {
    let (stage, ready) = mixed().await;
    let finished = stage.get(&ready.path("/integration")).await.ok();
    let request = reqwest::Client::new().get(format!("{}{}", stage.url, ready.path("/integration/events")));
    let response = request.bearer_auth(&stage.token).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = response.text_with_charset("utf-8").await.unwrap();
    let events: Vec<_> = text.split("\n\n").filter_map(event).collect();
    assert_eq!((events[0].0, events.last().unwrap().0), ("integration", "end"), "{text}");
    let mut told: Vec<_> = events.iter().filter(|(name, _)| *name == "item").map(|(_, data)| data.clone()).collect();
    told.sort_by_key(|item| item["position"].as_u64());
    assert_eq!(json!(told), finished["items"]);
}

/// Whoever comes back names the last event it has seen, and is told only of what came after it.
#[tokio::test(flavor = "multi_thread")]
async fn events_go_on_where_a_client_lost_them() {
    let (stage, ready) = mixed().await;
    let address = format!("{}{}", stage.url, ready.path("/integration/events"));
    let events_after = async |last: &str| {
        let request = reqwest::Client::new().get(&address).bearer_auth(&stage.token).header("last-event-id", last);
        request.send().await.unwrap().text().await.unwrap()
    };
    let whole = events_after("0").await;
    let ids: Vec<_> = whole.lines().filter_map(|line| line.strip_prefix("id:")).map(str::trim).collect();
    assert!(ids.len() > 3, "{whole}");
    for last in ids.iter().take(ids.len() - 1) {
        let (_, rest) = whole.split_once(&format!("id: {last}\n")).unwrap();
        let (_, rest) = rest.split_once("\n\n").unwrap();
        let told = |text: &str| text.split("\n\n").filter(|part| part.contains("event: item")).count();
        let text = events_after(last).await;
        assert_eq!(told(&text), told(rest), "after {last}: {text}");
        assert_eq!(text.split("\n\n").filter_map(event).last().unwrap().0, "end");
    }
}

/// A process that carries nothing out hears of every change by the database and need not look for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_in_another_process_is_told_at_once() {
    let world = World::generated(12, 100, 6);
    let stage = Stage::new(Options { items_in_flight: 1, ..Options::new(world.clone()) }).await;
    let names: Vec<_> = world.organizations().into_iter().take(6).map(|organization| organization.name).collect();
    let ready = stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10)).await;
    let (notices, ended) = (Notices::default(), CancellationToken::new());
    let mut notice = notices.of(ImportId(ready.id.parse().unwrap()));
    let listening = {
        let (notices, pool, ended) = (notices.clone(), stage.plugin.database.pool().clone(), ended.clone());
        tokio::spawn(async move { notices.listen(&pool, &ended).await })
    };
    stage.integrate(&ready).await;
    let mut at_once = 0;
    for _ in 0..40 {
        let began = Instant::now();
        notice.wait().await;
        // Without notices each of these takes a second.
        at_once += usize::from(began.elapsed() < Duration::from_millis(500));
    }
    assert!(at_once >= 10, "{at_once} of 40 were told");
    stage.finished(&ready).await;
    ended.cancel();
    listening.await.unwrap();
}

/// The name and the data of one event; none for comments.
fn event(text: &str) -> Option<(&str, Value)> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some((field("event:")?, serde_json::from_str(field("data:")?).unwrap()))
}
