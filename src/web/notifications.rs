//! *Trend Micro Customer Notifications*.

use super::WebState;
use super::accounts::Problem;
use super::error::WebError;
use super::form::{Field, Fields, row_name};
use super::language::Words;
use super::layout::{Layout, Place, show as show_page};
use super::session::Session;
use super::wizard::{Then, Wizard, open, stored};
use super::words::step_title;
use crate::domain::ids::ImportId;
use crate::domain::import::{Import, ImportItem, Step};
use crate::service::imports::{Mode, NotificationsStep, put_notifications};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

/// One customer's own address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientRow {
    /// Id of the row in the page.
    pub anchor: String,
    /// The customer.
    pub name: String,
    /// Its short code.
    pub reference: String,
    /// The address.
    pub field: Field,
}

/// Step 2.
#[derive(Template)]
#[template(path = "notifications.html")]
pub struct NotificationsPage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// All problems.
    pub problems: Vec<Problem>,
    /// Everything goes to the partner.
    pub send_all: bool,
    /// The partner's registered address.
    pub partner_email: String,
    /// Whether Worry-Free notifications can be set.
    pub remote_manager: bool,
    /// Rows, in list order.
    pub rows: Vec<RecipientRow>,
}

/// `GET …/imports/{id}/notifications`.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Notifications).await?;
    let layout = Layout::of(&session, step_title(session.words, Step::Notifications), Place::Imports);
    show_page(&page(layout, &session.base(), &import))
}

/// The page of an import.
pub fn page(layout: Layout, base: &str, import: &Import) -> NotificationsPage {
    let words = layout.words;
    let rows: Vec<_> = import.items.iter().map(|item| row(words, import, item)).collect();
    let broken = rows.iter().filter(|row| !row.field.problem.is_empty());
    let problem = |row: &RecipientRow| Problem {
        anchor: row.field.id.clone(),
        customer: row.name.clone(),
        text: row.field.problem.clone(),
    };
    NotificationsPage {
        layout,
        wizard: Wizard::of(words, import, base, Step::Notifications),
        problems: broken.map(problem).collect(),
        send_all: import.send_all_to_partner,
        partner_email: import.partner_email.clone(),
        remote_manager: import.catalog.remote_manager,
        rows,
    }
}

fn row(words: Words, import: &Import, item: &ImportItem) -> RecipientRow {
    let problem = import.problems_at(item, Step::Notifications).into_iter().next();
    let field = Field {
        name: row_name(&item.organization_id, "recipient"),
        id: format!("r{}-recipient", item.position),
        label: words.t("notifications-address"),
        value: item.recipient().unwrap_or_default().to_owned(),
        kind: "email",
        list: "",
        required: false,
        problem: problem.map(|problem| words.told(&problem.message).into_owned()).unwrap_or_default(),
    };
    RecipientRow {
        anchor: format!("r{}", item.position),
        name: item.organization_name.clone(),
        reference: item.reference.clone().unwrap_or_default(),
        field,
    }
}

/// `POST …/imports/{id}/notifications`.
pub async fn save(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Notifications).await?;
    let confirmed = fields.one("go") == Some("next");
    let mode = if confirmed { Mode::Confirm } else { Mode::Save };
    let then = if confirmed { Then::Next } else { Then::Stay("notifications".into()) };
    let result = put_notifications(&state.app, &session.caller, id, step(&import, &fields), mode).await;
    stored(&state, &session, (id, Step::Notifications), (&fields, then), result).await
}

/// Only addresses that differ from what was shown are sent: the others go on following the contact.
fn step(import: &Import, fields: &Fields) -> NotificationsStep {
    let entered = |item: &ImportItem| {
        let text = fields.row(&item.organization_id, "recipient")?.trim();
        let is_new = text != item.recipient().unwrap_or_default().trim();
        is_new.then(|| (item.organization_id.clone(), text.to_owned()))
    };
    NotificationsStep {
        version: fields.version(),
        send_all_to_partner: fields.is_set("send_all"),
        recipients: import.items.iter().filter_map(entered).collect(),
    }
}
