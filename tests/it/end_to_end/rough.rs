//! Rough conditions: flaky vendors, a database that goes away, two workers that both believe in their claim.

use super::flow::{Ready, existing, statuses};
use super::stage::{Options, Stage};
use std::time::Duration;
use worryfree_plugin::jobs::WorkerSettings;
use worryfree_plugin::sandbox::{Ambient, Api, Books, Effect, Which, World};

/// A stage and an import of so many customers; every second one of them has an account that is linked.
async fn import(customers: usize, options: Options) -> (Stage, Ready, Books) {
    let world = options.world.clone();
    let stage = Stage::new(options).await;
    let names: Vec<_> =
        world.organizations().into_iter().take(customers).map(|organization| organization.name).collect();
    let mut rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 12);
    for (row, name) in rows.iter_mut().zip(&names) {
        if let Some(customer) = world.customer_named(name) {
            row.account = existing(&customer.id);
        }
    }
    let ready = stage.ready(&rows).await;
    let before = stage.books();
    (stage, ready, before)
}

async fn ends_well(stage: &Stage, ready: &Ready, before: &Books) {
    let finished = stage.finished(ready).await;
    assert!(statuses(&finished).iter().all(|status| *status == "imported"), "{finished:#}");
    stage.books_equal_plan(before, ready, &finished).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flaky_vendors_do_not_make_anything_twice() {
    for seed in [1, 2] {
        let product_wait = Duration::from_mins(2);
        let options = Options { remote_manager: true, product_wait, ..Options::new(World::generated(24, 400, 12)) };
        let (stage, ready, before) = import(16, options).await;
        stage.sandbox().faults().set_ambient(Ambient::Flaky { rate: 0.15, seed });
        stage.integrate(&ready).await;
        ends_well(&stage, &ready, &before).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_up_again_and_again_loses_nothing() {
    let (stage, ready, before) =
        import(10, Options { items_in_flight: 2, ..Options::new(World::generated(16, 200, 13)) }).await;
    stage.sandbox().faults().set_ambient(Ambient::Latency(Duration::from_millis(60)));
    stage.integrate(&ready).await;
    let hang_up = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let mut cut = 0;
    for expected in 1..=4 {
        let what = "one more is imported";
        stage
            .until(what, || async {
                let books = stage.sandbox().books();
                (books.created_subscriptions().len() >= expected).then_some(())
            })
            .await;
        // The pool may hand out a connection that was cut a moment ago.
        cut += stage
            .until("the database hangs up", || async {
                sqlx::query_scalar::<_, i64>(hang_up).fetch_one(stage.plugin.database.pool()).await.ok()
            })
            .await;
    }
    assert!(cut >= 4, "connections were cut");
    stage
        .until("it finishes", || async {
            let import = worryfree_plugin::domain::ids::ImportId(ready.id.parse().unwrap());
            let view =
                worryfree_plugin::service::integrations::view(&stage.plugin.app, stage.plugin.partner_id(), import)
                    .await;
            view.is_ok_and(|view| view.status.is_final()).then_some(())
        })
        .await;
    ends_well(&stage, &ready, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_claim_without_noticing_can_write_nothing() {
    for effect in [Effect::DelayAnswer(Duration::from_secs(3)), Effect::Delay(Duration::from_secs(3))] {
        // The settle time is longer than the request takes to arrive, as it is in real life.
        let options = Options {
            items_in_flight: 1,
            settle: Duration::from_secs(6),
            ..Options::new(World::generated(8, 100, 14))
        };
        let (stage, ready, before) = import(4, options).await;
        let slow = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers").nth(1);
        stage.sandbox().faults().on(slow, effect.clone());
        stage.integrate(&ready).await;
        stage
            .until("the request is under way", || async {
                let books = stage.sandbox().books();
                let open = books
                    .requests_to(Api::Lmp, "POST", "customers")
                    .iter()
                    .filter(|request| request.status.is_none())
                    .count();
                (open == 1).then_some(())
            })
            .await;
        // As if the machine had been paused for longer than its claim lasts: somebody else takes the job over.
        let second = stage.plugin.worker(WorkerSettings { lease: Duration::from_mins(1), ..stage.worker_settings() });
        let take = "update job set lease_until = now() - interval '1 second', lease_owner = $1 where kind = 'integrate' and state = 'running'";
        let taken = sqlx::query(take).bind(uuid::Uuid::now_v7()).execute(stage.plugin.database.pool()).await.unwrap();
        assert_eq!(taken.rows_affected(), 1);
        ends_well(&stage, &ready, &before).await;
        let epoch = sqlx::query_scalar::<_, i64>("select epoch from integration")
            .fetch_one(stage.plugin.database.pool())
            .await
            .unwrap();
        assert!(epoch >= 2, "it was taken over");
        second.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_customers_of_one_name_are_two_accounts() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let twins: Vec<_> =
        stage.world().organizations().into_iter().filter(|organization| organization.name == "Smith & Sons").collect();
    let mut rows = stage.new_rows(["Smith & Sons", "Smith & Sons"], "WFS monthly", 10);
    assert_eq!(twins.len(), 2);
    for (row, twin) in rows.iter_mut().zip(&twins) {
        row.organization.clone_from(&twin.id);
    }
    let lost = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers").nth(1);
    let ready = stage.ready(&rows).await;
    let before = stage.books();
    stage.sandbox().faults().on(lost, Effect::DropAfter);
    stage.integrate(&ready).await;
    ends_well(&stage, &ready, &before).await;
}
