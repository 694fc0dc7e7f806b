//! Ticking customers inside the wizard: opened from Start with nothing selected, or to add more.

use super::WebState;
use super::customer_list::{CustomerList, Freshness, ListState};
use super::customers::read_freshness;
use super::error::WebError;
use super::form::{Fields, QueryFields};
use super::layout::{Layout, Place, show as show_page};
use super::session::Session;
use super::wizard::{Then, Wizard, open, stored};
use super::words::step_title;
use crate::domain::ids::{ImportId, OrganizationId};
use crate::domain::import::{Import, MAX_ITEMS, Step};
use crate::service::imports::{AccountsStep, Mode, put_accounts};
use crate::service::inventory;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::borrow::Cow;
use std::collections::HashSet;

/// What is said when an import would become too large.
pub const TOO_MANY: &str = "error-too-many";

/// The full list of customers, to tick rows.
#[derive(Template)]
#[template(path = "choose.html")]
pub struct ChoosePage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// While the list is being read, or could not be: how far that is.
    pub reading: Option<Freshness>,
    /// The list.
    pub list: CustomerList,
    /// Whether there are rows already.
    pub has_rows: bool,
    /// What went wrong with the last button; empty if nothing did.
    pub notice: Cow<'static, str>,
}

/// The page for one import.
pub async fn choose_page(
    state: &WebState,
    session: &Session,
    import: &Import,
    (list, ticked): (ListState, HashSet<String>),
    notice: Cow<'static, str>,
) -> Result<Response, WebError> {
    let wizard = Wizard::of(session.words, import, &session.base(), Step::Accounts);
    let move_address = format!("{}/rows/page", wizard.address);
    let (list, _) = CustomerList::read(&state.app, session, list, &ticked, move_address).await?;
    let freshness = read_freshness(state, session).await?;
    let reading = Some(freshness).filter(|freshness| freshness.is_running || !freshness.error.is_empty());
    let mut layout = Layout::of(session, step_title(session.words, Step::Accounts), Place::Imports);
    layout.reloads = list.rows.is_empty() && reading.as_ref().is_some_and(|reading| reading.is_running);
    show_page(&ChoosePage { layout, wizard, reading, list, has_rows: !import.items.is_empty(), notice })
}

/// `GET …/imports/{id}/rows`.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    choose_page(&state, &session, &import, (ListState::of(&query), HashSet::new()), Cow::default()).await
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
    choose_page(&state, &session, &import, (ListState::moved(&fields), ticked), Cow::default()).await
}

/// `POST …/imports/{id}/rows`: the ticked customers join the import.
pub async fn add(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    let chosen = if fields.one("select") == Some("all") {
        inventory::organization_ids(&state.app, session.caller.partner_id, &ListState::of(&fields).query()).await?
    } else {
        fields.organizations("organization")
    };
    if chosen.is_empty() {
        let notice = session.words.t("choose-tick-one");
        return choose_page(&state, &session, &import, (ListState::of(&fields), HashSet::new()), notice).await;
    }
    let step = AccountsStep { version: fields.version(), items: joined(&import, chosen) };
    if step.items.len() > MAX_ITEMS {
        return Err(WebError::BadRequest(TOO_MANY));
    }
    let result = put_accounts(&state.app, &session.caller, id, step, Mode::Save).await;
    stored(&state, &session, (id, Step::Accounts), (&fields, Then::Stay("accounts".into())), result).await
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
