//! What tests stand on.

pub mod database;
pub mod plugin;
pub mod screens;
