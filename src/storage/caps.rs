//! What a partner has had created and bought lately.

use crate::domain::ids::PartnerId;
use sqlx::{PgConnection, Result};

/// Accounts created and seats bought, what is under way included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Accounts.
    pub accounts: u64,
    /// Seats.
    pub seats: u64,
}

/// Of the last hours. A customer counts from the start of its integration on, unless it ended without anything having been sent or
/// after a refusal: then only what is recorded as sent counts.
pub async fn used(conn: &mut PgConnection, partner: PartnerId, hours: u32) -> Result<Used> {
    let row = sqlx::query!(
        r#"with item as (
             select p.value as plan, t.status not in ('refused', 'no_licenses', 'not_started') as may_send,
                    array(select o.kind from operation o
                          where o.partner_id = t.partner_id and o.import_id = t.import_id and o.organization_id = t.organization_id
                            and o.state not in ('refused', 'absent')) as sent
             from integration i
             join integration_item t on t.partner_id = i.partner_id and t.import_id = i.import_id
             cross join lateral jsonb_array_elements(i.plan -> 'items') p(value)
             where i.partner_id = $1 and i.started_at > now() - make_interval(hours => $2)
               and p.value ->> 'organization_id' = t.organization_id)
           select count(*) filter (where plan -> 'account' ? 'create' and (may_send or 'create_account' = any(sent))) as "accounts!",
                  coalesce(sum(greatest((plan ->> 'seats')::bigint - coalesce((plan ->> 'seats_before')::bigint, 0), 0))
                           filter (where may_send or 'create_subscription' = any(sent) or 'set_units' = any(sent)), 0)::bigint as "seats!"
           from item"#,
        partner.0,
        i32::try_from(hours).unwrap_or(i32::MAX)
    )
    .fetch_one(conn)
    .await?;
    Ok(Used { accounts: u64::try_from(row.accounts).unwrap_or(0), seats: u64::try_from(row.seats).unwrap_or(0) })
}
