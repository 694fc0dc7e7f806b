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
use std::collections::BTreeSet;

/// Sites of one organization that are asked, at most: the budget is for all customers.
const ASKED: usize = 3;

#[derive(Deserialize)]
struct SiteRow<'a> {
    #[serde(rename = "Id", default)]
    id: Text,
    #[serde(rename = "ParentId", alias = "OrganizationId", default)]
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

/// Ids of the sites of one organization, in order: the first is the oldest.
struct Sites<'a> {
    organization: &'a OrganizationId,
    seen: BTreeSet<i64>,
    ids: BTreeSet<i64>,
}

impl Rows for Sites<'_> {
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError> {
        let row: SiteRow<'_> = serde_json::from_str(row.get()).map_err(|error| unreadable(&error))?;
        let id = row.id.whole().ok_or_else(|| ReadError::Unreadable("Data[].Id is not an id".to_owned()))?;
        // A server that does not know the filter answers with the sites of everybody.
        if organization_id(&row.organization).as_ref() == Some(self.organization) {
            self.ids.insert(id);
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

    async fn sites_of(&self, id: &OrganizationId) -> Result<BTreeSet<i64>, ReadError> {
        let empty = || Sites { organization: id, seen: BTreeSet::new(), ids: BTreeSet::new() };
        // Ids are written as they came; one that is no integer would be a filter of its own.
        let filter = format!("&$filter=ParentId%20eq%20{}", path_part(id.as_str()));
        let filtered = List { operation: "sites", path: "/sites", options: &filter };
        let all = List { options: "", ..filtered };
        let sites = match self.list(&filtered, &Progress::new(), empty).await {
            // Whether sites can be filtered by their organization is not known.
            Err(ReadError::Refused(_) | ReadError::ServerError(_)) => self.list(&all, &Progress::new(), empty).await,
            result => result,
        }?;
        Ok(sites.ids)
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
