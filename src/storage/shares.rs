//! Shares of the calls that a partner may have under way to a vendor.

use super::rows;
use super::tenancy::{self, Across, Tx};
use crate::domain::ids::PartnerId;
use crate::domain::shares::Claim;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Result};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

const SHARE_LOCK: i64 = 4712;

/// A way to a vendor's API.
pub type Way = (PartnerId, &'static str);

/// Begins a transaction in which nobody else changes shares, with the database's time.
pub async fn begin(pool: &PgPool) -> Result<(Tx, DateTime<Utc>)> {
    let mut tx = tenancy::begin_across(pool, Across::Jobs).await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", SHARE_LOCK).execute(&mut *tx).await?;
    // Not the time at which the transaction began: it may have waited for the lock.
    let now = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(&mut *tx).await?;
    Ok((tx, now))
}

/// What other processes hold and want of these ways.
pub async fn others(
    conn: &mut PgConnection,
    owner: Uuid,
    ways: &[Way],
) -> Result<HashMap<(PartnerId, String), Vec<Claim>>> {
    let (partners, apis) = columns(ways);
    let rows = sqlx::query!(
        "select partner_id, api, owner, held, wanted, since from call_share
         where owner <> $1 and lease_until > clock_timestamp() and (partner_id, api) in (select * from unnest($2::uuid[], $3::text[]))",
        owner,
        &partners,
        &apis
    )
    .fetch_all(conn)
    .await?;
    let mut claims: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let (held, wanted) = (size(row.held), size(row.wanted));
        claims.entry((PartnerId(row.partner_id), row.api)).or_default().push(Claim {
            owner: row.owner,
            held,
            wanted,
            since: row.since,
        });
    }
    Ok(claims)
}

/// Stores what a process holds and wants now; of other ways it holds nothing. Rows of processes that are gone are removed.
pub async fn put(conn: &mut PgConnection, owner: Uuid, lease: Duration, shares: &[(Way, Claim)]) -> Result<()> {
    let ways: Vec<_> = shares.iter().map(|(way, _)| *way).collect();
    let (partners, apis) = columns(&ways);
    sqlx::query!(
        "delete from call_share where lease_until < clock_timestamp() - interval '1 minute'
            or (owner = $1 and not (partner_id, api) in (select * from unnest($2::uuid[], $3::text[])))",
        owner,
        &partners,
        &apis
    )
    .execute(&mut *conn)
    .await?;
    let numbers = |of: fn(&Claim) -> usize| -> Vec<i32> {
        shares.iter().map(|(_, claim)| rows::int(u32::try_from(of(claim)).unwrap_or(u32::MAX))).collect()
    };
    let since: Vec<_> = shares.iter().map(|(_, claim)| claim.since).collect();
    sqlx::query!(
        "insert into call_share (owner, lease_until, partner_id, api, held, wanted, since)
         select $1, clock_timestamp() + make_interval(secs => $2), n.*
         from unnest($3::uuid[], $4::text[], $5::int[], $6::int[], $7::timestamptz[]) as n
         on conflict (partner_id, api, owner) do update set held = excluded.held, wanted = excluded.wanted, since = excluded.since,
             lease_until = excluded.lease_until",
        owner,
        lease.as_secs_f64(),
        &partners,
        &apis,
        &numbers(|claim| claim.held),
        &numbers(|claim| claim.wanted),
        &since
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn columns(ways: &[Way]) -> (Vec<Uuid>, Vec<String>) {
    ways.iter().map(|(partner, api)| (partner.0, (*api).to_owned())).unzip()
}

fn size(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}
