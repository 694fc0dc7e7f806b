//! A world an MSP would recognize, with everything in it that tends to break an import.

mod customers;
mod organizations;

use super::world::{Plan, Version, World};

/// The plan most people use.
const MONTHLY: &str = "WFS monthly";

impl World {
    /// About sixty organizations, twenty customers, five plans, and a pool for half of them.
    ///
    /// Two customers, "Template Office" and "Template Strict", are models for templates.
    pub fn believable() -> Self {
        let world = Self::empty();
        organizations::add(&world);
        let needed: u64 =
            world.organizations().iter().map(|organization| seats(world.agents_of(&organization.id))).sum();
        add_plans(&world, needed / 2);
        customers::add(&world);
        world
    }
}

/// What an organization of this size would need with a margin of a fifth, and ten at least.
fn seats(agents: u64) -> u64 {
    (agents * 6).div_ceil(5).max(10)
}

/// Two plans on one pool, a trial, another product, and a plan under no product.
pub(super) fn add_plans(world: &World, available: u64) {
    let name = "Worry-Free Services";
    let full = world.add_product(name, "WFSWFSWFS", Version::Full, available);
    let trial = world.add_product(name, "WFSWFSWFS", Version::Trial, 100);
    let mail = world.add_product("Cloud App Security", "CASCASCAS", Version::Full, 250);
    world.add_plan(Plan::of(&full, MONTHLY));
    world.add_plan(Plan { period_months: 12, ..Plan::of(&full, "WFS yearly") });
    world.add_plan(Plan { auto_renewal: false, ..Plan::of(&trial, "WFS trial 30 days") });
    world.add_plan(Plan::of(&mail, "CAS monthly"));
    // Its product is in no answer about pools: what is available is not known, which is not zero.
    world.add_plan(Plan {
        product_id: super::chance::guid(),
        product_name: "Worry-Free Services Advanced".to_owned(),
        product_code: "WFAWFAWFA".to_owned(),
        ..Plan::of(&full, "WFS Advanced monthly")
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_world_holds_what_breaks_imports() {
        let world = World::believable();
        let organizations = world.organizations();
        assert!((55..=65).contains(&organizations.len()), "{}", organizations.len());
        let has = |test: &dyn Fn(&super::super::Organization) -> bool| organizations.iter().any(test);
        assert!(has(&|organization| organization.name.chars().count() == 129));
        assert!(has(&|organization| organization.parent.is_some()));
        assert!(has(&|organization| organization.contact.email.is_none() && !organization.staff.is_empty()));
        assert!(has(&|organization| organization.contact.email.is_none() && organization.staff.is_empty()));
        assert!(has(&|organization| world.agents_of(&organization.id) == 900));
        assert!(has(&|organization| world.agents_of(&organization.id) == 0));
        let names: HashSet<_> = organizations.iter().map(|organization| &organization.name).collect();
        assert_eq!(names.len(), organizations.len() - 1, "two organizations share a name");
        let references: HashSet<_> = organizations.iter().map(|organization| &organization.reference).collect();
        assert_eq!(references.len(), organizations.len());
    }

    #[test]
    fn customers_and_pools_are_there() {
        let world = World::believable();
        let books = world.books();
        assert_eq!(books.customers.len(), 20);
        assert!(books.subscriptions.iter().filter(|subscription| subscription.units == 10).count() >= 3);
        assert_eq!(world.plans().len(), 5);
        assert_eq!(books.products.len(), 3);
        let model = |name: &str| world.company(&world.customer_named(name).unwrap().id).unwrap();
        assert_ne!(model("Template Office").policies, model("Template Strict").policies);
    }
}
