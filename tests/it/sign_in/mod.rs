//! Signing in, end to end: browsers that keep cookies, the stand-ins that know people, screens and REST.

mod browser;
mod kept;
mod languages;
mod openid;
mod roles;
mod settings;
mod streams;
mod vsa;

use crate::support::plugin::Plugin;
use worryfree_plugin::sandbox::{Person, World};

/// The people of the partner: one who may do everything, one who may look, one who is not let in.
fn people(world: &World) {
    for person in [
        Person::new("nora", "Nora", "Quist", "Master"),
        Person::new("wim", "Wim", "Ooster", "Read only"),
        Person::new("tess", "Tess", "Vane", "Technician"),
    ] {
        world.put_person(person);
    }
}

/// A partner of VSA 9 whose people can sign in.
async fn plugin() -> Plugin {
    let world = World::believable();
    people(&world);
    Plugin::new(world).await
}

/// What was noted of this kind, oldest first: who, and the details.
async fn noted(plugin: &Plugin, event: &str) -> Vec<(String, serde_json::Value)> {
    let rows = sqlx::query_as("select actor, detail from audit_entry where event = $1 order by seq");
    rows.bind(event).fetch_all(plugin.database.pool()).await.unwrap()
}

/// How many sessions there are.
async fn sessions(plugin: &Plugin) -> i64 {
    sqlx::query_scalar("select count(*) from screen_session").fetch_one(plugin.database.pool()).await.unwrap()
}
