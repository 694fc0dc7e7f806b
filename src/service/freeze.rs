//! The switch that stops writes at vendors, for one partner or for all: they end at the next operation. Reading goes on.

use super::audit::{AuditEntry, OPERATOR};
use super::{App, ServiceError, partners};
use crate::domain::ids::PartnerId;
use crate::storage;
use crate::storage::tenancy::{self, Across};
use serde_json::json;
use sqlx::PgConnection;

/// Freezes the partner, for a reason that its people are shown; `false` if it was frozen before.
pub async fn freeze(app: &App, partner: PartnerId, reason: &str) -> Result<bool, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let is_new = storage::freeze::freeze(&mut transaction, partner, reason).await?;
    if is_new {
        note(&mut transaction, partner, "frozen", reason).await?;
    }
    transaction.commit().await?;
    Ok(is_new)
}

/// Ends the partner's freeze; what waits goes on by itself unless everybody is frozen. `false` if the partner was not frozen.
pub async fn unfreeze(app: &App, partner: PartnerId) -> Result<bool, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let was_frozen = storage::freeze::unfreeze(&mut transaction, partner).await?;
    if was_frozen {
        note(&mut transaction, partner, "unfrozen", "").await?;
    }
    storage::freeze::wake(&mut transaction, partner).await?;
    transaction.commit().await?;
    Ok(was_frozen)
}

/// Freezes every partner there is, and those to come; how many were not frozen before.
pub async fn freeze_all(app: &App, reason: &str) -> Result<usize, ServiceError> {
    // First the switch for everybody: from here on nobody is left out. Then each one's own, which their trails tell of.
    let mut transaction = tenancy::begin_across(&app.pool, Across::Operator).await?;
    storage::freeze::freeze_all(&mut transaction, reason).await?;
    transaction.commit().await?;
    let mut frozen = 0;
    for partner in partners::list(app).await? {
        frozen += usize::from(freeze(app, partner.partner_id, reason).await?);
    }
    Ok(frozen)
}

/// Ends every freeze; how many there were.
pub async fn unfreeze_all(app: &App) -> Result<usize, ServiceError> {
    let mut transaction = tenancy::begin_across(&app.pool, Across::Operator).await?;
    storage::freeze::unfreeze_all(&mut transaction).await?;
    transaction.commit().await?;
    let mut thawed = 0;
    for partner in partners::list(app).await? {
        thawed += usize::from(unfreeze(app, partner.partner_id).await?);
    }
    Ok(thawed)
}

/// Why nothing is sent for any partner at present, if an operator has stopped everybody.
pub async fn reason_for_all(app: &App) -> Result<Option<String>, ServiceError> {
    let mut transaction = tenancy::begin_across(&app.pool, Across::Operator).await?;
    Ok(storage::freeze::reason_for_all(&mut transaction).await?)
}

async fn note(conn: &mut PgConnection, partner: PartnerId, event: &str, reason: &str) -> Result<(), ServiceError> {
    let entry = AuditEntry { actor: OPERATOR, event, subject: "vendors", detail: json!({ "reason": reason }) };
    Ok(storage::audit::append(conn, partner, &entry).await?)
}

/// Refuses what would write at vendors while there is a hold on the partner.
pub(super) async fn refuse_frozen(conn: &mut PgConnection, partner: PartnerId) -> Result<(), ServiceError> {
    match storage::freeze::hold(conn, partner).await? {
        Some(hold) => Err(ServiceError::Frozen(hold)),
        None => Ok(()),
    }
}
