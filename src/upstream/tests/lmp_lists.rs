use super::server::{Reply, Seen, Server, ok, status};
use super::*;
use crate::domain::inventory::CreatedBetween;
use crate::domain::outcome::ReadError;
use crate::upstream::Progress;
use chrono::{DateTime, Utc};

fn range(start: &str, end: &str) -> CreatedBetween {
    CreatedBetween { start: start.parse().unwrap(), end: end.parse().unwrap() }
}

fn all() -> CreatedBetween {
    range("2012-01-01T00:00:00Z", "2015-06-01T00:00:00Z")
}

/// A page of `total` customers as LMPI cuts it, at most `cap` on one.
fn page(seen: &Seen, total: usize, cap: usize) -> Reply {
    let size = seen.number("limit").min(cap);
    let first = (seen.number("page") - 1) * size;
    let rows: Vec<String> = (first..total.min(first + size))
        .map(|n| format!(r#"{{"customer_id":"ID-{n}","name":"Name {n}","note":null}}"#))
        .collect();
    ok(format!(r#"{{"paging":{{"total":"{total}"}},"customers":[{}]}}"#, rows.join(",")))
}

async fn ids(server: &Server, created: CreatedBetween) -> Result<usize, ReadError> {
    lmp(&server.url).customers(created, &Progress::new()).await.map(|accounts| accounts.len())
}

#[tokio::test]
async fn all_pages_are_read() {
    let server = Server::start(|seen| page(seen, 250, 100)).await;
    let progress = Progress::new();
    let accounts = lmp(&server.url).customers(all(), &progress).await.unwrap();
    assert_eq!((accounts.len(), accounts[0].id.as_str()), (250, "id-0"));
    assert_eq!(progress.snapshot(), (250, Some(250)));
    assert_eq!(
        server.seen()[0].target,
        "/LMPI/v3/customers?created_start=2012-01-01T00:00:00Z&created_end=2015-06-01T00:00:00Z&page=1&limit=100"
    );
}

#[tokio::test]
async fn capped_pages_do_not_end_the_list() {
    let server = Server::start(|seen| page(seen, 90, 25)).await;
    assert_eq!(ids(&server, all()).await, Ok(90));
}

#[tokio::test]
async fn a_list_that_repeats_or_ends_early_is_not_complete() {
    let looping = Server::start(|_| ok(r#"{"paging":{"total":9},"customers":[{"customer_id":"a"}]}"#)).await;
    assert!(matches!(ids(&looping, all()).await, Err(ReadError::Incomplete(_))));
    let short = Server::start(|seen| {
        let rows = if seen.option("page") == "1" { r#"{"customer_id":"a"}"# } else { "" };
        ok(format!(r#"{{"paging":{{"total":9}},"customers":[{rows}]}}"#))
    })
    .await;
    assert!(matches!(ids(&short, all()).await, Err(ReadError::Incomplete(_))));
}

#[tokio::test]
async fn a_row_that_comes_twice_does_not_end_the_list() {
    let server = Server::start(|seen| {
        let first = seen.option("page") == "1";
        let numbers: Vec<usize> = if first { (0..100).chain([0]).collect() } else { vec![100] };
        let rows: Vec<String> = numbers.iter().map(|n| format!(r#"{{"customer_id":"ID-{n}"}}"#)).collect();
        ok(format!(r#"{{"paging":{{"total":101}},"customers":[{}],"subscriptions":[{{}}]}}"#, rows.join(",")))
    })
    .await;
    assert_eq!(ids(&server, all()).await, Ok(101));
}

#[tokio::test]
async fn a_row_without_an_id_is_left_out_unless_somebody_is_looked_for() {
    let server =
        Server::start(|_| ok(r#"{"paging":{"total":3},"customers":[{"customer_id":"a"},null,{"id":"b"}]}"#)).await;
    let lmp = lmp(&server.url);
    let listed = lmp.all_customers(all(), &Progress::new()).await.unwrap();
    assert_eq!((listed.rows.len(), listed.is_whole()), (2, false));
    assert!(matches!(lmp.customers(all(), &Progress::new()).await, Err(ReadError::Unreadable(_))));
}

#[tokio::test]
async fn passing_faults_of_a_page_are_tried_again() {
    for fault in ["<html>", "", r#"{"paging":{"total":1},"cust"#, r#"{"error_subject":"SystemError"}"#] {
        let calls = std::sync::atomic::AtomicUsize::new(0);
        let server = Server::start(move |seen| match calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => ok(fault),
            _ => page(seen, 1, 100),
        })
        .await;
        assert_eq!(ids(&server, all()).await, Ok(1), "{fault}");
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_refused_range_is_walked_year_by_year() {
    let server = Server::start(|seen| {
        let time = |name| seen.option(name).parse::<DateTime<Utc>>().unwrap();
        let (start, end) = (time("created_start"), time("created_end"));
        if (end - start).num_days() > 366 {
            return status(400, r#"{"error_message":"The range is too long."}"#);
        }
        let rows = format!(r#"{{"customer_id":"same"}},{{"customer_id":"of-{}"}}"#, start.timestamp());
        ok(format!(r#"{{"paging":{{"total":2}},"customers":[{rows}]}}"#))
    })
    .await;
    assert_eq!(ids(&server, all()).await, Ok(5));
    let seen = server.seen();
    assert_eq!(seen.len(), 5);
    assert_eq!(seen[2].option("created_start"), seen[1].option("created_end"));
    assert_eq!(seen[4].option("created_end"), "2015-06-01T00:00:00Z");
}

#[tokio::test]
async fn a_bad_row_that_is_alone_in_its_year_does_not_lose_the_list() {
    let server = Server::start(|seen| {
        let time = |name| seen.option(name).parse::<DateTime<Utc>>().unwrap();
        let (start, end) = (time("created_start"), time("created_end"));
        if (end - start).num_days() > 366 {
            return status(400, "{}");
        }
        let row = if seen.option("created_end") == "2015-06-01T00:00:00Z" {
            "null".to_owned()
        } else {
            format!(r#"{{"customer_id":"of-{}"}}"#, start.timestamp())
        };
        ok(format!(r#"{{"paging":{{"total":1}},"customers":[{row}]}}"#))
    })
    .await;
    let listed = lmp(&server.url).all_customers(all(), &Progress::new()).await.unwrap();
    assert_eq!((listed.rows.len(), listed.is_whole()), (3, false));
}

#[tokio::test]
async fn a_refused_short_range_stays_refused() {
    let server = Server::start(|_| status(400, "{}")).await;
    let hour = range("2015-01-01T00:00:00Z", "2015-01-01T01:00:00Z");
    assert!(matches!(ids(&server, hour).await, Err(ReadError::Refused(_))));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_login_page_is_not_a_list() {
    let server = Server::start(|_| ok("<html>Sign in</html>")).await;
    assert!(matches!(ids(&server, all()).await, Err(ReadError::Unreadable(_))));
}
