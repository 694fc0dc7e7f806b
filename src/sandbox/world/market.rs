//! What LMP knows: products with their pools, plans, customers, subscriptions.

use super::super::chance::guid;
use super::records::{Customer, Subscription};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Trial or full: each has its own pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Version {
    /// For some weeks, without charge.
    Trial,
    /// The paid one.
    Full,
}

impl Version {
    /// As LMPI spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Full => "full",
        }
    }
}

/// A product in one version, and what is left in its pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// A GUID in lower case.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Nine characters.
    pub code: String,
    /// Trial or full.
    pub version: Version,
    /// Licenses that can still be assigned.
    pub available: u64,
    /// Whether Remote Manager makes a Worry-Free company of a subscription to it.
    pub worry_free: bool,
}

/// A service plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// A GUID in lower case.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The product.
    pub product_id: String,
    /// The product's display name.
    pub product_name: String,
    /// The product's code.
    pub product_code: String,
    /// Trial or full.
    pub version: Version,
    /// `initial_license_period_month`.
    pub period_months: u32,
    /// `auto_renewal`.
    pub auto_renewal: bool,
    /// Whether Remote Manager makes a Worry-Free company of a subscription to it.
    pub worry_free: bool,
}

impl Plan {
    /// A plan of this product, renewed monthly.
    pub fn of(product: &Product, name: &str) -> Self {
        Self {
            id: guid(),
            name: name.to_owned(),
            product_id: product.id.clone(),
            product_name: product.name.clone(),
            product_code: product.code.clone(),
            version: product.version,
            period_months: 1,
            auto_renewal: product.version == Version::Full,
            worry_free: product.worry_free,
        }
    }
}

/// What LMP knows.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Market {
    pub products: Vec<Product>,
    pub plans: Vec<Plan>,
    customers: Vec<Customer>,
    customer_by_id: HashMap<String, usize>,
    subscriptions: Vec<Subscription>,
    subscription_by_id: HashMap<String, usize>,
    subscriptions_of: HashMap<String, Vec<usize>>,
}

/// The pool does not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Shortage;

impl Market {
    pub fn customers(&self) -> &[Customer] {
        &self.customers
    }

    pub fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    pub fn put_customer(&mut self, mut customer: Customer) -> String {
        if customer.id.is_empty() {
            customer.id = guid();
        }
        let id = customer.id.clone();
        self.customer_by_id.insert(id.clone(), self.customers.len());
        self.customers.push(customer);
        id
    }

    pub fn customer(&self, id: &str) -> Option<&Customer> {
        self.customers.get(*self.customer_by_id.get(&id.to_ascii_lowercase())?)
    }

    pub fn customer_mut(&mut self, id: &str) -> Option<&mut Customer> {
        self.customers.get_mut(*self.customer_by_id.get(&id.to_ascii_lowercase())?)
    }

    pub fn plan(&self, id: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id.eq_ignore_ascii_case(id))
    }

    pub fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.get(*self.subscription_by_id.get(&id.to_ascii_lowercase())?)
    }

    pub fn subscription_mut(&mut self, id: &str) -> Option<&mut Subscription> {
        self.subscriptions.get_mut(*self.subscription_by_id.get(&id.to_ascii_lowercase())?)
    }

    /// The subscriptions of a customer in order of creation.
    pub fn subscriptions_of<'a>(&'a self, customer_id: &str) -> impl Iterator<Item = &'a Subscription> + use<'a> {
        let places = self.subscriptions_of.get(&customer_id.to_ascii_lowercase());
        places.into_iter().flatten().map(|&place| &self.subscriptions[place])
    }

    /// Whether the customer has an active subscription to this product.
    pub fn is_subscribed(&self, customer_id: &str, product_id: &str) -> bool {
        self.subscriptions_of(customer_id).any(|subscription| {
            subscription.enabled && self.plan(&subscription.plan_id).is_some_and(|plan| plan.product_id == product_id)
        })
    }

    pub fn put_subscription(&mut self, subscription: Subscription) {
        let place = self.subscriptions.len();
        self.subscription_by_id.insert(subscription.id.clone(), place);
        self.subscriptions_of.entry(subscription.customer_id.clone()).or_default().push(place);
        self.subscriptions.push(subscription);
    }

    /// A pool; plans under no product have none.
    pub fn pool_mut(&mut self, product_id: &str, version: Version) -> Option<&mut Product> {
        let fits = |product: &&mut Product| product.id == product_id && product.version == version;
        self.products.iter_mut().find(fits)
    }

    /// Moves units between a plan's pool and a subscription: out of the pool up to `after`, back into it down to it.
    pub fn draw(&mut self, plan_id: &str, before: u32, after: u32) -> Result<(), Shortage> {
        let Some(plan) = self.plan(plan_id).cloned() else { return Ok(()) };
        let Some(pool) = self.pool_mut(&plan.product_id, plan.version) else { return Ok(()) };
        let left = (pool.available + u64::from(before)).checked_sub(u64::from(after)).ok_or(Shortage)?;
        pool.available = left;
        Ok(())
    }
}

/// A subscription that begins now.
pub(in crate::sandbox) fn subscription(customer_id: &str, plan: &Plan, units: u32, now: DateTime<Utc>) -> Subscription {
    Subscription {
        id: guid(),
        customer_id: customer_id.to_ascii_lowercase(),
        plan_id: plan.id.clone(),
        units,
        enabled: true,
        suspended: false,
        created: now,
        modified: now,
        start: now,
        expiration: now + TimeDelta::days(30 * i64::from(plan.period_months)),
        created_by_call: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_shrink_by_the_difference_and_grow_back() {
        let product = Product {
            id: guid(),
            name: "Worry-Free Services".to_owned(),
            code: "ABCDEFGHI".to_owned(),
            version: Version::Full,
            available: 30,
            worry_free: true,
        };
        let plan = Plan::of(&product, "WFS monthly");
        let mut market = Market { products: vec![product], plans: vec![plan.clone()], ..Market::default() };
        assert_eq!(market.draw(&plan.id, 0, 10), Ok(()));
        assert_eq!(market.draw(&plan.id, 10, 25), Ok(()));
        assert_eq!(market.products[0].available, 5);
        assert_eq!(market.draw(&plan.id, 25, 31), Err(Shortage));
        assert_eq!(market.draw(&plan.id, 25, 20), Ok(()));
        assert_eq!(market.products[0].available, 10);
    }
}
