//! The LMP customers of the believable world, and the models for templates.

use super::super::world::{Company, Customer, World, object};
use super::MONTHLY;
use serde_json::json;

/// Customers: name, city, country, emergency e-mail, Worry-Free units (0 for no subscription).
const CUSTOMERS: [(&str, &str, &str, &str, u32); 18] = [
    // Named exactly as an organization.
    ("Harbour Dental Group", "Poole", "GB", "office@harbourdentalgroup.example", 10),
    ("Bluebird Nursery", "Leeds", "GB", "", 0),
    ("Larkspur Media", "London", "GB", "it@larkspurmedia.example", 10),
    ("Zephyr Wind Energy", "Aberdeen", "GB", "", 0),
    ("Smith & Sons", "Dover", "GB", "", 10),
    // Another legal suffix, other case, other accents.
    ("Copperfield Logistics Limited", "Hull", "GB", "", 0),
    ("NORTHWIND TRADERS", "Portland", "US", "ops@northwind.example", 10),
    ("Meridian Freight B.V.", "Rotterdam", "NL", "", 0),
    ("Cafe Zoe Mueller GmbH", "Munich", "DE", "", 0),
    ("Café Zoé Muller", "Paris", "FR", "", 0),
    // Two of one name: nobody can say which.
    ("Juniper Hotels", "Brighton", "GB", "", 10),
    ("Juniper Hotels", "Hove", "GB", "", 0),
    // Known only by the domain of its e-mail.
    ("KW Motor Holdings", "Luton", "GB", "noc@sample-msp.example;fleet@kingswaymotors.example", 0),
    // Nobody's.
    ("Aardvark Anvils", "Lille", "FR", "", 10),
    ("Old Customer (closed)", "Kiel", "DE", "", 0),
    ("<script>alert(1)</script>", "Riga", "LV", "", 0),
    ("שלום בע\"מ", "Haifa", "IL", "", 0),
    ("Sample MSP internal", "Poole", "GB", "noc@sample-msp.example", 10),
];

/// Adds all of them.
pub(super) fn add(world: &World) {
    let Some(plan) = world.plan_named(MONTHLY) else { return };
    for (name, city, country, emergency_email, units) in CUSTOMERS {
        let id = world.add_customer(Customer {
            city: city.to_owned(),
            country: country.to_owned(),
            emergency_email: emergency_email.to_owned(),
            ..Customer::named(name)
        });
        if units > 0 {
            world.add_subscription(&id, &plan.id, units);
        }
    }
    for (name, change) in [("Template Office", office as fn(&mut Company)), ("Template Strict", strict)] {
        let id = world.add_customer(Customer::named(name));
        world.add_subscription(&id, &plan.id, 1);
        world.edit_company(&id, change);
    }
}

/// Settings for people who want to work.
fn office(company: &mut Company) {
    let scan = json!({"realtime_scan": {"enabled": true, "level": "office"}, "url_filtering": {"enabled": false}});
    extend_policies(company, &scan);
    company.global_settings.extend(object(json!({"alert": {"enabled": true, "delay": 60}})));
}

/// Settings for people who must not.
fn strict(company: &mut Company) {
    let scan = json!({
        "realtime_scan": {"enabled": true, "level": "strict"},
        "url_filtering": {"enabled": true, "strength": "high"},
        "device_control": {"enabled": true}
    });
    extend_policies(company, &scan);
    company.global_settings.extend(object(json!({
        "alert": {"enabled": true, "delay": 0},
        "agent_uninstall": {"password_required": true, "password": "sandbox"}
    })));
}

fn extend_policies(company: &mut Company, change: &serde_json::Value) {
    for ((group, _), policy) in &mut company.policies {
        policy.extend(object(change.clone()));
        policy.insert("schedule".to_owned(), json!({"group": group, "model": company.customer_id}));
    }
}
