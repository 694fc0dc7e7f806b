//! What a person sees when something did not work.

use crate::domain::import::Step;
use crate::http::rates::{TooMany, with_wait};
use crate::http::status::{detail, situation};
use crate::service::ServiceError;
use crate::service::access::ONLY_LOOKS;
use crate::web::language::{Words, say};
use crate::web::layout::Layout;
use askama::Template;
use axum::http::{StatusCode, header::LOCATION};
use axum::response::{IntoResponse, Response};
use std::error::Error as _;
use std::sync::Arc;

/// Why a handler answers with something else than its page.
#[derive(Debug)]
pub enum WebError {
    /// A use case did not do what was asked.
    Service(ServiceError),
    /// The page is somewhere else.
    Elsewhere(String),
    /// More fields than any of our forms has.
    FormTooLarge,
    /// Not one of our forms.
    FormUnreadable,
    /// More customers than one import takes, or an unusable address; the key of what is said.
    BadRequest(&'static str),
    /// Somebody who may only look tried to change something.
    OnlyLooks,
    /// The person may not do this now; what happened and what to do.
    NotNow(&'static str),
    /// More requests than are allowed.
    TooMany(TooMany),
    /// A template could not be written.
    Page(askama::Error),
}

impl From<ServiceError> for WebError {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

/// Why the error page is shown; travels with the answer until the guard writes the page.
#[derive(Debug, Clone)]
pub enum Failure {
    /// A use case did not do what was asked.
    Service(Arc<ServiceError>),
    /// More fields than any of our forms has.
    FormTooLarge,
    /// What cannot be done, by the key of its text.
    Refused(&'static str),
    /// Somebody who may only look tried to change something.
    OnlyLooks,
    /// The person may not do this now; what happened and what to do.
    NotNow(&'static str),
    /// More requests than are allowed, and after how many seconds to try again.
    TooMany(u64),
    /// Nobody said more than the status does.
    Status,
}

/// What the error page says.
#[derive(Debug, Clone)]
pub struct Said {
    /// What happened.
    pub title: String,
    /// What was and was not done, and what to do next.
    pub detail: String,
    /// Further lines, one for each thing concerned.
    pub lines: Vec<String>,
    /// Whether a refresh of the inventory helps.
    pub offer_refresh: bool,
}

impl Failure {
    /// The words of the page.
    pub fn said(&self, words: Words, status: StatusCode) -> Said {
        match self {
            Self::Service(error) if matches!(**error, ServiceError::NotFound) => {
                of_status(words, StatusCode::NOT_FOUND)
            }
            Self::Service(error) => of_service(words, error),
            Self::FormTooLarge => of_status(words, StatusCode::PAYLOAD_TOO_LARGE),
            Self::Refused(key) => plain(words, "error-refused", key),
            Self::TooMany(seconds) => Said {
                detail: say!(words, "error-too-many-requests-about", seconds = *seconds),
                ..plain(words, "error-too-many-requests", "error-unreadable-about")
            },
            Self::OnlyLooks => Said {
                detail: words.told(ONLY_LOOKS).into_owned(),
                ..plain(words, "error-only-looks", "error-unreadable-about")
            },
            Self::NotNow(text) => Said {
                detail: words.told(text).into_owned(),
                ..plain(words, "error-not-now", "error-unreadable-about")
            },
            Self::Status => of_status(words, status),
        }
    }
}

fn plain(words: Words, title: &str, detail: &str) -> Said {
    let (title, detail) = (words.t(title).into_owned(), words.t(detail).into_owned());
    Said { title, detail, lines: Vec::new(), offer_refresh: false }
}

fn of_status(words: Words, status: StatusCode) -> Said {
    match status {
        StatusCode::NOT_FOUND => plain(words, "error-not-found", "error-not-found-about"),
        StatusCode::METHOD_NOT_ALLOWED => plain(words, "error-method", "error-method-about"),
        StatusCode::FORBIDDEN => plain(words, "error-forbidden", "error-forbidden-about"),
        StatusCode::PAYLOAD_TOO_LARGE => plain(words, "error-too-large", "error-too-large-about"),
        status if status.is_client_error() => plain(words, "error-unreadable", "error-unreadable-about"),
        _ => plain(words, "error-ours", "error-ours-about"),
    }
}

fn of_service(words: Words, error: &ServiceError) -> Said {
    let lines = match error {
        ServiceError::ValidationFailed(errors) | ServiceError::ImportIncomplete { errors, .. } => {
            errors.iter().take(20).map(|error| words.told(&error.message).into_owned()).collect()
        }
        _ => Vec::new(),
    };
    Said {
        title: words.told(situation(error).title).into_owned(),
        detail: words.told(&detail(error)).into_owned(),
        lines,
        offer_refresh: matches!(error, ServiceError::InventoryMissing | ServiceError::InventoryStale { .. }),
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let (status, failure) = match self {
            Self::Elsewhere(address) => return see_other(&address),
            Self::Service(error) => {
                log(&error);
                (situation(&error).status, Failure::Service(Arc::new(error)))
            }
            Self::FormTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Failure::FormTooLarge),
            Self::FormUnreadable => (StatusCode::BAD_REQUEST, Failure::Status),
            Self::BadRequest(key) => (StatusCode::BAD_REQUEST, Failure::Refused(key)),
            Self::OnlyLooks => (StatusCode::FORBIDDEN, Failure::OnlyLooks),
            Self::NotNow(text) => (StatusCode::FORBIDDEN, Failure::NotNow(text)),
            Self::TooMany(too_many) => {
                let failure = Failure::TooMany(too_many.seconds());
                return with_wait(Self::answer(StatusCode::TOO_MANY_REQUESTS, failure), too_many);
            }
            Self::Page(error) => {
                tracing::error!(error = %error, "a page could not be written");
                (StatusCode::INTERNAL_SERVER_ERROR, Failure::Status)
            }
        };
        Self::answer(status, failure)
    }
}

impl WebError {
    /// The guard writes the page.
    fn answer(status: StatusCode, failure: Failure) -> Response {
        let mut response = status.into_response();
        response.extensions_mut().insert(failure);
        response
    }
}

fn log(error: &ServiceError) {
    if situation(error).status.is_server_error() {
        tracing::error!(error = %error, cause = error.source().map(tracing::field::display), "a screen failed");
    }
}

/// Leads to another page of ours.
pub fn see_other(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, address.to_owned())]).into_response()
}

/// Leads to a step of an import.
pub fn step_address(base: &str, import: impl std::fmt::Display, step: Step) -> String {
    format!("{base}/imports/{import}/{}", super::words::step_path(step))
}

/// The error page.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame around it.
    pub layout: Layout,
    /// What happened.
    pub said: Said,
    /// For support; empty if there is none.
    pub request_id: String,
}
