//! Who may have how many calls under way to a vendor, of what a partner may have altogether.
//!
//! Every process holds a share and uses it without asking. Shares add up to the limit at most: who takes more takes only what nobody
//! holds, and who holds more than is fair gives back first.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long somebody is served before somebody else has a turn, where there is not one call for everybody.
const TURN: TimeDelta = TimeDelta::seconds(2);

/// What one process holds and wants, of one partner's calls to one API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Whose.
    pub owner: Uuid,
    /// Calls it may have under way now.
    pub held: usize,
    /// Calls it would have under way if it could.
    pub wanted: usize,
    /// Its place in the queue: the earlier, the sooner it is served.
    pub since: DateTime<Utc>,
}

/// What a process may hold from now on, and its place in the queue.
///
/// Everybody gets one in turn until all is given away, so that nobody has two more than somebody who wants as many.
pub fn settle(limit: usize, mine: Claim, others: &[Claim], now: DateTime<Utc>) -> (usize, DateTime<Utc>) {
    let mut queue: Vec<_> = others.iter().chain([&mine]).collect();
    // Everybody sees the same queue.
    queue.sort_by_key(|claim| (claim.since, claim.owner));
    let fair = shares(limit, &queue.iter().map(|claim| claim.wanted).collect::<Vec<_>>());
    let my_share = queue.iter().zip(&fair).find(|(claim, _)| claim.owner == mine.owner).map_or(0, |(_, share)| *share);
    let somebody_waits = queue.iter().zip(&fair).any(|(claim, share)| claim.wanted > 0 && *share == 0);
    let had_its_turn = mine.held > 0 && my_share > 0 && somebody_waits && now >= mine.since + TURN;
    let free = limit.saturating_sub(others.iter().map(|claim| claim.held).sum());
    (my_share.min(free), if had_its_turn { now } else { mine.since })
}

fn shares(limit: usize, wanted: &[usize]) -> Vec<usize> {
    let mut shares = vec![0; wanted.len()];
    let mut left = limit;
    while left > 0 {
        let before = left;
        for (share, wanted) in shares.iter_mut().zip(wanted) {
            if left > 0 && *share < *wanted {
                *share += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::engine::testing::at;
    use proptest::prelude::*;

    fn claim(held: usize, wanted: usize, since: i64) -> Claim {
        Claim { owner: Uuid::from_u128(u128::from(since.unsigned_abs())), held, wanted, since: at(since) }
    }

    #[test]
    fn alone_it_has_everything_it_wants() {
        assert_eq!(settle(4, claim(0, 9, 0), &[], at(1)).0, 4);
        assert_eq!(settle(4, claim(4, 1, 0), &[], at(1)).0, 1);
    }

    #[test]
    fn what_others_hold_is_not_taken_from_them() {
        assert_eq!(settle(4, claim(0, 9, 1), &[claim(4, 9, 0)], at(1)).0, 0, "it has to be given back first");
        assert_eq!(settle(4, claim(4, 9, 0), &[claim(0, 9, 1)], at(1)).0, 2);
        assert_eq!(settle(4, claim(0, 9, 1), &[claim(2, 9, 0)], at(1)).0, 2);
        assert_eq!(settle(4, claim(0, 9, 1), &[claim(4, 1, 0)], at(1)).0, 0);
        assert_eq!(settle(4, claim(4, 9, 0), &[claim(0, 1, 1)], at(1)).0, 3, "who wants little leaves the rest");
    }

    #[test]
    fn more_processes_than_calls_take_turns() {
        let (mut claims, mut served) = ([claim(0, 3, 0), claim(0, 3, 1), claim(0, 3, 2)], [0; 3]);
        for now in 0..60 {
            for mine in 0..3 {
                let others: Vec<_> = (0..3).filter(|other| *other != mine).map(|other| claims[other]).collect();
                (claims[mine].held, claims[mine].since) = settle(2, claims[mine], &others, at(now));
                assert!(claims.iter().map(|claim| claim.held).sum::<usize>() <= 2);
                served[mine] += claims[mine].held;
            }
        }
        assert!(served.iter().all(|served| *served >= 15), "{served:?}");
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_and_in_the_end_all_that_is_wanted(
            limit in 1_usize..12,
            steps in proptest::collection::vec((0_usize..4, 0_usize..10), 1..60),
        ) {
            let mut claims = [claim(0, 0, 0), claim(0, 0, 1), claim(0, 0, 2), claim(0, 0, 3)];
            let mut now = 0;
            let turn = |claims: &mut [Claim; 4], mine: usize, now: i64| {
                let others: Vec<_> = (0..4).filter(|other| *other != mine).map(|other| claims[other]).collect();
                (claims[mine].held, claims[mine].since) = settle(limit, claims[mine], &others, at(now));
            };
            for (mine, wanted) in steps {
                claims[mine].wanted = wanted;
                turn(&mut claims, mine, now);
                now += 1;
                prop_assert!(claims.iter().map(|claim| claim.held).sum::<usize>() <= limit);
            }
            for mine in [0, 1, 2, 3, 0, 1, 2, 3] {
                turn(&mut claims, mine, now);
            }
            let (held, wanted): (usize, usize) =
                (claims.iter().map(|claim| claim.held).sum(), claims.iter().map(|claim| claim.wanted).sum());
            prop_assert!(held <= limit && (held == limit.min(wanted) || now >= 2), "{:?}", claims);
        }
    }
}
