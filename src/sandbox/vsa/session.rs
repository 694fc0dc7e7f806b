//! Sessions: opened with a personal access token, ended earlier than they announce.

use super::super::call::{Call, Reply};
use super::super::world::State;
use super::envelope::single;
use super::{error, error_in_body};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::HashMap;

/// All sessions, and what the OAuth flow remembers.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Sessions {
    open: HashMap<String, Session>,
    pub(super) codes: HashMap<String, super::oauth::Code>,
    /// Logins of refresh tokens.
    pub(super) refresh_tokens: HashMap<String, String>,
    /// Logins of people's sessions.
    pub(super) people: HashMap<String, String>,
    answers: u64,
}

#[derive(Debug)]
struct Session {
    began: DateTime<Utc>,
    uses: u32,
}

impl Sessions {
    /// Ends all sessions.
    pub fn end_all(&mut self) {
        self.open.clear();
    }

    /// Opens a session under this token.
    pub(super) fn begin(&mut self, token: &str, now: DateTime<Utc>) {
        self.open.insert(token.to_owned(), Session { began: now, uses: 0 });
    }

    /// True and false in turn: encodings alternate from answer to answer.
    pub(super) fn alternate(&mut self) -> bool {
        self.answers += 1;
        self.answers.is_multiple_of(2)
    }
}

/// `GET /auth` with user name and personal access token.
pub(super) fn open(state: &mut State, call: &Call) -> Reply {
    if state.quirks.vsa.revoked || basic(call) != Some(expected(state)) {
        return error(401, "Invalid user name or access token");
    }
    // Old builds hand out eight digits; nobody should read anything into them.
    let token = format!("{:08}", uuid::Uuid::new_v4().as_u128() % 100_000_000);
    let now = state.now();
    state.sessions.begin(&token, now);
    let expiry = (now + TimeDelta::days(2)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut result = json!({
        "TenantId": "1",
        "Token": token,
        "UserName": state.credentials.vsa_user,
        "RoleId": 2,
        "ScopeId": "2",
        "AdminId": 64_970_001,
        "MachineId": null,
        "MachineGroupName": null,
        "SessionExpiration": expiry,
        "OffSetInMinutes": 0,
        "Attributes": null,
    });
    if state.quirks.vsa.session_without_expiry
        && let Some(fields) = result.as_object_mut()
    {
        fields.retain(|name, _| !["SessionExpiration", "OffSetInMinutes"].contains(&name.as_str()));
    }
    single(&result)
}

fn expected(state: &State) -> String {
    format!("{}:{}", state.credentials.vsa_user, state.credentials.vsa_access_token)
}

fn basic(call: &Call) -> Option<String> {
    let encoded = call.header("authorization")?.strip_prefix("Basic ")?;
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}

/// Lets a call with a living session pass.
pub(super) fn check(state: &mut State, call: &Call) -> Result<(), Reply> {
    let Some(token) = call.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) else {
        state.ledger.violation(call.api, format_args!("no bearer token: {} {}", call.verb(), call.path()));
        return Err(refusal(state));
    };
    let now = state.now();
    let quirks = &state.quirks.vsa;
    let alive = state.sessions.open.get_mut(token).is_some_and(|session| {
        session.uses += 1;
        let in_time =
            quirks.session_life.is_none_or(|life| now - session.began < TimeDelta::from_std(life).unwrap_or_default());
        in_time && quirks.session_uses.is_none_or(|uses| session.uses <= uses)
    });
    if alive && !quirks.revoked {
        return Ok(());
    }
    state.sessions.open.remove(token);
    Err(refusal(state))
}

/// 401, or 200 with 401 inside and everything else looking fine.
fn refusal(state: &State) -> Reply {
    if state.quirks.vsa.unauthorized_in_body { error_in_body(401) } else { error(401, "Unauthorized") }
}
