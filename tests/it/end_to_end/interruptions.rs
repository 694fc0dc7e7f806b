//! Runs that are interrupted: by the end of a process, by refused credentials, by somebody who presses Stop.

use super::flow::{Ready, reasons, statuses};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use std::time::Duration;
use worryfree_plugin::sandbox::{Api, Books, Effect, Version, Which, World};

const CUSTOMERS: &str = "/lmpi/v3/customers";
const SUBSCRIPTIONS: &str = "/lmpi/v3/customers/*/subscriptions";

/// A stage and an import of so many customers that is ready.
struct Run {
    stage: Stage,
    before: Books,
    ready: Ready,
}

impl Run {
    async fn of(customers: usize, items_in_flight: usize) -> Self {
        let world = World::generated(2 * customers, 100, 6);
        let stage = Stage::new(Options { items_in_flight, ..Options::new(world.clone()) }).await;
        let organizations = world.organizations().into_iter().take(customers);
        let names: Vec<_> = organizations.map(|organization| organization.name).collect();
        let rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10);
        let ready = stage.ready(&rows).await;
        let before = stage.books();
        Self { stage, before, ready }
    }

    /// Something that happens to the nth creation at this path.
    fn nth(&self, path: &str, nth: u64, effect: Effect) {
        let which = Which::new(Api::Lmp).method("POST").path(path).nth(nth);
        self.stage.sandbox().faults().on(which, effect);
    }

    async fn until(&self, what: &str, looks: impl Fn(&Value) -> bool) -> Value {
        self.stage.integration(&self.ready, what, looks).await
    }

    /// Waits for the end: all are imported, each once.
    async fn ends_well(&self) -> Value {
        let integration = self.stage.finished(&self.ready).await;
        assert_eq!(integration["counts"]["imported"], integration["counts"]["total"], "{integration:#}");
        self.stage.books_equal_plan(&self.before, &self.ready, &integration).await;
        integration
    }

    async fn ask(&self, what: &str) -> Value {
        self.stage.ask(&self.ready.path(&format!("/integration/{what}"))).await.is(202)
    }
}

fn count(integration: &Value, status: &str) -> usize {
    statuses(integration).into_iter().filter(|found| *found == status).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_end_hands_over_to_the_next() {
    let mut run = Run::of(8, 2).await;
    run.nth(CUSTOMERS, 3, Effect::DelayAnswer(Duration::from_millis(700)));
    run.stage.integrate(&run.ready).await;
    run.until("two are imported", |integration| count(integration, "imported") >= 2).await;
    run.stage.stop_worker().await;
    let between = run.stage.get(&run.ready.path("/integration")).await.ok();
    assert!(count(&between, "queued") > 0, "the run is interrupted: {between:#}");
    assert_eq!(count(&between, "checking"), 0, "what was under way has got its answer");
    let posts = |books: &Books| books.requests_to(Api::Lmp, "POST", "").len();
    let sent = posts(&run.stage.books());
    run.stage.start_worker();
    run.ends_well().await;
    assert!(posts(&run.stage.books()) > sent, "the next one has done the rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_gone_is_replaced_and_nothing_is_done_twice() {
    for (path, effect) in [
        (CUSTOMERS, Effect::DelayAnswer(Duration::from_secs(3))),
        (CUSTOMERS, Effect::Delay(Duration::from_secs(3))),
        (SUBSCRIPTIONS, Effect::DelayAnswer(Duration::from_secs(3))),
    ] {
        let mut run = Run::of(5, 1).await;
        run.nth(path, 2, effect.clone());
        run.stage.integrate(&run.ready).await;
        // The second request at this path has arrived and is not answered.
        let pattern = if path == CUSTOMERS { "customers" } else { "subscriptions" };
        run.stage
            .until("the request is under way", || async {
                let books = run.stage.books();
                let posts = books.requests_to(Api::Lmp, "POST", "");
                let of_path = posts.iter().filter(|request| request.path.to_lowercase().ends_with(pattern));
                (of_path.filter(|request| request.status.is_none()).count() == 1).then_some(())
            })
            .await;
        run.stage.kill_worker().await;
        run.stage.start_worker();
        let integration = run.ends_well().await;
        assert_eq!(integration["counts"]["total"], 5, "{effect:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_one_run_without_doing_anything_twice() {
    let run = Run::of(8, 2).await;
    let settings = worryfree_plugin::jobs::WorkerSettings::default();
    let second = run.stage.plugin.worker(settings);
    run.stage.integrate(&run.ready).await;
    run.ends_well().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_stop_the_whole_run_until_they_are_replaced() {
    let run = Run::of(6, 1).await;
    run.nth(SUBSCRIPTIONS, 2, Effect::Unauthorized);
    run.stage.integrate(&run.ready).await;
    let waiting = run.until("the run waits", |integration| integration["status"] == "waiting").await;
    // From now on they are really refused, so that looking again does not help.
    run.stage.world().configure(|quirks| quirks.lmp.revoked = true);
    assert_eq!(waiting["waiting_for"]["code"], "credentials_refused");
    let message = waiting["waiting_for"]["message"].as_str().unwrap();
    assert!(message.contains("Licensing Management Platform") && message.contains("goes on by itself"), "{message}");
    assert_eq!((count(&waiting, "imported"), count(&waiting, "needs_credentials")), (1, 1), "{waiting:#}");
    let next_try = waiting["next_try_at"].clone();
    run.until("it has looked again", |integration| {
        integration["status"] == "waiting" && integration["next_try_at"] != next_try
    })
    .await;
    let writes = |books: &Books| books.effects.values().sum::<u64>();
    let between = run.stage.books();
    assert_eq!(writes(&between) - writes(&run.before), 3, "two accounts and one subscription, nothing since");
    another_import_is_refused(&run).await;
    run.stage.world().configure(|quirks| quirks.lmp.revoked = false);
    run.stage.change_lmp_keys();
    run.stage.plugin.replace_credentials().await;
    run.ask("retry").await;
    run.ends_well().await;
}

/// While the credentials are refused nothing else is started either.
async fn another_import_is_refused(run: &Run) {
    let organizations = run.stage.world().organizations();
    let rows = run.stage.new_rows([organizations[11].name.as_str()], "WFS monthly", 10);
    let ready = run.stage.ready(&rows).await;
    let body = json!({ "plan_hash": ready.hash() });
    let problem = run.stage.post(&ready.path("/integration"), body).await.problem(409, "credentials-refused");
    assert_eq!(problem["upstream"], "lmp");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_work_again_are_noticed_without_anybody() {
    let run = Run::of(3, 1).await;
    run.nth(CUSTOMERS, 2, Effect::Unauthorized);
    run.stage.integrate(&run.ready).await;
    run.until("the run waits", |integration| integration["status"] == "waiting").await;
    let integration = run.ends_well().await;
    assert!(integration["waiting_for"].is_null() && integration["next_try_at"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_run_finishes_what_is_under_way_and_goes_on_later() {
    let run = Run::of(5, 1).await;
    run.nth(CUSTOMERS, 2, Effect::Delay(Duration::from_secs(3)));
    run.stage.integrate(&run.ready).await;
    run.until("the second is being created", |integration| {
        statuses(integration)[..2] == ["imported", "creating_account"]
    })
    .await;
    let stopping = run.ask("stop").await;
    assert_eq!(stopping["status"], "stopping");
    let stopped = run.until("it has stopped", |integration| integration["status"] == "stopped").await;
    let rest = "not_started";
    assert_eq!(statuses(&stopped), ["imported", "imported", rest, rest, rest]);
    assert_eq!(reasons(&stopped)[2..], [Some("stopped"); 3]);
    assert_eq!(run.stage.get(&run.ready.path("")).await.ok()["status"], "stopped");
    let made = run.stage.books();
    let new = |books: &Books| (books.created_customers().len(), books.created_subscriptions().len());
    assert_eq!(new(&made), (2, 2), "nothing is created for the rest");
    assert_eq!(run.ask("stop").await["status"], "stopped", "stopping again changes nothing");
    // The rest is free again for others; here it is taken up by the same import.
    let waiting = run.stage.get("/api/v1/organizations?linked=false&limit=200").await.ok();
    assert!(waiting["data"].as_array().unwrap().iter().all(|organization| organization["import_id"].is_null()));
    assert_eq!(run.ask("retry").await["status"], "queued");
    run.ends_well().await;
    assert_eq!(run.stage.get(&run.ready.path("")).await.ok()["status"], "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_takes_up_what_was_refused_and_nothing_else() {
    let run = Run::of(4, 4).await;
    run.nth(CUSTOMERS, 2, Effect::StatusBefore(400));
    run.nth(SUBSCRIPTIONS, 2, Effect::StatusBefore(400));
    run.stage.integrate(&run.ready).await;
    let finished = run.stage.finished(&run.ready).await;
    assert_eq!((count(&finished, "imported"), count(&finished, "refused")), (2, 2), "{finished:#}");
    for item in finished["items"].as_array().unwrap().iter().filter(|item| item["status"] == "refused") {
        let message = item["reason"]["message"].as_str().unwrap();
        let kept = if item["account_id"].is_null() { "Nothing was created" } else { "has been created and is kept" };
        assert!(message.contains(kept) && message.contains("Retry"), "{message}");
    }
    let import = run.stage.get(&run.ready.path("")).await.ok();
    assert_eq!(import["status"], "completed_with_problems");
    let refused = finished["items"].as_array().unwrap().iter().find(|item| item["status"] == "refused").unwrap();
    let only = json!({ "organization_ids": [refused["organization_id"]] });
    run.stage.post(&run.ready.path("/integration/retry"), only).await.is(202);
    let what = "one more is imported";
    let again =
        run.until(what, |integration| integration["status"] == "finished" && count(integration, "imported") == 3).await;
    assert_eq!(count(&again, "refused"), 1, "the other one was not asked for");
    run.ask("retry").await;
    run.ends_well().await;
    let unchanged = run.ask("retry").await;
    assert_eq!(unchanged["status"], "finished", "there is nothing left to take up");
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_without_licenses_are_taken_up_when_there_are_some() {
    let world = World::generated(12, 12, 7);
    let stage = Stage::new(Options::new(world.clone())).await;
    let pool = stage.books().products[0].clone();
    world.set_available(&pool.id, Version::Full, 20);
    stage.refresh().await;
    let names: Vec<_> = world.organizations().into_iter().take(4).map(|organization| organization.name).collect();
    let rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10);
    let (ready, finished) = stage.import(&rows).await;
    assert_eq!(statuses(&finished)[1..], ["imported", "no_licenses", "no_licenses"]);
    let retry = ready.path("/integration/retry");
    stage.ask(&retry).await.is(202);
    let still = stage.finished(&ready).await;
    assert_eq!(statuses(&still)[1..], ["imported", "no_licenses", "no_licenses"], "there are none yet");
    assert_eq!(stage.books().created_customers().len(), 2, "nothing is created in vain");
    world.set_available(&pool.id, Version::Full, 10);
    stage.ask(&retry).await.is(202);
    let third = stage
        .integration(&ready, "the third is imported", |integration| {
            integration["status"] == "finished" && statuses(integration)[2] == "imported"
        })
        .await;
    assert_eq!(statuses(&third)[3], "no_licenses");
    let books = stage.books();
    assert_eq!((books.created_customers().len(), books.created_subscriptions().len()), (3, 3));
    assert_eq!(books.products[0].available, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_shrinks_under_way_ends_its_share_of_the_list() {
    let world = World::generated(12, 12, 7);
    let stage = Stage::new(Options::new(world.clone())).await;
    let pool = stage.books().products[0].clone();
    world.set_available(&pool.id, Version::Full, 50);
    stage.refresh().await;
    let names: Vec<_> = world.organizations().into_iter().take(5).map(|organization| organization.name).collect();
    let rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10);
    let ready = stage.ready(&rows).await;
    assert_eq!(ready.plan["totals"]["not_imported"], 0);
    // Somebody else takes them after the plan was looked at and before the run has read the pool.
    world.set_available(&pool.id, Version::Full, 25);
    stage.integrate(&ready).await;
    let finished = stage.finished(&ready).await;
    let none = "no_licenses";
    assert_eq!(statuses(&finished), ["imported", "imported", none, none, none], "{finished:#}");
    let books = stage.books();
    assert_eq!((books.created_customers().len(), books.created_subscriptions().len()), (2, 2));
    let pools = stage.get("/api/v1/license-pools").await.ok();
    let shown = pools["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|shown| shown["product"] == pool.name.as_str() && shown["version"] == "full");
    assert_eq!(shown.unwrap()["available"], 5, "the mirror knows what is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_can_be_taken_up_while_others_are_under_way() {
    let run = Run::of(4, 4).await;
    run.nth(CUSTOMERS, 1, Effect::StatusBefore(400));
    run.nth(CUSTOMERS, 3, Effect::Delay(Duration::from_secs(3)));
    run.stage.integrate(&run.ready).await;
    let under_way = run
        .until("one is refused and one under way", |integration| {
            count(integration, "refused") == 1 && count(integration, "creating_account") == 1
        })
        .await;
    assert_eq!(under_way["status"], "running");
    let again = run.ask("retry").await;
    assert_eq!((&again["status"], count(&again, "refused")), (&json!("running"), 0));
    run.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_nobody_works_on_can_be_stopped_before_it_begins() {
    let mut run = Run::of(3, 1).await;
    run.stage.stop_worker().await;
    run.stage.integrate(&run.ready).await;
    assert_eq!(run.ask("stop").await["status"], "stopping");
    run.stage.start_worker();
    let stopped = run.until("it has stopped", |integration| integration["status"] == "stopped").await;
    assert_eq!(statuses(&stopped), ["not_started"; 3]);
    assert_eq!(run.stage.books().created_customers().len(), 0);
    run.ask("retry").await;
    run.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_can_be_stopped() {
    let run = Run::of(4, 1).await;
    run.nth(CUSTOMERS, 2, Effect::Unauthorized);
    run.stage.integrate(&run.ready).await;
    run.until("the run waits", |integration| integration["status"] == "waiting").await;
    run.stage.world().configure(|quirks| quirks.lmp.revoked = true);
    run.ask("stop").await;
    let stopped = run.until("it has stopped", |integration| integration["status"] == "stopped").await;
    assert_eq!(count(&stopped, "imported"), 1);
    assert_eq!(count(&stopped, "not_started"), 3, "nothing was sent for any of them: {stopped:#}");
    run.stage.world().configure(|quirks| quirks.lmp.revoked = false);
    run.ask("retry").await;
    run.ends_well().await;
}

/// Credentials of another partner at LMP, put in while an answer is lost: its books say nothing about what was created.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_another_partner_are_waited_out() {
    let run = Run::of(4, 1).await;
    run.nth(CUSTOMERS, 2, Effect::DropAfter);
    run.nth(SUBSCRIPTIONS, 2, Effect::Unauthorized);
    run.stage.integrate(&run.ready).await;
    run.until("one is imported", |integration| count(integration, "imported") >= 1).await;
    run.stage.world().configure(|quirks| quirks.lmp.revoked = true);
    run.until("the run waits", |integration| integration["status"] == "waiting").await;
    let pool = run.stage.plugin.database.pool();
    let whose = |id: &'static str| sqlx::query("update integration set lmp_partner = $1").bind(id).execute(pool);
    let ours: String = sqlx::query_scalar("select lmp_partner from integration").fetch_one(pool).await.unwrap();
    assert_eq!(ours, "99999999-8888-4777-8666-555555555555");
    // As if these were somebody else's.
    whose("another").await.unwrap();
    run.stage.world().configure(|quirks| quirks.lmp.revoked = false);
    let is_other = |found: &Value| found["waiting_for"]["code"] == "other_partner";
    run.until("it says whose they are", is_other).await;
    let posts = || run.stage.books().requests_to(Api::Lmp, "POST", "").len();
    let sent = posts();
    run.ask("retry").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let waiting = run.stage.get(&run.ready.path("/integration")).await.ok();
    assert_eq!((posts(), is_other(&waiting)), (sent, true), "a probe that succeeds does not end this: {waiting:#}");
    whose("99999999-8888-4777-8666-555555555555").await.unwrap();
    run.ends_well().await;
}

/// A role that may read but not create: nothing is sent for ever, and the pauses grow.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_refused_while_the_credentials_are_accepted_ends_with_words() {
    let run = Run::of(1, 1).await;
    let create = Which::new(Api::Lmp).method("POST").path(CUSTOMERS).every(1);
    run.stage.sandbox().faults().on(create, Effect::Forbidden);
    run.stage.integrate(&run.ready).await;
    let ended = run.stage.finished(&run.ready).await;
    assert_eq!((statuses(&ended), reasons(&ended)), (vec!["refused"], vec![Some("forbidden")]), "{ended:#}");
    assert_eq!(run.stage.books().requests_to(Api::Lmp, "POST", "").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_presses_stop_and_retry_is_recorded() {
    let run = Run::of(4, 1).await;
    run.nth(CUSTOMERS, 1, Effect::DelayAnswer(Duration::from_secs(2)));
    run.stage.integrate(&run.ready).await;
    run.ask("stop").await;
    run.ask("stop").await;
    run.until("it has stopped", |found| found["status"] == "stopped").await;
    run.ask("retry").await;
    run.ends_well().await;
    let pool = run.stage.plugin.database.pool();
    let audited =
        "select event, actor from audit_entry where event in ('stop_requested', 'retry_requested') order by seq";
    let audited: Vec<(String, String)> = sqlx::query_as(audited).fetch_all(pool).await.unwrap();
    let events: Vec<_> = audited.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(events, ["stop_requested", "retry_requested"]);
    let told = "select detail from operation_log where event in ('stop_requested', 'retry_requested')";
    let told: Vec<String> = sqlx::query_scalar(told).fetch_all(pool).await.unwrap();
    assert!(told.iter().all(|detail| detail.starts_with(&audited[0].1)) && told.len() >= 3, "{told:?}");
}
