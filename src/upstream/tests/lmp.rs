use super::server::{Server, ok, status, with_header};
use super::*;
use crate::domain::ids::{AccountId, ServicePlanId, SubscriptionId};
use crate::domain::outcome::{NotSent, ReadError, WriteOutcome};
use crate::upstream::lmp::{FoundSubscription, NewCustomer};
use chrono::{TimeDelta, Utc};

const ACCOUNT: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

fn account() -> AccountId {
    AccountId::parse(ACCOUNT).unwrap()
}

fn plan() -> ServicePlanId {
    ServicePlanId::parse("11111111-2222-4333-8444-555555555555").unwrap()
}

fn subscription() -> SubscriptionId {
    SubscriptionId::parse("sub-1").unwrap()
}

fn customer() -> NewCustomer {
    NewCustomer {
        name: "Nordic Sample AB".to_owned(),
        address: None,
        city: "Gothenburg".to_owned(),
        state: "Vastra Gotaland".to_owned(),
        postal_code: Some("41101".to_owned()),
        country: "SE".to_owned(),
        first_name: "Ada".to_owned(),
        last_name: "Berg".to_owned(),
        email: "ada.berg@example.test".to_owned(),
    }
}

fn date(offset_seconds: i64) -> String {
    (Utc::now() + TimeDelta::seconds(offset_seconds)).format("date: %a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[tokio::test]
async fn a_create_sends_the_documented_request() {
    let server = Server::start(|_| ok(r#"{"customer_id":"AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"}"#)).await;
    let sent = lmp(&server.url).create_customer(&customer(), "mark", Stamp::now()).await;
    assert_eq!(sent.outcome, WriteOutcome::Done(account()));
    let seen = server.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/LMPI/v3/customers"));
    assert_eq!(seen.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(seen.header("x-access-token"), "11111111-2222-4333-8444-555555555555");
    assert_eq!(seen.header("x-traceid"), sent.trace_id.unwrap().to_string());
    assert_eq!(seen.header("x-posix-time"), sent.signed_at.unwrap().timestamp().to_string());
    assert_eq!(seen.header("x-signature").len(), 44);
    assert_eq!(
        seen.body,
        concat!(
            r#"{"company":{"name":"Nordic Sample AB","city":"Gothenburg","state":"Vastra Gotaland","#,
            r#""postal_code":"41101","country":"SE","note":"mark"},"#,
            r#""contact":{"first_name":"Ada","last_name":"Berg","email":"ada.berg@example.test"}}"#
        )
    );
}

#[tokio::test]
async fn creates_end_as_their_answers_say() {
    let refused = status(400, r#"{"error_subject":"InvalidParameterscompany.city","error_message":"City."}"#);
    for (reply, expected) in [
        (refused, "refused company.city"),
        (ok(""), "in doubt"),
        (ok("{}"), "in doubt"),
        (status(409, "{}"), "in doubt"),
        (status(401, "{}"), "credentials"),
        (status(403, "{}"), "forbidden"),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        let outcome = match lmp(&server.url).create_customer(&customer(), "", Stamp::now()).await.outcome {
            WriteOutcome::Refused(refusal) => format!("refused {}", refusal.field.unwrap()),
            WriteOutcome::InDoubt(_) => "in doubt".to_owned(),
            WriteOutcome::NotSent(NotSent::CredentialsRefused) => "credentials".to_owned(),
            WriteOutcome::NotSent(NotSent::Forbidden(_)) => "forbidden".to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome, expected);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn subscriptions_are_created_changed_and_read() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "POST" => ok(r#"{"subscription_id":"SUB-1","licenses":[{"ac_code":"secret"}]}"#),
        "PUT" => status(204, ""),
        _ => ok(r#"{"id":"SUB-1","name":null,"enabled":"true","licenses":[{"units":"25"}]}"#),
    })
    .await;
    let lmp = lmp(&server.url);
    let created = lmp.create_subscription(&account(), &plan(), 25, Stamp::now()).await;
    assert_eq!(created.outcome, WriteOutcome::Done(subscription()));
    assert_eq!(lmp.set_units(&account(), &subscription(), 30, Stamp::now()).await.outcome, WriteOutcome::Done(()));
    let read = lmp.subscription(&account(), &subscription()).await.unwrap().unwrap();
    assert_eq!((read.units, read.enabled, read.service_plan_id), (Some(25), true, plan()));
    let seen = server.seen();
    assert_eq!(seen[0].body, r#"{"service_plan_id":"11111111-2222-4333-8444-555555555555","units_per_license":25}"#);
    assert_eq!(seen[1].target, format!("/LMPI/v2/customers/{ACCOUNT}/subscriptions/sub-1"));
    assert_eq!(seen[1].body, r#"{"units_per_license":30}"#);
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn the_look_for_a_subscription_tells_none_one_and_several_apart() {
    let listed = r#"{"paging":{"total":"3"},"subscriptions":[
        {"subscription_id":"A","enabled":true,"service_plan_id":"11111111-2222-4333-8444-555555555555","customer_id":"AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"},
        {"subscription_id":"B","enabled":ENABLED,"service_plan_id":"11111111-2222-4333-8444-555555555555","customer_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"},
        {"subscription_id":"C","enabled":true,"service_plan_id":"other","customer_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"}]}"#;
    let id = |text| SubscriptionId::parse(text).unwrap();
    for (reply, enabled, expected) in [
        (ok(r#"{"subscription_id":"S"}"#), "true", FoundSubscription::One(id("s"))),
        (status(404, ""), "true", FoundSubscription::None),
        (ok("null"), "true", FoundSubscription::None),
        (status(400, "{}"), "false", FoundSubscription::One(id("a"))),
        (status(409, "{}"), "true", FoundSubscription::Several(vec![id("a"), id("b")])),
    ] {
        let list = listed.replace("ENABLED", enabled);
        let server =
            Server::start(move |seen| if seen.path().ends_with("getid") { reply.clone() } else { ok(&*list) }).await;
        assert_eq!(
            lmp(&server.url).find_subscription(&account(), &plan(), std::time::Instant::now()).await,
            Ok(expected)
        );
        assert_eq!(server.count(&format!("/v2/customers/{ACCOUNT}/serviceplan/{}/getid", plan())), 1);
    }
}

#[tokio::test]
async fn what_is_no_answer_about_subscriptions_is_never_none() {
    const ERROR: &str = r#"{"error_subject":"SystemError","error_message":"try again"}"#;
    let server = Server::start(|_| ok(ERROR)).await;
    let found = lmp(&server.url).find_subscription(&account(), &plan(), std::time::Instant::now()).await;
    assert!(matches!(found, Err(ReadError::Unreadable(_))), "{found:?}");
    let listed = r#"{"paging":{"total":1},"subscriptions":[{"subscription_id":"A","enabled":true,"service_plan_id":"11111111-2222-4333-8444-555555555555","customer_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"}]}"#;
    let other =
        Server::start(move |seen| ok(if seen.path().ends_with("getid") { r#"{"state":"pending"}"# } else { listed }))
            .await;
    let found = lmp(&other.url).find_subscription(&account(), &plan(), std::time::Instant::now()).await;
    assert_eq!(found, Ok(FoundSubscription::One(SubscriptionId::parse("a").unwrap())));
    for body in [ERROR, "{}", "[]", r#"{"status":"x"}"#] {
        let server = Server::start(move |_| ok(body)).await;
        let read = lmp(&server.url).subscription(&account(), &subscription()).await;
        assert!(matches!(read, Err(ReadError::Unreadable(_))), "{body}: {read:?}");
    }
}

#[tokio::test]
async fn one_reading_of_the_list_serves_those_who_ask_together() {
    let server = Server::start(|seen| {
        let is_getid = seen.path().ends_with("getid");
        if is_getid { status(400, "{}") } else { ok(r#"{"paging":{"total":0},"subscriptions":[]}"#) }
    })
    .await;
    let (lmp, began) = (lmp(&server.url), std::time::Instant::now());
    for _ in 0..5 {
        assert_eq!(lmp.find_subscription(&account(), &plan(), began).await, Ok(FoundSubscription::None));
    }
    assert_eq!(server.count("/v2.5/customers/subscriptions"), 1);
    lmp.find_subscription(&account(), &plan(), std::time::Instant::now()).await.unwrap();
    assert_eq!(server.count("/v2.5/customers/subscriptions"), 2, "a look never sees an old list");
}

#[tokio::test]
async fn updates_are_done_only_if_their_answers_say_nothing_else() {
    for (reply, done) in [
        (ok(""), true),
        (ok("{}"), true),
        (ok(r#"{"subscription_id":"S","licenses":[{"units":"25"}]}"#), true),
        (ok(r#"{"subscription_id":"S","licenses":[{"units":10}]}"#), false),
        (ok("<html>maintenance"), false),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        let outcome = lmp(&server.url).set_units(&account(), &subscription(), 25, Stamp::now()).await.outcome;
        assert_eq!(outcome == WriteOutcome::Done(()), done, "{outcome:?}");
        assert!(done || matches!(outcome, WriteOutcome::InDoubt(_)));
    }
    let server = Server::start(|_| ok("<html>maintenance")).await;
    let outcome = lmp(&server.url).suspend(&account(), &subscription(), Stamp::now()).await.outcome;
    assert!(matches!(outcome, WriteOutcome::InDoubt(_)));
}

#[tokio::test]
async fn writes_without_a_body_say_so() {
    let server = Server::start(|_| ok("")).await;
    lmp(&server.url).suspend(&account(), &subscription(), Stamp::now()).await;
    remote_manager(&server.url).initialize(&crate::upstream::remote_manager::CustomerBatch::one(account())).await;
    let lengths: Vec<_> = server.seen().iter().map(|seen| seen.header("content-length").to_owned()).collect();
    assert_eq!(lengths, ["0", "0"]);
    let _ = lmp(&server.url).service_plans().await;
    assert_eq!(server.seen()[2].header("content-length"), "", "a read has none");
}

#[tokio::test]
async fn whoever_may_not_read_pools_does_not_know_what_is_available() {
    for code in [400, 401, 403, 404] {
        let server = Server::start(move |_| status(code, "{}")).await;
        assert_eq!(lmp(&server.url).license_pools().await, Ok(None), "{code}");
    }
}

#[tokio::test]
async fn every_try_of_a_read_is_signed_anew() {
    let server = Server::start(|_| status(503, "")).await;
    assert!(lmp(&server.url).service_plans().await.is_err());
    let traces: std::collections::HashSet<_> = server.seen().iter().map(|s| s.header("x-traceid").to_owned()).collect();
    assert_eq!(traces.len(), 4);
}

#[tokio::test]
async fn signing_times_follow_the_vendors_clock() {
    let server = Server::start(|_| with_header(200, &date(300), "[]")).await;
    let lmp = lmp(&server.url);
    lmp.service_plans().await.unwrap();
    let sent = lmp.set_units(&account(), &subscription(), 5, Stamp::now()).await;
    let ahead = (sent.signed_at.unwrap() - Utc::now()).num_seconds();
    assert!((297..=301).contains(&ahead), "{ahead}");
}

#[tokio::test]
async fn nothing_is_signed_while_the_clocks_disagree_and_a_read_mends_it() {
    let mended = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_mended = mended.clone();
    let server = Server::start(move |_| {
        let off = !is_mended.load(std::sync::atomic::Ordering::Relaxed);
        if off { with_header(401, &date(3_600), "{}") } else { with_header(200, &date(0), "[]") }
    })
    .await;
    let lmp = lmp(&server.url);
    assert!(matches!(lmp.service_plans().await, Err(ReadError::ClockSkew { seconds: -3_601..=-3_598 })));
    let before = server.count("subscriptions/sub-1");
    let refused = lmp.set_units(&account(), &subscription(), 5, Stamp::now()).await;
    assert!(matches!(refused.outcome, WriteOutcome::NotSent(NotSent::ClockSkew { .. })));
    assert_eq!(server.count("subscriptions/sub-1"), before);
    mended.store(true, std::sync::atomic::Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(3_100)).await;
    assert_eq!(lmp.set_units(&account(), &subscription(), 5, Stamp::now()).await.outcome, WriteOutcome::Done(()));
}

#[tokio::test]
async fn a_write_is_signed_with_the_time_of_its_intent() {
    let server = Server::start(|_| status(503, "")).await;
    let intended = Utc::now().timestamp();
    let stamp = Stamp::now();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let lmp = lmp(&server.url);
    lmp.create_customer(&customer(), "", stamp).await;
    lmp.create_subscription(&account(), &plan(), 5, stamp).await;
    lmp.set_units(&account(), &subscription(), 5, stamp).await;
    lmp.suspend(&account(), &subscription(), stamp).await;
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    for request in seen {
        let signed: i64 = request.header("x-posix-time").parse().unwrap();
        assert!((intended..=intended + 1).contains(&signed), "{signed} is later than {intended}");
    }
}
