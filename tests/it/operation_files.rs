//! What an operator is given beside the binary: every number that a dashboard or an alert asks for exists.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use worryfree_plugin::http::metrics::{ALL, Kind};

/// Words of the query language, and what Prometheus itself knows.
const WORDS: [&str; 19] = [
    "sum",
    "max",
    "min",
    "count",
    "by",
    "rate",
    "increase",
    "histogram_quantile",
    "topk",
    "time",
    "and",
    "or",
    "unless",
    "up",
    "on",
    "ignoring",
    "group_left",
    "avg",
    "label_values",
];

/// Every label there is.
const LABELS: [&str; 16] = [
    "job",
    "instance",
    "le",
    "method",
    "path",
    "status",
    "vendor",
    "operation",
    "outcome",
    "kind",
    "state",
    "end",
    "reason",
    "part",
    "version",
    "uid",
];

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operation").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts of all queries of the dashboard.
fn dashboard() -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(text) if name == "expr" => found.push(text.clone()),
                        Value::String(text) if name == "query" && text.contains('(') => found.push(text.clone()),
                        _ => collect(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&serde_json::from_str(&file("grafana.json")).expect("the dashboard is JSON"), &mut found);
    found
}

/// The texts of all rules, each in one line.
fn alerts() -> Vec<String> {
    file("alerts.yaml").lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(str::to_owned).collect()
}

/// Names outside of quotes, and whether each stands where labels do.
fn names(query: &str) -> Vec<(String, bool)> {
    let (mut found, mut name, mut quoted, mut braces, mut brackets, mut list) = (vec![], String::new(), false, 0, 0, 0);
    let mut last = String::new();
    for letter in query.chars().chain([' ']) {
        if letter == '"' {
            quoted = !quoted;
        }
        if !quoted && (letter.is_ascii_alphanumeric() || letter == '_' || letter == '$') {
            name.push(letter);
            continue;
        }
        if name.starts_with(|first: char| first.is_ascii_lowercase()) && brackets == 0 {
            found.push((name.clone(), braces > 0 || list > 0));
        }
        if !name.is_empty() {
            last = std::mem::take(&mut name);
        }
        match letter {
            _ if quoted => {}
            '{' => braces += 1,
            '}' => braces -= 1,
            '[' => brackets += 1,
            ']' => brackets -= 1,
            '(' if list > 0 || matches!(last.as_str(), "by" | "on" | "ignoring") => list += 1,
            ')' if list > 0 => list -= 1,
            _ => {}
        }
        if !matches!(letter, ' ' | '(') {
            last.clear();
        }
    }
    found
}

fn is_known(name: &str) -> bool {
    let histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
    ALL.iter().any(|(known, kind, _)| match kind {
        Kind::Histogram => histogram == Some(*known),
        Kind::Counter | Kind::Gauge => name == *known,
    })
}

/// Names in a query that mean nothing.
fn unknown(query: &str) -> Vec<String> {
    let is_unknown = |(name, is_label): &(String, bool)| {
        if *is_label { !LABELS.contains(&name.as_str()) } else { !WORDS.contains(&name.as_str()) && !is_known(name) }
    };
    let of_values = query.starts_with("label_values(");
    names(query)
        .into_iter()
        .filter(|name| is_unknown(name) && !(of_values && name.0 == "job"))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn every_query_names_numbers_that_exist() {
    let (dashboard, alerts) = (dashboard(), alerts());
    assert!(dashboard.len() > 30 && alerts.len() > 15, "{} and {} queries", dashboard.len(), alerts.len());
    for query in dashboard.iter().chain(&alerts) {
        assert_eq!(unknown(query), [""; 0], "{query}");
    }
}

#[test]
fn a_query_that_names_something_else_is_noticed() {
    for (query, what) in [
        ("sum(http_request_total)", "http_request_total"),
        ("rate(job_seconds[5m])", "job_seconds"),
        ("max by (customer) (jobs)", "customer"),
        ("jobs{partner=\"x\"}", "partner"),
        ("jobs_bucket", "jobs_bucket"),
    ] {
        assert_eq!(unknown(query), [what], "{query}");
    }
    assert_eq!(unknown("sum by (le) (rate(job_seconds_bucket{kind=\"undo\"}[5m])) > 3"), [""; 0]);
}

#[test]
fn every_number_is_shown_somewhere() {
    let queries = dashboard();
    let shown: BTreeSet<_> = queries.iter().flat_map(|query| names(query)).map(|(name, _)| name).collect();
    let is_shown = |name: &str| shown.iter().any(|found| found == name || *found == format!("{name}_bucket"));
    let missing: Vec<_> = ALL.iter().map(|(name, ..)| *name).filter(|name| !is_shown(name)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_alert_says_what_to_do() {
    let text = file("alerts.yaml");
    for word in ["expr: ", "severity: ", "summary: ", "action: "] {
        let count = text.lines().filter(|line| line.contains(word)).count();
        assert_eq!(count, text.matches("- alert: ").count(), "{word}");
    }
}
