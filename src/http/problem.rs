//! Problem documents (RFC 9457): what a program is told when something did not work. Our words only, never a cause from inside.

use super::rates::TooMany;
use super::request_id;
use super::status::{self, Situation};
use crate::domain::field::FieldError;
use crate::service::ServiceError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

/// The media type.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What every `type` begins with.
const TYPE_PREFIX: &str = "urn:worryfree-plugin:problem:";

/// Seconds after which a client may ask again.
const RETRY_AFTER_SECONDS: u16 = 5;

/// One problem document.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    situation: Situation,
    detail: String,
    request_id: String,
    members: Map<String, Value>,
}

impl Problem {
    /// A problem of the request that is being answered.
    pub fn new(situation: Situation, detail: impl Into<String>) -> Self {
        Self { situation, detail: detail.into(), request_id: request_id::current(), members: Map::new() }
    }

    /// The same problem with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        // Members are our own values; none of them can fail to be written.
        self.members.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// There is no such thing, or it is another partner's.
    pub fn not_found() -> Self {
        Self::new(status::NOT_FOUND, status::detail(&ServiceError::NotFound))
    }

    /// Something broke on our side; the cause is logged by whoever saw it.
    pub fn internal() -> Self {
        Self::new(
            status::INTERNAL_ERROR,
            "What was stored before is safe. Look at the current state before you try again.",
        )
    }

    /// More requests than are allowed; [`super::rates::with_wait`] says when to come again.
    pub fn too_many(too_many: TooMany) -> Self {
        let seconds = too_many.seconds();
        let detail = format!(
            "Nothing was read or stored. Send the request again after {seconds} seconds, and fewer of them at once."
        );
        Self::new(status::RATE_LIMITED, detail).with("retry_after_seconds", seconds)
    }

    /// Fields are missing or wrong; all of them.
    pub fn validation(errors: &[FieldError]) -> Self {
        Self::new(status::VALIDATION_FAILED, "Each field is named with what would be right. Nothing was stored.")
            .with("errors", errors)
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.situation.status
    }

    /// The document.
    pub fn document(&self) -> Value {
        let mut document = self.members.clone();
        document.insert("type".into(), format!("{TYPE_PREFIX}{}", self.situation.slug).into());
        document.insert("title".into(), self.situation.title.into());
        document.insert("status".into(), self.situation.status.as_u16().into());
        document.insert("detail".into(), self.detail.as_str().into());
        document.insert("request_id".into(), self.request_id.as_str().into());
        Value::Object(document)
    }
}

/// The header that belongs to the status of a problem.
pub fn header(status: StatusCode) -> Option<(HeaderName, HeaderValue)> {
    match status {
        StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Some((header::RETRY_AFTER, RETRY_AFTER_SECONDS.into()))
        }
        _ => None,
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let problem = members(Self::new(status::situation(&error), status::detail(&error)), &error);
        if problem.status().is_server_error() {
            tracing::error!(request_id = problem.request_id, error = chain(&error), "a use case failed");
        }
        problem
    }
}

/// What each situation tells besides its words.
fn members(problem: Problem, error: &ServiceError) -> Problem {
    match error {
        ServiceError::StaleVersion { current_version, changes } => {
            problem.with("current_version", current_version).with("changes", changes)
        }
        ServiceError::PlanChanged { current_hash, changes } => {
            problem.with("current_hash", current_hash).with("changes", changes)
        }
        ServiceError::ImportIncomplete { step, errors } => problem.with("step", step).with("errors", errors),
        ServiceError::ImportNotEditable { status } => problem.with("import_status", status),
        ServiceError::UndoNotPossible { possible_until, .. } => problem.with("possible_until", possible_until),
        ServiceError::OrganizationLinked(held) | ServiceError::OrganizationImporting(held) => {
            problem.with("organizations", held)
        }
        ServiceError::AccountAssigned(held) => problem.with("accounts", held),
        ServiceError::CredentialsRefused(vendor) => problem.with("upstream", vendor),
        ServiceError::InventoryMissing => problem.with("refreshed_at", Value::Null),
        ServiceError::InventoryStale { refreshed_at } => problem.with("refreshed_at", refreshed_at),
        ServiceError::ValidationFailed(errors) => problem.with("errors", errors),
        ServiceError::NotFound
        | ServiceError::Frozen(_)
        | ServiceError::CapReached(_)
        | ServiceError::Unavailable(_)
        | ServiceError::Internal(_) => problem,
    }
}

/// An error with everything that caused it, for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.document().to_string();
        let mut response = (self.situation.status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response();
        if let Some(seconds) = self.members.get("retry_after_seconds").and_then(Value::as_u64) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        } else if let Some((name, value)) = header(self.situation.status) {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
