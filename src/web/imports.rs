//! The list of imports, and the ways to begin one.

use super::WebState;
use super::customer_list::{ListState, PAGE_ROWS};
use super::error::{WebError, see_other};
use super::form::{Fields, QueryFields, with_query};
use super::language::Words;
use super::layout::{Layout, Place, show};
use super::session::Session;
use super::wizard::current_place;
use super::words::{State as StateWords, import_state, step_title, when};
use crate::domain::ids::ImportId;
use crate::domain::import::{ImportStatus, MAX_ITEMS, Step};
use crate::service::imports::{self, ImportSummary};
use crate::service::inventory;
use crate::service::page::PageQuery;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::borrow::Cow;

/// The most unfinished imports that *Start* shows.
const MAX_DRAFTS: u32 = 20;

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Where it is.
    pub address: String,
    /// When it was begun.
    pub at: String,
    /// By whom.
    pub by: String,
    /// How many customers.
    pub customers: String,
    /// Where it stands.
    pub state: StateWords,
    /// What comes next; empty if nothing does.
    pub next: Cow<'static, str>,
}

/// The list of imports.
#[derive(Template)]
#[template(path = "imports.html")]
pub struct ImportsPage {
    /// The frame around it.
    pub layout: Layout,
    /// The newest first.
    pub rows: Vec<ImportRow>,
    /// Address of the next page; empty on the last.
    pub next_address: String,
}

impl ImportRow {
    /// An import as the list shows it.
    pub fn of(words: Words, import: &ImportSummary, base: &str) -> Self {
        let next = match (import.status, import.step) {
            (ImportStatus::Draft, Step::Ready) => words.t("imports-look"),
            (ImportStatus::Draft, step) => step_title(words, step),
            _ => Cow::default(),
        };
        Self {
            address: format!("{base}/imports/{}", import.id),
            at: when(words, import.created_at),
            by: import.created_by.clone(),
            customers: words.number(import.organizations.into()),
            state: import_state(words, import.status),
            next,
        }
    }
}

/// `GET …/imports`.
pub async fn list(
    State(state): State<WebState>,
    session: Session,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let page = PageQuery { cursor: query.text("cursor").map(str::to_owned), limit: PAGE_ROWS };
    let found = imports::list(&state.app, session.caller.partner_id, None, &page).await?;
    let base = session.base();
    let next = |cursor: String| with_query(&format!("{base}/imports"), &[("cursor", &cursor)]);
    show(&ImportsPage {
        layout: Layout::of(&session, session.words.t("imports"), Place::Imports),
        rows: found.data.iter().map(|import| ImportRow::of(session.words, import, &base)).collect(),
        next_address: found.next_cursor.map(next).unwrap_or_default(),
    })
}

/// `POST …/imports`: begins an import with the customers that are ticked, or with all that match.
pub async fn create(State(state): State<WebState>, session: Session, fields: Fields) -> Result<Response, WebError> {
    let partner = session.caller.partner_id;
    let organizations = if fields.one("select") == Some("all") {
        inventory::organization_ids(&state.app, partner, &ListState::of(&fields).query()).await?
    } else {
        fields.organizations("organization")
    };
    if organizations.is_empty() {
        let address = format!("{}/customers", session.base());
        return Ok(see_other(&with_query(
            &address,
            &[("notice", "none"), ("search", fields.one("search").unwrap_or_default())],
        )));
    }
    if organizations.len() > MAX_ITEMS {
        return Err(WebError::BadRequest(super::choose::TOO_MANY));
    }
    let import = imports::create(&state.app, &session.caller, &organizations).await?;
    Ok(see_other(&format!("{}/imports/{}/accounts", session.base(), import.id)))
}

/// The entry *Start*: a button that begins, and the imports that were begun and not finished. Looking at it changes nothing.
#[derive(Template)]
#[template(path = "start.html")]
pub struct StartPage {
    /// The frame around it.
    pub layout: Layout,
    /// The newest first.
    pub rows: Vec<ImportRow>,
}

/// `GET …/start`.
pub async fn start_page(State(state): State<WebState>, session: Session) -> Result<Response, WebError> {
    let (drafts, base) = (drafts(&state, &session).await?, session.base());
    let begun = drafts.iter().filter(|import| import.organizations > 0);
    show(&StartPage {
        layout: Layout::of(&session, session.words.t("start"), Place::Imports),
        rows: begun.map(|import| ImportRow::of(session.words, import, &base)).collect(),
    })
}

/// The newest imports that have not been integrated.
async fn drafts(state: &WebState, session: &Session) -> Result<Vec<ImportSummary>, WebError> {
    let page = PageQuery { cursor: None, limit: MAX_DRAFTS };
    let found = imports::list(&state.app, session.caller.partner_id, Some(ImportStatus::Draft), &page).await?;
    Ok(found.data)
}

/// `POST …/start`: opens the wizard with nothing selected; an empty import that is there already serves again.
pub async fn start(State(state): State<WebState>, session: Session) -> Result<Response, WebError> {
    let drafts = drafts(&state, &session).await?;
    let id = match drafts.iter().find(|import| import.organizations == 0) {
        Some(import) => import.id,
        None => imports::create(&state.app, &session.caller, &[]).await?.id,
    };
    Ok(see_other(&format!("{}/imports/{id}/accounts", session.base())))
}

/// `GET …/imports/{id}`: wherever it is to be continued.
pub async fn open(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    let import = imports::load(&state.app, session.caller.partner_id, id).await?;
    Ok(see_other(&format!("{}/imports/{id}/{}", session.base(), current_place(&import))))
}
