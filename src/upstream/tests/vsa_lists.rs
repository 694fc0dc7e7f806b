use super::server::{Reply, Seen, Server, ok};
use super::*;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::OrganizationKind;
use crate::domain::outcome::ReadError;
use crate::upstream::Progress;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const LOGIN: &str = r#"{"Result":{"Token":"1"},"ResponseCode":0}"#;
const BASE_ID: u128 = 48_213_377_150_926_640_184_452_000;

/// A list of organizations; `page` says which numbers are on a page and the total.
async fn organizations(page: impl Fn(&Seen) -> (Vec<usize>, String) + Send + Sync + 'static) -> Server {
    Server::start(move |seen| if seen.path().ends_with("/auth") { ok(LOGIN) } else { rows(page(seen)) }).await
}

fn rows((numbers, total): (Vec<usize>, String)) -> Reply {
    let rows: Vec<String> = numbers.iter().map(|number| row(*number)).collect();
    ok(format!(r#"{{"TotalRecords":{total},"Result":[{}],"ResponseCode":0,"Error":"None"}}"#, rows.join(",")))
}

/// Ids alternate between numbers and text.
fn row(number: usize) -> String {
    let id = BASE_ID + number as u128;
    let id = if number.is_multiple_of(2) { id.to_string() } else { format!("\"{id}\"") };
    format!(r#"{{"OrgId":{id},"OrgName":"Org {number}","OrgRef":"org{number}","ParentOrgId":null}}"#)
}

/// The numbers of a page, as a server with this cap cuts them.
fn cut(seen: &Seen, total: usize, cap: usize) -> Vec<usize> {
    let skip = seen.number("$skip");
    (skip..total.min(skip + seen.number("$top").min(cap))).collect()
}

async fn read(server: &Server) -> Result<HashSet<String>, ReadError> {
    let found = vsa(&server.url).organizations(&Progress::new()).await?.whole()?;
    let ids: HashSet<String> = found.iter().map(|organization| organization.id.to_string()).collect();
    assert_eq!(ids.len(), found.len());
    Ok(ids)
}

#[tokio::test]
async fn long_ids_keep_their_digits_on_every_page() {
    let server = organizations(|seen| (cut(seen, 730, 100), "\"730\"".to_owned())).await;
    let progress = Progress::new();
    let found = vsa(&server.url).organizations(&progress).await.unwrap().rows;
    let expected: Vec<String> = (0..730).map(|number| (BASE_ID + number).to_string()).collect();
    assert_eq!(found.iter().map(|organization| organization.id.to_string()).collect::<Vec<_>>(), expected);
    assert_eq!(progress.snapshot(), (730, Some(730)));
    assert_eq!(server.count("/orgs"), 8);
    assert_eq!(server.seen()[1].target, "/api/v1.0/system/orgs?$top=100&$skip=0&$orderby=OrgName");
}

#[tokio::test]
async fn capped_and_short_pages_do_not_end_the_list() {
    let capped = organizations(|seen| (cut(seen, 95, 30), "95".to_owned())).await;
    assert_eq!(read(&capped).await.unwrap().len(), 95);
    let ragged = organizations(|seen| {
        let cap = if seen.number("$skip") == 100 { 40 } else { 100 };
        (cut(seen, 450, cap), "450".to_owned())
    })
    .await;
    assert_eq!(read(&ragged).await.unwrap().len(), 450);
    let first_short = organizations(|seen| {
        let cap = if seen.number("$skip") == 0 { 7 } else { 100 };
        (cut(seen, 250, cap), "250".to_owned())
    })
    .await;
    assert_eq!(read(&first_short).await.unwrap().len(), 250);
}

#[tokio::test]
async fn a_list_without_a_total_ends_with_an_empty_page() {
    let server = organizations(|seen| (cut(seen, 150, 100), "null".to_owned())).await;
    assert_eq!(read(&server).await.unwrap().len(), 150);
}

#[tokio::test]
async fn rows_that_are_pushed_off_their_page_are_read_behind_it() {
    let pages = AtomicUsize::new(0);
    let server = organizations(move |seen| {
        // A row is added at the front after the first page: the last row of page one comes again, and one is missed.
        let shifted = pages.fetch_add(1, Ordering::SeqCst) == 1;
        let numbers = cut(seen, 150, 100);
        (if shifted { numbers.iter().map(|number| number - 1).collect() } else { numbers }, "150".to_owned())
    })
    .await;
    assert_eq!(read(&server).await.unwrap().len(), 150);
    assert_eq!(server.count("/orgs"), 3);
}

#[tokio::test]
async fn a_row_that_comes_twice_on_a_page_hides_none() {
    let server = organizations(move |seen| {
        let mut numbers = cut(seen, 250, 100);
        if seen.number("$skip") == 0 {
            numbers.push(7);
        }
        (numbers, "250".to_owned())
    })
    .await;
    assert_eq!(read(&server).await.unwrap().len(), 250);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_does_not_lose_the_list() {
    let with = |bad: &'static str, good: usize| async move {
        let server = Server::start(move |seen| {
            let rows: Vec<String> = (0..good).map(row).chain([bad.to_owned()]).collect();
            let total = good + 1;
            if seen.path().ends_with("/auth") {
                return ok(LOGIN);
            }
            ok(format!(r#"{{"TotalRecords":{total},"Result":[{}]}}"#, rows.join(",")))
        })
        .await;
        vsa(&server.url).organizations(&Progress::new()).await
    };
    for bad in ["null", r#"{"OrgName":"Nobody"}"#, r#"{"OrgId":"x"}"#] {
        let listed = with(bad, 3).await.unwrap();
        assert_eq!((listed.rows.len(), listed.is_whole()), (3, false), "{bad}");
        assert!(matches!(with(bad, 0).await, Err(ReadError::Unreadable(_))), "a list of bad rows is none");
    }
}

#[tokio::test]
async fn a_list_that_never_fits_its_total_is_not_complete() {
    let missing = organizations(|seen| (cut(seen, 149, 100), "150".to_owned())).await;
    assert!(matches!(read(&missing).await, Err(ReadError::Incomplete(_))));
    let stuck = organizations(|_| ((0..100).collect(), "500".to_owned())).await;
    assert!(matches!(read(&stuck).await, Err(ReadError::Incomplete(_))));
    let growing = organizations(|seen| (cut(seen, 250, 100), (250 + seen.number("$skip")).to_string())).await;
    assert!(matches!(read(&growing).await, Err(ReadError::Incomplete(_))));
}

#[tokio::test]
async fn sessions_may_end_in_the_middle_of_a_list() {
    let refused = Mutex::new(HashSet::new());
    let server = Server::start(move |seen| {
        if seen.path().ends_with("/auth") {
            return ok(LOGIN);
        }
        // Every seventh page finds its session gone, the first time.
        let skip = seen.number("$skip");
        if skip % 700 == 600 && refused.lock().unwrap().insert(skip) {
            return ok(r#"{"ResponseCode":401,"Status":"OK","Error":"None"}"#);
        }
        rows((cut(seen, 2_500, 100), "2500".to_owned()))
    })
    .await;
    assert_eq!(read(&server).await.unwrap().len(), 2_500);
}

#[tokio::test]
async fn vsas_own_organizations_are_marked() {
    let body = r#"{"TotalRecords":3,"Result":[
        {"OrgId":1,"OrgName":"Kserver","OrgRef":"kserver"},
        {"OrgId":2,"OrgName":"Us","OrgRef":"OURCOMPANY","ParentOrgId":""},
        {"OrgId":"3","OrgName":null,"OrgRef":"cust","ParentOrgId":"2","ContactInfo":"n/a"}]}"#;
    let server = Server::start(move |seen| if seen.path().ends_with("/auth") { ok(LOGIN) } else { ok(body) }).await;
    let found = vsa(&server.url).organizations(&Progress::new()).await.unwrap().rows;
    let kinds: Vec<_> = found.iter().map(|organization| organization.kind).collect();
    assert_eq!(kinds, [OrganizationKind::Builtin, OrganizationKind::Builtin, OrganizationKind::Customer]);
    assert_eq!(found[2].name, "cust");
    assert_eq!(found[2].parent_id, Some(OrganizationId::parse("2").unwrap()));
}

#[tokio::test]
async fn agents_are_tallied_by_organization() {
    let server = Server::start(|seen| {
        if seen.path().ends_with("/auth") {
            return ok(LOGIN);
        }
        let rows: Vec<String> = cut(seen, 450, 100)
            .iter()
            .map(|n| {
                let online = if n % 10 == 0 { 199 } else { n % 3 };
                format!(r#"{{"AgentId":"{}","OrgId":{},"Online":{online}}}"#, n + 1, BASE_ID + (n % 3) as u128)
            })
            .collect();
        ok(format!(r#"{{"TotalRecords":450,"Result":[{}]}}"#, rows.join(",")))
    })
    .await;
    let id = |number: u128| OrganizationId::parse(&(BASE_ID + number).to_string()).unwrap();
    let known = HashSet::from([id(0), id(1)]);
    let counts = vsa(&server.url).endpoint_counts(&known, &Progress::new()).await.unwrap();
    let count = counts.by_organization[&id(0)];
    assert_eq!((count.endpoints, count.excluded, counts.unattributed), (135, 15, 135));
    assert_eq!(server.seen()[1].target, "/api/v1.0/assetmgmt/agents?$top=100&$skip=0&$orderby=AgentName");
}
