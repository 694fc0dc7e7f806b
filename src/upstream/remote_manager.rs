//! Stand-in.
#![allow(missing_docs, clippy::unimplemented, clippy::unused_async, unused_variables, reason = "replaced")]
use super::ConfigError;
use super::transport::Transport;
use crate::domain::ids::{AccountId, PartnerId};
use crate::domain::outcome::{ReadError, Sent};
use secrecy::SecretString;
use std::sync::Arc;
pub struct RemoteManagerConfig {
    pub url: String,
    pub access_token: SecretString,
    pub secret_key: SecretString,
}
pub struct RemoteManager;
pub struct CustomerBatch(Vec<AccountId>);
impl CustomerBatch {
    pub fn chunks(ids: impl IntoIterator<Item = AccountId>) -> Vec<Self> {
        unimplemented!()
    }
    pub fn ids(&self) -> &[AccountId] {
        &self.0
    }
}
pub enum Initialized {
    Done,
    NotReady,
}
#[derive(Clone, Copy, Debug)]
pub enum Os {
    Win,
    Mac,
    Android,
    Ios,
}
#[derive(Clone, Debug)]
pub struct CustomerGroups {
    pub account_id: AccountId,
    pub groups: Vec<Group>,
}
#[derive(Clone, Debug)]
pub struct Group {
    pub id: u32,
    pub name: String,
    pub kind: u32,
}
impl RemoteManager {
    pub fn new(
        transport: Arc<Transport>,
        partner: PartnerId,
        config: RemoteManagerConfig,
    ) -> Result<Self, ConfigError> {
        unimplemented!()
    }
    pub async fn probe(&self) -> Result<(), ReadError> {
        unimplemented!()
    }
    pub async fn initialize(&self, batch: &CustomerBatch) -> Sent<Initialized> {
        unimplemented!()
    }
    pub async fn groups(&self, batch: &CustomerBatch) -> Result<Vec<CustomerGroups>, ReadError> {
        unimplemented!()
    }
    pub async fn replicate_policies(
        &self,
        batch: &CustomerBatch,
        gid: u32,
        os: Os,
        source: &AccountId,
        source_gid: u32,
    ) -> Sent<()> {
        unimplemented!()
    }
    pub async fn replicate_global_settings(&self, batch: &CustomerBatch, source: &AccountId) -> Sent<()> {
        unimplemented!()
    }
    pub async fn set_notification_recipients(&self, batch: &CustomerBatch, recipients: &[String]) -> Sent<()> {
        unimplemented!()
    }
}
