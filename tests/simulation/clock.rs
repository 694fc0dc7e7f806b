//! Time in the simulation: milliseconds, turned into the engine's times where it asks for them.

use chrono::{DateTime, Utc};

/// Milliseconds since the simulation began.
pub type Ms = i64;

/// One second.
pub const SECOND: Ms = 1_000;

/// One minute.
pub const MINUTE: Ms = 60 * SECOND;

/// One day: what is added to windows on either side.
pub const DAY: Ms = 24 * 60 * MINUTE;

const EPOCH: Ms = 1_900_000_000_000;

/// As the engine knows it.
pub fn at(time: Ms) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(EPOCH + time).expect("the simulation ends before the calendar does")
}

/// Back again.
pub fn ms(time: DateTime<Utc>) -> Ms {
    time.timestamp_millis() - EPOCH
}
