//! The database's clock, carried on by a monotonic one: no decision compares two hosts' clocks (R6).

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The database's time as last read, and how long ago that was.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Mutex<(DateTime<Utc>, Instant)>>);

impl Clock {
    /// A clock that was read just now.
    pub fn new(read: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new((read, Instant::now()))))
    }

    /// Sets it to what was read just now.
    pub fn set(&self, read: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (read, Instant::now());
    }

    /// The database's time.
    pub fn now(&self) -> DateTime<Utc> {
        let (read, at) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read + TimeDelta::from_std(at.elapsed()).unwrap_or_default()
    }
}
