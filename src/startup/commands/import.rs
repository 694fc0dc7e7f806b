//! `import`: customers from a table, by the rules of the screens.

use super::partner::chosen;
use super::print_line;
use crate::domain::ids::ImportId;
use crate::domain::import::{Catalog, Import};
use crate::domain::integration::{IntegrationStatus, ItemStatus};
use crate::domain::plan::{Plan, PlanItem, PlannedAccount};
use crate::service::integrations::{self, IntegrationView};
use crate::service::mapping::{self, LineError, MappingError, Prepared};
use crate::service::{App, Caller, ServiceError, imports};
use crate::startup::cli::Import as Options;
use crate::startup::database::Database;
use crate::startup::service;
use crate::startup::settings::Settings;
use anyhow::Context;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Who started it, in the record.
const CALLER: &str = "import command";
/// How often progress is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Without progress for so long, nobody seems to carry it out.
const NOBODY_WORKS: Duration = Duration::from_secs(20);

/// Some customers are not imported, or need a person.
const WITH_PROBLEMS: u8 = 3;

/// Reads the table, prints what will be done, starts it and follows it to its end.
pub async fn run(config_file: Option<&Path>, as_json: bool, options: Options) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(config_file)?;
    let file = std::fs::read(&options.file).with_context(|| format!("{} cannot be read", options.file.display()))?;
    // What is wrong with the file alone is said before anything starts.
    let rows = match mapping::read(&file) {
        Ok(rows) => rows,
        Err(errors) => return refused(&errors, as_json),
    };
    let database = Database::open(&settings.database).await?;
    let app = service::app(&settings, database.pool.clone());
    let result = import(&app, as_json, &options, rows).await;
    database.close().await?;
    result
}

async fn import(
    app: &App,
    as_json: bool,
    options: &Options,
    rows: Vec<(u64, mapping::Row)>,
) -> anyhow::Result<ExitCode> {
    let (partner_id, _) = chosen(app, options.partner.as_deref()).await?;
    let caller = Caller { partner_id, name: CALLER.to_owned() };
    let Prepared { import, already_imported } = match mapping::prepare(app, &caller, rows, options.notify_partner).await
    {
        Ok(prepared) => prepared,
        Err(MappingError::Lines(errors)) => return refused(&errors, as_json),
        Err(MappingError::NothingToDo) => {
            let words = "Every customer of the table is imported already; nothing was done.";
            print_line(&if as_json { json!({ "status": "nothing_to_do" }).to_string() } else { words.to_owned() })?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(MappingError::Service(error)) => return Err(error).context("nothing was imported"),
    };
    let id = import.id;
    let started = start(app, as_json, options, &caller, &import, &already_imported).await;
    match started {
        Ok(Some(code)) => {
            mapping::discard(app, &caller, id).await?;
            Ok(code)
        }
        Ok(None) if options.no_wait => Ok(ExitCode::SUCCESS),
        Ok(None) => follow(app, as_json, &caller, id).await,
        Err(error) => {
            // A draft that has not been started is of no use to anybody; one that has stays.
            mapping::discard(app, &caller, id).await?;
            Err(error)
        }
    }
}

/// Prints the plan and starts it; a code instead if it ends here.
async fn start(
    app: &App,
    as_json: bool,
    options: &Options,
    caller: &Caller,
    import: &Import,
    already_imported: &[String],
) -> anyhow::Result<Option<ExitCode>> {
    let id = import.id;
    let plan = imports::plan(app, caller.partner_id, id).await.context("nothing was imported")?;
    if options.dry_run && as_json {
        print_line(&json!({ "status": "planned", "plan": plan, "already_imported": already_imported }).to_string())?;
    } else if !as_json {
        print_line(table(&plan, &import.catalog, already_imported).trim_end())?;
    }
    if options.dry_run {
        if !as_json {
            print_line("\nNothing was done: this was a dry run.")?;
        }
        return Ok(Some(ExitCode::SUCCESS));
    }
    if plan.totals.not_imported > 0 && !options.allow_partial {
        let words = format!(
            "The licenses do not suffice for {} of the customers. Nothing was done. Go on with --allow-partial, or take customers or seats out.",
            plan.totals.not_imported
        );
        print_line(&if as_json {
            json!({ "status": "refused", "message": words, "plan": plan }).to_string()
        } else {
            format!("\n{words}")
        })?;
        return Ok(Some(ExitCode::from(WITH_PROBLEMS)));
    }
    match integrations::start(app, caller, id, &plan.hash).await {
        Ok(_) => {}
        Err(ServiceError::PlanChanged { .. }) => {
            anyhow::bail!("nothing was imported: the vendors' data changed just now; start the command again")
        }
        Err(error) => return Err(error).context("nothing was imported"),
    }
    if options.no_wait {
        let started = json!({ "status": "started", "import_id": id });
        print_line(&if as_json { started.to_string() } else { format!("\nStarted as import {id}.") })?;
    }
    Ok(None)
}

/// Waits for the end and prints what became of each customer.
async fn follow(app: &App, as_json: bool, caller: &Caller, id: ImportId) -> anyhow::Result<ExitCode> {
    let mut last = None;
    let mut changed = tokio::time::Instant::now();
    let mut warned = false;
    loop {
        let view = integrations::view(app, caller.partner_id, id).await?;
        if matches!(view.status, IntegrationStatus::Finished | IntegrationStatus::Stopped) {
            return ended(&view, as_json);
        }
        if last != Some(view.event_id) {
            (last, changed, warned) = (Some(view.event_id), tokio::time::Instant::now(), false);
            let counts = &view.counts;
            let done = counts.total - counts.queued - counts.under_way;
            tracing::info!(import.id = %id, done, of = counts.total, status = view.status.as_str(), "importing");
        } else if changed.elapsed() > NOBODY_WORKS && !warned {
            warned = true;
            let why = view.waiting_for.as_ref().map_or(
                "nothing has changed for a while; it is carried out by `serve` or `work`, one of which must be running",
                |reason| reason.message.as_str(),
            );
            tracing::warn!(import.id = %id, why, "still waiting; ending this command does not stop the import");
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn ended(view: &IntegrationView, as_json: bool) -> anyhow::Result<ExitCode> {
    let is_imported = |status| matches!(status, ItemStatus::Imported | ItemStatus::ImportedWithWarning);
    let open = view.items.iter().filter(|item| !is_imported(item.status)).count();
    if as_json {
        let items = view.items.iter().map(|item| {
            json!({
                "organization_id": item.organization_id, "organization": item.organization_name,
                "account_id": item.account_id, "account": item.account_name, "subscription_id": item.subscription_id,
                "seats": item.seats, "status": item.status, "reason": item.reason,
            })
        });
        let items: Vec<_> = items.collect();
        print_line(&json!({ "status": view.status, "import_id": view.import_id, "items": items }).to_string())?;
    } else {
        let mut text = format!("\n{} of {} customers imported.\n", view.items.len() - open, view.items.len());
        for item in view.items.iter().filter(|item| item.reason.is_some()) {
            let reason = item.reason.as_ref().map_or("", |reason| reason.message.as_str());
            let word = if is_imported(item.status) { "imported, look at" } else { "not imported" };
            writeln!(text, "  {}: {word}: {reason}", item.organization_name)?;
        }
        print_line(text.trim_end())?;
    }
    Ok(if open == 0 { ExitCode::SUCCESS } else { ExitCode::from(WITH_PROBLEMS) })
}

/// Says what is wrong with the table.
fn refused(errors: &[LineError], as_json: bool) -> anyhow::Result<ExitCode> {
    if as_json {
        print_line(&json!({ "status": "refused", "errors": errors }).to_string())?;
        return Ok(ExitCode::from(2));
    }
    let mut text = "Nothing was imported. The table needs attention:\n".to_owned();
    for error in errors {
        let place = error.line.map_or_else(String::new, |line| format!("line {line}: "));
        let called = if error.organization.is_empty() { String::new() } else { format!("{}: ", error.organization) };
        writeln!(text, "  {place}{called}{}", error.message)?;
    }
    print_line(text.trim_end())?;
    Ok(ExitCode::from(2))
}

/// What will be done, for people.
fn table(plan: &Plan, catalog: &Catalog, already_imported: &[String]) -> String {
    let head = ["#", "Customer", "Account", "Seats", "Plan", "Template", "Remark"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(plan.items.iter().map(|item| cells(item, catalog))).collect();
    let widths: Vec<_> =
        (0..7).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()).collect();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect();
    lines.push(String::new());
    for pool in &plan.pools {
        let number = |count: Option<u32>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        let (available, left) = (number(pool.available), number(pool.left));
        lines.push(format!("{}: {available} available, {} taken, {left} left", pool.product, pool.granted));
    }
    let totals = &plan.totals;
    lines.push(format!(
        "Customers: {}, left out: {}. Accounts: {} to create, {} to link. Subscriptions: {} to create, {} to change. Seats: {}.",
        totals.organizations,
        totals.not_imported,
        totals.accounts_to_create,
        totals.accounts_to_link,
        totals.subscriptions_to_create,
        totals.units_to_change,
        totals.seats
    ));
    if !already_imported.is_empty() {
        lines.push(format!("Imported already, left alone: {}", already_imported.join(", ")));
    }
    lines.join("\n")
}

fn cells(item: &PlanItem, catalog: &Catalog) -> [String; 7] {
    let account = match &item.account {
        PlannedAccount::Create(account) => format!("new: {}", account.name),
        PlannedAccount::Link { name, .. } => name.clone(),
    };
    let seats =
        item.seats_before.map_or_else(|| item.seats.to_string(), |before| format!("{before} -> {}", item.seats));
    let template = item.template.as_ref().map_or("Trend Micro default", |template| template.name.as_str());
    let remark = item.reason.as_ref().map_or("", |reason| reason.message.as_str());
    [
        item.position.to_string(),
        item.organization_name.clone(),
        account,
        seats,
        catalog
            .service_plan(&item.service_plan_id)
            .map_or_else(|| item.service_plan_id.to_string(), |plan| plan.name.clone()),
        template.to_owned(),
        if item.imported { remark.to_owned() } else { format!("not imported: {remark}") },
    ]
}
