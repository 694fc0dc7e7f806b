//! The vendor's clock as far as its `Date` headers tell (`lmpi.md` 2.1 and 10.7).
//!
//! LMPI refuses a request whose time is more than 15 minutes off, and "not found" becomes "absent" only when a signed
//! request can no longer be accepted. So signing times are corrected to the vendor's clock, and nothing is signed when
//! the two differ so much that one of them must be wrong.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Up to here our own time is used as it is.
const TOLERATED: i64 = 60;
/// Beyond this nothing is signed.
const REFUSED: i64 = 600;
/// How often a read may find out whether the clocks agree again.
const PROBE_GAP: Duration = Duration::from_secs(3);

/// How far the vendor's clock is from ours.
#[derive(Debug, Default)]
pub(in crate::upstream) struct Clock(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Ours minus theirs, in seconds.
    offset: Option<i64>,
    last_probe: Option<Instant>,
}

/// What to do about a request that is to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::upstream) enum Signing {
    /// Sign it with this time.
    At(DateTime<Utc>),
    /// The clocks differ too much; only reads may try, with this time, to find out whether they still do.
    Probe { at: DateTime<Utc>, seconds: i64 },
    /// The clocks differ too much, and that was found out a moment ago.
    Refused { seconds: i64 },
}

impl Clock {
    /// Learns from the `Date` of an answer that was read at `now`.
    pub(in crate::upstream) fn learn(&self, date: DateTime<Utc>, now: DateTime<Utc>) {
        let offset = (now - date).num_seconds();
        let before = self.state().offset.replace(offset);
        if is_off(Some(offset)) && !is_off(before) {
            tracing::warn!(offset_seconds = offset, "our clock differs from the vendor's");
        }
    }

    /// How to sign a request at `now`.
    pub(in crate::upstream) fn signing(&self, now: DateTime<Utc>) -> Signing {
        let mut state = self.state();
        let Some(seconds) = state.offset.filter(|offset| offset.abs() > TOLERATED) else { return Signing::At(now) };
        let corrected = now - TimeDelta::seconds(seconds);
        if seconds.abs() <= REFUSED {
            return Signing::At(corrected);
        }
        if state.last_probe.is_some_and(|last| last.elapsed() < PROBE_GAP) {
            return Signing::Refused { seconds };
        }
        state.last_probe = Some(Instant::now());
        Signing::Probe { at: corrected, seconds }
    }

    /// Ours minus theirs in seconds, if anything is known about it.
    pub(in crate::upstream) fn offset(&self) -> Option<i64> {
        self.state().offset
    }

    /// The difference, if it is so large that nothing may be signed.
    pub(in crate::upstream) fn skew(&self) -> Option<i64> {
        self.state().offset.filter(|offset| offset.abs() > REFUSED)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Two plain values are valid in any combination, so a poisoned lock does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_off(offset: Option<i64>) -> bool {
    offset.is_some_and(|offset| offset.abs() > TOLERATED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn times_are_corrected_beyond_a_minute_and_refused_beyond_ten() {
        let clock = Clock::default();
        assert_eq!(clock.signing(at(0)), Signing::At(at(0)));
        clock.learn(at(0), at(59));
        assert_eq!(clock.signing(at(100)), Signing::At(at(100)));
        clock.learn(at(0), at(300));
        assert_eq!(clock.signing(at(400)), Signing::At(at(100)));
        clock.learn(at(700), at(0));
        assert_eq!(clock.skew(), Some(-700));
        assert_eq!(clock.signing(at(0)), Signing::Probe { at: at(700), seconds: -700 });
        assert_eq!(clock.signing(at(0)), Signing::Refused { seconds: -700 });
        clock.learn(at(0), at(1));
        assert_eq!(clock.signing(at(5)), Signing::At(at(5)));
        assert_eq!(clock.skew(), None);
    }
}
