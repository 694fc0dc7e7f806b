//! Sessions of VSA 9: made with a personal access token, renewed by one caller at a time (`kaseya-vsa9.md` 3).

use super::envelope::{Envelope, refusal, with_inner_status};
use super::{Vsa9, call};
use crate::domain::outcome::ReadError;
use crate::upstream::json::unreadable;
use crate::upstream::lenient::Text;
use crate::upstream::transport::{Answer, Call, ConfigError, Method, ReadFailure, sort_read};
use crate::upstream::vsa::basic::basic;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{SecretString, zeroize::Zeroizing};
use serde::Deserialize;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Sessions end after 30 minutes by default, whatever they announce.
const LIFE: Duration = Duration::from_mins(25);
/// Renewed this much before the end.
const MARGIN: Duration = Duration::from_mins(1);

/// The session in use.
#[derive(Debug)]
pub(super) struct Sessions {
    basic: HeaderValue,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Session>,
    generation: u64,
    refused_at: Option<Instant>,
}

/// One session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    bearer: HeaderValue,
    renew_at: Instant,
    generation: u64,
}

impl Session {
    /// The headers of a call in this session.
    pub(super) fn headers(&self) -> HeaderMap {
        call::headers(self.bearer.clone())
    }
}

impl Sessions {
    pub(super) fn new(user: &str, access_token: &SecretString) -> Result<Self, ConfigError> {
        Ok(Self { basic: basic(user, access_token)?, state: Mutex::default() })
    }
}

#[derive(Deserialize)]
struct Login {
    #[serde(rename = "Token", default)]
    token: Text,
    #[serde(rename = "SessionExpiration", default)]
    expiration: Text,
    #[serde(rename = "OffSetInMinutes", default)]
    offset_minutes: Text,
}

impl Vsa9 {
    /// The session in use, or a new one if there is none or it is about to end.
    pub(super) async fn session(&self) -> Result<Session, ReadError> {
        self.session_unless(|_| false).await
    }

    /// A session other than the one that was refused. Whoever comes first renews it; the others get theirs.
    pub(super) async fn session_after(&self, refused: &Session) -> Result<Session, ReadError> {
        self.session_unless(|current| current.generation == refused.generation).await
    }

    async fn session_unless(&self, is_refused: impl Fn(&Session) -> bool) -> Result<Session, ReadError> {
        let asked = Instant::now();
        let mut state = self.sessions.state.lock().await;
        if let Some(current) = &state.current
            && Instant::now() < current.renew_at
            && !is_refused(current)
        {
            return Ok(current.clone());
        }
        state.current = None;
        // Those who waited for this try share its result: each further wrong password could lock the user out.
        if state.refused_at.is_some_and(|refused| refused > asked) {
            return Err(ReadError::CredentialsRefused);
        }
        match self.log_in(state.generation + 1).await {
            Ok(session) => {
                state.generation = session.generation;
                state.current = Some(session.clone());
                Ok(session)
            }
            Err(error) => {
                if error == ReadError::CredentialsRefused {
                    state.refused_at = Some(Instant::now());
                }
                Err(error)
            }
        }
    }

    async fn log_in(&self, generation: u64) -> Result<Session, ReadError> {
        let attempt = async || {
            let prepare = || Call {
                operation: "auth",
                method: Method::Get,
                url: self.base.at("/api/v1.0/auth", None),
                headers: call::headers(self.sessions.basic.clone()),
                body: None,
                trace_id: None,
            };
            let result = with_inner_status(self.transport.send(&self.lane, prepare).await);
            let answer = sort_read(result, refusal)?;
            read_login(&answer, generation).map_err(|error| match error {
                // A gateway's page; a refusal is not repeated, as each could lock the user out.
                ReadError::Unreadable(_) => ReadFailure::as_after_500(error),
                error => ReadFailure::last(error),
            })
        };
        self.transport.repeat_read(call::TRIES, attempt).await
    }
}

fn read_login(answer: &Answer, generation: u64) -> Result<Session, ReadError> {
    let no_token = || ReadError::Unreadable("Result.Token is missing".to_owned());
    let record = Envelope::read(answer)?.record()?.ok_or_else(no_token)?;
    let login: Login = serde_json::from_str(record.get()).map_err(|error| unreadable(&error))?;
    let bearer = Zeroizing::new(format!("Bearer {}", login.token.raw().ok_or_else(no_token)?));
    let bearer = secret_header(&bearer).ok_or_else(no_token)?;
    Ok(Session { bearer, renew_at: Instant::now() + life(&login, Utc::now()), generation })
}

/// How long a session is used. Its announcement is believed only where it is plausible: the time zone is unknown, and
/// the offset may have to be added (`kaseya-vsa9.md` 3.2).
fn life(login: &Login, now: DateTime<Utc>) -> Duration {
    let announced = login.expiration.raw().and_then(time);
    let offset = TimeDelta::try_minutes(login.offset_minutes.whole().unwrap_or(0)).unwrap_or_default();
    let ends = [announced, announced.and_then(|end| end.checked_add_signed(offset))];
    let lives = ends.into_iter().flatten().filter_map(|end| (end - now).to_std().ok()).filter(|life| *life > MARGIN);
    lives.fold(LIFE, Duration::min).saturating_sub(MARGIN)
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    with_zone.or_else(|_| text.parse::<NaiveDateTime>().map(|time| time.and_utc())).ok()
}

fn secret_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Duration = Duration::from_mins(24);

    fn life_of(json: &str) -> Duration {
        life(&serde_json::from_str(json).unwrap(), "2025-06-17T07:00:00Z".parse().unwrap())
    }

    #[test]
    fn announcements_only_shorten_a_session() {
        assert_eq!(life_of("{}"), FULL);
        assert_eq!(life_of(r#"{"SessionExpiration":"2025-06-20T07:00:00Z"}"#), FULL);
        assert_eq!(life_of(r#"{"SessionExpiration":"2025-06-17T07:14:20Z"}"#), Duration::from_secs(14 * 60 + 20 - 60));
        assert_eq!(life_of(r#"{"SessionExpiration":"2025-06-17T07:10:00"}"#), Duration::from_mins(9));
        assert_eq!(life_of(r#"{"SessionExpiration":"soon"}"#), FULL);
    }

    #[test]
    fn implausible_announcements_are_not_believed() {
        assert_eq!(life_of(r#"{"SessionExpiration":"2025-06-17T05:30:00Z"}"#), FULL);
        let shifted = r#"{"SessionExpiration":"2025-06-17T05:20:00Z","OffSetInMinutes":"120"}"#;
        assert_eq!(life_of(shifted), Duration::from_mins(19));
    }

    #[test]
    fn the_documented_header_is_made() {
        let token = SecretString::from("0f8fad5b-d9cb-469f-a165-70867728950e");
        let sessions = Sessions::new("apiuser", &token).unwrap();
        let expected = "Basic YXBpdXNlcjowZjhmYWQ1Yi1kOWNiLTQ2OWYtYTE2NS03MDg2NzcyODk1MGU=";
        assert_eq!(sessions.basic.to_str().unwrap(), expected);
        assert!(!format!("{sessions:?}").contains("YXBp"));
    }
}
