//! Licenses during a run: who is left out before anything is created, who has to wait for a turn, and when a pool has ended.

use super::{Step, may_be_done, units_may_be_set};
use crate::domain::ids::{LicensePoolId, ServicePlanId};
use crate::domain::integration::ItemRecord;
use crate::domain::operation::{Operation, OperationKind, OperationState};
use crate::domain::plan::PlanItem;
use crate::domain::pools::{Request, allocate};
use std::collections::{BTreeMap, BTreeSet};

/// What rows compete for: a pool, or a plan that is under no pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PoolKey {
    /// Product and version.
    Pool(LicensePoolId),
    /// A plan whose pool is not known.
    Plan(ServicePlanId),
}

impl PoolKey {
    /// What a row competes for.
    pub fn of(item: &PlanItem) -> Self {
        item.license_pool_id.clone().map_or_else(|| Self::Plan(item.service_plan_id.clone()), Self::Pool)
    }
}

/// What is known of the licenses during a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolWatch {
    /// Served strictly in list order, because they may not suffice.
    pub tight: BTreeSet<PoolKey>,
    /// The vendor said that nothing is left.
    pub ended: BTreeSet<PoolKey>,
    /// Rows beyond the end of their pool when the run was taken up, by index.
    pub left_out: BTreeSet<usize>,
}

impl PoolWatch {
    /// Cuts the list anew when a run begins. `available` is what was just read; what is missing there is unknown, not zero.
    ///
    /// Licenses that a write may have taken already are not asked for a second time: if it took them, they are missing from
    /// `available`. Who could be served only if it took none waits for its turn, and the vendor decides. Of rows `under_way` nobody
    /// knows yet what was sent for them.
    pub fn new(
        items: &[ItemRecord],
        under_way: &BTreeSet<usize>,
        available: &BTreeMap<LicensePoolId, Option<u32>>,
    ) -> Self {
        let holds = |index: &usize| under_way.contains(index) || may_hold(&items[*index]);
        let asking = |index: &usize| competes(&items[*index]) && !holds(index);
        let asking: Vec<_> = (0..items.len()).filter(asking).collect();
        let requests: Vec<_> = asking.iter().map(|index| request(&items[*index])).collect();
        let granted = allocate(&requests, available).granted;
        let cut = asking.into_iter().zip(granted).filter(|(_, granted)| !granted).map(|(index, _)| index).collect();
        let left_out = with_all_after(items, cut);
        Self { tight: tight(items, available), ended: BTreeSet::new(), left_out }
    }

    /// Whether a row gets no licenses any more.
    pub fn is_over_for(&self, index: usize, item: &ItemRecord) -> bool {
        asks(item) > 0 && (self.left_out.contains(&index) || self.ended.contains(&PoolKey::of(&item.plan)))
    }

    /// For each row whether it may begin: in a tight pool only when every earlier row has its licenses or its result. A write in
    /// doubt is waited for: what it did not take may be all that is left.
    pub fn turns(&self, items: &[ItemRecord]) -> Vec<bool> {
        let mut taken = BTreeSet::new();
        let mut turn = |item: &ItemRecord| {
            if !competes(item) {
                return true;
            }
            let key = PoolKey::of(&item.plan);
            !self.tight.contains(&key) || taken.insert(key)
        };
        items.iter().map(&mut turn).collect()
    }
}

/// New units that a row still asks for.
fn asks(item: &ItemRecord) -> u32 {
    if Step::of(item).is_before_licenses() { item.plan.new_units() } else { 0 }
}

/// Whether a row still competes for licenses.
fn competes(item: &ItemRecord) -> bool {
    !item.status.is_final() && asks(item) > 0
}

/// Whether a row may have its licenses without our knowing.
fn may_hold(item: &ItemRecord) -> bool {
    let unknown = |operation: &Operation| matches!(operation.state, OperationState::Intended | OperationState::InDoubt);
    let subscribes = |operation: &Operation| operation.kind == OperationKind::CreateSubscription;
    units_may_be_set(item)
        || item.operation.as_ref().is_some_and(subscribes) && may_be_done(item)
        || item.operation.as_ref().is_some_and(|operation| subscribes(operation) && unknown(operation))
}

/// Adds the rows after one that is `cut`, or that went without since somebody last pressed Retry, in its pool: whoever takes the
/// run over keeps the order of the list.
fn with_all_after(items: &[ItemRecord], mut cut: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut ended = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let key = PoolKey::of(&item.plan);
        if ended.contains(&key) && competes(item) {
            cut.insert(index);
        } else if item.went_without || cut.contains(&index) {
            ended.insert(key);
        }
    }
    cut
}

fn request(item: &ItemRecord) -> Request {
    Request { pool: item.plan.license_pool_id.clone(), units: asks(item) }
}

fn tight(items: &[ItemRecord], available: &BTreeMap<LicensePoolId, Option<u32>>) -> BTreeSet<PoolKey> {
    let mut asked: BTreeMap<PoolKey, u64> = BTreeMap::new();
    for item in items.iter().filter(|item| competes(item)) {
        *asked.entry(PoolKey::of(&item.plan)).or_default() += u64::from(asks(item));
    }
    let suffices = |key: &PoolKey, asked: u64| match key {
        PoolKey::Pool(pool) => available.get(pool).copied().flatten().is_some_and(|left| u64::from(left) >= 2 * asked),
        PoolKey::Plan(_) => false,
    };
    asked.into_iter().filter(|(key, asked)| !suffices(key, *asked)).map(|(key, _)| key).collect()
}

/// Whether a refusal says that the licenses are used up, by the texts that are configured for it.
pub fn says_no_licenses(message: Option<&str>, texts: &[String]) -> bool {
    let Some(message) = message.map(str::to_lowercase) else { return false };
    texts.iter().any(|text| !text.trim().is_empty() && message.contains(&text.trim().to_lowercase()))
}
