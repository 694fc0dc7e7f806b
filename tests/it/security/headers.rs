//! Every answer tells browsers to keep it to themselves: pages, documents, files and errors.

use super::house::{HOST, House, Reply};
use super::routes::{operations, screens};
use axum::body::Body;
use axum::http::{Request, header};

/// Everything that is wrong with an answer's headers.
fn missing(reply: &Reply) -> Vec<String> {
    let value = |name: &str| reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut missing = Vec::new();
    let mut hold = |is_so: bool, what: &str| {
        if !is_so {
            missing.push(what.to_owned());
        }
    };
    let policy = value("content-security-policy");
    for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors ", "form-action '"] {
        hold(policy.contains(directive), directive);
    }
    for word in ["unsafe", "*", "data:", "blob:", "http:"] {
        hold(!policy.contains(word) || word == "http:" && policy.contains("frame-ancestors http://127.0.0.1"), word);
    }
    hold(value("x-content-type-options") == "nosniff", "x-content-type-options");
    hold(["no-referrer", "same-origin"].contains(&value("referrer-policy")), "referrer-policy");
    let is_file = reply.status == 200 && value("cache-control") == "public, max-age=31536000, immutable";
    hold(is_file || value("cache-control").contains("no-store"), "cache-control");
    hold(value("permissions-policy").contains("camera=()"), "permissions-policy");
    hold(value("cross-origin-resource-policy") == "same-origin", "cross-origin-resource-policy");
    hold(value("strict-transport-security").contains("max-age="), "strict-transport-security");
    hold(!value("x-request-id").is_empty(), "x-request-id");
    hold(!reply.headers.contains_key("server") && !reply.headers.contains_key("access-control-allow-origin"), "server");
    for cookie in reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()) {
        for part in ["__Host-", "Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"] {
            hold(cookie.contains(part), &format!("{part} in a cookie"));
        }
    }
    missing
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_strict_headers() {
    let house = House::new().await;
    let ids = house.own.ids();
    let mut addresses: Vec<String> = operations().iter().map(|operation| operation.at(&ids)).collect();
    addresses.extend(screens().iter().map(|route| route.at(&ids)));
    addresses.extend(
        [
            "/",
            "/nowhere",
            "/static/0/nothing.js",
            "/static/0/app.js",
            "/p/nobody/customers",
            "/p/%00/x",
            "/api",
            "/api/v1/nothing",
        ]
        .map(str::to_owned),
    );
    addresses.sort();
    addresses.dedup();
    let (mut walked, mut wrong) = (0, Vec::new());
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for address in &addresses {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "NONSENSE"] {
            for (name, value) in [
                ("cookie", format!("__Host-session={}", house.own.session)),
                ("authorization", format!("Bearer {}", house.own.token)),
                ("x-nobody", "x".to_owned()),
            ] {
                // `leave` would end the session that the others go on with.
                if method == "POST" && name == "cookie" && address.ends_with("/leave") {
                    continue;
                }
                let request = Request::builder()
                    .method(method)
                    .uri(address)
                    .header(header::HOST, HOST)
                    .header("sec-fetch-site", if name == "x-nobody" { "cross-site" } else { "same-origin" })
                    .header(header::ORIGIN, format!("https://{HOST}"))
                    .header(name, value);
                let reply = house.send(request.body(Body::from("x")).unwrap()).await;
                walked += 1;
                assert!(!reply.status.is_server_error(), "{method} {address}: {}", reply.status);
                *statuses.entry(reply.status.as_u16()).or_default() += 1;
                let missing = missing(&reply);
                if !missing.is_empty() {
                    wrong.push(format!("{method} {address} ({name}): {} {missing:?}", reply.status));
                }
            }
        }
    }
    assert_eq!(wrong, [""; 0], "{} of {walked}", wrong.len());
    for status in [200, 303, 401, 403, 404, 405] {
        assert!(statuses.contains_key(&status), "{status} was not among {statuses:?}");
    }
    println!("{walked} answers, each with the strict headers: {statuses:?}");
}
