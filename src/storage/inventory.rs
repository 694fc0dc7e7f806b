//! Reading the mirror of both vendors.

use super::rows;
use crate::domain::ids::{AccountId, ImportId, LicensePoolId, OrganizationId, PartnerId};
use crate::domain::inventory::{LicensePool, OrganizationKind, OrganizationProfile, ServicePlan, Subscription};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Result};

/// What an organization list selects.
#[derive(Debug, Clone, Default)]
pub struct OrganizationFilter {
    /// With or without an account.
    pub linked: Option<bool>,
    /// Customers or built-in ones.
    pub kind: Option<OrganizationKind>,
    /// Folded text to look for.
    pub search: Option<String>,
    /// Only those a free account has the name of.
    pub matching: bool,
}

impl OrganizationFilter {
    fn kind_text(&self) -> Option<&'static str> {
        self.kind.map(rows::kind_text)
    }

    fn pattern(&self) -> Option<String> {
        self.search.as_deref().map(rows::contains_pattern)
    }
}

/// An organization as stored, with who holds it.
#[derive(Debug, Clone)]
pub struct OrganizationRow {
    /// The id in VSA.
    pub id: OrganizationId,
    /// Display name.
    pub name: String,
    /// Short code.
    pub reference: Option<String>,
    /// Customer or built in.
    pub kind: OrganizationKind,
    /// Devices.
    pub endpoints: Option<u32>,
    /// Machine templates.
    pub endpoints_excluded: Option<u32>,
    /// Address and contact.
    pub profile: OrganizationProfile,
    /// Whether it is linked.
    pub is_linked: bool,
    /// The running import it is in.
    pub import_id: Option<ImportId>,
    /// What it is ordered by, for the cursor.
    pub sort_key: String,
    /// When it was read.
    pub synced_at: DateTime<Utc>,
}

/// A row of [`organizations`] as the database gives it.
struct FoundOrganization {
    organization_id: String,
    name: String,
    reference: Option<String>,
    kind: String,
    endpoints: Option<i32>,
    endpoints_excluded: Option<i32>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    synced_at: DateTime<Utc>,
    is_linked: bool,
    import_id: Option<uuid::Uuid>,
    sort_key: String,
}

/// One page of organizations: rows after `after` (sort key, id) in the order of `sort` (`name`, `reference`, `endpoints`).
pub async fn organizations(
    conn: &mut PgConnection,
    partner: PartnerId,
    filter: &OrganizationFilter,
    sort: &str,
    descending: bool,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<OrganizationRow>> {
    let (after_key, after_id) = after.unzip();
    // A statement for each order, written out: only then an index can give the rows in that order.
    macro_rules! page {
        ($key:literal, $beyond:literal, $direction:literal) => {
            sqlx::query_as!(
                FoundOrganization,
                "select o.organization_id, o.name, o.reference, o.kind, o.endpoints, o.endpoints_excluded, o.first_name, o.last_name, o.email, o.address,
                        o.city, o.state, o.postal_code, o.country,
                         -- rows that did not change are not written, so the whole part tells when they were read
                         coalesce((select p.refreshed_at from inventory_part p where p.partner_id = $1 and p.part = 'organizations'), o.synced_at) as \"synced_at!\",
                         l.organization_id is not null as \"is_linked!\", c.import_id as \"import_id?\", "
                    + $key + " as \"sort_key!\"
                 from organization o
                 left join link l on l.partner_id = o.partner_id and l.organization_id = o.organization_id
                 left join claim c on c.partner_id = o.partner_id and c.organization_id = o.organization_id
                 where o.partner_id = $1
                   and ($2::boolean is null or (l.organization_id is not null) = $2)
                   and ($3::text is null or o.kind = $3)
                   and ($4::text is null or o.search_text like $4)
                   and (not $5::boolean or o.name_key in (
                         select a.name_key from account a where a.partner_id = $1
                           and not exists (select from link f where f.partner_id = a.partner_id and f.account_id = a.account_id)
                           and not exists (select from claim k where k.partner_id = a.partner_id and k.account_id = a.account_id)
                           and not exists (select from template t where t.partner_id = a.partner_id and t.source_account_id = a.account_id)))
                   and ($6::text is null or (" + $key + ", o.organization_id) " + $beyond + " ($6, $7))
                 order by " + $key + " " + $direction + ", o.organization_id " + $direction + " limit $8",
                partner.0,
                filter.linked,
                filter.kind_text(),
                filter.pattern(),
                filter.matching,
                after_key,
                after_id,
                limit,
            )
            .fetch_all(conn)
            .await?
        };
    }
    let found = match (sort, descending) {
        ("reference", false) => page!("lower(coalesce(o.reference, ''))", ">", "asc"),
        ("reference", true) => page!("lower(coalesce(o.reference, ''))", "<", "desc"),
        ("endpoints", false) => page!("lpad((coalesce(o.endpoints, -1) + 1)::text, 12, '0')", ">", "asc"),
        ("endpoints", true) => page!("lpad((coalesce(o.endpoints, -1) + 1)::text, 12, '0')", "<", "desc"),
        (_, false) => page!("lower(o.name)", ">", "asc"),
        (_, true) => page!("lower(o.name)", "<", "desc"),
    };
    found
        .into_iter()
        .map(|row| {
            Ok(OrganizationRow {
                id: rows::id("organization_id", row.organization_id)?,
                name: row.name,
                reference: row.reference,
                kind: rows::kind(&row.kind)?,
                endpoints: row.endpoints.map(rows::count),
                endpoints_excluded: row.endpoints_excluded.map(rows::count),
                profile: OrganizationProfile {
                    first_name: row.first_name,
                    last_name: row.last_name,
                    email: row.email,
                    address: row.address,
                    city: row.city,
                    state: row.state,
                    postal_code: row.postal_code,
                    country: row.country,
                },
                is_linked: row.is_linked,
                import_id: row.import_id.map(ImportId),
                sort_key: row.sort_key,
                synced_at: row.synced_at,
            })
        })
        .collect()
}

/// Organizations without a link, with one, built-in ones, and those that `filter` selects.
pub async fn organization_counts(
    conn: &mut PgConnection,
    partner: PartnerId,
    filter: &OrganizationFilter,
) -> Result<(i64, i64, i64, i64)> {
    let row = sqlx::query!(
        r#"select count(*) filter (where o.kind = 'customer' and l.organization_id is null) as "not_linked!",
                  (select count(*) from link where partner_id = $1) as "linked!",
                  count(*) filter (where o.kind = 'builtin') as "builtin!",
                  count(*) filter (where ($2::boolean is null or (l.organization_id is not null) = $2)
                                     and ($3::text is null or o.kind = $3)
                                     and ($4::text is null or o.search_text like $4)
                                     and (not $5::boolean or o.name_key in (
                                       select a.name_key from account a where a.partner_id = $1
                                         and not exists (select from link f where f.partner_id = a.partner_id and f.account_id = a.account_id)
                                         and not exists (select from claim k where k.partner_id = a.partner_id and k.account_id = a.account_id)
                                         and not exists (select from template t where t.partner_id = a.partner_id and t.source_account_id = a.account_id)))) as "selected!"
           from organization o
           left join link l on l.partner_id = o.partner_id and l.organization_id = o.organization_id
           where o.partner_id = $1"#,
        partner.0,
        filter.linked,
        filter.kind_text(),
        filter.pattern(),
        filter.matching,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.not_linked, row.linked, row.builtin, row.selected))
}

/// An account as stored, with the organization that holds it.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// The LMP customer id.
    pub id: AccountId,
    /// Company name.
    pub name: String,
    /// City.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// The organization that holds it: id and name.
    pub assigned_to: Option<(OrganizationId, String)>,
    /// What it is ordered by, for the cursor.
    pub sort_key: String,
}

/// One page of accounts in the order of their names. `excluded` accounts are left out. Unassigned ones
/// are those that an organization can get: not the models that templates are copied from.
pub async fn accounts(
    conn: &mut PgConnection,
    partner: PartnerId,
    assigned: Option<bool>,
    search: Option<&str>,
    excluded: &[String],
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<AccountRow>> {
    let (after_key, after_id) = after.unzip();
    let found = sqlx::query!(
        r#"with listed as (
             select a.account_id, a.name, a.city, a.state, a.country, lower(a.name) as sort_key,
                    coalesce(l.organization_id, k.organization_id) as holder_id, coalesce(l.organization_name, o.name, k.organization_id) as holder_name
             from account a
             left join link l on l.partner_id = a.partner_id and l.account_id = a.account_id
             left join claim k on k.partner_id = a.partner_id and k.account_id = a.account_id
             left join organization o on o.partner_id = k.partner_id and o.organization_id = k.organization_id
             where a.partner_id = $1
               and ($2::boolean is null or (coalesce(l.organization_id, k.organization_id) is not null) = $2)
               and ($3::text is null or a.search_text like $3)
               and a.account_id <> all($4)
               and ($2 is distinct from false
                    or not exists (select from template t where t.partner_id = a.partner_id and t.source_account_id = a.account_id)))
           select account_id, name, city, state, country, holder_id as "holder_id?", holder_name as "holder_name?", sort_key as "sort_key!" from listed
           where $5::text is null or (sort_key, account_id) > ($5, $6)
           order by sort_key, account_id limit $7"#,
        partner.0,
        assigned,
        search.map(rows::contains_pattern),
        excluded,
        after_key,
        after_id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            let holder = rows::optional_id("organization_id", row.holder_id)?;
            Ok(AccountRow {
                id: rows::id("account_id", row.account_id)?,
                name: row.name,
                city: row.city,
                state: row.state,
                country: row.country,
                assigned_to: holder.map(|holder| (holder, row.holder_name.unwrap_or_default())),
                sort_key: row.sort_key,
            })
        })
        .collect()
}

/// Subscriptions in force of several accounts at once.
pub async fn subscriptions(
    conn: &mut PgConnection,
    partner: PartnerId,
    accounts: &[String],
) -> Result<Vec<Subscription>> {
    let found = sqlx::query!(
        "select account_id, subscription_id, service_plan_id, name, enabled, units from subscription
         where partner_id = $1 and account_id = any($2) and enabled order by account_id, subscription_id",
        partner.0,
        accounts,
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(Subscription {
                id: rows::id("subscription_id", row.subscription_id)?,
                account_id: rows::id("account_id", row.account_id)?,
                service_plan_id: rows::id("service_plan_id", row.service_plan_id)?,
                name: row.name,
                enabled: row.enabled,
                units: row.units.map(rows::count),
            })
        })
        .collect()
}

/// All service plans with the pool each draws on, by name.
pub async fn service_plans(
    conn: &mut PgConnection,
    partner: PartnerId,
) -> Result<Vec<(ServicePlan, Option<LicensePoolId>)>> {
    let found = sqlx::query!(
        "select service_plan_id, name, product, product_code, version, data_center, auto_renewal, license_pool_id
         from service_plan where partner_id = $1 order by lower(name), service_plan_id",
        partner.0,
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            let plan = ServicePlan {
                id: rows::id("service_plan_id", row.service_plan_id)?,
                name: row.name,
                product: row.product,
                product_code: row.product_code,
                version: rows::version(&row.version)?,
                data_center: row.data_center,
                auto_renewal: row.auto_renewal,
            };
            Ok((plan, rows::optional_id("license_pool_id", row.license_pool_id)?))
        })
        .collect()
}

/// All license pools, without their plans, by product.
pub async fn license_pools(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<LicensePool>> {
    let found = sqlx::query!(
        "select license_pool_id, product, version, available from license_pool where partner_id = $1 order by lower(product), license_pool_id",
        partner.0,
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(LicensePool {
                id: rows::id("license_pool_id", row.license_pool_id)?,
                product: row.product,
                version: rows::version(&row.version)?,
                available: row.available.map(rows::count),
                service_plans: Vec::new(),
            })
        })
        .collect()
}

/// Age and size of one part.
#[derive(Debug, Clone)]
pub struct PartRow {
    /// Which.
    pub part: String,
    /// Rows.
    pub count: i32,
    /// Endpoints only: devices of organizations that are not visible.
    pub unattributed: Option<i32>,
    /// When it was last read completely.
    pub refreshed_at: Option<DateTime<Utc>>,
    /// Whether the last reading saw everything.
    pub complete: bool,
}

/// Age and size of all parts.
pub async fn parts(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<PartRow>> {
    sqlx::query_as!(
        PartRow,
        "select part, count, unattributed, refreshed_at, complete from inventory_part where partner_id = $1",
        partner.0
    )
    .fetch_all(conn)
    .await
}

/// The time of the oldest part, if every part has been read completely.
pub async fn refreshed_at(conn: &mut PgConnection, partner: PartnerId) -> Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        r#"select case when count(refreshed_at) = 6 then min(refreshed_at) end from inventory_part where partner_id = $1"#,
        partner.0
    )
    .fetch_one(conn)
    .await
}

/// State of the running or last refresh.
#[derive(Debug, Clone)]
pub struct RefreshRow {
    /// idle, running or failed.
    pub status: String,
    /// Rows read so far.
    pub done: i64,
    /// Rows in all, as far as known.
    pub total: Option<i64>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error_code: Option<String>,
    /// The same in words.
    pub error_message: Option<String>,
}

/// State of the running or last refresh.
pub async fn refresh(conn: &mut PgConnection, partner: PartnerId) -> Result<Option<RefreshRow>> {
    sqlx::query_as!(
        RefreshRow,
        "select status, done, total, started_at, finished_at, error_code, error_message from inventory_refresh where partner_id = $1",
        partner.0
    )
    .fetch_optional(conn)
    .await
}
