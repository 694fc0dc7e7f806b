//! What one client may take: sizes, time and number of requests, over real sockets.

use super::house::{HOST, House, outside, settings};
use axum::Router;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use worryfree_plugin::http::server::serve_within;
use worryfree_plugin::startup::service;

/// A port with everything that is served, under settings of its own.
async fn open(house: &House, more: &[(&str, &str)]) -> (SocketAddr, DropGuard) {
    let settings = settings(more);
    let router: Router =
        service::front(&settings, &house.stage.plugin.app, &service::rates(&settings), outside(&house.stage));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    tokio::spawn(serve_within(settings.limits.deadlines, listener, router, stop.clone()));
    (address, stop.drop_guard())
}

/// Sends these bytes one after another with a pause before each, and reads until the server closes.
async fn trickle(address: SocketAddr, parts: &[&str], pause: Duration) -> (String, Duration) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let began = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let writing = async {
        for part in parts {
            if writer.write_all(part.as_bytes()).await.is_err() {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        std::future::pending::<()>().await;
    };
    let mut text = Vec::new();
    let reading = async {
        // A reset is an end too.
        reader.read_to_end(&mut text).await.ok();
    };
    tokio::select! { () = writing => {}, () = reading => {} }
    (String::from_utf8_lossy(&text).into_owned(), began.elapsed())
}

const QUICK: [(&str, &str); 2] = [("PLUGIN__LIMITS__HEAD_SECONDS", "1"), ("PLUGIN__LIMITS__BODY_SECONDS", "2")];

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_that_trickle_are_cut() {
    let house = House::new().await;
    let (address, _guard) = open(&house, &QUICK).await;
    let token = &house.own.token;

    let mut head = vec!["GET /healthz HTTP/1.1\r\nhost: x\r\n"];
    head.extend(std::iter::repeat_n("x-a: b\r\n", 100));
    let (answer, took) = trickle(address, &head, Duration::from_millis(100)).await;
    assert!(!answer.contains("200 OK"), "{answer}");
    assert!((Duration::from_millis(900)..Duration::from_secs(8)).contains(&took), "the head was cut after {took:?}");

    let begin = format!(
        "POST /api/v1/imports HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nidempotency-key: k-1\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    );
    let mut body = vec![begin.as_str()];
    body.extend(std::iter::repeat_n(" ", 999));
    let (answer, took) = trickle(address, &body, Duration::from_millis(100)).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request-timeout"), "{answer}");
    assert!((Duration::from_millis(1900)..Duration::from_secs(20)).contains(&took), "the body was cut after {took:?}");

    // The same of a form, and of a caller who is nobody: the body is not even waited for.
    let form = format!(
        "POST /p/{}/imports HTTP/1.1\r\nhost: plugin.example\r\nsec-fetch-site: same-origin\r\norigin: https://plugin.example\r\ncookie: __Host-session={}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 1000\r\n\r\n",
        house.own.key, house.own.session
    );
    let mut body = vec![form.as_str()];
    body.extend(std::iter::repeat_n("a", 999));
    let (answer, took) = trickle(address, &body, Duration::from_millis(100)).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(took < Duration::from_secs(20), "the form was cut after {took:?}");
    let nobody = begin.replace(token.as_str(), "nobody");
    let mut body = vec![nobody.as_str()];
    body.extend(std::iter::repeat_n(" ", 999));
    let (answer, took) = trickle(address, &body, Duration::from_millis(100)).await;
    assert!(answer.starts_with("HTTP/1.1 401") && took < Duration::from_secs(10), "{answer} after {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_take_no_place_from_others() {
    let house = House::new().await;
    let (address, _guard) = open(&house, &[("PLUGIN__LIMITS__HEAD_SECONDS", "5")]).await;
    let mut slow = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nx").await.unwrap();
        slow.push(stream);
    }
    let began = Instant::now();
    let answer = reqwest::get(format!("http://{address}/healthz")).await.unwrap();
    assert!(answer.status().is_success() && began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    for mut stream in slow {
        let mut text = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut text)).await;
        assert!(closed.is_ok(), "a slow connection is closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_and_heads_have_a_size() {
    let house = House::new().await;
    let (address, _guard) = open(&house, &[]).await;
    let http = reqwest::Client::new();
    for (size, expected) in [(1024 * 1024 - 2, 422), (1024 * 1024 + 1, 413), (8 * 1024 * 1024, 413)] {
        let body = format!("[{}]", " ".repeat(size));
        let answer = http
            .post(format!("http://{address}/api/v1/imports"))
            .bearer_auth(&house.own.token)
            .header("idempotency-key", uuid::Uuid::new_v4().to_string())
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await;
        // A client that is still sending may see the connection close before it reads the answer.
        if let Ok(answer) = answer {
            assert_eq!(answer.status(), expected, "{size} bytes");
        } else {
            assert!(size > 1024 * 1024, "{size} bytes");
        }
    }
    // Forms as well, of somebody who is signed in.
    for (size, is_taken) in [(1024 * 1024 - 16, true), (1024 * 1024 + 1, false), (4 * 1024 * 1024, false)] {
        let form = http
            .post(format!("http://{address}/p/{}/imports/{}/accounts", house.own.key, house.own.import))
            .header("host", HOST)
            .header("sec-fetch-site", "same-origin")
            .header("cookie", format!("__Host-session={}", house.own.session))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("version=1&x={}", "y".repeat(size)));
        match form.send().await {
            Ok(answer) => assert_eq!(answer.status() != 413, is_taken, "{size} bytes: {}", answer.status()),
            Err(_) => assert!(!is_taken, "{size} bytes"),
        }
    }
    // Without a length that could be refused at once.
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, " ".repeat(64 * 1024));
    let begin = format!(
        "POST /api/v1/imports HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nidempotency-key: k-2\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        house.own.token
    );
    let mut parts = vec![begin.as_str()];
    parts.extend(std::iter::repeat_n(chunk.as_str(), 20));
    let (answer, _) = trickle(address, &parts, Duration::ZERO).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    let long = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(100 * 1024));
    let (answer, _) = trickle(address, &[&long], Duration::ZERO).await;
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_too_often_waits() {
    let house = House::new().await;
    let limits = [("PLUGIN__LIMITS__ADDRESS_REQUESTS_PER_MINUTE", "6"), ("PLUGIN__LIMITS__ADDRESS_BURST", "5")];
    let (address, _guard) = open(&house, &limits).await;
    let http = reqwest::Client::new();
    let ask = async |path: &str, client: Option<&str>| {
        let request = http.get(format!("http://{address}{path}"));
        let request = client.into_iter().fold(request, |request, client| request.header("x-forwarded-for", client));
        request.send().await.unwrap()
    };
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..20 {
        let answer = ask("/api/v1/openapi.json", Some("198.51.100.7")).await;
        match answer.status().as_u16() {
            200 => answered += 1,
            429 => {
                refused += 1;
                let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
                assert!((1..=11).contains(&wait), "{wait}");
                let problem: serde_json::Value = answer.json().await.unwrap();
                assert!(problem["type"].as_str().unwrap().ends_with(":rate-limited"), "{problem}");
            }
            other => panic!("{other}"),
        }
    }
    assert!((5..=8).contains(&answered) && refused >= 12, "{answered} and {refused}");
    let page = ask(&format!("/p/{}/customers", house.own.key), Some("198.51.100.7")).await;
    assert_eq!((page.status().as_u16(), page.headers().contains_key("retry-after")), (429, true));
    assert!(page.text().await.unwrap().contains("Too many requests at once"));
    // What somebody in front of the proxy claims does not help them, nor does it harm others.
    let claimed = ask("/api/v1/openapi.json", Some("203.0.113.9, 198.51.100.7")).await;
    assert_eq!(claimed.status(), 429);
    assert_eq!(ask("/api/v1/openapi.json", Some("203.0.113.9")).await.status(), 200);
    assert_eq!(ask("/healthz", Some("198.51.100.7")).await.status(), 200, "who watches the service is not counted");

    // Nobody is believed who is not a proxy of ours.
    let untrusted = [limits[0], limits[1], ("PLUGIN__HTTP__TRUSTED_PROXIES", "192.0.2.1")];
    let (address, _guard) = open(&house, &untrusted).await;
    let mut statuses = Vec::new();
    for number in 0..10 {
        let request = http.get(format!("http://{address}/api/v1/openapi.json"));
        let request = request.header("x-forwarded-for", format!("198.51.100.{number}"));
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_asks_too_often_waits_and_others_do_not() {
    let house = House::new().await;
    let limits = [("PLUGIN__LIMITS__PARTNER_REQUESTS_PER_MINUTE", "6"), ("PLUGIN__LIMITS__PARTNER_BURST", "5")];
    let (address, _guard) = open(&house, &limits).await;
    let http = reqwest::Client::new();
    let ask = async |token: &str| {
        http.get(format!("http://{address}/api/v1/imports")).bearer_auth(token).send().await.unwrap()
    };
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(ask(&house.own.token).await.status().as_u16());
    }
    let answered = statuses.iter().filter(|status| **status == 200).count();
    assert!((5..=8).contains(&answered) && statuses.contains(&429), "{statuses:?}");
    assert!(ask(&house.own.token).await.headers().contains_key("retry-after"));
    assert_eq!(ask(&house.foreign.token).await.status(), 200, "the other partner has a room of its own");
    // The screens of a partner are counted with its programs.
    let page = http
        .get(format!("http://{address}/p/{}/customers", house.own.key))
        .header("cookie", format!("__Host-session={}", house.own.session));
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 429);
    assert!(page.text().await.unwrap().contains("Too many requests at once"));
    // Somebody without credentials cannot use up the room of a partner whose address they know.
    for _ in 0..10 {
        let page = http.get(format!("http://{address}/p/{}/customers", house.foreign.key)).send().await.unwrap();
        assert_eq!(page.status(), 401);
    }
    assert_eq!(ask(&house.foreign.token).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_answered_with_the_strict_headers() {
    let house = House::new().await;
    let (address, _guard) = open(&house, &[]).await;
    let long = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(66 * 1024));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-a: b\r\n".repeat(500));
    let mut answered = 0;
    for (text, is_always_answered) in [
        ("NONSENSE\r\n\r\n", true),
        ("GET / HTTP/9.9\r\n\r\n", true),
        ("GET /\x01 HTTP/1.1\r\nhost: x\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n", true),
        ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: much\r\n\r\n", true),
        (many.as_str(), true),
        // The connection may end while the client is still sending.
        (long.as_str(), false),
    ] {
        let (answer, _) = trickle(address, &[text], Duration::ZERO).await;
        if answer.is_empty() && !is_always_answered {
            continue;
        }
        answered += 1;
        let first = text.chars().take(40).collect::<String>();
        assert!(answer.starts_with("HTTP/1.1 4"), "{first:?}: {answer}");
        for header in [
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "frame-ancestors 'none'",
            "referrer-policy: ",
            "permissions-policy: ",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(answer.contains(header), "{header} in the answer to {first:?}: {answer}");
        }
    }
    assert!(answered >= 6, "{answered}");
}
