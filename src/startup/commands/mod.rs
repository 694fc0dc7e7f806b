//! One file for each command.

pub mod audit;
pub mod check_config;
pub mod demo;
pub mod health;
pub mod import;
mod keys;
pub mod mapping;
pub mod migrate;
pub mod partner;
pub mod restored;
pub mod secrets;
pub mod serve;

use crate::api;
use std::io::{self, Write};
use std::process::ExitCode;

/// Prints a line of data. A reader that went away early, such as `head`, is no error.
fn print_line(line: &str) -> io::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// `openapi`: prints the API's document.
pub fn openapi() -> anyhow::Result<ExitCode> {
    print_line(api::document().trim_end())?;
    Ok(ExitCode::SUCCESS)
}
