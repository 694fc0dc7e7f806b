//! The whole service in one process, from the REST API to vendors that keep books: what was asked for is what they hold.

mod bad_rows;
mod books;
pub mod flow;
mod imports;
mod interruptions;
mod lost_answers;
pub mod rest;
mod simultaneous;
pub mod stage;
