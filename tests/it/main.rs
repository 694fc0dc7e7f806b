//! Integration tests: one binary, one database server, a database per test.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test, as tests themselves do")]
#![expect(clippy::disallowed_methods, reason = "tests look at what is stored as the owner, who sees everybody's rows")]

mod api;
mod embedded_postgres;
mod end_to_end;
mod foundation;
mod inventory;
mod operation_files;
mod processes;
mod rooms;
mod security;
mod service;
mod sign_in;
mod simulated;
mod support;
mod tenants;
mod web;
