//! Organizations: a flat list, without address and contact (`kaseya-vsa10.md` 6.2).

use super::Vsa10;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::{Organization, OrganizationKind, OrganizationProfile};
use crate::domain::outcome::ReadError;
use crate::upstream::lenient::Text;
use crate::upstream::paging::Listed;
use crate::upstream::progress::Progress;
use crate::upstream::vsa::list::Rows;
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
    #[serde(rename = "OrganizationType", default)]
    organization_type: Text,
    #[serde(rename = "Type", default)]
    kind: Text,
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
        let row = serde_json::from_str::<OrganizationRow>(row.get()).ok();
        let Some((id, row)) = row.and_then(|row| Some((organization_id(&row.id)?, row))) else {
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

impl OrganizationRow {
    fn into_organization(self, id: OrganizationId, own: &[String]) -> Organization {
        let name = self.name.clean().unwrap_or_else(|| id.to_string());
        let kind = self.organization_type.raw().or_else(|| self.kind.raw());
        let is_internal = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("internal"));
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
    ) -> Result<Listed<Organization>, ReadError> {
        let own = &self.own_organizations;
        let empty = || Organizations::none(own);
        self.ordered_list("organizations", "/organizations", progress, empty).await?.listed.checked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(json: &str) -> OrganizationKind {
        let own = ["our company".to_owned(), "7".to_owned()];
        let mut all = Organizations::none(&own);
        all.take(&RawValue::from_string(json.to_owned()).unwrap()).unwrap();
        all.listed.rows.remove(0).kind
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
        let both = r#"{"Id":1,"Name":"x","Type":"Internal","OrganizationType":"Customer"}"#;
        assert_eq!(kind(both), OrganizationKind::Customer);
    }
}
