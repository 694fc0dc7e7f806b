//! Who may only look changes nothing, and a right that was taken away spends no licenses.

use super::browser::{Browser, Frame};
use super::{noted, people, plugin, sessions};
use crate::end_to_end::stage::{Options, Stage};
use crate::security::routes::{Ids, Operation, operations, screens as screens_of_source};
use crate::support::screens::Screens;
use axum::http::{Method, StatusCode};
use serde_json::Value;
use worryfree_plugin::sandbox::{Api, Effect, Person, Which, World};

/// What somebody who may only look sends all the same: on the way in and out, the language (kept by the browser alone), and forms that turn
/// a page and keep what is ticked.
const NO_CHANGE: [&str; 8] = [
    "enter",
    "sign-in",
    "sign-in/collect",
    "sign-in/{method}",
    "leave",
    "language",
    "customers/page",
    "imports/{id}/rows/page",
];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_look_looks_at_everything_and_changes_nothing() {
    let plugin = plugin().await;
    let screens = Screens::new(&plugin).await;
    let import = screens.import_of(&plugin, 2).await;
    let mut wim = Frame::of(&plugin, "vsa", "wim").await;
    let id = import.rsplit('/').next().unwrap();
    let ids = Ids::from([
        ("import_id", id.to_owned()),
        ("id", id.to_owned()),
        ("partner_key", plugin.partner.partner_key.clone()),
    ]);
    let before = everything(&plugin).await;
    let (mut on_screens, mut over_rest) = (0, 0);
    let below = |path: &str| path.strip_prefix("/p/{partner_key}/").map(str::to_owned);
    let writes = screens_of_source().into_iter().filter(|route| route.methods.iter().any(|method| *method != "GET"));
    for route in writes.filter(|route| below(&route.path).is_some_and(|rest| !NO_CHANGE.contains(&rest.as_str()))) {
        for go in ["next", "save", "store", "test"] {
            let answer = wim.post(&route.at(&ids), &[("go", go), ("organization", "1")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}: {}", route.path, answer.text);
            assert!(answer.text.contains("You may look, but not change anything"), "{}: {}", route.path, answer.text);
        }
        on_screens += 1;
    }
    for operation in operations().into_iter().filter(Operation::writes) {
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        for body in ["{}".to_owned(), operation.body.as_ref().map(Value::to_string).unwrap_or_default()] {
            let answer = wim.call(method.clone(), &operation.at(&ids), &body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {}: {}", operation.path, answer.text);
            assert!(answer.text.contains("lets you look only"), "{}", answer.text);
        }
        over_rest += 1;
    }
    assert!(on_screens >= 14 && over_rest >= 10, "{on_screens} on screens, {over_rest} over REST");
    assert_eq!(everything(&plugin).await, before, "nothing was changed");
    for path in [
        "/customers",
        "/customers?tab=linked",
        "/imports",
        "/start",
        "/connections",
        &format!("{import}/accounts"),
        &format!("{import}/rows"),
    ] {
        let page = wim.get(path).await;
        assert!(page.status.is_success(), "{path}");
        let (_, main) = page.text.split_once("<main").unwrap();
        assert!(main.contains(" disabled data-fixed") || path.contains("linked"), "{path}: {main}");
    }
    let turned = wim.post("/customers/page", &[("go", "next")]).await;
    assert!(turned.status.is_success() || turned.status == StatusCode::SEE_OTHER, "turning a page changes nothing");
    assert!(wim.call(Method::GET, "/api/v1/imports", "").await.status.is_success());
    assert!(wim.post("/leave", &[]).await.leads().ends_with("/left"));
}

/// What is stored of imports, jobs, connections and the partner, and what was noted.
async fn everything(plugin: &crate::support::plugin::Plugin) -> String {
    let all = "select coalesce(string_agg(t::text, ' '), '') from (select i::text from import i union all select x::text from import_item x
               union all select j.kind || j.subject from job j union all select g::text from integration g
               union all select c::text from connection c union all select p::text from partner p union all select x::text from connection_test x
               union all select a.actor || a.event from audit_entry a) t(t)";
    sqlx::query_scalar(all).fetch_one(plugin.database.pool()).await.unwrap()
}

fn nora(role: &str) -> Person {
    Person::new("nora", "Nora", "Quist", role)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_taken_away_spends_no_licenses() {
    let stage = Stage::new(Options::new(World::generated(8, 40, 3))).await;
    people(stage.world());
    let (plugin, world) = (&stage.plugin, stage.world());
    let posts = || stage.books().requests_to(Api::Lmp, "POST", "").len();
    let names: Vec<_> = [1, 3].map(|index: usize| stage.world().organizations()[index].name.clone()).to_vec();
    let ready = stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10)).await;
    let path = format!("/imports/{}/integration", ready.id);
    let integrate = [("plan_hash", ready.hash())];
    // No role any more: refused, and signed out everywhere.
    let (mut one, mut other) = (Frame::of(plugin, "vsa", "nora").await, Frame::of(plugin, "vsa", "nora").await);
    world.put_person(nora("Technician"));
    let refused = one.post(&path, &integrate).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.text.contains("none of your roles is let in") && refused.text.contains("Nothing was changed or sent")
    );
    assert_eq!(other.get("/customers").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(noted(plugin, "role_lost").await[0].1["sessions_ended"], 2);
    // A lower role: refused, and may look from now on.
    world.put_person(nora("Master"));
    let (mut one, mut other) = (Frame::of(plugin, "vsa", "nora").await, Frame::of(plugin, "vsa", "nora").await);
    world.put_person(nora("Read only"));
    let body = format!("{{\"plan_hash\":\"{}\"}}", ready.hash());
    let refused = one.call(Method::POST, &ready.path("/integration"), &body).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "over REST as well: {}", refused.text);
    assert!(refused.text.contains("lets you look only"), "{}", refused.text);
    assert!(other.get("/customers").await.text.contains("(may look only)"));
    assert_eq!(noted(plugin, "role_changed").await[0].1["role"], "viewer");
    // VSA cannot be asked: refused, and nothing is lost.
    world.put_person(nora("Master"));
    let mut one = Frame::of(plugin, "vsa", "nora").await;
    stage.sandbox().faults().on(Which::new(Api::Vsa).path("*/token").first(1), Effect::StatusBefore(500));
    let refused = one.post(&path, &integrate).await;
    assert!(refused.status == StatusCode::FORBIDDEN && refused.text.contains("does not answer"), "{}", refused.text);
    assert!(one.get("/customers").await.status.is_success());
    // Somebody else's tokens in the place of one's own.
    world.put_person(Person { id: "1".repeat(26), ..nora("Master") });
    let refused = one.post(&path, &integrate).await;
    assert!(refused.status == StatusCode::FORBIDDEN && refused.text.contains("not confirmed"), "{}", refused.text);
    assert_eq!(one.get("/customers").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(posts(), 0, "nothing was sent to Trend Micro");
    // The role is there: every renewal uses the refresh token of the one before.
    world.put_person(nora("Master"));
    let mut one = Frame::of(plugin, "vsa", "nora").await;
    assert!(one.post(&path, &integrate).await.leads().ends_with("/integration"));
    for _ in 0..2 {
        assert!(one.post(&path, &integrate).await.leads().ends_with("/integration"));
    }
    let session = one.cookie("__Host-session").unwrap().to_owned();
    let (mut left, mut right) = (Browser::with_session(plugin, &session), Browser::with_session(plugin, &session));
    let both = tokio::join!(left.post(&path, &integrate), right.post(&path, &integrate));
    assert!(both.0.status == StatusCode::SEE_OTHER && both.1.status == StatusCode::SEE_OTHER, "two renewals at once");
    let finished = stage.finished(&ready).await;
    assert_eq!(finished["counts"]["imported"], 2, "{finished:#}");
    assert!(sessions(plugin).await >= 1);
}
