//! Agents: the machines. They are made when they are asked for.

use super::super::call::Call;
use super::super::world::{Agent, State};
use super::envelope::{digits, list as envelope_list, single};
use super::filter::{Filter, Value};
use super::organizations::group_id;
use super::query::Query;
use super::{Outcome, Refused};
use serde::Serialize;
use serde_json::value::RawValue;

const SORTABLE: [&str; 7] =
    ["AgentName", "ComputerName", "MachineGroup", "OperatingSystem", "OSVersion", "LastCheckInTime", "FirstCheckIn"];
const FILTERABLE: [&str; 9] = [
    "AgentId",
    "AgentName",
    "ComputerName",
    "OrgId",
    "MachineGroupId",
    "MachineGroup",
    "Online",
    "OSType",
    "OperatingSystem",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    agent_id: Box<RawValue>,
    agent_name: String,
    online: i32,
    #[serde(rename = "OSType")]
    os_type: &'static str,
    #[serde(rename = "OSInfo")]
    os_info: &'static str,
    operating_system: &'static str,
    org_id: Box<RawValue>,
    machine_group_id: Box<RawValue>,
    machine_group: String,
    computer_name: String,
    #[serde(rename = "IPAddress")]
    ip_address: Option<&'a str>,
    last_check_in_time: Option<&'a str>,
    agent_version: i32,
    attributes: Option<&'a str>,
}

/// The name begins with the serial number: order by name is order of creation.
fn computer_name(agent: &Agent) -> String {
    format!("ws-{:07}", agent.serial)
}

/// Reversed as on VSA's screens: nobody may read the organization out of it.
fn machine_group(state: &State, agent: &Agent) -> String {
    let organization = state.directory.organization(&agent.organization);
    format!("root.{}", organization.map_or("unknown", |organization| &organization.reference))
}

fn record(state: &State, agent: &Agent, id_as_number: bool) -> Record<'static> {
    let machine_group = machine_group(state, agent);
    Record {
        agent_id: digits(&agent.id, id_as_number),
        agent_name: format!("{}.{machine_group}", computer_name(agent)),
        online: agent.online,
        os_type: "10",
        os_info: "Professional x64 Edition  Build 19045",
        operating_system: "Windows 10",
        org_id: digits(&agent.organization, !id_as_number),
        machine_group_id: digits(&group_id(&agent.organization), id_as_number),
        machine_group,
        computer_name: computer_name(agent),
        ip_address: Some("10.0.0.17"),
        // A template never checked in.
        last_check_in_time: (agent.online != 199).then_some("2025-06-13T11:44:59.123"),
        agent_version: 9_050_022,
        attributes: None,
    }
}

fn field(state: &State, agent: &Agent, name: &str) -> Value {
    match name {
        "AgentId" => Value::Digits(agent.id.clone()),
        "AgentName" => Value::Text(format!("{}.{}", computer_name(agent), machine_group(state, agent))),
        "ComputerName" => Value::Text(computer_name(agent)),
        "OrgId" => Value::Digits(agent.organization.clone()),
        "MachineGroupId" => Value::Digits(group_id(&agent.organization)),
        "MachineGroup" => Value::Text(machine_group(state, agent)),
        "Online" => Value::Digits(agent.online.to_string()),
        "OSType" => Value::Text("10".to_owned()),
        _ => Value::Text("Windows 10".to_owned()),
    }
}

/// A page of agents.
pub(super) fn list(state: &mut State, call: &Call) -> Outcome {
    let query = Query::read(state, call, &SORTABLE, &FILTERABLE)?;
    let alternate = state.sessions.alternate();
    let (agents, total) = rows(state, &query);
    let records: Vec<_> = agents
        .iter()
        .enumerate()
        .map(|(row, agent)| record(state, agent, row.is_multiple_of(2) == alternate))
        .collect();
    Ok(envelope_list(&records, total, alternate))
}

/// The agents of the page, and how many there are in all.
fn rows(state: &State, query: &Query) -> (Vec<Agent>, u64) {
    let descending = query.order.first().is_some_and(|(_, descending)| *descending);
    let directory = &state.directory;
    let of_one = query.filter.as_ref().map(|filter| filter.only_equal("OrgId"));
    match (of_one, &query.filter) {
        (Some(None), Some(filter)) => filtered(state, query, filter, descending),
        (organization, _) => {
            let organization = organization.flatten();
            let agents = directory.agents(organization, query.skip, query.top, descending);
            (agents, directory.count_agents(organization))
        }
    }
}

/// The slow way, for filters other than by organization.
fn filtered(state: &State, query: &Query, filter: &Filter, descending: bool) -> (Vec<Agent>, u64) {
    let all = state.directory.agents(None, 0, u64::MAX, descending);
    let found: Vec<_> = all.into_iter().filter(|agent| filter.fits(&|name| field(state, agent, name))).collect();
    let total = found.len() as u64;
    (query.page(found.into_iter()), total)
}

/// One agent.
pub(super) fn one(state: &mut State, id: &str) -> Outcome {
    let alternate = state.sessions.alternate();
    let agent = state.directory.agent(id).ok_or_else(|| Refused::not_found("Agent does not exist"))?;
    Ok(single(&record(state, &agent, alternate)))
}
