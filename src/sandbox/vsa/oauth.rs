//! The OAuth code flow: codes that work once and for five minutes, refresh tokens that rotate.

use super::super::call::{Call, Reply};
use super::super::chance::guid;
use super::super::world::{State, who_is_there};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::HashMap;

/// A code that was handed to a browser.
#[derive(Debug)]
pub(in crate::sandbox) struct Code {
    redirect_uri: String,
    login: String,
    issued: DateTime<Utc>,
}

/// Asks who is there and sends the browser back with a code; where nobody is known it is the plug-in's own user. `state` is not
/// returned.
pub(super) fn login_page(state: &mut State, call: &Call) -> Reply {
    let option = |name: &str| call.option(name).unwrap_or_default();
    let redirect_uri = option("redirect_uri");
    if option("response_type") != "code" || option("client_id") != state.credentials.vsa_oauth_client_id {
        return Reply::text(400, "text/html; charset=utf-8", "<!doctype html><title>VSA</title><p>Unknown client.</p>");
    }
    let login = match call.option("login") {
        Some(login) if state.people.iter().any(|person| person.login == login) => login,
        _ if state.people.is_empty() => state.credentials.vsa_user.clone(),
        _ => return who_is_there("Kaseya VSA", call, &state.people),
    };
    let code = guid().replace('-', "");
    let issued = state.now();
    state.sessions.codes.insert(code.clone(), Code { redirect_uri: redirect_uri.clone(), login, issued });
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    Reply::empty(302).with_header("location", format!("{redirect_uri}{separator}code={code}"))
}

/// The fields of a JSON body or of a form.
fn fields(call: &Call) -> HashMap<String, String> {
    if let Some(object) = call.object() {
        return object.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect();
    }
    call.form().into_iter().collect()
}

fn is_our_client(state: &State, fields: &HashMap<String, String>) -> bool {
    fields.get("client_id") == Some(&state.credentials.vsa_oauth_client_id)
        && fields.get("client_secret") == Some(&state.credentials.vsa_oauth_client_secret)
}

/// `POST /authorize`: a code becomes tokens, once.
pub(super) fn redeem_code(state: &mut State, call: &Call) -> Reply {
    let fields = fields(call);
    let code = fields.get("code").and_then(|code| state.sessions.codes.remove(code));
    let code = code.filter(|code| {
        fields.get("redirect_uri") == Some(&code.redirect_uri) && state.now() - code.issued <= TimeDelta::minutes(5)
    });
    let grant = fields.get("grant_type").is_some_and(|grant| grant == "authorization_code");
    match code {
        Some(code) if grant && is_our_client(state, &fields) => tokens(state, code.login),
        _ => refusal(),
    }
}

/// `POST /token`: a refresh token becomes new tokens, once.
pub(super) fn refresh(state: &mut State, call: &Call) -> Reply {
    let fields = fields(call);
    let known = fields.get("refresh_token").and_then(|token| state.sessions.refresh_tokens.remove(token));
    let grant = fields.get("grant_type").is_some_and(|grant| grant == "refresh_token");
    match known {
        Some(login) if grant && is_our_client(state, &fields) => tokens(state, login),
        _ => refusal(),
    }
}

/// A plain OAuth object, without the envelope.
fn tokens(state: &mut State, login: String) -> Reply {
    let (access, refresh) = (guid(), guid());
    let now = state.now();
    state.sessions.begin(&access, now);
    state.sessions.people.insert(access.clone(), login.clone());
    state.sessions.refresh_tokens.insert(refresh.clone(), login);
    Reply::json(
        200,
        &json!({"access_token": access, "refresh_token": refresh, "expires_in": 1800, "token_type": "bearer"}),
    )
}

fn refusal() -> Reply {
    Reply::json(400, &json!({"error": "invalid_grant"}))
}
