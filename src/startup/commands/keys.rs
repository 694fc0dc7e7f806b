//! `partner token`, `partner invite`, `partner sign-out`: what lets somebody in, and how it is taken back.

use super::print_line;
use crate::domain::ids::PartnerId;
use crate::service::App;
use crate::service::access::{self, SignedOut};
use crate::service::activation::{self, Invitation};
use crate::service::tokens::{self, TokenSummary};
use crate::startup::service::{activation_address, delta};
use crate::startup::settings::Settings;
use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// In the place of an id: all there are.
const ALL: &str = "all";

/// The longest label of a token, in characters.
const MAX_LABEL: usize = 100;

/// Whether a text can stand in a list, and as who acts in the audit trail.
fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MAX_LABEL && !text.chars().any(char::is_control)
}

/// Makes a further token and prints it, this once.
pub(super) async fn issue_token(
    app: &App,
    partner: PartnerId,
    label: &str,
    days: Option<u16>,
    as_json: bool,
) -> anyhow::Result<()> {
    ensure!(is_label(label), "a label has 1 to {MAX_LABEL} characters in one line; nothing was made");
    let issued = tokens::issue(app, partner, label, days.map(|days| TimeDelta::days(days.into()))).await?;
    let printed = json!({ "api_token": issued.token, "id": issued.id, "expires_at": issued.expires_at });
    Ok(print_line(&if as_json { printed.to_string() } else { issued.token })?)
}

/// Prints a partner's tokens, never the tokens themselves.
pub(super) async fn tokens(app: &App, partner: PartnerId, as_json: bool) -> anyhow::Result<()> {
    let tokens = tokens::list(app, partner).await?;
    if as_json {
        return Ok(print_line(&json!({ "tokens": tokens }).to_string())?);
    }
    if tokens.is_empty() {
        return Ok(print_line("There is no API token.")?);
    }
    let now = Utc::now();
    tokens.iter().try_for_each(|token| print_line(&line(token, now))).map_err(Into::into)
}

fn line(token: &TokenSummary, now: DateTime<Utc>) -> String {
    let TokenSummary { id, label, created_at, last_used_at, expires_at } = token;
    let used = last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", minute(at)));
    let end = match expires_at {
        None => "no end".to_owned(),
        Some(at) if *at <= now => format!("ended {}", minute(*at)),
        Some(at) => format!("ends {}", minute(*at)),
    };
    format!("{id}  {label}  made {}, {used}, {end}", minute(*created_at))
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Revokes the token of this id, or all of them.
pub(super) async fn revoke_token(app: &App, partner: PartnerId, id: &str, as_json: bool) -> anyhow::Result<()> {
    let revoked = tokens::revoke(app, partner, named(id)).await?;
    ensure!(revoked > 0 || id == ALL, "there is no token with the id {id:?}; `partner token KEY --list` shows the ids");
    taken_back(revoked, "revoked", "API tokens revoked", as_json)
}

/// Signs everybody of a partner out.
pub(super) async fn sign_out(app: &App, partner: PartnerId, as_json: bool) -> anyhow::Result<()> {
    let SignedOut { sessions, links } = access::sign_everybody_out(app, partner).await?;
    let printed = json!({ "sessions": sessions, "links": links }).to_string();
    let said = format!("Sessions ended: {sessions}. Sign-in links withdrawn: {links}. API tokens stay.");
    Ok(print_line(&if as_json { printed } else { said })?)
}

/// Makes an activation code and prints it, this once.
pub(super) async fn invite(app: &App, settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let valid = delta(settings.sign_in.activation);
    let code = activation::invite(app, valid).await?;
    let address = activation_address(settings);
    if as_json {
        let printed = json!({ "activation_code": code, "address": address, "valid_hours": valid.num_hours() });
        return Ok(print_line(&printed.to_string())?);
    }
    print_line(&code)?;
    Ok(print_line(&format!("Enter it at {address}. It works once, within {} hours.", valid.num_hours()))?)
}

/// Prints the activation codes that can be used, never the codes themselves.
pub(super) async fn invitations(app: &App, as_json: bool) -> anyhow::Result<()> {
    let invitations = activation::invitations(app).await?;
    if as_json {
        return Ok(print_line(&json!({ "activation_codes": invitations }).to_string())?);
    }
    if invitations.is_empty() {
        return Ok(print_line("There is no activation code that can be used.")?);
    }
    let line = |code: &Invitation| {
        print_line(&format!("{}  made {}, ends {}", code.id, minute(code.created_at), minute(code.expires_at)))
    };
    invitations.iter().try_for_each(line).map_err(Into::into)
}

/// Takes back the activation code of this id, or all of them.
pub(super) async fn withdraw(app: &App, id: &str, as_json: bool) -> anyhow::Result<()> {
    let withdrawn = activation::withdraw(app, named(id)).await?;
    ensure!(withdrawn > 0 || id == ALL, "there is no code with the id {id:?}; `partner invite --list` shows the ids");
    taken_back(withdrawn, "withdrawn", "Activation codes withdrawn", as_json)
}

fn named(id: &str) -> Option<&str> {
    (id != ALL).then_some(id)
}

fn taken_back(count: usize, name: &str, words: &str, as_json: bool) -> anyhow::Result<()> {
    Ok(print_line(&if as_json { json!({ name: count }).to_string() } else { format!("{words}: {count}.") })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_line() {
        assert!(is_label("nightly import") && is_label(&"ä".repeat(MAX_LABEL)));
        assert!(!is_label(" ") && !is_label("two\nlines") && !is_label(&"x".repeat(MAX_LABEL + 1)));
    }

    #[test]
    fn a_line_says_when_a_token_was_used_and_ends() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-03-01T12:00:00Z");
        let token = TokenSummary {
            id: "0a1b2c3d4e5f".into(),
            label: "nightly".into(),
            created_at: at("2026-01-02T03:04:05Z"),
            last_used_at: None,
            expires_at: None,
        };
        assert_eq!(line(&token, now), "0a1b2c3d4e5f  nightly  made 2026-01-02 03:04 UTC, never used, no end");
        let token = TokenSummary { last_used_at: Some(now), expires_at: Some(at("2026-04-01T00:00:00Z")), ..token };
        assert!(line(&token, now).ends_with("last used 2026-03-01 12:00 UTC, ends 2026-04-01 00:00 UTC"));
        assert!(line(&token, at("2026-04-01T00:00:00Z")).ends_with("ended 2026-04-01 00:00 UTC"));
    }
}
