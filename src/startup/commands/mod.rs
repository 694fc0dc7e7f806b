//! One file for each command.

pub mod check_config;
pub mod health;
pub mod migrate;

use std::io::{self, Write};

/// Prints a line of data. A reader that went away early, such as `head`, is no error.
fn print_line(line: &str) -> io::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
