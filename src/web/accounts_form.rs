//! *Integrate Kaseya Customers with Trend Micro Accounts*: what its form does.

use super::WebState;
use super::accounts::{DETAILS, acceptable, details};
use super::error::WebError;
use super::form::{Fields, with_query};
use super::session::Session;
use super::wizard::{Then, open, stored};
use crate::domain::account::NewAccountDraft;
use crate::domain::ids::{AccountId, ImportId, OrganizationId};
use crate::domain::import::{AccountChoice, Import, ImportItem, Step};
use crate::service::imports::{AccountsStep, Mode, fill_blanks, fill_blanks_with, put_accounts, suggestions};
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::HashMap;

/// The button that was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Button {
    Next,
    Save,
    FillBlanks,
    FillForAll,
    Accept,
    Remove(OrganizationId),
    Search(OrganizationId),
}

impl Button {
    fn of(fields: &Fields) -> Self {
        if let Some(organization) = fields.organization("search") {
            return Self::Search(organization);
        }
        if let Some(organization) = fields.organization("remove") {
            return Self::Remove(organization);
        }
        match fields.one("go") {
            Some("next") => Self::Next,
            Some("fill") => Self::FillBlanks,
            Some("fill_all") => Self::FillForAll,
            Some("accept") => Self::Accept,
            _ => Self::Save,
        }
    }

    /// Where to go once the form is stored.
    fn then(&self, fields: &Fields, import: &Import) -> Then {
        match self {
            Self::Next => Then::Next,
            Self::Save | Self::FillBlanks | Self::FillForAll | Self::Accept | Self::Remove(_) => {
                Then::Stay("accounts".into())
            }
            Self::Search(organization) => {
                let row = import.items.iter().find(|item| item.organization_id == *organization);
                let entered = fields.row(organization, "search").map(str::trim).unwrap_or_default();
                let name = row.map(|item| item.organization_name.as_str()).unwrap_or_default();
                let search = if entered.is_empty() { name } else { entered };
                Then::Stay(with_query(
                    "accounts/search",
                    &[("organization", organization.as_str()), ("search", search)],
                ))
            }
        }
    }
}

/// `POST …/imports/{id}/accounts`.
pub async fn save(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Accounts).await?;
    let button = Button::of(&fields);
    let mode = if button == Button::Next { Mode::Confirm } else { Mode::Save };
    let (app, caller) = (&state.app, &session.caller);
    let mut result = put_accounts(app, caller, id, step(&import, &fields, &button), mode).await;
    // What was entered comes first: a blank is only what is blank then.
    if let Ok(stored) = &result {
        result = match button {
            Button::FillBlanks => fill_blanks(app, caller, id, stored.version).await,
            Button::FillForAll => fill_blanks_with(app, caller, id, stored.version, &for_all(&fields)).await,
            Button::Accept => {
                let fitting = suggestions(app, caller.partner_id, stored).await?;
                let step = accepted(stored, &acceptable(stored, &fitting.of_rows));
                put_accounts(app, caller, id, step, Mode::Save).await
            }
            Button::Next | Button::Save | Button::Remove(_) | Button::Search(_) => result,
        };
    }
    let then = button.then(&fields, &import);
    stored(&state, &session, (id, Step::Accounts), (&fields, then), result).await
}

/// The import with these accounts chosen.
fn accepted(import: &Import, accounts: &HashMap<OrganizationId, AccountId>) -> AccountsStep {
    let choice = |item: &ImportItem| match accounts.get(&item.organization_id) {
        Some(account_id) => Some(AccountChoice::Existing { account_id: account_id.clone() }),
        None => item.account.clone(),
    };
    let items = import.items.iter().map(|item| (item.organization_id.clone(), choice(item))).collect();
    AccountsStep { version: import.version, items }
}

/// The values that were entered for all rows that lack them.
fn for_all(fields: &Fields) -> NewAccountDraft {
    let entered = |name: &str| fields.text(&format!("all.{name}")).map(str::to_owned);
    let mut draft = NewAccountDraft::default();
    draft.company.city = entered("city");
    draft.company.state = entered("state");
    draft.company.country = entered("country").map(|text| country_code(&text));
    draft.contact.first_name = entered("first_name");
    draft.contact.last_name = entered("last_name");
    draft.contact.email = entered("email");
    draft
}

/// What the form says of each row; rows it does not name stay as they are.
fn step(import: &Import, fields: &Fields, button: &Button) -> AccountsStep {
    let rows = import.items.iter().filter(|item| *button != Button::Remove(item.organization_id.clone()));
    let items = rows.map(|item| (item.organization_id.clone(), choice(item, fields))).collect();
    AccountsStep { version: fields.version(), items }
}

fn choice(item: &ImportItem, fields: &Fields) -> Option<AccountChoice> {
    match fields.row(&item.organization_id, "account") {
        None => item.account.clone(),
        Some("create") => Some(AccountChoice::Create(draft(item, fields))),
        Some(text) => parse_existing(text).map(|account_id| AccountChoice::Existing { account_id }),
    }
}

/// The account that `account:<id>` names.
pub fn parse_existing(text: &str) -> Option<AccountId> {
    text.strip_prefix("account:").and_then(|id| AccountId::parse(id).ok())
}

fn draft(item: &ImportItem, fields: &Fields) -> NewAccountDraft {
    let before = match &item.account {
        Some(AccountChoice::Create(draft)) => draft.clone(),
        Some(AccountChoice::Existing { .. }) | None => NewAccountDraft::default(),
    };
    let old = details(&before);
    let mut values =
        DETAILS.iter().zip(old).map(|(detail, old)| entered(fields.row(&item.organization_id, detail.0), old));
    let mut next = || values.next().flatten();
    let mut draft = NewAccountDraft::default();
    draft.company.name = next();
    draft.company.address = next();
    draft.company.city = next();
    draft.company.state = next();
    draft.company.postal_code = next();
    draft.company.country = next().map(|text| country_code(&text));
    draft.contact.first_name = next();
    draft.contact.last_name = next();
    draft.contact.email = next();
    draft
}

/// A blank that was blank before stays open for what is read from VSA; one that was emptied stays empty.
fn entered(field: Option<&str>, old: &Option<String>) -> Option<String> {
    match field {
        None => old.clone(),
        Some(text) if text.trim().is_empty() && old.as_deref().is_none_or(|old| old.trim().is_empty()) => None,
        Some(text) => Some(text.trim().to_owned()),
    }
}

/// A code in any case, or a name that surely means one; anything else stays, to be marked.
fn country_code(text: &str) -> String {
    crate::domain::country::resolve(text).map_or_else(|| text.to_owned(), str::to_owned)
}
