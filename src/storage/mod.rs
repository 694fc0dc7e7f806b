//! SQL and sealed secrets.
//!
//! One function per statement, connection first and partner next, so that tenancy can't be forgotten.

pub mod access;
pub mod audit;
pub mod caps;
pub mod connections;
pub mod crash;
pub mod embedded;
pub mod engine;
pub mod freeze;
pub mod gauges;
pub mod idempotency;
pub mod imports;
pub mod integrations;
pub mod inventory;
pub mod jobs;
pub mod leases;
pub mod links;
pub mod mapping;
pub mod matching;
pub mod partners;
mod pool;
pub mod prices;
pub mod refresh;
pub mod reservations;
pub mod restored;
pub mod retention;
pub mod rows;
pub mod sealed;
pub mod shares;
pub mod sign_in;
pub mod tenancy;
pub mod tokens;
pub mod undo;
pub mod upkeep;
pub mod vault;

pub use pool::{MIGRATOR, connect, has_app_role, migrate, missing_migrations};
