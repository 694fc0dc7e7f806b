//! Customers from a table, by the command line, beside a process that works.

use super::site::Site;
use serde_json::Value;
use std::path::PathBuf;
use worryfree_plugin::sandbox::{Change, Customer, Organization, Version, World};

/// A file that is gone when this is dropped.
struct Table(PathBuf);

impl Table {
    fn new(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("worryfree-table-{}.csv", uuid::Uuid::new_v4()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

/// Exit code, what was printed, and what was said.
fn run(site: &Site, arguments: &[&str]) -> (i32, String, String) {
    let output = site.command(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn import(site: &Site, table: &str, more: &[&str]) -> (i32, String, String) {
    let table = Table::new(table);
    let arguments = ["import", "--file", table.0.to_str().unwrap()];
    run(site, &[&arguments, more].concat())
}

fn world() -> World {
    let world = World::generated(3, 30, 21);
    world.set_available(&world.plan_named("WFS monthly").unwrap().product_id, Version::Full, 500);
    for (name, agents) in [("Harbour Dental", 20), ("Elm & Oak", 3), ("=Odd Name", 1)] {
        let id = world.add_organization(Organization::complete(name));
        world.add_agents(&id, agents, 1);
    }
    world.add_customer(Customer::named("Elm and Oak Ltd"));
    for _ in 0..2 {
        world.add_organization(Organization::complete("Twin"));
    }
    world
}

async fn site() -> (Site, super::process::Process) {
    let site = Site::new(world()).await;
    let front = site.front().await;
    let process = site.serve(&front);
    site.inventory_is_read(&front).await;
    (site, process)
}

/// Imports there are, drafts included.
async fn imports(site: &Site) -> i64 {
    sqlx::query_scalar("select count(*) from import").fetch_one(&site.pool).await.unwrap()
}

const TABLE: &str = "organization,account,plan,seats\n\
    Harbour Dental,new,WFS monthly,\n\
    elm & oak,Elm and Oak Ltd,wfs monthly,40\n\
    '=Odd Name,,WFS monthly,7\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_planned_imported_and_exported_and_done_only_once() {
    let (site, _process) = site().await;
    let (code, planned, said) = import(&site, TABLE, &["--dry-run"]);
    assert_eq!(code, 0, "{planned}{said}");
    for part in [
        "new: Harbour Dental",
        "24     WFS monthly",
        "Elm and Oak Ltd",
        "Accounts: 2 to create, 1 to link",
        "Seats: 71",
    ] {
        assert!(planned.contains(part), "{part} in\n{planned}");
    }
    assert!(planned.contains("Nothing was done"));
    assert_eq!((imports(&site).await, site.sandbox.books().effect(Change::CustomerCreated)), (0, 0));

    let (code, done, said) = import(&site, TABLE, &["--json"]);
    assert_eq!(code, 0, "{done}{said}");
    let done: Value = serde_json::from_str(&done).unwrap();
    assert_eq!((&done["status"], done["items"].as_array().unwrap().len()), (&"finished".into(), 3), "{done:#}");
    let books = site.sandbox.books();
    assert_eq!(books.effect(Change::CustomerCreated), 2);
    let mut units: Vec<_> = books.subscriptions.iter().filter(|one| one.created_by_call).map(|one| one.units).collect();
    units.sort_unstable();
    assert_eq!(units, [7, 24, 40]);

    let (code, exported, said) = run(&site, &["mapping"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(exported.lines().count(), 4, "{exported}");
    assert!(exported.contains("'=Odd Name") && exported.contains("Elm and Oak Ltd,WFS monthly,40"), "{exported}");
    let (code, again, said) = import(&site, &exported, &[]);
    assert_eq!(code, 0, "{again}{said}");
    assert!(again.contains("imported already"), "{again}");
    assert_eq!(site.sandbox.books().effect(Change::CustomerCreated), 2, "nothing is done twice");
    let (code, again, said) = import(&site, TABLE, &[]);
    assert!(code == 0 && again.contains("imported already"), "the first file as well: {again}{said}");
    let elsewhere = "organization,account\nHarbour Dental,Elm and Oak Ltd\n";
    let (code, refused, _) = import(&site, elsewhere, &[]);
    assert!(code == 2 && refused.contains("is linked to the account"), "another account is not passed over: {refused}");
    let (_, all, _) = run(&site, &["mapping", "--all"]);
    assert_eq!(all.lines().count(), 1 + 3 + 3 + 2, "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_of_a_table_is_named_at_once_and_nothing_is_kept() {
    let (site, _process) = site().await;
    let table = "organization,account,plan,seats,country,template\n\
        Harbour Dental,new,WFS monthly,many,,\n\
        Elm & Oak,No such account,WFS monthly,5,,gold\n\
        Nowhere,,,,,\n\
        Twin,,,,,\n";
    let (code, printed, said) = import(&site, table, &[]);
    assert_eq!(code, 2, "{printed}{said}");
    assert!(printed.contains("line 4: Nowhere: There is no such organization"), "{printed}");
    assert!(printed.contains("line 5: Twin: Several organizations are called so"), "{printed}");
    let (code, printed, _) = import(&site, table.split("Nowhere").next().unwrap(), &[]);
    assert_eq!(code, 2);
    for part in
        ["line 2: Harbour Dental: seats:", "line 3: Elm & Oak: account: There is no", "line 3: Elm & Oak: template:"]
    {
        assert!(printed.contains(part) || printed.contains(&part.replace("account: ", "")), "{part} in\n{printed}");
    }
    let odd = "organization,account,plan,country,seats\nHarbour Dental,new,WFS monthly,Atlantis,0\n";
    let (code, printed, _) = import(&site, odd, &["--json"]);
    assert_eq!(code, 2);
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let messages: Vec<_> =
        printed["errors"].as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap()).collect();
    assert!(messages.iter().any(|one| one.starts_with("country:")), "{messages:?}");
    assert!(messages.iter().any(|one| one.starts_with("seats:")), "{messages:?}");
    assert_eq!(imports(&site).await, 0);
    assert_eq!(site.sandbox.books().effect(Change::CustomerCreated), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn licenses_that_do_not_suffice_stop_a_table_unless_that_is_wanted() {
    let (site, _process) = site().await;
    let table = "organization,account,plan,seats\nHarbour Dental,new,WFS monthly,5\nElm & Oak,new,WFS monthly,999999\n";
    let (code, printed, said) = import(&site, table, &[]);
    assert_eq!(code, 3, "{printed}{said}");
    assert!(printed.contains("do not suffice for 1"), "{printed}");
    assert_eq!((imports(&site).await, site.sandbox.books().effect(Change::CustomerCreated)), (0, 0));
    let (code, printed, said) = import(&site, table, &["--allow-partial"]);
    assert_eq!(code, 3, "{printed}{said}");
    assert!(printed.contains("1 of 2 customers imported"), "{printed}");
    assert_eq!(site.sandbox.books().effect(Change::CustomerCreated), 1);
}
