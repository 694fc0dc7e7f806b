//! Partners, their vendor connections and templates.

use super::rows;
use crate::domain::ids::PartnerId;
use crate::domain::import::Template;
use crate::domain::outcome::Vendor;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Result};

/// What is kept of a partner beside its connections.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerRow {
    /// The partner.
    pub partner_id: PartnerId,
    /// Public name in paths.
    pub partner_key: String,
    /// Its name.
    pub name: String,
    /// Registered e-mail address.
    pub email: String,
    /// Own details as JSON.
    pub company: serde_json::Value,
    /// Seat margin in percent.
    pub margin_percent: i32,
    /// Least seats.
    pub minimum_seats: i32,
}

/// A stored connection: address in clear, credentials sealed.
#[derive(Debug, Clone)]
pub struct ConnectionRow {
    /// `vsa9` or `vsa10` for VSA.
    pub product: Option<String>,
    /// Base address.
    pub url: String,
    /// What else is not secret.
    pub details: serde_json::Value,
    /// Sealed credentials.
    pub sealed: Vec<u8>,
    /// Set while the vendor refuses them.
    pub refused_at: Option<DateTime<Utc>>,
}

/// The partner of this name, in any case: a further `partner add` changes it instead of making a second one.
pub async fn id_by_name(conn: &mut PgConnection, name: &str) -> Result<Option<PartnerId>> {
    let id = sqlx::query_scalar!("select partner_id from partner where lower(name) = lower($1)", name)
        .fetch_optional(conn)
        .await?;
    Ok(id.map(PartnerId))
}

/// Until the transaction ends nobody else adds or renames partners, so that a name stays one partner's.
pub async fn lock_names(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("lock table partner in share row exclusive mode").execute(conn).await?;
    Ok(())
}

/// Creates or changes a partner; the key of an existing one stays. Returns the key.
pub async fn upsert(conn: &mut PgConnection, row: &PartnerRow) -> Result<String> {
    sqlx::query_scalar!(
        "insert into partner (partner_id, partner_key, name, email, company, margin_percent, minimum_seats)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (partner_id) do update set name = $3, email = $4, company = $5, margin_percent = $6, minimum_seats = $7, updated_at = now()
         returning partner_key",
        row.partner_id.0,
        row.partner_key,
        row.name,
        row.email,
        row.company,
        row.margin_percent,
        row.minimum_seats,
    )
    .fetch_one(conn)
    .await
}

/// The partner with this id.
pub async fn by_id(conn: &mut PgConnection, partner: PartnerId) -> Result<Option<PartnerRow>> {
    let row = sqlx::query!(
        "select partner_id, partner_key, name, email, company, margin_percent, minimum_seats from partner where partner_id = $1",
        partner.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| PartnerRow {
        partner_id: PartnerId(row.partner_id),
        partner_key: row.partner_key,
        name: row.name,
        email: row.email,
        company: row.company,
        margin_percent: row.margin_percent,
        minimum_seats: row.minimum_seats,
    }))
}

/// The id of the partner with this public key.
pub async fn id_by_key(conn: &mut PgConnection, key: &str) -> Result<Option<PartnerId>> {
    let found = sqlx::query_scalar!("select partner_id from partner where partner_key = $1", key);
    Ok(found.fetch_optional(conn).await?.map(PartnerId))
}

/// The partner with this public key, and the address of its VSA.
pub async fn by_key(conn: &mut PgConnection, key: &str) -> Result<Option<(PartnerId, String, String, Option<String>)>> {
    let row = sqlx::query!(
        r#"select p.partner_id, p.name, p.email, c.url as "url?"
           from partner p left join connection c on c.partner_id = p.partner_id and c.vendor = 'vsa'
           where p.partner_key = $1"#,
        key
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (PartnerId(row.partner_id), row.name, row.email, row.url)))
}

/// Whether an integration or its undoing has not ended.
pub async fn is_integrating(conn: &mut PgConnection, partner: PartnerId) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from integration where partner_id = $1 and status not in ('stopped', 'finished'))
               or exists (select from undo where partner_id = $1 and status <> 'finished') as "integrating!""#,
        partner.0
    )
    .fetch_one(conn)
    .await
}

/// Removes a partner with everything that is stored of it.
pub async fn delete(conn: &mut PgConnection, partner: PartnerId) -> Result<()> {
    sqlx::query!("delete from partner where partner_id = $1", partner.0).execute(conn).await?;
    Ok(())
}

/// All partners, by name: id, key, name, address of their VSA, number of links.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<(PartnerId, String, String, Option<String>, i64)>> {
    let rows = sqlx::query!(
        r#"select p.partner_id, p.partner_key, p.name, c.url as "url?",
                  (select count(*) from link l where l.partner_id = p.partner_id) as "links!"
           from partner p left join connection c on c.partner_id = p.partner_id and c.vendor = 'vsa'
           order by p.name, p.partner_id"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (PartnerId(row.partner_id), row.partner_key, row.name, row.url, row.links)).collect())
}

/// Stores a connection; new credentials are no longer refused.
pub async fn put_connection(
    conn: &mut PgConnection,
    partner: PartnerId,
    vendor: Vendor,
    row: &ConnectionRow,
    key_id: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into connection (partner_id, vendor, product, url, details, key_id, sealed) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (partner_id, vendor) do update
         set product = $3, url = $4, details = $5, key_id = $6, sealed = $7, refused_at = null, updated_at = now()",
        partner.0,
        rows::vendor_text(vendor),
        row.product,
        row.url,
        row.details,
        key_id,
        row.sealed,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a connection; `false` if there was none.
pub async fn remove_connection(conn: &mut PgConnection, partner: PartnerId, vendor: Vendor) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from connection where partner_id = $1 and vendor = $2",
        partner.0,
        rows::vendor_text(vendor)
    );
    Ok(removed.execute(conn).await?.rows_affected() > 0)
}

/// A connection of the partner.
pub async fn connection(conn: &mut PgConnection, partner: PartnerId, vendor: Vendor) -> Result<Option<ConnectionRow>> {
    sqlx::query_as!(
        ConnectionRow,
        "select product, url, details, sealed, refused_at from connection where partner_id = $1 and vendor = $2",
        partner.0,
        rows::vendor_text(vendor)
    )
    .fetch_optional(conn)
    .await
}

/// Vendors that the partner has a connection to.
pub async fn connected(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<Vendor>> {
    let rows =
        sqlx::query_scalar!("select vendor from connection where partner_id = $1", partner.0).fetch_all(conn).await?;
    rows.iter().map(|text| rows::vendor(text)).collect()
}

/// Vendors that the partner has a connection to, with their addresses, in the order of screens.
pub async fn addresses(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<(Vendor, String)>> {
    let rows =
        sqlx::query!("select vendor, url from connection where partner_id = $1", partner.0).fetch_all(conn).await?;
    let mut addresses: Vec<_> =
        rows.into_iter().map(|row| Ok((rows::vendor(&row.vendor)?, row.url))).collect::<Result<_>>()?;
    addresses.sort_unstable();
    Ok(addresses)
}

/// Vendors whose credentials are refused.
pub async fn refused(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<Vendor>> {
    let rows = sqlx::query_scalar!(
        "select vendor from connection where partner_id = $1 and refused_at is not null",
        partner.0
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(|text| rows::vendor(text)).collect()
}

/// Notes whether a vendor refuses the credentials that were stored at `asked_at`; says nothing of what replaced them since.
pub async fn set_refused(
    conn: &mut PgConnection,
    partner: PartnerId,
    vendor: Vendor,
    is_refused: bool,
    asked_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update connection set refused_at = case when $3 then coalesce(refused_at, now()) end
         where partner_id = $1 and vendor = $2 and (refused_at is not null) <> $3 and updated_at <= $4",
        partner.0,
        rows::vendor_text(vendor),
        is_refused,
        asked_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces the partner's templates, in the order given.
pub async fn put_templates(conn: &mut PgConnection, partner: PartnerId, templates: &[Template]) -> Result<()> {
    sqlx::query!("delete from template where partner_id = $1", partner.0).execute(&mut *conn).await?;
    for (position, template) in templates.iter().enumerate() {
        sqlx::query!(
            "insert into template (partner_id, template_id, position, name, description, source_account_id, include_global_settings, operating_systems, is_default)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            partner.0,
            template.id.as_str(),
            i32::try_from(position).unwrap_or(i32::MAX),
            template.name,
            template.description,
            template.source_account_id.as_str(),
            template.include_global_settings,
            &template.operating_systems,
            template.is_default,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The partner's templates, in their order.
pub async fn templates(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<Template>> {
    let rows = sqlx::query!(
        "select template_id, name, description, source_account_id, include_global_settings, operating_systems, is_default
         from template where partner_id = $1 order by position",
        partner.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Template {
                id: rows::id("template_id", row.template_id)?,
                name: row.name,
                description: row.description,
                is_default: row.is_default,
                source_account_id: rows::id("source_account_id", row.source_account_id)?,
                include_global_settings: row.include_global_settings,
                operating_systems: row.operating_systems,
            })
        })
        .collect()
}
