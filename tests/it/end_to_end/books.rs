//! The vendors' books against the plan: nothing more, nothing less, nothing twice.

use super::flow::Ready;
use super::stage::{PARTNER_EMAIL, Stage, assert_same};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use worryfree_plugin::sandbox::{Books, Change, Company, Customer, Subscription};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is text in {value:#}"))
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is a number"))
}

fn rows(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// What was done for one row of the plan, as the books have it.
struct Entry<'a> {
    account_id: &'a str,
}

impl Stage {
    /// Holds the books to what the plan says, once every imported row has its result. `before` are the books from before.
    pub async fn books_equal_plan(&self, before: &Books, ready: &Ready, integration: &Value) {
        let books = self.books();
        let plan = &ready.plan;
        let made = |change: Change| books.effect(change) - before.effect(change);
        assert_eq!(made(Change::CustomerCreated), count(&plan["totals"]["accounts_to_create"]), "customers");
        assert_eq!(
            made(Change::SubscriptionCreated),
            count(&plan["totals"]["subscriptions_to_create"]),
            "subscriptions"
        );
        assert_eq!(made(Change::SubscriptionUpdated), count(&plan["totals"]["units_to_change"]), "changes of units");
        assert_eq!(made(Change::SubscriptionDisabled) + made(Change::CustomerUpdated), 0, "nothing else is changed");
        let mut accounts = BTreeSet::new();
        for (item, outcome) in rows(&plan["items"]).iter().zip(rows(&integration["items"])) {
            assert_eq!(item["organization_id"], outcome["organization_id"]);
            if item["imported"] == true {
                let entry = entry(&books, before, item, outcome);
                assert!(accounts.insert(entry.account_id.to_owned()), "an account has one organization");
                self.companies_equal_plan(&books, item, &entry);
            } else {
                assert_eq!(text(outcome, "status"), "no_licenses");
                assert!(outcome["account_id"].is_null() && outcome["subscription_id"].is_null());
            }
        }
        pools_equal_plan(&books, before, plan);
        self.links_equal_plan(ready, integration).await;
    }

    /// Notifications and templates in Remote Manager.
    fn companies_equal_plan(&self, books: &Books, item: &Value, entry: &Entry<'_>) {
        let asked = |action: &str| rows(&item["actions"]).iter().any(|found| found == action);
        let company = books.companies.iter().find(|company| company.customer_id == entry.account_id);
        if asked("set_notifications") {
            let company = company.expect("the product is prepared");
            assert_eq!(company.recipients(), [PARTNER_EMAIL]);
        }
        if asked("apply_template") {
            assert_eq!(item["template_id"], "office-standard");
            let model = self.world().customer_named("Template Office").unwrap();
            let model = books.companies.iter().find(|company| company.customer_id == model.id).unwrap();
            let company = company.expect("the product is prepared");
            assert_eq!(company.global_settings, model.global_settings);
            let windows = |company: &Company| -> Vec<_> {
                company
                    .policies
                    .iter()
                    .filter(|((_, system), _)| system == "win")
                    .map(|(_, policy)| policy.clone())
                    .collect()
            };
            assert_eq!(windows(company), windows(model));
        }
    }

    /// Every imported row is linked as it was made, and no other.
    async fn links_equal_plan(&self, ready: &Ready, integration: &Value) {
        let links = self.list("/api/v1/links", 50).await;
        let of_import: Vec<_> = links.iter().filter(|link| text(link, "import_id") == ready.id).collect();
        let linked = of_import.iter().map(|link| {
            let [organization, account] = ["organization_id", "account_id"].map(|name| text(link, name).to_owned());
            (organization, account, text(link, "subscription_id").to_owned(), count(&link["seats"]))
        });
        let is_imported = |item: &&Value| text(item, "status").starts_with("imported");
        let made = rows(&integration["items"]).iter().filter(is_imported).map(|item| {
            let [organization, account] = ["organization_id", "account_id"].map(|name| text(item, name).to_owned());
            (organization, account, text(item, "subscription_id").to_owned(), count(&item["seats"]))
        });
        assert_same(linked, made, "links");
    }
}

fn entry<'a>(books: &'a Books, before: &Books, item: &Value, outcome: &'a Value) -> Entry<'a> {
    assert!(text(outcome, "status").starts_with("imported"), "{outcome:#}");
    let (account_id, subscription_id) = (text(outcome, "account_id"), text(outcome, "subscription_id"));
    let customer: Vec<_> = books.customers.iter().filter(|customer| customer.id == account_id).collect();
    let [customer] = customer.as_slice() else { panic!("{account_id} is one customer") };
    let is_new = !before.customers.iter().any(|known| known.id == account_id);
    match item["account_id"].as_str() {
        Some(planned) => assert_eq!((planned, is_new), (account_id, false), "the account that was chosen is linked"),
        None => created_as_planned(customer, is_new),
    }
    let subscription: Vec<_> = books.subscriptions.iter().filter(|found| found.id == subscription_id).collect();
    let [subscription] = subscription.as_slice() else { panic!("{subscription_id} is one subscription") };
    assert_eq!(subscription.customer_id, account_id);
    assert_eq!(subscription.plan_id, text(item, "service_plan_id"));
    assert!(subscription.enabled && u64::from(subscription.units) == count(&item["seats"]), "{subscription:?}");
    let of_plan = |found: &&Subscription| found.customer_id == account_id && found.plan_id == subscription.plan_id;
    assert_eq!(books.subscriptions.iter().filter(of_plan).count(), 1, "no second subscription to the plan");
    Entry { account_id }
}

fn created_as_planned(customer: &Customer, is_new: bool) {
    assert!(is_new && customer.created_by_call, "the account is created");
    assert!(customer.note.contains("wfp:"), "it carries our mark: {}", customer.note);
    assert_eq!((customer.city.as_str(), customer.country.as_str()), ("Poole", "GB"));
    assert_eq!(customer.contact.email, PARTNER_EMAIL);
}

/// What left the pools is what the plan granted.
fn pools_equal_plan(books: &Books, before: &Books, plan: &Value) {
    let left = |books: &Books| -> BTreeMap<String, u64> {
        let key = |id: &str, version: &str| format!("{id}:{version}");
        books.products.iter().map(|pool| (key(&pool.id, pool.version.as_str()), pool.available)).collect()
    };
    let (was, is) = (left(before), left(books));
    let granted: u64 = rows(&plan["pools"]).iter().map(|pool| count(&pool["granted"])).sum();
    // What units that shrink gave back is in no pool of the plan.
    let given_back: u64 = rows(&plan["items"])
        .iter()
        .filter(|item| item["imported"] == true)
        .map(|item| item["seats_before"].as_u64().unwrap_or(0).saturating_sub(count(&item["seats"])))
        .sum();
    let unknown: u64 = rows(&plan["items"])
        .iter()
        .filter(|item| item["imported"] == true && item["license_pool_id"].is_null())
        .map(|item| count(&item["seats"]))
        .sum();
    assert_eq!(unknown, 0, "plans under no pool are not part of these tests");
    let sum = |pools: &BTreeMap<String, u64>| pools.values().sum::<u64>();
    assert_eq!(sum(&was) + given_back, sum(&is) + granted, "licenses");
}
