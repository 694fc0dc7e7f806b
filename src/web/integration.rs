//! *Complete Integration*: the same page from start to end.

use super::WebState;
use super::error::WebError;
use super::form::QueryFields;
use super::language::{Words, say};
use super::layout::{Layout, Place, show as show_page};
use super::session::Session;
use super::wizard::Wizard;
use super::words::{Kind, State as StateWords, item_state, run_state, when};
use crate::domain::ids::ImportId;
use crate::domain::integration::{CandidateAccount, Counts, IntegrationStatus, ItemStatus};
use crate::service::ServiceError;
use crate::service::imports;
use crate::service::integrations::{self, IntegrationView, ItemView, UndoOffer};
use crate::service::undo::UndoRow;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

/// An account that could be the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateRow {
    /// What its button sends.
    pub value: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// City and country.
    pub place: String,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressRow {
    /// Its id.
    pub id: String,
    /// Id of the row in the page.
    pub anchor: String,
    /// The customer.
    pub name: String,
    /// Its account, as it is or will be.
    pub account: String,
    /// Where it stands.
    pub state: StateWords,
    /// Seats.
    pub seats: String,
    /// Why, and what to do.
    pub reason: String,
    /// When it is tried again; empty if it is not.
    pub next_try: String,
    /// It can be tried again now.
    pub can_retry: bool,
    /// A person has to decide.
    pub needs_person: bool,
    /// Accounts to choose from.
    pub candidates: Vec<CandidateRow>,
    /// What happened to it.
    pub record_address: String,
}

/// A part of the bar: those customers that stand at one kind of state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The kind of state.
    pub kind: &'static str,
    /// Where it begins, in percent.
    pub from: String,
    /// How long it is, in percent.
    pub width: String,
}

impl ProgressRow {
    /// Whether the account is called differently from the customer.
    pub fn has_other_name(&self) -> bool {
        self.account != self.name
    }
}

/// The page.
#[derive(Template)]
#[template(path = "integration.html", blocks = ["progress"])]
pub struct IntegrationPage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// Where the integration is.
    pub address: String,
    /// Where the whole run stands.
    pub state: StateWords,
    /// Nothing more happens by itself.
    pub is_final: bool,
    /// It can be stopped.
    pub can_stop: bool,
    /// Something can be tried again.
    pub can_retry: bool,
    /// Customers with a result, and all of them.
    pub bar: (u32, u32),
    /// The parts of the bar.
    pub shares: Vec<Share>,
    /// The same in words.
    pub done: String,
    /// How many stand where.
    pub counts: Vec<(StateWords, String)>,
    /// Why the whole run stands still; empty if it does not.
    pub waiting_for: String,
    /// When it is tried again; empty if it is not.
    pub next_try: String,
    /// When and by whom it was started, and when it ended.
    pub started: String,
    /// Rows that need something, first.
    pub attention: Vec<ProgressRow>,
    /// Rows that something is being done for now, in list order.
    pub now: Vec<ProgressRow>,
    /// All others, in list order.
    pub rows: Vec<ProgressRow>,
    /// Customers left out, for a new import.
    pub left_out: Vec<String>,
    /// Where it can be undone; empty while it runs, and if there is nothing to undo.
    pub undo_address: String,
    /// That it has been, or is being, taken back; empty if nobody has asked for that.
    pub taken_back: String,
    /// Id of the last event.
    pub event_id: i64,
}

/// `GET …/imports/{id}/integration`; with `?fragment=1` only what changes.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let view = match integrations::view(&state.app, session.caller.partner_id, id).await {
        Ok(view) => view,
        // Not started yet: the import, if it is one of the partner's, says where it is to be continued.
        Err(ServiceError::NotFound) => {
            imports::load(&state.app, session.caller.partner_id, id).await?;
            return Err(WebError::Elsewhere(format!("{}/imports/{id}", session.base())));
        }
        Err(error) => return Err(error.into()),
    };
    let layout = Layout::of(&session, session.words.t("integration-title"), Place::Imports);
    let page = page(layout, &session.base(), &view);
    if query.is_set("fragment") { show_page(&page.as_progress()) } else { show_page(&page) }
}

/// The page of a run.
pub fn page(mut layout: Layout, base: &str, view: &IntegrationView) -> IntegrationPage {
    let words = layout.words;
    let address = format!("{base}/imports/{}/integration", view.import_id);
    let counts = view.counts;
    let is_final = view.status.is_final();
    let undo = if let UndoOffer::Asked(undo) = &view.undo { Some(undo) } else { None };
    layout.reloads = !is_final;
    let can_act = is_final && undo.is_none();
    let rows = view.items.iter().map(|item| row(words, item, &address, can_act));
    let (attention, rows): (Vec<_>, Vec<_>) =
        rows.partition(|row| matches!(row.state.kind, "bad" | "person" | "warning"));
    let (now, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.state.kind == "busy");
    let imported = counts.imported + counts.imported_with_warning;
    let not_started = view.items.iter().filter(|item| item.status == ItemStatus::NotStarted).count();
    let left_out: Vec<_> = view
        .items
        .iter()
        .filter(|item| is_left_out(item.status))
        .map(|item| item.organization_id.to_string())
        .collect();
    let problems = counts.imported < counts.total;
    IntegrationPage {
        layout,
        wizard: Wizard::of_integration(words, base, view.import_id, counts.total),
        address,
        state: run_state(words, view.status, problems),
        is_final,
        can_stop: matches!(
            view.status,
            IntegrationStatus::Queued | IntegrationStatus::Running | IntegrationStatus::Waiting
        ),
        can_retry: is_halted(view) || can_act && view.items.iter().any(|item| may_retry(item.status)),
        // What was never started is not done, although nothing more happens to it.
        bar: (if is_final { imported } else { counts.settled() }, counts.total),
        shares: shares(counts, u32::try_from(not_started).unwrap_or(u32::MAX)),
        done: if is_final {
            say!(words, "integration-imported", done = imported, count = counts.total)
        } else {
            say!(words, "integration-done", done = counts.settled(), count = counts.total)
        },
        counts: count_rows(words, counts, u32::try_from(not_started).unwrap_or(u32::MAX)),
        waiting_for: view
            .waiting_for
            .as_ref()
            .map(|reason| words.told(&reason.message).into_owned())
            .unwrap_or_default(),
        next_try: view.next_try_at.map(|at| when(words, at)).unwrap_or_default(),
        started: started(words, view),
        attention,
        now,
        rows,
        left_out: if is_final { left_out } else { Vec::new() },
        undo_address: match view.undo {
            UndoOffer::Nothing => String::new(),
            UndoOffer::Offered | UndoOffer::Asked(_) => format!("{base}/imports/{}/undo", view.import_id),
        },
        taken_back: undo.map(|undo| taken_back(words, undo)).unwrap_or_default(),
        event_id: view.event_id,
    }
}

fn taken_back(words: Words, undo: &UndoRow) -> String {
    let asked = when(words, undo.requested_at);
    if undo.is_finished {
        say!(words, "integration-taken-back", when = asked, name = &undo.requested_by)
    } else {
        say!(words, "integration-being-taken-back", when = asked, name = &undo.requested_by)
    }
}

fn started(words: Words, view: &IntegrationView) -> String {
    let (started, by) = (when(words, view.started_at), &view.started_by);
    match view.finished_at {
        None => say!(words, "integration-started", when = started, name = by),
        Some(end) => say!(words, "integration-ended", when = started, name = by, end = when(words, end)),
    }
}

/// It goes on only when somebody asks for it.
fn is_halted(view: &IntegrationView) -> bool {
    !view.status.is_final() && view.waiting_for.as_ref().is_some_and(|reason| reason.code == "parked")
}

fn count_rows(words: Words, counts: Counts, not_started: u32) -> Vec<(StateWords, String)> {
    let state = |kind, key| StateWords::of(words, kind, key);
    let you = StateWords {
        word: say!(words, "count-needs-person", count = counts.needs_person).into(),
        ..state(Kind::Person, "item-needs-person")
    };
    let all = [
        (state(Kind::Idle, "count-queued"), counts.queued),
        (state(Kind::Busy, "count-under-way"), counts.under_way),
        (state(Kind::Good, "count-imported"), counts.imported),
        (state(Kind::Warning, "count-imported-with-warning"), counts.imported_with_warning),
        (state(Kind::Bad, "count-not-imported"), counts.not_imported.saturating_sub(not_started)),
        (state(Kind::Idle, "count-not-started"), not_started),
        (you, counts.needs_person),
    ];
    let shown = all.into_iter().filter(|(_, value)| *value > 0);
    shown.map(|(state, value)| (state, words.number(value.into()))).collect()
}

/// Side by side what there is of each kind; what is still to come stays empty.
fn shares(counts: Counts, not_started: u32) -> Vec<Share> {
    let percent = |part: u32| {
        let tenths = u64::from(part) * 1000 / u64::from(counts.total.max(1));
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    let mut shares = Vec::new();
    let mut from = 0;
    for (kind, part) in [
        ("good", counts.imported),
        ("warning", counts.imported_with_warning),
        ("bad", counts.not_imported.saturating_sub(not_started)),
        ("person", counts.needs_person),
        ("busy", counts.under_way),
    ] {
        if part > 0 {
            shares.push(Share { kind, from: percent(from), width: percent(part) });
            from += part;
        }
    }
    shares
}

/// What a new import can hold: nothing was sent for it, or the vendor surely refused.
fn is_left_out(status: ItemStatus) -> bool {
    matches!(status, ItemStatus::NoLicenses | ItemStatus::NotStarted | ItemStatus::Refused)
}

/// An outcome in doubt is never tried again: it is looked at until it is known.
fn may_retry(status: ItemStatus) -> bool {
    is_left_out(status) || status == ItemStatus::ImportedWithWarning
}

fn row(words: Words, item: &ItemView, address: &str, can_act: bool) -> ProgressRow {
    let needs_person = item.status == ItemStatus::NeedsPerson;
    ProgressRow {
        id: item.organization_id.as_str().to_owned(),
        anchor: format!("r{}", item.position),
        name: item.organization_name.clone(),
        account: item.account_name.clone(),
        state: item_state(words, item.status),
        seats: words.number(item.seats.into()),
        reason: item.reason.as_ref().map(|reason| words.told(&reason.message).into_owned()).unwrap_or_default(),
        next_try: item.next_try_at.map(|at| when(words, at)).unwrap_or_default(),
        can_retry: can_act && may_retry(item.status),
        needs_person,
        candidates: if needs_person { item.candidates.iter().map(candidate).collect() } else { Vec::new() },
        record_address: format!("{address}/{}", super::form::encoded(item.organization_id.as_str())),
    }
}

fn candidate(account: &CandidateAccount) -> CandidateRow {
    let place =
        [account.city.as_deref(), account.country.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    CandidateRow {
        value: super::accounts::existing_value(&account.account_id),
        id: account.account_id.to_string(),
        name: account.name.clone(),
        place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_a_part_for_each_kind() {
        let counts = Counts { total: 8, imported: 3, not_imported: 3, under_way: 1, ..Counts::default() };
        let parts: Vec<_> = shares(counts, 1).into_iter().map(|share| (share.kind, share.from, share.width)).collect();
        let part = |kind, from: &str, width: &str| (kind, from.to_owned(), width.to_owned());
        assert_eq!(parts, [part("good", "0.0", "37.5"), part("bad", "37.5", "25.0"), part("busy", "62.5", "12.5")]);
        assert_eq!(shares(Counts::default(), 0), []);
    }
}
