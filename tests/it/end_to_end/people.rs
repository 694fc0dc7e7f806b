//! What only a person can decide: somebody else made an account of the same name while the import was being prepared.

use super::flow::{Ready, errors, reasons, statuses};
use super::stage::{Options, Stage};
use chrono::TimeDelta;
use serde_json::{Value, json};
use worryfree_plugin::sandbox::{Api, Change, Customer, Effect, Which, World};

/// An import of two customers; an account of the first one's name appears after the plan was confirmed.
struct Twin {
    stage: Stage,
    ready: Ready,
    account: String,
    waiting: Value,
}

impl Twin {
    async fn new() -> Self {
        Self::made(TimeDelta::zero(), false).await
    }

    /// The account was made so long before Integrate, and the inventory was refreshed since or not.
    async fn made(made: TimeDelta, is_refreshed: bool) -> Self {
        let world = World::generated(8, 40, 3);
        let stage = Stage::new(Options::new(world.clone())).await;
        let names: Vec<_> = [1, 3].map(|index: usize| world.organizations()[index].name.clone()).to_vec();
        let ready = stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10)).await;
        let created = chrono::Utc::now() - made;
        let account = world.add_customer(Customer { created, ..Customer::named(&names[0]) });
        if is_refreshed {
            stage.refresh().await;
        }
        stage.integrate(&ready).await;
        let waiting = stage.finished(&ready).await;
        Self { stage, ready, account, waiting }
    }

    fn organization(&self) -> &Value {
        &self.waiting["items"][0]["organization_id"]
    }

    async fn decide(&self, account: Value) -> crate::api::contract::Answer {
        let body = json!({ "decisions": [{ "organization_id": self.organization(), "account_id": account }] });
        self.stage.post(&self.ready.path("/integration/retry"), body).await
    }

    async fn ends_well(&self) -> Value {
        let what = "both are imported";
        self.stage
            .integration(&self.ready, what, |found| found["status"] == "finished" && statuses(found) == ["imported"; 2])
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_appeared_meanwhile_is_shown_and_taken_if_somebody_says_so() {
    let twin = Twin::new().await;
    assert_eq!(statuses(&twin.waiting), ["needs_person", "imported"], "{:#}", twin.waiting);
    assert_eq!(reasons(&twin.waiting)[0], Some("same_name"));
    assert_eq!(twin.waiting["counts"]["needs_person"], 1);
    let candidates = twin.waiting["items"][0]["candidates"].as_array().unwrap();
    assert_eq!((candidates.len(), &candidates[0]["account_id"]), (1, &json!(twin.account)));
    assert_eq!(twin.stage.books().effect(Change::CustomerCreated), 1, "nothing is created on a guess");
    // Nothing goes on without a decision, and the organization stays held.
    let unchanged = twin.stage.ask(&twin.ready.path("/integration/retry")).await.is(202);
    assert_eq!((&unchanged["status"], statuses(&unchanged)[0]), (&json!("finished"), "needs_person"));
    let body = json!({ "organization_ids": [twin.organization()] });
    twin.stage.post("/api/v1/imports", body).await.problem(409, "organization-importing");
    let foreign = twin.decide("somebody-else".into()).await.problem(422, "validation-failed");
    assert_eq!(errors(&foreign), [("/decisions/0/account_id", "unknown")]);
    twin.decide(twin.account.clone().into()).await.is(202);
    let finished = twin.ends_well().await;
    assert_eq!(finished["items"][0]["account_id"], twin.account.as_str());
    let books = twin.stage.books();
    assert_eq!((books.effect(Change::CustomerCreated), books.effect(Change::SubscriptionCreated)), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn none_of_them_means_that_one_is_created() {
    let twin = Twin::new().await;
    twin.decide(Value::Null).await.is(202);
    let finished = twin.ends_well().await;
    assert_ne!(finished["items"][0]["account_id"], twin.account.as_str());
    let books = twin.stage.books();
    assert_eq!((books.effect(Change::CustomerCreated), books.effect(Change::SubscriptionCreated)), (2, 2));
    let decided = twin.decide(Value::Null).await.problem(422, "validation-failed");
    assert_eq!(errors(&decided), [("/decisions/0/organization_id", "not_available")], "there is nothing to decide now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_that_somebody_else_has_by_now_cannot_be_chosen() {
    let twin = Twin::new().await;
    let world = twin.stage.world();
    // The mirror learns of the new account, and another organization takes it.
    twin.stage.refresh().await;
    let mut rows = twin.stage.new_rows([world.organizations()[5].name.as_str()], "WFS monthly", 10);
    rows[0].account = super::flow::existing(&twin.account);
    let (other, finished) = twin.stage.import(&rows).await;
    assert_eq!(statuses(&finished), ["imported"]);
    let problem = twin.decide(twin.account.clone().into()).await.problem(409, "account-assigned");
    assert_eq!(problem["accounts"][0]["import_id"], other.id.as_str());
    let still = twin.stage.get(&twin.ready.path("/integration")).await.ok();
    assert_eq!(statuses(&still)[0], "needs_person");
}

/// Whoever prepared the import did not have the account in view: neither a while later nor after a refresh is it doubled silently.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_nobody_had_in_view_is_asked_about_however_long_ago_it_was_made() {
    for (made, is_refreshed) in
        [(TimeDelta::minutes(40), false), (TimeDelta::minutes(40), true), (TimeDelta::zero(), true)]
    {
        let twin = Twin::made(made, is_refreshed).await;
        assert_eq!(statuses(&twin.waiting), ["needs_person", "imported"], "{made}, {is_refreshed}: {:#}", twin.waiting);
        assert_eq!(reasons(&twin.waiting)[0], Some("same_name"));
        assert_eq!(twin.stage.books().effect(Change::CustomerCreated), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_with_an_open_question_is_taken_back_once_that_is_decided() {
    let twin = Twin::new().await;
    let (stage, ready) = (&twin.stage, &twin.ready);
    assert_eq!(stage.get(&ready.path("/undo")).await.ok()["status"], "not_possible");
    let refused = stage.post(&ready.path("/undo"), json!({})).await.problem(409, "undo-not-possible");
    let name = twin.waiting["items"][0]["organization_name"].as_str().unwrap();
    assert!(refused["detail"].as_str().unwrap().contains(&format!("Decide about {name} first")), "{refused:#}");
    twin.decide(twin.account.clone().into()).await.is(202);
    twin.ends_well().await;
    stage.post(&ready.path("/undo"), json!({})).await.is(202);
    let undone = stage
        .until("the undo is finished", || async {
            let undo = stage.get(&ready.path("/undo")).await.ok();
            (undo["status"] == "finished").then_some(undo)
        })
        .await;
    let kinds: Vec<_> = undone["items"].as_array().unwrap().iter().map(|item| &item["reversal"]["kind"]).collect();
    assert_eq!(kinds, ["suspend", "suspend"], "{undone:#}");
}

/// A vendor, or something before it, that refuses what it has carried out.
#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_with_our_own_mark_is_asked_about() {
    let world = World::generated(8, 40, 3);
    let stage = Stage::new(Options::new(world.clone())).await;
    let create = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers").nth(1);
    stage.sandbox().faults().on(create, Effect::StatusAfter(400));
    let name = world.organizations()[1].name.clone();
    let (ready, refused) = stage.import(&stage.new_rows([name.as_str()], "WFS monthly", 10)).await;
    assert_eq!(statuses(&refused), ["refused"], "{refused:#}");
    stage.ask(&ready.path("/integration/retry")).await.is(202);
    let asked = stage.integration(&ready, "somebody is asked", |found| found["counts"]["needs_person"] == 1).await;
    assert_eq!((reasons(&asked)[0], asked["items"][0]["candidates"].as_array().unwrap().len()), (Some("same_name"), 1));
    assert_eq!(stage.books().effect(Change::CustomerCreated), 1);
}
