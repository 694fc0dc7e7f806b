//! Chance that can be repeated: the same seed gives the same numbers on every machine.

use super::clock::Ms;

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, quick and well spread even for neighboring seeds.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator for a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not zero. The bias of the remainder does not matter here.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// Whether something happens that happens `share` times in a thousand.
    pub fn chance(&mut self, share: u64) -> bool {
        self.below(1000) < share
    }

    /// A time from `low` up to, but not including, `high`.
    pub fn between(&mut self, low: Ms, high: Ms) -> Ms {
        low + Ms::try_from(self.below(high.abs_diff(low))).unwrap_or(0)
    }

    /// A place in a list of `length`.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }
}
