//! The client for Kaseya VSA. Each kind of server is one variant behind the same methods.

mod basic;
mod list;
mod seen;
mod vsa10;
mod vsa9;

pub use vsa9::{Grant, OauthClient, Vsa9, Vsa9Config, Vsa9SignIn, VsaUser};
pub use vsa10::{Vsa10, Vsa10Config};

use super::paging::Listed;
use super::progress::Progress;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::{EndpointCounts, Organization, OrganizationProfile, StaffMember};
use crate::domain::outcome::ReadError;
use std::collections::HashSet;

/// A partner's VSA server.
#[derive(Debug)]
pub enum Vsa {
    /// VSA 9.x.
    Vsa9(Vsa9),
    /// VSA 10, also called VSA X.
    Vsa10(Vsa10),
}

impl Vsa {
    /// Checks address, credentials and rights.
    pub async fn probe(&self) -> Result<(), ReadError> {
        match self {
            Self::Vsa9(vsa) => vsa.probe().await,
            Self::Vsa10(vsa) => vsa.probe().await,
        }
    }

    /// All organizations the credentials may see: every page, or an error; without rows that cannot be read.
    pub async fn organizations(&self, progress: &Progress) -> Result<Listed<Organization>, ReadError> {
        match self {
            Self::Vsa9(vsa) => vsa.organizations(progress).await,
            Self::Vsa10(vsa) => vsa.organizations(progress).await,
        }
    }

    /// All agents, tallied by organization. Devices of organizations that are not `known` are counted apart.
    pub async fn endpoint_counts(
        &self,
        known: &HashSet<OrganizationId>,
        progress: &Progress,
    ) -> Result<EndpointCounts, ReadError> {
        match self {
            Self::Vsa9(vsa) => vsa.endpoint_counts(known, progress).await,
            Self::Vsa10(vsa) => vsa.endpoint_counts(known, progress).await,
        }
    }

    /// Address and contact of one organization, which lists may leave out; `None` if there is no such organization.
    pub async fn organization_profile(&self, id: &OrganizationId) -> Result<Option<OrganizationProfile>, ReadError> {
        match self {
            Self::Vsa9(vsa) => vsa.organization_profile(id).await,
            Self::Vsa10(vsa) => vsa.organization_profile(id).await,
        }
    }

    /// The contact people of one organization. VSA 10 has none besides the contact in the profile.
    pub async fn staff(&self, id: &OrganizationId) -> Result<Vec<StaffMember>, ReadError> {
        match self {
            Self::Vsa9(vsa) => vsa.staff(id).await,
            Self::Vsa10(_) => Ok(Vec::new()),
        }
    }
}
