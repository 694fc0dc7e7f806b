//! A list of customers to tick: search, order, pages, and a selection that outlives them without scripts.

use super::error::WebError;
use super::form::Fields;
use super::language::{Words, say};
use super::session::Session;
use super::words::{ago, number_or, when};
use crate::domain::import::MAX_ITEMS;
use crate::domain::inventory::OrganizationKind;
use crate::service::App;
use crate::service::inventory::{
    self, InventoryView, MatchView, OrganizationCounts, OrganizationQuery, OrganizationSort, OrganizationView,
    RefreshStatus,
};
use crate::service::page::PageQuery;
use chrono::{DateTime, Utc};
use std::borrow::Cow;
use std::collections::HashSet;

/// Rows of a page.
pub const PAGE_ROWS: u32 = 100;
/// How many pages back can be gone.
const MAX_TRAIL: usize = 200;

/// What part of the list is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListState {
    /// Part of the name, reference or address.
    pub search: String,
    /// Order: `name`, `reference`, `endpoints`, with `-` in front from the end.
    pub sort: String,
    /// Whether VSA's own organizations are shown.
    pub builtin: bool,
    /// Whether only those are shown that a free account has the name of.
    pub matching: bool,
    /// Where the page begins; empty on the first.
    pub cursor: String,
    /// Where the pages before began.
    pub trail: Vec<String>,
}

impl ListState {
    /// As a query or form has it.
    pub fn of(fields: &Fields) -> Self {
        Self {
            search: fields.text("search").unwrap_or_default().to_owned(),
            sort: known_sort(fields.one("sort").unwrap_or_default()).to_owned(),
            builtin: fields.is_set("builtin"),
            matching: fields.is_set("matching"),
            cursor: fields.one("cursor").unwrap_or_default().to_owned(),
            trail: fields.all("trail").take(MAX_TRAIL).map(str::to_owned).collect(),
        }
    }

    /// As the button of a form wants it: `next`, `previous`, or `by:` and an order; anything else begins anew.
    pub fn moved(fields: &Fields) -> Self {
        let mut state = Self::of(fields);
        match fields.one("go").unwrap_or_default() {
            "next" => {
                let next = fields.one("next_cursor").unwrap_or_default().to_owned();
                state.trail.push(std::mem::replace(&mut state.cursor, next));
            }
            "previous" => state.cursor = state.trail.pop().unwrap_or_default(),
            go => {
                if let Some(sort) = go.strip_prefix("by:") {
                    known_sort(sort).clone_into(&mut state.sort);
                }
                state.cursor.clear();
                state.trail.clear();
            }
        }
        state
    }

    /// What to ask of the inventory.
    pub fn query(&self) -> OrganizationQuery {
        let sort = match self.sort.trim_start_matches('-') {
            "reference" => OrganizationSort::Reference,
            "endpoints" => OrganizationSort::Endpoints,
            _ => OrganizationSort::Name,
        };
        OrganizationQuery {
            linked: Some(false),
            kind: (!self.builtin).then_some(OrganizationKind::Customer),
            search: Some(self.search.clone()).filter(|text| !text.is_empty()),
            matching: self.matching,
            sort,
            descending: self.sort.starts_with('-'),
            page: PageQuery { cursor: Some(self.cursor.clone()).filter(|text| !text.is_empty()), limit: PAGE_ROWS },
        }
    }
}

fn known_sort(text: &str) -> &'static str {
    ["name", "-name", "reference", "-reference", "endpoints", "-endpoints"]
        .into_iter()
        .find(|known| *known == text)
        .unwrap_or("name")
}

/// A column whose head orders the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What its button sends.
    pub sort: String,
    /// For people.
    pub label: Cow<'static, str>,
    /// `ascending`, `descending` or `none`.
    pub order: &'static str,
    /// Whether it holds numbers.
    pub is_number: bool,
}

fn columns(words: Words, current: &str) -> Vec<Column> {
    let column = |(name, label, is_number): (&str, &str, bool)| {
        let (sort, order) = match current.strip_prefix('-') {
            Some(reversed) if reversed == name => (name.to_owned(), "descending"),
            None if current == name => (format!("-{name}"), "ascending"),
            _ => (name.to_owned(), "none"),
        };
        Column { sort, label: words.t(label), order, is_number }
    };
    [("name", "customer", false), ("reference", "reference", false), ("endpoints", "endpoints", true)]
        .map(column)
        .into()
}

/// One customer that can be ticked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its short code.
    pub reference: String,
    /// Devices.
    pub endpoints: String,
    /// Contact's name.
    pub contact: String,
    /// Contact's address.
    pub email: String,
    /// Best match.
    pub best_match: String,
    /// Why it matches.
    pub match_reason: String,
    /// One of VSA's own.
    pub is_builtin: bool,
    /// Ticked.
    pub is_ticked: bool,
    /// The running import it is in; empty if it is in none.
    pub import_address: String,
}

impl CustomerRow {
    /// The address in front of its at sign, and the rest: where a line may end.
    pub fn email_parts(&self) -> (&str, &str) {
        self.email.find('@').map_or((self.email.as_str(), ""), |place| self.email.split_at(place + 1))
    }
}

/// The list as a page shows it.
#[derive(Debug, Clone, Default)]
pub struct CustomerList {
    /// What is shown.
    pub state: ListState,
    /// Column heads.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<CustomerRow>,
    /// Ticked on other pages.
    pub carried: Vec<String>,
    /// Where the next page begins; empty on the last.
    pub next_cursor: String,
    /// How many match.
    pub selected: u32,
    /// Whether more match than one import takes.
    pub too_many: bool,
    /// How many match on other pages too: whether "select all" says anything.
    pub offers_all: bool,
    /// VSA's own organizations.
    pub builtin: u32,
    /// Where moves are sent.
    pub move_address: String,
}

impl CustomerList {
    /// Reads a page of the list.
    pub async fn read(
        app: &App,
        session: &Session,
        state: ListState,
        ticked: &HashSet<String>,
        move_address: String,
    ) -> Result<(Self, OrganizationCounts), WebError> {
        let query = state.query();
        let page = inventory::organizations(app, session.caller.partner_id, &query).await?;
        let counts = inventory::organization_counts(app, session.caller.partner_id, &query).await?;
        let base = session.base();
        let rows: Vec<_> = page.data.into_iter().map(|view| row(session.words, view, ticked, &base)).collect();
        let shown: HashSet<_> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut carried: Vec<_> = ticked.iter().filter(|id| !shown.contains(id.as_str())).cloned().collect();
        carried.sort();
        let list = Self {
            columns: columns(session.words, &state.sort),
            carried,
            next_cursor: page.next_cursor.unwrap_or_default(),
            selected: counts.selected,
            too_many: counts.selected as usize > MAX_ITEMS,
            offers_all: counts.selected as usize > rows.len(),
            builtin: counts.builtin,
            move_address,
            rows,
            state,
        };
        Ok((list, counts))
    }

    /// The key of how many there are, or match.
    pub fn found(&self) -> &'static str {
        if self.state.search.is_empty() && !self.state.matching { "customers-count" } else { "customers-match" }
    }

    /// Whether there is a page before.
    pub fn has_previous(&self) -> bool {
        !self.state.trail.is_empty()
    }
}

fn row(words: Words, view: OrganizationView, ticked: &HashSet<String>, base: &str) -> CustomerRow {
    let name = [view.profile.first_name.as_deref(), view.profile.last_name.as_deref()];
    let import_address = view.import_id.map(|id| format!("{base}/imports/{id}")).unwrap_or_default();
    let (best_match, match_reason) = best_match(words, view.best_match);
    CustomerRow {
        is_ticked: ticked.contains(view.id.as_str()) && import_address.is_empty(),
        id: view.id.into(),
        name: view.name,
        reference: view.reference.unwrap_or_default(),
        endpoints: number_or(words, view.endpoints, "not-read"),
        contact: name.into_iter().flatten().collect::<Vec<_>>().join(" "),
        email: view.profile.email.unwrap_or_default(),
        best_match,
        match_reason,
        is_builtin: view.kind == OrganizationKind::Builtin,
        import_address,
    }
}

fn best_match(words: Words, found: Option<MatchView>) -> (String, String) {
    found.map(|found| (found.name, words.told(&found.reason).into_owned())).unwrap_or_default()
}

/// How old what we know is, and how far a refresh has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freshness {
    /// In words.
    pub text: String,
    /// A refresh is running.
    pub is_running: bool,
    /// Rows read so far.
    pub done: u64,
    /// Rows in all; 0 if that is not known.
    pub total: u64,
    /// Why the last refresh failed; empty if it did not.
    pub error: String,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

/// The inventory's state in words.
pub fn freshness(words: Words, view: &InventoryView, now: DateTime<Utc>) -> Freshness {
    let parts = [view.organizations.refreshed_at, view.endpoints.refreshed_at, view.accounts.refreshed_at];
    let oldest = parts.into_iter().collect::<Option<Vec<_>>>().and_then(|times| times.into_iter().min());
    let text = match oldest {
        Some(at) => say!(words, "freshness-read", ago = ago(words, at, now), when = when(words, at)),
        None => words.t("freshness-never").into_owned(),
    };
    let mut notes = Vec::new();
    if view.organizations.refreshed_at.is_some() && !view.organizations.complete {
        notes.push(words.t("freshness-incomplete").into_owned());
    }
    if let Some(hidden) = view.unattributed.filter(|hidden| *hidden > 0) {
        notes.push(say!(words, "freshness-hidden", count = hidden));
    }
    Freshness {
        text,
        is_running: view.status == RefreshStatus::Running,
        done: view.done,
        total: view.total.unwrap_or(0),
        error: view
            .error
            .as_ref()
            .filter(|_| view.status == RefreshStatus::Failed)
            .map(|reason| words.told(&reason.message).into_owned())
            .unwrap_or_default(),
        notes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_moves_through_the_pages() {
        let state =
            ListState::moved(&Fields::of(&[("go", "next"), ("cursor", "b"), ("next_cursor", "c"), ("trail", "")]));
        assert_eq!((state.cursor.as_str(), state.trail.len()), ("c", 2));
        let back = ListState::moved(&Fields::of(&[("go", "previous"), ("cursor", "c"), ("trail", ""), ("trail", "b")]));
        assert_eq!((back.cursor.as_str(), back.trail), ("b", vec![String::new()]));
        let sorted = ListState::moved(&Fields::of(&[("go", "by:-endpoints"), ("cursor", "c"), ("trail", "")]));
        assert_eq!((sorted.sort.as_str(), sorted.cursor.as_str(), sorted.trail.len()), ("-endpoints", "", 0));
        assert!(sorted.query().descending);
    }

    #[test]
    fn an_unknown_order_is_by_name() {
        assert_eq!(ListState::of(&Fields::of(&[("sort", "drop table")])).sort, "name");
    }
}
