//! Answers kept for requests that are sent twice: by partner, path and key, for 24 hours.

use super::{App, ServiceError};
use crate::domain::ids::PartnerId;

/// An answer that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its status.
    pub status: u16,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its body.
    pub body: serde_json::Value,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Begin {
    /// Nothing; it is taken now.
    Fresh,
    /// The first request has been answered like this.
    Replay(Stored),
    /// The first request is still under way.
    InUse,
    /// The first request had another body.
    Reused,
}

/// Takes the key, or tells what became of the request that took it first.
pub async fn begin(
    _app: &App,
    _partner: PartnerId,
    _path: &str,
    _key: &str,
    _body_hash: &[u8],
) -> Result<Begin, ServiceError> {
    unimplemented!()
}

/// Keeps the answer to the request that took the key.
pub async fn finish(
    _app: &App,
    _partner: PartnerId,
    _path: &str,
    _key: &str,
    _stored: &Stored,
) -> Result<(), ServiceError> {
    unimplemented!()
}

/// Gives the key back: nothing was done that must not be done again.
pub async fn forget(_app: &App, _partner: PartnerId, _path: &str, _key: &str) -> Result<(), ServiceError> {
    unimplemented!()
}
