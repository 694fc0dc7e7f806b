use super::server::{Reply, Server, ok, status, with_header};
use super::*;
use crate::domain::ids::AccountId;
use crate::domain::ids::SubscriptionId;
use crate::domain::outcome::{NotSent, ReadError, WriteOutcome};
use crate::upstream::transport::ConfigError;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn set_units(lmp: &Lmp) -> WriteOutcome<()> {
    lmp.set_units(&AccountId::parse("a").unwrap(), &SubscriptionId::parse("s").unwrap(), 5, Stamp::now()).await.outcome
}

fn in_doubt(outcome: &WriteOutcome<()>) -> (&'static str, Option<u16>) {
    match outcome {
        WriteOutcome::InDoubt(doubt) => (doubt.reason, doubt.status),
        other => panic!("expected a doubt: {other:?}"),
    }
}

#[tokio::test]
async fn a_write_is_on_the_wire_once_even_when_connections_close() {
    let calls = AtomicUsize::new(0);
    let server = Server::start(move |_| match calls.fetch_add(1, Ordering::Relaxed) % 3 {
        0 => ok("{}"),
        1 => Reply::Close,
        _ => Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec()),
    })
    .await;
    let lmp = lmp(&server.url);
    let mut doubts = 0;
    for _ in 0..200 {
        doubts += usize::from(matches!(set_units(&lmp).await, WriteOutcome::InDoubt(_)));
    }
    assert_eq!(server.seen().len(), 200);
    assert!((66..=67).contains(&doubts), "{doubts}");
}

#[tokio::test]
async fn lost_answers_of_writes_are_in_doubt() {
    for (reply, expected) in [
        (Reply::Close, ("connection broken", None)),
        (Reply::Silence, ("no answer in time", None)),
        (Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{".to_vec()), ("connection broken", Some(200))),
        (Reply::Raw(b"nonsense\r\n\r\n".to_vec()), ("connection broken", None)),
        (status(503, ""), ("the server failed", Some(503))),
        (ok("x".repeat(9 * 1024 * 1024)), ("answer too large", Some(200))),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        assert_eq!(in_doubt(&set_units(&lmp(&server.url)).await), expected);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_was_sent_nothing() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let lmp = lmp(&format!("http://{closed}"));
    let account = AccountId::parse("a").unwrap();
    let sent = lmp.set_units(&account, &SubscriptionId::parse("s").unwrap(), 5, Stamp::now()).await;
    assert_eq!(sent.outcome, WriteOutcome::NotSent(NotSent::Unreachable));
    assert_eq!((sent.trace_id, sent.signed_at), (None, None));
    assert_eq!(lmp.service_plans().await, Err(ReadError::Unreachable));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Server::start(|_| ok("[]")).await;
    let location = format!("location: {}/elsewhere", target.url);
    let server = Server::start(move |_| with_header(307, &location, "")).await;
    let lmp = lmp(&server.url);
    assert_eq!(in_doubt(&set_units(&lmp).await), ("redirected", Some(307)));
    assert!(matches!(lmp.service_plans().await, Err(ReadError::Refused(refusal))
        if refusal.status == 307 && refusal.message.as_deref() == Some("the server redirects to 127.0.0.1")));
    assert_eq!((server.seen().len(), target.seen().len()), (2, 0));
}

#[tokio::test]
async fn reads_are_tried_four_times() {
    for (reply, error, tries) in [
        (status(502, ""), ReadError::ServerError(502), 4),
        (status(500, ""), ReadError::ServerError(500), 3),
        (status(501, ""), ReadError::ServerError(501), 1),
        (Reply::Close, ReadError::Lost("connection broken"), 4),
        (status(429, ""), ReadError::Throttled(None), 4),
        (with_header(503, "retry-after: 600", ""), ReadError::Throttled(Some(Duration::from_mins(10))), 1),
        (status(403, ""), ReadError::Forbidden, 1),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        assert_eq!(lmp(&server.url).service_plans().await, Err(error));
        assert_eq!(server.seen().len(), tries);
    }
}

#[tokio::test]
async fn retry_after_is_obeyed_in_both_forms() {
    let date = chrono::Utc::now() + chrono::TimeDelta::seconds(2);
    let date = date.format("retry-after: %a, %d %b %Y %H:%M:%S GMT").to_string();
    for header in [date, "retry-after: 1".to_owned()] {
        let calls = AtomicUsize::new(0);
        let server = Server::start(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
            0 => with_header(429, &header, ""),
            _ => ok("[]"),
        })
        .await;
        let began = std::time::Instant::now();
        assert_eq!(lmp(&server.url).service_plans().await, Ok(Vec::new()));
        assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_pause_that_one_call_is_told_is_kept_by_all() {
    let calls = AtomicUsize::new(0);
    let server = Server::start(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => with_header(429, "retry-after: 1", ""),
        _ => ok("[]"),
    })
    .await;
    let (lmp, began) = (lmp(&server.url), std::time::Instant::now());
    let other = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        lmp.service_plans().await
    };
    let (first, second) = tokio::join!(lmp.service_plans(), other);
    assert_eq!((first, second), (Ok(Vec::new()), Ok(Vec::new())));
    assert!(began.elapsed() >= Duration::from_millis(900));
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(server.seen().len(), 3, "nothing was sent in between");
}

#[tokio::test]
async fn private_addresses_are_refused_when_the_name_is_resolved() {
    let server = Server::start(|_| ok("[]")).await;
    let settings = TransportSettings { allow_private_addresses: false, ..settings() };
    let transport = Arc::new(Transport::new(settings, InFlight::default()).unwrap());
    let config =
        |url: String| LmpConfig { url, access_token: SecretString::from("t"), secret_key: SecretString::from("k") };
    let by_name = server.url.replace("127.0.0.1", "localhost");
    let lmp = Lmp::new(transport.clone(), partner(), config(by_name)).unwrap();
    assert_eq!(lmp.service_plans().await, Err(ReadError::Unreachable));
    assert_eq!(set_units(&lmp).await, WriteOutcome::NotSent(NotSent::Unreachable));
    let by_address = Lmp::new(transport, partner(), config(server.url.clone()));
    assert_eq!(by_address.err(), Some(ConfigError::PrivateAddress));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn clients_of_one_partner_share_the_limit() {
    let server = Server::start(|_| Reply::Silence).await;
    let transport = transport();
    let config = LmpConfig {
        url: server.url.clone(),
        access_token: SecretString::from("t"),
        secret_key: SecretString::from("k"),
    };
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let lmp = Lmp::new(transport.clone(), partner(), config.clone()).unwrap();
        tasks.spawn(async move { set_units(&lmp).await });
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(server.seen().len(), 4);
}
