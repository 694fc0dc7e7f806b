//! Writing the mirror: a part is replaced completely, in one transaction, and rows that did not change are not touched.

use super::{inventory, rows};
use crate::domain::ids::{OrganizationId, PartnerId};
use crate::domain::inventory::{
    Account, EndpointCounts, LicensePool, Organization, OrganizationProfile, ServicePlan, Subscription,
};
use crate::domain::matching::{email_domain, fold, name_key};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Result};
use std::collections::{BTreeMap, HashMap};

/// Rows of one statement: enough to be quick, few enough to be light.
const ROWS_AT_ONCE: usize = 1_000;

/// Notes that a refresh is running and how far it is.
pub async fn set_running(conn: &mut PgConnection, partner: PartnerId, done: i64, total: Option<i64>) -> Result<()> {
    sqlx::query!(
        "insert into inventory_refresh (partner_id, status, done, total, started_at) values ($1, 'running', $2, $3, now())
         on conflict (partner_id) do update
         set started_at = case when inventory_refresh.status = 'running' then inventory_refresh.started_at else now() end,
             status = 'running', done = $2, total = $3, finished_at = null, error_code = null, error_message = null",
        partner.0,
        done,
        total
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes how a refresh ended: well, or with a code and words.
pub async fn set_ended(conn: &mut PgConnection, partner: PartnerId, error: Option<(&str, &str)>) -> Result<()> {
    let (code, message) = error.unzip();
    sqlx::query!(
        "update inventory_refresh set status = case when $2::text is null then 'idle' else 'failed' end, finished_at = now(),
                error_code = $2, error_message = $3 where partner_id = $1",
        partner.0,
        code,
        message
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces all organizations with their endpoint counts. What was read of single records stays where the list has nothing. Where
/// the list is not `is_whole`, what is not on it may be one of its rows that could not be read, so nothing is taken away.
pub async fn put_organizations(
    conn: &mut PgConnection,
    partner: PartnerId,
    organizations: &[Organization],
    counts: &EndpointCounts,
    is_whole: bool,
) -> Result<()> {
    for some in organizations.chunks(ROWS_AT_ONCE) {
        put_some_organizations(conn, partner, some, counts).await?;
    }
    let ids: Vec<_> = organizations.iter().map(|organization| organization.id.to_string()).collect();
    if is_whole {
        sqlx::query!(
            "delete from organization o where o.partner_id = $1 and not exists (select from unnest($2::text[]) as k (id) where k.id = o.organization_id)",
            partner.0,
            &ids
        )
        .execute(&mut *conn)
        .await?;
    }
    let devices: u32 = counts.by_organization.values().map(|count| count.endpoints).sum();
    set_part(conn, partner, "organizations", organizations.len(), None).await?;
    set_part(conn, partner, "endpoints", devices as usize, Some(rows::int(counts.unattributed))).await
}

async fn put_some_organizations(
    conn: &mut PgConnection,
    partner: PartnerId,
    organizations: &[Organization],
    counts: &EndpointCounts,
) -> Result<()> {
    let column = |value: fn(&Organization) -> Option<String>| organizations.iter().map(value).collect::<Vec<_>>();
    let text = |value: fn(&Organization) -> String| organizations.iter().map(value).collect::<Vec<_>>();
    let count = |excluded: bool| -> Vec<i32> {
        let of = |o: &Organization| {
            counts.by_organization.get(&o.id).map_or(0, |count| if excluded { count.excluded } else { count.endpoints })
        };
        organizations.iter().map(|o| rows::int(of(o))).collect()
    };
    sqlx::query!(
        r#"insert into organization as o (partner_id, organization_id, name, reference, kind, parent_id, endpoints, endpoints_excluded, first_name, last_name,
                                          email, address, city, state, postal_code, country, name_key, email_domain, search_text, synced_at)
           select $1, n.*, now() from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::text[], $10::text[],
                                             $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[])
             as n (id, name, reference, kind, parent_id, endpoints, endpoints_excluded, first_name, last_name, email, address, city, state, postal_code,
                   country, name_key, email_domain, search_text)
           left join organization k on k.partner_id = $1 and k.organization_id = n.id
           where (k.name, k.reference, k.kind, k.parent_id, k.endpoints, k.endpoints_excluded, k.first_name, k.last_name, k.email, k.address, k.city, k.state,
                  k.postal_code, k.country, k.name_key, k.email_domain, k.search_text)
              is distinct from
                 (n.name, n.reference, n.kind, n.parent_id, n.endpoints, n.endpoints_excluded, coalesce(n.first_name, k.first_name),
                  coalesce(n.last_name, k.last_name), coalesce(n.email, k.email), coalesce(n.address, k.address), coalesce(n.city, k.city),
                  coalesce(n.state, k.state), coalesce(n.postal_code, k.postal_code), coalesce(n.country, k.country), n.name_key,
                  coalesce(n.email_domain, k.email_domain), n.search_text)
           on conflict (partner_id, organization_id) do update set
             name = excluded.name, reference = excluded.reference, kind = excluded.kind, parent_id = excluded.parent_id,
             endpoints = excluded.endpoints, endpoints_excluded = excluded.endpoints_excluded,
             first_name = coalesce(excluded.first_name, o.first_name), last_name = coalesce(excluded.last_name, o.last_name),
             email = coalesce(excluded.email, o.email), address = coalesce(excluded.address, o.address), city = coalesce(excluded.city, o.city),
             state = coalesce(excluded.state, o.state), postal_code = coalesce(excluded.postal_code, o.postal_code),
             country = coalesce(excluded.country, o.country), name_key = excluded.name_key,
             email_domain = coalesce(excluded.email_domain, o.email_domain), search_text = excluded.search_text, synced_at = excluded.synced_at,
             details_read_at = case when (o.name, o.reference, o.email, o.city, o.country) is not distinct from
                 (excluded.name, excluded.reference, coalesce(excluded.email, o.email), coalesce(excluded.city, o.city), coalesce(excluded.country, o.country))
                 then o.details_read_at end"#,
        partner.0,
        &text(|o| o.id.to_string()),
        &text(|o| o.name.clone()),
        &column(|o| o.reference.clone()) as &[Option<String>],
        &text(|o| rows::kind_text(o.kind).to_owned()),
        &column(|o| o.parent_id.as_ref().map(ToString::to_string)) as &[Option<String>],
        &count(false),
        &count(true),
        &column(|o| o.profile.first_name.clone()) as &[Option<String>],
        &column(|o| o.profile.last_name.clone()) as &[Option<String>],
        &column(|o| o.profile.email.clone()) as &[Option<String>],
        &column(|o| o.profile.address.clone()) as &[Option<String>],
        &column(|o| o.profile.city.clone()) as &[Option<String>],
        &column(|o| o.profile.state.clone()) as &[Option<String>],
        &column(|o| o.profile.postal_code.clone()) as &[Option<String>],
        &column(|o| o.profile.country.clone()) as &[Option<String>],
        &text(|o| name_key(&o.name)),
        &column(|o| o.profile.email.as_deref().and_then(email_domain)) as &[Option<String>],
        &text(|o| search_text([Some(o.name.as_str()), o.reference.as_deref(), o.profile.email.as_deref()])),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was read of license pools.
#[derive(Debug, Clone, Copy)]
pub enum Pools<'a> {
    /// They may not be read: what is available is unknown.
    Unknown,
    /// All of them.
    Read(&'a [LicensePool]),
    /// They could not be read now: what was known of them stays.
    Kept,
}

/// Replaces all accounts and their subscriptions. When an account was first seen stays. `None`: subscriptions could not be read, and
/// stay. Where a list is not `is_whole`, what is not on it may be one of its rows that could not be read, so nothing is taken away.
pub async fn put_accounts(
    conn: &mut PgConnection,
    partner: PartnerId,
    accounts: &[Account],
    subscriptions: Option<&[Subscription]>,
    is_whole: bool,
) -> Result<()> {
    for some in accounts.chunks(ROWS_AT_ONCE) {
        put_some_accounts(conn, partner, some).await?;
    }
    let ids: Vec<_> = accounts.iter().map(|account| account.id.to_string()).collect();
    // An account that we created while the list was being read may not be on it yet: a new row has an hour to get there.
    if is_whole {
        delete_accounts(&mut *conn, partner, &ids).await?;
    }
    set_part(&mut *conn, partner, "accounts", accounts.len(), None).await?;
    if let Some(subscriptions) = subscriptions {
        put_subscriptions(&mut *conn, partner, subscriptions, is_whole).await?;
        set_part(conn, partner, "subscriptions", subscriptions.len(), None).await?;
    }
    Ok(())
}

async fn delete_accounts(conn: &mut PgConnection, partner: PartnerId, ids: &[String]) -> Result<()> {
    sqlx::query!(
        "delete from account a where a.partner_id = $1 and a.synced_at < now() - interval '1 hour'
         and not exists (select from unnest($2::text[]) as k (id) where k.id = a.account_id)
         and not exists (select from claim c where c.partner_id = a.partner_id and c.account_id = a.account_id)",
        partner.0,
        ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn put_some_accounts(conn: &mut PgConnection, partner: PartnerId, accounts: &[Account]) -> Result<()> {
    let column = |value: fn(&Account) -> Option<String>| accounts.iter().map(value).collect::<Vec<_>>();
    let text = |value: fn(&Account) -> String| accounts.iter().map(value).collect::<Vec<_>>();
    sqlx::query!(
        r#"insert into account (partner_id, account_id, name, city, state, country, note, emergency_email, name_key, email_domain, search_text, first_seen_at, synced_at)
           select $1, n.*, now(), now()
           from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
             as n (id, name, city, state, country, note, emergency_email, name_key, email_domain, search_text)
           left join account k on k.partner_id = $1 and k.account_id = n.id
           where (k.name, k.city, k.state, k.country, k.note, k.emergency_email, k.name_key, k.email_domain, k.search_text)
              is distinct from (n.name, n.city, n.state, n.country, n.note, n.emergency_email, n.name_key, n.email_domain, n.search_text)
           on conflict (partner_id, account_id) do update set
             name = excluded.name, city = excluded.city, state = excluded.state, country = excluded.country, note = excluded.note,
             emergency_email = excluded.emergency_email, name_key = excluded.name_key, email_domain = excluded.email_domain,
             search_text = excluded.search_text, synced_at = excluded.synced_at"#,
        partner.0,
        &text(|a| a.id.to_string()),
        &text(|a| a.name.clone()),
        &column(|a| a.city.clone()) as &[Option<String>],
        &column(|a| a.state.clone()) as &[Option<String>],
        &column(|a| a.country.clone()) as &[Option<String>],
        &column(|a| a.note.clone()) as &[Option<String>],
        &column(|a| a.emergency_email.clone()) as &[Option<String>],
        &text(|a| name_key(&a.name)),
        &column(|a| a.emergency_email.as_deref().and_then(email_domain)) as &[Option<String>],
        &text(|a| search_text([Some(a.name.as_str()), a.city.as_deref(), None])),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn put_subscriptions(
    conn: &mut PgConnection,
    partner: PartnerId,
    subscriptions: &[Subscription],
    is_whole: bool,
) -> Result<()> {
    let text = |value: fn(&Subscription) -> String| subscriptions.iter().map(value).collect::<Vec<_>>();
    let ids = text(|s| s.id.to_string());
    sqlx::query!(
        "insert into subscription (partner_id, account_id, subscription_id, service_plan_id, name, enabled, units, synced_at)
         select $1, n.*, now() from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::int[])
           as n (account_id, id, service_plan_id, name, enabled, units)
         left join subscription k on k.partner_id = $1 and k.account_id = n.account_id and k.subscription_id = n.id
         where (k.service_plan_id, k.name, k.enabled, k.units) is distinct from (n.service_plan_id, n.name, n.enabled, n.units)
         on conflict (partner_id, account_id, subscription_id) do update set
           service_plan_id = excluded.service_plan_id, name = excluded.name, enabled = excluded.enabled, units = excluded.units, synced_at = excluded.synced_at",
        partner.0,
        &text(|s| s.account_id.to_string()),
        &ids,
        &text(|s| s.service_plan_id.to_string()),
        &text(|s| s.name.clone()),
        &subscriptions.iter().map(|s| s.enabled).collect::<Vec<_>>(),
        &subscriptions.iter().map(|s| s.units.map(rows::int)).collect::<Vec<_>>() as &[Option<i32>],
    )
    .execute(&mut *conn)
    .await?;
    if !is_whole {
        return Ok(());
    }
    sqlx::query!(
        "delete from subscription s where s.partner_id = $1 and s.synced_at < now() - interval '1 hour'
         and not exists (select from unnest($2::text[]) as k (id) where k.id = s.subscription_id)",
        partner.0,
        &ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces all service plans and license pools. `pools` `None`: availability is unknown. `asked_at`: when the vendor was asked, by
/// the database's clock.
pub async fn put_service_plans(
    conn: &mut PgConnection,
    partner: PartnerId,
    plans: &[ServicePlan],
    pools: Pools<'_>,
    asked_at: DateTime<Utc>,
) -> Result<()> {
    let read = match pools {
        Pools::Unknown => Some(&[][..]),
        Pools::Read(pools) => Some(pools),
        Pools::Kept => None,
    };
    let mut pool_of = HashMap::new();
    if let Some(pools) = read {
        put_pools(&mut *conn, partner, pools, asked_at).await?;
        for pool in pools {
            for plan in &pool.service_plans {
                pool_of.entry(plan.clone()).or_insert_with(|| pool.id.clone());
            }
        }
    } else {
        let known = inventory::service_plans(&mut *conn, partner).await?;
        pool_of.extend(known.into_iter().filter_map(|(plan, pool)| Some((plan.id, pool?))));
    }
    let plans: BTreeMap<_, _> = plans.iter().map(|plan| (plan.id.as_str(), plan)).collect();
    let plans: Vec<_> = plans.into_values().collect();
    let text = |value: fn(&ServicePlan) -> String| plans.iter().map(|plan| value(plan)).collect::<Vec<_>>();
    let column = |value: fn(&ServicePlan) -> Option<String>| plans.iter().map(|plan| value(plan)).collect::<Vec<_>>();
    let ids = text(|p| p.id.to_string());
    sqlx::query!(
        "insert into service_plan (partner_id, service_plan_id, name, product, product_code, version, data_center, auto_renewal, license_pool_id, synced_at)
         select $1, n.*, now() from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::text[])
           as n (id, name, product, product_code, version, data_center, auto_renewal, license_pool_id)
         left join service_plan k on k.partner_id = $1 and k.service_plan_id = n.id
         where (k.name, k.product, k.product_code, k.version, k.data_center, k.auto_renewal, k.license_pool_id)
            is distinct from (n.name, n.product, n.product_code, n.version, n.data_center, n.auto_renewal, n.license_pool_id)
         on conflict (partner_id, service_plan_id) do update set
           name = excluded.name, product = excluded.product, product_code = excluded.product_code, version = excluded.version,
           data_center = excluded.data_center, auto_renewal = excluded.auto_renewal, license_pool_id = excluded.license_pool_id, synced_at = excluded.synced_at",
        partner.0,
        &ids,
        &text(|p| p.name.clone()),
        &text(|p| p.product.clone()),
        &column(|p| p.product_code.clone()) as &[Option<String>],
        &text(|p| rows::version_text(p.version).to_owned()),
        &column(|p| p.data_center.clone()) as &[Option<String>],
        &plans.iter().map(|plan| plan.auto_renewal).collect::<Vec<_>>(),
        &plans.iter().map(|plan| pool_of.get(&plan.id).map(ToString::to_string)).collect::<Vec<_>>() as &[Option<String>],
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from service_plan where partner_id = $1 and service_plan_id <> all($2)", partner.0, &ids)
        .execute(&mut *conn)
        .await?;
    set_part(&mut *conn, partner, "service_plans", plans.len(), None).await?;
    match read {
        Some(pools) => set_part(conn, partner, "license_pools", pools.len(), None).await,
        None => Ok(()),
    }
}

/// Pools are few, and every one is written: when the vendor was asked decides which reservations it knows of.
async fn put_pools(
    conn: &mut PgConnection,
    partner: PartnerId,
    pools: &[LicensePool],
    asked_at: DateTime<Utc>,
) -> Result<()> {
    let pools: BTreeMap<_, _> = pools.iter().map(|pool| (pool.id.as_str(), pool)).collect();
    let text = |value: fn(&LicensePool) -> String| pools.values().map(|pool| value(pool)).collect::<Vec<_>>();
    let ids = text(|p| p.id.to_string());
    sqlx::query!(
        "insert into license_pool (partner_id, license_pool_id, product, version, available, synced_at)
         select $1, n.*, $6 from unnest($2::text[], $3::text[], $4::text[], $5::int[]) as n (id, product, version, available)
         on conflict (partner_id, license_pool_id) do update set
           product = excluded.product, version = excluded.version, available = excluded.available, synced_at = excluded.synced_at",
        partner.0,
        &ids,
        &text(|p| p.product.clone()),
        &text(|p| rows::version_text(p.version).to_owned()),
        &pools.values().map(|pool| pool.available.map(rows::int)).collect::<Vec<_>>() as &[Option<i32>],
        asked_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from license_pool where partner_id = $1 and license_pool_id <> all($2)", partner.0, &ids)
        .execute(conn)
        .await?;
    Ok(())
}

async fn set_part(
    conn: &mut PgConnection,
    partner: PartnerId,
    part: &str,
    count: usize,
    unattributed: Option<i32>,
) -> Result<()> {
    sqlx::query!(
        "insert into inventory_part (partner_id, part, count, unattributed, refreshed_at, complete) values ($1, $2, $3, $4, now(), true)
         on conflict (partner_id, part) do update set count = $3, unattributed = $4, refreshed_at = now(), complete = true",
        partner.0,
        part,
        i32::try_from(count).unwrap_or(i32::MAX),
        unattributed
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the last reading of some parts did not see everything; what was known before is kept.
pub async fn set_incomplete(conn: &mut PgConnection, partner: PartnerId, parts: &[&str]) -> Result<()> {
    let parts: Vec<_> = parts.iter().map(|&part| part.to_owned()).collect();
    sqlx::query!(
        "update inventory_part set complete = false where partner_id = $1 and part = any($2)",
        partner.0,
        &parts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Organizations whose single record is worth reading: rows of an import that lack something LMP demands, and that were not read
/// within a day or have changed since.
pub async fn lacking_details(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: crate::domain::ids::ImportId,
) -> Result<Vec<OrganizationId>> {
    let found = sqlx::query_scalar!(
        "select o.organization_id from import_item i
         join organization o on o.partner_id = i.partner_id and o.organization_id = i.organization_id
         where i.partner_id = $1 and i.import_id = $2 and (o.details_read_at is null or o.details_read_at < now() - interval '1 day')
           and (o.email is null or o.first_name is null or o.last_name is null or o.city is null or o.state is null or o.country is null)
         order by i.position",
        partner.0,
        import.0
    )
    .fetch_all(conn)
    .await?;
    found.into_iter().map(|id| rows::id("organization_id", id)).collect()
}

/// Fills what the list did not have from the single record and the staff.
pub async fn put_details(
    conn: &mut PgConnection,
    partner: PartnerId,
    details: &HashMap<OrganizationId, OrganizationProfile>,
) -> Result<()> {
    for (id, profile) in details {
        sqlx::query!(
            "update organization set first_name = coalesce(first_name, $3), last_name = coalesce(last_name, $4), email = coalesce(email, $5),
                    address = coalesce(address, $6), city = coalesce(city, $7), state = coalesce(state, $8), postal_code = coalesce(postal_code, $9),
                    country = coalesce(country, $10), email_domain = coalesce(email_domain, $11), details_read_at = now()
             where partner_id = $1 and organization_id = $2",
            partner.0,
            id.as_str(),
            profile.first_name,
            profile.last_name,
            profile.email,
            profile.address,
            profile.city,
            profile.state,
            profile.postal_code,
            profile.country,
            profile.email.as_deref().and_then(email_domain),
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

fn search_text(parts: [Option<&str>; 3]) -> String {
    parts
        .into_iter()
        .flatten()
        .map(|part| format!("{} {}", fold(part), part.to_lowercase()))
        .collect::<Vec<_>>()
        .join(" ")
}
