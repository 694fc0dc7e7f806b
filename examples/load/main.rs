//! Every figure of `docs/performance.md`, measured on this machine.
//!
//! ```text
//! cargo run --release --example load                    # everything; takes about ten minutes
//! cargo run --release --example load -- --only serving  # one part: reading, vsa10, importing, peers, serving
//! ```
//!
//! The vendors' stand-ins and whoever asks are this process; the service is always a process of its own, started as
//! `serve` from the same program, so that its memory is its own.

mod bare;
mod calls;
mod importing;
mod peers;
mod process;
mod reading;
mod report;
mod rest;
mod serving;
mod site;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use report::Report;
use site::Server;
use std::path::PathBuf;
use worryfree_plugin::startup::cli::{Cli, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Arguments {
    /// Only this part.
    #[arg(long)]
    only: Option<Part>,
    /// A smaller run, to see whether everything works; its figures say little.
    #[arg(long)]
    quick: bool,
    /// Writes the report here as well.
    #[arg(long)]
    write: Option<PathBuf>,
}

/// A part of the run.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Reading,
    Vsa10,
    Importing,
    Peers,
    Serving,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // In this role the program is the service, or what it is compared with.
    let mut arguments = std::env::args();
    match arguments.nth(1).as_deref() {
        Some("plugin") => {
            let cli = Cli::parse_from(["plugin".to_owned()].into_iter().chain(arguments));
            return run(cli).await.map(drop);
        }
        Some("bare") => return bare::run(arguments).await,
        _ => {}
    }
    let arguments = Arguments::parse();
    let wanted = |part| arguments.only.is_none_or(|only| only == part);
    let server = Server::start().await?;
    let mut report = Report::default();
    if wanted(Part::Reading) || wanted(Part::Serving) {
        let read = reading::vsa9(&server, arguments.quick, wanted(Part::Reading), &mut report).await?;
        if wanted(Part::Serving) {
            serving::run(&server, read, arguments.quick, &mut report).await?;
        }
    }
    if wanted(Part::Vsa10) {
        reading::vsa10(&server, arguments.quick, &mut report).await?;
    }
    if wanted(Part::Importing) {
        importing::run(&server, arguments.quick, &mut report).await?;
    }
    if wanted(Part::Peers) {
        peers::run(arguments.quick, &mut report).await?;
    }
    server.stop().await?;
    let text = report.text();
    print!("{text}");
    if let Some(path) = arguments.write {
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
