//! Writes against a server that closes connections in every way there is: one call is one request on the wire, or none.

use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use worryfree_plugin::domain::ids::{AccountId, PartnerId, ServicePlanId, SubscriptionId};
use worryfree_plugin::domain::outcome::WriteOutcome;
use worryfree_plugin::upstream::Stamp;
use worryfree_plugin::upstream::lmp::{Lmp, LmpConfig, NewCustomer};
use worryfree_plugin::upstream::transport::{InFlight, Transport, TransportSettings};

const CALLS: usize = 6_000;

/// What was seen of the requests.
#[derive(Default)]
struct Wire {
    connections: AtomicUsize,
    /// Requests on a connection beyond its first.
    further: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread")]
async fn six_thousand_writes_are_never_more_requests_than_calls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let wire = Arc::new(Wire::default());
    let server = tokio::spawn(accept(listener, Arc::clone(&wire)));
    let settings = TransportSettings {
        call_timeout: Duration::from_secs(5),
        allow_http: true,
        allow_private_addresses: true,
        ..TransportSettings::default()
    };
    let transport = Arc::new(Transport::new(settings, InFlight { lmp: 16, ..InFlight::default() }).unwrap());
    let secret = |text: &str| SecretString::from(text.to_owned());
    let config = LmpConfig { url, access_token: secret("token"), secret_key: secret("key") };
    let lmp = Arc::new(Lmp::new(transport, PartnerId(uuid::Uuid::from_u128(1)), config).unwrap());
    let callers = (0..16).map(|caller| {
        let lmp = Arc::clone(&lmp);
        tokio::spawn(async move {
            let mut outcomes = BTreeMap::<&str, usize>::new();
            for number in (caller..CALLS).step_by(16) {
                *outcomes.entry(call(&lmp, number).await).or_default() += 1;
            }
            outcomes
        })
    });
    let mut outcomes = BTreeMap::<&str, usize>::new();
    for caller in futures_util::future::join_all(callers).await {
        for (outcome, count) in caller.unwrap() {
            *outcomes.entry(outcome).or_default() += count;
        }
    }
    server.abort();
    let (connections, further) = (wire.connections.load(Ordering::SeqCst), wire.further.load(Ordering::SeqCst));
    println!("{CALLS} calls: {connections} connections, {further} further requests on them, {outcomes:?}");
    assert_eq!(outcomes.values().sum::<usize>(), CALLS);
    assert_eq!((connections, further), (CALLS, 0), "each call has a connection of its own and uses it once");
    assert!(outcomes["in doubt"] > CALLS / 2, "lost answers are in doubt: {outcomes:?}");
}

/// Creates in turn a customer and a subscription, and sets units.
async fn call(lmp: &Lmp, number: usize) -> &'static str {
    let (account, plan) = (AccountId::parse("a").unwrap(), ServicePlanId::parse("p").unwrap());
    match number % 3 {
        0 => name(&lmp.create_customer(&customer(), "note", Stamp::now()).await.outcome),
        1 => name(&lmp.create_subscription(&account, &plan, 5, Stamp::now()).await.outcome),
        _ => name(&lmp.set_units(&account, &SubscriptionId::parse("s").unwrap(), 5, Stamp::now()).await.outcome),
    }
}

fn name<T>(outcome: &WriteOutcome<T>) -> &'static str {
    match outcome {
        WriteOutcome::Done(_) => "done",
        WriteOutcome::InDoubt(_) => "in doubt",
        WriteOutcome::Refused(_) => "refused",
        WriteOutcome::NotSent(_) => "not sent",
    }
}

fn customer() -> NewCustomer {
    let text = |text: &str| text.to_owned();
    NewCustomer {
        name: text("Sample"),
        address: None,
        city: text("Poole"),
        state: text("Dorset"),
        postal_code: None,
        country: text("GB"),
        first_name: text("Ana"),
        last_name: text("Reyes"),
        email: text("ana@customer.example"),
    }
}

async fn accept(listener: TcpListener, wire: Arc<Wire>) {
    while let Ok((stream, _)) = listener.accept().await {
        let number = wire.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(answer(stream, number, Arc::clone(&wire)));
    }
}

/// Closes at another moment each time: before reading, in the midst of the request, after it, in the midst of the answer,
/// after it, or a little later, when the client could think that the connection is good for another request.
async fn answer(mut stream: TcpStream, number: usize, wire: Arc<Wire>) -> std::io::Result<()> {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 15\r\n\r\n{\"id\":\"made-it\"}";
    let way = number % 7;
    if way == 0 {
        return Ok(());
    }
    let mut byte = [0; 1];
    stream.read_exact(&mut byte).await?;
    if way == 1 {
        return Ok(());
    }
    let mut request = vec![byte[0]];
    while !is_complete(&request) && stream.read_buf(&mut request).await? > 0 {}
    match way {
        2 => return Ok(()),
        3 => stream.write_all(&OK[..OK.len() / 2]).await?,
        4 => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n").await?,
        5 => stream.write_all(OK).await?,
        _ => {
            stream.write_all(OK).await?;
            let mut next = Vec::new();
            let another = tokio::time::timeout(Duration::from_millis(20), stream.read_buf(&mut next)).await;
            if matches!(another, Ok(Ok(count)) if count > 0) {
                wire.further.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
    Ok(())
}

fn is_complete(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    request.len() >= end + 4 + length
}
