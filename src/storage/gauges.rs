//! Numbers of everybody's work for the operator: how many, never whose.

use super::tenancy::{self, Across};
use sqlx::{PgPool, Result};

/// One number: what it counts, up to two properties that tell it apart, and how many or how long.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What is counted.
    pub what: String,
    /// Such as the kind of a job.
    pub first: String,
    /// Such as its state.
    pub second: String,
    /// A count, or seconds.
    pub value: f64,
}

/// Reads all numbers at one moment.
pub async fn read(pool: &PgPool) -> Result<Vec<Reading>> {
    let mut tx = tenancy::begin_across(pool, Across::Metrics).await?;
    let found = sqlx::query!(
        r#"with open_job as (
             select kind, case when state = 'running' then case when lease_until > now() then 'running' else 'silent' end
                               when run_at <= now() then 'due' else 'later' end as state, run_at
             from job where state in ('queued', 'running')),
           open_operation as (
             select kind, state, coalesce(in_doubt_at, intended_at) as since from operation where state in ('intended', 'in_doubt', 'needs_person'))
           select 'jobs' as "what!", kind as "first!", state as "second!", count(*)::float8 as "value!" from open_job group by kind, state
           union all
           select 'jobs_oldest_due_seconds', kind, '', extract(epoch from now() - min(run_at))::float8 from open_job where state = 'due' group by kind
           union all
           select 'operations_open', kind, state, count(*)::float8 from open_operation group by kind, state
           union all
           select 'operations_oldest_in_doubt_seconds', '', '', extract(epoch from now() - min(since))::float8 from open_operation
             where state = 'in_doubt' having count(*) > 0
           union all
           select 'integrations_open', status, '', count(*)::float8 from integration where status not in ('stopped', 'finished') group by status
           union all
           select 'integrations_waiting', waiting_code, '', count(*)::float8 from integration
             where status not in ('stopped', 'finished') and waiting_code is not null group by waiting_code
           union all
           select 'partners', '', '', count(*)::float8 from partner
           union all
           select 'partners_frozen', '', '', count(*)::float8 from partner where frozen_at is not null or exists (select from service_freeze)
           union all
           select 'partners_to_compare', '', '', count(*)::float8 from partner where compare_after is not null
           union all
           select 'connections_refused', vendor, '', count(*)::float8 from connection where refused_at is not null group by vendor
           union all
           select 'inventory_oldest_seconds', part, '', extract(epoch from now() - min(refreshed_at))::float8 from inventory_part
             where refreshed_at is not null group by part
           union all
           select 'inventories_failed', '', '', count(*)::float8 from inventory_refresh where status = 'failed'"#
    )
    .fetch_all(&mut *tx)
    .await?;
    let reading = |(what, first, second, value)| Reading { what, first, second, value };
    Ok(found.into_iter().map(|row| reading((row.what, row.first, row.second, row.value))).collect())
}
