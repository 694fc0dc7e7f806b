//! A key whose request was cut off by the end of its process is free again within half a minute, and not before.

use crate::end_to_end::stage::{Options, Stage};
use serde_json::json;
use std::time::Duration;
use worryfree_plugin::sandbox::World;
use worryfree_plugin::service::idempotency::{Begin, begin, keep_taken};

const PATH: &str = "/api/v1/imports";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_follows_whoever_took_it() {
    let stage = Stage::new(Options::new(World::generated(2, 10, 1))).await;
    let (app, partner) = (&stage.plugin.app, stage.plugin.partner_id());
    let aged = async |seconds: f64| {
        let sql = "update idempotency_key set created_at = now() - make_interval(secs => $1) where key = 'k'";
        sqlx::query(sql).bind(seconds).execute(stage.plugin.database.pool()).await.unwrap();
    };
    let body = json!({ "organization_ids": [stage.world().organizations()[0].id] });
    // As a process leaves it that ended before it answered.
    assert_eq!(begin(app, partner, PATH, "k", b"other").await.unwrap(), Begin::Fresh);
    aged(25.0).await;
    assert_eq!(begin(app, partner, PATH, "k", b"other").await.unwrap(), Begin::InUse);
    let keeping = tokio::time::timeout(Duration::from_secs(11), keep_taken(app, partner, PATH, "k"));
    assert!(keeping.await.is_err());
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(begin(app, partner, PATH, "k", b"other").await.unwrap(), Begin::InUse, "it was said to be in use");
    aged(31.0).await;
    stage.post_as("k", PATH, body).await.is(201);
}
