//! What letting people in needs beside the use cases: the vault, a tester, our own address.

use super::connections::Tester;
use crate::domain::ids::PartnerId;
use crate::storage::vault::Vault;
use chrono::TimeDelta;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tests of connections that may be asked for a partner, or for the one that a code will make, within [`WINDOW`]: enough for a person, too few for a scanner.
const TESTS: usize = 20;
const WINDOW: Duration = Duration::from_mins(10);

/// Settings of signing in.
#[derive(Debug, Clone)]
pub struct DoorSettings {
    /// What browsers call us, without a slash at the end.
    pub public_url: String,
    /// Whether addresses may begin with `http://`.
    pub allow_http: bool,
    /// How long an activation code can be used.
    pub activation: TimeDelta,
}

/// What letting people in needs.
pub struct Door {
    /// Its settings.
    pub settings: DoorSettings,
    /// Seals what is stored.
    pub(in crate::service) vault: Arc<Vault>,
    /// Tests connections.
    pub(in crate::service) tester: Arc<dyn Tester>,
    tests: Mutex<Vec<(PartnerId, Instant)>>,
}

impl Door {
    /// A door with these parts.
    pub fn new(settings: DoorSettings, vault: Arc<Vault>, tester: Arc<dyn Tester>) -> Self {
        Self { settings, vault, tester, tests: Mutex::default() }
    }

    /// Whether one more test of a partner's connections may be asked for now.
    pub fn may_test(&self, partner: PartnerId) -> bool {
        let now = Instant::now();
        // A list of times is valid in any state.
        let mut tests = self.tests.lock().unwrap_or_else(PoisonError::into_inner);
        tests.retain(|(_, at)| now.duration_since(*at) < WINDOW);
        if tests.iter().filter(|(known, _)| *known == partner).count() >= TESTS {
            return false;
        }
        tests.push((partner, now));
        true
    }
}
