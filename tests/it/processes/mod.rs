//! The real binary, as processes of its own that are killed, frozen and told to end, over vendors that keep books.
//!
//! `cargo test --test it processes -- --nocapture` prints the crash matrix and the figures.

mod books;
mod crash_matrix;
mod credentials;
mod database_away;
mod foreign;
mod half_way;
mod headless;
mod many_partners;
mod old_and_new;
mod operating;
pub mod process;
mod random_kills;
mod restored;
mod scenarios;
mod shares;
pub mod site;
mod three_processes;
mod traced;
mod upgrade;
mod wire;
