//! The REST API, in process.

pub mod contract;
mod problems;
mod requests;
mod routes;
