//! Stand-in.
#![allow(missing_docs, reason = "replaced")]
pub struct Transport;
