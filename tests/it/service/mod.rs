//! Use cases over a real database.

mod access;
mod assignments;
mod drafts;
mod halted;
mod keys;
mod lists;
mod refreshes;
mod retention;
mod turns;
