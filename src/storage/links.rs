//! Links between organizations and accounts, and what running imports hold.

use super::rows;
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId, ServicePlanId, SubscriptionId, TemplateId};
use crate::domain::import::Holder;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Result};

/// A link as stored, with what the mirror knows now.
#[derive(Debug, Clone)]
pub struct LinkRow {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub account_name: String,
    /// Its subscription.
    pub subscription_id: Option<SubscriptionId>,
    /// Plan of the subscription.
    pub service_plan_id: Option<ServicePlanId>,
    /// Name of the plan.
    pub service_plan_name: Option<String>,
    /// Seats: as read last, otherwise as imported.
    pub seats: Option<u32>,
    /// Devices as counted last.
    pub endpoints: Option<u32>,
    /// The template that was applied.
    pub template_id: Option<TemplateId>,
    /// Its name.
    pub template_name: Option<String>,
    /// When.
    pub imported_at: DateTime<Utc>,
    /// By whom.
    pub imported_by: String,
    /// By which import.
    pub import_id: ImportId,
    /// What it is ordered by, for the cursor.
    pub sort_key: String,
}

/// What a list of links selects.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinkFilter<'a> {
    /// Folded text to look for.
    pub search: Option<&'a str>,
    /// The organizations, if just some are wanted.
    pub only: Option<&'a [String]>,
    /// Only those with more devices than seats, or with more than ten seats and half of all to spare.
    pub drifting: bool,
}

/// One page of links in the order of the organizations' names.
pub async fn list(
    conn: &mut PgConnection,
    partner: PartnerId,
    filter: &LinkFilter<'_>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<LinkRow>> {
    let (after_key, after_id) = after.unzip();
    let found = sqlx::query!(
        r#"with listed as (
             select l.organization_id, coalesce(o.name, l.organization_name) as organization_name, l.account_id, coalesce(a.name, l.account_name) as account_name,
                    l.subscription_id, l.service_plan_id, p.name as service_plan_name, coalesce(s.units, l.seats) as seats, o.endpoints, l.template_id,
                    t.name as template_name, l.imported_at, l.imported_by, l.import_id, lower(coalesce(o.name, l.organization_name)) as sort_key
             from link l
             left join organization o on o.partner_id = l.partner_id and o.organization_id = l.organization_id
             left join account a on a.partner_id = l.partner_id and a.account_id = l.account_id
             left join subscription s on s.partner_id = l.partner_id and s.account_id = l.account_id and s.subscription_id = l.subscription_id
             left join service_plan p on p.partner_id = l.partner_id and p.service_plan_id = l.service_plan_id
             left join template t on t.partner_id = l.partner_id and t.template_id = l.template_id
             where l.partner_id = $1 and ($2::text is null or o.search_text like $2 or a.search_text like $2)
               and ($3::text[] is null or l.organization_id = any($3)))
           select organization_id, organization_name as "organization_name!", account_id, account_name as "account_name!", subscription_id, service_plan_id,
                  service_plan_name as "service_plan_name?", seats as "seats?", endpoints as "endpoints?", template_id,
                  template_name as "template_name?", imported_at, imported_by, import_id, sort_key as "sort_key!"
           from listed
           where ($4::text is null or (sort_key, organization_id) > ($4, $5))
             and (not $7::boolean or endpoints > seats or (seats - endpoints > 10 and seats - endpoints > endpoints))
           order by sort_key, organization_id limit $6"#,
        partner.0,
        filter.search.map(rows::contains_pattern),
        filter.only as Option<&[String]>,
        after_key,
        after_id,
        limit,
        filter.drifting,
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(LinkRow {
                organization_id: rows::id("organization_id", row.organization_id)?,
                organization_name: row.organization_name,
                account_id: rows::id("account_id", row.account_id)?,
                account_name: row.account_name,
                subscription_id: rows::optional_id("subscription_id", row.subscription_id)?,
                service_plan_id: rows::optional_id("service_plan_id", row.service_plan_id)?,
                service_plan_name: row.service_plan_name,
                seats: row.seats.map(rows::count),
                endpoints: row.endpoints.map(rows::count),
                template_id: rows::optional_id("template_id", row.template_id)?,
                template_name: row.template_name,
                imported_at: row.imported_at,
                imported_by: row.imported_by,
                import_id: ImportId(row.import_id),
                sort_key: row.sort_key,
            })
        })
        .collect()
}

/// Serializes everything that gives organizations and accounts away, per partner, until the end of the transaction.
pub async fn lock_assignments(conn: &mut PgConnection, partner: PartnerId) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('assignments/' || $1::text, 0))",
        partner.0.to_string()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who else has these accounts, by a link or in a running import: each account is paired with the organization that wants it.
pub async fn holders(
    conn: &mut PgConnection,
    partner: PartnerId,
    organizations: &[String],
    accounts: &[String],
) -> Result<Vec<(AccountId, Holder)>> {
    let found = sqlx::query!(
        r#"select w.account_id as "account_id!", coalesce(l.organization_id, k.organization_id) as "organization_id!",
                  coalesce(l.organization_name, o.name, k.organization_id) as "organization_name!", coalesce(l.import_id, k.import_id) as "import_id!"
           from unnest($2::text[], $3::text[]) as w (organization_id, account_id)
           left join link l on l.partner_id = $1 and l.account_id = w.account_id and l.organization_id <> w.organization_id
           left join claim k on k.partner_id = $1 and k.account_id = w.account_id and k.organization_id <> w.organization_id
           left join organization o on o.partner_id = $1 and o.organization_id = k.organization_id
           where l.account_id is not null or k.account_id is not null"#,
        partner.0,
        organizations,
        accounts,
    )
    .fetch_all(conn)
    .await?;
    let holder = |row: (String, String, String, uuid::Uuid)| {
        let (account, organization_id, organization_name, import) = row;
        let organization_id = rows::id("organization_id", organization_id)?;
        let holder = Holder { organization_id, organization_name, import_id: Some(ImportId(import)) };
        Ok((rows::id("account_id", account)?, holder))
    };
    found
        .into_iter()
        .map(|row| holder((row.account_id, row.organization_id, row.organization_name, row.import_id)))
        .collect()
}

/// Claims organizations and the existing accounts chosen for them. Call under [`lock_assignments`], after looking at what is held.
pub async fn claim(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    by: &str,
    organizations: &[String],
    accounts: &[Option<String>],
) -> Result<()> {
    sqlx::query!(
        "insert into claim (partner_id, organization_id, account_id, import_id, claimed_by)
         select $1, n.organization_id, n.account_id, $2, $3 from unnest($4::text[], $5::text[]) as n (organization_id, account_id)
         on conflict (partner_id, organization_id) do update set account_id = coalesce(excluded.account_id, claim.account_id) where claim.import_id = $2",
        partner.0,
        import.0,
        by,
        organizations,
        accounts as &[Option<String>],
    )
    .execute(conn)
    .await?;
    Ok(())
}
