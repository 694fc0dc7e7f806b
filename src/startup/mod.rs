//! Settings, commands, and putting the rooms together.

pub mod cli;
mod commands;
pub mod database;
pub mod demo;
pub mod document;
mod gauges;
pub mod logging;
pub mod partner_entry;
pub mod partner_file;
mod price_file;
pub mod readiness;
pub mod sealing_key;
pub mod service;
pub mod settings;
pub mod shutdown;
pub mod sign_in_file;
mod telemetry;
mod trail;

pub use cli::{Cli, run};
