//! What an integration leaves behind: a table to download, and what happened to one customer.

use super::WebState;
use super::error::WebError;
use super::language::{Words, say};
use super::layout::{Layout, Place, show};
use super::session::Session;
use super::words::{item_state, when, when_exactly};
use crate::domain::ids::{ImportId, OrganizationId};
use crate::service::ServiceError;
use crate::service::integrations::{self, IntegrationView, ItemView, LogEntry};
use crate::service::mapping::guarded;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

const HEAD: [&str; 10] = [
    "csv-position",
    "csv-customer",
    "csv-organization-id",
    "csv-account",
    "csv-account-id",
    "csv-subscription-id",
    "seats",
    "csv-result",
    "csv-reason",
    "csv-next-try",
];

/// `GET …/imports/{id}/integration.csv`.
pub async fn csv(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    let view = integrations::view(&state.app, session.caller.partner_id, id).await?;
    let table = table(session.words, &view).map_err(|error| ServiceError::Internal(error.to_string()))?;
    let name = format!("attachment; filename=\"integration-{id}.csv\"");
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], table).into_response())
}

/// With a byte order mark: spreadsheets take it for UTF-8 only then.
fn table(words: Words, view: &IntegrationView) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(vec![0xEF, 0xBB, 0xBF]);
    writer.write_record(HEAD.map(|key| words.t(key).into_owned()))?;
    for item in &view.items {
        writer.write_record(cells(words, item).map(|cell| guarded(&cell)))?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn cells(words: Words, item: &ItemView) -> [String; 10] {
    [
        item.position.to_string(),
        item.organization_name.clone(),
        item.organization_id.to_string(),
        item.account_name.clone(),
        item.account_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        item.subscription_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        item.seats.to_string(),
        item_state(words, item.status).word.into_owned(),
        item.reason.as_ref().map(|reason| words.told(&reason.message).into_owned()).unwrap_or_default(),
        item.next_try_at.map(|at| when(words, at)).unwrap_or_default(),
    ]
}

/// One line of what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// When.
    pub at: String,
    /// What happened.
    pub event: String,
    /// To which write; empty if to none.
    pub operation: String,
    /// In words.
    pub detail: String,
    /// For the vendor's support; empty if there is none.
    pub trace_id: String,
}

/// What happened to one customer.
#[derive(Template)]
#[template(path = "record.html")]
pub struct RecordPage {
    /// The frame around it.
    pub layout: Layout,
    /// The customer.
    pub name: String,
    /// Where the integration is.
    pub address: String,
    /// Who started the integration, and when.
    pub started: String,
    /// In order.
    pub rows: Vec<RecordRow>,
}

/// `GET …/imports/{id}/integration/{organization_id}`.
pub async fn record(
    State(state): State<WebState>,
    session: Session,
    Path((_, id, organization)): Path<(String, ImportId, String)>,
) -> Result<Response, WebError> {
    let organization = OrganizationId::parse(&organization).map_err(|_| ServiceError::NotFound)?;
    let partner = session.caller.partner_id;
    let view = integrations::view(&state.app, partner, id).await?;
    let item = view.items.iter().find(|item| item.organization_id == organization).ok_or(ServiceError::NotFound)?;
    let entries = integrations::record(&state.app, partner, id, &organization).await?;
    let words = session.words;
    show(&RecordPage {
        layout: Layout::of(&session, words.t("record-title"), Place::Imports),
        name: item.organization_name.clone(),
        address: format!("{}/imports/{id}/integration#r{}", session.base(), item.position),
        started: say!(words, "record-started", when = when(words, view.started_at), name = &view.started_by),
        rows: entries.iter().map(|entry| RecordRow::of(words, entry)).collect(),
    })
}

impl RecordRow {
    /// An entry as the page shows it.
    pub fn of(words: Words, entry: &LogEntry) -> Self {
        Self {
            at: when_exactly(words, entry.at),
            event: coded(words, "event", &entry.event),
            operation: entry.operation.as_deref().map(|code| coded(words, "operation", code)).unwrap_or_default(),
            detail: entry.detail.as_deref().map(|text| words.told(text).into_owned()).unwrap_or_default(),
            trace_id: entry.trace_id.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

/// What a recorded code means; one that is not known says it itself.
fn coded(words: Words, kind: &str, code: &str) -> String {
    let known = words.known(&format!("{kind}-{}", code.replace('_', "-")));
    known.map_or_else(|| code.replace('_', " "), String::from)
}
