//! Every figure of `docs/performance.md`, measured on this machine and printed as one table.
//!
//! ```text
//! cargo run --release --example load                        # everything; takes a quarter of an hour
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
mod replicas;
mod report;
mod rest;
mod serving;
mod site;
mod starting;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use report::Report;
use site::Server;
use std::path::{Path, PathBuf};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where the figures begin on a page.
const MARK: &str = "<!-- figures -->";

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
    /// Screens.
    Serving,
    /// A refresh from VSA 10.
    Vsa10,
    /// An import.
    Importing,
    /// The same import by scripts.
    Peers,
    /// Many partners on one database.
    Partners,
    /// One, two and three processes on one database.
    Replicas,
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
    let mut read = None;
    let mut ours = None;
    for part in Part::value_variants().iter().copied().filter(|part| wanted(*part)) {
        let done = match part {
            Part::Starting => starting::run(&server, &mut report).await,
            Part::Reading => reading::vsa9(&server, quick, &mut report).await.map(|site| read = Some(site)),
            Part::Serving => serving::run(&server, read.take(), quick, &mut report).await,
            Part::Vsa10 => reading::vsa10(&server, quick, &mut report).await,
            Part::Importing => importing::run(&server, quick, &mut report).await.map(|took| ours = Some(took)),
            Part::Peers => peers::run(quick, ours, &mut report).await,
            Part::Partners => partners::run(&server, quick, &mut report).await,
            Part::Replicas => replicas::run(&server, quick, &mut report).await,
            Part::Plans => plans::run(&server, quick, &mut report).await,
        };
        if let Err(error) = done {
            report.broken(part.to_possible_value().as_ref().map_or("a part", |value| value.get_name()), &error);
        }
    }
    drop(read);
    server.stop().await?;
    let text = report.text();
    print!("{text}");
    if let Some(path) = arguments.write {
        write(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Puts the report below the mark of a page, or makes a page of its own.
fn write(path: &Path, report: &str) -> std::io::Result<()> {
    let page = std::fs::read_to_string(path).unwrap_or_default();
    let above = page.split_once(MARK).map_or("", |(above, _)| above);
    std::fs::write(path, format!("{above}{MARK}\n\n{report}"))
}
