//! Values for tests.

use super::{PoolWatch, Run, Settings};
use crate::domain::account::NewAccount;
use crate::domain::ids::{AccountId, LicensePoolId, OperationId, OrganizationId, ServicePlanId, SubscriptionId};
use crate::domain::integration::ItemRecord;
use crate::domain::operation::{Operation, OperationKind, OperationState};
use crate::domain::plan::{PlanItem, PlannedAccount, PlannedSubscription};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_900_000_000 + seconds, 0).unwrap()
}

pub(crate) fn operation(kind: OperationKind, id: u128) -> Operation {
    Operation {
        id: OperationId(uuid::Uuid::from_u128(id)),
        kind,
        state: OperationState::Intended,
        attempt: 1,
        intended_at: at(0),
        in_doubt_at: None,
        looks: 0,
        absent_look_at: None,
        next_look_at: None,
    }
}

pub(crate) fn pool() -> LicensePoolId {
    LicensePoolId::parse("p").unwrap()
}

pub(crate) fn account(index: usize) -> AccountId {
    AccountId::parse(&format!("account-{index}")).unwrap()
}

pub(crate) fn subscription(index: usize) -> SubscriptionId {
    SubscriptionId::parse(&format!("subscription-{index}")).unwrap()
}

/// A customer whose account and subscription are created, with 10 seats, and nothing in Remote Manager.
pub(crate) fn item(index: usize) -> ItemRecord {
    let new = NewAccount {
        name: format!("Customer {index}"),
        address: None,
        city: "Poole".into(),
        state: "Dorset".into(),
        postal_code: None,
        country: "GB".into(),
        first_name: "Ada".into(),
        last_name: "Berg".into(),
        email: "ada@customer.example".into(),
    };
    ItemRecord::new(PlanItem {
        organization_id: OrganizationId::parse(&index.to_string()).unwrap(),
        organization_name: format!("Customer {index}"),
        position: u32::try_from(index).unwrap() + 1,
        account: PlannedAccount::Create(Box::new(new)),
        service_plan_id: ServicePlanId::parse("plan").unwrap(),
        license_pool_id: Some(pool()),
        subscription: PlannedSubscription::Create,
        seats: 10,
        seats_before: None,
        notify: None,
        template: None,
        actions: Vec::new(),
        imported: true,
        reason: None,
    })
}

/// The same with notifications to set.
pub(crate) fn notified(index: usize) -> ItemRecord {
    let mut plan = item(index).plan;
    plan.notify = Some("noc@msp.example".into());
    ItemRecord::new(plan)
}

pub(crate) fn stock(available: Option<u32>) -> BTreeMap<LicensePoolId, Option<u32>> {
    BTreeMap::from([(pool(), available)])
}

/// A run whose pool holds `available`.
pub(crate) fn run(items: Vec<ItemRecord>, available: Option<u32>) -> Run {
    let pools = PoolWatch::new(&items, &BTreeSet::new(), &stock(available));
    Run::new(items, pools, true, Settings::default())
}
