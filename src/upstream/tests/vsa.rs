use super::server::{Reply, Seen, Server, ok, settle, status};
use super::*;
use crate::domain::ids::OrganizationId;
use crate::domain::outcome::ReadError;
use std::sync::atomic::{AtomicUsize, Ordering};

const EMPTY: &str = r#"{"TotalRecords":0,"Result":[],"ResponseCode":0,"Status":"OK","Error":"None"}"#;
const INNER_401: &str = r#"{"ResponseCode":401,"Status":"OK","Error":"None"}"#;

fn is_login(seen: &Seen) -> bool {
    seen.path() == "/api/v1.0/auth"
}

fn login(token: usize) -> Reply {
    ok(format!(r#"{{"Result":{{"Token":"{token}","SessionExpiration":"2099-01-01T00:00:00Z"}},"ResponseCode":0}}"#))
}

fn organization() -> OrganizationId {
    OrganizationId::parse("48213377150926640184452719").unwrap()
}

/// Hands out tokens 1, 2, … and accepts those from `valid_from` on.
async fn server(valid_from: usize, refusal: Reply) -> Server {
    let logins = AtomicUsize::new(0);
    Server::start(move |seen| {
        if is_login(seen) {
            return login(logins.fetch_add(1, Ordering::SeqCst) + 1);
        }
        let token: usize = seen.header("authorization").trim_start_matches("Bearer ").parse().unwrap_or(0);
        if token >= valid_from { ok(EMPTY) } else { refusal.clone() }
    })
    .await
}

#[tokio::test]
async fn a_session_is_made_once_and_used() {
    let server = server(1, status(401, "")).await;
    let vsa = vsa(&server.url);
    vsa.probe().await.unwrap();
    assert_eq!(vsa.staff(&organization()).await, Ok(Vec::new()));
    let seen = server.seen();
    assert_eq!(server.count("/auth"), 1);
    assert!(seen[0].header("authorization").starts_with("Basic "));
    assert_eq!(seen[2].target, "/api/v1.0/system/orgs/48213377150926640184452719/staff?$top=100&$skip=0");
}

#[tokio::test]
async fn twenty_calls_share_one_renewal() {
    for refusal in [status(401, ""), ok(INNER_401)] {
        let server = server(2, refusal).await;
        let vsa = Arc::new(vsa(&server.url));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let vsa = vsa.clone();
            tasks.spawn(async move { vsa.staff(&organization()).await });
        }
        assert!(tasks.join_all().await.into_iter().all(|result| result == Ok(Vec::new())));
        assert_eq!(server.count("/auth"), 2);
    }
}

#[tokio::test]
async fn a_second_refusal_means_the_credentials() {
    let server = server(99, status(401, "")).await;
    assert_eq!(vsa(&server.url).staff(&organization()).await, Err(ReadError::CredentialsRefused));
    assert_eq!((server.count("/auth"), server.count("/staff")), (2, 2));
}

#[tokio::test]
async fn wrong_credentials_are_tried_once_for_all_who_wait() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_millis(100));
        status(401, "")
    })
    .await;
    let vsa = Arc::new(vsa(&server.url));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let vsa = vsa.clone();
        tasks.spawn(async move { vsa.staff(&organization()).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|result| result == Err(ReadError::CredentialsRefused)));
    settle().await;
    assert_eq!(server.count("/auth"), 1);
}

#[tokio::test]
async fn errors_inside_a_success_are_errors() {
    for (body, expected) in [
        (r#"{"ResponseCode":404,"Status":"OK","Error":"Org does not exist"}"#, ReadError::NotFound),
        (r#"{"ResponseCode":403,"Status":"OK"}"#, ReadError::Forbidden),
        (r#"{"ResponseCode":500,"Status":"OK","Error":"None"}"#, ReadError::ServerError(500)),
        ("", ReadError::Unreadable("an empty answer".to_owned())),
    ] {
        let server = Server::start(move |seen| if is_login(seen) { login(1) } else { ok(body) }).await;
        assert_eq!(vsa(&server.url).staff(&organization()).await, Err(expected));
    }
    for reply in [ok("<html>Sign in</html>"), status(204, "")] {
        let server = Server::start(move |seen| if is_login(seen) { login(1) } else { reply.clone() }).await;
        assert!(matches!(vsa(&server.url).staff(&organization()).await, Err(ReadError::Unreadable(_))));
    }
}

#[tokio::test]
async fn one_answer_is_enough_for_the_test_of_a_connection() {
    let server = Server::start(|seen| match seen.path() {
        "/api/v1.0/auth" => login(1),
        "/api/v1.0/environment" => status(403, ""),
        _ => ok(r#"{"Result":{"UserId":1},"ResponseCode":0}"#),
    })
    .await;
    assert_eq!(vsa(&server.url).probe().await, Ok(()));
    let nothing = Server::start(|seen| if is_login(seen) { login(1) } else { status(403, "") }).await;
    assert_eq!(vsa(&nothing.url).probe().await, Err(ReadError::Forbidden));
}

#[tokio::test]
async fn a_single_organization_gives_its_profile() {
    let server = Server::start(|seen| match seen.path() {
        "/api/v1.0/auth" => login(1),
        path if path.ends_with("/1") => status(404, r#"{"ResponseCode":404,"Error":"Org does not exist"}"#),
        _ => ok(r#"{"Result":{"OrgId":48213377150926640184452719,"OrgName":"Harbour","CustomFields":{},
            "ContactInfo":{"PrimaryEmail":"office@example.test","ZipCode":41101,"City":"","Country":null}}}"#),
    })
    .await;
    let vsa = vsa(&server.url);
    let profile = vsa.organization_profile(&organization()).await.unwrap().unwrap();
    assert_eq!(profile.email.as_deref(), Some("office@example.test"));
    assert_eq!(profile.postal_code.as_deref(), Some("41101"));
    assert_eq!((profile.city, profile.country), (None, None));
    assert_eq!(vsa.organization_profile(&OrganizationId::parse("1").unwrap()).await, Ok(None));
}
