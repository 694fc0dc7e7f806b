//! Links open once, sessions end, tokens belong to their partner.

use crate::support::database::TestDatabase;
use crate::tenants::pool::partner as tenant;
use chrono::TimeDelta;
use sqlx::PgPool;
use std::sync::Arc;
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::service::access::{
    Presence, SignedOut, caller_of_session, caller_of_token, close_session, holder_of_session, issue_link, issue_token,
    open_session, sign_everybody_out,
};
use worryfree_plugin::service::notices::Notices;
use worryfree_plugin::service::{App, Limits, activation, tokens};

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

#[tokio::test]
async fn a_token_is_listed_revoked_and_ends_by_itself() {
    let database = TestDatabase::new().await;
    let (own, other) = (tenant(database.pool(), "own").await, tenant(database.pool(), "other").await);
    // As the service, held to row security.
    let app = app(&database.service_pool().await);
    let nightly = tokens::issue(&app, own, "nightly", None).await.unwrap();
    let guest = tokens::issue(&app, own, "guest", Some(TimeDelta::days(7))).await.unwrap();
    let foreign = tokens::issue(&app, other, "foreign", None).await.unwrap();
    let good = async |token: &str| caller_of_token(&app, token).await.unwrap().is_some();
    let used = async || tokens::list(&app, own).await.unwrap().iter().filter(|one| one.last_used_at.is_some()).count();
    assert_eq!(used().await, 0);
    assert!(good(&nightly.token).await && good(&nightly.token).await && good(&guest.token).await);
    assert_eq!(used().await, 2, "it shows that they are used");
    let listed = tokens::list(&app, own).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|one| (one.id.as_str(), one.label.as_str(), one.expires_at)).collect();
    assert_eq!(ids, [(guest.id.as_str(), "guest", guest.expires_at), (nightly.id.as_str(), "nightly", None)]);
    assert!(listed.iter().all(|one| !guest.token.contains(&one.id) && !nightly.token.contains(&one.id)));
    // A week later.
    let week = sqlx::query("update api_token set expires_at = expires_at - interval '7 days'");
    week.execute(database.pool()).await.unwrap();
    assert!(!good(&guest.token).await && good(&nightly.token).await, "one has ended by itself");
    assert_eq!(tokens::list(&app, own).await.unwrap().len(), 2, "and is still to be seen");
    // Somebody else's is not there.
    assert_eq!(tokens::revoke(&app, own, Some(&foreign.id)).await.unwrap(), 0);
    assert_eq!(tokens::revoke(&app, own, Some(&nightly.id)).await.unwrap(), 1);
    assert_eq!(tokens::revoke(&app, own, Some(&nightly.id)).await.unwrap(), 0, "once");
    assert!(!good(&nightly.token).await && good(&foreign.token).await);
    assert_eq!(tokens::revoke(&app, other, None).await.unwrap(), 1);
    assert!(!good(&foreign.token).await);
    assert_eq!(noted(&database, "token_issued").await.len(), 3);
    let revoked = noted(&database, "token_revoked").await;
    assert!(revoked.contains(&("nightly".to_owned(), serde_json::json!({ "token": nightly.id }))), "{revoked:?}");
    assert_eq!(revoked.len(), 2);
}

#[tokio::test]
async fn everybody_of_a_partner_is_signed_out_at_once() {
    let database = TestDatabase::new().await;
    let (own, other) = (tenant(database.pool(), "own").await, tenant(database.pool(), "other").await);
    let app = app(&database.service_pool().await);
    let open = async |partner| {
        let link = issue_link(&app, partner, "Ana", 15).await.unwrap();
        open_session(&app, partner, &link).await.unwrap().unwrap()
    };
    let (one, two, foreign) = (open(own).await, open(own).await, open(other).await);
    let (unused, elsewhere) =
        (issue_link(&app, own, "Ben", 15).await.unwrap(), issue_link(&app, other, "Eva", 15).await.unwrap());
    let token = issue_token(&app, own, "nightly").await.unwrap();
    assert_eq!(sign_everybody_out(&app, own).await.unwrap(), SignedOut { sessions: 2, links: 1 });
    for session in [&one, &two] {
        assert_eq!(caller_of_session(&app, session).await.unwrap(), None);
    }
    assert_eq!(open_session(&app, own, &unused).await.unwrap(), None, "a link that was not used yet is void");
    assert!(caller_of_session(&app, &foreign).await.unwrap().is_some(), "of this partner only");
    assert!(open_session(&app, other, &elsewhere).await.unwrap().is_some());
    assert!(caller_of_token(&app, &token).await.unwrap().is_some(), "programs go on");
    let entries = noted(&database, "everybody_signed_out").await;
    assert_eq!(entries, [("session".to_owned(), serde_json::json!({ "sessions": 2, "links": 1 }))]);
}

#[tokio::test]
async fn an_activation_code_is_listed_and_taken_back() {
    let database = TestDatabase::new().await;
    let app = app(&database.service_pool().await);
    let valid = TimeDelta::hours(72);
    let (one, two) = (activation::invite(&app, valid).await.unwrap(), activation::invite(&app, valid).await.unwrap());
    let listed = activation::invitations(&app).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(activation::withdraw(&app, Some(&listed[1].id)).await.unwrap(), 1);
    assert_eq!(activation::invited(&app, &one).await.unwrap(), None, "the older one is void");
    assert!(activation::invited(&app, &two).await.unwrap().is_some());
    assert_eq!(activation::withdraw(&app, Some(&listed[1].id)).await.unwrap(), 0);
    assert_eq!(activation::withdraw(&app, None).await.unwrap(), 1);
    assert_eq!(activation::invited(&app, &two).await.unwrap(), None);
    assert_eq!(activation::invitations(&app).await.unwrap(), []);
    assert_eq!(noted(&database, "invitation_withdrawn").await.len(), 2);
}

/// What was noted of this kind: of what, and the details.
async fn noted(database: &TestDatabase, event: &str) -> Vec<(String, serde_json::Value)> {
    let rows = sqlx::query_as("select subject, detail from audit_entry where event = $1 order by seq, partner_id");
    rows.bind(event).fetch_all(database.pool()).await.unwrap()
}
