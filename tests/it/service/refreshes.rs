//! A refresh ends with words whatever goes wrong, and what one part loses the others keep.

use crate::end_to_end::stage::{Options, Stage};
use serde_json::Value;
use std::time::Duration;
use worryfree_plugin::domain::ids::OrganizationId;
use worryfree_plugin::sandbox::{Api, Effect, Organization, Which, World};
use worryfree_plugin::service::Caller;
use worryfree_plugin::service::imports::{contacts_error, contacts_pending, create, fill_blanks, load};

async fn stage(remote_manager: bool) -> Stage {
    Stage::new(Options { remote_manager, ..Options::new(World::generated(4, 20, 1)) }).await
}

async fn run(stage: &Stage, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(stage.plugin.database.pool()).await.unwrap();
}

async fn ended(stage: &Stage, status: &str) -> Value {
    stage
        .until("the refresh ends", || async {
            let inventory = stage.get("/api/v1/inventory").await.ok();
            (inventory["refresh"]["status"] == status).then_some(inventory)
        })
        .await
}

async fn refused(stage: &Stage) -> Vec<String> {
    let refused = "select vendor from connection where refused_at is not null";
    sqlx::query_scalar(refused).fetch_all(stage.plugin.database.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_does_not_take_ends_the_refresh_with_words() {
    let stage = stage(false).await;
    run(&stage, "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '22021'; end $$; \
                 create trigger refuse before insert on account for each row execute function refuse(); \
                 delete from account").await;
    stage.ask("/api/v1/inventory/refresh").await.is(202);
    let failed = ended(&stage, "failed").await;
    let error = &failed["refresh"]["error"];
    assert_eq!(error["code"], "not_stored");
    assert!(error["message"].as_str().unwrap().contains("is kept"), "{error}");
    run(&stage, "drop trigger refuse on account").await;
    assert_eq!(stage.refresh().await["refresh"]["status"], "idle");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_as_a_refresh_ends_gets_another() {
    let stage = stage(false).await;
    for _ in 0..5 {
        stage.refresh().await;
        let open = "select count(*) from job where kind = 'refresh_inventory' and state in ('queued', 'running')";
        let open: i64 = sqlx::query_scalar(open).fetch_one(stage.plugin.database.pool()).await.unwrap();
        assert_eq!(open, 0, "its work has ended when it says so");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_takes_no_other_away() {
    let stage = stage(false).await;
    let before = stage.get("/api/v1/inventory").await.ok();
    let customers = Which::new(Api::Lmp).method("GET").path("*customers*");
    stage.sandbox().faults().on(customers, Effect::StatusBefore(500));
    stage.ask("/api/v1/inventory/refresh").await.is(202);
    let failed = ended(&stage, "failed").await;
    assert_eq!(failed["refresh"]["error"]["code"], "upstream_unavailable");
    let is_newer = |part: &str| failed[part]["refreshed_at"].as_str() > before[part]["refreshed_at"].as_str();
    let newer =
        ["organizations", "endpoints", "service_plans", "license_pools", "accounts", "subscriptions"].map(is_newer);
    assert_eq!(newer, [true, true, true, true, false, false], "{failed:#}");
    assert_eq!(failed["accounts"]["count"], before["accounts"]["count"], "what was read before is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_accepted_again_are_not_called_refused() {
    let stage = stage(true).await;
    run(&stage, "update connection set refused_at = now()").await;
    stage.refresh().await;
    assert_eq!(refused(&stage).await, [""; 0]);
    stage.world().configure(|quirks| quirks.remote_manager.revoked = true);
    stage.refresh().await;
    assert_eq!(refused(&stage).await, ["remote_manager"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_were_replaced_meanwhile_are_not_called_refused() {
    let stage = stage(false).await;
    stage.change_lmp_keys();
    let late = Which::new(Api::Lmp).method("GET").path("*customers*");
    stage.sandbox().faults().on(late, Effect::Delay(Duration::from_secs(2)));
    stage.ask("/api/v1/inventory/refresh").await.is(202);
    tokio::time::sleep(Duration::from_secs(1)).await;
    // What opened LMP when the refresh began is refused only after this.
    stage.plugin.replace_credentials().await;
    assert_eq!(ended(&stage, "failed").await["refresh"]["error"]["code"], "credentials_refused");
    assert_eq!(refused(&stage).await, [""; 0]);
}

async fn draft(stage: &Stage) -> (Caller, worryfree_plugin::domain::ids::ImportId) {
    let caller = Caller { partner_id: stage.plugin.partner_id(), name: "Ana".to_owned() };
    let id = stage.world().organization_named("Blank Ltd").unwrap().id;
    let import = create(&stage.plugin.app, &caller, &[OrganizationId::parse(&id).unwrap()]).await.unwrap();
    (caller, import.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_to_read_contacts_is_said_and_not_asked_for_again() {
    let world = World::generated(2, 10, 1);
    world.add_organization(Organization::named("Blank Ltd"));
    let stage = Stage::new(Options::new(world)).await;
    let staff = Which::new(Api::Vsa).path("*staff*");
    let rule = stage.sandbox().faults().on(staff, Effect::Forbidden);
    let (caller, import) = draft(&stage).await;
    let app = &stage.plugin.app;
    let said =
        stage.until("it is said", || async { contacts_error(app, caller.partner_id, import).await.unwrap() }).await;
    assert!(said.contains("right to read"), "{said}");
    let asked = stage.sandbox().faults().fired(rule);
    let version = load(app, caller.partner_id, import).await.unwrap().version;
    fill_blanks(app, &caller, import, version).await.unwrap();
    assert_eq!(contacts_pending(app, caller.partner_id, import).await.unwrap(), 0, "nothing is queued again");
    assert_eq!(stage.sandbox().faults().fired(rule), asked);
    stage.sandbox().faults().remove(rule);
    run(&stage, "update organization set details_read_at = details_read_at - interval '25 hours'").await;
    let version = load(app, caller.partner_id, import).await.unwrap().version;
    fill_blanks(app, &caller, import, version).await.unwrap();
    stage
        .until("it is read again after a day", || async {
            contacts_error(app, caller.partner_id, import).await.unwrap().is_none().then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blanks_are_not_filled_while_contacts_are_being_read() {
    let world = World::generated(2, 10, 1);
    world.add_organization(Organization::named("Blank Ltd"));
    let mut stage = Stage::new(Options::new(world)).await;
    stage.stop_worker().await;
    let (caller, import) = draft(&stage).await;
    let app = stage.plugin.app.clone();
    let fill = async || {
        let version = load(&app, caller.partner_id, import).await.unwrap().version;
        let filled = fill_blanks(&app, &caller, import, version).await.unwrap();
        serde_json::to_value(&filled.items[0].account).unwrap()["contact"].clone()
    };
    let left = fill().await;
    assert!(left["email"].is_null() && left["first_name"].is_null(), "{left}");
    stage.start_worker();
    stage
        .until("contacts are read", || async {
            (contacts_pending(&app, caller.partner_id, import).await.unwrap() == 0).then_some(())
        })
        .await;
    let filled = fill().await;
    assert_eq!(filled["email"], "noc@sample-msp.example", "{filled}");
}
