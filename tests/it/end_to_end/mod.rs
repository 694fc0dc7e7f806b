//! The whole service in one process, from the REST API to vendors that keep books: what was asked for is what they hold.

mod activation;
mod bad_rows;
mod books;
mod conflicts;
pub mod flow;
mod imports;
mod interruptions;
mod limits;
mod lost_answers;
mod odd_servers;
mod people;
mod record;
mod remote_manager;
mod report;
pub mod rest;
mod rough;
mod second_plan;
mod shared_pools;
mod simultaneous;
pub mod stage;
mod undo;
mod vsa10;
