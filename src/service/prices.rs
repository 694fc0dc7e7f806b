//! The partner's own price list: stored whole, and asked what a plan costs more each month.

use super::{App, ServiceError};
use crate::domain::ids::PartnerId;
use crate::domain::import::Import;
use crate::domain::plan::Plan;
use crate::domain::price::{Difference, Price};
use crate::storage::{self, tenancy};

/// Replaces the partner's price list; an empty one removes it.
pub async fn put(app: &App, partner: PartnerId, prices: &[Price]) -> Result<(), ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    storage::prices::put(&mut transaction, partner, prices).await?;
    Ok(transaction.commit().await?)
}

/// How much more is paid each month once the plan is carried out; `None` without a price list.
pub async fn difference(
    app: &App,
    partner: PartnerId,
    import: &Import,
    plan: &Plan,
) -> Result<Option<Difference>, ServiceError> {
    let prices = storage::prices::list(&mut *tenancy::begin(&app.pool, partner).await?, partner).await?;
    Ok((!prices.is_empty()).then(|| Difference::of(plan, &import.catalog, &prices)))
}
