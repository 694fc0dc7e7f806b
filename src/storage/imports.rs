//! Imports and their rows, with what the mirror knows about them.

use super::rows;
use crate::domain::account::{CompanyDraft, ContactDraft, NewAccountDraft};
use crate::domain::country;
use crate::domain::ids::{AccountId, ImportId, OrganizationId, PartnerId};
use crate::domain::import::{AccountChoice, Confirmed, Hold, Holder, ImportItem, ImportStatus};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Result};

/// An import without its rows.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// Its id.
    pub id: ImportId,
    /// Where it stands.
    pub status: ImportStatus,
    /// Grows with each change.
    pub version: u32,
    /// Steps somebody has been through.
    pub confirmed: Confirmed,
    /// All notifications go to the partner.
    pub send_all_to_partner: bool,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// How many organizations.
    pub organizations: u32,
}

/// The `status` column.
pub fn status(text: &str) -> Result<ImportStatus> {
    [
        ImportStatus::Draft,
        ImportStatus::Integrating,
        ImportStatus::Stopped,
        ImportStatus::Completed,
        ImportStatus::CompletedWithProblems,
    ]
    .into_iter()
    .find(|status| status_text(*status) == text)
    .ok_or_else(|| rows::unreadable("import.status"))
}

/// For the `status` column.
pub fn status_text(status: ImportStatus) -> &'static str {
    match status {
        ImportStatus::Draft => "draft",
        ImportStatus::Integrating => "integrating",
        ImportStatus::Stopped => "stopped",
        ImportStatus::Completed => "completed",
        ImportStatus::CompletedWithProblems => "completed_with_problems",
    }
}

/// Begins an import with the accounts that are in view: those of the last reading.
pub async fn insert(conn: &mut PgConnection, partner: PartnerId, import: ImportId, by: &str) -> Result<()> {
    sqlx::query!(
        "insert into import (partner_id, import_id, created_by, seen_at)
         values ($1, $2, $3, coalesce((select refreshed_at from inventory_part where partner_id = $1 and part = 'accounts'), now()))",
        partner.0,
        import.0,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks an import until the end of the transaction, so that changes come one after the other. `false`: there is none.
pub async fn lock(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<bool> {
    let found = sqlx::query_scalar!(
        "select version from import where partner_id = $1 and import_id = $2 for update",
        partner.0,
        import.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

macro_rules! import_row {
    ($row:expr) => {{
        let row = $row;
        Ok(ImportRow {
            id: ImportId(row.import_id),
            status: status(&row.status)?,
            version: rows::count(row.version),
            confirmed: Confirmed {
                accounts: row.accounts_confirmed,
                notifications: row.notifications_confirmed,
                service_plans: row.service_plans_confirmed,
                templates: row.templates_confirmed,
            },
            send_all_to_partner: row.send_all_to_partner,
            created_at: row.created_at,
            created_by: row.created_by,
            organizations: u32::try_from(row.organizations).unwrap_or(u32::MAX),
        })
    }};
}

/// An import without its rows.
pub async fn by_id(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<Option<ImportRow>> {
    let row = sqlx::query!(
        r#"select i.*, (select count(*) from import_item t where t.partner_id = i.partner_id and t.import_id = i.import_id) as "organizations!"
           from import i where i.partner_id = $1 and i.import_id = $2"#,
        partner.0,
        import.0
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| import_row!(row)).transpose()
}

/// One page of imports, the newest first; ids grow with time.
pub async fn list(
    conn: &mut PgConnection,
    partner: PartnerId,
    status: Option<ImportStatus>,
    before: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<ImportRow>> {
    let found = sqlx::query!(
        r#"select i.*, (select count(*) from import_item t where t.partner_id = i.partner_id and t.import_id = i.import_id) as "organizations!"
           from import i
           where i.partner_id = $1 and ($2::text is null or i.status = $2) and ($3::uuid is null or i.import_id < $3)
           order by i.import_id desc limit $4"#,
        partner.0,
        status.map(status_text),
        before,
        limit
    )
    .fetch_all(conn)
    .await?;
    found.into_iter().map(|row| import_row!(row)).collect()
}

/// Rows of an import, in list order; blank fields nobody has touched are read through from the mirror.
pub async fn items(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<Vec<ImportItem>> {
    let found = sqlx::query!(
        r#"select i.*, coalesce(o.name, i.organization_name) as "name!", (o.organization_id is not null) as "is_known!", o.reference as "reference?", o.endpoints as "endpoints?",
                  o.name as "o_name?", o.address as "o_address?", o.city as "o_city?", o.state as "o_state?", o.postal_code as "o_postal_code?",
                  o.country as "o_country?", o.first_name as "o_first_name?", o.last_name as "o_last_name?", o.email as "o_email?",
                  a.name as "account_name?",
                  coalesce(al.organization_id, ak.organization_id) as "holder_id?", coalesce(al.organization_name, ho.name) as "holder_name?",
                  coalesce(al.import_id, ak.import_id) as "holder_import?",
                  l.import_id as "link_import?", l.account_id as "link_account?", l.imported_by as "link_by?", l.imported_at as "link_at?",
                  k.import_id as "claim_import?", k.account_id as "claim_account?", k.claimed_by as "claim_by?", k.claimed_at as "claim_at?",
                  cb.account_id as "created_id?", cb.name as "created_name?"
           from import_item i
           left join organization o on o.partner_id = i.partner_id and o.organization_id = i.organization_id
           left join account a on a.partner_id = i.partner_id and a.account_id = i.account_id
           left join link al on al.partner_id = i.partner_id and al.account_id = i.account_id and al.organization_id <> i.organization_id
           left join claim ak on ak.partner_id = i.partner_id and ak.account_id = i.account_id and ak.organization_id <> i.organization_id
           left join organization ho on ho.partner_id = ak.partner_id and ho.organization_id = ak.organization_id
           left join link l on l.partner_id = i.partner_id and l.organization_id = i.organization_id
           left join claim k on k.partner_id = i.partner_id and k.organization_id = i.organization_id and k.import_id <> i.import_id
           left join lateral (
             select c.account_id, c.name from operation p
             join account c on c.partner_id = p.partner_id and c.account_id = p.result_id
             where p.partner_id = i.partner_id and p.organization_id = i.organization_id and p.kind = 'create_account' and p.state = 'done'
               and p.import_id <> i.import_id
               and not exists (select from link x where x.partner_id = p.partner_id and x.account_id = p.result_id)
             order by p.intended_at desc limit 1) cb on true
           where i.partner_id = $1 and i.import_id = $2 order by i.position, i.organization_id"#,
        partner.0,
        import.0
    )
    .fetch_all(conn)
    .await?;
    let mut items = Vec::with_capacity(found.len());
    for row in found {
        let account = match row.account_mode.as_deref() {
            Some("create") => Some(AccountChoice::Create(NewAccountDraft {
                company: CompanyDraft {
                    name: effective(row.company_name, row.o_name),
                    address: effective(row.company_address, row.o_address),
                    city: effective(row.company_city, row.o_city),
                    state: effective(row.company_state, row.o_state),
                    postal_code: effective(row.company_postal_code, row.o_postal_code),
                    country: effective(
                        row.company_country,
                        row.o_country.map(|text| country::resolve(&text).map_or(text.clone(), str::to_owned)),
                    ),
                },
                contact: ContactDraft {
                    first_name: effective(row.contact_first_name, row.o_first_name),
                    last_name: effective(row.contact_last_name, row.o_last_name),
                    email: effective(row.contact_email, row.o_email.clone()),
                },
            })),
            Some("existing") => row
                .account_id
                .clone()
                .map(|id| rows::id("account_id", id))
                .transpose()?
                .map(|account_id| AccountChoice::Existing { account_id }),
            _ => None,
        };
        let is_existing = matches!(account, Some(AccountChoice::Existing { .. }));
        let recipient_email = row.recipient_email.or(row.o_email.filter(|_| is_existing));
        let holder: Option<OrganizationId> = rows::optional_id("organization_id", row.holder_id)?;
        let hold = match (row.link_import, row.link_by, row.link_at, row.claim_import, row.claim_by, row.claim_at) {
            (Some(id), Some(by), Some(at), ..) => Some(Hold {
                linked: true,
                import_id: ImportId(id),
                account_id: rows::optional_id("account_id", row.link_account)?,
                by,
                at,
            }),
            (_, _, _, Some(id), Some(by), Some(at)) => Some(Hold {
                linked: false,
                import_id: ImportId(id),
                account_id: rows::optional_id("account_id", row.claim_account)?,
                by,
                at,
            }),
            _ => None,
        };
        let created: Option<AccountId> = rows::optional_id("account_id", row.created_id)?;
        items.push(ImportItem {
            organization_id: rows::id("organization_id", row.organization_id)?,
            organization_name: row.name,
            is_known: row.is_known,
            reference: row.reference,
            position: rows::count(row.position),
            endpoints: row.endpoints.map(rows::count),
            account_name: row.account_name.filter(|_| is_existing),
            account_holder: holder.map(|organization_id| Holder {
                organization_name: row.holder_name.unwrap_or_else(|| organization_id.to_string()),
                organization_id,
                import_id: row.holder_import.map(ImportId),
            }),
            account,
            created_before: created.zip(row.created_name),
            hold,
            recipient_email,
            service_plan_id: rows::optional_id("service_plan_id", row.service_plan_id)?,
            seats: row.seats.map(rows::count),
            template_id: rows::optional_id("template_id", row.template_id)?,
            subscriptions: Vec::new(),
        });
    }
    Ok(items)
}

/// What somebody entered, otherwise what the mirror has; blank is nothing.
fn effective(entered: Option<String>, known: Option<String>) -> Option<String> {
    entered.or(known).filter(|text| !text.trim().is_empty())
}

/// Writes all rows of an import as they are in `items`: those missing leave it. Fields equal to what the mirror has stay untouched.
pub async fn put_items(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    items: &[ItemWrite],
) -> Result<()> {
    let text = |value: fn(&ItemWrite) -> &str| items.iter().map(|item| value(item).to_owned()).collect::<Vec<_>>();
    let column = |value: fn(&ItemWrite) -> Option<&str>| {
        items.iter().map(|item| value(item).map(str::to_owned)).collect::<Vec<Option<String>>>()
    };
    let ids = text(|i| i.organization_id.as_str());
    let positions: Vec<i32> = (1..=i32::try_from(items.len()).unwrap_or(i32::MAX)).collect();
    sqlx::query!(
        "delete from import_item where partner_id = $1 and import_id = $2 and organization_id <> all($3)",
        partner.0,
        import.0,
        &ids
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into import_item (partner_id, import_id, organization_id, organization_name, position, account_mode, account_id, company_name, company_address,
                                  company_city, company_state, company_postal_code, company_country, contact_first_name, contact_last_name, contact_email,
                                  recipient_email, service_plan_id, seats, template_id)
         select $1, $2, n.* from unnest($3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                                        $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::int[], $20::text[]) as n
         on conflict (partner_id, import_id, organization_id) do update set
           organization_name = excluded.organization_name, position = excluded.position, account_mode = excluded.account_mode, account_id = excluded.account_id,
           company_name = excluded.company_name, company_address = excluded.company_address, company_city = excluded.company_city,
           company_state = excluded.company_state, company_postal_code = excluded.company_postal_code, company_country = excluded.company_country,
           contact_first_name = excluded.contact_first_name, contact_last_name = excluded.contact_last_name, contact_email = excluded.contact_email,
           recipient_email = excluded.recipient_email, service_plan_id = excluded.service_plan_id, seats = excluded.seats, template_id = excluded.template_id",
        partner.0,
        import.0,
        &ids,
        &text(|i| &i.organization_name),
        &positions,
        &column(ItemWrite::mode) as &[Option<String>],
        &column(|i| i.account.as_ref().and_then(AccountChoice::existing).map(AccountId::as_str)) as &[Option<String>],
        &column(|i| i.draft()?.company.name.as_deref()) as &[Option<String>],
        &column(|i| i.draft()?.company.address.as_deref()) as &[Option<String>],
        &column(|i| i.draft()?.company.city.as_deref()) as &[Option<String>],
        &column(|i| i.draft()?.company.state.as_deref()) as &[Option<String>],
        &column(|i| i.draft()?.company.postal_code.as_deref()) as &[Option<String>],
        &column(|i| i.draft()?.company.country.as_deref()) as &[Option<String>],
        &column(|i| i.draft()?.contact.first_name.as_deref()) as &[Option<String>],
        &column(|i| i.draft()?.contact.last_name.as_deref()) as &[Option<String>],
        &column(|i| i.draft()?.contact.email.as_deref()) as &[Option<String>],
        &column(|i| i.recipient_email.as_deref()) as &[Option<String>],
        &column(|i| i.service_plan_id.as_deref()) as &[Option<String>],
        &items.iter().map(|item| item.seats.map(rows::int)).collect::<Vec<_>>() as &[Option<i32>],
        &column(|i| i.template_id.as_deref()) as &[Option<String>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A row to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemWrite {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The account; in a draft `None` is untouched and blank is emptied.
    pub account: Option<AccountChoice>,
    /// The customer's own address, if somebody entered one.
    pub recipient_email: Option<String>,
    /// The plan.
    pub service_plan_id: Option<String>,
    /// Seats, if somebody entered some.
    pub seats: Option<u32>,
    /// The template.
    pub template_id: Option<String>,
}

impl ItemWrite {
    fn mode(&self) -> Option<&'static str> {
        self.account.as_ref().map(|account| match account {
            AccountChoice::Create(_) => "create",
            AccountChoice::Existing { .. } => "existing",
        })
    }

    fn draft(&self) -> Option<&NewAccountDraft> {
        match &self.account {
            Some(AccountChoice::Create(draft)) => Some(draft),
            _ => None,
        }
    }
}

/// Rows exactly as they are stored, without what is read through.
pub async fn stored_items(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<Vec<ItemWrite>> {
    let found = sqlx::query!(
        "select * from import_item where partner_id = $1 and import_id = $2 order by position, organization_id",
        partner.0,
        import.0
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            let account = match (row.account_mode.as_deref(), row.account_id) {
                (Some("create"), _) => Some(AccountChoice::Create(NewAccountDraft {
                    company: CompanyDraft {
                        name: row.company_name,
                        address: row.company_address,
                        city: row.company_city,
                        state: row.company_state,
                        postal_code: row.company_postal_code,
                        country: row.company_country,
                    },
                    contact: ContactDraft {
                        first_name: row.contact_first_name,
                        last_name: row.contact_last_name,
                        email: row.contact_email,
                    },
                })),
                (Some("existing"), Some(id)) => {
                    Some(AccountChoice::Existing { account_id: rows::id("account_id", id)? })
                }
                _ => None,
            };
            Ok(ItemWrite {
                organization_id: rows::id("organization_id", row.organization_id)?,
                organization_name: row.organization_name,
                account,
                recipient_email: row.recipient_email,
                service_plan_id: row.service_plan_id,
                seats: row.seats.map(rows::count),
                template_id: row.template_id,
            })
        })
        .collect()
}

/// Stores what a step changes beside the rows, and takes the next version.
pub async fn advance(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    confirmed: Confirmed,
    send_all_to_partner: bool,
) -> Result<()> {
    sqlx::query!(
        "update import set version = version + 1, accounts_confirmed = $3, notifications_confirmed = $4, service_plans_confirmed = $5,
                templates_confirmed = $6, send_all_to_partner = $7
         where partner_id = $1 and import_id = $2",
        partner.0,
        import.0,
        confirmed.accounts,
        confirmed.notifications,
        confirmed.service_plans,
        confirmed.templates,
        send_all_to_partner
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes where an import stands.
pub async fn set_status(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    status: ImportStatus,
) -> Result<()> {
    sqlx::query!(
        "update import set status = $3 where partner_id = $1 and import_id = $2",
        partner.0,
        import.0,
        status_text(status)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what the import looks like at a version; the last 20 are kept.
pub async fn put_snapshot(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    version: u32,
    document: &serde_json::Value,
) -> Result<()> {
    let version = rows::int(version);
    sqlx::query!(
        "insert into import_snapshot (partner_id, import_id, version, document) values ($1, $2, $3, $4) on conflict do nothing",
        partner.0,
        import.0,
        version,
        document
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from import_snapshot where partner_id = $1 and import_id = $2 and version <= $3 - 20",
        partner.0,
        import.0,
        version
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the import looked like at a version, if it is still kept.
pub async fn snapshot(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    version: u32,
) -> Result<Option<serde_json::Value>> {
    sqlx::query_scalar!(
        "select document from import_snapshot where partner_id = $1 and import_id = $2 and version = $3",
        partner.0,
        import.0,
        rows::int(version)
    )
    .fetch_optional(conn)
    .await
}

/// Keeps a plan that somebody looked at.
pub async fn put_plan(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    hash: &str,
    document: &serde_json::Value,
) -> Result<()> {
    sqlx::query!(
        "insert into import_plan (partner_id, import_id, plan_hash, document) values ($1, $2, $3, $4) on conflict do nothing",
        partner.0,
        import.0,
        hash,
        document
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether somebody has looked at a plan.
pub async fn was_seen(conn: &mut PgConnection, partner: PartnerId, import: ImportId, hash: &str) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from import_plan where partner_id = $1 and import_id = $2 and plan_hash = $3) as "seen!""#,
        partner.0,
        import.0,
        hash
    )
    .fetch_one(conn)
    .await
}

/// A plan that somebody looked at.
pub async fn seen_plan(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
    hash: &str,
) -> Result<Option<serde_json::Value>> {
    sqlx::query_scalar!(
        "select document from import_plan where partner_id = $1 and import_id = $2 and plan_hash = $3",
        partner.0,
        import.0,
        hash
    )
    .fetch_optional(conn)
    .await
}

/// Names of organizations by id, for those that exist, and whether they are held: `(id, name, hold)`.
pub async fn organizations_with_holds(
    conn: &mut PgConnection,
    partner: PartnerId,
    ids: &[String],
) -> Result<Vec<(OrganizationId, String, Option<Hold>)>> {
    let found = sqlx::query!(
        r#"select o.organization_id, o.name, l.import_id as "link_import?", l.account_id as "link_account?", l.imported_by as "link_by?", l.imported_at as "link_at?",
                  k.import_id as "claim_import?", k.account_id as "claim_account?", k.claimed_by as "claim_by?", k.claimed_at as "claim_at?"
           from organization o
           left join link l on l.partner_id = o.partner_id and l.organization_id = o.organization_id
           left join claim k on k.partner_id = o.partner_id and k.organization_id = o.organization_id
           where o.partner_id = $1 and o.organization_id = any($2)"#,
        partner.0,
        ids
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| {
            let hold = match (row.link_import, row.link_by, row.link_at, row.claim_import, row.claim_by, row.claim_at) {
                (Some(id), Some(by), Some(at), ..) => Some(Hold {
                    linked: true,
                    import_id: ImportId(id),
                    account_id: rows::optional_id("account_id", row.link_account)?,
                    by,
                    at,
                }),
                (_, _, _, Some(id), Some(by), Some(at)) => Some(Hold {
                    linked: false,
                    import_id: ImportId(id),
                    account_id: rows::optional_id("account_id", row.claim_account)?,
                    by,
                    at,
                }),
                _ => None,
            };
            Ok((rows::id("organization_id", row.organization_id)?, row.name, hold))
        })
        .collect()
}
