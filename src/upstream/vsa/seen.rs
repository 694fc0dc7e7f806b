//! Which rows of a long list were there before, in memory that does not grow with the list.
//!
//! Rows that come or go while a list is read push others over the edge of a page, so what is repeated is nearly always repeated on
//! one of the next pages: those are remembered completely. A row that moves further, because it was renamed, is found surely in a
//! list of up to [`SAMPLE`] rows; in a longer one only every second, fourth, eighth … row is remembered for so long.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

/// Rows that are remembered completely: some twenty pages.
const RECENT: usize = 2_048;
/// The most rows that are remembered for the whole list.
const SAMPLE: usize = 57_344;

/// The rows seen so far; about 3 MB at most.
pub(super) struct Seen {
    recent: HashSet<u128>,
    order: VecDeque<u128>,
    sample: HashSet<u128>,
    /// A row is part of the sample if as many of the last bits of its hash are zero.
    zeros: u32,
    hash: RandomState,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self {
            recent: HashSet::new(),
            order: VecDeque::new(),
            sample: HashSet::new(),
            zeros: 0,
            hash: RandomState::new(),
        }
    }

    /// Takes note of a row; false if it was there before, as far as that is known.
    pub(super) fn insert(&mut self, id: u128) -> bool {
        if !self.recent.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.recent.remove(&oldest);
        }
        if !is_sampled(&self.hash, self.zeros, id) {
            return true;
        }
        let is_new = self.sample.insert(id);
        if self.sample.len() > SAMPLE {
            self.zeros += 1;
            let (hash, zeros) = (&self.hash, self.zeros);
            self.sample.retain(|id| is_sampled(hash, zeros, *id));
        }
        is_new
    }
}

fn is_sampled(hash: &RandomState, zeros: u32, id: u128) -> bool {
    hash.hash_one(id).trailing_zeros() >= zeros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_repetition_is_seen_in_lists_of_usual_length() {
        let mut seen = Seen::new();
        assert!((0..50_000).all(|id| seen.insert(id)));
        assert!((0..50_000).all(|id| !seen.insert(id)));
    }

    #[test]
    fn a_long_list_takes_no_more_and_near_repetitions_are_seen_all_the_same() {
        let mut seen = Seen::new();
        for id in 0..500_000 {
            assert!(seen.insert(id), "{id} is new");
            assert!(id < 300 || !seen.insert(id - 300), "{id}: the row three pages before is not");
        }
        assert!(seen.sample.len() <= SAMPLE && seen.order.len() <= RECENT && seen.recent.len() <= RECENT);
        let found = (0..100_000).filter(|id| !seen.insert(*id)).count();
        assert!((4_000..40_000).contains(&found), "{found} of 100,000 rows are remembered for good");
    }
}
