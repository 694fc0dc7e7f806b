//! A deterministic simulation of the integration engine.
//!
//! Two or three workers carry one import out. They run the engine's own decision, record and look rules; what is simulated is
//! everything around them: the database with its lease and epochs, the clock, the vendor, crashes, freezes and people. The same
//! seed gives the same run, byte for byte.

pub mod bug;
mod check;
mod check_undo;
mod clock;
pub mod figures;
mod outcome;
mod people;
mod record;
mod rng;
mod scenario;
mod steps;
mod task;
mod undo;
mod vendor;
mod worker;
mod world;

use bug::Bug;
use figures::Figures;
use world::World;

/// What one seed showed.
#[derive(Debug)]
pub struct Report {
    /// Counts.
    pub figures: Figures,
    /// Rules that were broken; the first one ends a run.
    pub violations: Vec<String>,
    /// What happened, line by line, if it was asked for.
    pub trace: String,
}

/// Runs one seed, with one planted mistake or none.
pub fn simulate(seed: u64, bug: Option<Bug>, traced: bool) -> Report {
    let mut world = World::new(seed, bug, traced);
    world.live();
    let trace = world.take_trace();
    Report { figures: world.figures, violations: std::mem::take(&mut world.watch.violations), trace }
}

/// The first seed from `first` on, within `seeds`, that finds a planted mistake, and what it says.
pub fn hunt(bug: Bug, first: u64, seeds: u64) -> Option<(u64, String)> {
    (first..first + seeds).find_map(|seed| {
        let mut report = simulate(seed, Some(bug), false);
        report.violations.pop().map(|violation| (seed, violation))
    })
}
