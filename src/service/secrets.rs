//! Changing the key that seals credentials, while the service runs.

use super::audit::{AuditEntry, OPERATOR};
use super::{App, ServiceError};
use crate::storage;
use crate::storage::tenancy::{self, Across};
use crate::storage::vault::Vault;
use serde_json::json;

/// Credentials looked up at once.
const BATCH: i64 = 100;

/// What a rotation did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rotated {
    /// Now under the key that seals.
    pub rewrapped: u64,
    /// Under a key that is not known here; they stay as they are.
    pub unreadable: u64,
}

/// Puts all credentials that are under another key under the one that seals now.
///
/// Each is changed in a transaction of its own, and says itself which key it is under: an interrupted rotation is taken up by the next, and
/// one that somebody has just entered anew is left alone.
pub async fn rotate(app: &App, vault: &Vault) -> Result<Rotated, ServiceError> {
    let (mut rotated, mut after) = (Rotated::default(), None);
    loop {
        let mut transaction = tenancy::begin_across(&app.pool, Across::Operator).await?;
        let batch = storage::partners::sealed_otherwise(&mut transaction, vault.key_id(), after, BATCH).await?;
        drop(transaction);
        let Some(last) = batch.last() else { return Ok(rotated) };
        after = Some(*last);
        for (partner, vendor) in batch {
            let mut transaction = tenancy::begin(&app.pool, partner).await?;
            let sealed = storage::partners::lock_sealed(&mut transaction, partner, vendor, vault.key_id()).await?;
            let Some(sealed) = sealed else { continue };
            let Ok(rewrapped) = vault.rewrap(partner, vendor, &sealed) else {
                tracing::error!(partner = %partner, ?vendor, "credentials are under a key that is not known here");
                rotated.unreadable += 1;
                continue;
            };
            storage::partners::put_sealed(&mut transaction, partner, vendor, &rewrapped, vault.key_id()).await?;
            let subject = storage::rows::vendor_text(vendor);
            let detail = json!({ "key_id": vault.key_id() });
            let entry = AuditEntry { actor: OPERATOR, event: "credentials_rewrapped", subject, detail };
            storage::audit::append(&mut transaction, partner, &entry).await?;
            transaction.commit().await?;
            rotated.rewrapped += 1;
        }
    }
}
