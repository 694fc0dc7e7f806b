//! Kaseya VSA 9, from `kaseya-vsa9.md`: sessions, envelopes, pages of at most 100, ids that fit no number.

mod agents;
mod envelope;
mod filter;
mod oauth;
mod organizations;
mod query;
mod session;
mod staff;

pub(super) use session::Sessions;

use super::call::{Call, Cut, Reply};
use super::world::State;
use envelope::single;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Where a browser signs in, in lower case.
pub(super) const LOGIN_PAGE: &str = "/vsapres/web20/core/login.aspx";

/// A refusal: HTTP status and the text of `Error`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused {
    status: u16,
    text: String,
}

impl Refused {
    fn bad(text: impl Into<String>) -> Self {
        Self { status: 400, text: text.into() }
    }

    fn not_found(text: &str) -> Self {
        Self { status: 404, text: text.to_owned() }
    }
}

type Outcome = Result<Reply, Refused>;

/// An error in the ordinary envelope.
pub(super) fn error(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!({"Result": null, "ResponseCode": status, "Status": "Failed", "Error": text}))
}

/// An error that looks like a success to those who read only half of it.
pub(super) fn error_in_body(status: u16) -> Reply {
    Reply::json(200, &json!({"ResponseCode": status, "Status": "OK", "Error": "None"}))
}

/// Answers one call. Paths are compared without case, as real servers do.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    if call.path().eq_ignore_ascii_case(LOGIN_PAGE) {
        return oauth::login_page(state, call);
    }
    let path = call.path().to_ascii_lowercase();
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let ["api", "v1.0", resource @ ..] = segments.as_slice() else { return error(404, "Not found") };
    match (call.verb(), resource) {
        ("GET", ["auth"]) => session::open(state, call),
        ("POST", ["authorize"]) => oauth::redeem_code(state, call),
        ("POST", ["token"]) => oauth::refresh(state, call),
        ("GET", ["echo"]) => single(&true),
        (_, ["auth" | "authorize" | "token" | "echo"]) => error(405, "Method not allowed"),
        _ => match session::check(state, call) {
            Ok(()) => dispatch(state, call, resource).unwrap_or_else(|refused| error(refused.status, &refused.text)),
            Err(refusal) => refusal,
        },
    }
}

fn dispatch(state: &mut State, call: &Call, resource: &[&str]) -> Outcome {
    // Hardened builds answer calls that change users by resetting the connection.
    if call.verb() != "GET" && matches!(resource, ["system", "users", ..]) {
        return Ok(Reply::cut(Cut::Reset));
    }
    if !is_known(resource) {
        return Err(Refused::not_found("Not found"));
    }
    if call.verb() != "GET" {
        return Err(Refused { status: 405, text: "Method not allowed".to_owned() });
    }
    match resource {
        ["system", "orgs"] => organizations::list(state, call),
        ["system", "orgs", id] => query::none(call).and_then(|()| organizations::one(state, id)),
        ["system", "orgs", id, "machinegroups"] => organizations::machine_groups(state, call, Some(id)),
        ["system", "machinegroups"] => organizations::machine_groups(state, call, None),
        ["system", "orgs", id, "staff"] => staff::list(state, call, Some(id)),
        ["system", "staff"] => staff::list(state, call, None),
        ["assetmgmt", "agents"] => agents::list(state, call),
        ["assetmgmt", "agents", id] => query::none(call).and_then(|()| agents::one(state, id)),
        ["echoauth"] => Ok(single(&true)),
        ["system", "roles"] => query::none(call).map(|()| {
            let roles = ROLES.map(|(id, name)| json!({ "RoleId": id, "RoleName": name, "RoleTypeIds": [4] }));
            envelope::list(&roles.to_vec(), ROLES.len() as u64, true)
        }),
        ["system", "currentuser"] => query::none(call).map(|()| match person(state, call) {
            Some(person) => single(&person),
            None => single(&facts(state, resource)),
        }),
        _ => query::none(call).map(|()| single(&facts(state, resource))),
    }
}

fn is_known(resource: &[&str]) -> bool {
    matches!(
        resource,
        ["echoauth" | "environment" | "tenant"]
            | ["system", "currentuser" | "roles" | "orgs" | "machinegroups" | "staff"]
            | ["system", "orgs", _]
            | ["system", "orgs", _, "machinegroups" | "staff"]
            | ["assetmgmt", "agents"]
            | ["assetmgmt", "agents", _]
    )
}

/// The roles of the server.
const ROLES: [(u32, &str); 3] = [(2, "Master"), (7, "Read only"), (9, "Technician")];

/// The person whose session it is, in the presumed shape of a user.
fn person(state: &State, call: &Call) -> Option<PersonRecord> {
    let token = call.header("authorization")?.strip_prefix("Bearer ")?;
    let login = state.sessions.people.get(token)?;
    let person = state.people.iter().find(|person| person.login == *login)?;
    let held = |(_, name): &&(u32, &str)| person.roles.iter().any(|role| role == name);
    Some(PersonRecord {
        user_id: envelope::digits(&person.id, true),
        admin_name: person.login.clone(),
        admintype: 2,
        admin_scope_ids: ["2"],
        admin_role_ids: ROLES.iter().filter(held).map(|(id, _)| *id).collect(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        email: None,
        attributes: None,
    })
}

/// A user as `/system/users` documents it, without what is never to be logged.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PersonRecord {
    user_id: Box<RawValue>,
    admin_name: String,
    admintype: u32,
    admin_scope_ids: [&'static str; 1],
    admin_role_ids: Vec<u32>,
    first_name: String,
    last_name: String,
    email: Option<String>,
    attributes: Option<String>,
}

/// The small single records. The shape of `currentUser` is presumed to be that of a user.
fn facts(state: &State, resource: &[&str]) -> Value {
    match resource {
        ["environment"] => json!({
            "SystemVersion": "9.5.22.0", "PatchLevel": "9.5.22.3601", "CustomerID": "SANDBOX0001",
            "TimeZoneOffset": 0, "AgentVersion": "9050022"
        }),
        ["tenant"] => json!({
            "Id": "1", "Ref": "sandbox", "Type": "Default", "TimeZoneOffset": 0, "Attributes": null
        }),
        _ => json!({
            "UserId": "38310000217765409981120043", "AdminName": state.credentials.vsa_user, "Admintype": 2,
            "AdminScopeIds": ["2"], "AdminRoleIds": [2], "FirstName": "Plug", "LastName": "In",
            "Email": "plugin@sample-msp.example", "Attributes": null
        }),
    }
}
