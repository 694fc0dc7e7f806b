use super::server::{Reply, Seen, Server, ok, status, with_header};
use super::*;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::OrganizationProfile;
use crate::domain::outcome::ReadError;
use crate::upstream::Progress;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

fn organization(number: usize) -> String {
    format!(r#"{{"Id":{number},"Name":"Org {number}","IsMultiSite":true,"HasCustomFields":false}}"#)
}

fn page(rows: &[String], meta: &str) -> Reply {
    ok(format!(r#"{{"Data":[{}],"Meta":{{"ResponseCode":200{meta}}}}}"#, rows.join(",")))
}

/// The rows of a page, as a server with this cap cuts them.
fn cut(seen: &Seen, total: usize, cap: usize) -> Vec<String> {
    let skip = seen.number("$skip");
    (skip..total.min(skip + seen.number("$top").min(cap))).map(organization).collect()
}

async fn names(server: &Server) -> Result<usize, ReadError> {
    let found = vsa10(&server.url).organizations(&Progress::new()).await?.rows;
    let ids: HashSet<_> = found.iter().map(|organization| organization.id.to_string()).collect();
    assert_eq!(ids.len(), found.len());
    Ok(found.len())
}

#[tokio::test]
async fn every_call_carries_the_token_pair() {
    let server = Server::start(|_| page(&[], "")).await;
    vsa10(&server.url).probe().await.unwrap();
    let targets: Vec<_> = server.seen().iter().map(|seen| seen.target.clone()).collect();
    assert_eq!(targets, ["/api/v3/organizations?$top=1", "/api/v3/devices?$top=1"]);
    for seen in server.seen() {
        assert_eq!(seen.header("authorization"), "Basic dG9rZW4taWQtMTp0b2tlbi1zZWNyZXQtMQ==");
    }
    let pasted = format!("{}/api/v3/", server.url);
    vsa10(&pasted).probe().await.unwrap();
}

#[tokio::test]
async fn lists_are_read_to_their_end_whatever_their_pages() {
    for (cap, total) in [(100, 230), (50, 230), (30, 31), (100, 0)] {
        let server =
            Server::start(move |seen| page(&cut(seen, total, cap), &format!(r#","TotalCount":{total}"#))).await;
        assert_eq!(names(&server).await, Ok(total), "{cap} of {total}");
        let silent = Server::start(move |seen| page(&cut(seen, total, cap), "")).await;
        assert_eq!(names(&silent).await, Ok(total), "{cap} of {total}, which nobody tells");
        let bare = Server::start(move |seen| ok(format!("[{}]", cut(seen, total, cap).join(",")))).await;
        assert_eq!(names(&bare).await, Ok(total), "{cap} of {total}, bare");
    }
}

#[tokio::test]
async fn a_link_is_followed_on_the_same_server_only() {
    let foreign = Server::start(|_| page(&[], "")).await;
    let elsewhere = foreign.url.clone();
    for own in [true, false] {
        let elsewhere = elsewhere.clone();
        let server = Server::start(move |seen| {
            let at = seen.number("$skip");
            let link =
                if own { "/api/v3/organizations".to_owned() } else { format!("{elsewhere}/api/v3/organizations") };
            let next = format!(r#","TotalCount":150,"NextQueryLink":"{link}?$top=60&$skip={}&marked=1""#, at + 60);
            page(&cut(seen, 150, 60), if at + 60 < 150 { &next } else { r#","TotalCount":150"# })
        })
        .await;
        assert_eq!(names(&server).await, Ok(150));
        let followed = server.seen().iter().filter(|seen| seen.target.contains("marked")).count();
        assert_eq!(followed, if own { 2 } else { 0 });
    }
    assert_eq!(foreign.seen().len(), 0, "the token is sent nowhere else");
}

#[tokio::test]
async fn an_empty_answer_is_no_empty_list() {
    for body in ["", "<html>Sign in</html>", "{}"] {
        let server = Server::start(move |_| ok(body)).await;
        assert!(matches!(names(&server).await, Err(ReadError::Unreadable(_))), "{body}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_the_order_is_read_in_any() {
    let server = Server::start(|seen| {
        let ordered = seen.target.contains("$orderby");
        if ordered { status(400, "") } else { page(&cut(seen, 150, 100), r#","TotalCount":150"#) }
    })
    .await;
    assert_eq!(names(&server).await, Ok(150));
}

#[tokio::test]
async fn refusals_are_not_repeated() {
    for (reply, expected) in [
        (status(401, ""), ReadError::CredentialsRefused),
        (status(403, r#"{"Meta":{"ErrorMessage":"Devices not granted"}}"#), ReadError::Forbidden),
        (ok(r#"{"Data":null,"Meta":{"ResponseCode":403}}"#), ReadError::Forbidden),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        assert_eq!(names(&server).await, Err(expected));
        assert_eq!(server.seen().len(), 1, "failed calls count against us");
    }
}

#[tokio::test]
async fn a_throttled_call_waits_as_long_as_it_is_told() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |seen| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => with_header(429, "Retry-After: 1", ""),
        _ => page(&cut(seen, 3, 100), r#","TotalCount":3"#),
    })
    .await;
    let began = Instant::now();
    assert_eq!(names(&server).await, Ok(3));
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn calls_keep_to_the_budget() {
    let server = Server::start(|_| page(&[], "")).await;
    // Ten a second, two at once.
    let budget = Budget { vsa10_per_hour: 36_000, vsa10_burst: 2 };
    let vsa = vsa10_within(&server.url, TransportSettings { budget, ..settings() });
    let began = Instant::now();
    for _ in 0..3 {
        vsa.probe().await.unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(390), "{:?}", began.elapsed());
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn the_contact_is_that_of_the_first_site_that_tells_one() {
    let plain: fn(usize, usize) -> String = |id, parent| format!(r#"{{"Id":{id},"Name":"Site","ParentId":{parent}}}"#);
    let both: fn(usize, usize) -> String =
        |id, parent| format!(r#"{{"Id":{id},"ParentId":{parent},"OrganizationId":{parent}}}"#);
    for site in [plain, both] {
        let server = Server::start(move |seen| match seen.path() {
            "/api/v3/sites" if seen.target.contains("$filter") => status(400, ""),
            "/api/v3/sites" => page(&[site(31, 9), site(21, 7), site(22, 7)], r#","TotalCount":3"#),
            "/api/v3/sites/21" => ok(r#"{"Data":{"Id":21,"ParentId":7},"Meta":{}}"#),
            "/api/v3/sites/22" => {
                ok(r#"{"Data":{"Id":22,"ContactInformation":{"Email":"office@x.example","ContactName":
                "Ana Reyes","CountryCode":"GB","City":"Poole","Address1":"1 Quay","Address2":"Dock","Zip":"BH15"}}}"#)
            }
            "/api/v3/organizations/8" => page(&[], ""),
            _ => status(404, ""),
        })
        .await;
        let vsa = vsa10(&server.url);
        let id = |id| OrganizationId::parse(id).unwrap();
        let profile = vsa.organization_profile(&id("7")).await.unwrap().unwrap();
        assert_eq!(profile.email.as_deref(), Some("office@x.example"));
        assert_eq!((profile.first_name.as_deref(), profile.last_name.as_deref()), (Some("Ana"), Some("Reyes")));
        assert_eq!((profile.address.as_deref(), profile.country.as_deref()), (Some("1 Quay, Dock"), Some("GB")));
        assert_eq!(
            vsa.organization_profile(&id("8")).await.unwrap(),
            Some(OrganizationProfile::default()),
            "without a site"
        );
        assert_eq!(vsa.organization_profile(&id("6")).await, Ok(None), "not there");
        assert_eq!(server.count("/sites/31"), 0, "the site of somebody else");
        assert_eq!(server.count("/sites"), 1, "for all organizations");
        assert_eq!(vsa.staff(&id("7")).await, Ok(Vec::new()));
    }
}
