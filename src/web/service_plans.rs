//! *Assign Service Plan*.

use super::WebState;
use super::accounts::Problem;
use super::error::WebError;
use super::form::row_name;
use super::language::{Words, say};
use super::layout::{Layout, Place, show as show_page};
use super::plan_summary::PoolRow;
use super::session::Session;
use super::wizard::{Wizard, open};
use super::words::{license_version, number_or, step_title};
use crate::domain::ids::{ImportId, OrganizationId};
use crate::domain::import::{Import, ImportItem, Step};
use crate::domain::inventory::{LicensePool, ServicePlan};
use crate::domain::plan::{PlanPool, preview};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::HashMap;

/// A service plan to choose, with what choosing it asks of which pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanChoice {
    /// What is sent.
    pub value: String,
    /// For people.
    pub label: String,
    /// Chosen.
    pub is_selected: bool,
    /// The pool's place in the table of pools; empty if it has none.
    pub pool: String,
    /// Seats the account has already; empty for a new subscription.
    pub before: String,
}

/// One customer with its plan and seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlanRow {
    /// Its id.
    pub id: String,
    /// Id of the row in the page.
    pub anchor: String,
    /// Place in the list.
    pub position: u32,
    /// The customer.
    pub name: String,
    /// Its short code.
    pub reference: String,
    /// Devices.
    pub endpoints: String,
    /// Name of the plan's drop-down.
    pub plan_name: String,
    /// The plans.
    pub plans: Vec<PlanChoice>,
    /// Name of the seats' field.
    pub seats_name: String,
    /// Name of the place's field.
    pub place_name: String,
    /// Seats, or whatever was typed instead.
    pub seats: String,
    /// Seats as they are stored.
    pub kept_seats: u32,
    /// Seats if nobody enters any.
    pub default_seats: u32,
    /// How the number came about.
    pub formula: String,
    /// "10 → 25 seats"; empty for new subscriptions.
    pub change: String,
    /// What is wrong with the plan.
    pub plan_problem: String,
    /// What is wrong with the seats.
    pub seats_problem: String,
    /// The licenses suffice for it.
    pub is_served: bool,
    /// The line is drawn above it.
    pub is_cut: bool,
    /// It is the first.
    pub is_first: bool,
    /// It is the last.
    pub is_last: bool,
}

/// Step 3.
#[derive(Template)]
#[template(path = "service_plans.html")]
pub struct ServicePlansPage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// All problems.
    pub problems: Vec<Problem>,
    /// The partner's rule, in words.
    pub rule: String,
    /// The pools.
    pub pools: Vec<PoolRow>,
    /// The plans, to set one for all rows.
    pub plans: Vec<PlanChoice>,
    /// Rows, in list order.
    pub rows: Vec<ServicePlanRow>,
    /// The licenses do not suffice for all rows.
    pub is_short: bool,
    /// How many rows they do not suffice for.
    pub not_served: usize,
    /// Seats in all.
    pub seats: u64,
    /// Some accounts have seats already, which can be kept.
    pub has_current: bool,
}

/// What was entered and is not stored, because it cannot be.
#[derive(Debug, Default)]
pub struct Entered {
    /// Seats that are no number, as typed.
    pub seats: HashMap<OrganizationId, String>,
    /// Whether whoever entered it wanted to go on: then open choices are mistakes.
    pub asked_for_next: bool,
}

/// `GET …/imports/{id}/service-plans`.
pub async fn show(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::ServicePlans).await?;
    let layout = Layout::of(&session, step_title(session.words, Step::ServicePlans), Place::Imports);
    show_page(&page(layout, &session.base(), &import, &Entered::default()))
}

/// The page of an import.
pub fn page(layout: Layout, base: &str, import: &Import, entered: &Entered) -> ServicePlansPage {
    let words = layout.words;
    let (allocation, asked) = preview(import);
    let mut rows: Vec<_> = import.items.iter().map(|item| row(words, import, item, entered)).collect();
    let last = rows.len().saturating_sub(1);
    for (index, (row, served)) in rows.iter_mut().zip(&allocation.granted).enumerate() {
        row.is_served = *served;
        row.is_cut = !served && allocation.granted[..index].iter().all(|before| *before);
        (row.is_first, row.is_last) = (index == 0, index == last);
    }
    let not_served = allocation.granted.iter().filter(|served| !**served).count();
    let seats: u64 = import.items.iter().map(|item| u64::from(item.effective_seats(import.seat_rule))).sum();
    ServicePlansPage {
        layout,
        wizard: Wizard::of(words, import, base, Step::ServicePlans),
        problems: rows.iter().flat_map(problems).collect(),
        rule: rule_words(words, import),
        pools: pools(words, import, &asked),
        plans: plan_choices(words, import, None),
        rows,
        is_short: not_served > 0,
        not_served,
        seats,
        has_current: import.items.iter().any(|item| !item.subscriptions.is_empty()),
    }
}

/// Every pool in the order of the catalog, so that one can show as soon as something is asked of it.
fn pools(words: Words, import: &Import, asked: &[PlanPool]) -> Vec<PoolRow> {
    let row = |pool: &LicensePool| {
        let asked = asked.iter().find(|asked| asked.id == pool.id);
        asked.map_or_else(
            || PoolRow::idle(words, pool, import.catalog.reserved_of(&pool.id)),
            |asked| PoolRow::of(words, asked),
        )
    };
    import.catalog.license_pools.iter().map(row).collect()
}

fn problems(row: &ServicePlanRow) -> Vec<Problem> {
    let texts = [("plan", &row.plan_problem), ("seats", &row.seats_problem)];
    let problem = |(field, text): (&str, &String)| Problem {
        anchor: format!("{}-{field}", row.anchor),
        customer: row.name.clone(),
        text: text.clone(),
    };
    texts.into_iter().filter(|(_, text)| !text.is_empty()).map(problem).collect()
}

fn row(words: Words, import: &Import, item: &ImportItem, entered: &Entered) -> ServicePlanRow {
    let seats = item.effective_seats(import.seat_rule);
    let typed = entered.seats.get(&item.organization_id);
    // Nobody has been here yet: an open choice is not a mistake.
    let is_checked = import.confirmed.service_plans || entered.asked_for_next;
    let found = if is_checked { import.problems_at(item, Step::ServicePlans) } else { Vec::new() };
    let problem_at = |path: &str| {
        let found = found.iter().find(|error| error.path == path);
        found.map(|error| words.told(&error.message).into_owned()).unwrap_or_default()
    };
    ServicePlanRow {
        id: item.organization_id.as_str().to_owned(),
        anchor: format!("r{}", item.position),
        position: item.position,
        name: item.organization_name.clone(),
        reference: item.reference.clone().unwrap_or_default(),
        endpoints: number_or(words, item.endpoints, "not-read"),
        plan_name: row_name(&item.organization_id, "plan"),
        plans: plan_choices(words, import, Some(item)),
        seats_name: row_name(&item.organization_id, "seats"),
        place_name: row_name(&item.organization_id, "place"),
        seats: typed.cloned().unwrap_or_else(|| seats.to_string()),
        kept_seats: seats,
        default_seats: import.seat_rule.default_seats(item.endpoints),
        formula: formula(words, import, item),
        change: change(words, import, item, seats),
        plan_problem: problem_at("/service_plan_id"),
        seats_problem: typed.map_or_else(|| problem_at("/seats"), |_| words.t("plans-no-number").into_owned()),
        is_served: true,
        is_cut: false,
        is_first: false,
        is_last: false,
    }
}

fn plan_choices(words: Words, import: &Import, item: Option<&ImportItem>) -> Vec<PlanChoice> {
    let chosen = item.and_then(|item| item.service_plan_id.as_ref());
    let open = PlanChoice {
        label: words.t("plans-choose").into_owned(),
        is_selected: chosen.is_none(),
        ..PlanChoice::default()
    };
    let choice = |plan: &ServicePlan| {
        let (pool, before) = item.map(|item| draws_on(import, item, plan)).unwrap_or_default();
        PlanChoice {
            value: plan.id.as_str().to_owned(),
            label: format!("{} ({})", plan.name, license_version(words, plan.version)),
            is_selected: chosen == Some(&plan.id),
            pool,
            before,
        }
    };
    std::iter::once(open).chain(import.catalog.service_plans.iter().map(choice)).collect()
}

/// The pool that a row with this plan would draw on, and the seats it has already.
fn draws_on(import: &Import, item: &ImportItem, plan: &ServicePlan) -> (String, String) {
    let current = item.subscription_under(&plan.id, &import.catalog);
    let plan = current.map_or(&plan.id, |current| &current.service_plan_id);
    let place = import.catalog.license_pools.iter().position(|pool| pool.service_plans.contains(plan));
    let before = current.map(|current| current.units.unwrap_or(0));
    (
        place.map(|place| place.to_string()).unwrap_or_default(),
        before.map(|units| units.to_string()).unwrap_or_default(),
    )
}

fn rule_words(words: Words, import: &Import) -> String {
    let rule = import.seat_rule;
    say!(words, "plans-rule", margin = rule.margin_percent, minimum = rule.minimum)
}

/// "41 endpoints + 20 % = 50 seats".
fn formula(words: Words, import: &Import, item: &ImportItem) -> String {
    let rule = import.seat_rule;
    let default = rule.default_seats(item.endpoints);
    let endpoints = item.endpoints.map_or_else(
        || words.t("plans-endpoints-not-read").into_owned(),
        |count| say!(words, "plans-endpoints", count = count),
    );
    let seats = say!(words, "plans-seats", count = default);
    let how = if default == rule.minimum {
        say!(words, "plans-minimum", endpoints = endpoints, seats = seats)
    } else {
        say!(words, "plans-margin", endpoints = endpoints, margin = rule.margin_percent, seats = seats)
    };
    if item.seats.is_some_and(|seats| seats != default) { say!(words, "plans-entered", how = how) } else { how }
}

fn change(words: Words, import: &Import, item: &ImportItem, seats: u32) -> String {
    let Some(current) = item.current_subscription(&import.catalog) else { return String::new() };
    match current.units {
        Some(units) if units == seats => say!(words, "plans-keeps", count = units),
        Some(units) => {
            say!(words, "plans-changes", before = units, seats = say!(words, "plans-seats", count = seats))
        }
        None => say!(words, "plans-changes-to", seats = say!(words, "plans-seats", count = seats)),
    }
}
