//! What ends a partner's spending: caps and the freeze.

use super::flow::new_rows;
use super::stage::{Options, Stage};
use serde_json::json;
use worryfree_plugin::sandbox::World;
use worryfree_plugin::service::caps::Caps;
use worryfree_plugin::service::freeze;

/// The first customers of the world.
fn names(stage: &Stage, range: std::ops::Range<usize>) -> Vec<String> {
    stage
        .world()
        .organizations()
        .into_iter()
        .map(|organization| organization.name)
        .skip(range.start)
        .take(range.len())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_partner_has_nothing_sent_and_is_told() {
    let stage = Stage::new(Options::new(World::generated(4, 200, 3))).await;
    let names = names(&stage, 0..2);
    let rows = new_rows(stage.world(), names.iter().map(String::as_str), "WFS monthly", 10);
    let ready = stage.rest.ready(&rows).await;
    let (app, partner) = (&stage.plugin.app, stage.plugin.partner_id());
    assert!(freeze::freeze(app, partner, "A drill").await.unwrap());
    assert!(!freeze::freeze(app, partner, "Again").await.unwrap());
    let before = stage.books();
    let path = ready.path("/integration");
    let problem = stage.rest.post(&path, json!({ "plan_hash": ready.hash() })).await.problem(409, "frozen");
    assert!(problem["detail"].as_str().unwrap().contains("A drill"), "{problem}");
    assert_eq!(stage.books().customers.len(), before.customers.len(), "nothing was sent");
    assert_eq!(freeze::unfreeze_all(app).await.unwrap(), 1);
    stage.rest.post(&path, json!({ "plan_hash": ready.hash() })).await.is(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_beyond_a_cap_is_refused_before_anything_is_sent() {
    let stage = Stage::new(Options::new(World::generated(6, 200, 3))).await;
    let mut app = stage.plugin.app.clone();
    let mut limits = (*app.limits).clone();
    limits.caps = Caps { accounts_per_hour: 2, ..Caps::default() };
    app.limits = limits.into();
    let mut starts = Vec::new();
    for range in [0..2, 2..3] {
        let names = names(&stage, range);
        let rows = new_rows(stage.world(), names.iter().map(String::as_str), "WFS monthly", 10);
        let ready = stage.rest.ready(&rows).await;
        let caller = worryfree_plugin::service::Caller { partner_id: stage.plugin.partner_id(), name: "Ana".into() };
        starts.push(
            worryfree_plugin::service::integrations::start(
                &app,
                &caller,
                worryfree_plugin::domain::ids::ImportId(ready.id.parse().unwrap()),
                ready.hash(),
            )
            .await,
        );
    }
    assert!(starts[0].is_ok(), "two are within the cap: {:?}", starts[0].as_ref().err());
    let refused = starts[1].as_ref().expect_err("the third is beyond it").to_string();
    assert_eq!(refused, "more accounts than allowed in 1 hours");
}
