//! Work that took its workers with it again and again is halted, says so, and can be taken up.

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
