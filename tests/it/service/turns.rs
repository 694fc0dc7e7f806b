//! Whose job is claimed next.

use crate::support::database::TestDatabase;
use crate::tenants::pool::partner;
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::storage::leases::{self, ClaimLimits};
use worryfree_plugin::storage::tenancy;
use worryfree_plugin::storage::{jobs, upkeep};

/// Ten partners whose refreshes are due.
async fn ten_due(database: &TestDatabase, service: &PgPool) -> Vec<PartnerId> {
    let mut partners = Vec::new();
    for number in 0..10 {
        let partner = partner(database.pool(), &format!("p{number}")).await;
        let connection = "insert into connection (partner_id, vendor, product, url, key_id, sealed) values ($1, 'vsa', 'vsa9', 'https://vsa.example', 'k', '')";
        sqlx::query(connection).bind(partner.0).execute(database.pool()).await.unwrap();
        partners.push(partner);
    }
    assert_eq!(upkeep::enqueue_due_refreshes(service, Duration::from_mins(1)).await.unwrap(), 10);
    partners
}

async fn enqueue(service: &PgPool, partner: PartnerId, kind: &str, subject: &str) -> bool {
    let mut transaction = tenancy::begin(service, partner).await.unwrap();
    let is_new = jobs::enqueue(&mut transaction, partner, kind, subject).await.unwrap();
    transaction.commit().await.unwrap();
    is_new
}

/// Whose jobs are claimed, and of which kind.
async fn claim(service: &PgPool, count: i64, background: i64) -> Vec<(PartnerId, String)> {
    let lease = Duration::from_secs(30);
    let limits = ClaimLimits { owner: Uuid::now_v7(), lease, per_partner: 4, count, background };
    let (claimed, _) = leases::claim(service, limits).await.unwrap();
    claimed.into_iter().map(|job| (job.partner_id, job.kind)).collect()
}

#[tokio::test]
async fn what_somebody_waits_for_comes_before_everything_that_is_due_by_itself() {
    let database = TestDatabase::new().await;
    let service = database.service_pool().await;
    let partners = ten_due(&database, &service).await;
    assert!(enqueue(&service, partners[9], "integrate", "6f9f1d3e-0000-4000-8000-000000000001").await);
    assert_eq!(claim(&service, 1, 1).await, [(partners[9], "integrate".to_owned())]);
}

#[tokio::test]
async fn what_nobody_waits_for_leaves_places_free() {
    let database = TestDatabase::new().await;
    let service = database.service_pool().await;
    let partners = ten_due(&database, &service).await;
    assert_eq!(claim(&service, 8, 6).await.len(), 6);
    assert!(claim(&service, 2, 0).await.is_empty());
    let left: Vec<_> = claim(&service, 8, 8).await;
    assert_eq!(left.len(), 4);
    assert!(enqueue(&service, partners[3], "read_contacts", "6f9f1d3e-0000-4000-8000-000000000002").await);
    assert_eq!(claim(&service, 2, 0).await, [(partners[3], "read_contacts".to_owned())]);
}

#[tokio::test]
async fn a_refresh_that_somebody_asks_for_no_longer_stands_at_the_end() {
    let database = TestDatabase::new().await;
    let service = database.service_pool().await;
    let partners = ten_due(&database, &service).await;
    assert!(!enqueue(&service, partners[7], "refresh_inventory", "").await, "it is queued already");
    assert_eq!(claim(&service, 1, 0).await, [(partners[7], "refresh_inventory".to_owned())]);
}
