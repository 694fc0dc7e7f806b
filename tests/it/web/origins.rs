//! What changes something has to come from a page of ours, and looking never changes anything.

use crate::support::plugin::Plugin;
use crate::support::screens::Screens;
use axum::http::StatusCode;
use worryfree_plugin::sandbox::World;

/// What a browser tells of where a form was sent from, none of them a page of ours.
const ELSEWHERE: [&[(&str, &str)]; 6] = [
    &[],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "null")],
    &[("sec-fetch-site", "same-origin"), ("origin", "null")],
    &[("origin", "https://elsewhere.example")],
];

#[tokio::test(flavor = "multi_thread")]
async fn a_form_from_elsewhere_is_refused_whatever_it_is() {
    let plugin = Plugin::new(World::believable()).await;
    let screens = Screens::new(&plugin).await;
    let import = screens.import_of(&plugin, 1).await;
    let steps = ["rows", "accounts", "notifications", "service-plans", "templates", "integration", "undo"];
    let mut paths: Vec<_> = steps.iter().map(|step| format!("{import}/{step}")).collect();
    paths.extend(["/imports", "/start", "/customers/refresh", "/enter", "/leave"].map(str::to_owned));
    for path in &paths {
        for told in ELSEWHERE {
            for kind in ["application/x-www-form-urlencoded", "text/plain", ""] {
                let answer = screens.post_told(path, told, kind, "go=next").await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {told:?} {kind}");
                assert!(answer.text.contains("This form came from somewhere else"), "{path}: {}", answer.text);
            }
        }
    }
    let own = screens.post_told("/leave", &[("origin", "https://plugin.example")], "", "").await;
    assert!(own.leads().ends_with("/left"), "a browser that names only its origin is served");
}

#[tokio::test(flavor = "multi_thread")]
async fn start_shows_a_button_and_what_was_begun_and_changes_nothing_before_it_is_pressed() {
    let plugin = Plugin::new(World::believable()).await;
    let screens = Screens::new(&plugin).await;
    let shown = screens.get("/start").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(
        shown.text.contains("<button class=\"main\">Start</button>") && !shown.text.contains("Go on with an import")
    );
    assert!(screens.get("/imports").await.text.contains("There are no imports yet"), "looking begins nothing");
    let begun = screens.post("/start", &[]).await.leads().to_owned();
    assert_eq!(screens.post("/start", &[]).await.leads(), begun, "an empty import serves again");
    let import = screens.import_of(&plugin, 2).await;
    let shown = screens.get("/start").await;
    assert!(shown.text.contains("Go on with an import") && shown.text.contains(&import), "{}", shown.text);
}
