//! *Assign Template*, and the summary of exactly what **Integrate** will do.

use super::WebState;
use super::accounts::{Choice, Problem};
use super::change::{ChangeRow, rows as change_rows};
use super::error::WebError;
use super::form::{Fields, row_name};
use super::language::{Words, say};
use super::layout::{Layout, Place, show_as};
use super::plan_summary::Summary;
use super::session::Session;
use super::wizard::{Then, Wizard, open, stored};
use super::words::step_title;
use crate::domain::ids::{ImportId, OrganizationId, TemplateId};
use crate::domain::import::{AccountChoice, Import, ImportItem, Step};
use crate::http::status::detail;
use crate::service::error::Change;
use crate::service::imports::{self, Mode, TemplatesStep, put_templates};
use crate::service::{ServiceError, caps, prices};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

/// One customer and its template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRow {
    /// Id of the row in the page.
    pub anchor: String,
    /// The customer.
    pub name: String,
    /// Its short code.
    pub reference: String,
    /// Its account.
    pub account: String,
    /// Name of the drop-down.
    pub select_name: String,
    /// The templates.
    pub choices: Vec<Choice>,
    /// The account existed before and would get a template.
    pub warns: bool,
    /// What is wrong with the choice.
    pub problem: String,
}

/// Step 4.
#[derive(Template)]
#[template(path = "templates.html")]
pub struct TemplatesPage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// All problems.
    pub problems: Vec<Problem>,
    /// Whether templates are offered.
    pub remote_manager: bool,
    /// The templates, to set one for all rows.
    pub choices: Vec<Choice>,
    /// Rows, in list order.
    pub rows: Vec<TemplateRow>,
    /// What Integrate will do, once that is known.
    pub summary: Option<Summary>,
    /// Why there is no summary yet; empty if there is.
    pub blocked: String,
    /// The cap that Integrate would be refused for now; empty if none is in the way.
    pub capped: String,
    /// What changed in the plan since it was looked at.
    pub changes: Vec<ChangeRow>,
    /// The plan has changed since it was looked at.
    pub plan_changed: bool,
}

/// `GET …/imports/{id}/templates`.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Templates).await?;
    show_as(StatusCode::OK, &with_summary(&state, &session, &import).await?)
}

/// The page after Integrate, when the plan is not the one that was looked at any more.
pub async fn show_changed(
    state: &WebState,
    session: &Session,
    id: ImportId,
    changes: &[Change],
) -> Result<Response, WebError> {
    let import = open(state, session, id, Step::Templates).await?;
    let mut page = with_summary(state, session, &import).await?;
    page.changes = change_rows(session.words, &import, changes);
    page.plan_changed = true;
    show_as(StatusCode::CONFLICT, &page)
}

async fn with_summary(state: &WebState, session: &Session, import: &Import) -> Result<TemplatesPage, WebError> {
    let layout = Layout::of(session, step_title(session.words, Step::Templates), Place::Imports);
    let mut page = page(layout, &session.base(), import);
    if import.next_step() != Step::Ready {
        return Ok(page);
    }
    match imports::plan_of(&state.app, session.caller.partner_id, import).await {
        Ok(plan) => {
            let difference = prices::difference(&state.app, session.caller.partner_id, import, &plan).await?;
            let reached = caps::reached(&state.app, session.caller.partner_id, &plan).await?;
            page.capped = reached.map(|cap| said(session.words, &ServiceError::CapReached(cap))).unwrap_or_default();
            page.summary = Some(Summary::of(session.words, &plan, import, difference.as_ref()));
        }
        Err(error @ (ServiceError::Unavailable(_) | ServiceError::Internal(_) | ServiceError::NotFound)) => {
            return Err(error.into());
        }
        Err(error) => page.blocked = said(session.words, &error),
    }
    Ok(page)
}

fn said(words: Words, error: &ServiceError) -> String {
    words.told(&detail(error)).into_owned()
}

/// The page of an import, without the summary.
pub fn page(layout: Layout, base: &str, import: &Import) -> TemplatesPage {
    let words = layout.words;
    let rows: Vec<_> = import.items.iter().map(|item| row(words, import, item)).collect();
    let broken = rows.iter().filter(|row| !row.problem.is_empty());
    let problem = |row: &TemplateRow| Problem {
        anchor: format!("{}-template", row.anchor),
        customer: row.name.clone(),
        text: row.problem.clone(),
    };
    TemplatesPage {
        layout,
        wizard: Wizard::of(words, import, base, Step::Templates),
        problems: broken.map(problem).collect(),
        remote_manager: import.catalog.remote_manager,
        choices: choices(words, import, None),
        rows,
        summary: None,
        blocked: String::new(),
        capped: String::new(),
        changes: Vec::new(),
        plan_changed: false,
    }
}

fn row(words: Words, import: &Import, item: &ImportItem) -> TemplateRow {
    let (account, exists) = match &item.account {
        Some(AccountChoice::Create(draft)) => (draft.company.name.clone().unwrap_or_default(), false),
        Some(AccountChoice::Existing { account_id }) => {
            (item.account_name.clone().unwrap_or_else(|| account_id.to_string()), true)
        }
        None => (String::new(), false),
    };
    let problem = import.problems_at(item, Step::Templates).into_iter().next();
    TemplateRow {
        anchor: format!("r{}", item.position),
        name: item.organization_name.clone(),
        reference: item.reference.clone().unwrap_or_default(),
        account,
        select_name: row_name(&item.organization_id, "template"),
        choices: choices(words, import, item.template_id.as_ref()),
        warns: exists && item.template_id.is_some(),
        problem: problem.map(|problem| words.told(&problem.message).into_owned()).unwrap_or_default(),
    }
}

fn choices(words: Words, import: &Import, chosen: Option<&TemplateId>) -> Vec<Choice> {
    let default = Choice {
        value: String::new(),
        label: words.t("trend-micro-default").into_owned(),
        is_selected: chosen.is_none(),
    };
    let known = import.catalog.templates.iter().map(|template| Choice {
        value: template.id.as_str().to_owned(),
        label: template.name.clone(),
        is_selected: chosen == Some(&template.id),
    });
    let gone = chosen.filter(|id| import.catalog.template(id).is_none());
    let gone = gone.map(|id| Choice {
        value: id.as_str().to_owned(),
        label: say!(words, "templates-gone", id = id.as_str()),
        is_selected: true,
    });
    std::iter::once(default).chain(known).chain(gone).collect()
}

/// `POST …/imports/{id}/templates`: Next stores and shows the summary.
pub async fn save(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::Templates).await?;
    let confirmed = fields.one("go") == Some("next");
    let mode = if confirmed { Mode::Confirm } else { Mode::Save };
    let then = if confirmed { Then::Next } else { Then::Stay("templates".into()) };
    let result = put_templates(&state.app, &session.caller, id, step(&import, &fields), mode).await;
    stored(&state, &session, (id, Step::Templates), (&fields, then), result).await
}

fn step(import: &Import, fields: &Fields) -> TemplatesStep {
    let for_all = fields.one("all_template").filter(|_| fields.one("go") == Some("apply"));
    let item = |item: &ImportItem| -> (OrganizationId, Option<TemplateId>) {
        let text = for_all.or_else(|| fields.row(&item.organization_id, "template"));
        let template = text.map_or_else(|| item.template_id.clone(), |text| TemplateId::parse(text).ok());
        (item.organization_id.clone(), template)
    };
    TemplatesStep { version: fields.version(), items: import.items.iter().map(item).collect() }
}
