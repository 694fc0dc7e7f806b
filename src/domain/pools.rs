//! Who is served when a license pool does not suffice: the first rows of the list, as far as it goes.

use super::ids::LicensePoolId;
use std::collections::{BTreeMap, HashSet};

/// What one row of the list asks of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The pool of its service plan; `None` where availability is unknown.
    pub pool: Option<LicensePoolId>,
    /// New units: all of a new subscription, the difference of one that grows, none of one that shrinks.
    pub units: u32,
}

/// New units when a subscription goes from `before` to `after`.
pub fn new_units(before: Option<u32>, after: u32) -> u32 {
    after.saturating_sub(before.unwrap_or(0))
}

/// What a pool is asked for and gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolShare {
    /// New units of all rows.
    pub requested: u64,
    /// New units of the rows that are served.
    pub granted: u64,
    /// What remains; `None` where availability is unknown.
    pub left: Option<u32>,
}

/// Which rows are served, and what that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// One entry for each request, in list order.
    pub granted: Vec<bool>,
    /// Every pool that a row asks.
    pub pools: BTreeMap<LicensePoolId, PoolShare>,
}

/// Serves the rows in list order; in each pool the first row that does not fit ends that pool's share.
///
/// `available` holds what each pool can still assign. A pool that is missing or `None` there is unknown, which is not zero:
/// its rows are served and the vendor decides. A row without new units needs no license and is always served.
pub fn allocate(requests: &[Request], available: &BTreeMap<LicensePoolId, Option<u32>>) -> Allocation {
    let mut ended = HashSet::new();
    let mut pools: BTreeMap<LicensePoolId, PoolShare> = BTreeMap::new();
    let mut granted = Vec::with_capacity(requests.len());
    for request in requests {
        let Some(id) = &request.pool else {
            granted.push(true);
            continue;
        };
        let known = available.get(id).copied().flatten();
        let share = pools.entry(id.clone()).or_insert_with(|| PoolShare { left: known, ..PoolShare::default() });
        share.requested += u64::from(request.units);
        let fits = request.units == 0
            || (!ended.contains(id) && share.left.is_none_or(|left| u64::from(left) >= u64::from(request.units)));
        if fits {
            share.granted += u64::from(request.units);
            share.left = share.left.map(|left| left - request.units);
        } else {
            ended.insert(id.clone());
        }
        granted.push(fits);
    }
    Allocation { granted, pools }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(name: &str) -> LicensePoolId {
        LicensePoolId::parse(name).unwrap()
    }

    fn ask(name: &str, units: u32) -> Request {
        Request { pool: Some(pool(name)), units }
    }

    fn stock(entries: &[(&str, Option<u32>)]) -> BTreeMap<LicensePoolId, Option<u32>> {
        entries.iter().map(|(name, available)| (pool(name), *available)).collect()
    }

    #[test]
    fn the_first_row_that_does_not_fit_ends_the_share() {
        let allocation = allocate(&[ask("a", 10), ask("a", 15), ask("a", 5)], &stock(&[("a", Some(20))]));
        assert_eq!(allocation.granted, [true, false, false], "the small third row must not overtake the second");
        assert_eq!(allocation.pools[&pool("a")], PoolShare { requested: 30, granted: 10, left: Some(10) });
    }

    #[test]
    fn an_exact_fit_is_served() {
        assert_eq!(allocate(&[ask("a", 10), ask("a", 10)], &stock(&[("a", Some(20))])).granted, [true, true]);
        assert_eq!(allocate(&[ask("a", 10), ask("a", 11)], &stock(&[("a", Some(20))])).granted, [true, false]);
        assert_eq!(allocate(&[ask("a", 1)], &stock(&[("a", Some(0))])).granted, [false]);
    }

    #[test]
    fn pools_end_independently() {
        let requests = [ask("a", 30), ask("b", 10), ask("a", 1), ask("b", 10)];
        let allocation = allocate(&requests, &stock(&[("a", Some(20)), ("b", Some(20))]));
        assert_eq!(allocation.granted, [false, true, false, true]);
    }

    #[test]
    fn unknown_is_not_zero() {
        let unknown = Request { pool: None, units: 99 };
        let allocation = allocate(&[unknown, ask("x", 50), ask("missing", 5)], &stock(&[("x", None)]));
        assert_eq!(allocation.granted, [true, true, true]);
        assert_eq!(allocation.pools[&pool("x")], PoolShare { requested: 50, granted: 50, left: None });
    }

    #[test]
    fn only_the_difference_of_a_change_counts() {
        assert_eq!((new_units(None, 25), new_units(Some(10), 25), new_units(Some(25), 10)), (25, 15, 0));
        let requests = [ask("a", 11), ask("a", 0), ask("a", 1)];
        let allocation = allocate(&requests, &stock(&[("a", Some(10))]));
        assert_eq!(allocation.granted, [false, true, false], "a row without new units needs no license");
    }

    proptest::proptest! {
        #[test]
        fn never_grants_more_than_there_is(units in proptest::collection::vec(0u32..100, 0..40), available in 0u32..500) {
            let requests: Vec<_> = units.iter().map(|units| ask("a", *units)).collect();
            let allocation = allocate(&requests, &stock(&[("a", Some(available))]));
            let spent: u32 = units.iter().zip(&allocation.granted).filter(|(_, granted)| **granted).map(|(units, _)| units).sum();
            proptest::prop_assert!(spent <= available);
            let asking: Vec<_> = units.iter().zip(&allocation.granted).filter(|(units, _)| **units > 0).map(|(_, granted)| *granted).collect();
            proptest::prop_assert!(asking.windows(2).all(|pair| pair[0] || !pair[1]), "served rows are a prefix");
        }
    }
}
