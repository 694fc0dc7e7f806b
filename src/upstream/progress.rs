//! How far a long read has come, for a job to publish.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A counter shared by the reader and whoever shows it; clones are the same counter.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    done: AtomicU64,
    total: AtomicU64,
    total_known: AtomicBool,
}

impl Progress {
    /// A counter at zero whose total is not known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds rows that will be read.
    pub fn add_total(&self, rows: u64) {
        self.0.total.fetch_add(rows, Ordering::Relaxed);
        self.0.total_known.store(true, Ordering::Release);
    }

    /// Adds rows that have been read.
    pub fn add_done(&self, rows: u64) {
        self.0.done.fetch_add(rows, Ordering::Relaxed);
    }

    /// Rows read, and rows there are once that is known.
    pub fn snapshot(&self) -> (u64, Option<u64>) {
        let known = self.0.total_known.load(Ordering::Acquire);
        (self.0.done.load(Ordering::Relaxed), known.then(|| self.0.total.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_unknown_until_a_page_tells_it() {
        let progress = Progress::new();
        progress.add_done(3);
        assert_eq!(progress.snapshot(), (3, None));
        progress.clone().add_total(5);
        assert_eq!(progress.snapshot(), (3, Some(5)));
    }
}
