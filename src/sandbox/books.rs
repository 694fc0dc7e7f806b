//! The books: what happened, what it led to, and what a client did wrong.

use super::call::Api;
use super::world::{Company, Customer, Product, Subscription};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;

/// Older requests are forgotten beyond this number: `demo` may run for weeks.
const LOGGED_REQUESTS: usize = 200_000;

/// A copy of the books, as of now.
#[derive(Debug, Clone)]
pub struct Books {
    /// All LMP customers in order of creation.
    pub customers: Vec<Customer>,
    /// All subscriptions in order of creation.
    pub subscriptions: Vec<Subscription>,
    /// The license pools.
    pub products: Vec<Product>,
    /// The Worry-Free companies.
    pub companies: Vec<Company>,
    /// What calls changed.
    pub effects: BTreeMap<Change, u64>,
    /// Requests in order of arrival.
    pub requests: Vec<LoggedRequest>,
    /// The most requests that were in flight at once.
    pub most_in_flight: BTreeMap<Api, usize>,
    /// Everything clients did that breaks the references.
    pub violations: Vec<String>,
}

impl Books {
    /// How often this was changed by calls.
    pub fn effect(&self, change: Change) -> u64 {
        self.effects.get(&change).copied().unwrap_or(0)
    }

    /// The requests with this API and method whose path contains the text.
    pub fn requests_to(&self, api: Api, method: &str, part_of_path: &str) -> Vec<&LoggedRequest> {
        self.requests
            .iter()
            .filter(|request| request.api == api && request.method == method && request.path.contains(part_of_path))
            .collect()
    }

    /// Customers that were created by calls.
    pub fn created_customers(&self) -> Vec<&Customer> {
        self.customers.iter().filter(|customer| customer.created_by_call).collect()
    }

    /// Subscriptions that were created by calls.
    pub fn created_subscriptions(&self) -> Vec<&Subscription> {
        self.subscriptions.iter().filter(|subscription| subscription.created_by_call).collect()
    }
}

/// What a call can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// An LMP customer was created.
    CustomerCreated,
    /// A customer's profile was changed.
    CustomerUpdated,
    /// A subscription was created.
    SubscriptionCreated,
    /// A subscription's units, plan or expiry were set.
    SubscriptionUpdated,
    /// A subscription was ended.
    SubscriptionDisabled,
    /// A subscription was suspended.
    SubscriptionSuspended,
    /// A suspension was lifted.
    SubscriptionUnsuspended,
    /// A Worry-Free company was prepared.
    CompanyInitialized,
    /// Policies of a group were written (counted per company).
    PoliciesWritten,
    /// Global settings were written (counted per company).
    GlobalSettingsWritten,
    /// Notification settings were written (counted per company).
    NotificationsWritten,
}

/// One request.
#[derive(Debug, Clone)]
pub struct LoggedRequest {
    /// The API called.
    pub api: Api,
    /// The method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query as sent, without `?`.
    pub query: String,
    /// What the client calls it for support, if it says so.
    pub trace_id: Option<String>,
    /// When it arrived, by the vendor's clock.
    pub at: DateTime<Utc>,
    /// How many requests of this API were in flight, this one included.
    pub in_flight: usize,
    /// How it ended; none while it runs and when the connection was cut.
    pub status: Option<u16>,
}

/// The books while they are kept.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub effects: BTreeMap<Change, u64>,
    pub violations: Vec<String>,
    pub most_in_flight: BTreeMap<Api, usize>,
    requests: VecDeque<LoggedRequest>,
    forgotten: usize,
    in_flight: BTreeMap<Api, usize>,
    trace_ids: HashSet<String>,
}

impl Ledger {
    /// Notes a change.
    pub fn changed(&mut self, change: Change) {
        *self.effects.entry(change).or_default() += 1;
    }

    /// Notes a breach of the references, loudly.
    pub fn violation(&mut self, api: Api, text: impl fmt::Display) {
        let text = format!("{api}: {text}");
        tracing::warn!(violation = %text, "a client broke the vendor's rules");
        self.violations.push(text);
    }

    /// Notes a trace id; false when it was used before.
    pub fn trace_is_fresh(&mut self, trace_id: &str) -> bool {
        self.trace_ids.insert(trace_id.to_ascii_lowercase())
    }

    /// Opens the entry of a request and says how many are in flight now.
    pub fn begin(&mut self, mut request: LoggedRequest) -> Entry {
        let in_flight = self.in_flight.entry(request.api).or_default();
        *in_flight += 1;
        request.in_flight = *in_flight;
        let most = self.most_in_flight.entry(request.api).or_default();
        *most = (*most).max(request.in_flight);
        let entry = Entry { api: request.api, in_flight: request.in_flight, at: self.forgotten + self.requests.len() };
        self.requests.push_back(request);
        if self.requests.len() > LOGGED_REQUESTS {
            self.requests.pop_front();
            self.forgotten += 1;
        }
        entry
    }

    /// Closes the entry of a request.
    pub fn end(&mut self, entry: Entry, status: Option<u16>) {
        if let Some(in_flight) = self.in_flight.get_mut(&entry.api) {
            *in_flight = in_flight.saturating_sub(1);
        }
        let logged = entry.at.checked_sub(self.forgotten).and_then(|at| self.requests.get_mut(at));
        if let Some(request) = logged {
            request.status = status;
        }
    }

    /// A copy of the log.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.requests.iter().cloned().collect()
    }
}

/// An open entry of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub api: Api,
    pub in_flight: usize,
    at: usize,
}
