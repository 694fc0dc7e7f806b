//! Licenses that are spoken for although the vendor may still count them as free: an import that is carried out has confirmed
//! them and has not taken them yet.

use crate::domain::ids::{ImportId, LicensePoolId, PartnerId};
use crate::domain::plan::PlanItem;
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{PgConnection, Result};
use std::collections::BTreeMap;

/// What imports have reserved of one pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reserved {
    /// Surely not taken off what the vendor said.
    pub sure: u32,
    /// Sent while the vendor was asked: taken off already, or not.
    pub unclear: u32,
}

impl Reserved {
    /// All of it.
    pub fn most(self) -> u32 {
        self.sure.saturating_add(self.unclear)
    }
}

/// The database's time at this moment, to be noted as when a vendor was asked: what was recorded before it is older.
pub async fn now(conn: &mut PgConnection) -> Result<DateTime<Utc>> {
    sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(conn).await
}

/// What all imports that are carried out have reserved, beyond what the stored pools know of.
pub async fn of_all(conn: &mut PgConnection, partner: PartnerId) -> Result<BTreeMap<LicensePoolId, Reserved>> {
    read(conn, partner, None, None).await
}

/// What other imports have reserved that were started before this one, with what the vendor was asked for at `asked_at`: the
/// first that was confirmed is the first to be served. What others have sent counts whenever they were started.
pub async fn before(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    asked_at: DateTime<Utc>,
) -> Result<BTreeMap<LicensePoolId, Reserved>> {
    read(conn, partner, Some(import), Some(asked_at)).await
}

/// A retry stands where it was asked for, not where its import once began.
async fn read(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: Option<ImportId>,
    asked_at: Option<DateTime<Utc>>,
) -> Result<BTreeMap<LicensePoolId, Reserved>> {
    let rows = sqlx::query!(
        r#"with pool as (
             select license_pool_id, coalesce($3::timestamptz, synced_at) as asked_at from license_pool where partner_id = $1),
           run as (
             select g.import_id, g.plan, coalesce(j.created_at, g.started_at) as began
             from integration g
             left join job j on j.partner_id = g.partner_id and j.kind = 'integrate' and j.subject = g.import_id::text and j.state in ('queued', 'running')
             where g.partner_id = $1
               and (g.status not in ('stopped', 'finished') or g.finished_at >= (select min(asked_at) from pool)
                    or g.import_id in (select o.import_id from operation o
                                       where o.partner_id = $1 and o.state in ('intended', 'in_doubt', 'needs_person')))),
           item as (
             select r.import_id, r.began, p.item, i.organization_id, pool.asked_at,
                    i.status not in ('imported', 'imported_with_warning', 'no_licenses', 'refused', 'needs_person', 'not_started')
                      and not i.subscription_done as waits
             from run r
             cross join lateral jsonb_array_elements(r.plan -> 'items') as p(item)
             join pool on pool.license_pool_id = p.item ->> 'license_pool_id'
             join integration_item i on i.partner_id = $1 and i.import_id = r.import_id and i.organization_id = p.item ->> 'organization_id'
             where r.import_id is distinct from $2)
           select item.item as "item!: Json<serde_json::Value>", o.state as "state?", coalesce(o.intended_at >= item.asked_at, false) as "after!"
           from item
           left join lateral (
             select o.state, o.intended_at from operation o
             where o.partner_id = $1 and o.import_id = item.import_id and o.organization_id = item.organization_id
               and o.kind in ('create_subscription', 'set_units')
               and (o.state in ('intended', 'in_doubt', 'needs_person') or (o.state = 'done' and o.settled_at >= item.asked_at))
             order by o.intended_at desc limit 1) o on true
           where o.state is not null
              or (item.waits and ($2::uuid is null or (item.began, item.import_id) < (select r.began, r.import_id from run r where r.import_id = $2)))"#,
        partner.0,
        import.map(|import| import.0),
        asked_at
    )
    .fetch_all(conn)
    .await?;
    let mut reserved: BTreeMap<LicensePoolId, Reserved> = BTreeMap::new();
    for row in rows {
        // A plan that this version cannot read halts its own import, and must not halt others.
        let Ok(item) = serde_json::from_value::<PlanItem>(row.item.0) else {
            tracing::error!(partner.id = %partner, "a confirmed plan cannot be read; its licenses are not kept free");
            continue;
        };
        let units = item.new_units();
        let Some(pool) = item.license_pool_id else { continue };
        let of_pool = reserved.entry(pool).or_default();
        // One in doubt stays so for long: it counts as not taken yet, as it does within its own import.
        let is_unclear = matches!(row.state.as_deref(), Some("intended" | "done")) && !row.after;
        let part = if is_unclear { &mut of_pool.unclear } else { &mut of_pool.sure };
        *part = part.saturating_add(units);
    }
    Ok(reserved)
}
