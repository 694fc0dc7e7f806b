//! P20: rows that a newer or an older version has written. What is unknown is halted with an alarm; everything else goes on.

use super::process::Process;
use super::site::{Front, PATIENCE, Site, until};
use crate::end_to_end::flow::Ready;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};
use worryfree_plugin::sandbox::World;

/// How a row is made unknown, and how it is mended.
struct Row {
    what: &'static str,
    /// Of a database that has been migrated further.
    schema: &'static str,
    breaks: &'static str,
    mends: &'static str,
}

const ROWS: [Row; 4] = [
    Row {
        what: "the status of a customer",
        schema: "select",
        breaks: "update integration_item set status = 'negotiating'",
        mends: "update integration_item set status = 'creating_account' where status = 'negotiating'",
    },
    Row {
        what: "the state of an operation",
        schema: "alter table operation drop constraint operation_state_check",
        breaks: "update operation set state = 'promised'",
        mends: "update operation set state = 'intended' where state = 'promised'",
    },
    Row {
        what: "the kind of an operation",
        schema: "alter table operation drop constraint operation_kind_check",
        breaks: "update operation set kind = 'rename_account'",
        mends: "update operation set kind = 'create_account' where kind = 'rename_account'",
    },
    Row {
        what: "the plan",
        schema: "select",
        breaks: "update integration set plan = plan #- '{items,0,seats}' || jsonb_build_object('kept', plan)",
        mends: "update integration set plan = plan -> 'kept' where plan ? 'kept'",
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn what_another_version_wrote_is_halted_with_an_alarm_and_goes_on_once_it_is_known() {
    futures_util::future::join_all(ROWS.iter().map(unknown)).await;
}

async fn unknown(row: &Row) {
    let site = Site::new(World::generated(4, 200, 3)).await;
    let front = site.front().await;
    // Leaves an operation that is intended.
    let mut process = site.serve_with(&front, &[("PLUGIN_CRASH_AT", "P3")]);
    let names = site.names(2);
    let (broken, sound) = (site.ready(&front, &names[..1]).await, site.ready(&front, &names[1..]).await);
    integrate(&front, &broken).await;
    process.ended(PATIENCE).await;
    for statement in [row.schema, row.breaks] {
        site.pool.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    }
    let process = site.serve(&front);
    until("the run is halted", || async { is_halted(&site, &broken).await.then_some(()) }).await;
    alarm(&process, &broken, row.what);
    integrate(&front, &sound).await;
    front.imported(&sound).await;
    site.pool.execute(AssertSqlSafe(row.mends.to_owned())).await.unwrap();
    front.rest.post(&broken.path("/integration/retry"), json!({})).await.is(202);
    front.imported(&broken).await;
    site.has_one_of_everything_for(&names).await;
    println!("P20, {} is unknown: halted with an alarm, others go on; one of everything once it is known", row.what);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_of_an_unknown_kind_is_left_with_an_alarm() {
    let site = Site::new(World::generated(4, 200, 3)).await;
    let front = site.front().await;
    let process = site.serve(&front);
    let names = site.names(1);
    let ready = site.ready(&front, &names).await;
    let newer = "alter table job drop constraint job_kind_check;
                 insert into job (partner_id, job_id, kind, subject) select partner_id, gen_random_uuid(), 'audit', '' from partner";
    site.pool.execute(newer).await.unwrap();
    until("it has been looked at", || async { process.log().contains("nobody handles audit").then_some(()) }).await;
    assert!(process.log().contains("ERROR"), "somebody is told: {}", process.log());
    integrate(&front, &ready).await;
    front.imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_nobody_works_on_is_halted() {
    let site = Site::new(World::generated(4, 200, 3)).await;
    let front = site.front().await;
    let mut process = site.serve_with(&front, &[("PLUGIN_CRASH_AT", "P2")]);
    let names = site.names(1);
    let ready = site.ready(&front, &names).await;
    integrate(&front, &ready).await;
    process.ended(PATIENCE).await;
    // As if a process had ended between halting the job and saying so.
    site.pool.execute("update job set state = 'failed' where kind = 'integrate'").await.unwrap();
    let process = site.serve(&front);
    until("the run is halted", || async { is_halted(&site, &ready).await.then_some(()) }).await;
    until("the alarm is given", || async { process.log().contains("nobody works on").then_some(()) }).await;
    alarm(&process, &ready, "the job");
    front.rest.post(&ready.path("/integration/retry"), json!({})).await.is(202);
    front.imported(&ready).await;
    site.has_one_of_everything_for(&names).await;
}

async fn integrate(front: &Front, ready: &Ready) {
    let body = json!({ "plan_hash": ready.hash() });
    let path = ready.path("/integration");
    // A process that is just starting does not answer yet, one that dies meanwhile never does.
    until("it is started", || async {
        let sent = front.rest.try_send(reqwest::Method::POST, &path, Some(body.clone()), Some(&ready.id)).await;
        match sent {
            Ok(answer) => Some(answer),
            Err(error) if error.is_connect() => None,
            Err(error) => panic!("{error}"),
        }
    })
    .await;
}

async fn is_halted(site: &Site, import: &Ready) -> bool {
    let found = sqlx::query_scalar("select waiting_code = 'parked' from integration where import_id = $1::uuid");
    let code: Option<bool> = found.bind(&import.id).fetch_one(&site.pool).await.unwrap();
    code == Some(true)
}

/// Whoever reads the log learns what has to be looked at.
fn alarm(process: &Process, import: &Ready, what: &str) {
    let log = process.log();
    let is_said = log.lines().any(|line| line.contains("ERROR") && line.contains(&import.id));
    assert!(is_said, "{what}: {log}");
}
