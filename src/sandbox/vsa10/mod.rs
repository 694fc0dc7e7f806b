//! Kaseya VSA 10, from `kaseya-vsa10.md`: a token pair on every call, integer ids, pages whose size is the server's choice.
//!
//! It shows the same organizations and machines as VSA 9 does. Where the reference is silent: an organization has one site,
//! which carries its contact; machine templates are devices without an agent; `sites` can be filtered by `ParentId`.

mod devices;
mod options;
mod organizations;

use super::call::{Call, Reply};
use super::chance::serial_of;
use super::quirks::Links;
use super::world::State;
use base64::{Engine, engine::general_purpose::STANDARD};
use options::Options;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Failures after which a token is locked out.
const FAILURES: u32 = 5;

/// The first id of an organization.
const FIRST: u64 = 100;

/// An error: HTTP status and its words.
type Refused = (u16, String);
type Outcome = Result<Reply, Refused>;

/// An error, with its words where most builds have them.
pub(super) fn error(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!({"Data": null, "Meta": {"ErrorMessage": text, "ResponseCode": status}}))
}

/// An error that looks like a success to those who read only half of it.
pub(super) fn error_in_body(status: u16) -> Reply {
    Reply::json(200, &json!({"Data": null, "Meta": {"ResponseCode": status}}))
}

/// Answers one call.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    if state.quirks.vsa10.locks_out && state.vsa10_failures >= FAILURES {
        return error(429, "Too many failed requests").with_header("retry-after", "60");
    }
    let reply = match may_enter(state, call) {
        Ok(()) => dispatch(state, call).unwrap_or_else(|(status, text)| error(status, &text)),
        Err((status, text)) => error(status, &text),
    };
    state.vsa10_failures = if matches!(reply.status, 401 | 403) { state.vsa10_failures + 1 } else { 0 };
    reply
}

fn may_enter(state: &State, call: &Call) -> Result<(), Refused> {
    let pair = format!("{}:{}", state.credentials.vsa10_token_id, state.credentials.vsa10_token_secret);
    let expected = format!("Basic {}", STANDARD.encode(pair));
    if state.quirks.vsa10.revoked || call.header("authorization") != Some(&expected) {
        return Err((401, "Invalid token".to_owned()));
    }
    Ok(())
}

fn dispatch(state: &mut State, call: &Call) -> Outcome {
    let path = call.path().to_ascii_lowercase();
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let ["api", "v3", resource @ ..] = segments.as_slice() else { return Err((404, "Not found".to_owned())) };
    if call.verb() != "GET" {
        return Err((405, "Method not allowed".to_owned()));
    }
    if resource.first().is_some_and(|family| state.quirks.vsa10.withheld.iter().any(|withheld| withheld == family)) {
        return Err((403, "The token does not grant this family of calls".to_owned()));
    }
    match resource {
        ["environment"] => Ok(single(&json!({
            "CustomerId": 4711, "CustomerName": "Sample MSP", "ProductVersion": "10.17.0 build 4800 release 353, EU"
        }))),
        ["organizations"] => organizations::list(state, call),
        ["organizations", id] => organizations::one(state, id),
        ["sites"] => organizations::sites(state, call),
        ["sites", id] => organizations::site(state, id),
        ["devices"] => devices::list(state, call),
        ["devices", id] => devices::one(state, id),
        _ => Err((404, "Not found".to_owned())),
    }
}

fn single(data: &impl Serialize) -> Reply {
    Reply::json(200, &json!({"Data": data, "Meta": {"ResponseCode": 200}}))
}

/// A page of `total` rows, as the options ask for it.
fn page(state: &State, call: &Call, options: &Options, rows: Vec<Value>, total: u64) -> Reply {
    let quirks = &state.quirks.vsa10;
    if quirks.bare_lists {
        return Reply::json(200, &rows);
    }
    let mut meta = Map::from_iter([("ResponseCode".to_owned(), json!(200))]);
    if !quirks.without_total {
        meta.insert("TotalCount".to_owned(), json!(total));
    }
    let reached = options.skip + rows.len() as u64;
    if reached < total && !rows.is_empty() {
        let host = match quirks.links {
            Links::Absent => None,
            Links::Own => call.header("host"),
            Links::Foreign => Some("elsewhere.example"),
        };
        let link = host.map(|host| format!("http://{host}{}?{}", call.path(), options.query_from(reached)));
        meta.extend(link.map(|link| ("NextQueryLink".to_owned(), json!(link))));
    }
    Reply::json(200, &json!({"Data": rows, "Meta": meta}))
}

/// The id an organization has here.
fn organization_number(id: &str) -> u64 {
    FIRST + serial_of(id).unwrap_or_default()
}
