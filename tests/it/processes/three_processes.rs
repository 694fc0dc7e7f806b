//! Three processes on one database, and two administrators who both press Integrate, again and again.

use super::site::{Front, SEATS, Site};
use crate::api::contract::Answer;
use crate::end_to_end::flow::{Ready, new_rows};
use futures_util::future::join_all;
use serde_json::json;
use std::time::Instant;
use worryfree_plugin::sandbox::World;

/// Requests of a round, half of them by each administrator.
const AT_ONCE: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_integrates_are_one_integration() {
    rounds(10).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn sixty_four_integrates_are_one_integration_a_hundred_times() {
    rounds(100).await;
}

/// Each round has an organization of its own, which each administrator has in an import of their own.
async fn rounds(count: usize) {
    let began = Instant::now();
    let site = Site::new(World::generated(count, 40 * count as u64, 5)).await;
    let (mine, yours) = (site.front().await, site.front().await);
    let _processes = [site.serve(&mine), site.serve(&yours), site.work()];
    site.inventory_is_read(&mine).await;
    site.inventory_is_read(&yours).await;
    let names = site.names(count);
    let mut winners = Vec::new();
    for name in &names {
        let rows = new_rows(site.sandbox.world(), [name.as_str()], "WFS monthly", SEATS);
        let (my_import, your_import) = tokio::join!(mine.rest.ready(&rows), yours.rest.ready(&rows));
        winners.push(round(&mine, my_import, &yours, your_import).await);
    }
    for (mine_won, import) in &winners {
        let front = if *mine_won { &yours } else { &mine };
        front.imported(import).await;
    }
    site.has_one_of_everything_for(&names).await;
    site.results_and_links_agree().await;
    let writes = site.writes();
    assert_eq!((writes.customers, writes.subscriptions), (count, count), "nothing is sent a second time");
    let jobs: i64 =
        sqlx::query_scalar("select count(*) from job where kind = 'integrate'").fetch_one(&site.pool).await.unwrap();
    assert_eq!(jobs, i64::try_from(count).unwrap(), "one job for each organization");
    let mine_won = winners.iter().filter(|(mine_won, _)| *mine_won).count();
    println!(
        "{count} rounds of {AT_ONCE} Integrates over three processes: {count} integrations, {} customers, {} subscriptions; the first administrator won {mine_won}; {:.0} s",
        writes.customers,
        writes.subscriptions,
        began.elapsed().as_secs_f64()
    );
}

/// Both press Integrate at the same time, each through a process of their own; says whether the first won, and the import.
async fn round(mine: &Front, my_import: Ready, yours: &Front, your_import: Ready) -> (bool, Ready) {
    let press = async |number: usize| {
        let (front, import) = if number.is_multiple_of(2) { (mine, &my_import) } else { (yours, &your_import) };
        // Every fourth click is a double click: the same key again.
        let key = format!("{}-{}", import.id, number / 4);
        front.rest.post_as(&key, &import.path("/integration"), json!({ "plan_hash": import.hash() })).await
    };
    let answers = join_all((0..AT_ONCE).map(press)).await;
    let (my_answers, your_answers): (Vec<_>, Vec<_>) =
        answers.into_iter().enumerate().partition(|(number, _)| number.is_multiple_of(2));
    let [mine_won, yours_won] =
        [my_answers, your_answers].map(|answers| has_won(answers.into_iter().map(|(_, answer)| answer)));
    assert_ne!(mine_won, yours_won, "one of the two imports has the organization");
    (mine_won, if mine_won { my_import } else { your_import })
}

/// Whether an import was started, by exactly one of these; otherwise each says that somebody else has the organization.
fn has_won(answers: impl Iterator<Item = Answer>) -> bool {
    let (mut started, mut running, mut held) = (0, 0, 0);
    for answer in answers {
        let is_replay = answer.headers.get("idempotency-replayed").is_some_and(|value| value == "true");
        match (answer.status.as_u16(), answer.slug()) {
            (202, _) if !is_replay => started += 1,
            (200 | 202, _) => running += 1,
            (409, "organization-importing" | "organization-linked") => held += 1,
            (409, "idempotency-key-in-use") => {}
            _ => panic!("{}: {:#}", answer.status, answer.body),
        }
    }
    assert!(started <= 1 && (started == 1) == (held == 0), "{started} started, {running} running, {held} refused");
    started == 1
}
