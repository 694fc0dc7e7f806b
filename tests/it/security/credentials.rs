//! Bad credentials open nothing: every operation and every screen, whatever is sent instead of a good one.

use super::house::{Guest, HOST, House, session};
use super::routes::{operations, screens};
use axum::body::Body;
use axum::http::{Request, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use worryfree_plugin::service::{access, tokens};

/// What somebody sends instead of a good token or session: headers, and what is added to the query.
struct Bad {
    what: &'static str,
    headers: Vec<(&'static str, String)>,
    query: String,
}

fn bad(what: &'static str, headers: Vec<(&'static str, String)>) -> Bad {
    Bad { what, headers, query: String::new() }
}

/// More than twenty of them. `ended`, `revoked` and `expired` were good once.
fn bad_credentials(own: &Guest, ended: &[String; 3], [revoked, expired]: [&str; 2]) -> Vec<Bad> {
    let token = own.token.as_str();
    let bearer = |text: &str| ("authorization", format!("Bearer {text}"));
    let cookie = |text: &str| ("cookie", format!("__Host-session={text}"));
    let flipped: String = token
        .chars()
        .map(
            |letter| {
                if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
            },
        )
        .collect();
    let basic = STANDARD.encode(format!("token:{token}"));
    vec![
        bad("nothing", vec![]),
        bad("an empty header", vec![("authorization", String::new())]),
        bad("a scheme alone", vec![("authorization", "Bearer".into())]),
        bad("an empty token", vec![bearer("")]),
        bad("a token without a scheme", vec![("authorization", token.to_owned())]),
        bad("another scheme", vec![("authorization", format!("Basic {basic}"))]),
        bad("an unknown scheme", vec![("authorization", format!("Token {token}"))]),
        bad("a shortened token", vec![bearer(&token[..token.len() - 1])]),
        bad("a lengthened token", vec![bearer(&format!("{token}A"))]),
        bad("a token in the other case", vec![bearer(&flipped)]),
        bad("a made-up token", vec![bearer(&format!("wfp_{}", "A".repeat(43)))]),
        bad("a revoked token", vec![bearer(revoked)]),
        bad("a token whose time is over", vec![bearer(expired)]),
        bad("two tokens in one header", vec![bearer(&format!("{token} {token}"))]),
        bad("the header twice, the good one first", vec![bearer(token), bearer("x")]),
        bad("the header twice, the good one last", vec![bearer("x"), bearer(token)]),
        Bad { what: "a token in the address", headers: vec![], query: format!("access_token={token}&token={token}") },
        bad("a token as a session", vec![cookie(token)]),
        bad("a session as a token", vec![bearer(&own.session)]),
        bad("a session that was left", vec![cookie(&ended[0])]),
        bad("a session that was idle for too long", vec![cookie(&ended[1])]),
        bad("a session whose time is over", vec![cookie(&ended[2])]),
        bad("a shortened session", vec![cookie(&own.session[..own.session.len() - 1])]),
        bad("a session under another name", vec![("cookie", format!("session={}", own.session))]),
        bad("a broken token and a good session", vec![bearer("x"), cookie(&own.session)]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_refuses_every_bad_credential() {
    let house = House::new().await;
    let app = &house.stage.plugin.app;
    let pool = house.stage.plugin.database.pool();
    let [revoked, expired] =
        [None, Some(chrono::TimeDelta::days(1))].map(|valid| tokens::issue(app, house.own.id, "was good", valid));
    let (revoked, expired) = (revoked.await.unwrap(), expired.await.unwrap());
    assert_eq!(tokens::revoke(app, house.own.id, Some(&revoked.id)).await.unwrap(), 1);
    let end = sqlx::query("update api_token set expires_at = now() where expires_at is not null");
    assert_eq!(end.execute(pool).await.unwrap().rows_affected(), 1);
    let mut ended = [const { String::new() }; 3];
    for (number, old) in ["", "last_seen_at = now() - interval '31 minutes'", "expires_at = now()"].iter().enumerate() {
        ended[number] = session(&house.stage, house.own.id).await;
        if old.is_empty() {
            access::close_session(app, &ended[number]).await.unwrap();
            continue;
        }
        let newest = "(select max(created_at) from screen_session)";
        let age = format!("update screen_session set {old} where created_at = {newest}");
        let aged = sqlx::query(sqlx::AssertSqlSafe(age)).execute(pool).await.unwrap();
        assert_eq!(aged.rows_affected(), 1, "{old}");
    }
    let (before, mut sent, mut accepted) = (house.traces().await, 0, Vec::new());
    for operation in operations().into_iter().filter(|operation| operation.needs_caller) {
        for bad in bad_credentials(&house.own, &ended, [&revoked.token, &expired.token]) {
            let address = format!("{}?{}", operation.at(&house.own.ids()), bad.query);
            let mut request = Request::builder()
                .method(operation.method.as_str())
                .uri(address.trim_end_matches('?'))
                .header(header::HOST, HOST)
                .header(header::ORIGIN, format!("https://{HOST}"))
                .header("sec-fetch-site", "same-origin")
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", uuid::Uuid::new_v4().to_string());
            for (name, value) in &bad.headers {
                request = request.header(*name, value);
            }
            let body = operation.body.as_ref().map_or_else(Body::empty, |body| Body::from(body.to_string()));
            let reply = house.send(request.body(body).unwrap()).await;
            sent += 1;
            if reply.status != 401 {
                accepted.push(format!("{} {} with {}: {}", operation.method, operation.path, bad.what, reply.status));
            }
            assert!(!reply.text.contains(&house.own.token), "{}", reply.text);
        }
    }
    assert_eq!(accepted, [""; 0]);
    assert_eq!(house.traces().await, before, "nothing was stored");
    println!("{sent} requests with bad credentials to the operations of the document: 0 accepted");
}

/// What may be asked by somebody who is not signed in: the ways in and out, the language of the pages (kept by the browser alone), and
/// files without data.
const OPEN_SCREENS: [&str; 10] = [
    "enter",
    "entered",
    "leave",
    "left",
    "language",
    "sign-in",
    "sign-in/waiting",
    "sign-in/collect",
    "sign-in/{method}",
    "{*rest}",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_refuses_every_bad_session() {
    let house = House::new().await;
    let (own, before, mut sent, mut accepted) = (&house.own, house.traces().await, 0, Vec::new());
    let left = session(&house.stage, own.id).await;
    access::close_session(&house.stage.plugin.app, &left).await.unwrap();
    let below = |path: &str| path.strip_prefix("/p/{partner_key}/").map(str::to_owned);
    let closed = screens().into_iter().filter(|route| {
        below(&route.path).is_none_or(|rest| !OPEN_SCREENS.contains(&rest.as_str()))
            && route.path.starts_with("/p/{partner_key}")
    });
    for route in closed {
        for method in &route.methods {
            for cookie in [
                String::new(),
                "__Host-session=".to_owned(),
                format!("__Host-session={left}"),
                format!("__Host-session={}", &own.session[1..]),
                format!("__Host-session={}", own.token),
                format!("session={}", own.session),
                // Somebody else is signed in: at another partner.
                format!("__Host-session={}", house.foreign.session),
            ] {
                let request = Request::builder()
                    .method(*method)
                    .uri(route.at(&own.ids()))
                    .header(header::HOST, HOST)
                    .header(header::ORIGIN, format!("https://{HOST}"))
                    .header("sec-fetch-site", "same-origin")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(header::COOKIE, &cookie);
                let reply = house.send(request.body(Body::empty()).unwrap()).await;
                sent += 1;
                if !matches!(reply.status.as_u16(), 401 | 404) {
                    accepted.push(format!("{method} {} with {cookie:?}: {}", route.path, reply.status));
                }
            }
        }
    }
    assert_eq!(accepted, [""; 0]);
    let after: Vec<_> = house.traces().await;
    let same = |traces: &[(String, i64)]| -> Vec<_> {
        traces
            .iter()
            .filter(|(table, _)| !["screen_session", "audit_entry"].contains(&table.as_str()))
            .cloned()
            .collect()
    };
    assert_eq!(same(&after), same(&before), "nothing was stored");
    println!("{sent} requests with bad sessions to the screens: 0 accepted");
}
