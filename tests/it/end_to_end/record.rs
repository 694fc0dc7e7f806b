//! What happened to a customer can be read line by line: each write, look, decision and outcome, each once, with trace ids.

use super::flow::{Ready, statuses};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use std::time::Duration;
use worryfree_plugin::sandbox::{Api, Customer, Effect, Which, World};

/// The record of the customer at a place of the list.
async fn record(stage: &Stage, ready: &Ready, place: usize) -> Vec<Value> {
    let organization = ready.plan["items"][place]["organization_id"].as_str().unwrap();
    let record = stage.get(&ready.path(&format!("/integration/record/{organization}"))).await.ok();
    assert_eq!(record["organization_id"], organization);
    record["entries"].as_array().unwrap().clone()
}

fn count(record: &[Value], event: &str, operation: &str) -> usize {
    record.iter().filter(|entry| entry["event"] == event && entry["operation"] == operation).count()
}

/// The trace ids of the lines of an operation, each once.
fn traces(record: &[Value], operation: &str) -> Vec<String> {
    let of = record.iter().filter(|entry| entry["operation"] == operation);
    let mut traces: Vec<_> = of.filter_map(|entry| entry["trace_id"].as_str().map(str::to_owned)).collect();
    traces.dedup();
    traces
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_lost_answers_can_be_read_line_by_line() {
    let world = World::generated(8, 40, 3);
    let stage = Stage::new(Options { items_in_flight: 1, ..Options::new(world.clone()) }).await;
    let names: Vec<_> = world.organizations().into_iter().take(3).map(|organization| organization.name).collect();
    let ready = stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 12)).await;
    world.configure(|quirks| quirks.lmp.customer_lag = Duration::from_millis(1500));
    let post = |path: &str, nth| Which::new(Api::Lmp).method("POST").path(path).nth(nth);
    stage.sandbox().faults().on(post("/lmpi/v3/customers", 1), Effect::DropAfter);
    stage.sandbox().faults().on(post("/lmpi/v3/customers/*/subscriptions", 1), Effect::DropBefore);
    stage.integrate(&ready).await;
    let finished = stage.finished(&ready).await;
    assert_eq!(statuses(&finished), ["imported"; 3], "{finished:#}");
    let mut traced = Vec::new();
    let mut lost = (0, 0);
    for place in 0..3 {
        let record = record(&stage, &ready, place).await;
        let (account, subscription) = ("create_account", "create_subscription");
        assert_eq!((count(&record, "done", account) + count(&record, "adopted", account)), 1, "{record:#?}");
        assert_eq!((count(&record, "done", subscription) + count(&record, "adopted", subscription)), 1, "{record:#?}");
        assert_eq!(record.iter().filter(|entry| entry["event"] == "imported").count(), 1, "{record:#?}");
        for operation in [account, subscription] {
            let (intended, absent) = (count(&record, "intended", operation), count(&record, "absent", operation));
            assert_eq!(intended, absent + 1, "each try was intended, and each but the last proved absent: {record:#?}");
            let doubts = count(&record, "in_doubt", operation);
            assert!(doubts == 0 || count(&record, "looked", operation) + count(&record, "adopted", operation) > 0);
            lost.0 += doubts;
            lost.1 += count(&record, "looked", operation);
            let traces = traces(&record, operation);
            assert_eq!(traces.len(), intended, "each request has its trace id: {record:#?}");
            traced.extend(traces);
        }
        let first = &record[0];
        assert!(first["event"] == "intended" && !first["trace_id"].is_null(), "known before it is sent: {first:#}");
        let times: Vec<_> = record.iter().map(|entry| entry["at"].as_str().unwrap().to_owned()).collect();
        assert!(times.is_sorted(), "in order: {times:?}");
    }
    assert_eq!(lost.0, 2, "both lost answers are told");
    assert!(lost.1 >= 2, "and how they were looked for");
    let books = stage.books();
    let posts = books.requests_to(Api::Lmp, "POST", "");
    let mut sent: Vec<_> = posts.iter().filter_map(|request| request.trace_id.clone()).collect();
    sent.sort();
    traced.sort();
    assert_eq!(traced, sent, "what the vendor received is what is recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_told_once_and_then_what_came_of_it() {
    let world = World::generated(8, 40, 3);
    let stage = Stage::new(Options::new(world.clone())).await;
    let name = world.organizations()[1].name.clone();
    let ready = stage.ready(&stage.new_rows([name.as_str()], "WFS monthly", 10)).await;
    let account = world.add_customer(Customer { created: chrono::Utc::now(), ..Customer::named(&name) });
    stage.integrate(&ready).await;
    stage.finished(&ready).await;
    let decisions = json!([{ "organization_id": ready.plan["items"][0]["organization_id"], "account_id": account }]);
    stage.post(&ready.path("/integration/retry"), json!({ "decisions": decisions })).await.is(202);
    let imported = |found: &Value| found["status"] == "finished" && statuses(found) == ["imported"];
    stage.integration(&ready, "it is imported", imported).await;
    let record = record(&stage, &ready, 0).await;
    let told: Vec<_> = record.iter().map(|entry| entry["event"].as_str().unwrap()).collect();
    let decided = told.iter().filter(|event| **event == "decided").count();
    assert_eq!(decided, 1, "{told:?}");
    let place =
        |wanted: &str| told.iter().position(|event| *event == wanted).unwrap_or_else(|| panic!("{wanted}: {told:?}"));
    assert!(place("needs_person") < place("decided") && place("decided") < place("obeyed"), "{told:?}");
    assert!(place("obeyed") < place("imported"), "{told:?}");
    let by = record.iter().find(|entry| entry["event"] == "decided").unwrap();
    assert!(by["detail"].as_str().unwrap().contains(&account), "{by:#}");
    let nobody = stage.get(&ready.path("/integration/record/nobody")).await;
    nobody.problem(404, "not-found");
}
