//! Organizations (`kaseya-vsa9.md` 6.2).

use super::Vsa9;
use super::envelope::Envelope;
use super::id::digits;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::{Organization, OrganizationKind, OrganizationProfile};
use crate::domain::outcome::ReadError;
use crate::upstream::json::unreadable;
use crate::upstream::lenient::Text;
use crate::upstream::paging::Listed;
use crate::upstream::progress::Progress;
use crate::upstream::transport::path_part;
use crate::upstream::vsa::list::{List, Pages as _, Rows};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashSet;

/// References of VSA's own organizations; myOrg's can have been renamed, so the partner may name further ones.
const BUILTIN: [&str; 3] = ["myorg", "kserver", "unnamed"];

#[derive(Deserialize)]
struct OrganizationRow<'a> {
    #[serde(rename = "OrgId", default, borrow)]
    id: Option<&'a RawValue>,
    #[serde(rename = "OrgName", default)]
    name: Text,
    #[serde(rename = "OrgRef", default)]
    reference: Text,
    #[serde(rename = "ParentOrgId", default, borrow)]
    parent: Option<&'a RawValue>,
    #[serde(rename = "ContactInfo", default, borrow)]
    contact: Option<&'a RawValue>,
}

/// `ContactInfo` of organizations and staff.
#[derive(Deserialize, Default)]
pub(super) struct Contact {
    #[serde(rename = "PrimaryEmail", default)]
    pub(super) email: Text,
    #[serde(rename = "Country", default)]
    country: Text,
    #[serde(rename = "Street", default)]
    street: Text,
    #[serde(rename = "City", default)]
    city: Text,
    #[serde(rename = "State", default)]
    state: Text,
    #[serde(rename = "ZipCode", default)]
    zip_code: Text,
}

impl Contact {
    /// Reads it if it is there in any usable form; lists may leave it out.
    pub(super) fn read(raw: Option<&RawValue>) -> Self {
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }

    fn into_profile(self) -> OrganizationProfile {
        OrganizationProfile {
            first_name: None,
            last_name: None,
            email: self.email.clean(),
            address: self.street.clean(),
            city: self.city.clean(),
            state: self.state.clean(),
            postal_code: self.zip_code.clean(),
            country: self.country.clean(),
        }
    }
}

/// Organizations of one pass.
struct Organizations<'a> {
    own: &'a [String],
    seen: HashSet<OrganizationId>,
    listed: Listed<Organization>,
}

impl<'a> Organizations<'a> {
    fn none(own: &'a [String]) -> Self {
        Self { own, seen: HashSet::new(), listed: Listed { rows: Vec::new(), left_out: 0 } }
    }
}

impl Rows for Organizations<'_> {
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError> {
        let row = serde_json::from_str::<OrganizationRow<'_>>(row.get()).ok();
        let Some((id, row)) = row.and_then(|row| Some((organization_id(row.id)?, row))) else {
            self.listed.left_out += 1;
            return Ok(true);
        };
        let is_new = self.seen.insert(id.clone());
        if is_new {
            self.listed.rows.push(row.into_organization(id, self.own));
        }
        Ok(is_new)
    }
}

impl OrganizationRow<'_> {
    fn into_organization(self, id: OrganizationId, own: &[String]) -> Organization {
        let reference = self.reference.clean();
        Organization {
            name: self.name.clean().or_else(|| reference.clone()).unwrap_or_else(|| id.to_string()),
            kind: kind(&id, reference.as_deref(), own),
            parent_id: organization_id(self.parent),
            profile: Contact::read(self.contact).into_profile(),
            reference,
            id,
        }
    }
}

fn kind(id: &OrganizationId, reference: Option<&str>, own: &[String]) -> OrganizationKind {
    let reference = reference.map(str::to_lowercase).unwrap_or_default();
    let is_own = own.iter().any(|own| *own == reference || own == id.as_str());
    if is_own || BUILTIN.contains(&reference.as_str()) { OrganizationKind::Builtin } else { OrganizationKind::Customer }
}

fn organization_id(raw: Option<&RawValue>) -> Option<OrganizationId> {
    OrganizationId::parse(digits(raw)?).ok()
}

impl Vsa9 {
    pub(in crate::upstream::vsa) async fn organizations(
        &self,
        progress: &Progress,
    ) -> Result<Listed<Organization>, ReadError> {
        let list = List { operation: "organizations", path: "/system/orgs", options: "&$orderby=OrgName" };
        let own = &self.own_organizations;
        self.list(&list, progress, || Organizations::none(own)).await?.listed.checked()
    }

    pub(in crate::upstream::vsa) async fn organization_profile(
        &self,
        id: &OrganizationId,
    ) -> Result<Option<OrganizationProfile>, ReadError> {
        let answer = match self.read("organization", &format!("/system/orgs/{}", path_part(id.as_str())), None).await {
            Err(ReadError::NotFound) => return Ok(None),
            result => result?,
        };
        let Some(record) = Envelope::read(&answer)?.record()? else { return Ok(None) };
        let row: OrganizationRow<'_> = serde_json::from_str(record.get()).map_err(|error| unreadable(&error))?;
        Ok(Some(Contact::read(row.contact).into_profile()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vsas_own_organizations_are_recognized() {
        let own = ["acme".to_owned(), "42".to_owned()];
        let kind = |id, reference| kind(&OrganizationId::parse(id).unwrap(), reference, &own);
        assert_eq!(kind("1", Some("myOrg")), OrganizationKind::Builtin);
        assert_eq!(kind("1", Some("KSERVER")), OrganizationKind::Builtin);
        assert_eq!(kind("1", Some("Acme")), OrganizationKind::Builtin);
        assert_eq!(kind("42", None), OrganizationKind::Builtin);
        assert_eq!(kind("1", Some("harbourdental")), OrganizationKind::Customer);
        assert_eq!(kind("1", None), OrganizationKind::Customer);
    }
}
