//! The real binary, as processes of its own that are killed, frozen and told to end, over vendors that keep books.

mod books;
mod crash_matrix;
mod half_way;
mod process;
mod scenarios;
mod site;
