//! SQL and sealed secrets.
//!
//! One function per statement, connection first and partner next, so that tenancy can't be forgotten.

pub mod engine;
pub mod jobs;
pub mod leases;
