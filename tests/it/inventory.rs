//! Reading the vendors into the mirror.

use crate::support::plugin::Plugin;
use std::time::{Duration, Instant};
use worryfree_plugin::jobs::WorkerSettings;
use worryfree_plugin::sandbox::{Api, Effect, Which, World};
use worryfree_plugin::service::imports;
use worryfree_plugin::service::inventory::{InventoryView, OrganizationQuery, OrganizationView, RefreshStatus};
use worryfree_plugin::service::page::PageQuery;
use worryfree_plugin::service::{Caller, inventory};

const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until no refresh is queued or running.
async fn refreshed(plugin: &Plugin) -> InventoryView {
    let begin = Instant::now();
    loop {
        let view = inventory::inventory(&plugin.app, plugin.partner_id()).await.unwrap();
        if view.status != RefreshStatus::Running && view.finished_at.is_some() {
            return view;
        }
        assert!(begin.elapsed() < PATIENCE, "{view:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn organizations(plugin: &Plugin) -> Vec<OrganizationView> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let query = OrganizationQuery { page: PageQuery { cursor, limit: 100 }, ..OrganizationQuery::default() };
        let page = inventory::organizations(&plugin.app, plugin.partner_id(), &query).await.unwrap();
        all.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_counted_exactly() {
    let plugin = Plugin::new(World::generated(200, 5_000, 11)).await;
    let worker = plugin.worker(WorkerSettings::default());
    let view = refreshed(&plugin).await;
    assert_eq!((view.status, view.error), (RefreshStatus::Idle, None));
    let books = plugin.sandbox.books();
    let known = plugin.sandbox.world().organizations();
    assert_eq!(view.organizations.count as usize, known.len());
    assert_eq!(view.accounts.count as usize, books.customers.len());
    assert_eq!(view.subscriptions.count as usize, books.subscriptions.len());
    let read = organizations(&plugin).await;
    assert_eq!(read.len(), known.len());
    for organization in &known {
        let found = read.iter().find(|found| found.id.as_str() == organization.id).unwrap();
        let counted = found.endpoints.unwrap() + found.endpoints_excluded.unwrap();
        assert_eq!(u64::from(counted), plugin.sandbox.world().agents_of(&organization.id), "{}", found.name);
    }
    assert_eq!(books.violations, Vec::<String>::new());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_keeps_what_was_known_and_the_other_one_is_read() {
    let plugin = Plugin::new(World::believable()).await;
    let worker = plugin.worker(WorkerSettings::default());
    let before = refreshed(&plugin).await;
    let agents = Which::new(Api::Vsa).path("*/assetmgmt/agents").every(1);
    plugin.sandbox.faults().on(agents, Effect::StatusBefore(500));
    plugin.sandbox.world().add_customer(worryfree_plugin::sandbox::Customer::named("Newcomer Ltd"));
    inventory::refresh(&plugin.app, plugin.partner_id()).await.unwrap();
    let after = refreshed(&plugin).await;
    assert_eq!(after.status, RefreshStatus::Failed);
    let error = after.error.unwrap();
    assert_eq!(error.code, "upstream_unavailable", "{}", error.message);
    assert!(error.message.contains("Kaseya VSA") && error.message.contains("is kept"), "{}", error.message);
    assert_eq!(after.organizations, before.organizations);
    assert_eq!(after.accounts.count, before.accounts.count + 1);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_call_refuses_does_not_hide_the_rest() {
    let plugin = Plugin::new(World::generated(60, 600, 5)).await;
    let listed = plugin.sandbox.books().subscriptions;
    assert!(listed.len() > 1);
    // A subscription that cannot be read singly, and a role that may not read the pools, as some servers may put it.
    let faults = plugin.sandbox.faults();
    let single = format!("*/subscriptions/{}", listed[0].id);
    faults.on(Which::new(Api::Lmp).method("GET").path(&single), Effect::StatusBefore(403));
    faults.on(Which::new(Api::Lmp).path("*/partners/product"), Effect::StatusBefore(401));
    let worker = plugin.worker(WorkerSettings::default());
    let view = refreshed(&plugin).await;
    assert_eq!((view.status, view.error), (RefreshStatus::Idle, None));
    assert_eq!(view.subscriptions.count as usize, listed.len());
    assert!(view.service_plans.count > 0 && view.license_pools.count == 0);
    let unknown: Vec<String> = sqlx::query_scalar("select subscription_id from subscription where units is null")
        .fetch_all(plugin.database.pool())
        .await
        .unwrap();
    assert_eq!(unknown, [listed[0].id.to_lowercase()]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_beside_something_else_keeps_what_was_known_of_it() {
    let plugin = Plugin::new(World::generated(60, 600, 5)).await;
    let worker = plugin.worker(WorkerSettings::default());
    let before = refreshed(&plugin).await;
    let pooled = async || -> i64 {
        let pooled = "select count(*) from service_plan where license_pool_id is not null";
        sqlx::query_scalar(pooled).fetch_one(plugin.database.pool()).await.unwrap()
    };
    let plans = pooled().await;
    assert!(plans > 0);
    let faults = plugin.sandbox.faults();
    faults.on(Which::new(Api::Lmp).path("*/partners/product"), Effect::StatusBefore(500));
    faults.on(Which::new(Api::Lmp).path("/lmpi/v2.5/customers/subscriptions"), Effect::StatusBefore(403));
    plugin.sandbox.world().add_customer(worryfree_plugin::sandbox::Customer::named("Newcomer Ltd"));
    inventory::refresh(&plugin.app, plugin.partner_id()).await.unwrap();
    let after = refreshed(&plugin).await;
    assert_eq!(after.status, RefreshStatus::Failed);
    assert_eq!(after.accounts.count, before.accounts.count + 1);
    assert!(after.service_plans.refreshed_at > before.service_plans.refreshed_at);
    assert_eq!((after.license_pools, after.subscriptions), (before.license_pools, before.subscriptions));
    assert_eq!(pooled().await, plans);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_that_may_not_be_read_does_not_hide_the_organization_s_own_contact() {
    let plugin = Plugin::new(World::believable()).await;
    plugin.sandbox.world().configure(|quirks| quirks.vsa.list_without_contacts = true);
    plugin.sandbox.faults().on(Which::new(Api::Vsa).path("*/staff"), Effect::Forbidden);
    let worker = plugin.worker(WorkerSettings::default());
    refreshed(&plugin).await;
    let is_chosen = |found: &&OrganizationView| found.profile.email.is_none() && found.link.is_none();
    let all = organizations(&plugin).await;
    let chosen: Vec<_> = all.iter().filter(is_chosen).take(5).map(|found| found.id.clone()).collect();
    let caller = Caller { partner_id: plugin.partner_id(), name: "Ada".to_owned() };
    imports::create(&plugin.app, &caller, &chosen).await.unwrap();
    let begin = Instant::now();
    let is_read = |found: &OrganizationView| chosen.contains(&found.id) && found.profile.email.is_some();
    while !organizations(&plugin).await.iter().any(is_read) {
        assert!(begin.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_told_and_forgotten_once_they_are_replaced() {
    let plugin = Plugin::new(World::believable()).await;
    plugin.sandbox.world().configure(|quirks| quirks.lmp.revoked = true);
    let worker = plugin.worker(WorkerSettings::default());
    let view = refreshed(&plugin).await;
    assert_eq!(view.error.map(|error| error.code).as_deref(), Some("credentials_refused"));
    assert!(view.organizations.count > 50, "VSA is read all the same");
    plugin.sandbox.world().configure(|quirks| quirks.lmp.revoked = false);
    plugin.replace_credentials().await;
    let begin = Instant::now();
    loop {
        let view = refreshed(&plugin).await;
        if view.status == RefreshStatus::Idle && view.accounts.count > 0 {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{view:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_read_for_chosen_rows_only() {
    let plugin = Plugin::new(World::believable()).await;
    plugin.sandbox.world().configure(|quirks| quirks.vsa.list_without_contacts = true);
    let worker = plugin.worker(WorkerSettings::default());
    refreshed(&plugin).await;
    let all = organizations(&plugin).await;
    let chosen: Vec<_> = all
        .iter()
        .filter(|organization| organization.profile.email.is_none() && organization.link.is_none())
        .take(3)
        .map(|organization| organization.id.clone())
        .collect();
    let caller = Caller { partner_id: plugin.partner_id(), name: "Ada".to_owned() };
    imports::create(&plugin.app, &caller, &chosen).await.unwrap();
    let begin = Instant::now();
    while plugin.sandbox.books().requests_to(Api::Vsa, "GET", "/staff").is_empty() {
        assert!(begin.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    worker.stop().await;
    for request in plugin.sandbox.books().requests_to(Api::Vsa, "GET", "/staff") {
        assert!(chosen.iter().any(|id| request.path.contains(id.as_str())), "{}", request.path);
    }
}

/// Transaction ids that last wrote each row of the mirror.
async fn versions(plugin: &Plugin) -> Vec<(String, String)> {
    sqlx::query_as(
        "select organization_id, xmin::text from organization union all select account_id, xmin::text from account
         union all select subscription_id, xmin::text from subscription union all select service_plan_id, xmin::text from service_plan
         order by 1",
    )
    .fetch_all(plugin.database.pool())
    .await
    .unwrap()
}

/// When LMP was last asked what it has left, for the pool that was asked about longest ago.
async fn pools_asked_at(plugin: &Plugin) -> chrono::DateTime<chrono::Utc> {
    let asked = "select min(synced_at) from license_pool";
    sqlx::query_scalar(asked).fetch_one(plugin.database.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_refresh_writes_only_what_changed() {
    let plugin = Plugin::new(World::generated(300, 3_000, 4)).await;
    let worker = plugin.worker(WorkerSettings::default());
    let first = refreshed(&plugin).await;
    let (before, asked_at) = (versions(&plugin).await, pools_asked_at(&plugin).await);
    assert!(before.len() > 450, "{}", before.len());
    let again = async || {
        let last = inventory::inventory(&plugin.app, plugin.partner_id()).await.unwrap().finished_at;
        inventory::refresh(&plugin.app, plugin.partner_id()).await.unwrap();
        let begin = Instant::now();
        loop {
            let view = refreshed(&plugin).await;
            if view.finished_at > last {
                return view;
            }
            assert!(begin.elapsed() < PATIENCE, "{view:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let second = again().await;
    assert!(second.organizations.refreshed_at > first.organizations.refreshed_at);
    assert_eq!(versions(&plugin).await, before, "nothing changed, so nothing is written");
    assert!(pools_asked_at(&plugin).await > asked_at, "yet reservations are held against the later answer");
    let read = organizations(&plugin).await;
    assert!(read.iter().all(|found| Some(found.synced_at) == second.organizations.refreshed_at), "yet all were read");
    let world = plugin.sandbox.world();
    let changed = world.organizations().swap_remove(7);
    world.add_agents(&changed.id, 3, 1);
    again().await;
    let after = versions(&plugin).await;
    let written: Vec<_> = after.iter().filter(|row| !before.contains(row)).map(|(id, _)| id.as_str()).collect();
    assert_eq!(written, [changed.id.as_str()]);
    worker.stop().await;
}
