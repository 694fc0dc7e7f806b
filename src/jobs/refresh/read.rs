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
    pub(super) counts: EndpointCounts,
}

/// What LMP knows of customers.
pub(super) struct Accounts {
    pub(super) accounts: Vec<Account>,
    pub(super) subscriptions: Vec<Subscription>,
}

/// What LMP has to sell.
pub(super) struct Plans {
    pub(super) service_plans: Vec<ServicePlan>,
    pub(super) pools: Option<Vec<LicensePool>>,
}

/// Organizations first: an agent of an organization that is not among them is counted apart.
pub(super) async fn vsa(vsa: &Vsa, progress: &Progress) -> Result<VsaPart, PartError> {
    let organizations = vsa.organizations(progress).await?;
    let known: HashSet<_> = organizations.iter().map(|organization| organization.id.clone()).collect();
    let counts = vsa.endpoint_counts(&known, progress).await?;
    Ok(VsaPart { organizations, counts })
}

/// Plans and pools side by side.
pub(super) async fn plans(lmp: &Lmp) -> Result<Plans, PartError> {
    let (service_plans, pools) = tokio::try_join!(lmp.service_plans(), lmp.license_pools())?;
    Ok(Plans { service_plans, pools })
}

/// Two lists side by side, then the units of each subscription, which no list holds (`lmpi.md` 8.2).
pub(super) async fn accounts(lmp: &Lmp, progress: &Progress) -> Result<Accounts, PartError> {
    let ever = CreatedBetween::ever(chrono::Utc::now());
    let (accounts, subscriptions) = tokio::try_join!(lmp.customers(ever, progress), lmp.subscriptions(ever, progress))?;
    progress.add_total(subscriptions.len() as u64);
    let subscriptions = stream::iter(subscriptions)
        .map(|listed| with_units(lmp, listed, progress))
        .buffered(UNITS_SIDE_BY_SIDE)
        .try_filter_map(async |found| Ok(found))
        .try_collect()
        .await?;
    Ok(Accounts { accounts, subscriptions })
}

/// `None`: it is gone since the list was read.
async fn with_units(lmp: &Lmp, listed: Subscription, progress: &Progress) -> Result<Option<Subscription>, ReadError> {
    let read = match lmp.subscription(&listed.account_id, &listed.id).await {
        // The list tells the plan, which some single answers leave out.
        Ok(found) => Ok(found.map(|found| Subscription { units: found.units, enabled: found.enabled, ..listed })),
        Err(error) => Err(error),
    };
    progress.add_done(1);
    read
}
