//! `Idempotency-Key`: the same request twice does the thing once and answers the same.

use super::extract::Json;
use crate::domain::field::FieldError;
use crate::domain::ids::PartnerId;
use crate::http::problem::{self, Problem};
use crate::http::{request_id, status};
use crate::service::idempotency::{Begin, Stored, begin, finish, forget, keep_taken};
use crate::service::{App, ServiceError};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::timeout;
use tracing::Instrument;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key.
const MAX_KEY_LENGTH: usize = 255;

/// Work that takes longer is given up; its key stays in use all the while.
const WORK_LIMIT: Duration = Duration::from_secs(45);

/// The key of a request that creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let key = values.next().map(HeaderValue::as_bytes).filter(|key| !key.is_empty()).ok_or_else(missing)?;
        if values.next().is_some() {
            return Err(unusable("duplicate", "Give one key."));
        }
        if key.len() > MAX_KEY_LENGTH {
            return Err(unusable("too_long", "A key has at most 255 characters."));
        }
        let graphic = key.iter().all(u8::is_ascii_graphic).then(|| String::from_utf8(key.to_vec()).ok()).flatten();
        graphic.map(Self).ok_or_else(|| unusable("invalid_characters", "A key has visible ASCII characters only."))
    }
}

fn missing() -> Problem {
    Problem::new(
        status::IDEMPOTENCY_KEY_MISSING,
        "Choose a key, such as a random UUID, and send it as Idempotency-Key. Nothing was stored.",
    )
}

fn unusable(code: &str, message: &str) -> Problem {
    Problem::validation(&[FieldError::new("Idempotency-Key", code, message)])
}

/// What a request that creates is known by.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose.
    pub partner: PartnerId,
    /// Where to.
    pub path: String,
    /// With which key.
    pub key: IdempotencyKey,
    /// With what.
    pub body: Json,
}

/// What was done.
pub struct Done<T> {
    /// The status.
    pub status: StatusCode,
    /// Where to read the result.
    pub location: Option<String>,
    /// The result.
    pub body: T,
}

/// Does `work` unless a request with the same key has been answered; then that answer is given again.
///
/// The work goes on when the client goes away, so that a key never stays in use because of that.
pub async fn once<T, F>(app: App, request: Request, work: F) -> Response
where
    T: Serialize,
    F: Future<Output = Result<Done<T>, Problem>> + Send + 'static,
{
    let answer = async move {
        answer(&app, &request, async { stored(timeout(WORK_LIMIT, work).await.unwrap_or_else(|_| Err(too_slow()))) })
            .await
    };
    let named = request_id::scope(request_id::current(), answer);
    match tokio::spawn(named.in_current_span()).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

async fn answer<F>(app: &App, request: &Request, work: F) -> Result<Response, Problem>
where
    F: Future<Output = Stored> + Send + 'static,
{
    let Request { partner, path, key: IdempotencyKey(key), body } = request;
    match begin(app, *partner, path, key, &hash(body)).await? {
        Begin::Fresh => {}
        Begin::Replay(stored) => {
            let mut response = respond(stored);
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            return Ok(response);
        }
        Begin::InUse => return Err(in_use()),
        Begin::Reused => return Err(reused()),
    }
    // A task of its own, so that the key is given back even if the work panics.
    let named = request_id::scope(request_id::current(), work);
    let mut work = tokio::spawn(named.in_current_span());
    let done = tokio::select! {
        done = &mut work => done,
        () = keep_taken(app, *partner, path, key) => work.await,
    };
    let done = done.unwrap_or_else(|error| {
        tracing::error!(%error, "a request that creates broke off");
        stored_problem(&Problem::internal())
    });
    let kept = if is_kept(done.status) {
        finish(app, *partner, path, key, &done).await
    } else {
        forget(app, *partner, path, key).await
    };
    if let Err(error) = kept {
        log(&error);
    }
    Ok(respond(done))
}

/// What was done stays done; only the note about it is missing.
fn log(error: &ServiceError) {
    tracing::error!(error = problem::chain(error), "an answer could not be kept");
}

/// Whether asking again cannot lead to anything else.
fn is_kept(status: u16) -> bool {
    status < 500 && status != StatusCode::TOO_MANY_REQUESTS.as_u16()
}

/// The same JSON is the same body, however it is spaced and ordered.
fn hash(body: &Json) -> Vec<u8> {
    Sha256::digest(body.0.to_string()).to_vec()
}

fn stored<T: Serialize>(done: Result<Done<T>, Problem>) -> Stored {
    match done {
        Ok(Done { status, location, body }) => match serde_json::to_value(body) {
            Ok(body) => Stored { status: status.as_u16(), location, body },
            Err(error) => {
                tracing::error!(%error, "an answer could not be written");
                stored_problem(&Problem::internal())
            }
        },
        Err(problem) => stored_problem(&problem),
    }
}

fn stored_problem(problem: &Problem) -> Stored {
    Stored { status: problem.status().as_u16(), location: None, body: problem.document() }
}

fn respond(stored: Stored) -> Response {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(stored.body)).into_response();
    let headers = response.headers_mut();
    if status.is_client_error() || status.is_server_error() {
        headers.insert(header::CONTENT_TYPE, problem::CONTENT_TYPE);
    }
    if let Some((name, value)) = problem::header(status) {
        headers.insert(name, value);
    }
    if let Some(location) = stored.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
        headers.insert(header::LOCATION, location);
    }
    response
}

fn too_slow() -> Problem {
    tracing::warn!("a request that creates took too long and was given up");
    Problem::new(status::UNAVAILABLE, "This takes too long now. Send the same request again in a moment.")
}

fn in_use() -> Problem {
    Problem::new(
        status::IDEMPOTENCY_KEY_IN_USE,
        "Wait for its answer, or ask again in a moment. This request did nothing.",
    )
}

fn reused() -> Problem {
    Problem::new(
        status::IDEMPOTENCY_KEY_REUSED,
        "A key belongs to one request. Choose a new one for another body. Nothing was stored.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_may_end_otherwise_is_not_kept() {
        for (status, kept) in
            [(201, true), (200, true), (409, true), (422, true), (429, false), (500, false), (503, false)]
        {
            assert_eq!(is_kept(status), kept, "{status}");
        }
    }

    #[test]
    fn spacing_and_order_do_not_make_another_body() {
        let hash = |text: &str| hash(&Json(serde_json::from_str(text).unwrap()));
        assert_eq!(hash(r#"{"a":1,"b":[2]}"#), hash("{ \"b\" : [2],\n \"a\": 1 }"));
        assert_ne!(hash(r#"{"a":1}"#), hash(r#"{"a":2}"#));
    }

    #[test]
    fn stored_answers_come_back_whole() {
        let created = Stored { status: 201, location: Some("/api/v1/imports/x".into()), body: json!({"id": "x"}) };
        let response = respond(created);
        assert_eq!(
            (response.status().as_u16(), &response.headers()["location"]),
            (201, &HeaderValue::from_static("/api/v1/imports/x"))
        );
        assert_eq!(response.headers()["content-type"], "application/json");
        let refused = respond(stored_problem(&Problem::not_found()));
        assert_eq!(refused.headers()["content-type"], "application/problem+json");
        let unavailable = respond(stored_problem(&Problem::new(status::UNAVAILABLE, "")));
        assert!(unavailable.headers().contains_key("retry-after"));
    }
}
