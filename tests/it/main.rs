//! Integration tests: one binary, one database server, a database per test.

mod api;
mod embedded_postgres;
mod foundation;
mod support;
