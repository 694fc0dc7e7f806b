//! Worlds of any size, the same for the same seed.

use super::believable::add_plans;
use super::chance::{Chance, mix, seeded_guid};
use super::world::{Contact, Customer, Organization, World};

const FIRST: [&str; 16] = [
    "Amber", "Birch", "Cobalt", "Drift", "Ember", "Falcon", "Granite", "Harvest", "Indigo", "Jasper", "Kestrel",
    "Lunar", "Maple", "Nimbus", "Onyx", "Prairie",
];
const SECOND: [&str; 12] = [
    "Dental",
    "Logistics",
    "Solicitors",
    "Engineering",
    "Media",
    "Hotels",
    "Bakery",
    "Clinic",
    "Motors",
    "Partners",
    "Foods",
    "Energy",
];
const SUFFIX: [&str; 6] = ["Ltd", "LLC", "GmbH", "AB", "Inc.", ""];

impl World {
    /// A world of this size; every second organization has an LMP customer, most of the same name.
    ///
    /// A few organizations have most of the agents, as in life.
    pub fn generated(organizations: usize, agents: u64, seed: u64) -> Self {
        let world = Self::empty();
        let mut chance = Chance::new(seed);
        add_plans(&world, agents);
        let plan_id = world.plans().first().map(|plan| plan.id.clone()).unwrap_or_default();
        let shares = shares(organizations, agents, &mut chance);
        for (number, count) in shares.into_iter().enumerate() {
            let name = name(number, &mut chance);
            let id = world.add_organization(organization(&name, number));
            let off = count / 4;
            world.add_agents(&id, off, 0);
            world.add_agents(&id, count - off, 1);
            if number % 2 == 0 {
                let id = seeded_guid(seed ^ mix(number as u64));
                let name = if number % 8 == 0 { format!("{name} (old)") } else { name };
                let id = world.add_customer(Customer { id, ..Customer::named(&name) });
                if number % 4 == 0 {
                    world.add_subscription(&id, &plan_id, 10);
                }
            }
        }
        world
    }
}

/// Splits the agents: a tenth of the organizations have ten times the weight of the others.
fn shares(organizations: usize, agents: u64, chance: &mut Chance) -> Vec<u64> {
    let mut weight = || (chance.below(20) + 1) as u64 * if chance.below(10) == 0 { 10 } else { 1 };
    let weights: Vec<u64> = (0..organizations).map(|_| weight()).collect();
    let all = weights.iter().sum::<u64>().max(1);
    let mut shares: Vec<u64> = weights.iter().map(|weight| agents * weight / all).collect();
    let rest = agents - shares.iter().sum::<u64>();
    if let Some(first) = shares.first_mut() {
        *first += rest;
    }
    shares
}

fn name(number: usize, chance: &mut Chance) -> String {
    let suffix = SUFFIX[chance.below(SUFFIX.len())];
    let name = format!("{} {} {number} {suffix}", FIRST[chance.below(FIRST.len())], SECOND[chance.below(SECOND.len())]);
    name.trim().to_owned()
}

/// One in seven lacks a city, one in eleven an address for mail.
fn organization(name: &str, number: usize) -> Organization {
    let complete = Organization::complete(name);
    let contact = Contact {
        city: complete.contact.city.filter(|_| number % 7 != 3),
        email: complete.contact.email.filter(|_| number % 11 != 5),
        ..complete.contact
    };
    Organization { contact, ..complete }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_exact_and_the_seed_decides() {
        let agents = |world: &World| {
            world.organizations().iter().map(|organization| world.agents_of(&organization.id)).collect::<Vec<_>>()
        };
        let (world, same) = (World::generated(200, 5_000, 1), World::generated(200, 5_000, 1));
        assert_eq!(world.organizations(), same.organizations());
        assert_eq!(agents(&world), agents(&same));
        assert_eq!(agents(&world).iter().sum::<u64>(), 5_000);
        assert_ne!(world.organizations(), World::generated(200, 5_000, 2).organizations());
    }

    #[test]
    fn large_worlds_are_cheap() {
        let world = World::generated(10_000, 500_000, 3);
        assert_eq!(world.organizations().len(), 10_000);
        assert_eq!(world.books().customers.len(), 5_000);
    }
}
