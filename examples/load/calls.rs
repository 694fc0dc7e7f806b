//! Calls to vendors, as the stand-ins wrote them down.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use worryfree_plugin::sandbox::{Api, Books, LoggedRequest};

/// Calls of the books from this one on.
pub fn since(books: &Books, first: usize) -> &[LoggedRequest] {
    books.requests.get(first..).unwrap_or_default()
}

/// How many of them went to an API.
pub fn to(calls: &[LoggedRequest], api: Api) -> u64 {
    calls.iter().filter(|call| call.api == api).count() as u64
}

/// A table of calls by kind: how many, and how many for each customer.
pub fn table(calls: &[LoggedRequest], customers: u64) -> String {
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for call in calls {
        *kinds.entry(format!("{} {}", call.method, shape(&call.path))).or_default() += 1;
    }
    let mut text = "| call | calls | for each customer |\n|---|---|---|\n".to_owned();
    for (kind, count) in kinds {
        let each = super::report::as_f64(count) / super::report::as_f64(customers);
        writeln!(text, "| `{kind}` | {count} | {each:.2} |").ok();
    }
    text
}

/// A path with its ids left out.
fn shape(path: &str) -> String {
    let is_id = |part: &&str| {
        uuid::Uuid::parse_str(part).is_ok() || part.len() > 12 && part.bytes().all(|b| b.is_ascii_digit())
    };
    path.split('/').map(|part| if is_id(&part) { "{id}" } else { part }).collect::<Vec<_>>().join("/")
}
