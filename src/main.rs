//! The binary `worryfree-plugin`.

use clap::Parser;
use std::io::{Write, stderr};
use std::process::ExitCode;
use worryfree_plugin::startup::cli::{Cli, exit_code, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell if standard error is closed.
            writeln!(stderr(), "error: {error:#}").ok();
            exit_code(&error)
        }
    }
}
