//! What a person sees when something did not work.

use crate::domain::import::Step;
use crate::http::rates::{TooMany, with_wait};
use crate::http::status::{detail, situation};
use crate::service::ServiceError;
use crate::service::access::ONLY_LOOKS;
use crate::web::layout::Layout;
use askama::Template;
use axum::http::{StatusCode, header::LOCATION};
use axum::response::{IntoResponse, Response};
use std::error::Error as _;

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
    /// More customers than one import takes, or an unusable address.
    BadRequest(&'static str),
    /// Somebody who may only look tried to change something.
    OnlyLooks,
    /// The person may not do this now.
    Refused(Failure),
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

/// What the error page says; travels with the answer until the guard writes the page.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The status.
    pub status: StatusCode,
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
    /// A failure that has no situation of a use case.
    pub fn new(status: StatusCode, title: &str, detail: &str) -> Self {
        Self { status, title: title.into(), detail: detail.into(), lines: Vec::new(), offer_refresh: false }
    }

    /// For an answer that nobody wrote a page for.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "This address does something else",
                "Nothing was changed. Go back and use the buttons of the page.",
            ),
            StatusCode::FORBIDDEN => Self::new(
                status,
                "This form came from somewhere else",
                "Nothing was changed. Forms are taken only from our own pages: open the page again and repeat what you did. \
                 If it is shown inside another site, its frame must not be sandboxed without allow-same-origin.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Self::form_too_large(),
            status if status.is_client_error() => {
                Self::new(status, "This request cannot be read", "Nothing was changed. Go back and try again.")
            }
            status => Self::new(
                status,
                "Something went wrong on our side",
                "What was stored before is safe. Look at the current state before you try again.",
            ),
        }
    }

    fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "It does not exist, or it is not yours. Nothing was changed.",
        )
    }

    /// More requests than are allowed.
    pub fn too_many(too_many: TooMany) -> Self {
        let seconds = too_many.seconds();
        let detail = format!(
            "Nothing was changed. Wait {seconds} seconds, then try again. If you did not do much, somebody else at your address or in your company does."
        );
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests at once", &detail)
    }

    fn form_too_large() -> Self {
        let detail = "Nothing was stored. One import takes at most 1,000 customers: make several smaller ones.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "This form is too large", detail)
    }

    fn of_service(error: &ServiceError) -> Self {
        if matches!(error, ServiceError::NotFound) {
            return Self::not_found();
        }
        let situation = situation(error);
        let lines = match error {
            ServiceError::ValidationFailed(errors) | ServiceError::ImportIncomplete { errors, .. } => {
                errors.iter().take(20).map(|error| error.message.clone()).collect()
            }
            _ => Vec::new(),
        };
        Self {
            status: situation.status,
            title: situation.title.into(),
            detail: detail(error),
            lines,
            offer_refresh: matches!(error, ServiceError::InventoryMissing | ServiceError::InventoryStale { .. }),
        }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let failure = match self {
            Self::Elsewhere(address) => return see_other(&address),
            Self::Service(error) => {
                log(&error);
                Failure::of_service(&error)
            }
            Self::FormTooLarge => Failure::form_too_large(),
            Self::FormUnreadable => Failure::of_status(StatusCode::BAD_REQUEST),
            Self::BadRequest(detail) => Failure::new(StatusCode::BAD_REQUEST, "This cannot be done", detail),
            Self::OnlyLooks => Failure::new(StatusCode::FORBIDDEN, "You may look, but not change anything", ONLY_LOOKS),
            Self::Refused(failure) => failure,
            Self::TooMany(too_many) => {
                return with_wait(Self::answer(Failure::too_many(too_many)), too_many);
            }
            Self::Page(error) => {
                tracing::error!(error = %error, "a page could not be written");
                Failure::of_status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        };
        Self::answer(failure)
    }
}

impl WebError {
    /// The guard writes the page.
    fn answer(failure: Failure) -> Response {
        let mut response = failure.status.into_response();
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
    pub failure: Failure,
    /// For support; empty if there is none.
    pub request_id: String,
}
