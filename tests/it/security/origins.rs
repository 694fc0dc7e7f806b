//! Writes with a session are taken only from our own pages.

use super::house::{HOST, House};
use super::routes::{Operation, operations, screens};
use axum::body::Body;
use axum::http::{Request, header};

/// Where a write may come from that is not ours, as a browser tells it or does not.
fn elsewhere() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let own = format!("https://{HOST}");
    let site = |site: &str| ("sec-fetch-site", site.to_owned());
    vec![
        ("another site", vec![site("cross-site"), ("origin", "https://evil.example".into())]),
        ("another site, with our origin", vec![site("cross-site"), ("origin", own.clone())]),
        ("a host beside ours", vec![site("same-site"), ("origin", "https://other.example".into())]),
        ("a host beside ours, with our origin", vec![site("same-site"), ("origin", own.clone())]),
        ("nowhere: neither header", vec![]),
        ("a null origin", vec![("origin", "null".into())]),
        ("a null origin, said to be ours", vec![site("same-origin"), ("origin", "null".into())]),
        ("another origin, said to be ours", vec![site("same-origin"), ("origin", "https://evil.example".into())]),
        ("another origin", vec![("origin", "https://evil.example".into())]),
        ("a host that begins like ours", vec![("origin", format!("{own}.evil.example"))]),
        ("the address line", vec![site("none")]),
    ]
}

/// Types of bodies that a form of another site can send without asking, and ours.
const KINDS: [Option<&str>; 5] = [
    Some("application/x-www-form-urlencoded"),
    Some("text/plain"),
    Some("multipart/form-data; boundary=x"),
    Some("application/json"),
    None,
];

#[tokio::test(flavor = "multi_thread")]
async fn every_write_from_elsewhere_is_refused() {
    let house = House::new().await;
    let ids = house.own.ids();
    let api = operations().into_iter().filter(Operation::writes).map(|operation| {
        let body = operation.body.as_ref().map(ToString::to_string).unwrap_or_default();
        (operation.method.clone(), operation.at(&ids), body)
    });
    let screens = screens().into_iter().flat_map(|route| {
        let address = route.at(&ids);
        let writes = route.methods.clone().into_iter().filter(|method| *method != "GET");
        writes.map(move |method| (method.to_owned(), address.clone(), "version=1".to_owned())).collect::<Vec<_>>()
    });
    let writes: Vec<_> = api.chain(screens).collect();
    assert!(writes.len() > 20, "{}", writes.len());
    let (before, mut sent, mut accepted) = (house.traces().await, 0, Vec::new());
    for (method, address, body) in &writes {
        for (from, headers) in elsewhere() {
            for kind in KINDS {
                let mut request = Request::builder()
                    .method(method.as_str())
                    .uri(address)
                    .header(header::HOST, HOST)
                    .header(header::COOKIE, format!("__Host-session={}; __Host-probe=1", house.own.session))
                    .header("idempotency-key", uuid::Uuid::new_v4().to_string());
                for (name, value) in &headers {
                    request = request.header(*name, value);
                }
                if let Some(kind) = kind {
                    request = request.header(header::CONTENT_TYPE, kind);
                }
                let reply = house.send(request.body(Body::from(body.clone())).unwrap()).await;
                sent += 1;
                if reply.status != 403 {
                    accepted.push(format!("{method} {address} from {from} as {kind:?}: {}", reply.status));
                }
            }
        }
    }
    assert_eq!(accepted, [""; 0], "{} of {sent}", accepted.len());
    assert_eq!(house.traces().await, before, "nothing was stored");
    println!("{} writes, {sent} requests from elsewhere: 0 accepted", writes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changes_by_looking() {
    let house = House::new().await;
    let ids = house.own.ids();
    let api = operations().into_iter().filter(|operation| !operation.writes()).map(|operation| operation.at(&ids));
    let screens = screens().into_iter().filter(|route| route.methods.contains(&"GET")).map(|route| route.at(&ids));
    let before = house.traces().await;
    let mut looked = 0;
    for address in api.chain(screens) {
        for site in ["same-origin", "cross-site"] {
            let request = Request::get(&address)
                .header(header::HOST, HOST)
                .header("sec-fetch-site", site)
                .header(header::COOKIE, format!("__Host-session={}", house.own.session));
            let reply = house.send(request.body(Body::empty()).unwrap()).await;
            assert!(!reply.status.is_server_error(), "{address}: {}", reply.status);
            looked += 1;
        }
    }
    assert_eq!(house.traces().await, before, "nothing was stored by {looked} looks");
}
