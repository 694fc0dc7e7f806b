//! The simulation of the engine, as much of it as fits into a few seconds. `cargo run --release --example simulate` does more.

#[path = "../simulation/mod.rs"]
mod simulation;

use simulation::bug::Bug;
use simulation::figures::Figures;
use simulation::{hunt, simulate};

const SEEDS: u64 = 2_000;

/// Seeds in turn, on two threads.
fn seeds() -> [Vec<u64>; 2] {
    [0, 1].map(|first| (first..SEEDS).step_by(2).collect())
}

#[test]
fn every_rule_holds_in_every_seed() {
    let run = |seeds: Vec<u64>| {
        let mut figures = Figures::default();
        for seed in seeds {
            let report = simulate(seed, None, false);
            figures.merge(&report.figures);
            let trace = || simulate(seed, None, true).trace;
            assert!(report.violations.is_empty(), "seed {seed}: {:?}\n{}", report.violations, trace());
        }
        figures
    };
    let threads = seeds().map(|seeds| std::thread::spawn(move || run(seeds)));
    let mut figures = Figures::default();
    for thread in threads {
        figures.merge(&thread.join().unwrap());
    }
    let rare: Vec<_> = figures.rows().filter(|(_, number)| *number < 20).collect();
    assert!(rare.is_empty(), "hardly ever happens, so it proves little: {rare:?}");
}

#[test]
fn every_planted_mistake_is_found() {
    let missed = |bug: &Bug| hunt(*bug, 0, 3 * SEEDS).is_none();
    let missed: Vec<_> = Bug::ALL.into_iter().filter(missed).collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert!(Bug::ALL.len() >= 15);
}

#[test]
fn a_seed_gives_the_same_run_each_time() {
    let bug = Bug::parse("retryontimeout");
    for seed in 0..20 {
        let (one, other) = (simulate(seed, bug, true), simulate(seed, bug, true));
        assert_eq!((one.trace, one.violations), (other.trace, other.violations));
    }
    let (seed, _) = bug.and_then(|bug| hunt(bug, 0, SEEDS)).unwrap();
    assert!(simulate(seed, bug, true).trace.contains("VIOLATION"));
}
