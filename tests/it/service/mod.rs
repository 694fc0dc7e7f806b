//! Use cases over a real database.

mod access;
mod assignments;
mod drafts;
mod halted;
mod lists;
