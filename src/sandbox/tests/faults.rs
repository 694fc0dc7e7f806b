//! Faults, on the wire.

use super::*;
use std::time::Duration;

fn creates() -> Which {
    Which::new(Api::Lmp).method("POST").path("/LMPI/v3/customers")
}

async fn create(client: &Client) -> reqwest::Result<reqwest::Response> {
    client.signed("POST", "/LMPI/v3/customers", Some(&new_customer("Doubtful AB", "mark-1"))).send().await
}

fn created(client: &Client) -> usize {
    client.sandbox.books().created_customers().len()
}

#[tokio::test]
async fn dropped_after_commit_is_committed_and_dropped_before_is_not() {
    let client = Client::start().await;
    let rule = client.sandbox.faults().on(creates().nth(2), Effect::DropAfter);
    client.sandbox.faults().on(creates().nth(1), Effect::DropBefore);
    assert!(create(&client).await.is_err());
    assert_eq!(created(&client), 0);
    assert!(create(&client).await.is_err());
    assert_eq!((created(&client), client.sandbox.faults().fired(rule)), (1, 1));
    let books = client.sandbox.books();
    assert_eq!(books.requests_to(Api::Lmp, "POST", "customers").len(), 2);
    assert!(books.requests.iter().all(|request| request.status.is_none()));
    assert_eq!(books.effect(Change::CustomerCreated), 1);
}

#[tokio::test]
async fn answers_are_spoiled_only_after_the_commit() {
    let client = Client::start().await;
    let faults = client.sandbox.faults();
    for (nth, effect) in
        (1..).zip([Effect::StatusAfter(500), Effect::GarbledAfter, Effect::EmptyAfter, Effect::HtmlAfter])
    {
        faults.on(creates().nth(nth), effect);
    }
    assert_eq!(create(&client).await.unwrap().status(), 500);
    for _ in 0..3 {
        let response = create(&client).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.json::<Value>().await.is_err());
    }
    assert_eq!(created(&client), 4);
}

#[tokio::test]
async fn refusals_have_no_effect() {
    let client = Client::start().await;
    let faults = client.sandbox.faults();
    faults.on(creates().nth(1), Effect::StatusBefore(503));
    faults.on(creates().nth(2), Effect::TooManyRequests(RetryAfter::Seconds(7)));
    faults.on(creates().nth(3), Effect::TooManyRequests(RetryAfter::Date(Duration::from_secs(7))));
    faults.on(creates().nth(4), Effect::Forbidden);
    assert_eq!(create(&client).await.unwrap().status(), 503);
    assert_eq!(create(&client).await.unwrap().headers()["retry-after"], "7");
    let date = create(&client).await.unwrap().headers()["retry-after"].to_str().unwrap().to_owned();
    assert!(chrono::DateTime::parse_from_rfc2822(&date).is_ok(), "{date}");
    assert_eq!(create(&client).await.unwrap().status(), 403);
    assert_eq!(created(&client), 0);
    client.world().configure(|quirks| quirks.lmp.revoked = true);
    assert_eq!(create(&client).await.unwrap().status(), 401);
    client.world().configure(|quirks| quirks.lmp.revoked = false);
    assert_eq!(create(&client).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_late_request_takes_effect_although_nobody_waits() {
    let client = Client::start().await;
    client.sandbox.faults().on(creates(), Effect::Delay(Duration::from_millis(300)));
    let body = new_customer("Late AB", "mark-1");
    let request = client.signed("POST", "/LMPI/v3/customers", Some(&body)).timeout(Duration::from_millis(100));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(created(&client), 0);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(created(&client), 1);
}

#[tokio::test]
async fn requests_in_flight_are_counted() {
    let client = Client::start_with(|quirks| quirks.in_flight_limit.extend([(Api::Lmp, 2)])).await;
    client.sandbox.faults().set_ambient(Ambient::Latency(Duration::from_millis(100)));
    let plans = || client.call("GET", "/LMPI/v3/me/serviceplans", None);
    tokio::join!(plans(), plans(), plans());
    let books = client.sandbox.books();
    assert_eq!(books.most_in_flight[&Api::Lmp], 3);
    assert_eq!(books.violations, ["LMPI: 3 requests in flight"]);
}
