//! A small `OpenID` Connect provider, from its specifications: Core 1.0, Discovery 1.0, RFC 6749, RFC 7636 and RFC 9207.

mod keys;
mod tokens;

use super::call::{Call, Reply};
use super::chance::guid;
use super::world::{State, who_is_there};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// What the provider remembers.
#[derive(Debug, Default)]
pub(super) struct Provider {
    codes: HashMap<String, Code>,
    /// Logins of access tokens.
    access: HashMap<String, String>,
    /// Logins of refresh tokens; each works once.
    refresh: HashMap<String, String>,
    /// Which of its keys signs, and is published alone.
    key: usize,
}

/// A code that was handed to a browser.
#[derive(Debug)]
struct Code {
    login: String,
    redirect_uri: String,
    nonce: Option<String>,
    challenge: String,
    issued: DateTime<Utc>,
}

impl Provider {
    /// Signs with another key from now on; the old one is no longer published.
    pub fn rotate(&mut self) {
        self.key += 1;
    }
}

/// Answers one call.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    match (call.verb(), call.path()) {
        ("GET", "/.well-known/openid-configuration") => discovery(call),
        ("GET", "/keys") => Reply::json(200, &json!({ "keys": [keys::published(state.openid.key)] })),
        ("GET", "/authorize") => authorize(state, call),
        ("POST", "/token") => token(state, call),
        ("GET", "/userinfo") => user_info(state, call),
        _ => error(404, "not_found"),
    }
}

/// An error as RFC 6749 spells it.
pub(super) fn error(status: u16, code: &str) -> Reply {
    Reply::json(status, &json!({ "error": code }))
}

/// What the provider calls itself: wherever it was asked.
fn issuer(call: &Call) -> String {
    format!("http://{}", call.header("host").unwrap_or("localhost"))
}

fn discovery(call: &Call) -> Reply {
    let issuer = issuer(call);
    let at = |path: &str| format!("{issuer}/{path}");
    Reply::json(
        200,
        &json!({
            "issuer": issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "userinfo_endpoint": at("userinfo"),
            "jwks_uri": at("keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        }),
    )
}

/// Asks who is there and sends the browser back with a code.
fn authorize(state: &mut State, call: &Call) -> Reply {
    let option = |name: &str| call.option(name).unwrap_or_default();
    let is_right = option("response_type") == "code"
        && option("client_id") == state.credentials.openid_client_id
        && option("scope").split(' ').any(|scope| scope == "openid")
        && option("code_challenge_method") == "S256";
    if !is_right {
        return Reply::text(
            400,
            "text/html; charset=utf-8",
            "<!doctype html><title>Provider</title><p>Unknown client.</p>",
        );
    }
    let login = option("login");
    if !state.people.iter().any(|person| person.login == login) {
        return who_is_there("Provider", call, &state.people);
    }
    let (code, redirect_uri) = (guid(), option("redirect_uri"));
    let Ok(mut target) = reqwest::Url::parse(&redirect_uri) else { return error(400, "invalid_request") };
    target.query_pairs_mut().append_pair("code", &code).append_pair("iss", &issuer(call));
    if let Some(sent) = call.option("state") {
        target.query_pairs_mut().append_pair("state", &sent);
    }
    let (nonce, challenge, issued) = (call.option("nonce"), option("code_challenge"), state.now());
    state.openid.codes.insert(code, Code { login, redirect_uri, nonce, challenge, issued });
    Reply::empty(302).with_header("location", target)
}

fn token(state: &mut State, call: &Call) -> Reply {
    if !is_our_client(state, call) {
        return error(401, "invalid_client");
    }
    let fields: HashMap<_, _> = call.form().into_iter().collect();
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    match field("grant_type") {
        "authorization_code" => {
            let Some(code) = state.openid.codes.remove(field("code")) else { return error(400, "invalid_grant") };
            let verifier = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
            let is_right = code.redirect_uri == field("redirect_uri")
                && code.challenge == verifier
                && state.now() - code.issued <= TimeDelta::minutes(5);
            if is_right { tokens::issue(state, call, &code.login, code.nonce) } else { error(400, "invalid_grant") }
        }
        "refresh_token" => match state.openid.refresh.remove(field("refresh_token")) {
            Some(login) => tokens::issue(state, call, &login, None),
            None => error(400, "invalid_grant"),
        },
        _ => error(400, "unsupported_grant_type"),
    }
}

/// `client_secret_basic` alone.
fn is_our_client(state: &State, call: &Call) -> bool {
    let encoded = call.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let pair = encoded.and_then(|encoded| String::from_utf8(STANDARD.decode(encoded).ok()?).ok());
    let credentials = &state.credentials;
    pair.is_some_and(|pair| pair == format!("{}:{}", credentials.openid_client_id, credentials.openid_client_secret))
}

fn user_info(state: &State, call: &Call) -> Reply {
    let token = call.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let login = token.and_then(|token| state.openid.access.get(token));
    let person = login.and_then(|login| state.people.iter().find(|person| person.login == *login));
    match person {
        Some(person) => Reply::json(200, &tokens::about(person, true)),
        None => error(401, "invalid_token"),
    }
}
