//! Building and changing a world from outside.

use super::super::chance::guid;
use super::World;
use super::companies::Company;
use super::market::{Plan, Product, Version, subscription};
use super::records::{Customer, Organization};
use chrono::TimeDelta;

impl World {
    /// Adds an organization, or replaces the one with the same id; gives its id.
    pub fn add_organization(&self, organization: Organization) -> String {
        self.lock().directory.put_organization(organization)
    }

    /// Removes an organization; its agents stay behind.
    pub fn remove_organization(&self, id: &str) -> Option<Organization> {
        self.lock().directory.remove_organization(id)
    }

    /// Adds agents in one `Online` state; the organization need not be one that is listed.
    pub fn add_agents(&self, organization_id: &str, count: u64, online: i32) {
        self.lock().directory.add_agents(organization_id, count, online);
    }

    /// Removes all agents of an organization.
    pub fn remove_agents(&self, organization_id: &str) {
        self.lock().directory.remove_agents(organization_id);
    }

    /// The organizations VSA lists.
    pub fn organizations(&self) -> Vec<Organization> {
        self.lock().directory.organizations().cloned().collect()
    }

    /// The first organization of this name.
    pub fn organization_named(&self, name: &str) -> Option<Organization> {
        self.lock().directory.organizations().find(|organization| organization.name == name).cloned()
    }

    /// How many agents an organization has, machine templates (`Online` 199) included.
    pub fn agents_of(&self, organization_id: &str) -> u64 {
        self.lock().directory.count_agents(Some(organization_id))
    }

    /// Adds an LMP customer; gives its id.
    pub fn add_customer(&self, customer: Customer) -> String {
        self.lock().market.put_customer(customer)
    }

    /// The first customer of this name.
    pub fn customer_named(&self, name: &str) -> Option<Customer> {
        self.lock().market.customers().iter().find(|customer| customer.name == name).cloned()
    }

    /// Adds a product in one version with its pool; gives it as it is kept.
    pub fn add_product(&self, name: &str, code: &str, version: Version, available: u64) -> Product {
        let mut state = self.lock();
        let products = &mut state.market.products;
        let same = products.iter().find(|product| product.code == code).map(|product| product.id.clone());
        let product = Product {
            id: same.unwrap_or_else(guid),
            name: name.to_owned(),
            code: code.to_owned(),
            version,
            available,
            worry_free: name.contains("Worry-Free"),
        };
        products.push(product.clone());
        product
    }

    /// Adds a service plan; gives its id. A plan whose product was never added is under no product.
    pub fn add_plan(&self, plan: Plan) -> String {
        let id = plan.id.clone();
        self.lock().market.plans.push(plan);
        id
    }

    /// The service plans.
    pub fn plans(&self) -> Vec<Plan> {
        self.lock().market.plans.clone()
    }

    /// The service plan of this name.
    pub fn plan_named(&self, name: &str) -> Option<Plan> {
        self.lock().market.plans.iter().find(|plan| plan.name == name).cloned()
    }

    /// Gives a customer a subscription it has had for long: nothing leaves the pool, the company is in use.
    /// Without effect for a plan that does not exist.
    pub fn add_subscription(&self, customer_id: &str, plan_id: &str, units: u32) -> Option<String> {
        let mut state = self.lock();
        let plan = state.market.plan(plan_id).cloned()?;
        let began = state.now() - TimeDelta::days(400);
        let mut added = subscription(customer_id, &plan, units, began);
        added.expiration = began + TimeDelta::days(3650);
        let id = added.id.clone();
        state.market.put_subscription(added);
        if plan.worry_free {
            state.companies.open(customer_id, began, true);
        }
        Some(id)
    }

    /// Ends a subscription, as somebody would in the console.
    pub fn end_subscription(&self, id: &str) {
        let mut state = self.lock();
        let now = state.now();
        if let Some(subscription) = state.market.subscription_mut(id) {
            subscription.enabled = false;
            (subscription.modified, subscription.expiration) = (now, now);
        }
    }

    /// What is left in a pool.
    pub fn available(&self, product_id: &str, version: Version) -> Option<u64> {
        self.lock().market.pool_mut(product_id, version).map(|pool| pool.available)
    }

    /// Sets what is left in a pool, as somebody else would who uses or fills it.
    pub fn set_available(&self, product_id: &str, version: Version, available: u64) {
        if let Some(pool) = self.lock().market.pool_mut(product_id, version) {
            pool.available = available;
        }
    }

    /// Takes licenses out of a pool, as far as they go.
    pub fn shrink_pool(&self, product_id: &str, version: Version, by: u64) {
        if let Some(pool) = self.lock().market.pool_mut(product_id, version) {
            pool.available = pool.available.saturating_sub(by);
        }
    }

    /// The Worry-Free company of a customer.
    pub fn company(&self, customer_id: &str) -> Option<Company> {
        self.lock().companies.of(customer_id).cloned()
    }

    /// Changes the Worry-Free company of a customer, as its administrator would.
    pub fn edit_company(&self, customer_id: &str, change: impl FnOnce(&mut Company)) {
        if let Some(company) = self.lock().companies.of_mut(customer_id) {
            change(company);
        }
    }
}
