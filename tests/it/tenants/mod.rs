//! Partners are kept apart.

mod audit;
mod pool;
mod queries;
mod secrets;
