//! The most that a partner may have created and bought in an hour and in a day: what a stolen session can cost ends here.

use super::{App, ServiceError};
use crate::domain::ids::PartnerId;
use crate::domain::plan::{Plan, PlannedAccount};
use crate::storage;
use crate::storage::tenancy;
use sqlx::PgConnection;

/// Caps of each partner; settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Accounts created in an hour.
    pub accounts_per_hour: u32,
    /// Accounts created in a day.
    pub accounts_per_day: u32,
    /// Seats bought in an hour.
    pub seats_per_hour: u32,
    /// Seats bought in a day.
    pub seats_per_day: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self { accounts_per_hour: 1_000, accounts_per_day: 2_000, seats_per_hour: 50_000, seats_per_day: 100_000 }
    }
}

/// A cap that a plan would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapReached {
    /// `accounts` or `seats`.
    pub what: &'static str,
    /// The cap.
    pub cap: u32,
    /// Of how many hours.
    pub hours: u32,
    /// Used of it already.
    pub used: u64,
    /// Asked for now.
    pub asked: u64,
}

/// Refuses a plan that together with what is recorded would exceed a cap. The caller holds the partner's lock, so nobody else counts
/// the same room.
pub(super) async fn refuse_beyond(
    conn: &mut PgConnection,
    caps: Caps,
    partner: PartnerId,
    plan: &Plan,
) -> Result<(), ServiceError> {
    exceeded(conn, caps, partner, plan).await?.map_or(Ok(()), |reached| Err(ServiceError::CapReached(reached)))
}

/// The cap that this plan would exceed as of now: to be said before anybody tries.
pub async fn reached(app: &App, partner: PartnerId, plan: &Plan) -> Result<Option<CapReached>, ServiceError> {
    let mut conn = tenancy::begin(&app.pool, partner).await?;
    exceeded(&mut conn, app.limits.caps, partner, plan).await
}

async fn exceeded(
    conn: &mut PgConnection,
    caps: Caps,
    partner: PartnerId,
    plan: &Plan,
) -> Result<Option<CapReached>, ServiceError> {
    let imported = || plan.items.iter().filter(|item| item.imported);
    let accounts = imported().filter(|item| matches!(item.account, PlannedAccount::Create(_))).count() as u64;
    let seats = imported().map(|item| u64::from(item.new_units())).sum();
    for (hours, account_cap, seat_cap) in
        [(1, caps.accounts_per_hour, caps.seats_per_hour), (24, caps.accounts_per_day, caps.seats_per_day)]
    {
        let used = storage::caps::used(conn, partner, hours).await?;
        for (what, cap, used, asked) in
            [("accounts", account_cap, used.accounts, accounts), ("seats", seat_cap, used.seats, seats)]
        {
            if asked > 0 && used + asked > u64::from(cap) {
                return Ok(Some(CapReached { what, cap, hours, used, asked }));
            }
        }
    }
    Ok(None)
}
