//! SQL and sealed secrets.
