//! What one seed is about: the list, the pools and how much goes wrong.

use super::clock::{DAY, MINUTE, Ms, SECOND};
use super::rng::Rng;
use std::collections::BTreeSet;
use worryfree_plugin::domain::account::NewAccount;
use worryfree_plugin::domain::ids::{
    AccountId, LicensePoolId, OrganizationId, ServicePlanId, SubscriptionId, TemplateId,
};
use worryfree_plugin::domain::plan::{PlanItem, PlannedAccount, PlannedSubscription, PlannedTemplate};

/// What one seed is about.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The confirmed plan, in list order.
    pub items: Vec<PlanItem>,
    /// What each pool holds at the start.
    pub pools: Vec<(LicensePoolId, u32)>,
    /// Workers.
    pub workers: usize,
    /// Nothing goes wrong any more from here on.
    pub quiet_at: Ms,
    /// Of a thousand writes, how many do not end in order.
    pub faults: u64,
    /// Of a thousand writes, how many the network repeats.
    pub repeats: u64,
    /// The vendor takes no signature twice.
    pub refuses_replays: bool,
    /// Rows whose subscription the vendor does not let be suspended.
    pub held_up: BTreeSet<usize>,
    /// Of a thousand readings, how many fail.
    pub read_faults: u64,
    /// Of a thousand steps, how many are a worker's last.
    pub crashes: u64,
    /// Of a thousand steps, after how many a worker is frozen.
    pub freezes: u64,
    /// Of a thousand commits, how many fail.
    pub commit_faults: u64,
    /// When credentials are refused.
    pub outage: Option<(Ms, Ms)>,
    /// The vendor says what its pools hold.
    pub pools_known: bool,
    /// Remote Manager is connected.
    pub remote_manager: bool,
    /// When the accounts had been read that the import was begun with; it was confirmed at 0.
    pub seen_at: Ms,
    /// The vendor's clock minus the database's.
    pub vendor_clock: Ms,
    /// Rows for which a person makes an account of their name before the plan is confirmed, and when.
    pub made_before: Vec<(usize, Ms)>,
}

/// A pool by its number.
pub fn pool(number: usize) -> LicensePoolId {
    LicensePoolId::parse(&format!("pool-{number}")).expect("a valid id")
}

impl Scenario {
    /// The scenario of a seed.
    pub fn new(rng: &mut Rng) -> Self {
        let count = 3 + rng.index(7);
        let pools = 1 + rng.index(2);
        let items: Vec<_> = (0..count).map(|index| item(rng, index, pools)).collect();
        let tight = rng.chance(450);
        let pools = (0..pools).map(|number| (pool(number), stock(rng, &items, number, tight))).collect();
        let quiet_at = rng.between(2 * MINUTE, 50 * MINUTE);
        let level = |rng: &mut Rng, high: u64| if rng.chance(350) { 0 } else { rng.below(high) };
        let outage = rng.chance(250).then(|| {
            let begin = rng.between(0, quiet_at / 2);
            (begin, begin + rng.between(10 * SECOND, 10 * MINUTE))
        });
        let seen_at = -rng.between(MINUTE, DAY);
        let made_before = if rng.chance(150) {
            // Half of them were in view.
            vec![(rng.index(items.len()), rng.between(2 * seen_at, -2 * MINUTE))]
        } else {
            Vec::new()
        };
        let repeats = if rng.chance(700) { 0 } else { rng.below(300) };
        let held_up = (0..items.len()).filter(|_| rng.chance(60)).collect();
        Self {
            items,
            pools,
            repeats,
            refuses_replays: rng.chance(400),
            held_up,
            workers: 2 + rng.index(2),
            quiet_at,
            faults: level(rng, 600),
            read_faults: level(rng, 150),
            crashes: level(rng, 60),
            freezes: level(rng, 40),
            commit_faults: level(rng, 60),
            outage,
            pools_known: rng.chance(850),
            remote_manager: rng.chance(900),
            seen_at,
            vendor_clock: if rng.chance(500) { 0 } else { rng.between(-25 * MINUTE, 25 * MINUTE) },
            made_before,
        }
    }
}

fn stock(rng: &mut Rng, items: &[PlanItem], number: usize, tight: bool) -> u32 {
    let asked: u32 =
        items.iter().filter(|item| item.license_pool_id == Some(pool(number))).map(PlanItem::new_units).sum();
    let more = |rng: &mut Rng, limit: u32| u32::try_from(rng.below(u64::from(limit.max(1)))).unwrap_or(0);
    if tight { asked / 2 + more(rng, asked) } else { asked + more(rng, 3 * asked) }
}

/// One row. A few have the name of another one, a few are refused whatever happens.
fn item(rng: &mut Rng, index: usize, pools: usize) -> PlanItem {
    let twin = index > 0 && rng.chance(80);
    let named = if twin { rng.index(index) } else { index };
    let name = format!("Customer {named}");
    let city = if rng.chance(50) { "Nowhere" } else { "Poole" };
    let existing = rng.chance(300);
    let account = if existing {
        PlannedAccount::Link { account_id: account_id(index), name: name.clone() }
    } else {
        PlannedAccount::Create(Box::new(new_account(&name, city)))
    };
    let seats = 1 + u32::try_from(rng.below(20)).unwrap_or(0);
    let subscription = match rng.below(10) {
        0..5 if existing => PlannedSubscription::SetUnits {
            subscription_id: subscription_id(index),
            before: Some(u32::try_from(rng.below(30)).unwrap_or(0)),
        },
        5 if existing => PlannedSubscription::Keep { subscription_id: subscription_id(index) },
        _ => PlannedSubscription::Create,
    };
    let seats_before = match &subscription {
        PlannedSubscription::SetUnits { before, .. } => *before,
        PlannedSubscription::Keep { .. } => Some(seats),
        PlannedSubscription::Create => None,
    };
    PlanItem {
        organization_id: OrganizationId::parse(&(index + 1).to_string()).expect("a valid id"),
        organization_name: name,
        position: u32::try_from(index).unwrap_or(0) + 1,
        account,
        service_plan_id: ServicePlanId::parse("plan").expect("a valid id"),
        license_pool_id: Some(pool(rng.index(pools))),
        subscription,
        seats,
        seats_before,
        notify: rng.chance(500).then(|| "noc@msp.example".to_owned()),
        template: rng.chance(400).then(template),
        actions: Vec::new(),
        imported: true,
        reason: None,
    }
}

/// The account of a row that has one from the start.
pub fn account_id(index: usize) -> AccountId {
    AccountId::parse(&format!("old-account-{index}")).expect("a valid id")
}

/// The subscription of a row that has one from the start.
pub fn subscription_id(index: usize) -> SubscriptionId {
    SubscriptionId::parse(&format!("old-subscription-{index}")).expect("a valid id")
}

fn new_account(name: &str, city: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        address: None,
        city: city.to_owned(),
        state: "Dorset".to_owned(),
        postal_code: None,
        country: "GB".to_owned(),
        first_name: "Ada".to_owned(),
        last_name: "Berg".to_owned(),
        email: "ada@customer.example".to_owned(),
    }
}

fn template() -> PlannedTemplate {
    PlannedTemplate {
        id: TemplateId::parse("standard").expect("a valid id"),
        name: "Standard".to_owned(),
        source_account_id: AccountId::parse("model").expect("a valid id"),
        include_global_settings: false,
        operating_systems: vec!["windows".to_owned()],
    }
}
