//! Devices: the agents of VSA 9, with machine templates as devices that have no agent.

use super::super::call::Call;
use super::super::chance::seeded_guid;
use super::super::world::{Agent, State};
use super::options::Options;
use super::{Outcome, organization_number, page, single};
use serde_json::{Value, json};

/// `Online` of a machine template of VSA 9.
const TEMPLATE: i32 = 199;
const FIELDS: [&str; 4] = ["Identifier", "Name", "OrganizationId", "IsAgentInstalled"];

fn record(state: &State, agent: &Agent) -> Value {
    let number = organization_number(&agent.organization);
    let organization = state.directory.organization(&agent.organization);
    json!({
        "Identifier": seeded_guid(agent.serial), "Name": format!("ws-{:07}", agent.serial), "GroupId": 3_000_000 + number,
        "GroupName": "Workstations", "IsAgentInstalled": agent.online != TEMPLATE, "IsMdmEnrolled": false,
        "SiteId": 2_000_000 + number, "SiteName": "Main site", "OrganizationId": number,
        "OrganizationName": organization.map_or("hidden", |organization| &organization.name), "HasCustomFields": false,
    })
}

/// A page of devices; the name begins with the serial number, so order by name is order of creation.
pub(super) fn list(state: &mut State, call: &Call) -> Outcome {
    let options = Options::read(state, call, &FIELDS)?;
    let (rows, total) = match &options.filter {
        None => {
            let agents = state.directory.agents(None, options.skip, options.top, options.descending);
            (agents.iter().map(|agent| record(state, agent)).collect(), state.directory.count_agents(None))
        }
        Some((field, wanted)) => {
            let all = state.directory.agents(None, 0, u64::MAX, options.descending);
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let fitting = all.iter().map(|agent| record(state, agent)).filter(|row| text(&row[field]) == *wanted);
            let found: Vec<_> = fitting.collect();
            let total = found.len() as u64;
            (options.page(found.into_iter()), total)
        }
    };
    Ok(page(state, call, &options, rows, total))
}

/// One device.
pub(super) fn one(state: &mut State, id: &str) -> Outcome {
    let all = state.directory.agents(None, 0, u64::MAX, false);
    let found = all.iter().find(|agent| seeded_guid(agent.serial) == id);
    found.map(|agent| single(&record(state, agent))).ok_or_else(|| (404, "Device not found".to_owned()))
}
