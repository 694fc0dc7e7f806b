//! What people call things, found in the mirror. A name that fits two things is never guessed at.

use super::super::{App, ServiceError};
use super::MappingError;
use super::table::{LineError, Row};
use crate::domain::account::NewAccountDraft;
use crate::domain::ids::{AccountId, OrganizationId, PartnerId, ServicePlanId, TemplateId};
use crate::domain::import::{AccountChoice, Import, ImportItem, MAX_ITEMS};
use crate::storage::mapping::{self, FoundOrganization};
use crate::storage::tenancy;
use std::collections::HashMap;

/// A line whose organization has been found.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) line: u64,
    pub(super) cells: Row,
    pub(super) organization: OrganizationId,
}

/// The lines of a table by whether anything is to be done.
#[derive(Debug)]
pub(super) struct Organizations {
    pub(super) rows: Vec<Resolved>,
    pub(super) already_imported: Vec<String>,
}

/// What a line chooses.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) organization: OrganizationId,
    pub(super) account: Option<AccountChoice>,
    pub(super) service_plan: Option<ServicePlanId>,
    pub(super) seats: Option<u32>,
    pub(super) template: Option<TemplateId>,
}

/// Finds the organizations of all lines.
pub(super) async fn organizations(
    app: &App,
    partner: PartnerId,
    rows: Vec<(u64, Row)>,
) -> Result<Organizations, MappingError> {
    let texts: Vec<_> = rows.iter().map(|(_, row)| row.called().to_lowercase()).collect();
    let account_texts: Vec<_> = rows.iter().map(|(_, row)| row.account_called().to_lowercase()).collect();
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let known = mapping::organizations(&mut transaction, partner, &texts).await?;
    let accounts = mapping::accounts(&mut transaction, partner, &account_texts).await?;
    drop(transaction);
    let mut found = Organizations { rows: Vec::new(), already_imported: Vec::new() };
    let mut errors = Vec::new();
    let mut line_of: HashMap<OrganizationId, u64> = HashMap::new();
    for (line, cells) in rows {
        let organization = match organization(&cells, &known) {
            Ok(organization) => organization,
            Err(message) => {
                errors.push(LineError::at(line, cells.called(), message));
                continue;
            }
        };
        if let Some(first) = line_of.insert(organization.id.clone(), line) {
            errors.push(LineError::at(line, cells.called(), format!("Line {first} names the same organization.")));
            continue;
        }
        match &organization.linked_to {
            None => found.rows.push(Resolved { line, cells, organization: organization.id.clone() }),
            Some(account) if is_same_account(&cells, account, &accounts) => {
                found.already_imported.push(organization.name.clone());
            }
            Some(account) => {
                let message = format!(
                    "This organization is linked to the account {account} already. Remove the line, or name that account."
                );
                errors.push(LineError::at(line, cells.called(), message));
            }
        }
    }
    if found.rows.len() > MAX_ITEMS {
        errors.push(LineError::of_the_file(format!("An import has at most {MAX_ITEMS} customers. Divide the table.")));
    }
    if errors.is_empty() { Ok(found) } else { Err(MappingError::Lines(errors)) }
}

/// Whether what a line says of the account of a linked organization has come about: a table that was imported may be used again.
fn is_same_account(cells: &Row, linked: &AccountId, accounts: &[(AccountId, String)]) -> bool {
    let called = cells.account_called();
    let asks_for_none = called.is_empty() || (cells.account_id.is_empty() && called.eq_ignore_ascii_case("new"));
    let is_name = |(id, name): &(AccountId, String)| id == linked && name.to_lowercase() == called.to_lowercase();
    asks_for_none || called.eq_ignore_ascii_case(linked.as_str()) || accounts.iter().any(is_name)
}

/// By id, then by short code, then by name.
fn organization<'a>(cells: &Row, known: &'a [FoundOrganization]) -> Result<&'a FoundOrganization, String> {
    let called = cells.called().to_lowercase();
    if let Some(exact) = known.iter().find(|one| one.id.as_str() == called) {
        return Ok(exact);
    }
    let by_reference =
        |one: &&FoundOrganization| one.reference.as_deref().is_some_and(|text| text.to_lowercase() == called);
    let by_name = |one: &&FoundOrganization| one.name.to_lowercase() == called;
    let fitting: Vec<_> = match known.iter().filter(by_reference).collect::<Vec<_>>() {
        fitting if fitting.is_empty() => known.iter().filter(by_name).collect(),
        fitting => fitting,
    };
    match fitting.as_slice() {
        [one] if cells.organization_id.is_empty() => Ok(one),
        [] | [_] => Err("There is no such organization. Refresh the inventory if it is new.".to_owned()),
        several => {
            let ids: Vec<_> = several.iter().map(|one| one.id.as_str()).collect();
            Err(format!(
                "Several organizations are called so; put one of these into organization_id: {}.",
                ids.join(", ")
            ))
        }
    }
}

/// Finds everything else the lines name; what they leave empty is taken as it is proposed.
pub(super) async fn choices(
    app: &App,
    partner: PartnerId,
    import: &Import,
    rows: &[Resolved],
) -> Result<Vec<Choice>, MappingError> {
    let texts: Vec<_> = rows.iter().map(|row| row.cells.account_called().to_lowercase()).collect();
    let accounts = mapping::accounts(&mut *tenancy::begin(&app.pool, partner).await?, partner, &texts).await?;
    let items: HashMap<_, _> = import.items.iter().map(|item| (&item.organization_id, item)).collect();
    let (mut choices, mut errors) = (Vec::new(), Vec::new());
    for row in rows {
        let item = items.get(&row.organization).ok_or_else(|| ServiceError::Internal("a row is missing".to_owned()))?;
        match choice(row, item, import, &accounts) {
            Ok(choice) => choices.push(choice),
            Err(messages) => {
                errors.extend(messages.into_iter().map(|message| LineError::at(row.line, row.cells.called(), message)));
            }
        }
    }
    if errors.is_empty() { Ok(choices) } else { Err(MappingError::Lines(errors)) }
}

fn choice(
    row: &Resolved,
    item: &ImportItem,
    import: &Import,
    accounts: &[(AccountId, String)],
) -> Result<Choice, Vec<String>> {
    let cells = &row.cells;
    let account = account(cells, item, accounts);
    let plans = import.catalog.service_plans.iter().map(|plan| (&plan.id, plan.id.as_str(), plan.name.as_str()));
    let plan = named("plan", &cells.plan, plans).map(|plan| plan.or_else(|| item.service_plan_id.clone()));
    let templates = import.catalog.templates.iter().map(|one| (&one.id, one.id.as_str(), one.name.as_str()));
    let template = match cells.template.as_str() {
        "" => Ok(item.template_id.clone()),
        "none" => Ok(None),
        called => named("template", called, templates),
    };
    let seats = match cells.seats.as_str() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| format!("seats: {text:?} is no number of seats.")),
    };
    match (account, plan, seats, template) {
        (Ok(account), Ok(service_plan), Ok(seats), Ok(template)) => {
            Ok(Choice { organization: row.organization.clone(), account, service_plan, seats, template })
        }
        (account, plan, seats, template) => {
            Err([account.err(), plan.err(), seats.err(), template.err()].into_iter().flatten().collect())
        }
    }
}

fn account(cells: &Row, item: &ImportItem, accounts: &[(AccountId, String)]) -> Result<Option<AccountChoice>, String> {
    let called = cells.account_called();
    if called.is_empty() {
        return Ok(item.account.clone().map(|choice| match choice {
            AccountChoice::Create(draft) => AccountChoice::Create(overlaid(draft, cells)),
            existing @ AccountChoice::Existing { .. } => existing,
        }));
    }
    if cells.account_id.is_empty() && called.eq_ignore_ascii_case("new") {
        let draft = if let Some(AccountChoice::Create(draft)) = &item.account {
            draft.clone()
        } else {
            // An account was proposed instead: of a new one nothing is known but the name.
            let mut draft = NewAccountDraft::default();
            draft.company.name = Some(item.organization_name.clone());
            draft
        };
        return Ok(Some(AccountChoice::Create(overlaid(draft, cells))));
    }
    let known = accounts.iter().map(|(id, name)| (id, id.as_str(), name.as_str()));
    named("account", called, known).map(|found| found.map(|account_id| AccountChoice::Existing { account_id }))
}

fn overlaid(mut draft: NewAccountDraft, cells: &Row) -> NewAccountDraft {
    let fields = [
        (&mut draft.company.name, &cells.company_name),
        (&mut draft.company.address, &cells.address),
        (&mut draft.company.city, &cells.city),
        (&mut draft.company.state, &cells.state),
        (&mut draft.company.postal_code, &cells.postal_code),
        (&mut draft.company.country, &cells.country),
        (&mut draft.contact.first_name, &cells.first_name),
        (&mut draft.contact.last_name, &cells.last_name),
        (&mut draft.contact.email, &cells.email),
    ];
    for (field, cell) in fields {
        if !cell.is_empty() {
            *field = Some(cell.clone());
        }
    }
    draft
}

/// The one thing of this id or, failing that, of this name. Nothing for an empty text.
fn named<'a, Id: Clone + 'a>(
    what: &str,
    called: &str,
    known: impl Iterator<Item = (&'a Id, &'a str, &'a str)>,
) -> Result<Option<Id>, String> {
    if called.is_empty() {
        return Ok(None);
    }
    let fitting: Vec<_> = known
        .filter(|(_, id, name)| id.eq_ignore_ascii_case(called) || name.to_lowercase() == called.to_lowercase())
        .collect();
    if let Some((id, _, _)) = fitting.iter().find(|(_, id, _)| id.eq_ignore_ascii_case(called)) {
        return Ok(Some((*id).clone()));
    }
    match fitting.as_slice() {
        [(id, _, _)] => Ok(Some((*id).clone())),
        [] => Err(format!("{what}: There is no {what} {called:?}.")),
        several => {
            let ids: Vec<_> = several.iter().map(|(_, id, _)| *id).collect();
            Err(format!("{what}: Several are called {called:?}; use one of these ids: {}.", ids.join(", ")))
        }
    }
}
