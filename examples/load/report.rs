//! The table of figures.

use std::fmt::Write as _;

/// Figures and lists, in the order they were measured.
#[derive(Default)]
pub struct Report {
    rows: Vec<[String; 5]>,
    notes: Vec<String>,
}

/// What a figure is held to.
#[derive(Clone, Copy)]
pub enum Bound {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Nothing: it only informs.
    None,
}

impl Report {
    /// A figure in its unit, what it is compared with, and the ratio that counts.
    pub fn figure(&mut self, name: &str, measured: String, against: String, ratio: f64, bound: Bound) {
        let (limit, holds) = match bound {
            Bound::AtMost(most) => (format!("≤ {most}"), ratio <= most),
            Bound::AtLeast(least) => (format!("≥ {least}"), ratio >= least),
            Bound::None => (String::new(), true),
        };
        let ratio = if matches!(bound, Bound::None) && ratio == 0.0 { String::new() } else { format!("{ratio:.2}") };
        let mark = if holds { "" } else { " **missed**" };
        println!("… {name}: {measured} ({against}) {ratio} {limit}{mark}");
        self.rows.push([name.to_owned(), measured, against, ratio, format!("{limit}{mark}")]);
    }

    /// A list below the table.
    pub fn note(&mut self, note: String) {
        println!("{note}");
        self.notes.push(note);
    }

    /// All of it, as Markdown.
    pub fn text(&self) -> String {
        let mut text =
            format!("{}\n\n| figure | measured | against | ratio | bound |\n|---|---|---|---|---|\n", machine());
        for row in &self.rows {
            writeln!(text, "| {} |", row.join(" | ")).ok();
        }
        for note in &self.notes {
            write!(text, "\n{note}\n").ok();
        }
        text
    }
}

/// What this was measured on.
fn machine() -> String {
    let first = |path: &str, name: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or("unknown", |(_, value)| value.trim()).to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let build = if cfg!(debug_assertions) { "dev" } else { "release" };
    format!(
        "{cores} cores of {}, {} of memory, load {} at the end, {build} build, {}. Service, PostgreSQL, stand-ins and whoever asks share these cores.",
        first("/proc/cpuinfo", "model name"),
        first("/proc/meminfo", "MemTotal"),
        load.split(' ').next().unwrap_or("unknown"),
        chrono::Utc::now().format("%Y-%m-%d"),
    )
}

/// A size in megabytes, as text.
pub fn megabytes(kilobytes: u64) -> String {
    format!("{:.1} MB", as_f64(kilobytes) / 1024.0)
}

/// Counts are far below where this loses anything.
#[expect(clippy::cast_precision_loss, reason = "figures of a report are rounded anyway")]
pub fn as_f64(number: u64) -> f64 {
    number as f64
}
