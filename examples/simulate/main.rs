//! The simulation of the integration engine at the command line.
//!
//! ```text
//! cargo run --release --example simulate -- --seed 7              # what happens in one seed
//! cargo run --release --example simulate -- --seed 7 --bug SettleIgnored
//! cargo run --release --example simulate -- --seeds 100000        # figures of many
//! ```

#[path = "../../tests/simulation/mod.rs"]
mod simulation;

use anyhow::Context;
use clap::Parser;
use simulation::bug::Bug;
use simulation::figures::Figures;
use simulation::{hunt, simulate};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Within so many seeds a planted mistake has to be found.
const HUNT: u64 = 5_000;

#[derive(Parser)]
struct Arguments {
    /// Shows what happens in one seed.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Runs so many seeds and prints figures.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Plants a mistake.
    #[arg(long)]
    bug: Option<String>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let bug = arguments.bug.as_deref().map(|name| Bug::parse(name).with_context(|| format!("no bug is called {name}")));
    let bug = bug.transpose()?;
    let well = match (arguments.seed, bug) {
        (Some(seed), _) => one(seed, bug),
        (None, None) => many(arguments.first, arguments.seeds),
        (None, Some(bug)) => {
            println!("{}", found(bug, arguments.seeds));
            true
        }
    };
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Shows one seed; `false`: a rule was broken.
fn one(seed: u64, bug: Option<Bug>) -> bool {
    let report = simulate(seed, bug, true);
    print!("{}", report.trace);
    let well = report.violations.is_empty();
    println!("seed {seed}: {}", if well { "every rule held".to_owned() } else { report.violations.join("; ") });
    well
}

fn found(bug: Bug, seeds: u64) -> String {
    match hunt(bug, 0, seeds) {
        Some((seed, violation)) => format!("{:<22} found by seed {seed:>4}: {violation}", format!("{bug:?}")),
        None => format!("{:<22} NOT FOUND within {seeds} seeds", format!("{bug:?}")),
    }
}

/// Runs seeds and hunts mistakes; `false`: a rule was broken, or a mistake was not found.
fn many(first: u64, seeds: u64) -> bool {
    let began = Instant::now();
    let next = AtomicU64::new(first);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || {
        let (mut figures, mut broken) = (Figures::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                return (figures, broken);
            }
            let report = simulate(seed, None, false);
            figures.merge(&report.figures);
            broken.extend(report.violations.into_iter().map(|violation| (seed, violation)));
        }
    };
    let (mut figures, mut broken) = (Figures::default(), Vec::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let (part, violations) = thread.join().expect("a seed does not panic");
            figures.merge(&part);
            broken.extend(violations);
        }
    });
    broken.sort();
    println!("{:<42} {seeds:>12}", "seeds");
    for (name, number) in figures.rows() {
        println!("{name:<42} {number:>12}");
    }
    println!("{:<42} {:>12}", "violations", broken.len());
    for (seed, violation) in broken.iter().take(20) {
        println!("  seed {seed}: {violation}");
    }
    let lines: Vec<_> = Bug::ALL.into_iter().map(|bug| found(bug, HUNT)).collect();
    let caught = lines.iter().filter(|line| !line.contains("NOT FOUND")).count();
    println!("{:<42} {:>12}", "planted bugs found", format!("{caught} of {}", Bug::ALL.len()));
    for line in lines {
        println!("  {line}");
    }
    println!("{:<42} {:>10.1} s", "took", began.elapsed().as_secs_f64());
    if let Some((seed, _)) = broken.first() {
        println!();
        one(*seed, None);
    }
    broken.is_empty() && caught == Bug::ALL.len()
}
