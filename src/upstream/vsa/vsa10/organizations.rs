//! Organizations: a flat list, without address and contact (`kaseya-vsa10.md` 6.2).

use super::Vsa10;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::{Organization, OrganizationKind, OrganizationProfile};
use crate::domain::outcome::ReadError;
use crate::upstream::json::unreadable;
use crate::upstream::lenient::Text;
use crate::upstream::progress::Progress;
use crate::upstream::vsa::list::{List, Pages as _, Rows};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashSet;

#[derive(Deserialize)]
struct OrganizationRow {
    #[serde(rename = "Id", default)]
    id: Text,
    #[serde(rename = "Name", default)]
    name: Text,
    /// The screens of VSA call it "Organization Type"; how the API calls it, and whether it does, is not known.
    #[serde(rename = "OrganizationType", alias = "Type", default)]
    kind: Text,
}

/// Organizations of one pass.
struct Organizations<'a> {
    own: &'a [String],
    seen: HashSet<OrganizationId>,
    rows: Vec<Organization>,
}

impl Rows for Organizations<'_> {
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError> {
        let row: OrganizationRow = serde_json::from_str(row.get()).map_err(|error| unreadable(&error))?;
        let id = organization_id(&row.id).ok_or_else(|| ReadError::Unreadable("Data[].Id is not an id".to_owned()))?;
        let is_new = self.seen.insert(id.clone());
        if is_new {
            self.rows.push(row.into_organization(id, self.own));
        }
        Ok(is_new)
    }
}

impl OrganizationRow {
    fn into_organization(self, id: OrganizationId, own: &[String]) -> Organization {
        let name = self.name.clean().unwrap_or_else(|| id.to_string());
        let is_internal = self.kind.raw().is_some_and(|kind| kind.eq_ignore_ascii_case("internal"));
        let is_own = own.iter().any(|own| *own == name.to_lowercase() || own == id.as_str());
        let kind = if is_internal || is_own { OrganizationKind::Builtin } else { OrganizationKind::Customer };
        Organization { name, kind, parent_id: None, profile: OrganizationProfile::default(), reference: None, id }
    }
}

/// Integers, so that the same id is the same text in every list.
pub(super) fn organization_id(id: &Text) -> Option<OrganizationId> {
    id.whole().and_then(|id| OrganizationId::parse(&id.to_string()).ok())
}

impl Vsa10 {
    pub(in crate::upstream::vsa) async fn organizations(
        &self,
        progress: &Progress,
    ) -> Result<Vec<Organization>, ReadError> {
        let list = List { operation: "organizations", path: "/organizations", options: "&$orderby=Name%20asc" };
        let own = &self.own_organizations;
        let empty = || Organizations { own, seen: HashSet::new(), rows: Vec::new() };
        Ok(self.list(&list, progress, empty).await?.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(json: &str) -> OrganizationKind {
        let own = ["our company".to_owned(), "7".to_owned()];
        let mut all = Organizations { own: &own, seen: HashSet::new(), rows: Vec::new() };
        all.take(&RawValue::from_string(json.to_owned()).unwrap()).unwrap();
        all.rows.remove(0).kind
    }

    #[test]
    fn the_partner_s_own_organizations_are_no_customers() {
        assert_eq!(
            kind(r#"{"Id":1,"Name":"Harbour Dental","OrganizationType":"Customer"}"#),
            OrganizationKind::Customer
        );
        assert_eq!(kind(r#"{"Id":1,"Name":"Harbour Dental"}"#), OrganizationKind::Customer);
        assert_eq!(kind(r#"{"Id":1,"Name":"x","OrganizationType":"internal"}"#), OrganizationKind::Builtin);
        assert_eq!(kind(r#"{"Id":1,"Name":"Our Company","Type":"Customer"}"#), OrganizationKind::Builtin);
        assert_eq!(kind(r#"{"Id":"7","Name":"x"}"#), OrganizationKind::Builtin);
    }
}
