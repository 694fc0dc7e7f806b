//! Devices, tallied by organization while they are read (`kaseya-vsa10.md` 6.5, 6.10).
//!
//! One pass over all of them, rather than a question for each organization: whether such a filter is exact is not known,
//! and devices of organizations that the token does not show are seen this way only.

use super::Vsa10;
use super::organizations::organization_id;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::{EndpointCount, EndpointCounts};
use crate::domain::outcome::ReadError;
use crate::upstream::lenient::Text;
use crate::upstream::progress::Progress;
use crate::upstream::vsa::list::Rows;
use crate::upstream::vsa::seen::Seen;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

#[derive(Deserialize)]
struct DeviceRow<'a> {
    #[serde(rename = "Identifier", default, borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(rename = "OrganizationId", default)]
    organization: Text,
    #[serde(rename = "IsAgentInstalled", default)]
    has_agent: Text,
}

/// The tally of one pass.
struct Tally {
    seen: Seen,
    counts: HashMap<OrganizationId, EndpointCount>,
    unattributed: u32,
}

impl Tally {
    fn of<'a>(known: impl Iterator<Item = &'a OrganizationId>) -> Self {
        let counts = known.map(|id| (id.clone(), EndpointCount::default())).collect();
        Self { seen: Seen::new(), counts, unattributed: 0 }
    }
}

impl Rows for Tally {
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError> {
        // A device that cannot be told from others is counted for nobody.
        let Ok(row) = serde_json::from_str::<DeviceRow<'_>>(row.get()) else { return Ok(true) };
        let id = row.id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        let Some(id) = id else { return Ok(true) };
        if !self.seen.insert(as_number(id)) {
            return Ok(false);
        }
        // Published and mobile devices have no agent that anything could be installed with.
        let has_agent = row.has_agent.flag().unwrap_or(true);
        match organization_id(&row.organization).and_then(|id| self.counts.get_mut(&id)) {
            Some(count) if has_agent => count.endpoints += 1,
            Some(count) => count.excluded += 1,
            None => self.unattributed += u32::from(has_agent),
        }
        Ok(true)
    }

    /// On a large server devices come and go during any pass, and a count that is one off is better than none.
    fn may_miss_some(&self) -> bool {
        true
    }
}

/// Identifiers are GUIDs; of any other text, a digest tells them apart.
fn as_number(id: &str) -> u128 {
    Uuid::parse_str(id).map_or_else(
        |_| Sha256::digest(id).iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)),
        |id| id.as_u128(),
    )
}

impl Vsa10 {
    pub(in crate::upstream::vsa) async fn endpoint_counts(
        &self,
        known: &HashSet<OrganizationId>,
        progress: &Progress,
    ) -> Result<EndpointCounts, ReadError> {
        let tally = self.ordered_list("devices", "/devices", progress, || Tally::of(known.iter())).await?;
        Ok(EndpointCounts { by_organization: tally.counts, unattributed: tally.unattributed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_counted_once_and_those_without_an_agent_never() {
        let known = [OrganizationId::parse("101").unwrap()];
        let mut tally = Tally::of(known.iter());
        let mut take = |json: &str| tally.take(&RawValue::from_string(json.to_owned()).unwrap()).unwrap();
        let first =
            r#"{"Identifier":"5b0c1f0e-2f0c-4a53-9c1e-7d0a2f9b6a11","OrganizationId":101,"IsAgentInstalled":true}"#;
        assert!(take(first));
        assert!(!take(&first.replace("5b0c1f0e", "5B0C1F0E")));
        assert!(take(r#"{"Identifier":"not-a-guid","OrganizationId":"101","Name":"x"}"#));
        assert!(!take(r#"{"Identifier":"not-a-guid","OrganizationId":"101"}"#));
        assert!(take(r#"{"Identifier":"c","OrganizationId":101,"IsAgentInstalled":false}"#));
        assert!(take(r#"{"Identifier":"d","OrganizationId":7,"IsAgentInstalled":true}"#));
        assert!(take(r#"{"Identifier":"e","OrganizationId":null,"IsAgentInstalled":false}"#));
        let count = tally.counts[&known[0]];
        assert_eq!((count.endpoints, count.excluded, tally.unattributed), (2, 1, 1));
    }
}
