//! The partner's own price list.

use super::rows;
use crate::domain::ids::PartnerId;
use crate::domain::price::{Price, PriceList, plan_key};
use sqlx::{PgConnection, Result};

/// Replaces the whole list.
pub async fn put(conn: &mut PgConnection, partner: PartnerId, prices: &[Price]) -> Result<()> {
    let column = |of: fn(&Price) -> String| prices.iter().map(of).collect::<Vec<_>>();
    sqlx::query!("delete from plan_price where partner_id = $1", partner.0).execute(&mut *conn).await?;
    sqlx::query!(
        "insert into plan_price (partner_id, plan_key, plan, amount, currency)
         select $1, n.plan_key, n.plan, n.amount::numeric, n.currency
         from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as n (plan_key, plan, amount, currency)",
        partner.0,
        &column(|price| plan_key(&price.plan)),
        &column(|price| price.plan.clone()),
        &column(|price| price.amount.to_string()),
        &column(|price| price.currency.clone()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The whole list.
pub async fn list(conn: &mut PgConnection, partner: PartnerId) -> Result<PriceList> {
    let found = sqlx::query!(
        r#"select plan, amount::text as "amount!", currency from plan_price where partner_id = $1 order by plan_key"#,
        partner.0
    )
    .fetch_all(conn)
    .await?;
    let price = |row: (String, String, String)| {
        let amount = row.1.parse().map_err(|_| rows::unreadable("amount"))?;
        Ok(Price { plan: row.0, amount, currency: row.2 })
    };
    found.into_iter().map(|row| price((row.plan, row.amount, row.currency))).collect()
}
