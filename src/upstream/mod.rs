//! The typed clients.

pub mod lmp;
pub mod remote_manager;
pub mod transport;
pub mod vsa;

/// A connection whose settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the connection's settings cannot be used")]
pub struct ConfigError;
