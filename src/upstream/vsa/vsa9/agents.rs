//! Agents, tallied by organization while they are read (`kaseya-vsa9.md` 6.7, 6.10).
//!
//! There may be half a million, so only three fields of a row are read and nothing of an agent is kept for long.

use super::Vsa9;
use super::id::digits;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::{EndpointCount, EndpointCounts};
use crate::domain::outcome::ReadError;
use crate::upstream::lenient::Text;
use crate::upstream::progress::Progress;
use crate::upstream::vsa::list::{List, Pages as _, Rows};
use crate::upstream::vsa::seen::Seen;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

/// `Online` of a machine template: never checked in, never a device.
const TEMPLATE: i64 = 199;

#[derive(Deserialize)]
struct AgentRow<'a> {
    #[serde(rename = "AgentId", default, borrow)]
    id: Option<&'a RawValue>,
    #[serde(rename = "OrgId", default, borrow)]
    organization: Option<&'a RawValue>,
    #[serde(rename = "Online", default)]
    online: Text,
}

/// The tally of one pass. Ids of up to 28 digits fit in 128 bits.
struct Tally {
    seen: Seen,
    counts: HashMap<u128, EndpointCount>,
    unattributed: u32,
}

impl Tally {
    fn of<'a>(known: impl Iterator<Item = &'a OrganizationId>) -> Self {
        let counts = known.filter_map(number).map(|id| (id, EndpointCount::default())).collect();
        Self { seen: Seen::new(), counts, unattributed: 0 }
    }
}

impl Rows for Tally {
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError> {
        // An agent that cannot be told from others is counted for nobody.
        let Ok(row) = serde_json::from_str::<AgentRow<'_>>(row.get()) else { return Ok(true) };
        let Some(id) = as_number(row.id) else { return Ok(true) };
        if !self.seen.insert(id) {
            return Ok(false);
        }
        let is_template = row.online.whole() == Some(TEMPLATE);
        let known = as_number(row.organization).and_then(|organization| self.counts.get_mut(&organization));
        match known {
            Some(count) if is_template => count.excluded += 1,
            Some(count) => count.endpoints += 1,
            None => self.unattributed += u32::from(!is_template),
        }
        Ok(true)
    }

    /// On a large server agents come and go during any pass, and a count that is one off is better than none.
    fn may_miss_some(&self) -> bool {
        true
    }
}

fn as_number(raw: Option<&RawValue>) -> Option<u128> {
    digits(raw)?.parse().ok()
}

fn number(id: &OrganizationId) -> Option<u128> {
    id.as_str().parse().ok()
}

impl Vsa9 {
    pub(in crate::upstream::vsa) async fn endpoint_counts(
        &self,
        known: &HashSet<OrganizationId>,
        progress: &Progress,
    ) -> Result<EndpointCounts, ReadError> {
        let list = List { operation: "agents", path: "/assetmgmt/agents", options: "&$orderby=AgentName" };
        let tally = self.list(&list, progress, || Tally::of(known.iter())).await?;
        let counted = |id: &OrganizationId| Some((id.clone(), *tally.counts.get(&number(id)?)?));
        let by_organization = known.iter().filter_map(counted).collect();
        Ok(EndpointCounts { by_organization, unattributed: tally.unattributed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_counted_once_and_templates_never() {
        let known = [OrganizationId::parse("48213377150926640184452719").unwrap()];
        let mut tally = Tally::of(known.iter());
        let mut take = |json: &str| tally.take(&RawValue::from_string(json.to_owned()).unwrap()).unwrap();
        assert!(take(r#"{"AgentId":1,"OrgId":48213377150926640184452719,"Online":0}"#));
        assert!(take(r#"{"AgentId":"2","OrgId":"48213377150926640184452719","Online":"198","AgentName":"x"}"#));
        assert!(!take(r#"{"AgentId":2.0,"OrgId":48213377150926640184452719,"Online":1}"#));
        assert!(take(r#"{"AgentId":3,"OrgId":48213377150926640184452719,"Online":199}"#));
        assert!(take(r#"{"AgentId":4,"OrgId":7,"Online":2}"#));
        assert!(take(r#"{"AgentId":5,"OrgId":7,"Online":199}"#));
        assert!(take(r#"{"AgentId":6,"OrgId":null}"#));
        let count = tally.counts[&number(&known[0]).unwrap()];
        assert_eq!((count.endpoints, count.excluded, tally.unattributed), (2, 1, 2));
    }
}
