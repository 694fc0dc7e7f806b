//! Streams end with whatever let them in: within five seconds, wherever it was ended.

use super::browser::{Browser, Frame};
use crate::end_to_end::stage::{Options, Stage};
use axum::body::Body;
use axum::http::{Request, header};
use futures_util::StreamExt;
use std::time::{Duration, Instant};
use tower::ServiceExt;
use worryfree_plugin::sandbox::{Person, World};
use worryfree_plugin::service::access;

/// Everything ends within this time.
const LIMIT: Duration = Duration::from_secs(5);

/// An import that is under way as long as nobody works on it.
async fn stage() -> (Stage, String) {
    let mut stage = Stage::new(Options::new(World::generated(8, 40, 3))).await;
    super::people(stage.world());
    let names: Vec<_> = [1, 3].map(|index: usize| stage.world().organizations()[index].name.clone()).to_vec();
    let ready = stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10)).await;
    stage.stop_worker().await;
    let started = stage.post(&ready.path("/integration"), serde_json::json!({ "plan_hash": ready.hash() })).await;
    assert_eq!(started.status.as_u16(), 202);
    (stage, ready.id)
}

/// How long a stream goes on after `end` has been done.
async fn goes_on(stage: &Stage, request: Request<Body>, end: impl Future<Output = ()>) -> Duration {
    let response = stage.plugin.router().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut body = response.into_body().into_data_stream();
    let open = tokio::time::timeout(Duration::from_secs(3), async { while body.next().await.is_some() {} }).await;
    assert!(open.is_err(), "the stream is open as long as its session is");
    end.await;
    let began = Instant::now();
    tokio::time::timeout(4 * LIMIT, async { while body.next().await.is_some() {} }).await.expect("the stream ends");
    began.elapsed()
}

fn screen_events(stage: &Stage, import: &str, session: &str) -> Request<Body> {
    let path = format!("/p/{}/imports/{import}/integration/events", stage.plugin.partner.partner_key);
    let cookie = format!("__Host-session={session}");
    Request::get(path)
        .header(header::HOST, "plugin.example")
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .unwrap()
}

fn api_events(import: &str, name: header::HeaderName, value: &str) -> Request<Body> {
    let path = format!("/api/v1/imports/{import}/integration/events");
    Request::get(path).header(header::HOST, "plugin.example").header(name, value).body(Body::empty()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session_and_with_its_token() {
    let (stage, import) = stage().await;
    let plugin = &stage.plugin;
    let pool = plugin.database.pool();
    let session = async || {
        let mut browser = Frame::of(plugin, "vsa", "nora").await;
        assert!(browser.get("/imports").await.status.is_success());
        browser.cookie("__Host-session").unwrap().to_owned()
    };
    let mut longest = Duration::ZERO;
    let mut ended = |what: &str, took: Duration| {
        println!("{what}: the stream ended after {took:?}");
        assert!(took < LIMIT, "{what}: {took:?}");
        longest = longest.max(took);
    };
    // Signed out in the browser.
    let token = session().await;
    let leave = async {
        Browser::with_session(plugin, &token).post("/leave", &[]).await.leads();
    };
    ended("sign-out, screen", goes_on(&stage, screen_events(&stage, &import, &token), leave).await);
    let token = session().await;
    let close = async { access::close_session(&plugin.app, &token).await.unwrap() };
    let cookie = format!("__Host-session={token}");
    ended("sign-out, API", goes_on(&stage, api_events(&import, header::COOKIE, &cookie), close).await);
    // A role that is taken away is noticed when it is asked for anew, and ends every session of the person.
    let (token, other) = (session().await, session().await);
    let lose = async {
        stage.world().put_person(Person::new("nora", "Nora", "Quist", "Technician"));
        let path = format!("/imports/{import}/integration/retry");
        Browser::with_session(plugin, &other).post(&path, &[]).await;
        stage.world().put_person(Person::new("nora", "Nora", "Quist", "Master"));
    };
    ended("role lost", goes_on(&stage, screen_events(&stage, &import, &token), lose).await);
    // Its time is over.
    let token = session().await;
    let expire = async {
        sqlx::query("update screen_session set expires_at = now()").execute(pool).await.unwrap();
    };
    ended("expired", goes_on(&stage, screen_events(&stage, &import, &token), expire).await);
    // A token that is revoked.
    let token = access::issue_token(&plugin.app, plugin.partner_id(), "nightly").await.unwrap();
    let bearer = format!("Bearer {token}");
    let revoke = async {
        sqlx::query("delete from api_token where label = 'nightly'").execute(pool).await.unwrap();
    };
    ended("token revoked", goes_on(&stage, api_events(&import, header::AUTHORIZATION, &bearer), revoke).await);
    // The partner is removed, and everything of it.
    let token = session().await;
    let remove = async {
        sqlx::query("delete from partner").execute(pool).await.unwrap();
    };
    ended("partner removed", goes_on(&stage, screen_events(&stage, &import, &token), remove).await);
    println!("the longest: {longest:?}");
}
