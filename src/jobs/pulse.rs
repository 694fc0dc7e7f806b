//! Whether a worker still looks for work.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A worker that has not looked for so long is stuck: every wait in its loop is far shorter.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);

/// When a worker last looked for work, by the monotonic clock; clones are the same.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<Mutex<Instant>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Pulse {
    /// Notes that it looks now.
    pub(super) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether it has looked of late.
    pub fn is_alive(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < LONGEST_SILENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_silent_for_too_long_is_not_alive() {
        let pulse = Pulse(Arc::new(Mutex::new(Instant::now().checked_sub(LONGEST_SILENCE).unwrap())));
        assert!(!pulse.is_alive());
        pulse.beat();
        assert!(pulse.is_alive());
    }
}
