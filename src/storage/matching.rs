//! What is needed to tell which account an organization probably is.

use super::rows;
use crate::domain::ids::{AccountId, OrganizationId, PartnerId};
use crate::domain::matching::Candidate;
use sqlx::{PgConnection, Result};

/// What accounts have to share with at least one organization to be worth looking at.
#[derive(Debug, Clone, Default)]
pub struct Near {
    /// Beginnings of their folded names.
    pub beginnings: Vec<String>,
    /// Domains of their addresses.
    pub domains: Vec<String>,
    /// Accounts that earlier imports created.
    pub accounts: Vec<String>,
}

/// Those of the accounts that an import may use, nobody's and no model that templates are copied from, that are near.
pub async fn free_accounts(conn: &mut PgConnection, partner: PartnerId, near: &Near) -> Result<Vec<Candidate>> {
    // By bounds, and both of them given: row security lets no index serve what a function makes of a row.
    let past: Vec<_> = near.beginnings.iter().map(|beginning| format!("{beginning}{}", char::MAX)).collect();
    let found = sqlx::query!(
        r#"with near as (
             select a.account_id, a.name, a.name_key, a.city, a.email_domain from unnest($2::text[], $3::text[]) as beginning (first, past)
             join account a on a.partner_id = $1 and a.name_key ~>=~ beginning.first and a.name_key ~<~ beginning.past
             union select account_id, name, name_key, city, email_domain from account where partner_id = $1 and email_domain = any($4)
             union select account_id, name, name_key, city, email_domain from account where partner_id = $1 and account_id = any($5))
         select account_id as "account_id!", name as "name!", name_key as "name_key!", city, email_domain from near a
         where not exists (select from link l where l.partner_id = $1 and l.account_id = a.account_id)
           and not exists (select from claim k where k.partner_id = $1 and k.account_id = a.account_id)
           and not exists (select from template t where t.partner_id = $1 and t.source_account_id = a.account_id)"#,
        partner.0,
        &near.beginnings,
        &past,
        &near.domains,
        &near.accounts,
    )
    .fetch_all(conn)
    .await?;
    let candidate = |(account_id, name, name_key, city, email_domain)| {
        Ok(Candidate { account_id: rows::id("account_id", account_id)?, name, name_key, city, email_domain })
    };
    found
        .into_iter()
        .map(|row| candidate((row.account_id, row.name, row.name_key, row.city, row.email_domain)))
        .collect()
}

/// Whether there is an account that an import may use.
pub async fn is_any_free(conn: &mut PgConnection, partner: PartnerId) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (
             select from account a
             where partner_id = $1
               and not exists (select from link l where l.partner_id = a.partner_id and l.account_id = a.account_id)
               and not exists (select from claim k where k.partner_id = a.partner_id and k.account_id = a.account_id)
               and not exists (select from template t where t.partner_id = a.partner_id and t.source_account_id = a.account_id)
           ) as "found!""#,
        partner.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// What matching needs to know of an organization.
#[derive(Debug, Clone)]
pub struct WantedRow {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// The name, folded for matching.
    pub name_key: String,
    /// Domain of its e-mail address.
    pub email_domain: Option<String>,
    /// Whether another unlinked customer has the same folded name.
    pub name_is_shared: bool,
    /// Accounts that earlier imports created for it.
    pub created: Vec<AccountId>,
}

/// The organizations of these ids that there are.
pub async fn wanted(conn: &mut PgConnection, partner: PartnerId, organizations: &[String]) -> Result<Vec<WantedRow>> {
    let found = sqlx::query!(
        r#"select o.organization_id, o.name, o.name_key, o.email_domain,
                  exists (select from organization x
                          where x.partner_id = o.partner_id and x.name_key = o.name_key and x.organization_id <> o.organization_id
                            and x.kind = 'customer'
                            and not exists (select from link l where l.partner_id = x.partner_id and l.organization_id = x.organization_id)
                         ) as "name_is_shared!",
                  array(select p.result_id from operation p
                        where p.partner_id = o.partner_id and p.organization_id = o.organization_id and p.kind = 'create_account'
                          and p.state = 'done' and p.result_id is not null) as "created!: Vec<String>"
           from organization o
           where o.partner_id = $1 and o.organization_id = any($2)"#,
        partner.0,
        organizations,
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(WantedRow {
                id: rows::id("organization_id", row.organization_id)?,
                name: row.name,
                name_key: row.name_key,
                email_domain: row.email_domain,
                name_is_shared: row.name_is_shared,
                created: row.created.into_iter().map(|id| rows::id("result_id", id)).collect::<Result<_>>()?,
            })
        })
        .collect()
}
