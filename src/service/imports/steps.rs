//! Storing the steps of the wizard. A step is stored whole, with the next version, or not at all.

use super::{
    AccountsStep, App, Caller, FieldError, HashMap, Import, ImportId, ImportStatus, ItemWrite, Mode, NotificationsStep,
    OrganizationId, PartnerId, ServiceError, ServicePlansStep, Step, TemplatesStep, draft, enqueue_contacts,
    pending_contacts, storage,
};
use crate::domain::account::{NewAccountDraft, check_email};
use crate::domain::import::{AccountChoice, Confirmed};
use crate::domain::seats;
use crate::service::changes;
use crate::service::error::HeldAccount;
use crate::storage::tenancy;
use sqlx::{PgConnection, PgTransaction};

/// An import that is locked for a change.
struct Change<'a> {
    transaction: PgTransaction<'a>,
    partner: PartnerId,
    import: Import,
    rows: Vec<ItemWrite>,
    confirmed: Confirmed,
    send_all_to_partner: bool,
}

/// Locks a draft and checks that it still has the version the change is based on.
async fn begin<'a>(app: &App, caller: &Caller, id: ImportId, version: u32) -> Result<Change<'a>, ServiceError> {
    let partner = caller.partner_id;
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    if !storage::imports::lock(&mut transaction, partner, id).await? {
        return Err(ServiceError::NotFound);
    }
    let import = draft::load(&mut transaction, partner, id).await?.ok_or(ServiceError::NotFound)?;
    if import.status != ImportStatus::Draft {
        return Err(ServiceError::ImportNotEditable { status: import.status });
    }
    if import.version != version {
        return Err(stale(&mut transaction, partner, &import, version).await?);
    }
    let rows = storage::imports::stored_items(&mut transaction, partner, id).await?;
    let (confirmed, send_all_to_partner) = (import.confirmed, import.send_all_to_partner);
    Ok(Change { transaction, partner, import, rows, confirmed, send_all_to_partner })
}

async fn stale(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: &Import,
    version: u32,
) -> Result<ServiceError, ServiceError> {
    let before = storage::imports::snapshot(conn, partner, import.id, version).await?;
    let changes = before.map(|before| changes::between(&before, &draft::document(import))).unwrap_or_default();
    Ok(ServiceError::StaleVersion { current_version: import.version, changes })
}

impl Change<'_> {
    /// Refuses a step whose predecessors are not finished.
    fn require(&self, step: Step) -> Result<(), ServiceError> {
        let next = self.import.next_step();
        if next >= step {
            Ok(())
        } else {
            Err(ServiceError::ImportIncomplete { step: next, errors: self.import.step_problems(next) })
        }
    }

    fn row(&mut self, id: &OrganizationId) -> Option<&mut ItemWrite> {
        self.rows.iter_mut().find(|row| row.organization_id == *id)
    }

    /// Stores the rows, reads the import as it is then, and lets `check` refuse it; then commits.
    async fn store(mut self, check: impl FnOnce(&Import) -> Result<(), ServiceError>) -> Result<Import, ServiceError> {
        let (partner, id) = (self.partner, self.import.id);
        let conn = &mut self.transaction;
        storage::imports::put_items(conn, partner, id, &self.rows).await?;
        storage::imports::advance(conn, partner, id, self.confirmed, self.send_all_to_partner).await?;
        let import = draft::load(conn, partner, id).await?.ok_or(ServiceError::NotFound)?;
        check(&import)?;
        storage::imports::put_snapshot(conn, partner, id, import.version, &draft::document(&import)).await?;
        enqueue_contacts(conn, partner, id).await?;
        self.transaction.commit().await?;
        Ok(import)
    }
}

fn validated(errors: Vec<FieldError>) -> Result<(), ServiceError> {
    if errors.is_empty() { Ok(()) } else { Err(ServiceError::ValidationFailed(errors)) }
}

/// Stores step 1: the organizations and the account of each.
pub async fn put_accounts(
    app: &App,
    caller: &Caller,
    import: ImportId,
    step: AccountsStep,
    mode: Mode,
) -> Result<Import, ServiceError> {
    let mut change = begin(app, caller, import, step.version).await?;
    let partner = change.partner;
    let wanted: Vec<_> = step.items.iter().map(|(id, _)| id.clone()).collect();
    if mode == Mode::Strict {
        draft::check_organizations(&mut change.transaction, partner, &wanted, |index| {
            format!("/items/{index}/organization_id")
        })
        .await?;
    } else {
        let known: Vec<_> = change.rows.iter().map(|row| &row.organization_id).collect();
        let new: Vec<_> = wanted.iter().filter(|id| !known.contains(id)).cloned().collect();
        draft::check_organizations(&mut change.transaction, partner, &new, |index| {
            format!("/items/{index}/organization_id")
        })
        .await?;
    }
    let mut stored: HashMap<_, _> = change.rows.drain(..).map(|row| (row.organization_id.clone(), row)).collect();
    let order: Vec<_> =
        change.import.items.iter().map(|item| item.organization_id.clone()).filter(|id| wanted.contains(id)).collect();
    let joining: Vec<_> = wanted.iter().filter(|id| !stored.contains_key(id)).cloned().collect();
    for row in draft::propose(&mut change.transaction, partner, &joining).await? {
        stored.insert(row.organization_id.clone(), row);
    }
    let effective: HashMap<_, _> =
        change.import.items.iter().map(|item| (&item.organization_id, item.account.clone())).collect();
    let mut choices: HashMap<_, _> = step.items.into_iter().collect();
    for id in order.iter().chain(&joining) {
        let Some(mut row) = stored.remove(id) else { continue };
        let known = effective.get(id).and_then(|account| account.as_ref());
        // A row that joins from a screen has nothing entered yet: what is proposed for it stays.
        match choices.remove(id).flatten() {
            Some(choice) => row.account = Some(untouched(choice, known, row.account.as_ref(), mode)),
            None if joining.contains(id) => {}
            None => row.account = None,
        }
        change.rows.push(row);
    }
    change.confirmed.accounts |= mode != Mode::Save;
    let positions: HashMap<_, _> = wanted.iter().enumerate().map(|(index, id)| (id.clone(), index)).collect();
    change
        .store(|import| {
            if mode != Mode::Strict {
                return Ok(());
            }
            let problems = import.items.iter().flat_map(|item| {
                let prefix = format!("/items/{}", positions.get(&item.organization_id).copied().unwrap_or_default());
                import.problems_at(item, Step::Accounts).into_iter().map(move |problem| problem.under(&prefix))
            });
            let problems: Vec<_> = problems.collect();
            let held = held_accounts(import);
            let only_held = problems.iter().all(|problem| problem.code == "not_available");
            if only_held && !held.is_empty() { Err(ServiceError::AccountAssigned(held)) } else { validated(problems) }
        })
        .await
}

/// Fields that say what was shown stay as they are stored while somebody is only saving: entered by a person before, or
/// untouched, so that what is read later still shows.
fn untouched(
    choice: AccountChoice,
    known: Option<&AccountChoice>,
    stored: Option<&AccountChoice>,
    mode: Mode,
) -> AccountChoice {
    let AccountChoice::Create(mut draft) = choice else { return choice };
    let created = |choice: Option<&AccountChoice>| match choice {
        Some(AccountChoice::Create(draft)) => draft.clone(),
        Some(AccountChoice::Existing { .. }) | None => NewAccountDraft::default(),
    };
    let (known, stored) = (created(known), created(stored));
    let fields = [
        (&mut draft.company.name, known.company.name, stored.company.name),
        (&mut draft.company.address, known.company.address, stored.company.address),
        (&mut draft.company.city, known.company.city, stored.company.city),
        (&mut draft.company.state, known.company.state, stored.company.state),
        (&mut draft.company.postal_code, known.company.postal_code, stored.company.postal_code),
        (&mut draft.company.country, known.company.country, stored.company.country),
        (&mut draft.contact.first_name, known.contact.first_name, stored.contact.first_name),
        (&mut draft.contact.last_name, known.contact.last_name, stored.contact.last_name),
        (&mut draft.contact.email, known.contact.email, stored.contact.email),
    ];
    for (entered, known, stored) in fields {
        let text = entered.take().map(|text| text.trim().to_owned()).unwrap_or_default();
        let is_known = text == known.as_deref().map(str::trim).unwrap_or_default();
        // What a confirmed step shows is pinned; only blanks stay open for what is read later. `Some("")` is emptied on purpose.
        let keep = match mode {
            Mode::Strict => true,
            Mode::Confirm => !(is_known && text.is_empty()),
            Mode::Save => !is_known,
        };
        *entered = if keep { Some(text) } else { stored };
    }
    AccountChoice::Create(draft)
}

fn held_accounts(import: &Import) -> Vec<HeldAccount> {
    let held = import.items.iter().filter_map(|item| {
        let account_id = item.account.as_ref()?.existing()?.clone();
        let holder = item.account_holder.as_ref()?;
        Some(HeldAccount {
            account_id,
            organization_id: holder.organization_id.clone(),
            organization_name: holder.organization_name.clone(),
            import_id: holder.import_id,
        })
    });
    held.collect()
}

/// Fills what is blank in new accounts from the partner's own details: city, state, country, contact, e-mail address. Rows whose own
/// details are still being read from VSA are left as they are.
pub async fn fill_blanks(app: &App, caller: &Caller, import: ImportId, version: u32) -> Result<Import, ServiceError> {
    let mut change = begin(app, caller, import, version).await?;
    let owner =
        storage::partners::by_id(&mut change.transaction, change.partner).await?.ok_or(ServiceError::NotFound)?;
    let of = |name: &str| owner.company.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let mut own = NewAccountDraft::default();
    own.company.city = of("city");
    own.company.state = of("state");
    own.company.country = of("country");
    own.contact.first_name = of("contact_first_name");
    own.contact.last_name = of("contact_last_name");
    own.contact.email = Some(owner.email);
    // What VSA is about to say of a customer goes before what the partner says of itself.
    let pending = pending_contacts(&mut change.transaction, change.partner, import).await?;
    fill(change, &own, &pending).await
}

/// Fills what is blank in new accounts with these values; what is `None` here stays blank.
pub async fn fill_blanks_with(
    app: &App,
    caller: &Caller,
    import: ImportId,
    version: u32,
    values: &NewAccountDraft,
) -> Result<Import, ServiceError> {
    fill(begin(app, caller, import, version).await?, values, &[]).await
}

/// Fills what is blank in all rows but those to be left alone.
async fn fill(
    mut change: Change<'_>,
    values: &NewAccountDraft,
    left_alone: &[OrganizationId],
) -> Result<Import, ServiceError> {
    let shown: HashMap<_, _> =
        change.import.items.iter().map(|item| (item.organization_id.clone(), item.account.clone())).collect();
    for row in change.rows.iter_mut().filter(|row| !left_alone.contains(&row.organization_id)) {
        let Some(Some(AccountChoice::Create(shown))) = shown.get(&row.organization_id) else { continue };
        let Some(AccountChoice::Create(entered)) = &mut row.account else { continue };
        let fields = [
            (&mut entered.company.city, &shown.company.city, &values.company.city),
            (&mut entered.company.state, &shown.company.state, &values.company.state),
            (&mut entered.company.country, &shown.company.country, &values.company.country),
            (&mut entered.contact.first_name, &shown.contact.first_name, &values.contact.first_name),
            (&mut entered.contact.last_name, &shown.contact.last_name, &values.contact.last_name),
            (&mut entered.contact.email, &shown.contact.email, &values.contact.email),
        ];
        for (entered, shown, value) in fields {
            if shown.as_deref().is_none_or(|shown| shown.trim().is_empty()) && value.is_some() {
                entered.clone_from(value);
            }
        }
    }
    change.store(|_| Ok(())).await
}

/// Stores step 2: who gets notifications.
pub async fn put_notifications(
    app: &App,
    caller: &Caller,
    import: ImportId,
    step: NotificationsStep,
    mode: Mode,
) -> Result<Import, ServiceError> {
    let mut change = begin(app, caller, import, step.version).await?;
    if mode == Mode::Strict {
        change.require(Step::Notifications)?;
    }
    let mut errors = Vec::new();
    let own: HashMap<_, _> = change
        .import
        .items
        .iter()
        .map(|item| (item.organization_id.clone(), item.recipient().map(str::to_owned)))
        .collect();
    for (index, (id, email)) in step.recipients.iter().enumerate() {
        let path = format!("/recipients/{index}");
        let Some(row) = change.row(id) else {
            errors.push(unknown_row(&format!("{path}/organization_id"), id));
            continue;
        };
        let email = email.trim();
        if mode == Mode::Strict
            && let Err(error) = check_email(Some(email), &format!("{path}/email"))
        {
            errors.push(error.of(id));
        }
        if own.get(id).and_then(|own| own.as_deref()).unwrap_or_default() != email {
            row.recipient_email = Some(email.to_owned());
        }
    }
    if mode == Mode::Strict {
        validated(errors)?;
    }
    change.send_all_to_partner = step.send_all_to_partner;
    change.confirmed.notifications |= mode != Mode::Save;
    let named: HashMap<_, _> = step.recipients.iter().enumerate().map(|(index, (id, _))| (id.clone(), index)).collect();
    change
        .store(|import| {
            if mode != Mode::Strict {
                return Ok(());
            }
            let problems = import.items.iter().flat_map(|item| {
                let path = named
                    .get(&item.organization_id)
                    .map_or_else(|| "/recipients".to_owned(), |index| format!("/recipients/{index}/email"));
                import
                    .problems_at(item, Step::Notifications)
                    .into_iter()
                    .map(move |problem| FieldError { path: path.clone(), ..problem })
            });
            validated(problems.collect())
        })
        .await
}

/// Stores step 3: service plan, seats and order.
pub async fn put_service_plans(
    app: &App,
    caller: &Caller,
    import: ImportId,
    step: ServicePlansStep,
    mode: Mode,
) -> Result<Import, ServiceError> {
    let mut change = begin(app, caller, import, step.version).await?;
    if mode == Mode::Strict {
        change.require(Step::ServicePlans)?;
    }
    let mut errors = Vec::new();
    let mut index_of = HashMap::new();
    for (index, item) in step.items.iter().enumerate() {
        let path = format!("/items/{index}");
        if index_of.insert(item.organization_id.clone(), index).is_some() {
            errors.push(
                FieldError::new(format!("{path}/organization_id"), "duplicate", "This organization is named twice.")
                    .of(&item.organization_id),
            );
        }
        if item.seats.is_some_and(|number| !seats::is_valid(number)) && mode == Mode::Strict {
            errors.push(
                FieldError::new(format!("{path}/seats"), "out_of_range", "Use a number of seats from 1 to 999,999.")
                    .of(&item.organization_id),
            );
        }
        match change.row(&item.organization_id) {
            None => errors.push(unknown_row(&format!("{path}/organization_id"), &item.organization_id)),
            Some(row) => {
                row.service_plan_id = item.service_plan_id.as_ref().map(ToString::to_string);
                row.seats = item.seats;
            }
        }
    }
    if mode == Mode::Strict {
        errors.extend(missing_rows(&change.rows, |id| index_of.contains_key(id), "/items"));
        validated(errors)?;
    }
    if let Some(order) = &step.order {
        reorder(&mut change.rows, order, mode)?;
    }
    change.confirmed.service_plans |= mode != Mode::Save;
    change
        .store(|import| {
            if mode == Mode::Strict {
                validated(problems_by_index(import, Step::ServicePlans, &index_of))
            } else {
                Ok(())
            }
        })
        .await
}

/// Puts the rows into the order named; a strict one names every organization once.
fn reorder(rows: &mut [ItemWrite], order: &[OrganizationId], mode: Mode) -> Result<(), ServiceError> {
    let place: HashMap<_, _> = order.iter().enumerate().map(|(place, id)| (id.clone(), place)).collect();
    if mode == Mode::Strict {
        let known = |id: &OrganizationId| rows.iter().any(|row| row.organization_id == *id);
        let mut errors: Vec<_> = order
            .iter()
            .enumerate()
            .filter(|(_, id)| !known(id))
            .map(|(index, id)| unknown_row(&format!("/order/{index}"), id))
            .collect();
        if place.len() < order.len() {
            errors.push(FieldError::new("/order", "duplicate", "An organization is named twice."));
        }
        errors.extend(missing_rows(rows, |id| place.contains_key(id), "/order"));
        validated(errors)?;
    }
    rows.sort_by_key(|row| place.get(&row.organization_id).copied().unwrap_or(usize::MAX));
    Ok(())
}

/// Stores step 4: the template of each row.
pub async fn put_templates(
    app: &App,
    caller: &Caller,
    import: ImportId,
    step: TemplatesStep,
    mode: Mode,
) -> Result<Import, ServiceError> {
    let mut change = begin(app, caller, import, step.version).await?;
    if mode == Mode::Strict {
        change.require(Step::Templates)?;
    }
    let mut errors = Vec::new();
    let mut index_of = HashMap::new();
    for (index, (id, template)) in step.items.iter().enumerate() {
        let path = format!("/items/{index}/organization_id");
        if index_of.insert(id.clone(), index).is_some() {
            errors.push(FieldError::new(path.clone(), "duplicate", "This organization is named twice.").of(id));
        }
        match change.row(id) {
            None => errors.push(unknown_row(&path, id)),
            Some(row) => row.template_id = template.as_ref().map(ToString::to_string),
        }
    }
    if mode == Mode::Strict {
        errors.extend(missing_rows(&change.rows, |id| index_of.contains_key(id), "/items"));
        validated(errors)?;
    }
    change.confirmed.templates |= mode != Mode::Save;
    change
        .store(|import| {
            if mode == Mode::Strict { validated(problems_by_index(import, Step::Templates, &index_of)) } else { Ok(()) }
        })
        .await
}

fn problems_by_index(import: &Import, step: Step, index_of: &HashMap<OrganizationId, usize>) -> Vec<FieldError> {
    let problems = import.items.iter().flat_map(|item| {
        let prefix = format!("/items/{}", index_of.get(&item.organization_id).copied().unwrap_or_default());
        import.problems_at(item, step).into_iter().map(move |problem| problem.under(&prefix))
    });
    problems.collect()
}

fn unknown_row(path: &str, id: &OrganizationId) -> FieldError {
    FieldError::new(path, "unknown", "This organization is not in the import.").of(id)
}

fn missing_rows(rows: &[ItemWrite], is_named: impl Fn(&OrganizationId) -> bool, path: &str) -> Vec<FieldError> {
    let missing = rows.iter().filter(|row| !is_named(&row.organization_id));
    missing
        .map(|row| {
            FieldError::new(path, "missing_organization", format!("{} is missing.", row.organization_name))
                .of(&row.organization_id)
        })
        .collect()
}
