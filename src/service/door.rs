//! What letting people in needs beside the use cases: the vault, a tester, our own address.

use super::connections::Tester;
use crate::storage::vault::Vault;
use chrono::TimeDelta;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tests of connections that one code or partner may ask for within [`WINDOW`]: enough for a person, too few for a scanner.
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
    tests: Mutex<Vec<(String, Instant)>>,
}

impl Door {
    /// A door with these parts.
    pub fn new(settings: DoorSettings, vault: Arc<Vault>, tester: Arc<dyn Tester>) -> Self {
        Self { settings, vault, tester, tests: Mutex::default() }
    }

    /// Whether `who` may ask for one more test of connections now.
    pub fn may_test(&self, who: &str) -> bool {
        let now = Instant::now();
        // A list of times is valid in any state.
        let mut tests = self.tests.lock().unwrap_or_else(PoisonError::into_inner);
        tests.retain(|(_, at)| now.duration_since(*at) < WINDOW);
        if tests.iter().filter(|(known, _)| known == who).count() >= TESTS {
            return false;
        }
        tests.push((who.to_owned(), now));
        true
    }
}
