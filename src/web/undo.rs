//! Taking an import back: what that reverses, what stays, and how far it is.

use super::WebState;
use super::error::{WebError, see_other};
use super::layout::{Layout, Place, show as show_page};
use super::session::Session;
use super::words::{State as StateWords, count, when};
use crate::domain::ids::ImportId;
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
    /// Where it stands, once somebody has asked for it.
    pub state: Option<StateWords>,
    /// Who asked, and when.
    pub requested: String,
    /// Why it stands still; empty if it does not.
    pub waiting_for: String,
    /// How many customers.
    pub customers: String,
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
    show_page(&page(Layout::of(&session, "Undo this import", Place::Imports), &session.base(), &view))
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
    let address = format!("{base}/imports/{}/undo", view.import_id);
    layout.reloads = view.undo.as_ref().is_some_and(|undo| !undo.is_finished);
    UndoPage {
        layout,
        integration: format!("{base}/imports/{}/integration", view.import_id),
        address,
        is_possible: view.is_possible || view.undo.as_ref().is_some_and(UndoRow::is_halted),
        until: view.possible_until.map(when).unwrap_or_default(),
        state: view.undo.as_ref().map(|undo| state(undo.is_finished, view)),
        requested: view
            .undo
            .as_ref()
            .map(|undo| format!("Asked for {} by {}", when(undo.requested_at), undo.requested_by))
            .unwrap_or_default(),
        waiting_for: view
            .undo
            .as_ref()
            .and_then(|undo| undo.waiting_for.as_ref())
            .map(|reason| reason.message.clone())
            .unwrap_or_default(),
        customers: count(view.items.len() as u64, "customer"),
        lines: view.items.iter().map(|row| line(row, view.undo.is_some())).collect(),
    }
}

fn state(is_finished: bool, view: &UndoView) -> StateWords {
    if !is_finished {
        return StateWords { word: "Being undone", shape: "◐", kind: "busy" };
    }
    if view.count(UndoStatus::Refused) > 0 {
        return StateWords { word: "Not everything could be undone", shape: "▲", kind: "warning" };
    }
    StateWords { word: "Undone", shape: "✓", kind: "good" }
}

fn line(row: &UndoItemRow, is_begun: bool) -> UndoLine {
    let state = match row.progress.status {
        UndoStatus::Queued => StateWords { word: "Waiting for its turn", shape: "○", kind: "idle" },
        UndoStatus::Undone => StateWords { word: "Undone", shape: "✓", kind: "good" },
        UndoStatus::Refused => StateWords { word: "Not undone", shape: "✕", kind: "bad" },
    };
    UndoLine {
        name: row.item.organization_name.clone(),
        reversal: reversal(&row.item.reversal),
        state: is_begun.then_some(state),
        reason: row.progress.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default(),
        remains: row.item.remains.iter().map(|reason| reason.message.clone()).collect(),
    }
}

fn reversal(reversal: &Reversal) -> String {
    match reversal {
        Reversal::Suspend { .. } => "The subscription is suspended and the link removed.".to_owned(),
        Reversal::RestoreUnits { units, .. } => {
            format!("The subscription has {} again, and the link is removed.", count(*units, "seat"))
        }
        Reversal::Unlink => "The link is removed.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AccountId, OrganizationId, SubscriptionId};
    use crate::domain::plan::Reason;
    use crate::domain::undo::UndoItem;
    use crate::domain::undo::reverse::Progress;

    #[test]
    fn what_happens_is_told_before_and_how_it_went_after() {
        let reversal = Reversal::RestoreUnits {
            account_id: AccountId::parse("a").unwrap(),
            subscription_id: SubscriptionId::parse("s").unwrap(),
            units: 1,
        };
        let item = UndoItem {
            organization_id: OrganizationId::parse("7").unwrap(),
            organization_name: "Acme".to_owned(),
            position: 1,
            reversal,
            remains: vec![Reason::new("account_stays", "It stays.")],
        };
        let mut row = UndoItemRow { item, progress: Progress::new() };
        let before = line(&row, false);
        assert_eq!(before.reversal, "The subscription has 1 seat again, and the link is removed.");
        assert_eq!((before.state, before.remains), (None, vec!["It stays.".to_owned()]));
        row.progress.status = UndoStatus::Refused;
        row.progress.reason = Some(Reason::new("not_reversed", "No."));
        let after = line(&row, true);
        assert_eq!((after.state.map(|state| state.kind), after.reason.as_str()), (Some("bad"), "No."));
    }
}
