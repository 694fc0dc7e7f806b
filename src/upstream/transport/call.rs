//! One request and one answer, as values.

use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::header::HeaderMap;
use std::time::Duration;
use uuid::Uuid;

/// How it is sent: `Get` on pooled connections; everything else on a connection of its own, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::upstream) enum Method {
    Get,
    Post,
    Put,
}

impl Method {
    /// As it stands in the request line, and in the text that is signed.
    pub(in crate::upstream) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// One request.
pub(in crate::upstream) struct Call {
    /// Name for logs and metrics.
    pub(in crate::upstream) operation: &'static str,
    pub(in crate::upstream) method: Method,
    pub(in crate::upstream) url: Url,
    pub(in crate::upstream) headers: HeaderMap,
    pub(in crate::upstream) body: Option<Vec<u8>>,
    pub(in crate::upstream) trace_id: Option<Uuid>,
}

/// A complete answer.
#[derive(Debug, Clone, Default)]
pub(in crate::upstream) struct Answer {
    pub(in crate::upstream) status: u16,
    pub(in crate::upstream) retry_after: Option<Duration>,
    /// The server's clock when it answered.
    pub(in crate::upstream) date: Option<DateTime<Utc>>,
    /// Where a redirect leads.
    pub(in crate::upstream) location_host: Option<String>,
    pub(in crate::upstream) body: Vec<u8>,
}

impl Answer {
    pub(in crate::upstream) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body without a byte order mark, which some servers put before JSON.
    pub(in crate::upstream) fn json(&self) -> &[u8] {
        self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body)
    }

    /// Whether there is nothing to read.
    pub(in crate::upstream) fn is_empty(&self) -> bool {
        self.json().iter().all(u8::is_ascii_whitespace)
    }
}

/// No complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::upstream) struct Fault {
    pub(in crate::upstream) kind: FaultKind,
    /// The status, if that much was read.
    pub(in crate::upstream) status: Option<u16>,
}

/// Why there is no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::upstream) enum FaultKind {
    /// Connection or TLS failed: nothing was sent.
    Unreachable,
    /// The name does not resolve, or leads to no address that may be called: nothing was sent, and soon trying again
    /// is of no use.
    NoAddress,
    /// The deadline for the whole call passed.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
    /// The answer is larger than anything documented.
    Oversized,
}

impl FaultKind {
    /// In a few words, for [`crate::domain::outcome::Doubt`] and the log.
    pub(in crate::upstream) fn reason(self) -> &'static str {
        match self {
            Self::Unreachable => "no connection",
            Self::NoAddress => "no usable address",
            Self::Timeout => "no answer in time",
            Self::Broken => "connection broken",
            Self::Oversized => "answer too large",
        }
    }
}
