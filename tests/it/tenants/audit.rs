//! What was done is on record, and the record cannot be changed unnoticed.

use super::pool::partner;
use crate::support::database::TestDatabase;
use crate::support::plugin::app;
use chrono::Utc;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::service::audit::{AuditEntry, BrokenChain, VerifyError, verify};
use worryfree_plugin::service::{App, access};
use worryfree_plugin::storage::{audit, tenancy};

async fn note(app: &App, partner: PartnerId, event: &str) {
    let mut transaction = tenancy::begin(&app.pool, partner).await.unwrap();
    let entry = AuditEntry { actor: "Ana", event, subject: "o-1", detail: json!({ "seats": 12, "é": "\u{7}" }) };
    audit::append(&mut transaction, partner, &entry).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn broken(app: &App, partner: PartnerId) -> BrokenChain {
    match verify(app, partner, None).await {
        Err(VerifyError::Broken(broken)) => broken,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn entries_are_chained_whoever_adds_them_at_the_same_time() {
    let database = TestDatabase::new().await;
    let (own, other) = (partner(database.pool(), "own").await, partner(database.pool(), "other").await);
    let app = app(database.service_pool().await);
    futures_util::future::join_all(
        (0..40).map(|number| note(&app, if number % 2 == 0 { own } else { other }, "linked")),
    )
    .await;
    access::issue_token(&app, own, "nightly").await.unwrap();
    let whole = verify(&app, own, None).await.unwrap();
    assert_eq!((whole.entries, whole.head.as_ref().unwrap().0), (21, 21));
    assert_eq!(verify(&app, other, None).await.unwrap().entries, 20, "each partner has a chain of its own");
    verify(&app, own, whole.head.as_ref()).await.unwrap();
}

#[tokio::test]
async fn the_service_only_adds() {
    let database = TestDatabase::new().await;
    let own = partner(database.pool(), "own").await;
    let app = app(database.service_pool().await);
    note(&app, own, "linked").await;
    for statement in ["update audit_entry set actor = 'Ben'", "delete from audit_entry", "truncate audit_entry"] {
        let mut transaction = tenancy::begin(&app.pool, own).await.unwrap();
        let refused = transaction.execute(statement).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
        // Nor does the owner, unless by taking the trigger away.
        let refused = database.pool().execute(statement).await.unwrap_err().to_string();
        assert!(refused.contains("only added to"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn whoever_gets_around_the_trigger_is_found_out() {
    let database = TestDatabase::new().await;
    let changes = [
        ("update audit_entry set actor = 'Ben' where seq = 3", BrokenChain::Changed(3)),
        ("update audit_entry set at = at + interval '1 microsecond' where seq = 3", BrokenChain::Changed(3)),
        ("update audit_entry set detail = '{\"seats\": 1}' where seq = 1", BrokenChain::Changed(1)),
        ("delete from audit_entry where seq = 4", BrokenChain::Missing(4)),
        ("delete from audit_entry where seq = 1", BrokenChain::Beheaded(1)),
        ("update audit_entry set seq = 9 where seq = 6", BrokenChain::Missing(6)),
    ];
    let app = app(database.service_pool().await);
    for (number, (change, expected)) in changes.iter().enumerate() {
        let own = partner(database.pool(), &format!("p{number}")).await;
        for _ in 0..6 {
            note(&app, own, "linked").await;
        }
        let statement = format!(
            "alter table audit_entry disable trigger audit_keep; {change} and partner_id = '{own}'; alter table audit_entry enable trigger audit_keep"
        );
        database.pool().execute(AssertSqlSafe(statement)).await.unwrap();
        assert_eq!(broken(&app, own).await, *expected, "{change}");
    }
    println!("{} ways to change the trail: all found out", changes.len());
}

#[tokio::test]
async fn a_trail_that_was_cut_off_does_not_contain_what_was_noted() {
    let database = TestDatabase::new().await;
    let own = partner(database.pool(), "own").await;
    let app = app(database.service_pool().await);
    for _ in 0..3 {
        note(&app, own, "linked").await;
    }
    let head = verify(&app, own, None).await.unwrap().head;
    database
        .pool()
        .execute("alter table audit_entry disable trigger audit_keep; delete from audit_entry where seq = 3; alter table audit_entry enable trigger audit_keep")
        .await
        .unwrap();
    verify(&app, own, None).await.unwrap();
    let found = verify(&app, own, head.as_ref()).await.unwrap_err();
    assert!(matches!(found, VerifyError::Broken(BrokenChain::NotAsNoted(3))), "{found:?}");
}

#[tokio::test]
async fn a_trail_can_be_shortened_and_is_still_whole() {
    let database = TestDatabase::new().await;
    let (own, other) = (partner(database.pool(), "own").await, partner(database.pool(), "other").await);
    let app = app(database.service_pool().await);
    for _ in 0..4 {
        note(&app, own, "linked").await;
        note(&app, other, "linked").await;
    }
    let middle = Utc::now();
    note(&app, own, "unlinked").await;
    assert_eq!(audit::shorten(database.pool(), own, middle).await.unwrap(), 4);
    let whole = verify(&app, own, None).await.unwrap();
    assert_eq!((whole.entries, whole.head.unwrap().0), (2, 6), "the last, and that it was shortened");
    assert_eq!(verify(&app, other, None).await.unwrap().entries, 4);
    assert_eq!(audit::shorten(database.pool(), own, middle).await.unwrap(), 0);
    note(&app, own, "linked").await;
    assert_eq!(verify(&app, own, None).await.unwrap().entries, 3);
    assert!(audit::shorten(&app.pool, own, Utc::now()).await.is_err(), "the service itself may not");
}
