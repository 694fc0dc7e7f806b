//! How many seats an organization gets unless somebody says otherwise.

use serde::{Deserialize, Serialize};

/// The most seats a subscription can have (`lmpi.md` 8.1).
pub const MAX_SEATS: u32 = 999_999;

/// The partner's rule for default seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatRule {
    /// Added to the endpoints, in percent.
    pub margin_percent: u32,
    /// The least that is proposed.
    pub minimum: u32,
}

impl Default for SeatRule {
    fn default() -> Self {
        Self { margin_percent: 20, minimum: 10 }
    }
}

impl SeatRule {
    /// `max(minimum, ⌈endpoints × (100 + margin) / 100⌉)` in integers, at most [`MAX_SEATS`].
    ///
    /// Endpoints that have not been read yet count as none.
    pub fn default_seats(self, endpoints: Option<u32>) -> u32 {
        let with_margin = (u64::from(endpoints.unwrap_or(0)) * (100 + u64::from(self.margin_percent))).div_ceil(100);
        let seats = with_margin.max(u64::from(self.minimum)).clamp(1, u64::from(MAX_SEATS));
        u32::try_from(seats).unwrap_or(MAX_SEATS)
    }
}

/// Whether a number of seats can be subscribed to.
pub fn is_valid(seats: u32) -> bool {
    (1..=MAX_SEATS).contains(&seats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_is_rounded_up_and_the_minimum_kept() {
        let rule = SeatRule::default();
        let cases = [(0, 10), (1, 10), (8, 10), (9, 11), (41, 50), (42, 51), (833_332, 999_999), (u32::MAX, MAX_SEATS)];
        for (endpoints, seats) in cases {
            assert_eq!(rule.default_seats(Some(endpoints)), seats, "{endpoints} endpoints");
        }
        assert_eq!(rule.default_seats(None), 10);
    }

    #[test]
    fn the_rule_is_the_partners() {
        assert_eq!(SeatRule { margin_percent: 0, minimum: 1 }.default_seats(Some(0)), 1);
        assert_eq!(SeatRule { margin_percent: 50, minimum: 5 }.default_seats(Some(3)), 5);
        assert_eq!(SeatRule { margin_percent: 50, minimum: 1 }.default_seats(Some(3)), 5);
    }

    #[test]
    fn borders_of_a_valid_number() {
        assert!(!is_valid(0) && is_valid(1) && is_valid(MAX_SEATS) && !is_valid(MAX_SEATS + 1));
    }
}
