//! What is kept for how long, and what is kept in any case.

use crate::end_to_end::stage::{Options, Stage};
use chrono::{TimeDelta, Utc};
use worryfree_plugin::jobs::upkeep::{Retention, purge};
use worryfree_plugin::sandbox::World;
use worryfree_plugin::storage::audit;

/// Nothing is removed but what a test names.
const KEEPS_ALL: Retention =
    Retention { drafts: None, imports: None, records: None, jobs_days: 36_500, idempotency_hours: 8_760 };

const DAY: TimeDelta = TimeDelta::days(1);

async fn count(stage: &Stage, what: &str) -> i64 {
    let counting = sqlx::AssertSqlSafe(format!("select count(*) from {what}"));
    sqlx::query_scalar(counting).fetch_one(stage.plugin.database.pool()).await.unwrap()
}

async fn age(stage: &Stage, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(stage.plugin.database.pool()).await.unwrap();
}

async fn purge_with(stage: &Stage, retention: Retention) {
    purge(&stage.plugin.app.pool, retention, Utc::now()).await.unwrap();
}

/// A stage with two imports that have ended and a draft, of one customer each.
async fn stage() -> Stage {
    let stage = Stage::new(Options::new(World::generated(3, 20, 19))).await;
    let names: Vec<_> = stage.world().organizations().into_iter().map(|organization| organization.name).collect();
    for name in &names[..2] {
        let ready = stage.rest.ready(&stage.new_rows([name.as_str()], "WFS monthly", 10)).await;
        stage.rest.integrate(&ready).await;
        stage.integration(&ready, "it finishes", |found| found["status"] == "finished").await;
    }
    stage.rest.ready(&stage.new_rows([names[2].as_str()], "WFS monthly", 10)).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_goes_at_its_age_and_links_stay() {
    let stage = stage().await;
    purge_with(&stage, KEEPS_ALL).await;
    purge_with(&stage, Retention { imports: Some(DAY), drafts: Some(DAY), records: Some(DAY), ..KEEPS_ALL }).await;
    assert_eq!((count(&stage, "import").await, count(&stage, "link").await), (3, 2), "nothing is old enough");

    age(&stage, "update operation_log set at = now() - interval '2 days'").await;
    purge_with(&stage, Retention { records: Some(DAY), ..KEEPS_ALL }).await;
    assert_eq!((count(&stage, "operation_log").await, count(&stage, "import").await), (0, 3));

    age(&stage, "update import set created_at = now() - interval '2 days'").await;
    purge_with(&stage, Retention { drafts: Some(DAY), ..KEEPS_ALL }).await;
    assert_eq!((count(&stage, "import where status = 'draft'").await, count(&stage, "import").await), (0, 2));

    // One of the accounts is nobody's: what was recorded is all that tells whose it was. The other import is still being undone.
    age(&stage, "update integration set finished_at = now() - interval '2 days'").await;
    age(&stage, "delete from link where organization_id = (select min(organization_id) from link)").await;
    age(&stage, "insert into undo (partner_id, import_id, status, requested_by) select partner_id, import_id, 'waiting', 'Ana' from link").await;
    purge_with(&stage, Retention { imports: Some(DAY), ..KEEPS_ALL }).await;
    assert_eq!(count(&stage, "import").await, 2);
    age(&stage, "update undo set status = 'finished'").await;
    purge_with(&stage, Retention { imports: Some(DAY), ..KEEPS_ALL }).await;
    assert_eq!((count(&stage, "import").await, count(&stage, "operation where kind = 'create_account'").await), (1, 1));
    assert_eq!((count(&stage, "link").await, count(&stage, "integration_item").await), (1, 1), "the link stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_jobs_sessions_and_links_go_at_their_age() {
    let stage = stage().await;
    age(
        &stage,
        "insert into screen_session (partner_id, token_hash, user_name, expires_at)
           select partner_id, 'old'::bytea, 'Ana', now() - interval '1 minute' from partner union all select partner_id, 'new'::bytea, 'Ana', now() + interval '1 hour' from partner;
         insert into sign_in_link (partner_id, token_hash, user_name, expires_at)
           select partner_id, 'old', 'Ana', now() - interval '2 days' from partner",
    )
    .await;
    let (answers, jobs) = (count(&stage, "idempotency_key").await, count(&stage, "job").await);
    assert!(answers > 0 && jobs > 0);
    purge_with(&stage, KEEPS_ALL).await;
    assert_eq!((count(&stage, "screen_session").await, count(&stage, "sign_in_link").await), (1, 0));
    assert_eq!((count(&stage, "idempotency_key").await, count(&stage, "job").await), (answers, jobs));
    age(
        &stage,
        "update idempotency_key set created_at = now() - interval '3 hours'; update job set finished_at = now() - interval '3 days'",
    )
    .await;
    purge_with(&stage, Retention { idempotency_hours: 4, jobs_days: 4, ..KEEPS_ALL }).await;
    assert_eq!((count(&stage, "idempotency_key").await, count(&stage, "job").await), (answers, jobs));
    purge_with(&stage, Retention { idempotency_hours: 2, jobs_days: 2, ..KEEPS_ALL }).await;
    assert_eq!(
        (count(&stage, "idempotency_key").await, count(&stage, "job where finished_at is not null").await),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_that_was_shortened_by_age_still_holds() {
    let stage = stage().await;
    let before = count(&stage, "audit_entry").await;
    assert!(before > 2);
    let (owner, partner) = (stage.plugin.database.pool(), stage.plugin.partner_id());
    assert_eq!(audit::shorten(owner, partner, Utc::now() - DAY).await.unwrap(), 0, "nothing is old enough");
    let removed = audit::shorten(owner, partner, Utc::now() + DAY).await.unwrap();
    assert_eq!(removed, u64::try_from(before).unwrap());
    assert_eq!(count(&stage, "audit_entry where event = 'trail_shortened'").await, 1, "the trail says so itself");
}
