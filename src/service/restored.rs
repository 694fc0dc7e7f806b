//! After a restore, or when a standby has taken over: what is recorded may be older than what was done. Nothing is created for
//! anybody until the accounts at LMP have been compared with the records (`security-reliability.md` part 2, B2).
//!
//! A database that is another one by its server, timeline or id is noticed without being told; one that was put back in its place
//! has to be told of by [`begin`].

use super::ServiceError;
use super::audit::{self, AuditEntry, OPERATOR};
use crate::domain::ids::PartnerId;
use crate::storage;
use crate::storage::restored::{Compared, Held, Stray};
use crate::storage::tenancy;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};

/// Who acts when nobody has said anything.
const UPKEEP: &str = "upkeep";

/// A partner for whom nothing is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPartner {
    /// Who, and since when its accounts may be compared.
    pub held: Held,
    /// Accounts of which nobody knows whose they are, as read last.
    pub strays: Vec<Stray>,
}

/// Holds every partner whose records come from another database; how many. `settle`: how long what was sent before may still appear.
pub async fn notice(pool: &PgPool, settle: TimeDelta) -> sqlx::Result<usize> {
    let foreign = storage::restored::foreign(pool).await?;
    for partner in &foreign {
        hold(pool, *partner, settle, UPKEEP, false).await?;
    }
    Ok(foreign.len())
}

/// Holds every partner there is, and ends the sessions of people; how many partners.
pub async fn begin(pool: &PgPool, settle: TimeDelta) -> Result<usize, ServiceError> {
    let everybody = storage::restored::everybody(pool).await?;
    for partner in &everybody {
        hold(pool, *partner, settle, OPERATOR, true).await?;
    }
    Ok(everybody.len())
}

async fn hold(
    pool: &PgPool,
    partner: PartnerId,
    settle: TimeDelta,
    actor: &str,
    ends_sessions: bool,
) -> sqlx::Result<()> {
    let mut transaction = tenancy::begin(pool, partner).await?;
    storage::restored::hold(&mut transaction, partner, settle).await?;
    if ends_sessions {
        storage::restored::end_sessions(&mut transaction, partner).await?;
    }
    let entry = AuditEntry { actor, event: "database_restored", subject: "database", detail: json!({}) };
    storage::audit::append(&mut transaction, partner, &entry).await?;
    transaction.commit().await
}

/// The partners that are held, with what their last comparison left open.
pub async fn list(pool: &PgPool) -> Result<Vec<HeldPartner>, ServiceError> {
    let mut all = Vec::new();
    for held in storage::restored::held(pool).await? {
        let mut conn = tenancy::begin(pool, held.partner_id).await?;
        let strays = storage::restored::strays(&mut conn, held.partner_id).await?;
        all.push(HeldPartner { held, strays });
    }
    Ok(all)
}

/// Ends the hold of a partner, whatever is open; `false` if there was none.
pub async fn release(pool: &PgPool, partner: PartnerId) -> Result<bool, ServiceError> {
    let mut transaction = tenancy::begin(pool, partner).await?;
    let was_held = storage::restored::release(&mut transaction, partner).await?;
    if was_held {
        let entry = AuditEntry { actor: OPERATOR, event: "restore_released", subject: "database", detail: json!({}) };
        audit::append(&mut transaction, partner, &entry).await?;
    }
    transaction.commit().await?;
    Ok(was_held)
}

/// Compares the accounts that were read from `asked_at` on, in the transaction that stores them, if that is due.
pub async fn compare(
    conn: &mut PgConnection,
    partner: PartnerId,
    asked_at: DateTime<Utc>,
) -> sqlx::Result<Option<Compared>> {
    let Some(compared) = storage::restored::compare(conn, partner, asked_at).await? else { return Ok(None) };
    for adopted in &compared.adopted {
        let (subject, detail) = (adopted.organization_id.as_str(), json!({ "account_id": adopted.account_id }));
        let entry = AuditEntry { actor: UPKEEP, event: "account_adopted", subject, detail };
        storage::audit::append(conn, partner, &entry).await?;
    }
    Ok(Some(compared))
}
