//! What a run makes known to the rest: links, claims and the local mirror.

use super::{EngineError, Fence};
use crate::domain::ids::{AccountId, OrganizationId, SubscriptionId};
use crate::domain::integration::ItemRecord;
use crate::domain::inventory::{LicensePool, LicenseVersion};
use crate::domain::matching::{fold, name_key};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Result};

/// An account that has just become known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMirrorAccount<'a> {
    /// Its id.
    pub id: &'a AccountId,
    /// Its name.
    pub name: &'a str,
    /// City, state, country.
    pub place: [Option<&'a str>; 3],
    /// What was written into its note.
    pub note: Option<&'a str>,
}

/// Adds an account to the mirror, unless it is there.
pub async fn put_account(conn: &mut PgConnection, fence: Fence, account: &NewMirrorAccount<'_>) -> Result<()> {
    let [city, state, country] = account.place;
    let search = fold(&[Some(account.name), city, country].into_iter().flatten().collect::<Vec<_>>().join(" "));
    sqlx::query!(
        "insert into account (partner_id, account_id, name, city, state, country, note, name_key, search_text, first_seen_at, synced_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(), now()) on conflict (partner_id, account_id) do nothing",
        fence.partner.0,
        account.id.as_str(),
        account.name,
        city,
        state,
        country,
        account.note,
        name_key(account.name),
        search
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a subscription to the mirror, or sets its seats.
pub async fn put_subscription(
    conn: &mut PgConnection,
    fence: Fence,
    item: &ItemRecord,
    account: &AccountId,
    subscription: &SubscriptionId,
) -> Result<()> {
    sqlx::query!(
        "insert into subscription (partner_id, account_id, subscription_id, service_plan_id, name, enabled, units, synced_at)
         values ($1, $2, $3, $4, coalesce((select p.name from service_plan p where p.partner_id = $1 and p.service_plan_id = $4), ''), true, $5, now())
         on conflict (partner_id, account_id, subscription_id) do update set units = excluded.units, enabled = true, synced_at = now()",
        fence.partner.0,
        account.as_str(),
        subscription.as_str(),
        item.plan.service_plan_id.as_str(),
        i32::try_from(item.plan.seats).unwrap_or(i32::MAX)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the import hold an account as well as the organization, so that nobody else takes it.
pub async fn claim_account(
    conn: &mut PgConnection,
    fence: Fence,
    organization: &OrganizationId,
    account: &AccountId,
) -> Result<()> {
    sqlx::query!(
        "update claim set account_id = $4 where partner_id = $1 and import_id = $2 and organization_id = $3
         and not exists (select from claim other where other.partner_id = $1 and other.account_id = $4 and other.organization_id <> $3)",
        fence.partner.0,
        fence.import.0,
        organization.as_str(),
        account.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Links the organization and its account and releases its claim; `false` if either is linked to something else.
pub async fn insert_link(conn: &mut PgConnection, fence: Fence, item: &ItemRecord) -> Result<bool, EngineError> {
    let Some(account) = &item.account_id else { return Ok(false) };
    let template = item.plan.template.as_ref().filter(|_| item.warning.is_none());
    sqlx::query!(
        "insert into link (partner_id, organization_id, account_id, organization_name, account_name, subscription_id, service_plan_id, seats, template_id,
                           imported_by, import_id)
         select $1, $3, $4, $5, $6, $7, $8, $9, $10, i.started_by, $2 from integration i where i.partner_id = $1 and i.import_id = $2
         on conflict do nothing",
        fence.partner.0,
        fence.import.0,
        item.plan.organization_id.as_str(),
        account.as_str(),
        item.plan.organization_name,
        item.plan.account_name(),
        item.subscription_id.as_ref().map(SubscriptionId::as_str),
        item.plan.service_plan_id.as_str(),
        i32::try_from(item.plan.seats).unwrap_or(i32::MAX),
        template.map(|template| template.id.as_str())
    )
    .execute(&mut *conn)
    .await?;
    // A retry of a customer that was imported with a warning finds its own link.
    let updated = sqlx::query!(
        "update link set subscription_id = $4, seats = $5, template_id = $6 where partner_id = $1 and organization_id = $2 and account_id = $3",
        fence.partner.0,
        item.plan.organization_id.as_str(),
        account.as_str(),
        item.subscription_id.as_ref().map(SubscriptionId::as_str),
        i32::try_from(item.plan.seats).unwrap_or(i32::MAX),
        template.map(|template| template.id.as_str())
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from claim where partner_id = $1 and import_id = $2 and organization_id = $3",
        fence.partner.0,
        fence.import.0,
        item.plan.organization_id.as_str()
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Replaces what is known of the pools, unless it is newer. `asked_at`: when the vendor was asked, by the database's clock.
pub async fn put_pools(
    conn: &mut PgConnection,
    fence: Fence,
    pools: &[LicensePool],
    asked_at: DateTime<Utc>,
) -> Result<()> {
    for pool in pools {
        sqlx::query!(
            "insert into license_pool (partner_id, license_pool_id, product, version, available, synced_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (partner_id, license_pool_id) do update set available = excluded.available, synced_at = excluded.synced_at
             where license_pool.synced_at < excluded.synced_at",
            fence.partner.0,
            pool.id.as_str(),
            pool.product,
            match pool.version {
                LicenseVersion::Trial => "trial",
                LicenseVersion::Full => "full",
            },
            pool.available.map(|units| i32::try_from(units).unwrap_or(i32::MAX)),
            asked_at
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
