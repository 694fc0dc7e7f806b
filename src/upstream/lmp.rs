//! Stand-in.
#![allow(missing_docs, clippy::unimplemented, clippy::unused_async, unused_variables, reason = "replaced")]
use super::ConfigError;
use super::transport::Transport;
use super::vsa::Progress;
use crate::domain::ids::{AccountId, PartnerId, ServicePlanId, SubscriptionId};
use crate::domain::inventory::{Account, CreatedBetween, LicensePool, ServicePlan, Subscription};
use crate::domain::outcome::{ReadError, Sent};
use secrecy::SecretString;
use std::sync::Arc;
pub struct LmpConfig {
    pub url: String,
    pub access_token: SecretString,
    pub secret_key: SecretString,
}
pub struct Lmp;
pub struct NewCustomer {
    pub name: String,
    pub address: Option<String>,
    pub city: String,
    pub state: String,
    pub postal_code: Option<String>,
    pub country: String,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
}
pub enum FoundSubscription {
    None,
    One(SubscriptionId),
    Several(Vec<SubscriptionId>),
}
impl Lmp {
    pub fn new(transport: Arc<Transport>, partner: PartnerId, config: LmpConfig) -> Result<Self, ConfigError> {
        unimplemented!()
    }
    pub async fn customers(&self, created: CreatedBetween, progress: &Progress) -> Result<Vec<Account>, ReadError> {
        unimplemented!()
    }
    pub async fn service_plans(&self) -> Result<Vec<ServicePlan>, ReadError> {
        unimplemented!()
    }
    pub async fn license_pools(&self) -> Result<Option<Vec<LicensePool>>, ReadError> {
        unimplemented!()
    }
    pub async fn subscriptions(
        &self,
        created: CreatedBetween,
        progress: &Progress,
    ) -> Result<Vec<Subscription>, ReadError> {
        unimplemented!()
    }
    pub async fn subscription(
        &self,
        account: &AccountId,
        subscription: &SubscriptionId,
    ) -> Result<Option<Subscription>, ReadError> {
        unimplemented!()
    }
    pub async fn find_subscription(
        &self,
        account: &AccountId,
        plan: &ServicePlanId,
    ) -> Result<FoundSubscription, ReadError> {
        unimplemented!()
    }
    pub async fn create_customer(&self, customer: &NewCustomer, note: &str) -> Sent<AccountId> {
        unimplemented!()
    }
    pub async fn create_subscription(
        &self,
        account: &AccountId,
        plan: &ServicePlanId,
        units: u32,
    ) -> Sent<SubscriptionId> {
        unimplemented!()
    }
    pub async fn set_units(&self, account: &AccountId, subscription: &SubscriptionId, units: u32) -> Sent<()> {
        unimplemented!()
    }
}
