//! Credentials stay sealed: while the key is changed under load, and wherever else somebody looks.

use super::pool::partner;
use crate::support::database::TestDatabase;
use crate::support::plugin::app;
use secrecy::SecretBox;
use sqlx::PgPool;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::service::secrets::{Rotated, rotate};
use worryfree_plugin::storage::partners::{ConnectionRow, connection, put_connection};
use worryfree_plugin::storage::tenancy;
use worryfree_plugin::storage::vault::Vault;

const PARTNERS: usize = 130;

fn key(byte: u8) -> SecretBox<[u8; 32]> {
    SecretBox::new(Box::new([byte; 32]))
}

async fn store(pool: &PgPool, partner: PartnerId, vault: &Vault, plain: &str) {
    let row = ConnectionRow {
        product: None,
        url: "https://lmp.example".to_owned(),
        details: serde_json::json!({}),
        sealed: vault.seal(partner, Vendor::Lmp, plain.as_bytes()).unwrap(),
        refused_at: None,
    };
    let mut transaction = tenancy::begin(pool, partner).await.unwrap();
    put_connection(&mut transaction, partner, Vendor::Lmp, &row, vault.key_id()).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn opened(pool: &PgPool, partner: PartnerId, vault: &Vault) -> Vec<u8> {
    let mut transaction = tenancy::begin(pool, partner).await.unwrap();
    let row = connection(&mut transaction, partner, Vendor::Lmp).await.unwrap().unwrap();
    vault.open(partner, Vendor::Lmp, &row.sealed).expect("it opens at any moment")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_changed_under_load() {
    let database = TestDatabase::new().await;
    let app = app(database.service_pool().await);
    let (old, both, new) =
        (Vault::new(&key(1)), Arc::new(Vault::new(&key(2)).opening_with(&key(1))), Vault::new(&key(2)));
    let mut partners = Vec::new();
    for number in 0..PARTNERS {
        let partner = partner(database.pool(), &format!("p{number}")).await;
        store(&app.pool, partner, &old, &format!("secret-{number}")).await;
        partners.push(partner);
    }
    // One who cannot be read holds nobody up.
    let lost = partner(database.pool(), "lost").await;
    store(&app.pool, lost, &Vault::new(&key(9)), "lost").await;
    let (done, read, entered) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> = (0..3)
        .map(|reader| {
            let (pool, both, partners) = (app.pool.clone(), Arc::clone(&both), partners.clone());
            let (done, read, entered) = (Arc::clone(&done), Arc::clone(&read), Arc::clone(&entered));
            tokio::spawn(async move {
                let mut number = reader * 40;
                while !done.load(Ordering::Acquire) {
                    number = (number + 1) % PARTNERS;
                    let plain = opened(&pool, partners[number], &both).await;
                    assert_eq!(plain, format!("secret-{number}").into_bytes());
                    read.fetch_add(1, Ordering::Relaxed);
                    if number % 10 == 0 {
                        // Somebody enters credentials anew meanwhile.
                        store(&pool, partners[number], &both, &format!("secret-{number}")).await;
                        entered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    // Interrupted a few times, then run to its end.
    for milliseconds in [20, 60] {
        let interrupted = tokio::time::timeout(std::time::Duration::from_millis(milliseconds), rotate(&app, &both));
        interrupted.await.ok();
    }
    let rotated = rotate(&app, &both).await.unwrap();
    done.store(true, Ordering::Release);
    for task in load {
        task.await.unwrap();
    }
    assert_eq!(rotated.unreadable, 1);
    for (number, partner) in partners.iter().enumerate() {
        assert_eq!(
            opened(&app.pool, *partner, &new).await,
            format!("secret-{number}").into_bytes(),
            "with the new key alone"
        );
    }
    assert_eq!(rotate(&app, &both).await.unwrap(), Rotated { rewrapped: 0, unreadable: 1 }, "nothing is left to do");
    println!(
        "{PARTNERS} credentials under a new key, twice interrupted, {} read and {} entered meanwhile: all open with the new key alone",
        read.load(Ordering::Relaxed),
        entered.load(Ordering::Relaxed)
    );
}
