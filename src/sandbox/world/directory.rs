//! What VSA knows: organizations and agents.

use super::super::chance::{serial_of, vsa_id};
use super::records::Organization;
use std::collections::HashMap;

/// Kinds of ids, as the first digit of an id.
const ORGANIZATION: u8 = 4;
const AGENT: u8 = 5;

/// Organizations in order of creation; agents as runs, so that half a million cost nothing.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Directory {
    organizations: Vec<Organization>,
    by_id: HashMap<String, usize>,
    runs: Vec<Run>,
    serial: u64,
    agent_serial: u64,
}

/// Agents of one organization in one state, with serial numbers in a row.
#[derive(Debug)]
struct Run {
    organization: String,
    first: u64,
    count: u64,
    online: i32,
}

/// One agent, made when it is asked for.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Agent {
    pub id: String,
    pub serial: u64,
    pub organization: String,
    pub online: i32,
}

impl Run {
    fn agent(&self, offset: u64) -> Agent {
        let serial = self.first + offset;
        Agent { id: vsa_id(AGENT, serial), serial, organization: self.organization.clone(), online: self.online }
    }
}

impl Directory {
    /// Adds an organization, or replaces the one with the same id.
    pub fn put_organization(&mut self, mut organization: Organization) -> String {
        self.serial += 1;
        if organization.id.is_empty() {
            organization.id = vsa_id(ORGANIZATION, self.serial);
        }
        if organization.reference.is_empty() {
            let letters: String = organization.name.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
            organization.reference = format!("{}{}", letters.to_ascii_lowercase(), self.serial);
        }
        let id = organization.id.clone();
        if let Some(&at) = self.by_id.get(&id) {
            self.organizations[at] = organization;
        } else {
            self.by_id.insert(id.clone(), self.organizations.len());
            self.organizations.push(organization);
        }
        id
    }

    /// Removes an organization; its agents stay, as strays.
    pub fn remove_organization(&mut self, id: &str) -> Option<Organization> {
        let at = self.by_id.remove(id)?;
        let removed = self.organizations.remove(at);
        for place in self.by_id.values_mut().filter(|place| **place > at) {
            *place -= 1;
        }
        Some(removed)
    }

    /// All organizations in scope.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.iter().filter(|organization| !organization.out_of_scope)
    }

    /// One organization, if it is in scope.
    pub fn organization(&self, id: &str) -> Option<&Organization> {
        let organization = &self.organizations[*self.by_id.get(id)?];
        (!organization.out_of_scope).then_some(organization)
    }

    /// Adds agents.
    pub fn add_agents(&mut self, organization: &str, count: u64, online: i32) {
        let first = self.agent_serial + 1;
        self.agent_serial += count;
        self.runs.push(Run { organization: organization.to_owned(), first, count, online });
    }

    /// Removes all agents of an organization.
    pub fn remove_agents(&mut self, organization: &str) {
        self.runs.retain(|run| run.organization != organization);
    }

    /// How many agents an organization has, machine templates included.
    pub fn count_agents(&self, organization: Option<&str>) -> u64 {
        self.runs_of(organization).map(|run| run.count).sum()
    }

    fn runs_of(&self, organization: Option<&str>) -> impl DoubleEndedIterator<Item = &Run> {
        self.runs.iter().filter(move |run| organization.is_none_or(|wanted| run.organization == wanted))
    }

    /// Agents (of one organization) in order of creation, without making those that are skipped.
    pub fn agents(&self, organization: Option<&str>, skip: u64, take: u64, descending: bool) -> Vec<Agent> {
        let mut skip = skip;
        let mut found = Vec::new();
        let runs: Box<dyn Iterator<Item = &Run>> =
            if descending { Box::new(self.runs_of(organization).rev()) } else { Box::new(self.runs_of(organization)) };
        for run in runs {
            let skipped = skip.min(run.count);
            skip -= skipped;
            let wanted = (take - found.len() as u64).min(run.count - skipped);
            let offset = |place: u64| if descending { run.count - 1 - place } else { place };
            found.extend((skipped..skipped + wanted).map(|place| run.agent(offset(place))));
            if found.len() as u64 == take {
                break;
            }
        }
        found
    }

    /// One agent.
    pub fn agent(&self, id: &str) -> Option<Agent> {
        let serial = serial_of(id)?;
        let run = self.runs.iter().find(|run| (run.first..run.first + run.count).contains(&serial))?;
        Some(run.agent(serial - run.first)).filter(|agent| agent.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cross_runs_in_both_directions() {
        let mut directory = Directory::default();
        directory.add_agents("a", 3, 1);
        directory.add_agents("b", 4, 0);
        let serials = |descending| {
            let agents = directory.agents(None, 2, 3, descending);
            agents.iter().map(|agent| agent.serial).collect::<Vec<_>>()
        };
        assert_eq!(serials(false), [3, 4, 5]);
        assert_eq!(serials(true), [5, 4, 3]);
        assert_eq!(directory.agents(Some("b"), 0, 100, false).len(), 4);
        assert_eq!(directory.count_agents(None), 7);
    }

    #[test]
    fn an_agent_is_found_by_its_id() {
        let mut directory = Directory::default();
        directory.add_agents("a", 10, 1);
        let id = directory.agents(None, 4, 1, false)[0].id.clone();
        assert_eq!(directory.agent(&id).unwrap().serial, 5);
        assert!(directory.agent("5").is_none());
    }
}
