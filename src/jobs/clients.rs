//! The vendors' clients of a partner, made from credentials that are read afresh each time.

pub mod stored;

use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use crate::upstream::lmp::{Lmp, LmpConfig};
use crate::upstream::remote_manager::{RemoteManager, RemoteManagerConfig};
use crate::upstream::transport::ConfigError;
use crate::upstream::transport::Transport;
use crate::upstream::vsa::{Vsa, Vsa9, Vsa9Config, Vsa10, Vsa10Config};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A connection with its credentials opened.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// The vendor's address.
    pub url: String,
    /// `vsa9` or `vsa10` for VSA.
    pub product: Option<String>,
    /// What else is not secret.
    pub details: serde_json::Value,
    /// By name, such as `access_token` and `secret_key`.
    pub credentials: BTreeMap<String, SecretString>,
}

/// What is not secret of a connection to VSA: the user of VSA 9, the token's id of VSA 10.
#[derive(Deserialize)]
struct VsaDetails {
    #[serde(alias = "token_id")]
    user: String,
    #[serde(default)]
    own_organizations: Vec<String>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The partner has no such connection.
    #[error("not connected")]
    NotConnected,
    /// A credential is missing.
    #[error("the credential {0} is missing")]
    Missing(&'static str),
    /// A VSA that there is no client for.
    #[error("only VSA 9 and VSA 10 can be spoken to")]
    UnknownProduct,
    /// The settings cannot be used.
    #[error("the connection cannot be used")]
    Unusable(#[source] ConfigError),
    /// The connection could not be read or opened.
    #[error("the connection could not be read")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where connections come from.
pub trait ConnectionSource: Send + Sync {
    /// A partner's connection with its credentials opened; `None` if there is none.
    fn connection(
        &self,
        partner: PartnerId,
        vendor: Vendor,
    ) -> BoxFuture<'_, Result<Option<ConnectionConfig>, ClientError>>;
}

/// Makes clients; cheap to clone.
#[derive(Clone)]
pub struct Clients {
    transport: Arc<Transport>,
    source: Arc<dyn ConnectionSource>,
}

impl Clients {
    /// Clients that all send through `transport`.
    pub fn new(transport: Arc<Transport>, source: Arc<dyn ConnectionSource>) -> Self {
        Self { transport, source }
    }

    /// The one way out.
    pub fn transport(&self) -> Arc<Transport> {
        Arc::clone(&self.transport)
    }

    /// A partner's connection, read afresh.
    pub async fn connection(&self, partner: PartnerId, vendor: Vendor) -> Result<ConnectionConfig, ClientError> {
        self.source.connection(partner, vendor).await?.ok_or(ClientError::NotConnected)
    }

    /// VSA.
    pub async fn vsa(&self, partner: PartnerId) -> Result<Vsa, ClientError> {
        let mut connection = self.connection(partner, Vendor::Vsa).await?;
        let VsaDetails { user, own_organizations } =
            VsaDetails::deserialize(&connection.details).map_err(|error| ClientError::Source(error.into()))?;
        let vsa = match connection.product.as_deref() {
            Some("vsa9") => {
                let access_token = take(&mut connection, "access_token")?;
                let config = Vsa9Config { url: connection.url, user, access_token, own_organizations };
                Vsa9::new(self.transport(), partner, config).map(Vsa::Vsa9)
            }
            Some("vsa10") => {
                let token_secret = take(&mut connection, "token_secret")?;
                let config = Vsa10Config { url: connection.url, token_id: user, token_secret, own_organizations };
                Vsa10::new(self.transport(), partner, config).map(Vsa::Vsa10)
            }
            _ => return Err(ClientError::UnknownProduct),
        };
        vsa.map_err(ClientError::Unusable)
    }

    /// LMPI.
    pub async fn lmp(&self, partner: PartnerId) -> Result<Lmp, ClientError> {
        let mut connection = self.connection(partner, Vendor::Lmp).await?;
        let config = LmpConfig {
            access_token: take(&mut connection, "access_token")?,
            secret_key: take(&mut connection, "secret_key")?,
            url: connection.url,
        };
        Lmp::new(self.transport(), partner, config).map_err(ClientError::Unusable)
    }

    /// SMPI.
    pub async fn remote_manager(&self, partner: PartnerId) -> Result<RemoteManager, ClientError> {
        let mut connection = self.connection(partner, Vendor::RemoteManager).await?;
        let config = RemoteManagerConfig {
            access_token: take(&mut connection, "access_token")?,
            secret_key: take(&mut connection, "secret_key")?,
            url: connection.url,
        };
        RemoteManager::new(self.transport(), partner, config).map_err(ClientError::Unusable)
    }
}

fn take(connection: &mut ConnectionConfig, name: &'static str) -> Result<SecretString, ClientError> {
    connection.credentials.remove(name).ok_or(ClientError::Missing(name))
}
