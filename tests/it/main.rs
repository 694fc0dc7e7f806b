//! Integration tests: one binary, one database server, a database per test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod api;
mod embedded_postgres;
mod foundation;
mod support;
