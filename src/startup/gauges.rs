//! Numbers that are read now and then: of everybody's work from the database, of this process from the system.

use crate::domain::operation::OperationKind;
use crate::jobs::{JobKind, Pulse};
use crate::storage::gauges::{self, Reading};
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

/// How often they are read.
const EVERY: Duration = Duration::from_secs(15);

/// Why integrations may stand still; a reason that is not among them counts as `other`.
const REASONS: [&str; 7] =
    ["credentials_refused", "forbidden", "clock_skew", "frozen", "restored", "upstream_unavailable", "parked"];

/// Keeps them up to date until `ended`.
pub async fn keep(pool: PgPool, pulse: Option<Pulse>, ended: CancellationToken) {
    metrics::gauge!("build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    if let Ok(since) = SystemTime::now().duration_since(UNIX_EPOCH) {
        metrics::gauge!("process_start_time_seconds").set(since.as_secs_f64());
    }
    let forever = async {
        loop {
            of_process(&pool, pulse.as_ref());
            match gauges::read(&pool).await {
                Ok(readings) => {
                    of_work(&readings);
                    metrics::gauge!("database_up").set(1.0);
                }
                Err(error) => {
                    tracing::debug!(%error, "the numbers of everybody's work could not be read");
                    metrics::gauge!("database_up").set(0.0);
                }
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    ended.run_until_cancelled(forever).await;
}

fn of_process(pool: &PgPool, pulse: Option<&Pulse>) {
    let (size, idle) = (f64::from(pool.size()), count(pool.num_idle()));
    metrics::gauge!("database_connections", "state" => "idle").set(idle);
    metrics::gauge!("database_connections", "state" => "used").set((size - idle).max(0.0));
    metrics::gauge!("database_connections_max").set(f64::from(pool.options().get_max_connections()));
    if let Some(pulse) = pulse {
        metrics::gauge!("worker_alive").set(f64::from(u8::from(pulse.is_alive())));
    }
    if let Some(process) = process::read() {
        metrics::gauge!("process_resident_memory_bytes").set(process.memory);
        metrics::gauge!("process_open_fds").set(process.files);
        metrics::gauge!("process_threads").set(process.threads);
    }
}

/// Sets every gauge of everybody's work: what there is nothing of is 0 and does not keep its last number.
fn of_work(readings: &[Reading]) {
    for ((what, labels), value) in table(readings) {
        let labels: Vec<_> = labels.into_iter().map(|(name, value)| metrics::Label::new(name, value)).collect();
        metrics::gauge!(what, labels).set(value);
    }
}

type Labels = Vec<(&'static str, &'static str)>;

fn table(readings: &[Reading]) -> BTreeMap<(&'static str, Labels), f64> {
    let mut table: BTreeMap<_, f64> = known().into_iter().map(|key| (key, 0.0)).collect();
    for reading in readings {
        let key = table.keys().find(|(what, labels)| is_meant(reading, what, labels)).cloned();
        let value = key.or_else(|| other(reading)).and_then(|key| table.get_mut(&key));
        if let Some(value) = value {
            // Several that are unknown share one number.
            *value += reading.value;
        }
    }
    table
}

fn is_meant(reading: &Reading, what: &str, labels: &Labels) -> bool {
    let mut values = labels.iter().map(|(_, value)| *value);
    reading.what == what
        && reading.first == values.next().unwrap_or("")
        && reading.second == values.next().unwrap_or("")
}

/// Where a reason is counted that this list does not know.
fn other(reading: &Reading) -> Option<(&'static str, Labels)> {
    (reading.what == "integrations_waiting").then(|| ("integrations_waiting", vec![("reason", "other")]))
}

/// Every gauge with every value of its labels.
fn known() -> Vec<(&'static str, Labels)> {
    let one = |what: &'static str, name: &'static str, values: &[&'static str]| -> Vec<(&'static str, Labels)> {
        values.iter().map(|value| (what, vec![(name, *value)])).collect()
    };
    let two = |what: &'static str, kinds: &[&'static str], states: &[&'static str]| -> Vec<(&'static str, Labels)> {
        let of = |kind: &'static str| states.iter().map(move |state| (what, vec![("kind", kind), ("state", *state)]));
        kinds.iter().flat_map(|kind| of(kind)).collect()
    };
    let jobs = JobKind::ALL.map(JobKind::as_str);
    let operations = OperationKind::ALL.map(OperationKind::as_str);
    let alone = [
        "operations_oldest_in_doubt_seconds",
        "partners",
        "partners_frozen",
        "partners_to_compare",
        "inventories_failed",
    ];
    [
        two("jobs", &jobs, &["due", "later", "running", "silent"]),
        one("jobs_oldest_due_seconds", "kind", &jobs),
        two("operations_open", &operations, &["intended", "in_doubt", "needs_person"]),
        one("integrations_open", "status", &["queued", "running", "waiting", "stopping"]),
        one("integrations_waiting", "reason", &REASONS),
        one("integrations_waiting", "reason", &["other"]),
        one("connections_refused", "vendor", &["vsa", "lmp", "remote_manager"]),
        one(
            "inventory_oldest_seconds",
            "part",
            &["organizations", "endpoints", "accounts", "subscriptions", "service_plans", "license_pools"],
        ),
        alone.into_iter().map(|what| (what, Vec::new())).collect(),
    ]
    .concat()
}

#[expect(clippy::cast_precision_loss, reason = "counts of this process are far below the precision of f64")]
fn count(number: usize) -> f64 {
    number as f64
}

/// What the system says about this process.
mod process {
    use super::count;
    use std::fs;

    /// Of this process, now.
    pub(super) struct Process {
        /// In bytes.
        pub(super) memory: f64,
        /// Files and connections.
        pub(super) files: f64,
        /// Threads.
        pub(super) threads: f64,
    }

    /// `None` where there is no `/proc`.
    pub(super) fn read() -> Option<Process> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let number = |name: &str| -> Option<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let files = count(fs::read_dir("/proc/self/fd").ok()?.count());
        Some(Process { memory: number("VmRSS:")? * 1024.0, files, threads: number("Threads:")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::metrics::ALL;

    fn reading(what: &str, first: &str, second: &str, value: f64) -> Reading {
        Reading { what: what.into(), first: first.into(), second: second.into(), value }
    }

    #[test]
    fn every_gauge_of_work_is_described() {
        for (what, _) in known() {
            assert!(ALL.iter().any(|(name, _, _)| *name == what), "{what}");
        }
    }

    #[test]
    fn what_there_is_none_of_is_zero_and_what_is_unknown_makes_no_label() {
        let table = table(&[
            reading("jobs", "integrate", "due", 3.0),
            reading("jobs", "dance", "due", 9.0),
            reading("integrations_waiting", "frozen", "", 2.0),
            reading("integrations_waiting", "sleepy", "", 4.0),
            reading("integrations_waiting", "dreamy", "", 1.0),
            reading("partners", "", "", 7.0),
        ]);
        let value = |what: &'static str, labels: Labels| table[&(what, labels)];
        let jobs = |kind, state| value("jobs", vec![("kind", kind), ("state", state)]);
        assert_eq!((jobs("integrate", "due"), jobs("integrate", "running"), jobs("undo", "due")), (3.0, 0.0, 0.0));
        let waiting = |reason| value("integrations_waiting", vec![("reason", reason)]);
        assert_eq!((waiting("frozen"), waiting("other"), waiting("parked")), (2.0, 5.0, 0.0));
        assert!((value("partners", vec![]) - 7.0).abs() < f64::EPSILON);
        assert!(table.keys().all(|(_, labels)| labels.iter().all(|(_, value)| *value != "dance")));
    }
}
