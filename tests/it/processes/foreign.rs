//! Processes that are killed at any moment, over vendors that have nothing to do with this project's sandbox
//! (`tests/stand_in/vendors.py`, written from the vendors' references alone).

use super::random_kills::{Processes, is_finished};
use super::site::{SEATS, Site, partner_entry, until};
use crate::end_to_end::flow::{Row, new_account};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::sandbox::World;
use worryfree_plugin::service::partners::{ConnectionEntry, PartnerEntry};

const CUSTOMERS: usize = 60;
const KILLS: usize = 15;

/// The stand-in; it is gone when this is dropped.
struct StandIn {
    child: Child,
    told: Value,
}

impl StandIn {
    fn start(seed: u64) -> Self {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stand_in/vendors.py");
        let (organizations, seed) = (CUSTOMERS.to_string(), seed.to_string());
        let mut command = Command::new("python3");
        command.args([program, "--organizations", &organizations, "--seed", &seed]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 is installed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, told: serde_json::from_str(&line).expect("it says where it is") }
    }

    fn text(&self, name: &str) -> String {
        self.told[name].as_str().unwrap().to_owned()
    }

    fn connections(&self) -> Vec<ConnectionEntry> {
        let secret = |name: &str| SecretString::from(self.text(name));
        let signed = |vendor| ConnectionEntry {
            vendor,
            product: None,
            url: self.text("url"),
            details: json!({}),
            credentials: BTreeMap::from([("access_token", secret("token")), ("secret_key", secret("secret"))]),
        };
        let vsa = ConnectionEntry {
            vendor: Vendor::Vsa,
            product: Some("vsa9"),
            url: self.text("url"),
            details: json!({ "user": self.text("vsa_user"), "own_organizations": [] }),
            credentials: BTreeMap::from([("access_token", secret("vsa_token"))]),
        };
        vec![vsa, signed(Vendor::Lmp), signed(Vendor::RemoteManager)]
    }

    async fn books(&self) -> Value {
        let answer = reqwest::get(format!("{}/books", self.text("url"))).await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_survives_the_death_of_its_processes_over_foreign_vendors() {
    let seed = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("KILL_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let vendors = StandIn::start(seed);
    // The sandbox stays idle.
    let site = Site::new(World::generated(1, 1, 1)).await;
    let entry = partner_entry(&site.sandbox, &vendors.text("url"));
    site.store(&PartnerEntry { connections: vendors.connections(), ..entry }).await;
    let mut processes = Processes::start(&site).await;
    site.inventory_is_read(&processes.fronts[0]).await;
    let organizations = processes.fronts[0].rest.list("/api/v1/organizations", 100).await;
    let rows: Vec<_> = organizations.iter().map(|organization| row(organization, &vendors.text("plan"))).collect();
    assert_eq!(rows.len(), CUSTOMERS);
    let ready = processes.fronts[0].rest.ready(&rows).await;
    let began = Instant::now();
    processes.fronts[0].rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202);
    let mut kills = 0;
    while kills < KILLS && !is_finished(&site).await {
        tokio::time::sleep(Duration::from_millis(chance.random_range(100..1_500))).await;
        processes.kill_one(&mut chance).await;
        kills += 1;
        site.results_and_links_agree().await;
    }
    until("it finishes", || async { is_finished(&site).await.then_some(()) }).await;
    processes.fronts[0].imported(&ready).await;
    let books = vendors.books().await;
    let names: BTreeSet<_> = rows_of(&books, "customers").iter().map(|one| one["name"].to_string()).collect();
    assert_eq!(
        (names.len(), rows_of(&books, "customers").len()),
        (CUSTOMERS, CUSTOMERS),
        "one customer each: {books:#}"
    );
    let owners: BTreeSet<_> = rows_of(&books, "subscriptions").iter().map(|one| one["customer"].to_string()).collect();
    assert_eq!((owners.len(), rows_of(&books, "subscriptions").len()), (CUSTOMERS, CUSTOMERS), "one subscription each");
    assert!(rows_of(&books, "subscriptions").iter().all(|one| one["units"] == SEATS), "{books:#}");
    assert_eq!(
        (&books["violations"], &books["notified"]),
        (&json!([]), &json!(CUSTOMERS)),
        "the vendors' rules are kept"
    );
    assert!(kills >= KILLS / 2, "the kills fall into the run");
    println!(
        "{kills} SIGKILLs in the midst of an import of {CUSTOMERS} over foreign vendors: one of everything after {:.0} s, {} lost answers, {} creates",
        began.elapsed().as_secs_f64(),
        books["lost_answers"],
        books["requests"]["POST lmp"],
    );
}

fn row(organization: &Value, plan: &str) -> Row {
    Row {
        organization: organization["id"].as_str().unwrap().to_owned(),
        account: new_account(organization["name"].as_str().unwrap()),
        plan: plan.to_owned(),
        seats: Some(SEATS),
        template: None,
    }
}

fn rows_of<'a>(books: &'a Value, name: &str) -> &'a Vec<Value> {
    books[name].as_array().unwrap()
}
