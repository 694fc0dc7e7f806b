//! SMPI, from `worry-free-templates.md`: ids in lists of at most ten, and writes that change everybody when there is no
//! list.
//!
//! The shapes of `policies` and `global_settings` answers are our choice: their documented tables were out of reach.

mod customers;
mod settings;
mod targets;

use super::call::{Call, Reply};
use super::trend::check_signed;
use super::world::State;
use serde_json::{Value, json};

/// How a call ends: a body (null for none), or status and message.
type Outcome = Result<Value, Refused>;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused {
    status: u16,
    message: String,
}

impl Refused {
    fn bad(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }

    fn cids() -> Self {
        Self::bad("Invalid cids")
    }
}

/// An error body.
pub(super) fn error(status: u16, message: &str) -> Reply {
    let code = axum::http::StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |code| code.to_string());
    Reply::json(status, &json!({"code": code, "message": message}))
}

/// Answers one call.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    if let Err(reason) = check_signed(state, call) {
        return error(401, &reason);
    }
    match dispatch(state, call) {
        Ok(Value::Null) => Reply::empty(200),
        Ok(body) => Reply::json(200, &body),
        Err(refused) => error(refused.status, &refused.message),
    }
}

fn dispatch(state: &mut State, call: &Call) -> Outcome {
    let segments = call.segments();
    // The path exists with and without a version.
    let resource = match &segments[1..] {
        ["v2.6" | "v2.7" | "v2.8", "service", "wfbss", "api", rest @ ..] | ["service", "wfbss", "api", rest @ ..] => {
            rest
        }
        _ => &[],
    };
    match (call.verb(), resource) {
        ("GET", ["customers"]) => customers::list(state, call),
        ("GET", ["customers", "groups"]) => customers::groups(state, call),
        ("POST", ["initialize"]) => customers::initialize(state, call),
        ("GET", ["policies"]) => settings::read_policies(state, call),
        ("PUT", ["policies"]) => settings::write_policies(state, call),
        ("GET", ["global_settings"]) => settings::read_global(state, call),
        ("PUT", ["global_settings"]) => settings::write_global(state, call),
        ("PUT", ["notif_settings"]) => settings::write_notifications(state, call),
        _ => {
            state.ledger.violation(call.api, format_args!("no such call: {} {}", call.verb(), call.path()));
            Err(Refused { status: 404, message: "Not found".to_owned() })
        }
    }
}
