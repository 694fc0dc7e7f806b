//! The world behind the APIs: what the vendors know, and what happened to it.

mod building;
mod companies;
mod credentials;
mod directory;
mod market;
mod people;
mod records;
mod saved;

pub use companies::{Company, Group};
pub use credentials::{Credentials, KeyPair};
pub use market::{Plan, Product, Version};
pub use people::Person;
pub use records::{Contact, Customer, CustomerContact, Organization, Staff, Subscription};
pub use saved::SavedWorld;

pub(super) use companies::{Companies, SYSTEMS, object};
pub(super) use directory::{Agent, Directory};
pub(super) use market::{Market, Shortage, subscription as new_subscription};
pub(super) use people::who_is_there;

use super::books::{Books, Ledger};
use super::openid::Provider;
use super::quirks::Quirks;
use super::vsa::Sessions;
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A handle on the world; clones share it.
#[derive(Debug, Clone)]
pub struct World(Arc<Mutex<State>>);

/// Everything there is.
#[derive(Debug, Default)]
pub(super) struct State {
    pub credentials: Credentials,
    /// People who can sign in.
    pub people: Vec<Person>,
    pub openid: Provider,
    pub directory: Directory,
    pub sessions: Sessions,
    /// Refused calls to VSA 10 in a row.
    pub vsa10_failures: u32,
    pub market: Market,
    pub companies: Companies,
    pub quirks: Quirks,
    pub ledger: Ledger,
}

impl State {
    /// The vendors' time.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.quirks.clock_offset
    }
}

impl World {
    /// Nothing but credentials.
    pub fn empty() -> Self {
        Self(Arc::default())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What opens the three APIs.
    pub fn credentials(&self) -> Credentials {
        self.lock().credentials.clone()
    }

    /// Replaces what opens the three APIs.
    pub fn set_credentials(&self, credentials: Credentials) {
        self.lock().credentials = credentials;
    }

    /// The switches as they are.
    pub fn quirks(&self) -> Quirks {
        self.lock().quirks.clone()
    }

    /// Turns switches.
    pub fn configure(&self, change: impl FnOnce(&mut Quirks)) {
        change(&mut self.lock().quirks);
    }

    /// Ends all VSA sessions, whatever expiry they announced.
    pub fn end_vsa_sessions(&self) {
        self.lock().sessions.end_all();
    }

    /// Has the `OpenID` Connect provider sign with another key.
    pub fn rotate_openid_keys(&self) {
        self.lock().openid.rotate();
    }

    /// A copy of the books.
    pub fn books(&self) -> Books {
        let state = self.lock();
        Books {
            customers: state.market.customers().to_vec(),
            subscriptions: state.market.subscriptions().to_vec(),
            products: state.market.products.clone(),
            companies: state.companies.all().cloned().collect(),
            effects: state.ledger.effects.clone(),
            requests: state.ledger.requests(),
            most_in_flight: state.ledger.most_in_flight.clone(),
            violations: state.ledger.violations.clone(),
        }
    }

    /// What clients did wrong so far.
    pub fn violations(&self) -> Vec<String> {
        self.lock().ledger.violations.clone()
    }
}
