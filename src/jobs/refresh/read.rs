//! Reading everything of one vendor.

use super::PartError;
use crate::domain::inventory::{
    Account, CreatedBetween, EndpointCounts, LicensePool, Organization, ServicePlan, Subscription,
};
use crate::domain::outcome::ReadError;
use crate::upstream::Progress;
use crate::upstream::lmp::Lmp;
use crate::upstream::vsa::Vsa;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::HashSet;

/// Units that are asked for side by side; how many of them are on the wire is up to the client.
const UNITS_SIDE_BY_SIDE: usize = 16;

/// What VSA knows.
pub(super) struct VsaPart {
    pub(super) organizations: Vec<Organization>,
    /// No row of it was left out.
    pub(super) is_whole: bool,
    pub(super) counts: EndpointCounts,
}

/// What LMP knows of customers.
pub(super) struct Customers {
    pub(super) accounts: Vec<Account>,
    /// Who may read them is not documented.
    pub(super) subscriptions: Result<Vec<Subscription>, ReadError>,
    /// No row of either was left out.
    pub(super) is_whole: bool,
}

/// What LMP has to sell.
pub(super) struct Plans {
    pub(super) service_plans: Vec<ServicePlan>,
    pub(super) pools: Result<Option<Vec<LicensePool>>, ReadError>,
}

/// Organizations first: an agent of an organization that is not among them is counted apart.
pub(super) async fn vsa(vsa: &Vsa, progress: &Progress) -> Result<VsaPart, PartError> {
    let listed = vsa.organizations(progress).await?;
    let (is_whole, organizations) = (listed.is_whole(), listed.rows);
    let known: HashSet<_> = organizations.iter().map(|organization| organization.id.clone()).collect();
    let counts = vsa.endpoint_counts(&known, progress).await?;
    Ok(VsaPart { organizations, is_whole, counts })
}

/// Plans, and what is left of them.
pub(super) async fn plans(lmp: &Lmp) -> Result<Plans, PartError> {
    let (service_plans, pools) = tokio::join!(lmp.service_plans(), lmp.license_pools());
    Ok(Plans { service_plans: service_plans?, pools })
}

/// Two lists side by side, then the units of each subscription, which no list holds (`lmpi.md` 8.2).
pub(super) async fn accounts(lmp: &Lmp, progress: &Progress) -> Result<Customers, PartError> {
    let ever = CreatedBetween::ever(chrono::Utc::now());
    let (accounts, subscriptions) =
        tokio::join!(lmp.all_customers(ever, progress), lmp.all_subscriptions(ever, progress));
    let accounts = accounts?;
    let mut is_whole = accounts.is_whole();
    let subscriptions = match subscriptions {
        Ok(listed) => {
            is_whole &= listed.is_whole();
            with_all_units(lmp, listed.rows, progress).await
        }
        // The same credentials were accepted for customers: it is their role that may not.
        Err(ReadError::CredentialsRefused) => Err(ReadError::Forbidden),
        Err(error) => Err(error),
    };
    Ok(Customers { accounts: accounts.rows, subscriptions, is_whole })
}

async fn with_all_units(
    lmp: &Lmp,
    listed: Vec<Subscription>,
    progress: &Progress,
) -> Result<Vec<Subscription>, ReadError> {
    let total = listed.len();
    progress.add_total(total as u64);
    let read: Vec<_> = stream::iter(listed)
        .map(|listed| with_units(lmp, listed, progress))
        .buffered(UNITS_SIDE_BY_SIDE)
        .try_collect()
        .await?;
    let unread = read.iter().filter(|(_, error)| error.is_some()).count();
    if unread > 0 {
        tracing::warn!(unread, total, "units of some subscriptions could not be read, so they are unknown");
    }
    // One that fails is the subscription's own fault, all of them the vendor's.
    let broken = read.iter().find_map(|(_, error)| error.clone().filter(ReadError::is_transient));
    match broken.filter(|_| total > 1 && unread == total) {
        Some(error) => Err(error),
        None => Ok(read.into_iter().filter_map(|(found, _)| found).collect()),
    }
}

/// `None`: it is gone since the list was read. Where it cannot be read singly, its units are not known.
async fn with_units(
    lmp: &Lmp,
    listed: Subscription,
    progress: &Progress,
) -> Result<(Option<Subscription>, Option<ReadError>), ReadError> {
    let read = match lmp.subscription(&listed.account_id, &listed.id).await {
        // The list tells the plan, which some single answers leave out.
        Ok(found) => {
            Ok((found.map(|found| Subscription { units: found.units, enabled: found.enabled, ..listed }), None))
        }
        Err(
            error @ (ReadError::Forbidden
            | ReadError::Refused(_)
            | ReadError::ServerError(_)
            | ReadError::Unreadable(_)),
        ) => Ok((Some(Subscription { units: None, ..listed }), Some(error))),
        Err(error) => Err(error),
    };
    progress.add_done(1);
    read
}
