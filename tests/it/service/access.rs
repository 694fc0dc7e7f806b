//! Links open once, sessions end, tokens belong to their partner.

use crate::support::database::TestDatabase;
use chrono::TimeDelta;
use sqlx::PgPool;
use std::sync::Arc;
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::service::access::{
    Presence, caller_of_session, caller_of_token, close_session, holder_of_session, issue_link, issue_token,
    open_session,
};
use worryfree_plugin::service::notices::Notices;
use worryfree_plugin::service::{App, Limits};

/// Sessions end after 30 minutes without a request, and after 8 hours.
fn app(pool: &PgPool) -> App {
    let limits = Limits {
        inventory_max_age: TimeDelta::hours(1),
        session_idle: TimeDelta::minutes(30),
        session_absolute: TimeDelta::hours(8),
        caps: worryfree_plugin::service::caps::Caps::default(),
    };
    App { pool: pool.clone(), limits: Arc::new(limits), notices: Notices::default() }
}

async fn partner(app: &App, key: &str) -> PartnerId {
    let partner = PartnerId(uuid::Uuid::now_v7());
    let statement = "insert into partner (partner_id, partner_key, name, email) values ($1, $2, $2, 'a@b.example')";
    sqlx::query(statement).bind(partner.0).bind(key).execute(&app.pool).await.unwrap();
    partner
}

/// Moves all times of a table back, as if that much time had passed.
async fn later(app: &App, statement: &'static str, minutes: i32) {
    sqlx::query(statement).bind(minutes).execute(&app.pool).await.unwrap();
}

const LINKS: &str = "update sign_in_link set expires_at = expires_at - make_interval(mins => $1)";
const SESSIONS: &str = "update screen_session set expires_at = expires_at - make_interval(mins => $1),
                               last_seen_at = last_seen_at - make_interval(mins => $1)";

#[tokio::test]
async fn a_link_opens_one_session_of_its_partner() {
    let database = TestDatabase::new().await;
    let app = app(database.pool());
    let (own, other) = (partner(&app, "own").await, partner(&app, "other").await);
    let link = issue_link(&app, own, "Ana", 15).await.unwrap();
    assert_eq!(open_session(&app, other, &link).await.unwrap(), None, "another partner's link");
    assert_eq!(open_session(&app, own, "guessed").await.unwrap(), None);
    let session = open_session(&app, own, &link).await.unwrap().expect("it opens");
    assert_eq!(open_session(&app, own, &link).await.unwrap(), None, "once");
    let caller = caller_of_session(&app, &session).await.unwrap().expect("it is open");
    assert_eq!((caller.partner_id, caller.name.as_str()), (own, "Ana"));
    close_session(&app, &session).await.unwrap();
    assert_eq!(caller_of_session(&app, &session).await.unwrap(), None, "it is closed");
}

#[tokio::test]
async fn a_link_expires() {
    let database = TestDatabase::new().await;
    let app = app(database.pool());
    let partner = partner(&app, "own").await;
    let link = issue_link(&app, partner, "Ana", 15).await.unwrap();
    later(&app, LINKS, 14).await;
    let second = issue_link(&app, partner, "Ben", 15).await.unwrap();
    assert!(open_session(&app, partner, &link).await.unwrap().is_some(), "a minute is left");
    later(&app, LINKS, 15).await;
    assert_eq!(open_session(&app, partner, &second).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it() {
    let database = TestDatabase::new().await;
    let app = app(database.pool());
    let partner = partner(&app, "own").await;
    let link = issue_link(&app, partner, "Ana", 15).await.unwrap();
    let session = open_session(&app, partner, &link).await.unwrap().unwrap();
    for _ in 0..3 {
        later(&app, SESSIONS, 29).await;
        assert!(caller_of_session(&app, &session).await.unwrap().is_some(), "each use prolongs it");
    }
    later(&app, SESSIONS, 29).await;
    let asked = holder_of_session(&app, &session, Presence::Script).await.unwrap();
    assert!(asked.is_some(), "it has not ended yet");
    later(&app, SESSIONS, 1).await;
    assert_eq!(caller_of_session(&app, &session).await.unwrap(), None, "an open page alone does not prolong it");
}

#[tokio::test]
async fn a_session_ends_after_its_longest_time_however_much_it_is_used() {
    let database = TestDatabase::new().await;
    let app = app(database.pool());
    let partner = partner(&app, "own").await;
    let link = issue_link(&app, partner, "Ana", 15).await.unwrap();
    let session = open_session(&app, partner, &link).await.unwrap().unwrap();
    for _ in 0..23 {
        later(&app, SESSIONS, 20).await;
        assert!(caller_of_session(&app, &session).await.unwrap().is_some());
    }
    later(&app, SESSIONS, 20).await;
    assert_eq!(caller_of_session(&app, &session).await.unwrap(), None, "eight hours are over");
}

#[tokio::test]
async fn tokens_are_kept_as_hashes_and_belong_to_their_partner() {
    let database = TestDatabase::new().await;
    let app = app(database.pool());
    let partner = partner(&app, "own").await;
    let token = issue_token(&app, partner, "nightly").await.unwrap();
    let link = issue_link(&app, partner, "Ana", 15).await.unwrap();
    let caller = caller_of_token(&app, &token).await.unwrap().expect("it is known");
    assert_eq!((caller.partner_id, caller.name.as_str()), (partner, "nightly"));
    assert_eq!(caller_of_token(&app, &link).await.unwrap(), None, "a link is no token");
    assert_eq!(caller_of_session(&app, &token).await.unwrap(), None, "a token is no session");
    let stored = sqlx::query_scalar::<_, String>(
        "select string_agg(t::text, ' ') from (select a::text from api_token a union all select l::text from sign_in_link l) t",
    );
    let stored = stored.fetch_one(&app.pool).await.unwrap();
    assert!(!stored.contains(&token) && !stored.contains(&link), "{stored}");
}
