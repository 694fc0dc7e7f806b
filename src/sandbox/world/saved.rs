//! What calls can change, so that a world can be put away and taken up again. Organizations and agents are not among it: no
//! call changes them, and whoever builds a world builds them alike each time.

use super::companies::{Companies, Company};
use super::credentials::Credentials;
use super::market::{Market, Plan, Product};
use super::records::{Customer, Subscription};
use super::{State, World};
use serde::{Deserialize, Serialize};

/// A copy of everything that calls can change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedWorld {
    credentials: Credentials,
    products: Vec<Product>,
    plans: Vec<Plan>,
    customers: Vec<Customer>,
    subscriptions: Vec<Subscription>,
    companies: Vec<Company>,
}

impl World {
    /// A copy of everything that calls can change.
    pub fn save(&self) -> SavedWorld {
        let State { credentials, market, companies, .. } = &*self.lock();
        SavedWorld {
            credentials: credentials.clone(),
            products: market.products.clone(),
            plans: market.plans.clone(),
            customers: market.customers().to_vec(),
            subscriptions: market.subscriptions().to_vec(),
            companies: companies.all().cloned().collect(),
        }
    }

    /// Takes up what was saved, in place of what there is.
    pub fn restore(&self, saved: SavedWorld) {
        let mut market = Market::default();
        (market.products, market.plans) = (saved.products, saved.plans);
        for customer in saved.customers {
            market.put_customer(customer);
        }
        for subscription in saved.subscriptions {
            market.put_subscription(subscription);
        }
        let mut companies = Companies::default();
        for company in saved.companies {
            companies.put(company);
        }
        let mut state = self.lock();
        (state.credentials, state.market, state.companies) = (saved.credentials, market, companies);
    }
}

/// Maps whose keys are no texts, as lists of pairs.
pub(super) mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub fn serialize<K, V, S>(map: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
    where
        K: Serialize,
        V: Serialize,
        S: Serializer,
    {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_is_taken_up_as_it_was() {
        let world = World::believable();
        let customer = world.books().customers[3].id.clone();
        let text = serde_json::to_string(&world.save()).unwrap();
        let again = World::believable();
        again.restore(serde_json::from_str(&text).unwrap());
        assert_eq!(again.save(), world.save());
        assert_eq!(again.company(&customer), world.company(&customer));
        assert_eq!(again.organizations(), world.organizations());
    }
}
