//! Pools and plans in words: what **Integrate** will do, exactly.

use super::words::{count, license_version, number, number_or, when};
use crate::domain::plan::{Plan, PlanItem, PlanPool, PlannedSubscription};

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
    /// For a meter: what is asked for, and what there is.
    pub meter: (u64, u32),
}

/// Pools as a panel shows them.
pub fn pool_rows(pools: &[PlanPool]) -> Vec<PoolRow> {
    let row = |pool: &PlanPool| PoolRow {
        product: format!("{} ({})", pool.product, license_version(pool.version)),
        available: number_or(pool.available, "unknown"),
        requested: number(pool.requested),
        granted: number(pool.granted),
        left: number_or(pool.left, "unknown"),
        is_short: pool.requested > pool.granted,
        is_unknown: pool.available.is_none(),
        meter: (pool.requested, pool.available.unwrap_or(0)),
    };
    pools.iter().map(row).collect()
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

/// What **Integrate** will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Names the plan that was looked at.
    pub hash: String,
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
    pub fn of(plan: &Plan) -> Self {
        let totals = plan.totals;
        let (imported, left_out): (Vec<_>, Vec<_>) = plan.items.iter().partition(|item| item.imported);
        Self {
            hash: plan.hash.clone(),
            totals: vec![
                ("Customers to import", number(totals.organizations)),
                ("Accounts to create", number(totals.accounts_to_create)),
                ("Accounts to link", number(totals.accounts_to_link)),
                ("Subscriptions to create", number(totals.subscriptions_to_create)),
                ("Seats to change", number(totals.units_to_change)),
                ("Seats in total", number(totals.seats)),
                ("Customers left out", number(totals.not_imported)),
            ],
            pools: pool_rows(&plan.pools),
            rows: imported.into_iter().map(row).collect(),
            left_out: left_out.into_iter().map(row).collect(),
            read_at: when(plan.inventory_refreshed_at),
            button: format!("Integrate {}", count(totals.organizations, "customer")),
        }
    }
}

fn row(item: &PlanItem) -> SummaryRow {
    SummaryRow {
        name: item.organization_name.clone(),
        account: item.account_name().to_owned(),
        actions: item.actions.iter().map(|action| action_words(*action)).collect::<Vec<_>>().join(", "),
        seats: match (&item.subscription, item.seats_before) {
            (PlannedSubscription::SetUnits { .. }, Some(before)) => {
                format!("{} → {}", number(before), number(item.seats))
            }
            _ => number(item.seats),
        },
        note: item.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default(),
    }
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
