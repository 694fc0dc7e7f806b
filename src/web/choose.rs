//! Ticking customers inside the wizard: opened from Start with nothing selected, or to add more.

use super::WebState;
use super::customer_list::{CustomerList, ListState};
use super::error::{WebError, see_other};
use super::form::{Fields, QueryFields};
use super::layout::{Layout, Place, show as show_page};
use super::session::Session;
use super::wizard::{Then, Wizard, open, stored};
use super::words::step_title;
use crate::domain::ids::{ImportId, OrganizationId};
use crate::domain::import::{Import, MAX_ITEMS, Step};
use crate::service::imports::{self, AccountsStep, Mode, put_accounts};
use crate::service::inventory;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::HashSet;

/// What is said when an import would become too large.
pub const TOO_MANY: &str =
    "One import takes at most 1,000 customers. Nothing was stored. Tick fewer of them, and import the rest next.";

/// What is said when nothing was ticked.
const NOTHING: &str = "Tick at least one customer.";

/// The full list of customers, to tick rows.
#[derive(Template)]
#[template(path = "choose.html")]
pub struct ChoosePage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// The list.
    pub list: CustomerList,
    /// Whether there are rows already.
    pub has_rows: bool,
    /// What went wrong with the last button; empty if nothing did.
    pub notice: &'static str,
}

/// The page for one import, or for one that begins with what is ticked here.
pub async fn choose_page(
    state: &WebState,
    session: &Session,
    import: Option<&Import>,
    (list, ticked): (ListState, HashSet<String>),
    notice: &'static str,
) -> Result<Response, WebError> {
    let wizard = match import {
        Some(import) => Wizard::of(import, &session.base(), Step::Accounts),
        None => Wizard::of_start(&session.base()),
    };
    let move_address = format!("{}/rows/page", wizard.address);
    let (list, _) = CustomerList::read(&state.app, session, list, &ticked, move_address).await?;
    show_page(&ChoosePage {
        layout: Layout::of(session, step_title(Step::Accounts), Place::Imports),
        wizard,
        list,
        has_rows: import.is_some_and(|import| !import.items.is_empty()),
        notice,
    })
}

/// `GET …/imports/{id}/rows`.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    choose_page(&state, &session, Some(&import), (ListState::of(&query), HashSet::new()), "").await
}

/// `POST …/imports/{id}/rows/page`: another part of the list; what is ticked stays ticked.
pub async fn page(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    let ticked = fields.all("organization").map(str::to_owned).collect();
    choose_page(&state, &session, Some(&import), (ListState::moved(&fields), ticked), "").await
}

/// `POST …/imports/{id}/rows`: the ticked customers join the import.
pub async fn add(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    let chosen = chosen(&state, &session, &fields).await?;
    if chosen.is_empty() {
        return choose_page(&state, &session, Some(&import), (ListState::of(&fields), HashSet::new()), NOTHING).await;
    }
    let step = AccountsStep { version: fields.version(), items: joined(&import, chosen) };
    if step.items.len() > MAX_ITEMS {
        return Err(WebError::BadRequest(TOO_MANY));
    }
    let result = put_accounts(&state.app, &session.caller, id, step, Mode::Save).await;
    stored(&state, &session, (id, Step::Accounts), (&fields, Then::Stay("accounts".into())), result).await
}

/// `GET …/start`: the wizard with nothing selected.
pub async fn start(
    State(state): State<WebState>,
    session: Session,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    choose_page(&state, &session, None, (ListState::of(&query), HashSet::new()), "").await
}

/// `POST …/start/rows/page`: another part of the list; what is ticked stays ticked.
pub async fn start_page(State(state): State<WebState>, session: Session, fields: Fields) -> Result<Response, WebError> {
    let ticked = fields.all("organization").map(str::to_owned).collect();
    choose_page(&state, &session, None, (ListState::moved(&fields), ticked), "").await
}

/// `POST …/start/rows`: an import begins with the ticked customers.
pub async fn begin(State(state): State<WebState>, session: Session, fields: Fields) -> Result<Response, WebError> {
    let chosen = chosen(&state, &session, &fields).await?;
    if chosen.is_empty() {
        return choose_page(&state, &session, None, (ListState::of(&fields), HashSet::new()), NOTHING).await;
    }
    create(&state, &session, &chosen).await
}

/// Begins an import with these customers and opens its first step.
pub async fn create(
    state: &WebState,
    session: &Session,
    organizations: &[OrganizationId],
) -> Result<Response, WebError> {
    if organizations.len() > MAX_ITEMS {
        return Err(WebError::BadRequest(TOO_MANY));
    }
    let import = imports::create(&state.app, &session.caller, organizations).await?;
    Ok(see_other(&format!("{}/imports/{}/accounts", session.base(), import.id)))
}

/// The customers that are ticked, or all that match.
pub async fn chosen(state: &WebState, session: &Session, fields: &Fields) -> Result<Vec<OrganizationId>, WebError> {
    if fields.one("select") != Some("all") {
        return Ok(fields.organizations("organization"));
    }
    let query = ListState::of(fields).query();
    Ok(inventory::organization_ids(&state.app, session.caller.partner_id, &query).await?)
}

/// Rows that are there stay as they are; new ones join at the end, with whatever is proposed for them.
fn joined(
    import: &Import,
    chosen: Vec<OrganizationId>,
) -> Vec<(OrganizationId, Option<crate::domain::import::AccountChoice>)> {
    let there: HashSet<_> = import.items.iter().map(|item| &item.organization_id).collect();
    let new = chosen.into_iter().filter(|id| !there.contains(id)).map(|id| (id, None)).collect::<Vec<_>>();
    import.items.iter().map(|item| (item.organization_id.clone(), item.account.clone())).chain(new).collect()
}
