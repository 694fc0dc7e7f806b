//! The client for the Licensing Management Platform's REST API, LMPI (`lmpi.md`).

mod calls;
mod customers;
mod find;
mod identity;
mod lists;
mod plans;
mod subscriptions;

pub use customers::NewCustomer;
pub use find::FoundSubscription;

use super::signed::{SignedClient, SignedConfig};
use super::transport::{Api, ConfigError, Transport};
use crate::domain::ids::{PartnerId, ServicePlanId, SubscriptionId};
use crate::domain::inventory::Subscription;

use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Address and secrets of a partner at LMPI.
#[derive(Debug, Clone)]
pub struct LmpConfig {
    /// The server's address; `/LMPI` and what follows may be left on it.
    pub url: String,
    /// Names the partner.
    pub access_token: SecretString,
    /// Signs; its text is the key, although it looks like Base64.
    pub secret_key: SecretString,
}

/// A partner's access to LMPI.
#[derive(Debug)]
pub struct Lmp {
    client: SignedClient,
    /// Plans by subscription, as seen so far: the single-subscription answer does not tell its plan (`lmpi.md` 8.2).
    plans: Mutex<HashMap<SubscriptionId, ServicePlanId>>,
    /// The list of all, and when its reading began: some servers have to be asked for it to know about one.
    listed: tokio::sync::Mutex<Option<(Instant, Arc<Vec<Subscription>>)>>,
}

impl Lmp {
    /// Makes a client; nothing is sent.
    pub fn new(transport: Arc<Transport>, partner: PartnerId, config: LmpConfig) -> Result<Self, ConfigError> {
        let config = SignedConfig {
            url: &config.url,
            api_root: "/LMPI",
            access_token: &config.access_token,
            secret_key: config.secret_key,
            clock_probe: calls::SERVICE_PLANS,
        };
        let client = SignedClient::new(transport, partner, Api::Lmp, config)?;
        Ok(Self { client, plans: Mutex::default(), listed: tokio::sync::Mutex::default() })
    }

    /// Our clock minus the vendor's in seconds, as far as its answers told.
    pub fn clock_offset(&self) -> Option<i64> {
        self.client.clock_offset()
    }

    fn remember_plan(&self, subscription: &SubscriptionId, plan: &ServicePlanId) {
        self.known_plans().insert(subscription.clone(), plan.clone());
    }

    fn known_plan(&self, subscription: &SubscriptionId) -> Option<ServicePlanId> {
        self.known_plans().get(subscription).cloned()
    }

    fn known_plans(&self) -> std::sync::MutexGuard<'_, HashMap<SubscriptionId, ServicePlanId>> {
        // The map is only inserted into, so it is whole even if somebody panicked beside it.
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
