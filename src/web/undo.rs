//! Taking an import back: what that reverses, what stays, and how far it is.

use super::WebState;
use super::error::{WebError, see_other};
use super::language::{Words, say};
use super::layout::{Layout, Place, show as show_page};
use super::session::Session;
use super::words::{Kind, State as StateWords, when};
use crate::domain::ids::ImportId;
use crate::domain::plan::Reason;
use crate::domain::undo::{Reversal, UndoStatus};
use crate::service::undo::{self, UndoItemRow, UndoRow, UndoView};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoLine {
    /// Its name.
    pub name: String,
    /// What is reversed.
    pub reversal: String,
    /// How far it is; nothing before somebody has asked.
    pub state: Option<StateWords>,
    /// Why it is not reversed; empty if it is.
    pub reason: String,
    /// What stays.
    pub remains: Vec<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "undo.html")]
pub struct UndoPage {
    /// The frame around it.
    pub layout: Layout,
    /// Where the integration is.
    pub integration: String,
    /// Where the undo is.
    pub address: String,
    /// It can be asked for now.
    pub is_possible: bool,
    /// Until when.
    pub until: String,
    /// The customer that has to be decided about first; empty if there is none.
    pub undecided: String,
    /// When an undo that stands still is tried again; empty if it does not.
    pub next_try: String,
    /// Where it stands, once somebody has asked for it.
    pub state: Option<StateWords>,
    /// Who asked, and when.
    pub requested: String,
    /// Why it stands still; empty if it does not.
    pub waiting_for: String,
    /// How many customers.
    pub customers: usize,
    /// The last customer of the import first.
    pub lines: Vec<UndoLine>,
}

/// `GET …/imports/{id}/undo`.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    let view = undo::view(&state.app, session.caller.partner_id, id).await?;
    show_page(&page(Layout::of(&session, session.words.t("undo"), Place::Imports), &session.base(), &view))
}

/// `POST …/imports/{id}/undo`.
pub async fn start(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    state.sign_in.ask_again(&state.app, &session.holder).await?;
    undo::start(&state.app, &session.caller, id).await?;
    Ok(see_other(&format!("{}/imports/{id}/undo", session.base())))
}

fn page(mut layout: Layout, base: &str, view: &UndoView) -> UndoPage {
    let words = layout.words;
    let address = format!("{base}/imports/{}/undo", view.import_id);
    layout.reloads = view.undo.as_ref().is_some_and(|undo| !undo.is_finished);
    UndoPage {
        layout,
        integration: format!("{base}/imports/{}/integration", view.import_id),
        address,
        is_possible: view.is_possible || view.undo.as_ref().is_some_and(UndoRow::is_halted),
        undecided: view.undecided.clone().unwrap_or_default(),
        next_try: view
            .undo
            .as_ref()
            .filter(|undo| undo.waiting_for.is_some())
            .and_then(|undo| undo.next_try_at)
            .map(|at| when(words, at))
            .unwrap_or_default(),
        until: view.possible_until.map(|at| when(words, at)).unwrap_or_default(),
        state: view.undo.as_ref().map(|undo| state(words, undo.is_finished, view)),
        requested: view
            .undo
            .as_ref()
            .map(|undo| say!(words, "undo-asked", when = when(words, undo.requested_at), name = &undo.requested_by))
            .unwrap_or_default(),
        waiting_for: view
            .undo
            .as_ref()
            .and_then(|undo| undo.waiting_for.as_ref())
            .map(|reason| words.told(&reason.message).into_owned())
            .unwrap_or_default(),
        customers: view.items.len(),
        lines: view.items.iter().map(|row| line(words, row, view.undo.is_some())).collect(),
    }
}

fn state(words: Words, is_finished: bool, view: &UndoView) -> StateWords {
    if !is_finished {
        return StateWords::of(words, Kind::Busy, "undo-running");
    }
    if view.count(UndoStatus::Refused) > 0 {
        return StateWords::of(words, Kind::Warning, "undo-partly");
    }
    StateWords::of(words, Kind::Good, "undone")
}

fn line(words: Words, row: &UndoItemRow, is_begun: bool) -> UndoLine {
    let (kind, key) = match row.progress.status {
        UndoStatus::Queued => (Kind::Idle, "item-queued"),
        UndoStatus::Undone => (Kind::Good, "undone"),
        UndoStatus::Refused => (Kind::Bad, "not-undone"),
    };
    let told = |reason: &Reason| words.told(&reason.message).into_owned();
    UndoLine {
        name: row.item.organization_name.clone(),
        reversal: reversal(words, &row.item.reversal),
        state: is_begun.then(|| StateWords::of(words, kind, key)),
        reason: row.progress.reason.as_ref().map(told).unwrap_or_default(),
        remains: row.item.remains.iter().map(told).collect(),
    }
}

fn reversal(words: Words, reversal: &Reversal) -> String {
    match reversal {
        Reversal::Suspend { .. } => words.t("undo-suspends").into_owned(),
        Reversal::RestoreUnits { units, .. } => say!(words, "undo-restores", count = *units),
        Reversal::Unlink => words.t("undo-unlinks").into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AccountId, OrganizationId, SubscriptionId};
    use crate::domain::undo::UndoItem;
    use crate::domain::undo::reverse::Progress;
    use crate::web::language::english;

    #[test]
    fn what_happens_is_told_before_and_how_it_went_after() {
        let reversal = Reversal::RestoreUnits {
            account_id: AccountId::parse("a").unwrap(),
            subscription_id: SubscriptionId::parse("s").unwrap(),
            units: 1,
            imported: None,
        };
        let item = UndoItem {
            organization_id: OrganizationId::parse("7").unwrap(),
            organization_name: "Acme".to_owned(),
            position: 1,
            reversal,
            remains: vec![Reason::new("account_stays", "It stays.")],
        };
        let mut row = UndoItemRow { item, progress: Progress::new() };
        let before = line(english(), &row, false);
        assert_eq!(before.reversal, "The subscription has 1 seat again, and the link is removed.");
        assert_eq!((before.state, before.remains), (None, vec!["It stays.".to_owned()]));
        row.progress.status = UndoStatus::Refused;
        row.progress.reason = Some(Reason::new("not_reversed", "No."));
        let after = line(english(), &row, true);
        assert_eq!((after.state.map(|state| state.kind), after.reason.as_str()), (Some("bad"), "No."));
    }
}
