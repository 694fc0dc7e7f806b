//! Connections as they are stored, with their credentials sealed.

use super::{ClientError, ConnectionConfig, ConnectionSource};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use crate::storage::vault::Vault;
use crate::storage::{partners, tenancy};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads connections from the database and opens their credentials.
#[derive(Clone)]
pub struct StoredConnections {
    pool: PgPool,
    vault: Arc<Vault>,
}

impl StoredConnections {
    /// Connections of the partners in `pool`, opened with `vault`.
    pub fn new(pool: PgPool, vault: Arc<Vault>) -> Self {
        Self { pool, vault }
    }

    async fn read(&self, partner: PartnerId, vendor: Vendor) -> Result<Option<ConnectionConfig>, ClientError> {
        let mut conn = tenancy::begin(&self.pool, partner).await.map_err(source)?;
        let Some(row) = partners::connection(&mut conn, partner, vendor).await.map_err(source)? else {
            return Ok(None);
        };
        drop(conn);
        let opened: SecretSlice<u8> = self.vault.open(partner, vendor, &row.sealed).map_err(source)?.into();
        let credentials: BTreeMap<String, SecretString> =
            serde_json::from_slice(opened.expose_secret()).map_err(source)?;
        Ok(Some(ConnectionConfig { url: row.url, product: row.product, details: row.details, credentials }))
    }
}

impl ConnectionSource for StoredConnections {
    fn connection(
        &self,
        partner: PartnerId,
        vendor: Vendor,
    ) -> BoxFuture<'_, Result<Option<ConnectionConfig>, ClientError>> {
        self.read(partner, vendor).boxed()
    }
}

fn source(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClientError {
    ClientError::Source(error.into())
}
