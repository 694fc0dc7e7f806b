//! Sites: the only place of VSA 10 that is likely to know address and contact of a customer (`kaseya-vsa10.md` 6.3).

use super::Vsa10;
use super::envelope::Envelope;
use super::organizations::organization_id;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::{OrganizationProfile, split_name};
use crate::domain::outcome::ReadError;
use crate::upstream::json::unreadable;
use crate::upstream::lenient::Text;
use crate::upstream::progress::Progress;
use crate::upstream::transport::path_part;
use crate::upstream::vsa::list::{List, Pages as _, Rows};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Sites of one organization that are asked, at most: the budget is for all customers.
const ASKED: usize = 3;

#[derive(Deserialize)]
struct SiteRow<'a> {
    #[serde(rename = "Id", default)]
    id: Text,
    #[serde(rename = "ParentId", default)]
    parent: Text,
    #[serde(rename = "OrganizationId", default)]
    organization: Text,
    #[serde(rename = "ContactInformation", default, borrow)]
    contact: Option<&'a RawValue>,
}

/// As it is written (`kaseya-vsa10.md` 6.3), and presumably read.
#[derive(Deserialize, Default)]
struct Contact {
    #[serde(rename = "Email", default)]
    email: Text,
    #[serde(rename = "ContactName", default)]
    name: Text,
    #[serde(rename = "CountryCode", default)]
    country: Text,
    #[serde(rename = "City", default)]
    city: Text,
    #[serde(rename = "Address1", default)]
    address: Text,
    #[serde(rename = "Address2", default)]
    address_2: Text,
    #[serde(rename = "Zip", default)]
    zip: Text,
}

impl Contact {
    fn into_profile(self) -> OrganizationProfile {
        let lines = [self.address.clean(), self.address_2.clean()];
        let address = lines.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let (first_name, last_name) = self.name.clean().as_deref().and_then(split_name).unzip();
        OrganizationProfile {
            first_name,
            last_name,
            email: self.email.clean(),
            address: Some(address).filter(|address| !address.is_empty()),
            city: self.city.clean(),
            state: None,
            postal_code: self.zip.clean(),
            country: self.country.clean(),
        }
    }
}

/// Ids of sites by organization, in order: the first is the oldest.
pub(super) type Sites = HashMap<OrganizationId, BTreeSet<i64>>;

#[derive(Default)]
struct SiteIds {
    seen: HashSet<i64>,
    sites: Sites,
}

impl Rows for SiteIds {
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError> {
        let Ok(row) = serde_json::from_str::<SiteRow<'_>>(row.get()) else { return Ok(true) };
        let Some(id) = row.id.whole() else { return Ok(true) };
        if let Some(organization) = organization_id(&row.parent).or_else(|| organization_id(&row.organization)) {
            self.sites.entry(organization).or_default().insert(id);
        }
        Ok(self.seen.insert(id))
    }
}

impl Vsa10 {
    pub(in crate::upstream::vsa) async fn organization_profile(
        &self,
        id: &OrganizationId,
    ) -> Result<Option<OrganizationProfile>, ReadError> {
        let sites = self.sites_of(id).await?;
        if sites.is_empty() && !self.is_there(id).await? {
            return Ok(None);
        }
        // The first that tells anything: two sites must not be mixed into one address.
        for site in sites.into_iter().take(ASKED) {
            let profile = self.site(site).await?;
            if profile != OrganizationProfile::default() {
                return Ok(Some(profile));
            }
        }
        Ok(Some(OrganizationProfile::default()))
    }

    /// Whether sites can be filtered by their organization is not known, and failed calls count (`kaseya-vsa10.md` 4, 5): the list of
    /// all is read, once.
    async fn sites_of(&self, id: &OrganizationId) -> Result<BTreeSet<i64>, ReadError> {
        let all = List { operation: "sites", path: "/sites", options: "" };
        let read = async { Ok(self.list(&all, &Progress::new(), SiteIds::default).await?.sites) };
        let sites = self.sites.get_or_try_init(|| read).await?;
        Ok(sites.get(id).cloned().unwrap_or_default())
    }

    async fn site(&self, id: i64) -> Result<OrganizationProfile, ReadError> {
        let answer = match self.read("site", &format!("/sites/{id}"), None).await {
            Err(ReadError::NotFound) => return Ok(OrganizationProfile::default()),
            result => result?,
        };
        let envelope = Envelope::read(&answer)?;
        let Some(record) = envelope.record() else { return Ok(OrganizationProfile::default()) };
        let row: SiteRow<'_> = serde_json::from_str(record.get()).map_err(|error| unreadable(&error))?;
        let contact: Option<Contact> = row.contact.and_then(|contact| serde_json::from_str(contact.get()).ok());
        Ok(contact.unwrap_or_default().into_profile())
    }

    async fn is_there(&self, id: &OrganizationId) -> Result<bool, ReadError> {
        match self.read("organization", &format!("/organizations/{}", path_part(id.as_str())), None).await {
            Err(ReadError::NotFound) => Ok(false),
            result => result.map(|_| true),
        }
    }
}
