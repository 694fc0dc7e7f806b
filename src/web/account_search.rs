//! Searching an account for one row: a page of results instead of a thousand options in every row.

use super::WebState;
use super::accounts::existing_value;
use super::accounts_form::parse_existing;
use super::error::WebError;
use super::form::{Fields, QueryFields};
use super::language::Words;
use super::layout::{Layout, Place, show as show_page};
use super::session::Session;
use super::wizard::{Then, Wizard, open, stored};
use crate::domain::ids::{ImportId, OrganizationId};
use crate::domain::import::{AccountChoice, Import, ImportItem, Step};
use crate::service::ServiceError;
use crate::service::imports::{AccountsStep, Mode, put_accounts};
use crate::service::inventory::{self, MatchView};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

/// The most results.
const MAX_RESULTS: u32 = 50;

/// One account that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAccount {
    /// What its button sends.
    pub value: String,
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: String,
    /// Why it fits; empty if it was only searched for.
    pub reason: String,
}

/// The results for one row.
#[derive(Template)]
#[template(path = "account_search.html")]
pub struct AccountSearchPage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// The row's customer.
    pub organization: String,
    /// Its name.
    pub name: String,
    /// Where the row is.
    pub row_address: String,
    /// What is searched for.
    pub search: String,
    /// What was found.
    pub found: Vec<FoundAccount>,
    /// There may be more.
    pub may_be_more: bool,
}

/// The results as entries of a list, for the script.
#[derive(Template)]
#[template(path = "account_options.html")]
pub struct AccountOptions {
    /// What was found.
    pub found: Vec<FoundAccount>,
}

impl FoundAccount {
    /// Where it is and why it fits, as far as that is known.
    pub fn about(&self) -> String {
        let known = [&self.city, &self.reason].into_iter().filter(|text| !text.is_empty());
        known.map(String::as_str).collect::<Vec<_>>().join(" · ")
    }

    /// What a drop-down shows of it once it is chosen.
    pub fn label(&self) -> String {
        let about = self.about();
        if about.is_empty() { self.name.clone() } else { format!("{} ({about})", self.name) }
    }

    /// A result as the page shows it.
    pub fn of(words: Words, found: MatchView) -> Self {
        Self {
            value: existing_value(&found.account_id),
            name: found.name,
            city: found.city.unwrap_or_default(),
            reason: words.told(&found.reason).into_owned(),
        }
    }
}

/// `GET …/imports/{id}/accounts/search?organization=…&search=…`; with `&options=1` only the entries of a list.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    let item = row(&import, &query)?;
    let search = query.text("search").unwrap_or_default();
    let found = inventory::account_choices(
        &state.app,
        session.caller.partner_id,
        id,
        &item.organization_id,
        search,
        MAX_RESULTS,
    )
    .await?;
    let found: Vec<_> = found.into_iter().map(|found| FoundAccount::of(session.words, found)).collect();
    if query.is_set("options") {
        return show_page(&AccountOptions { found });
    }
    let wizard = Wizard::of(session.words, &import, &session.base(), Step::Accounts);
    show_page(&AccountSearchPage {
        layout: Layout::of(&session, session.words.t("account-search-title"), Place::Imports),
        row_address: format!("{}/accounts#r{}", wizard.address, item.position),
        wizard,
        organization: item.organization_id.as_str().to_owned(),
        name: item.organization_name.clone(),
        search: search.to_owned(),
        may_be_more: found.len() >= MAX_RESULTS as usize,
        found,
    })
}

/// `POST` of the same: the row gets the account.
pub async fn choose(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    let item = row(&import, &fields)?;
    let account_id = fields.one("account").and_then(parse_existing).ok_or(ServiceError::NotFound)?;
    let chosen = AccountChoice::Existing { account_id };
    let step = with_account(&import, &item.organization_id, &chosen, fields.version());
    let then = Then::Stay(format!("accounts#r{}", item.position));
    let result = put_accounts(&state.app, &session.caller, id, step, Mode::Save).await;
    stored(&state, &session, (id, Step::Accounts), (&fields, then), result).await
}

fn row<'a>(import: &'a Import, fields: &Fields) -> Result<&'a ImportItem, WebError> {
    let id = fields.organization("organization").ok_or(ServiceError::NotFound)?;
    Ok(import.items.iter().find(|item| item.organization_id == id).ok_or(ServiceError::NotFound)?)
}

fn with_account(import: &Import, row: &OrganizationId, chosen: &AccountChoice, version: u32) -> AccountsStep {
    let account =
        |item: &ImportItem| if item.organization_id == *row { Some(chosen.clone()) } else { item.account.clone() };
    let items = import.items.iter().map(|item| (item.organization_id.clone(), account(item))).collect();
    AccountsStep { version, items }
}
