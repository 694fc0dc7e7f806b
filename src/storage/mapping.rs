//! Finding organizations and accounts by what people call them, for tables of customers.

use super::rows;
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId};
use sqlx::{PgConnection, Result};

/// An organization that one of the names fits.
#[derive(Debug, Clone)]
pub struct FoundOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its short code.
    pub reference: Option<String>,
    /// The account it is linked to.
    pub linked_to: Option<AccountId>,
}

/// Organizations whose id, reference or name is one of these, without regard to case. The texts are in lower case.
pub async fn organizations(
    conn: &mut PgConnection,
    partner: PartnerId,
    texts: &[String],
) -> Result<Vec<FoundOrganization>> {
    let found = sqlx::query!(
        r#"select o.organization_id, o.name, o.reference, l.account_id as "linked_to?"
           from organization o
           left join link l on l.partner_id = o.partner_id and l.organization_id = o.organization_id
           where o.partner_id = $1
             and (o.organization_id = any($2) or lower(o.reference) = any($2) or lower(o.name) = any($2))"#,
        partner.0,
        texts
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(FoundOrganization {
                id: rows::id("organization_id", row.organization_id)?,
                name: row.name,
                reference: row.reference,
                linked_to: rows::optional_id("account_id", row.linked_to)?,
            })
        })
        .collect()
}

/// Accounts whose id or name is one of these, without regard to case. The texts are in lower case.
pub async fn accounts(
    conn: &mut PgConnection,
    partner: PartnerId,
    texts: &[String],
) -> Result<Vec<(AccountId, String)>> {
    let found = sqlx::query!(
        "select account_id, name from account
         where partner_id = $1 and (lower(account_id) = any($2) or lower(name) = any($2))",
        partner.0,
        texts
    )
    .fetch_all(conn)
    .await?;
    found.into_iter().map(|row| Ok((rows::id("account_id", row.account_id)?, row.name))).collect()
}

/// Removes an import that has not been started, with all that belongs to it; false if there is no such draft.
pub async fn discard_draft(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from import where partner_id = $1 and import_id = $2 and status = 'draft'",
        partner.0,
        import.0
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}
