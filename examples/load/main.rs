//! Every figure of `docs/performance.md`, measured on this machine and printed as one table.
//!
//! ```text
//! cargo run --release --example load                        # everything; takes about ten minutes
//! cargo run --release --example load -- reading serving     # some parts
//! ```
//!
//! The vendors' stand-ins and whoever asks are this process; the service is always a process of its own, the program
//! that is shipped, so that its memory is its own.

mod bare;
mod calls;
mod filled;
mod importing;
mod partners;
mod peers;
mod plans;
mod process;
mod reading;
mod report;
mod rest;
mod serving;
mod site;
mod starting;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use report::Report;
use site::Server;
use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Arguments {
    /// Only these parts.
    parts: Vec<Part>,
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
    /// Start, idle memory, size.
    Starting,
    /// A refresh from VSA 9.
    Reading,
    /// A refresh from VSA 10.
    Vsa10,
    /// An import.
    Importing,
    /// The same import by scripts.
    Peers,
    /// Screens.
    Serving,
    /// Many partners on one database.
    Partners,
    /// How statements find their rows in a large database.
    Plans,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // In this role the program is what the service is compared with.
    let mut arguments = std::env::args();
    if arguments.nth(1).as_deref() == Some("bare") {
        return bare::run(arguments).await;
    }
    let arguments = Arguments::parse();
    let quick = arguments.quick;
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    process::build().await?;
    let server = Server::start().await?;
    let mut report = Report::default();
    if wanted(Part::Reading) || wanted(Part::Serving) {
        let read = reading::vsa9(&server, quick, wanted(Part::Reading), &mut report).await?;
        if wanted(Part::Serving) {
            serving::run(&server, read, quick, &mut report).await?;
        }
    }
    if wanted(Part::Starting) {
        starting::run(&server, &mut report).await?;
    }
    if wanted(Part::Vsa10) {
        reading::vsa10(&server, quick, &mut report).await?;
    }
    let mut ours = None;
    if wanted(Part::Importing) {
        ours = Some(importing::run(&server, quick, &mut report).await?);
    }
    if wanted(Part::Peers) {
        peers::run(quick, ours, &mut report).await?;
    }
    if wanted(Part::Partners) {
        partners::run(&server, quick, &mut report).await?;
    }
    if wanted(Part::Plans) {
        plans::run(&server, quick, &mut report).await?;
    }
    server.stop().await?;
    let text = report.text();
    print!("{text}");
    if let Some(path) = arguments.write {
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
