//! SQL and sealed secrets.

pub mod embedded;
mod pool;

pub use pool::{MIGRATOR, connect, migrate};
