//! Rules as pure values: no I/O, no clock, no randomness, nothing asynchronous.
//!
//! `now`, ids and jitter are arguments, so that every rule is a plain test.

pub mod ids;
pub mod inventory;
pub mod outcome;
