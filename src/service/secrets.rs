//! Changing the key that seals credentials, while the service runs.

use super::audit::{AuditEntry, OPERATOR};
use super::{App, ServiceError};
use crate::storage;
use crate::storage::tenancy::{self, Across};
use crate::storage::vault::{Record, Vault};
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

/// Puts all secrets that are under another key under the one that seals now.
///
/// Each is changed in a transaction of its own, and says itself which key it is under: an interrupted rotation is taken up by the next, and
/// one that somebody has just entered anew is left alone.
pub async fn rotate(app: &App, vault: &Vault) -> Result<Rotated, ServiceError> {
    let (mut rotated, mut after) = (Rotated::default(), None);
    loop {
        let mut transaction = tenancy::begin_across(&app.pool, Across::Operator).await?;
        let batch = storage::sealed::otherwise(&mut transaction, vault.key_id(), after.as_ref(), BATCH).await?;
        drop(transaction);
        let Some(last) = batch.last() else { return Ok(rotated) };
        after = Some(last.clone());
        for (partner, record) in batch {
            let mut transaction = tenancy::begin(&app.pool, partner).await?;
            let sealed = storage::sealed::lock(&mut transaction, partner, &record, vault.key_id()).await?;
            let Some(sealed) = sealed else { continue };
            let Ok(rewrapped) = vault.rewrap(partner, record.clone(), &sealed) else {
                tracing::error!(partner = %partner, of = subject(&record), "a secret is under a key that is not known here");
                rotated.unreadable += 1;
                continue;
            };
            storage::sealed::put(&mut transaction, partner, &record, &rewrapped, vault.key_id()).await?;
            let detail = json!({ "key_id": vault.key_id() });
            let entry =
                AuditEntry { actor: OPERATOR, event: "credentials_rewrapped", subject: subject(&record), detail };
            storage::audit::append(&mut transaction, partner, &entry).await?;
            transaction.commit().await?;
            rotated.rewrapped += 1;
        }
    }
}

/// What a secret is for; nobody's name.
fn subject(record: &Record) -> &'static str {
    match record {
        Record::Connection(vendor) => storage::rows::vendor_text(*vendor),
        Record::OpenIdProvider => "openid_provider",
        Record::Grant { .. } => "sign_in_grant",
    }
}
