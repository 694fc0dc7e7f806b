//! *Customers*: those without an account, to be ticked and imported, and those that have one.

use super::customer_list::{CustomerList, Freshness, ListState, PAGE_ROWS, freshness};
use super::error::{WebError, see_other};
use super::form::{Fields, QueryFields, with_query};
use super::language::Words;
use super::layout::{Layout, Place, show as show_page};
use super::linked::LinkedRow;
use super::session::Session;
use super::{WebState, connections};
use crate::service::inventory::{self, LinkQuery, OrganizationCounts};
use crate::service::page::PageQuery;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::Utc;
use std::borrow::Cow;
use std::collections::HashSet;

/// The tab of customers without an account.
#[derive(Template)]
#[template(path = "customers.html")]
pub struct CustomersPage {
    /// The frame around it.
    pub layout: Layout,
    /// The tabs.
    pub tabs: Tabs,
    /// Age of what is shown.
    pub freshness: Freshness,
    /// The list.
    pub list: CustomerList,
    /// What went wrong with the last button; empty if nothing did.
    pub notice: Cow<'static, str>,
}

/// The tab of customers that have one.
#[derive(Template)]
#[template(path = "linked.html")]
pub struct LinkedPage {
    /// The frame around it.
    pub layout: Layout,
    /// The tabs.
    pub tabs: Tabs,
    /// Age of what is shown.
    pub freshness: Freshness,
    /// Rows.
    pub rows: Vec<LinkedRow>,
    /// What is searched for.
    pub search: String,
    /// Only those are shown whose seats and devices differ much.
    pub drifting: bool,
    /// Address of the first page; empty on it.
    pub first_address: String,
    /// Address of the next page; empty on the last.
    pub next_address: String,
}

/// The tabs with their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tabs {
    /// Customers without an account.
    pub not_linked: String,
    /// Customers that have one.
    pub linked: String,
    /// Which is open.
    pub shows_linked: bool,
}

impl Tabs {
    fn of(words: Words, counts: OrganizationCounts, shows_linked: bool) -> Self {
        let number = |value: u32| words.number(value.into());
        Self { not_linked: number(counts.not_linked), linked: number(counts.linked), shows_linked }
    }
}

/// How far a refresh has come, alone.
#[derive(Template)]
#[template(path = "parts/freshness.html")]
pub struct FreshnessPart {
    /// The frame it is put into.
    pub layout: Layout,
    /// Age and progress.
    pub freshness: Freshness,
}

async fn show_customers(
    state: &WebState,
    session: &Session,
    list: ListState,
    ticked: &HashSet<String>,
    notice: Cow<'static, str>,
) -> Result<Response, WebError> {
    let move_address = format!("{}/customers/page", session.base());
    let (list, counts) = CustomerList::read(&state.app, session, list, ticked, move_address).await?;
    let freshness = read_freshness(state, session).await?;
    show_page(&CustomersPage {
        layout: Layout::of(session, session.words.t("customers"), Place::Customers),
        tabs: Tabs::of(session.words, counts, false),
        freshness,
        list,
        notice,
    })
}

/// `GET …/customers`.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    if query.one("tab") == Some("linked") {
        return linked(&state, &session, &query).await;
    }
    let ticked = query.all("organization").map(str::to_owned).collect();
    let notice = match query.one("notice") {
        Some("none") => session.words.t("customers-tick-one"),
        _ => Cow::default(),
    };
    show_customers(&state, &session, ListState::of(&query), &ticked, notice).await
}

/// `POST …/customers/page`: another part of the list; what is ticked stays ticked.
pub async fn page(State(state): State<WebState>, session: Session, fields: Fields) -> Result<Response, WebError> {
    let ticked = fields.all("organization").map(str::to_owned).collect();
    show_customers(&state, &session, ListState::moved(&fields), &ticked, Cow::default()).await
}

async fn linked(state: &WebState, session: &Session, query: &Fields) -> Result<Response, WebError> {
    let partner = session.caller.partner_id;
    let base = session.base();
    let search = query.text("search");
    let drifting = query.is_set("drifting");
    let page = PageQuery { cursor: query.text("cursor").map(str::to_owned), limit: PAGE_ROWS };
    let wanted = LinkQuery { search: search.map(str::to_owned), drifting, page };
    let links = inventory::links(&state.app, partner, &wanted).await?;
    let counts = inventory::organization_counts(&state.app, partner, &ListState::default().query()).await?;
    let freshness = read_freshness(state, session).await?;
    let page_at = |cursor: &str| {
        let drifting = if drifting { "1" } else { "" };
        let pairs =
            [("tab", "linked"), ("search", search.unwrap_or_default()), ("drifting", drifting), ("cursor", cursor)];
        with_query(&format!("{base}/customers"), &pairs)
    };
    show_page(&LinkedPage {
        layout: Layout::of(session, session.words.t("customers"), Place::Customers),
        tabs: Tabs::of(session.words, counts, true),
        freshness,
        rows: links.data.into_iter().map(|link| LinkedRow::of(session.words, link, &base)).collect(),
        search: search.unwrap_or_default().to_owned(),
        drifting,
        first_address: query.text("cursor").map(|_| page_at("")).unwrap_or_default(),
        next_address: links.next_cursor.as_deref().map(page_at).unwrap_or_default(),
    })
}

/// Age and progress of what is shown, and what of the connections has to be seen to.
pub async fn read_freshness(state: &WebState, session: &Session) -> Result<Freshness, WebError> {
    let inventory = inventory::inventory(&state.app, session.caller.partner_id).await?;
    let mut freshness = freshness(session.words, &inventory, Utc::now());
    freshness.notes.extend(connections::attention(state, session).await?);
    Ok(freshness)
}

/// `POST …/customers/refresh`.
pub async fn refresh(State(state): State<WebState>, session: Session, fields: Fields) -> Result<Response, WebError> {
    inventory::refresh(&state.app, session.caller.partner_id).await?;
    let address = format!("{}/customers", session.base());
    let linked = fields.one("tab") == Some("linked");
    Ok(see_other(&if linked { with_query(&address, &[("tab", "linked")]) } else { address }))
}

/// `GET …/customers/progress`: only the line about age and progress, for scripts.
pub async fn progress(State(state): State<WebState>, session: Session) -> Result<Response, WebError> {
    let freshness = read_freshness(&state, &session).await?;
    let layout = Layout::of(&session, session.words.t("customers"), Place::Customers);
    show_page(&FreshnessPart { layout, freshness })
}
