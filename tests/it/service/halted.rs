//! Work that took its workers with it again and again is halted, says so, and can be taken up.

use crate::end_to_end::flow::statuses;
use crate::end_to_end::stage::{Options, Stage};
use worryfree_plugin::sandbox::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_was_halted_says_so_and_can_be_asked_for_again() {
    let mut stage = Stage::new(Options::new(World::generated(4, 20, 1))).await;
    stage.stop_worker().await;
    stage.ask("/api/v1/inventory/refresh").await.is(202);
    // As two lost workers leave it behind, and a third that is lost now.
    let lost = "update job set state = 'running', crashes = 2, lease_until = now() - interval '1 second' where state = 'queued'";
    assert_eq!(sqlx::query(lost).execute(stage.plugin.database.pool()).await.unwrap().rows_affected(), 1);
    sqlx::query("update inventory_refresh set status = 'running'").execute(stage.plugin.database.pool()).await.unwrap();
    stage.start_worker();
    let halted = stage
        .until("it is halted", || async {
            let inventory = stage.get("/api/v1/inventory").await.ok();
            (inventory["refresh"]["status"] == "failed").then_some(inventory)
        })
        .await;
    let error = &halted["refresh"]["error"];
    assert_eq!(error["code"], "parked");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("is kept") && message.contains("Refresh"), "{message}");
    assert_eq!(halted["organizations"]["count"], 4, "what was read stays");
    assert_eq!(stage.refresh().await["refresh"]["status"], "idle");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_over_what_another_version_wrote_is_halted_in_plain_sight_and_goes_on_once_it_is_understood() {
    let world = World::generated(4, 20, 1);
    let names: Vec<_> = world.organizations().into_iter().map(|organization| organization.name).take(2).collect();
    let mut stage = Stage::new(Options::new(world)).await;
    stage.stop_worker().await;
    let ready = stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10)).await;
    stage.integrate(&ready).await;
    let run = async |stage: &Stage, sql: &'static str| {
        sqlx::query(sql).execute(stage.plugin.database.pool()).await.unwrap();
    };
    run(&stage, "update integration_item set status = 'resting' where position = 1").await;
    stage.start_worker();
    let is_halted = |integration: &serde_json::Value| integration["waiting_for"]["code"] == "parked";
    let halted = stage.integration(&ready, "it is halted", is_halted).await;
    assert_eq!((halted["status"].as_str(), statuses(&halted)), (Some("waiting"), vec!["waiting", "queued"]));
    for reason in [&halted["waiting_for"], &halted["items"][0]["reason"]] {
        assert!(reason["message"].as_str().unwrap().contains("another version"), "{reason}");
    }
    stage.ask(&ready.path("/integration/stop")).await.is(202);
    let again = |integration: &serde_json::Value| is_halted(integration) && integration["status"] == "stopping";
    let halted = stage.integration(&ready, "it is halted again, and still to stop", again).await;
    assert!(halted["waiting_for"]["message"].as_str().unwrap().contains("another version"), "{halted:#}");
    let plan = "update integration set plan = plan || '{\"items\": \"elsewhere\"}'";
    sqlx::query("create table kept as select plan from integration")
        .execute(stage.plugin.database.pool())
        .await
        .unwrap();
    run(&stage, plan).await;
    assert!(is_halted(&stage.get(&ready.path("/integration")).await.ok()), "without a readable plan as well");
    run(&stage, "update integration set plan = (select plan from kept)").await;
    run(&stage, "update integration_item set status = 'queued'").await;
    stage.ask(&ready.path("/integration/retry")).await.is(202);
    let is_stopped = |integration: &serde_json::Value| integration["status"] == "stopped";
    let stopped = stage.integration(&ready, "it stops", is_stopped).await;
    assert_eq!(statuses(&stopped), ["not_started"; 2]);
}
