//! How calls to a vendor end. The sorting itself is done by the clients; these are its drawers.
//!
//! `security-reliability.md` part 2, R3: *done*, *refused* (surely no effect) or *in doubt* (all else).

use std::time::Duration;

/// Who was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    /// Kaseya VSA.
    Vsa,
    /// Licensing Management Platform.
    Lmp,
    /// Remote Manager.
    RemoteManager,
}

/// What one write led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome<T> {
    /// Documented success whose answer was understood.
    Done(T),
    /// The vendor surely did not do it, and would refuse it again.
    Refused(Refusal),
    /// The request surely had no effect; it may be sent again later.
    NotSent(NotSent),
    /// It may or may not have been done: look, never resend.
    InDoubt(Doubt),
}

impl<T> WriteOutcome<T> {
    /// The same with something else made of what was done.
    pub fn map<U>(self, done: impl FnOnce(T) -> U) -> WriteOutcome<U> {
        match self {
            Self::Done(value) => WriteOutcome::Done(done(value)),
            Self::Refused(refusal) => WriteOutcome::Refused(refusal),
            Self::NotSent(why) => WriteOutcome::NotSent(why),
            Self::InDoubt(doubt) => WriteOutcome::InDoubt(doubt),
        }
    }
}

/// A refusal that concerns this one request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Path of the refused field in the vendor's words, such as `company.city`.
    pub field: Option<String>,
    /// The vendor's sentence for people: shortened, free of control characters, shown as text only.
    pub message: Option<String>,
}

/// Why a request surely had no effect and may be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    /// Name resolution, connection or TLS failed before the first byte.
    Unreachable,
    /// 401: token, signature or clock refused.
    CredentialsRefused,
    /// 403: the right is missing, or whatever else the vendor says.
    Forbidden(Refusal),
    /// Our clock and the vendor's differ too much to sign anything.
    ClockSkew {
        /// Ours minus theirs.
        seconds: i64,
    },
}

/// Why the outcome of a write is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// In a few words, without anything from the body.
    pub reason: &'static str,
    /// The status, if one was read.
    pub status: Option<u16>,
    /// What the vendor asked us to wait before calling again.
    pub retry_after: Option<Duration>,
    /// What it said, if the answer looks like a refusal that no document knows.
    pub refusal: Option<Refusal>,
}

impl Doubt {
    /// The refusal that it will have been if nothing can be found: the vendor failed in none of these, it said no.
    pub fn probable_refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref().filter(|refusal| refusal.status < 500)
    }
}

/// Why a read failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Name resolution, connection or TLS failed.
    #[error("the server cannot be reached")]
    Unreachable,
    /// No complete answer in time, or a broken connection.
    #[error("the answer was lost ({0})")]
    Lost(&'static str),
    /// 401 after one renewal.
    #[error("the credentials were refused")]
    CredentialsRefused,
    /// 403.
    #[error("the credentials lack the right for this call")]
    Forbidden,
    /// Our clock is too far from the vendor's.
    #[error("our clock differs from the server's by {seconds} s")]
    ClockSkew {
        /// Ours minus theirs.
        seconds: i64,
    },
    /// 404.
    #[error("there is no such thing")]
    NotFound,
    /// Another refusal.
    #[error("the request was refused with status {}", .0.status)]
    Refused(Refusal),
    /// 429 or 503 after all tries.
    #[error("the server asks to slow down")]
    Throttled(Option<Duration>),
    /// 5xx after all tries.
    #[error("the server failed with status {0}")]
    ServerError(u16),
    /// The answer is not what is documented; the text names the path, never the value.
    #[error("the answer could not be understood: {0}")]
    Unreadable(String),
    /// A list changed, repeated itself or ended early, so it is not complete.
    #[error("the list is not complete: {0}")]
    Incomplete(String),
}

impl ReadError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable | Self::Lost(_) | Self::Throttled(_) | Self::ServerError(_) | Self::Incomplete(_) => true,
            Self::CredentialsRefused
            | Self::Forbidden
            | Self::ClockSkew { .. }
            | Self::NotFound
            | Self::Refused(_)
            | Self::Unreadable(_) => false,
        }
    }
}

/// A write with what the vendor's support would ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent<T> {
    /// How it ended.
    pub outcome: WriteOutcome<T>,
    /// `x-traceid` of the request; none where nothing was sent.
    pub trace_id: Option<uuid::Uuid>,
    /// The time it was signed with, by the vendor's clock as far as known.
    pub signed_at: Option<chrono::DateTime<chrono::Utc>>,
}
