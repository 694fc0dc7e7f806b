//! Refreshing the inventory: both vendors side by side, each one's part completely or not at all.
//!
//! What was read is held in memory, without single agents, until a part is complete; then one transaction replaces it. A part that
//! fails keeps what was known of it, and does not take away what was read of others: of VSA; of accounts with their subscriptions;
//! of service plans with their pools.

mod read;
mod words;

use super::{JobContext, JobEnd};
use crate::domain::outcome::{ReadError, Vendor};
use crate::domain::plan::Reason;
use crate::service::restored;
use crate::storage::refresh::Pools;
use crate::storage::tenancy;
use crate::storage::{leases, partners, refresh, reservations};
use crate::upstream::Progress;
use chrono::{DateTime, Utc};
use read::{Customers, Plans, VsaPart};
use std::time::Duration;

/// How often progress is written down.
const PUBLISH_EVERY: Duration = Duration::from_millis(500);
/// After the database was away.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Why a refresh is broken off without an end to record.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the claim is lost")]
    Lost,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Why a vendor's part could not be read.
#[derive(Debug, thiserror::Error)]
enum PartError {
    #[error("there is no usable connection")]
    NotConnected,
    #[error(transparent)]
    Read(#[from] ReadError),
}

const VSA: (Vendor, &[&str]) = (Vendor::Vsa, &["organizations", "endpoints"]);
const ACCOUNTS: (Vendor, &[&str]) = (Vendor::Lmp, &["accounts", "subscriptions"]);
const SUBSCRIPTIONS: (Vendor, &[&str]) = (Vendor::Lmp, &["subscriptions"]);
const POOLS: (Vendor, &[&str]) = (Vendor::Lmp, &["license_pools"]);
const PLANS: (Vendor, &[&str]) = (Vendor::Lmp, &["service_plans", "license_pools"]);

/// Refreshes the partner's inventory.
pub async fn run(context: JobContext) -> JobEnd {
    match refresh(&context).await {
        Ok(end) => end,
        Err(Broken::Lost) => JobEnd::Lost,
        Err(Broken::Database(error)) if is_lasting(&error) => {
            tracing::error!(%error, "what was read cannot be stored");
            match end(&context, Some(words::not_stored())).await {
                Ok(end) => end,
                Err(Broken::Lost) => JobEnd::Lost,
                Err(Broken::Database(_)) => JobEnd::Again(TRY_AGAIN),
            }
        }
        Err(Broken::Database(error)) => {
            tracing::warn!(%error, "a refresh was interrupted by the database, it begins again");
            JobEnd::Again(TRY_AGAIN)
        }
    }
}

/// Whether the database refuses what is to be stored, and would refuse it again: anything but a lost connection (class 08), a
/// conflict with another transaction (40), a lack of resources (53, 55) or the server's end (57, 58).
fn is_lasting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(refused) => {
            let code = refused.code().unwrap_or_default();
            !["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
        }
        sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => true,
        _ => false,
    }
}

async fn refresh(context: &JobContext) -> Result<JobEnd, Broken> {
    let progress = Progress::new();
    publish(context, &progress).await?;
    let reading = async {
        let (vsa, lmp, manager) = tokio::join!(
            Box::pin(vsa(context, &progress)),
            Box::pin(lmp(context, &progress)),
            Box::pin(remote_manager(context))
        );
        manager?;
        Ok::<_, Broken>([vsa?, lmp?])
    };
    let publishing = async {
        loop {
            tokio::time::sleep(PUBLISH_EVERY).await;
            publish(context, &progress).await?;
        }
    };
    let failures = tokio::select! {
        () = context.lease.shutdown.cancelled() => return Ok(JobEnd::Again(Duration::ZERO)),
        failures = reading => failures?,
        broken = publishing => return broken,
    };
    publish(context, &progress).await?;
    end(context, failures.into_iter().flatten().reduce(words::both)).await
}

/// Records how the refresh ended, and ends the job well in the same transaction: it is the vendor that failed, and screens say so.
/// Whoever asks for a refresh from then on gets a new one.
async fn end(context: &JobContext, failure: Option<Reason>) -> Result<JobEnd, Broken> {
    let mut transaction = hold(context).await?;
    let error = failure.as_ref().map(|reason| (reason.code.as_str(), reason.message.as_str()));
    refresh::set_ended(&mut transaction, context.partner, error).await?;
    leases::finish(&mut transaction, context.partner, context.lease.job, context.lease.epoch, None).await?;
    transaction.commit().await?;
    if let Some(reason) = failure {
        tracing::warn!(partner.id = %context.partner, code = reason.code, reason.message, "the inventory could not be refreshed");
    }
    Ok(JobEnd::Done)
}

async fn vsa(context: &JobContext, progress: &Progress) -> Result<Option<Reason>, Broken> {
    let asked_at = now(context).await?;
    let read = async {
        let vsa = context.clients.vsa(context.partner).await.map_err(words::no_client)?;
        read::vsa(&vsa, progress).await
    };
    match read.await {
        Ok(VsaPart { organizations, is_whole, counts }) => {
            let mut transaction = hold(context).await?;
            refresh::put_organizations(&mut transaction, context.partner, &organizations, &counts, is_whole).await?;
            partners::set_refused(&mut transaction, context.partner, Vendor::Vsa, false, asked_at).await?;
            transaction.commit().await?;
            Ok(None)
        }
        Err(error) => failed(context, VSA, asked_at, &error).await.map(Some),
    }
}

/// Accounts and plans side by side, each stored as soon as it is complete.
async fn lmp(context: &JobContext, progress: &Progress) -> Result<Option<Reason>, Broken> {
    let asked_at = now(context).await?;
    let lmp = match context.clients.lmp(context.partner).await.map_err(words::no_client) {
        Ok(lmp) => lmp,
        Err(error) => return failed(context, ACCOUNTS, asked_at, &error).await.map(Some),
    };
    let accounts = async {
        match read::accounts(&lmp, progress).await {
            Ok(Customers { accounts, subscriptions, is_whole }) => {
                let mut transaction = hold(context).await?;
                let read = subscriptions.as_deref().ok();
                refresh::put_accounts(&mut transaction, context.partner, &accounts, read, is_whole).await?;
                // What was left out may carry a mark of ours.
                let compared =
                    if is_whole { restored::compare(&mut transaction, context.partner, asked_at).await? } else { None };
                transaction.commit().await?;
                if let Some(compared) = compared {
                    compared.tell(context.partner);
                }
                failed_too(context, SUBSCRIPTIONS, asked_at, subscriptions.err()).await
            }
            Err(error) => failed(context, ACCOUNTS, asked_at, &error).await.map(Some),
        }
    };
    let plans = async {
        match read::plans(&lmp).await {
            Ok(Plans { service_plans, pools }) => {
                let mut transaction = hold(context).await?;
                let read = match &pools {
                    Ok(Some(pools)) => Pools::Read(pools),
                    Ok(None) => Pools::Unknown,
                    Err(_) => Pools::Kept,
                };
                refresh::put_service_plans(&mut transaction, context.partner, &service_plans, read, asked_at).await?;
                transaction.commit().await?;
                failed_too(context, POOLS, asked_at, pools.err()).await
            }
            Err(error) => failed(context, PLANS, asked_at, &error).await.map(Some),
        }
    };
    let (accounts, plans): (Result<_, Broken>, Result<_, Broken>) = tokio::join!(Box::pin(accounts), Box::pin(plans));
    let (accounts, plans) = (accounts?, plans?);
    if accounts.is_none() && plans.is_none() {
        let mut transaction = hold(context).await?;
        partners::set_refused(&mut transaction, context.partner, Vendor::Lmp, false, asked_at).await?;
        transaction.commit().await?;
    }
    // Both are about the same vendor: one of them says it all.
    Ok(accounts.or(plans))
}

/// Remote Manager has nothing to be read, but what opens it may be accepted again, or no more.
async fn remote_manager(context: &JobContext) -> Result<(), Broken> {
    let asked_at = now(context).await?;
    let Ok(manager) = context.clients.remote_manager(context.partner).await else { return Ok(()) };
    let is_refused = match manager.probe().await {
        Ok(()) => false,
        Err(ReadError::CredentialsRefused) => true,
        Err(_) => return Ok(()),
    };
    let mut transaction = hold(context).await?;
    partners::set_refused(&mut transaction, context.partner, Vendor::RemoteManager, is_refused, asked_at).await?;
    Ok(transaction.commit().await?)
}

/// Notes what a failed reading says about the vendor; what was known of these parts stays.
async fn failed(
    context: &JobContext,
    (vendor, parts): (Vendor, &[&str]),
    asked_at: DateTime<Utc>,
    error: &PartError,
) -> Result<Reason, Broken> {
    let mut transaction = hold(context).await?;
    match error {
        PartError::Read(ReadError::CredentialsRefused) => {
            partners::set_refused(&mut transaction, context.partner, vendor, true, asked_at).await?;
        }
        PartError::Read(ReadError::Incomplete(_)) => {
            refresh::set_incomplete(&mut transaction, context.partner, parts).await?;
        }
        _ => {}
    }
    transaction.commit().await?;
    tracing::debug!(partner.id = %context.partner, ?vendor, error = error as &dyn std::error::Error, "a vendor could not be read");
    Ok(words::failed(vendor, error))
}

/// The same of what was read beside something that is stored.
async fn failed_too(
    context: &JobContext,
    part: (Vendor, &[&str]),
    asked_at: DateTime<Utc>,
    error: Option<ReadError>,
) -> Result<Option<Reason>, Broken> {
    match error {
        Some(error) => failed(context, part, asked_at, &PartError::Read(error)).await.map(Some),
        None => Ok(None),
    }
}

async fn now(context: &JobContext) -> Result<DateTime<Utc>, Broken> {
    Ok(reservations::now(&mut *tenancy::begin(&context.pool, context.partner).await?).await?)
}

async fn publish(context: &JobContext, progress: &Progress) -> Result<(), Broken> {
    let (done, total) = progress.snapshot();
    let number = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    let mut transaction = hold(context).await?;
    refresh::set_running(&mut transaction, context.partner, number(done), total.map(number)).await?;
    Ok(transaction.commit().await?)
}

/// A transaction in which the claim cannot be lost.
async fn hold(context: &JobContext) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, Broken> {
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    if context.lease.hold(&mut transaction).await? { Ok(transaction) } else { Err(Broken::Lost) }
}
