//! Many requests at once: double clicks, two tabs, two administrators.

use super::flow::{Ready, statuses};
use super::stage::{Options, Stage};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeMap;
use worryfree_plugin::sandbox::World;

/// A stage and names of organizations on it.
async fn stage() -> (Stage, Vec<String>) {
    let world = World::generated(10, 50, 4);
    let names = world.organizations().into_iter().map(|organization| organization.name).collect();
    (Stage::new(Options::new(world)).await, names)
}

async fn ready(stage: &Stage, names: &[String]) -> Ready {
    let rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10);
    stage.ready(&rows).await
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_integrates_are_one_integration() {
    let (stage, names) = stage().await;
    let ready = ready(&stage, &names[..3]).await;
    let before = stage.books();
    let body = json!({ "plan_hash": ready.hash() });
    // Ten with one key, ten with a key of their own.
    let keys: Vec<_> = (0..20).map(|number| format!("key-{}", if number % 2 == 0 { 0 } else { number })).collect();
    let path = ready.path("/integration");
    let answers = join_all(keys.iter().map(|key| stage.post_as(key, &path, body.clone()))).await;
    let mut started = 0;
    for answer in answers {
        let is_replay = answer.headers.get("idempotency-replayed").is_some_and(|value| value == "true");
        match answer.status.as_u16() {
            202 => started += u32::from(!is_replay),
            200 => {}
            // Only a key that is shared can be in use.
            _ => drop(answer.problem(409, "idempotency-key-in-use")),
        }
    }
    assert_eq!(started, 1, "one of them starts it");
    let integration = stage.finished(&ready).await;
    assert_eq!(statuses(&integration), ["imported"; 3]);
    stage.books_equal_plan(&before, &ready, &integration).await;
    let count = sqlx::query_scalar::<_, i64>("select count(*) from job where kind = 'integrate'");
    assert_eq!(count.fetch_one(stage.plugin.database.pool()).await.unwrap(), 1, "one job for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_imports_that_share_an_organization_one_is_integrated() {
    let (stage, names) = stage().await;
    let mut imports = Vec::new();
    for _ in 0..4 {
        imports.push(ready(&stage, &names[..2]).await);
    }
    let before = stage.books();
    let start = async |ready: &Ready| {
        let body = json!({ "plan_hash": ready.hash() });
        stage.post(&ready.path("/integration"), body).await
    };
    let answers = join_all(imports.iter().map(start)).await;
    let mut by_status: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (index, answer) in answers.into_iter().enumerate() {
        by_status.entry(answer.status.as_u16()).or_default().push(index);
        if answer.status == 409 {
            let is_held = ["organization-importing", "organization-linked"].contains(&answer.slug());
            assert!(is_held, "{:#}", answer.body);
            assert_eq!(answer.body["organizations"].as_array().unwrap().len(), 2);
        }
    }
    assert_eq!((by_status[&202].len(), by_status[&409].len()), (1, 3), "{by_status:?}");
    let winner = &imports[by_status[&202][0]];
    let integration = stage.finished(winner).await;
    stage.books_equal_plan(&before, winner, &integration).await;
    for loser in by_status[&409].iter().map(|index| &imports[*index]) {
        stage.get(&loser.path("/integration")).await.problem(404, "not-found");
        let import = stage.get(&loser.path("")).await.ok();
        assert_eq!(import["status"], "draft");
        assert_eq!(import["items"][0]["problems"][0]["code"], "not_available", "the row says so");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_imports_that_share_an_account_one_is_integrated() {
    let (stage, names) = stage().await;
    let account = stage.world().customer_named(&stage.world().organizations()[2].name).unwrap().id;
    let mut imports = Vec::new();
    for name in &names[5..9] {
        let mut rows = stage.new_rows([name.as_str()], "WFS monthly", 10);
        rows[0].account = super::flow::existing(&account);
        imports.push(stage.ready(&rows).await);
    }
    let start = async |ready: &Ready| {
        let body = json!({ "plan_hash": ready.hash() });
        stage.post(&ready.path("/integration"), body).await
    };
    let answers = join_all(imports.iter().map(start)).await;
    let mut winner = None;
    for (ready, answer) in imports.iter().zip(answers) {
        if answer.status == 202 {
            assert!(winner.replace(ready).is_none(), "only one");
        } else {
            let problem = answer.problem(409, "account-assigned");
            assert_eq!(problem["accounts"][0]["account_id"], account.as_str());
        }
    }
    let winner = winner.expect("one is started");
    assert_eq!(statuses(&stage.finished(winner).await), ["imported"]);
    let links = stage.list("/api/v1/links", 50).await;
    assert_eq!(links.iter().filter(|link| link["account_id"] == account.as_str()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_creates_with_one_key_are_one_import() {
    let (stage, _) = stage().await;
    let organization = stage.world().organizations()[0].id.clone();
    let body = json!({ "organization_ids": [organization] });
    let answers = join_all((0..20).map(|_| stage.post_as("one", "/api/v1/imports", body.clone()))).await;
    let mut ids = Vec::new();
    for answer in answers {
        match answer.status.as_u16() {
            201 => ids.push(answer.body["id"].as_str().unwrap().to_owned()),
            _ => drop(answer.problem(409, "idempotency-key-in-use")),
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(stage.list("/api/v1/imports", 50).await.len(), 1);
}
