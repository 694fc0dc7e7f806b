//! What a plan costs each month by the partner's own price list. Exact: decimals keep the digits the list has, and
//! nothing is rounded or converted.

use super::import::Catalog;
use super::inventory::ServicePlan;
use super::plan::{Plan, PlanItem, PlannedSubscription};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// The price of one seat of a service plan for a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The plan's name or id.
    pub plan: String,
    /// How much.
    pub amount: Decimal,
    /// ISO 4217, in capitals.
    pub currency: String,
}

/// What a price is found by.
pub fn plan_key(plan: &str) -> String {
    plan.trim().to_lowercase()
}

/// The partner's prices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceList(BTreeMap<String, Price>);

impl FromIterator<Price> for PriceList {
    fn from_iter<I: IntoIterator<Item = Price>>(prices: I) -> Self {
        Self(prices.into_iter().map(|price| (plan_key(&price.plan), price)).collect())
    }
}

impl PriceList {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The price of a plan, named by its id or else by its name.
    pub fn of(&self, plan: &ServicePlan) -> Option<&Price> {
        self.0.get(&plan_key(plan.id.as_str())).or_else(|| self.0.get(&plan_key(&plan.name)))
    }
}

/// How much more is paid each month once a plan is carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// By currency.
    pub amounts: BTreeMap<String, Decimal>,
    /// Names of plans without a price, whose seats are not in it.
    pub unpriced: BTreeSet<String>,
    /// Customers whose seats before are not known, and are not in it.
    pub unknown: u32,
}

impl Difference {
    /// Of the rows that are imported.
    pub fn of(plan: &Plan, catalog: &Catalog, prices: &PriceList) -> Self {
        let mut difference = Self::default();
        for item in plan.items.iter().filter(|item| item.imported) {
            let Some(seats) = more_seats(item) else {
                difference.unknown += 1;
                continue;
            };
            let service_plan = catalog.service_plan(&item.service_plan_id);
            match service_plan.and_then(|plan| prices.of(plan)) {
                Some(price) => {
                    let amount = difference.amounts.entry(price.currency.clone()).or_default();
                    *amount += price.amount * Decimal::from(seats);
                }
                None if seats == 0 => {}
                None => {
                    let name = service_plan.map_or(item.service_plan_id.as_str(), |plan| plan.name.as_str());
                    difference.unpriced.insert(name.to_owned());
                }
            }
        }
        difference
    }
}

/// Seats after less seats before; `None` if those before are not known.
fn more_seats(item: &PlanItem) -> Option<i64> {
    match item.subscription {
        PlannedSubscription::Create => Some(i64::from(item.seats)),
        PlannedSubscription::SetUnits { before, .. } => Some(i64::from(item.seats) - i64::from(before?)),
        PlannedSubscription::Keep { .. } => Some(0),
    }
}
