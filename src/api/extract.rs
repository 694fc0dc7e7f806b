//! Extractors: whatever is wrong with a request becomes a problem document.

use super::read::{Node, read};
use crate::domain::field::FieldError;
use crate::domain::ids::{ImportId, OrganizationId};
use crate::http::layers::BODY_LIMIT;
use crate::http::problem::Problem;
use crate::http::slow::TooSlow;
use crate::http::status;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde_json::Value;
use uuid::Uuid;

/// The import a path names. What is no UUID names none.
#[derive(Debug, Clone, Copy)]
pub struct ImportPath(pub ImportId);

impl<S: Send + Sync> FromRequestParts<S> for ImportPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        import_id(&text).map(Self).ok_or_else(Problem::not_found)
    }
}

/// The customer of an import that a path names.
#[derive(Debug, Clone)]
pub struct CustomerPath(pub ImportId, pub OrganizationId);

impl<S: Send + Sync> FromRequestParts<S> for CustomerPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((import, organization)) = path.map_err(|_| Problem::not_found())?;
        let import = import_id(&import).ok_or_else(Problem::not_found)?;
        let organization = OrganizationId::parse(&organization).map_err(|_| Problem::not_found())?;
        Ok(Self(import, organization))
    }
}

fn import_id(text: &str) -> Option<ImportId> {
    const HYPHENATED: usize = 36;
    Uuid::try_parse(text).ok().filter(|_| text.len() == HYPHENATED).map(ImportId)
}

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Json(pub Value);

impl Json {
    /// Reads what the body should be; all mistakes if there is one.
    pub fn read<T>(&self, reader: impl FnOnce(&Node<'_>) -> Option<T>) -> Result<T, Problem> {
        read(&self.0, reader).map_err(|errors: Vec<FieldError>| Problem::validation(&errors))
    }
}

impl<S: Send + Sync> FromRequest<S> for Json {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        json_type(&parts.headers)?;
        parse(&bytes(&parts.headers, body).await?)
    }
}

/// A JSON body, or none at all.
#[derive(Debug, Clone)]
pub struct OptionalJson(pub Option<Json>);

impl<S: Send + Sync> FromRequest<S> for OptionalJson {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = bytes(&parts.headers, body).await?;
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        json_type(&parts.headers)?;
        parse(&bytes).map(|json| Self(Some(json)))
    }
}

fn parse(bytes: &Bytes) -> Result<Json, Problem> {
    serde_json::from_slice(bytes).map(Json).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::new(status::MALFORMED_REQUEST, format!("The body is not JSON at {place}. Nothing was stored."))
    })
}

/// `application/json`, in UTF-8 if it says anything about that.
fn json_type(headers: &HeaderMap) -> Result<(), Problem> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    if is_json && parts.all(is_utf8) {
        return Ok(());
    }
    Err(Problem::new(
        status::UNSUPPORTED_MEDIA_TYPE,
        "Send JSON in UTF-8, with Content-Type: application/json. Nothing was stored.",
    ))
}

async fn bytes(headers: &HeaderMap, body: axum::body::Body) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(too_large());
    }
    to_bytes(body, BODY_LIMIT).await.map_err(|error| {
        if TooSlow::is_behind(&error) {
            let detail = "The whole body has to be there within seconds. Nothing was stored. Send it again.";
            return Problem::new(status::REQUEST_TIMEOUT, detail);
        }
        let source = std::error::Error::source(&error);
        if source.is_some_and(|source| source.to_string().contains("length limit")) {
            return too_large();
        }
        Problem::new(status::MALFORMED_REQUEST, "The body broke off. Nothing was stored.")
    })
}

fn too_large() -> Problem {
    let detail = format!("At most {BODY_LIMIT} bytes are accepted. Nothing was stored.");
    Problem::new(status::PAYLOAD_TOO_LARGE, detail).with("limit_bytes", BODY_LIMIT)
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
