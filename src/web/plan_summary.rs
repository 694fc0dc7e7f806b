//! Pools and plans in words: what **Integrate** will do, exactly.

use super::language::{Words, say};
use super::words::{license_version, money, number_or, when};
use crate::domain::import::Import;
use crate::domain::inventory::LicensePool;
use crate::domain::plan::{Plan, PlanItem, PlanPool, PlannedSubscription, Totals};
use crate::domain::price::Difference;
use std::borrow::Cow;

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
    pub fn idle(words: Words, pool: &LicensePool, reserved: u32) -> Self {
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
        Self { is_idle: true, ..Self::of(words, &nothing) }
    }

    /// A pool and what is asked of it.
    pub fn of(words: Words, pool: &PlanPool) -> Self {
        Self {
            product: format!("{} ({})", pool.product, license_version(words, pool.version)),
            available: available(words, pool),
            requested: words.number(pool.requested),
            granted: words.number(pool.granted),
            left: number_or(words, pool.left, "unknown"),
            is_short: pool.requested > pool.granted,
            is_unknown: pool.available.is_none(),
            is_idle: false,
            meter: (pool.requested, pool.available.unwrap_or(0).saturating_sub(pool.reserved)),
        }
    }
}

fn available(words: Words, pool: &PlanPool) -> String {
    let available = number_or(words, pool.available, "unknown");
    if pool.reserved == 0 {
        return available;
    }
    say!(words, "pools-reserved", available = available, reserved = pool.reserved)
}

/// Pools as a panel shows them.
pub fn pool_rows(words: Words, pools: &[PlanPool]) -> Vec<PoolRow> {
    pools.iter().map(|pool| PoolRow::of(words, pool)).collect()
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
    /// What to look at afterwards.
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
    fn of(words: Words, difference: &Difference) -> Self {
        let amounts: Vec<_> =
            difference.amounts.iter().map(|(currency, amount)| money(words, *amount, currency)).collect();
        let mut without: Vec<_> =
            difference.unpriced.iter().map(|plan| say!(words, "summary-no-price", plan = plan)).collect();
        if difference.unknown > 0 {
            without.push(say!(words, "summary-seats-not-known", count = difference.unknown));
        }
        Self {
            amounts: if amounts.is_empty() { words.t("summary-not-known").into_owned() } else { amounts.join(", ") },
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
    pub totals: Vec<(Cow<'static, str>, String)>,
    /// The pools.
    pub pools: Vec<PoolRow>,
    /// Rows that are imported.
    pub rows: Vec<SummaryRow>,
    /// Rows that are left out.
    pub left_out: Vec<SummaryRow>,
    /// Age of what it was computed from.
    pub read_at: String,
    /// How many customers are imported.
    pub customers: u32,
}

impl Summary {
    /// A plan in words.
    pub fn of(words: Words, plan: &Plan, import: &Import, difference: Option<&Difference>) -> Self {
        let totals = plan.totals;
        let (imported, left_out): (Vec<_>, Vec<_>) = plan.items.iter().partition(|item| item.imported);
        Self {
            hash: plan.hash.clone(),
            monthly: difference.map(|difference| Monthly::of(words, difference)),
            added_by_rule: added_by_rule(words, plan, import),
            totals: total_lines(words, totals),
            pools: pool_rows(words, &plan.pools),
            rows: imported.into_iter().map(|item| row(words, item)).collect(),
            left_out: left_out.into_iter().map(|item| row(words, item)).collect(),
            read_at: when(words, plan.inventory_refreshed_at),
            customers: totals.organizations,
        }
    }
}

/// "51 of these seats are more than the endpoints …": what the margin and the minimum come to, where nobody entered seats.
fn added_by_rule(words: Words, plan: &Plan, import: &Import) -> String {
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
    say!(words, "summary-by-rule", count = added, margin = rule.margin_percent, minimum = rule.minimum)
}

/// What is nothing is left out, but for customers and seats.
fn total_lines(words: Words, totals: Totals) -> Vec<(Cow<'static, str>, String)> {
    let always = |label, value: u64| (label, value, true);
    let some = |label, value: u32| (label, u64::from(value), false);
    let all = [
        always("total-customers", u64::from(totals.organizations)),
        some("total-create", totals.accounts_to_create),
        some("total-link", totals.accounts_to_link),
        some("total-subscriptions", totals.subscriptions_to_create),
        some("total-changes", totals.units_to_change),
        always("total-seats", totals.seats),
        some("total-left-out", totals.not_imported),
    ];
    let shown = all.into_iter().filter(|(_, value, always)| *always || *value > 0);
    shown.map(|(label, value, _)| (words.t(label), words.number(value))).collect()
}

fn row(words: Words, item: &PlanItem) -> SummaryRow {
    SummaryRow {
        name: item.organization_name.clone(),
        account: item.account_name().to_owned(),
        actions: if item.imported { actions(words, item) } else { words.t("nothing").into_owned() },
        seats: match (&item.subscription, item.seats_before) {
            (PlannedSubscription::SetUnits { .. }, Some(before)) => {
                format!("{} → {}", words.number(before.into()), words.number(item.seats.into()))
            }
            _ => words.number(item.seats.into()),
        },
        // Why a row is left out is said once, above all of them.
        note: item
            .reason
            .as_ref()
            .filter(|_| item.imported)
            .map(|reason| words.told(&reason.message).into_owned())
            .unwrap_or_default(),
    }
}

fn actions(words: Words, item: &PlanItem) -> String {
    item.actions.iter().map(|action| action_words(words, *action)).collect::<Vec<_>>().join(", ")
}

fn action_words(words: Words, action: crate::domain::plan::Action) -> Cow<'static, str> {
    use crate::domain::plan::Action;
    words.t(match action {
        Action::CreateAccount => "action-create-account",
        Action::LinkAccount => "action-link-account",
        Action::CreateSubscription => "action-create-subscription",
        Action::SetUnits => "action-set-units",
        Action::SetNotifications => "action-set-notifications",
        Action::ApplyTemplate => "action-apply-template",
    })
}
