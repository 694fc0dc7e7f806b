//! Who may only look changes nothing, and a right that was taken away spends no licenses.

use super::browser::{Browser, Frame};
use super::{noted, people, plugin, sessions};
use crate::end_to_end::stage::{Options, Stage};
use crate::support::screens::Screens;
use axum::http::{Method, StatusCode};
use serde_json::Value;
use worryfree_plugin::api;
use worryfree_plugin::sandbox::{Api, Effect, Person, Which, World};

/// Everything below an import that a form can be sent to.
const STEPS: [&str; 11] = [
    "rows",
    "accounts",
    "accounts/search",
    "notifications",
    "service-plans",
    "templates",
    "integration",
    "integration/stop",
    "integration/retry",
    "undo",
    "",
];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_look_looks_at_everything_and_changes_nothing() {
    let plugin = plugin().await;
    let screens = Screens::new(&plugin).await;
    let import = screens.import_of(&plugin, 2).await;
    let mut wim = Frame::of(&plugin, "vsa", "wim").await;
    let before = everything(&plugin).await;
    let mut refused = 0;
    let paths = STEPS[..STEPS.len() - 1].iter().map(|step| format!("{import}/{step}"));
    for path in paths.chain(["/imports", "/start", "/customers/refresh", "/connections"].map(str::to_owned)) {
        let answer = wim.post(&path, &[("go", "next"), ("organization", "1")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.text);
        assert!(answer.text.contains("You may look, but not change anything"), "{path}: {}", answer.text);
        refused += 1;
    }
    let id = import.rsplit('/').next().unwrap();
    let document: Value = serde_json::from_str(api::document()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|name| ["post", "put"].contains(&name.as_str())) {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = path.replace("{import_id}", id);
            let answer = wim.call(method.clone(), &path, "{}").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: {}", answer.text);
            assert!(answer.text.contains("lets you look only"), "{}", answer.text);
            refused += 1;
        }
    }
    assert_eq!(refused, 14 + 10, "every write there is");
    assert_eq!(everything(&plugin).await, before, "nothing was changed");
    for path in [
        "/customers",
        "/customers?tab=linked",
        "/imports",
        "/start",
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

/// What is stored of imports, jobs and the inventory's state.
async fn everything(plugin: &crate::support::plugin::Plugin) -> String {
    let all = "select coalesce(string_agg(t::text, ' '), '') from (select i::text from import i union all select x::text from import_item x
               union all select j.kind || j.subject from job j union all select g::text from integration g) t(t)";
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
