//! Customers from a table instead of the screens: the same rules, the same plan, the same integration.

mod resolve;
mod table;

pub use table::{LineError, Row, guarded, read, write};

use super::imports::{self, AccountsStep, Mode, NotificationsStep, ServicePlanItem, ServicePlansStep, TemplatesStep};
use super::inventory::{self, OrganizationQuery};
use super::page::{MAX_LIMIT, PageQuery};
use super::{App, Caller, ServiceError};
use crate::domain::field::FieldError;
use crate::domain::ids::{ImportId, OrganizationId, PartnerId};
use crate::domain::import::Import;
use crate::storage;
use crate::storage::tenancy;
use resolve::Resolved;
use std::time::Duration;

/// How long contacts that are being read are waited for.
const CONTACTS: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Why there is no import.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// Lines of the table are wrong; all of them. Nothing was kept.
    #[error("{} lines of the table need attention", .0.len())]
    Lines(Vec<LineError>),
    /// Nothing of the table is left to be done.
    #[error("every customer of the table is imported already")]
    NothingToDo,
    /// As for any import.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<sqlx::Error> for MappingError {
    fn from(error: sqlx::Error) -> Self {
        Self::Service(error.into())
    }
}

/// A draft made from a table.
#[derive(Debug)]
pub struct Prepared {
    /// It can be planned.
    pub import: Import,
    /// Organizations of the table that are linked to the account named, or to any where none is named.
    pub already_imported: Vec<String>,
}

/// Makes a draft from a table and takes it through all steps. On mistakes all of them are told and the draft is removed.
pub async fn prepare(
    app: &App,
    caller: &Caller,
    rows: Vec<(u64, Row)>,
    send_all_to_partner: bool,
) -> Result<Prepared, MappingError> {
    let resolved = resolve::organizations(app, caller.partner_id, rows).await?;
    let already_imported = resolved.already_imported;
    let rows = resolved.rows;
    if rows.is_empty() {
        return Err(MappingError::NothingToDo);
    }
    let ids: Vec<_> = rows.iter().map(|row| row.organization.clone()).collect();
    let import = imports::create(app, caller, &ids).await.map_err(|error| lines(error, &rows))?;
    let id = import.id;
    let filled = fill(app, caller, import, &rows, send_all_to_partner).await;
    match filled {
        Ok(import) => Ok(Prepared { import, already_imported }),
        Err(error) => {
            discard(app, caller, id).await?;
            Err(error)
        }
    }
}

async fn fill(
    app: &App,
    caller: &Caller,
    import: Import,
    rows: &[Resolved],
    send_all_to_partner: bool,
) -> Result<Import, MappingError> {
    let import = with_contacts(app, caller.partner_id, import).await?;
    let choices = resolve::choices(app, caller.partner_id, &import, rows).await?;
    let (id, version) = (import.id, import.version);
    let items = choices.iter().map(|choice| (choice.organization.clone(), choice.account.clone())).collect();
    let import = imports::put_accounts(app, caller, id, AccountsStep { version, items }, Mode::Confirm).await?;
    let recipients = rows.iter().filter(|row| !row.cells.notify.is_empty());
    let recipients = recipients.map(|row| (row.organization.clone(), row.cells.notify.clone())).collect();
    let step = NotificationsStep { version: import.version, send_all_to_partner, recipients };
    let import = imports::put_notifications(app, caller, id, step, Mode::Confirm).await?;
    let items = choices.iter().map(|choice| ServicePlanItem {
        organization_id: choice.organization.clone(),
        service_plan_id: choice.service_plan.clone(),
        seats: choice.seats,
    });
    let step = ServicePlansStep { version: import.version, items: items.collect(), order: None };
    let import = imports::put_service_plans(app, caller, id, step, Mode::Confirm).await?;
    let items = choices.iter().map(|choice| (choice.organization.clone(), choice.template.clone())).collect();
    let step = TemplatesStep { version: import.version, items };
    let import = imports::put_templates(app, caller, id, step, Mode::Confirm).await?;
    let problems = import.items.iter().flat_map(|item| import.problems(item)).collect::<Vec<_>>();
    if problems.is_empty() { Ok(import) } else { Err(MappingError::Lines(errors(&problems, rows))) }
}

/// The draft once the contacts that its rows lack have been read, if somebody reads them.
async fn with_contacts(app: &App, partner: PartnerId, import: Import) -> Result<Import, ServiceError> {
    let give_up = tokio::time::Instant::now() + CONTACTS;
    while imports::contacts_pending(app, partner, import.id).await? > 0 && tokio::time::Instant::now() < give_up {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    imports::load(app, partner, import.id).await
}

/// Removes a draft. One that has been started stays.
pub async fn discard(app: &App, caller: &Caller, import: ImportId) -> Result<bool, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, caller.partner_id).await?;
    let discarded = storage::mapping::discard_draft(&mut transaction, caller.partner_id, import).await?;
    transaction.commit().await?;
    Ok(discarded)
}

/// The same mistakes by lines of the table.
fn errors(problems: &[FieldError], rows: &[Resolved]) -> Vec<LineError> {
    let error = |problem: &FieldError| {
        let row = problem.organization_id.as_ref().and_then(|id| rows.iter().find(|row| row.organization == *id));
        let field = problem.path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
        let message = match field {
            "" | "account" => problem.message.clone(),
            field => format!("{field}: {}", problem.message),
        };
        row.map_or_else(
            || LineError::of_the_file(&message),
            |row| LineError::at(row.line, row.cells.called(), &message),
        )
    };
    problems.iter().map(error).collect()
}

fn lines(error: ServiceError, rows: &[Resolved]) -> MappingError {
    let held = |id: &OrganizationId, message: String| {
        let row = rows.iter().find(|row| row.organization == *id);
        row.map_or_else(
            || LineError::of_the_file(&message),
            |row| LineError::at(row.line, row.cells.called(), &message),
        )
    };
    match error {
        ServiceError::ValidationFailed(problems) => MappingError::Lines(errors(&problems, rows)),
        ServiceError::OrganizationImporting(busy) => MappingError::Lines(
            busy.iter()
                .map(|one| held(&one.organization_id, format!("Being imported by {} since {}.", one.by, one.at)))
                .collect(),
        ),
        other => MappingError::Service(other),
    }
}

/// The table of a partner's customers: those that are linked and, if asked for, all others with the account that is proposed for them.
pub async fn export(app: &App, partner: PartnerId, with_unlinked: bool) -> Result<Vec<Row>, ServiceError> {
    let mut rows = Vec::new();
    let mut cursor = None;
    loop {
        let linked = (!with_unlinked).then_some(true);
        let page = PageQuery { cursor, limit: MAX_LIMIT };
        let page =
            inventory::organizations(app, partner, &OrganizationQuery { linked, page, ..Default::default() }).await?;
        rows.extend(page.data.into_iter().map(row));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

fn row(view: inventory::OrganizationView) -> Row {
    let mut row = Row { organization_id: view.id.to_string(), organization: view.name, ..Row::default() };
    if let Some(link) = view.link {
        row.account_id = link.account_id.to_string();
        row.account = link.account_name;
        row.plan = link.service_plan_name.unwrap_or_default();
        row.seats = link.seats.map(|seats| seats.to_string()).unwrap_or_default();
        row.template = link.template_id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    } else if let Some(found) = view.best_match.filter(|found| found.exact) {
        row.account_id = found.account_id.to_string();
        row.account = found.name;
    }
    row
}
