//! The time that a write is signed with.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// When a write was intended, and the trace id of its one request. The write is signed with this time, however late it is sent: a process that was frozen after its
/// intent then sends what the vendor refuses as too old, instead of making a second time what others have settled meanwhile
/// (`security-reliability.md` part 2, R1 and P19). Take it before the intent is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub(super) at: DateTime<Utc>,
    pub(super) trace_id: Uuid,
}

impl Stamp {
    /// Now, by our clock; what is known of the vendor's is added when it signs.
    pub fn now() -> Self {
        Self { at: Utc::now(), trace_id: Uuid::new_v4() }
    }

    /// The trace id that the request will carry: recorded with the intent, it is known even if the sender dies.
    pub fn trace_id(self) -> Uuid {
        self.trace_id
    }
}
