//! LMPI, from `lmpi.md`: every request signed, 200 for every success, one reported field per refusal.

mod customers;
mod plans;
mod shape;
mod subscriptions;
mod validation;

use super::call::{Call, Reply};
use super::trend::check_signed;
use super::world::State;
use serde_json::{Value, json};

/// How a call ends: a body, or a refusal.
type Outcome = Result<Value, Refused>;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused {
    status: u16,
    subject: String,
    message: String,
}

impl Refused {
    /// 400 for one field, spelled as the vendor's staging service was seen to.
    fn field(path: &str, message: impl Into<String>) -> Self {
        Self { status: 400, subject: format!("InvalidParameters{path}"), message: message.into() }
    }

    fn not_found(what: &str) -> Self {
        Self { status: 404, subject: "NotFound".to_owned(), message: format!("The {what} does not exist.") }
    }
}

/// An error body.
pub(super) fn error(status: u16, subject: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error_subject": subject, "error_message": message}))
}

/// Answers one call.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    if let Err(reason) = check_signed(state, call) {
        return error(401, "Unauthorized", &reason);
    }
    let reply = match dispatch(state, call) {
        // A success without a body has no body at all, not an empty object.
        Ok(Value::Null) => Reply::empty(200),
        Ok(body) => Reply::json(200, &shape::shaped(body, &state.quirks.lmp)),
        Err(refused) => error(refused.status, &refused.subject, &refused.message),
    };
    if state.quirks.lmp.html_content_type { reply.with_content_type("text/html") } else { reply }
}

fn dispatch(state: &mut State, call: &Call) -> Outcome {
    let segments = call.segments();
    match (call.verb(), &segments[1..]) {
        ("GET", ["v3", "customers"]) => customers::list(state, call),
        ("POST", ["v3", "customers"]) => customers::create(state, call),
        ("PUT", ["v3", "customers", id]) => customers::update(state, call, id),
        ("GET", ["v2.5", "customers", "subscriptions"]) => subscriptions::list(state, call),
        ("POST", ["v3", "customers", customer, "subscriptions"]) => subscriptions::create(state, call, customer),
        ("GET", ["v2" | "v3", "customers", customer, "subscriptions", id]) => subscriptions::read(state, customer, id),
        ("PUT", ["v2" | "v3", "customers", customer, "subscriptions", id]) => {
            subscriptions::update(state, call, customer, id)
        }
        ("PUT", ["v2", "customers", customer, "subscriptions", id, "disable"]) => {
            subscriptions::disable(state, customer, id)
        }
        ("PUT", ["v3", "customers", customer, "subscriptions", id, "suspend"]) => {
            subscriptions::suspend(state, customer, id, true)
        }
        ("PUT", ["v3", "customers", customer, "subscriptions", id, "unsuspend"]) => {
            subscriptions::suspend(state, customer, id, false)
        }
        ("GET", ["v2" | "v3", "customers", customer, "serviceplan", plan, "getid"]) => {
            subscriptions::id_of_plan(state, customer, plan)
        }
        ("GET", ["v2" | "v3", "me", "serviceplans"]) => Ok(plans::list(state)),
        ("GET", ["v2" | "v3", "partners", "product"]) => plans::pools(state),
        _ => {
            let text = format!("no such call: {} {}", call.verb(), call.path());
            state.ledger.violation(call.api, text);
            Err(Refused::not_found("resource"))
        }
    }
}
