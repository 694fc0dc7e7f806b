//! Rules as pure values: no I/O, no clock, no randomness, nothing asynchronous.
//!
//! `now`, ids and jitter are arguments, so that every rule is a plain test.

pub mod account;
pub mod check;
pub mod country;
pub mod directory;
pub mod engine;
pub mod field;
pub mod hold;
pub mod ids;
pub mod import;
pub mod integration;
pub mod inventory;
pub mod matching;
pub mod operation;
pub mod outcome;
pub mod plan;
pub mod pools;
pub mod price;
pub mod role;
pub mod seats;
pub mod shares;
pub mod undo;
