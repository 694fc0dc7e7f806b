//! Every page, rendered with samples.

pub mod samples;
mod pages;
