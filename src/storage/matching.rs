//! What is needed to tell which account an organization probably is.

use super::rows;
use crate::domain::ids::{AccountId, OrganizationId, PartnerId};
use crate::domain::matching::Candidate;
use sqlx::{PgConnection, Result};

/// The accounts that an import may use: nobody's, and no model that templates are copied from.
pub async fn free_accounts(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<Candidate>> {
    let found = sqlx::query!(
        "select account_id, name, name_key, city, email_domain from account a
         where partner_id = $1
           and not exists (select from link l where l.partner_id = a.partner_id and l.account_id = a.account_id)
           and not exists (select from claim k where k.partner_id = a.partner_id and k.account_id = a.account_id)
           and not exists (select from template t where t.partner_id = a.partner_id and t.source_account_id = a.account_id)",
        partner.0,
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
