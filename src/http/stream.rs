//! Streams of events that end before what they tell of has.

use axum::response::sse::Event;
use std::time::Duration;

/// The earliest and the latest that a client comes back, in milliseconds: not all of them at the same moment.
const COME_BACK: std::ops::Range<u64> = 500..3_000;

/// The last message of such a stream: when to come back. It carries no data, so that nobody is told anything new.
pub fn come_back() -> Event {
    Event::default().retry(Duration::from_millis(rand::random_range(COME_BACK)))
}
