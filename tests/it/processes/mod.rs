//! The real binary, as processes of its own that are killed, frozen and told to end, over vendors that keep books.
//!
//! `cargo test --test it processes -- --nocapture` prints the crash matrix and the figures.

mod books;
mod crash_matrix;
mod credentials;
mod database_away;
mod half_way;
mod headless;
mod old_and_new;
pub mod process;
mod random_kills;
mod scenarios;
pub mod site;
mod three_processes;
mod wire;
