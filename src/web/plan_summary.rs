//! Pools and plans in words: what **Integrate** will do, exactly.

use super::words::{count, license_version, money, number, number_or, when};
use crate::domain::import::Import;
use crate::domain::inventory::LicensePool;
use crate::domain::plan::{Plan, PlanItem, PlanPool, PlannedSubscription, Totals};
use crate::domain::price::Difference;

/// A license pool before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolRow {
    /// Product and version.
    pub product: String,
    /// What can be assigned now.
    pub available: String,
    /// What is asked for.
    pub requested: String,
    /// What will be assigned.
    pub granted: String,
    /// What remains.
    pub left: String,
    /// It does not suffice.
    pub is_short: bool,
    /// Its availability is not known.
    pub is_unknown: bool,
    /// Nothing is asked of it yet: it shows only once something is.
    pub is_idle: bool,
    /// For a meter: what is asked for, and what there is.
    pub meter: (u64, u32),
}

impl PoolRow {
    /// What can be assigned, for the script; empty if it is not known.
    pub fn known(&self) -> String {
        if self.is_unknown { String::new() } else { self.meter.1.to_string() }
    }

    /// A pool of which nothing is asked.
    pub fn idle(pool: &LicensePool, reserved: u32) -> Self {
        let nothing = PlanPool {
            id: pool.id.clone(),
            product: pool.product.clone(),
            version: pool.version,
            available: pool.available,
            reserved,
            requested: 0,
            granted: 0,
            left: pool.available.map(|available| available.saturating_sub(reserved)),
        };
        Self { is_idle: true, ..Self::of(&nothing) }
    }

    /// A pool and what is asked of it.
    pub fn of(pool: &PlanPool) -> Self {
        Self {
            product: format!("{} ({})", pool.product, license_version(pool.version)),
            available: available(pool),
            requested: number(pool.requested),
            granted: number(pool.granted),
            left: number_or(pool.left, "unknown"),
            is_short: pool.requested > pool.granted,
            is_unknown: pool.available.is_none(),
            is_idle: false,
            meter: (pool.requested, pool.available.unwrap_or(0).saturating_sub(pool.reserved)),
        }
    }
}

fn available(pool: &PlanPool) -> String {
    let available = number_or(pool.available, "unknown");
    if pool.reserved == 0 {
        return available;
    }
    format!("{available}, of which {} are reserved for an import that is running", number(pool.reserved))
}

/// Pools as a panel shows them.
pub fn pool_rows(pools: &[PlanPool]) -> Vec<PoolRow> {
    pools.iter().map(PoolRow::of).collect()
}

/// One row of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// The customer.
    pub name: String,
    /// Its account, as it is or will be.
    pub account: String,
    /// What will be done, in order.
    pub actions: String,
    /// Seats.
    pub seats: String,
    /// What to look at afterwards, or why it is left out.
    pub note: String,
}

/// What it costs more each month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monthly {
    /// Amounts with their sign, one for each currency.
    pub amounts: String,
    /// What is not in them; empty if everything is.
    pub without: String,
}

impl Monthly {
    fn of(difference: &Difference) -> Self {
        let amounts: Vec<_> = difference.amounts.iter().map(|(currency, amount)| money(*amount, currency)).collect();
        let mut without: Vec<_> =
            difference.unpriced.iter().map(|plan| format!("{plan} has no price in your list")).collect();
        if difference.unknown > 0 {
            without.push(format!("the seats of {} before are not known", count(difference.unknown, "customer")));
        }
        Self {
            amounts: if amounts.is_empty() { "not known".to_owned() } else { amounts.join(", ") },
            without: without.join("; "),
        }
    }
}

/// What **Integrate** will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Names the plan that was looked at.
    pub hash: String,
    /// What it costs more each month, by currency; `None` without a price list.
    pub monthly: Option<Monthly>,
    /// What the rule for seats adds to the endpoints; empty if it adds nothing.
    pub added_by_rule: String,
    /// Lines with a number.
    pub totals: Vec<(&'static str, String)>,
    /// The pools.
    pub pools: Vec<PoolRow>,
    /// Rows that are imported.
    pub rows: Vec<SummaryRow>,
    /// Rows that are left out.
    pub left_out: Vec<SummaryRow>,
    /// Age of what it was computed from.
    pub read_at: String,
    /// Button's text.
    pub button: String,
}

impl Summary {
    /// A plan in words.
    pub fn of(plan: &Plan, import: &Import, difference: Option<&Difference>) -> Self {
        let totals = plan.totals;
        let (imported, left_out): (Vec<_>, Vec<_>) = plan.items.iter().partition(|item| item.imported);
        Self {
            hash: plan.hash.clone(),
            monthly: difference.map(Monthly::of),
            added_by_rule: added_by_rule(plan, import),
            totals: total_lines(totals),
            pools: pool_rows(&plan.pools),
            rows: imported.into_iter().map(row).collect(),
            left_out: left_out.into_iter().map(row).collect(),
            read_at: when(plan.inventory_refreshed_at),
            button: format!("Integrate {}", count(totals.organizations, "customer")),
        }
    }
}

/// "51 of these seats are more than the endpoints …": what the margin and the minimum come to, where nobody entered seats.
fn added_by_rule(plan: &Plan, import: &Import) -> String {
    let rows: std::collections::HashMap<_, _> = import.items.iter().map(|row| (&row.organization_id, row)).collect();
    let added: u64 = plan
        .items
        .iter()
        .filter(|item| item.imported)
        .filter_map(|item| {
            let row = rows.get(&item.organization_id).filter(|row| row.seats.is_none())?;
            Some(u64::from(item.seats.saturating_sub(row.endpoints?)))
        })
        .sum();
    let rule = import.seat_rule;
    if added == 0 {
        return String::new();
    }
    format!(
        "{} of these seats come from the rule: {} % more than the endpoints, and at least {} for each customer.",
        number(added),
        rule.margin_percent,
        number(rule.minimum)
    )
}

/// What is nothing is left out, but for customers and seats.
fn total_lines(totals: Totals) -> Vec<(&'static str, String)> {
    let always = |label, value: u64| (label, value, true);
    let some = |label, value: u32| (label, u64::from(value), false);
    let all = [
        always("Customers to import", u64::from(totals.organizations)),
        some("Accounts to create", totals.accounts_to_create),
        some("Accounts to link", totals.accounts_to_link),
        some("New subscriptions", totals.subscriptions_to_create),
        some("Subscriptions to change", totals.units_to_change),
        always("Seats in total", totals.seats),
        some("Customers left out", totals.not_imported),
    ];
    let shown = all.into_iter().filter(|(_, value, always)| *always || *value > 0);
    shown.map(|(label, value, _)| (label, number(value))).collect()
}

fn row(item: &PlanItem) -> SummaryRow {
    SummaryRow {
        name: item.organization_name.clone(),
        account: item.account_name().to_owned(),
        actions: if item.imported { actions(item) } else { "nothing".to_owned() },
        seats: match (&item.subscription, item.seats_before) {
            (PlannedSubscription::SetUnits { .. }, Some(before)) => {
                format!("{} → {}", number(before), number(item.seats))
            }
            _ => number(item.seats),
        },
        note: item.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default(),
    }
}

fn actions(item: &PlanItem) -> String {
    item.actions.iter().map(|action| action_words(*action)).collect::<Vec<_>>().join(", ")
}

fn action_words(action: crate::domain::plan::Action) -> &'static str {
    use crate::domain::plan::Action;
    match action {
        Action::CreateAccount => "create account",
        Action::LinkAccount => "link account",
        Action::CreateSubscription => "assign service plan",
        Action::SetUnits => "change seats",
        Action::SetNotifications => "set notifications",
        Action::ApplyTemplate => "apply template",
    }
}
