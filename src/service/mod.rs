//! One function per use case: load, ask `domain`, store in one transaction, answer.
//!
//! Nothing here knows HTTP, SQL text or templates. Vendors are called only by `jobs`.

pub mod access;
pub mod activation;
pub mod audit;
pub mod caps;
pub mod changes;
pub mod connections;
pub mod door;
pub mod error;
pub mod freeze;
pub mod idempotency;
pub mod imports;
pub mod integrations;
pub mod inventory;
pub mod mapping;
mod matching;
pub mod notices;
pub mod package;
pub mod page;
pub mod partners;
pub mod prices;
pub mod restored;
pub mod secrets;
pub mod sign_in;
pub mod tokens;
pub mod undo;

use crate::domain::ids::PartnerId;
use chrono::TimeDelta;
use sqlx::PgPool;
use std::sync::Arc;

pub use error::ServiceError;

/// What every use case works with; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub pool: PgPool,
    /// Limits that are settings.
    pub limits: Arc<Limits>,
    /// Changes of integrations.
    pub notices: notices::Notices,
}

/// Limits that are settings.
#[derive(Debug, Clone)]
pub struct Limits {
    /// An inventory older than this is too old to spend licenses on.
    pub inventory_max_age: TimeDelta,
    /// A session ends after this time without a request.
    pub session_idle: TimeDelta,
    /// A session ends after this time whatever happens.
    pub session_absolute: TimeDelta,
    /// What may be created and bought in a time.
    pub caps: caps::Caps,
}

/// Who acts: a person in a session or a program with a token. The partner comes from the session or token, never from the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The partner.
    pub partner_id: PartnerId,
    /// The name that is recorded.
    pub name: String,
}
