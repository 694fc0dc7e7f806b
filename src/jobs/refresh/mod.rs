//! Refreshing the inventory: both vendors side by side, each one's part completely or not at all.
//!
//! What was read is held in memory, without single agents, until a vendor's part is complete; then one transaction replaces it.
//! A vendor that fails keeps what was known of it, and does not take the other one's reading away.

mod read;
mod words;

use super::{JobContext, JobEnd};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::{ReadError, Vendor};
use crate::domain::plan::Reason;
use crate::storage::tenancy;
use crate::storage::{partners, refresh, reservations};
use crate::upstream::Progress;
use read::{LmpPart, VsaPart};
use sqlx::PgConnection;
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

/// Refreshes the partner's inventory.
pub async fn run(context: JobContext) -> JobEnd {
    match refresh(&context).await {
        Ok(end) => end,
        Err(Broken::Lost) => JobEnd::Lost,
        Err(Broken::Database(error)) => {
            tracing::warn!(%error, "a refresh was interrupted by the database, it begins again");
            JobEnd::Again(TRY_AGAIN)
        }
    }
}

async fn refresh(context: &JobContext) -> Result<JobEnd, Broken> {
    let progress = Progress::new();
    publish(context, &progress).await?;
    let reading = async {
        let (vsa, lmp) = tokio::join!(Box::pin(vsa(context, &progress)), Box::pin(lmp(context, &progress)));
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

/// Records how the refresh ended, and ends the job well: it is the vendor that failed, and screens say so.
async fn end(context: &JobContext, failure: Option<Reason>) -> Result<JobEnd, Broken> {
    let mut transaction = hold(context).await?;
    let error = failure.as_ref().map(|reason| (reason.code.as_str(), reason.message.as_str()));
    refresh::set_ended(&mut transaction, context.partner, error).await?;
    transaction.commit().await?;
    if let Some(reason) = failure {
        tracing::warn!(partner.id = %context.partner, code = reason.code, reason.message, "the inventory could not be refreshed");
    }
    Ok(JobEnd::Done)
}

async fn vsa(context: &JobContext, progress: &Progress) -> Result<Option<Reason>, Broken> {
    let read = async {
        let vsa = context.clients.vsa(context.partner).await.map_err(words::no_client)?;
        read::vsa(&vsa, progress).await
    };
    match read.await {
        Ok(VsaPart { organizations, counts }) => {
            let mut transaction = hold(context).await?;
            refresh::put_organizations(&mut transaction, context.partner, &organizations, &counts).await?;
            partners::set_refused(&mut transaction, context.partner, Vendor::Vsa, false).await?;
            transaction.commit().await?;
            Ok(None)
        }
        Err(error) => failed(context, Vendor::Vsa, &error).await.map(Some),
    }
}

async fn lmp(context: &JobContext, progress: &Progress) -> Result<Option<Reason>, Broken> {
    let asked_at = reservations::now(&mut *tenancy::begin(&context.pool, context.partner).await?).await?;
    let read = async {
        let lmp = context.clients.lmp(context.partner).await.map_err(words::no_client)?;
        read::lmp(&lmp, progress).await
    };
    match read.await {
        Ok(LmpPart { accounts, subscriptions, service_plans, pools }) => {
            let mut transaction = hold(context).await?;
            refresh::put_accounts(&mut transaction, context.partner, &accounts, &subscriptions).await?;
            refresh::put_service_plans(&mut transaction, context.partner, &service_plans, pools.as_deref(), asked_at)
                .await?;
            partners::set_refused(&mut transaction, context.partner, Vendor::Lmp, false).await?;
            transaction.commit().await?;
            Ok(None)
        }
        Err(error) => failed(context, Vendor::Lmp, &error).await.map(Some),
    }
}

/// Notes what a failed reading says about the vendor; what was known of it stays.
async fn failed(context: &JobContext, vendor: Vendor, error: &PartError) -> Result<Reason, Broken> {
    let mut transaction = hold(context).await?;
    match error {
        PartError::Read(ReadError::CredentialsRefused) => {
            partners::set_refused(&mut transaction, context.partner, vendor, true).await?;
        }
        PartError::Read(ReadError::Incomplete(_)) => mark_incomplete(&mut transaction, context.partner, vendor).await?,
        _ => {}
    }
    transaction.commit().await?;
    tracing::debug!(partner.id = %context.partner, ?vendor, error = error as &dyn std::error::Error, "a vendor could not be read");
    Ok(words::failed(vendor, error))
}

async fn mark_incomplete(conn: &mut PgConnection, partner: PartnerId, vendor: Vendor) -> sqlx::Result<()> {
    let parts: &[&str] = match vendor {
        Vendor::Vsa => &["organizations", "endpoints"],
        Vendor::Lmp | Vendor::RemoteManager => &["accounts", "subscriptions", "service_plans", "license_pools"],
    };
    refresh::set_incomplete(conn, partner, parts).await
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
