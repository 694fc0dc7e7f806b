//! A database that may be older than it was: nothing is created until the accounts at LMP have been compared with what is recorded
//! (`security-reliability.md` part 2, B2).

use super::tenancy::{self, Across};
use super::{jobs, links, rows};
use crate::domain::ids::{AccountId, OrganizationId, PartnerId};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool, Result};

/// An account that carries our mark, although nothing is recorded of its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
}

/// A stray account, and the customer that it was linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The customer.
    pub organization_id: OrganizationId,
    /// The account.
    pub account_id: AccountId,
}

/// Where a partner stands that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Whose accounts have to be compared.
    pub partner_id: PartnerId,
    /// Its public key.
    pub partner_key: String,
    /// Only accounts that were read after this time tell all.
    pub compare_after: DateTime<Utc>,
}

/// What a comparison led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Accounts that were linked to the only customer of their name.
    pub adopted: Vec<Adopted>,
    /// Accounts of which nobody knows whose they are: the hold stays.
    pub strays: Vec<Stray>,
}

impl Compared {
    /// Says in the log what came of it; somebody has to act where strays are left.
    pub fn tell(&self, partner: PartnerId) {
        let (adopted, strays) = (self.adopted.len(), self.strays.len());
        if strays == 0 {
            tracing::info!(partner.id = %partner, adopted, "the accounts were compared with a restored database; work goes on");
        } else {
            tracing::error!(partner.id = %partner, adopted, strays, "accounts were created without a record; nothing is created until an operator has looked");
        }
    }
}

/// Partners whose records come from another database than this one, as after a restore or when a standby has taken over.
pub async fn foreign(pool: &PgPool) -> Result<Vec<PartnerId>> {
    let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
    let found = sqlx::query_scalar!("select partner_id from partner where database_mark <> database_mark()");
    Ok(found.fetch_all(&mut *tx).await?.into_iter().map(PartnerId).collect())
}

/// Every partner there is.
pub async fn everybody(pool: &PgPool) -> Result<Vec<PartnerId>> {
    let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
    let found = sqlx::query_scalar!("select partner_id from partner order by partner_id");
    Ok(found.fetch_all(&mut *tx).await?.into_iter().map(PartnerId).collect())
}

/// Holds the partner until its accounts were read `settle` from now, when nothing that was sent before can appear any more. What
/// earlier looks did not find proves nothing any more, and runs under way are taken up anew.
pub async fn hold(conn: &mut PgConnection, partner: PartnerId, settle: TimeDelta) -> Result<()> {
    let seconds = settle.as_seconds_f64();
    sqlx::query!(
        "update partner set compare_after = now() + make_interval(secs => $2), database_mark = database_mark() where partner_id = $1",
        partner.0,
        seconds
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update operation set in_doubt_at = now(), looks = 0, absent_look_at = null, next_look_at = now() where partner_id = $1 and state = 'in_doubt'",
        partner.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update integration set epoch = epoch + 1, event_id = event_id + 1 where partner_id = $1 and status not in ('stopped', 'finished')",
        partner.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends what lets people in by a session or a link: some of it may have been ended since the backup was made.
pub async fn end_sessions(conn: &mut PgConnection, partner: PartnerId) -> Result<()> {
    sqlx::query!("delete from screen_session where partner_id = $1", partner.0).execute(&mut *conn).await?;
    sqlx::query!("delete from sign_in_link where partner_id = $1", partner.0).execute(&mut *conn).await?;
    // Refresh tokens work once, and some of these have been used since.
    super::sign_in::delete_grants(conn, partner).await
}

/// Queues a reading of the accounts of every held partner that has not been compared since it may be; returns how many.
pub async fn enqueue_comparisons(pool: &PgPool) -> Result<u64> {
    let mut tx = tenancy::begin_across(pool, Across::Upkeep).await?;
    let queued = sqlx::query!(
        "insert into job (partner_id, job_id, kind, subject)
         select p.partner_id, gen_random_uuid(), 'refresh_inventory', '' from partner p
         left join inventory_refresh r on r.partner_id = p.partner_id
         where p.compare_after <= now() and exists (select from connection c where c.partner_id = p.partner_id and c.vendor = 'lmp')
           and (r.started_at is null or r.started_at < p.compare_after or (r.status = 'failed' and r.started_at < now() - interval '5 minutes'))
         on conflict (partner_id, kind, subject) where state in ('queued', 'running') do nothing"
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    jobs::commit_queued(tx, queued).await
}

/// Compares the accounts, which were read from `asked_at` on and are in the mirror, with what is recorded: what was created without a
/// record is linked to the only customer of its name. The hold ends if that leaves nothing. `None`: there was nothing to compare.
pub async fn compare(conn: &mut PgConnection, partner: PartnerId, asked_at: DateTime<Utc>) -> Result<Option<Compared>> {
    let due = sqlx::query_scalar!(
        r#"select 1 as "one!" from partner where partner_id = $1 and compare_after <= $2 for update"#,
        partner.0,
        asked_at
    );
    if due.fetch_optional(&mut *conn).await?.is_none() {
        return Ok(None);
    }
    links::lock_assignments(conn, partner).await?;
    let adopted = adopt(conn, partner).await?;
    let strays = strays(conn, partner).await?;
    if strays.is_empty() {
        release(conn, partner).await?;
    }
    Ok(Some(Compared { adopted, strays }))
}

/// Links strays to the customers whose name is theirs, where there is one of either and nobody has them.
async fn adopt(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<Adopted>> {
    let found = sqlx::query!(
        r#"with stray as (
             select a.account_id, a.name, a.name_key, count(*) over (partition by a.name_key) as namesakes from account a
             where a.partner_id = $1 and a.note ~* 'wfp:[0-9a-f]{32}'
               and not exists (select from operation p where p.partner_id = $1 and p.kind = 'create_account'
                               and p.operation_id = substring(lower(a.note) from 'wfp:([0-9a-f]{32})')::uuid)
               and not exists (select from link l where l.partner_id = $1 and l.account_id = a.account_id)
               and not exists (select from claim k where k.partner_id = $1 and k.account_id = a.account_id)),
           customer as (
             select o.organization_id, o.name, o.name_key, count(*) over (partition by o.name_key) as namesakes from organization o
             where o.partner_id = $1 and o.kind = 'customer'
               and not exists (select from link l where l.partner_id = $1 and l.organization_id = o.organization_id)),
           plan as (
             select s.account_id, min(s.subscription_id) as subscription_id, min(s.service_plan_id) as service_plan_id, min(s.units) as units
             from subscription s where s.partner_id = $1 and s.enabled group by s.account_id having count(*) = 1)
           insert into link (partner_id, organization_id, account_id, organization_name, account_name, subscription_id, service_plan_id, seats, imported_by, import_id)
           select $1, c.organization_id, s.account_id, c.name, s.name, p.subscription_id, p.service_plan_id, p.units, $2, $3
           from stray s join customer c on c.name_key = s.name_key left join plan p on p.account_id = s.account_id
           where s.namesakes = 1 and c.namesakes = 1
             -- An import that is under way finds the account itself, before it creates one.
             and not exists (select from claim k where k.partner_id = $1 and k.organization_id = c.organization_id)
           returning organization_id, account_id"#,
        partner.0,
        ADOPTED_BY,
        uuid::Uuid::nil()
    )
    .fetch_all(conn)
    .await?;
    let adopted = found.into_iter().map(|row| {
        let organization_id = rows::id("link.organization_id", row.organization_id)?;
        Ok(Adopted { organization_id, account_id: rows::id("link.account_id", row.account_id)? })
    });
    adopted.collect()
}

/// Who linked an account that was found after a restore. Such a link names no import: the one that made it is not recorded any more.
const ADOPTED_BY: &str = "restore";

/// Accounts with our mark that nothing recorded explains: neither an operation, nor a link, nor an import under way for a customer
/// of the same name.
pub async fn strays(conn: &mut PgConnection, partner: PartnerId) -> Result<Vec<Stray>> {
    let found = sqlx::query!(
        "select a.account_id, a.name from account a
         where a.partner_id = $1 and a.note ~* 'wfp:[0-9a-f]{32}'
           and not exists (select from operation p where p.partner_id = $1 and p.kind = 'create_account'
                           and p.operation_id = substring(lower(a.note) from 'wfp:([0-9a-f]{32})')::uuid)
           and not exists (select from link l where l.partner_id = $1 and l.account_id = a.account_id)
           and not exists (select from claim k where k.partner_id = $1 and k.account_id = a.account_id)
           and not exists (select from claim k join organization o on o.partner_id = k.partner_id and o.organization_id = k.organization_id
                           where k.partner_id = $1 and o.name_key = a.name_key)
         order by a.name, a.account_id",
        partner.0
    )
    .fetch_all(conn)
    .await?;
    found
        .into_iter()
        .map(|row| Ok(Stray { account_id: rows::id("account.account_id", row.account_id)?, name: row.name }))
        .collect()
}

/// Ends the hold, and has what waits for it tried at once; `false` if there was none.
pub async fn release(conn: &mut PgConnection, partner: PartnerId) -> Result<bool> {
    let released = sqlx::query!(
        "update partner set compare_after = null, database_mark = database_mark()
         where partner_id = $1 and (compare_after is not null or database_mark <> database_mark())",
        partner.0
    );
    if released.execute(&mut *conn).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let next = "update integration set next_try_at = now() where partner_id = $1 and status = 'waiting' and waiting_code = 'restored'";
    sqlx::query(next).bind(partner.0).execute(&mut *conn).await?;
    sqlx::query!(
        "update job set run_at = now() where partner_id = $1 and kind = 'undo' and state = 'queued'",
        partner.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("select pg_notify('jobs', '')").execute(conn).await?;
    Ok(true)
}

/// The partners that are held.
pub async fn held(pool: &PgPool) -> Result<Vec<Held>> {
    let mut tx = tenancy::begin_across(pool, Across::Operator).await?;
    let found = sqlx::query!(
        r#"select partner_id, partner_key, compare_after as "compare_after!" from partner where compare_after is not null order by name, partner_id"#
    );
    let held = |row: (uuid::Uuid, String, DateTime<Utc>)| Held {
        partner_id: PartnerId(row.0),
        partner_key: row.1,
        compare_after: row.2,
    };
    let rows = found.fetch_all(&mut *tx).await?;
    Ok(rows.into_iter().map(|row| held((row.partner_id, row.partner_key, row.compare_after))).collect())
}
