//! The REST API, in process.

pub mod contract;
mod requests;
mod routes;
