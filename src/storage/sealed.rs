//! Everything that is sealed, for changing the key that seals it.

use super::rows;
use super::vault::Record;
use crate::domain::ids::PartnerId;
use sqlx::{PgConnection, Result};

/// Where a sealed secret is stored.
pub type Sealed = (PartnerId, Record);

/// Up to `limit` secrets that are under another key than this one, or without a data key, after `after`.
pub async fn otherwise(
    conn: &mut PgConnection,
    key_id: &str,
    after: Option<&Sealed>,
    limit: i64,
) -> Result<Vec<Sealed>> {
    let after_partner = after.map(|(partner, _)| partner.0);
    let [after_kind, after_name, after_user] = after.map_or([""; 3], |(_, record)| key(record)).map(str::to_owned);
    let found = sqlx::query!(
        r#"select partner_id as "partner_id!", kind as "kind!", name as "name!", user_id as "user_id!" from (
               select partner_id, 'connection' as kind, vendor as name, '' as user_id from connection
               where key_id <> $1 or substring(sealed for 4) <> 'WFS2'
               union all select partner_id, 'grant', method, user_id from sign_in_grant where key_id <> $1
               union all select partner_id, 'openid', '', '' from openid_provider where key_id <> $1) as secret
           where $2::uuid is null or (partner_id, kind, name, user_id) > ($2, $3, $4, $5)
           order by partner_id, kind, name, user_id limit $6"#,
        key_id,
        after_partner,
        after_kind,
        after_name,
        after_user,
        limit
    )
    .fetch_all(conn)
    .await?;
    let record = |kind: &str, name: String, user_id: String| match kind {
        "connection" => rows::vendor(&name).map(Record::Connection),
        "grant" => Ok(Record::Grant { method: name, user_id }),
        _ => Ok(Record::OpenIdProvider),
    };
    found.into_iter().map(|row| Ok((PartnerId(row.partner_id), record(&row.kind, row.name, row.user_id)?))).collect()
}

/// By what secrets are ordered.
fn key(record: &Record) -> [&str; 3] {
    match record {
        Record::Connection(vendor) => ["connection", rows::vendor_text(*vendor), ""],
        Record::Grant { method, user_id } => ["grant", method, user_id],
        Record::OpenIdProvider => ["openid", "", ""],
    }
}

/// The sealed secret, locked, if it is still under another key than this one.
pub async fn lock(
    conn: &mut PgConnection,
    partner: PartnerId,
    record: &Record,
    key_id: &str,
) -> Result<Option<Vec<u8>>> {
    match record {
        Record::Connection(vendor) => {
            let sealed = sqlx::query_scalar!(
                "select sealed from connection where partner_id = $1 and vendor = $2 and (key_id <> $3 or substring(sealed for 4) <> 'WFS2') for update",
                partner.0,
                rows::vendor_text(*vendor),
                key_id
            );
            sealed.fetch_optional(conn).await
        }
        Record::Grant { method, user_id } => {
            let sealed = sqlx::query_scalar!(
                "select sealed from sign_in_grant where partner_id = $1 and method = $2 and user_id = $3 and key_id <> $4 for update",
                partner.0,
                method,
                user_id,
                key_id
            );
            sealed.fetch_optional(conn).await
        }
        Record::OpenIdProvider => {
            let sealed = sqlx::query_scalar!(
                "select sealed from openid_provider where partner_id = $1 and key_id <> $2 for update",
                partner.0,
                key_id
            );
            sealed.fetch_optional(conn).await
        }
    }
}

/// Replaces the sealed form of a secret that stays the same.
pub async fn put(
    conn: &mut PgConnection,
    partner: PartnerId,
    record: &Record,
    sealed: &[u8],
    key_id: &str,
) -> Result<()> {
    let put = match record {
        Record::Connection(vendor) => sqlx::query!(
            "update connection set sealed = $3, key_id = $4 where partner_id = $1 and vendor = $2",
            partner.0,
            rows::vendor_text(*vendor),
            sealed,
            key_id
        ),
        Record::Grant { method, user_id } => sqlx::query!(
            "update sign_in_grant set sealed = $4, key_id = $5 where partner_id = $1 and method = $2 and user_id = $3",
            partner.0,
            method,
            user_id,
            sealed,
            key_id
        ),
        Record::OpenIdProvider => sqlx::query!(
            "update openid_provider set sealed = $2, key_id = $3 where partner_id = $1",
            partner.0,
            sealed,
            key_id
        ),
    };
    put.execute(conn).await?;
    Ok(())
}
