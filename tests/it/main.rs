//! Integration tests: one binary, one database server, a database per test.

mod embedded_postgres;
mod foundation;
mod support;
