//! *Integrate Kaseya Customers with Trend Micro Accounts*: the page.

use super::WebState;
use super::choose::choose_page;
use super::customer_list::ListState;
use super::error::WebError;
use super::form::{Field, QueryFields, row_name};
use super::language::Words;
use super::layout::{Layout, Place, show as show_page};
use super::session::Session;
use super::wizard::{Wizard, open};
use super::words::{number_or, step_title};
use crate::domain::account::NewAccountDraft;
use crate::domain::country;
use crate::domain::field::FieldError;
use crate::domain::ids::{AccountId, ImportId, OrganizationId};
use crate::domain::import::{AccountChoice, Import, ImportItem, Step};
use crate::domain::matching::{self, Match};
use crate::service::imports::{self, Suggestion};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A problem, with the place where it can be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Id of the element.
    pub anchor: String,
    /// The customer.
    pub customer: String,
    /// What is wrong and what would be right.
    pub text: String,
}

/// One entry of a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// For people.
    pub label: String,
    /// Chosen.
    pub is_selected: bool,
}

/// One customer and its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id.
    pub id: String,
    /// Id of the row in the page.
    pub anchor: String,
    /// Name of the drop-down.
    pub select_name: String,
    /// Name of the search field.
    pub search_name: String,
    /// The customer.
    pub name: String,
    /// Its short code.
    pub reference: String,
    /// Devices.
    pub endpoints: String,
    /// The drop-down.
    pub choices: Vec<Choice>,
    /// A new account is chosen.
    pub creates: bool,
    /// Details of the new account.
    pub fields: Vec<Field>,
    /// What is wrong with the choice.
    pub problems: Vec<String>,
    /// Something is wrong with the row.
    pub has_problems: bool,
}

/// Step 1.
#[derive(Template)]
#[template(path = "accounts.html")]
pub struct AccountsPage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// All problems.
    pub problems: Vec<Problem>,
    /// Rows: those with problems first, otherwise in list order.
    pub rows: Vec<AccountRow>,
    /// Contacts that are still being read.
    pub pending: u32,
    /// Why contacts cannot be read; empty if they can.
    pub contacts_error: String,
    /// Only new accounts can be chosen.
    pub all_assigned: bool,
    /// How many rows could take the account that fits them exactly.
    pub acceptable: usize,
    /// Fields of one value for all rows that lack it; none if no row lacks one.
    pub for_all: Vec<Field>,
    /// Codes and names.
    pub countries: Vec<(&'static str, &'static str)>,
}

/// A detail of a new account: name in the form, path below the row, key of its label, kind of input, list, demanded.
pub type Detail = (&'static str, &'static str, &'static str, &'static str, &'static str, bool);

/// The details of a new account, in the order of the form.
pub const DETAILS: [Detail; 9] = [
    ("company", "/account/company/name", "field-company-name", "text", "", true),
    ("address", "/account/company/address", "field-company-address", "text", "", false),
    ("city", "/account/company/city", "field-company-city", "text", "", true),
    ("state", "/account/company/state", "field-company-state", "text", "", true),
    ("postal_code", "/account/company/postal_code", "field-company-postal-code", "text", "", false),
    ("country", "/account/company/country", "field-company-country", "text", "countries", true),
    ("first_name", "/account/contact/first_name", "field-contact-first-name", "text", "", true),
    ("last_name", "/account/contact/last_name", "field-contact-last-name", "text", "", true),
    ("email", "/account/contact/email", "field-contact-email", "email", "", true),
];

/// The values of a draft, in the order of [`DETAILS`].
pub fn details(draft: &NewAccountDraft) -> [&Option<String>; 9] {
    let (company, contact) = (&draft.company, &draft.contact);
    [
        &company.name,
        &company.address,
        &company.city,
        &company.state,
        &company.postal_code,
        &company.country,
        &contact.first_name,
        &contact.last_name,
        &contact.email,
    ]
}

/// `GET …/imports/{id}/accounts`.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    if import.items.is_empty() {
        return choose_page(&state, &session, &import, (ListState::of(&query), HashSet::new()), Cow::default()).await;
    }
    let partner = session.caller.partner_id;
    let suggestions = imports::suggestions(&state.app, partner, &import).await?;
    let pending = imports::contacts_pending(&state.app, partner, id).await?;
    let layout = Layout::of(&session, step_title(session.words, Step::Accounts), Place::Imports);
    let mut page = page(layout, &session.base(), &import, &suggestions.of_rows);
    page.all_assigned = suggestions.none_free;
    page.pending = pending;
    if pending > 0 && !import.confirmed.accounts {
        // What may fill by itself is no mistake of anybody who has only just come here.
        page.problems.clear();
    }
    let error = imports::contacts_error(&state.app, partner, id).await?.unwrap_or_default();
    page.contacts_error = session.words.told(&error).into_owned();
    show_page(&page)
}

/// The page of an import.
pub fn page(
    layout: Layout,
    base: &str,
    import: &Import,
    suggestions: &HashMap<OrganizationId, Suggestion>,
) -> AccountsPage {
    let words = layout.words;
    let chosen: HashSet<_> = import.items.iter().filter_map(|item| item.account.as_ref()?.existing()).collect();
    let mut problems = Vec::new();
    let mut rows = Vec::with_capacity(import.items.len());
    for item in &import.items {
        let found = import.problems_at(item, Step::Accounts);
        problems.extend(found.iter().map(|error| problem(words, item, error)));
        let fitting = suggestions.get(&item.organization_id).map(|found| found.best.as_slice()).unwrap_or_default();
        rows.push(row(words, item, &found, choices(words, item, fitting, &chosen)));
    }
    // What has to be mended comes first; otherwise in list order.
    rows.sort_by_key(|row| !row.has_problems);
    AccountsPage {
        layout,
        wizard: Wizard::of(words, import, base, Step::Accounts),
        problems,
        acceptable: acceptable(import, suggestions).len(),
        for_all: for_all(words, &rows),
        rows,
        pending: 0,
        contacts_error: String::new(),
        all_assigned: false,
        countries: country::all().collect(),
    }
}

/// Rows that could take the account that fits them exactly and have not: each account once, and none that another row has.
pub fn acceptable(
    import: &Import,
    suggestions: &HashMap<OrganizationId, Suggestion>,
) -> HashMap<OrganizationId, AccountId> {
    let mut taken: HashSet<_> = import.items.iter().filter_map(|item| item.account.as_ref()?.existing()).collect();
    let mut accepted = HashMap::new();
    for item in &import.items {
        let exact = suggestions.get(&item.organization_id).and_then(|found| found.exact.as_ref());
        if let Some(account) = exact.filter(|account| taken.insert(account)) {
            accepted.insert(item.organization_id.clone(), account.clone());
        }
    }
    accepted
}

/// A field for each demanded detail that rows lack, but for the name: that is each customer's own.
fn for_all(words: Words, rows: &[AccountRow]) -> Vec<Field> {
    let lacks =
        |place: usize| rows.iter().any(|row| row.fields.get(place).is_some_and(|field| field.value.trim().is_empty()));
    let field = |(place, detail): (usize, Detail)| {
        (detail.5 && detail.0 != "company" && lacks(place)).then(|| Field {
            name: format!("all.{}", detail.0),
            id: format!("all-{}", detail.0),
            label: words.t(detail.2),
            value: String::new(),
            kind: detail.3,
            list: detail.4,
            required: true,
            problem: String::new(),
        })
    };
    DETAILS.into_iter().enumerate().filter_map(field).collect()
}

/// Id of an element of a row.
fn element(item: &ImportItem, name: &str) -> String {
    format!("r{}-{name}", item.position)
}

fn problem(words: Words, item: &ImportItem, error: &FieldError) -> Problem {
    let field = DETAILS.iter().find(|detail| detail.1 == error.path).map_or("account", |detail| detail.0);
    let text = words.told(&error.message).into_owned();
    Problem { anchor: element(item, field), customer: item.organization_name.clone(), text }
}

fn row(words: Words, item: &ImportItem, found: &[FieldError], choices: Vec<Choice>) -> AccountRow {
    let told = |error: &FieldError| words.told(&error.message).into_owned();
    let message_at = |path: &str| found.iter().find(|error| error.path == path).map(told);
    let field = |(detail, value): (Detail, &Option<String>)| Field {
        name: row_name(&item.organization_id, detail.0),
        id: element(item, detail.0),
        label: words.t(detail.2),
        value: value.clone().unwrap_or_default(),
        kind: detail.3,
        list: detail.4,
        required: detail.5,
        problem: message_at(detail.1).unwrap_or_default(),
    };
    let fields = match &item.account {
        Some(AccountChoice::Create(draft)) => DETAILS.into_iter().zip(details(draft)).map(field).collect(),
        Some(AccountChoice::Existing { .. }) | None => Vec::new(),
    };
    let is_detail = |error: &&FieldError| DETAILS.iter().any(|detail| detail.1 == error.path);
    AccountRow {
        id: item.organization_id.as_str().to_owned(),
        anchor: format!("r{}", item.position),
        select_name: row_name(&item.organization_id, "account"),
        search_name: row_name(&item.organization_id, "search"),
        name: item.organization_name.clone(),
        reference: item.reference.clone().unwrap_or_default(),
        endpoints: number_or(words, item.endpoints, "not-read"),
        choices,
        creates: !fields.is_empty(),
        fields,
        problems: found.iter().filter(|error| !is_detail(error)).map(told).collect(),
        has_problems: !found.is_empty(),
    }
}

/// The drop-down: what is chosen, what fits, and a new account; not what another row has chosen.
fn choices(words: Words, item: &ImportItem, fitting: &[Match], chosen: &HashSet<&AccountId>) -> Vec<Choice> {
    let current = item.account.as_ref().and_then(AccountChoice::existing);
    let mut choices = Vec::new();
    if item.account.is_none() {
        choices.push(Choice {
            value: String::new(),
            label: words.t("accounts-choose").into_owned(),
            is_selected: true,
        });
    }
    let creates = matches!(item.account, Some(AccountChoice::Create(_)));
    choices.push(Choice {
        value: "create".into(),
        label: words.t("accounts-create").into_owned(),
        is_selected: creates,
    });
    if let Some(id) = current {
        let reason = fitting.iter().find(|found| found.account_id == *id).map(|found| words.told(found.reason.words()));
        let name = item.account_name.as_deref().unwrap_or(id.as_str());
        choices.push(Choice {
            value: existing_value(id),
            label: with_reason(name, &reason.unwrap_or_default()),
            is_selected: true,
        });
    }
    for found in fitting.iter().filter(|found| !chosen.contains(&found.account_id)) {
        let name = found.city.as_ref().map_or_else(|| found.name.clone(), |city| format!("{}, {city}", found.name));
        let label = with_reason(&name, &words.told(found.reason.words()));
        choices.push(Choice { value: existing_value(&found.account_id), label, is_selected: false });
    }
    if let Some((id, name)) = item.created_before.as_ref().filter(|(id, _)| !chosen.contains(id))
        && !fitting.iter().any(|found| found.account_id == *id)
    {
        let label = with_reason(name, &words.told(matching::Reason::CreatedForIt.words()));
        choices.push(Choice { value: existing_value(id), label, is_selected: false });
    }
    choices
}

/// How an existing account is sent.
pub fn existing_value(id: &AccountId) -> String {
    format!("account:{id}")
}

fn with_reason(name: &str, reason: &str) -> String {
    if reason.is_empty() { name.to_owned() } else { format!("{name} ({reason})") }
}
