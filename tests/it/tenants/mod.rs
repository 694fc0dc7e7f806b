//! Partners are kept apart.

mod audit;
pub mod pool;
mod queries;
mod secrets;
