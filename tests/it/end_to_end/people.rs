//! What only a person can decide: somebody else made an account of the same name while the import was being prepared.

use super::flow::{Ready, errors, reasons, statuses};
use super::stage::{Options, Stage};
use serde_json::{Value, json};
use worryfree_plugin::sandbox::{Change, Customer, World};

/// An import of two customers; an account of the first one's name appears after the plan was confirmed.
struct Twin {
    stage: Stage,
    ready: Ready,
    account: String,
    waiting: Value,
}

impl Twin {
    async fn new() -> Self {
        let world = World::generated(8, 40, 3);
        let stage = Stage::new(Options::new(world.clone())).await;
        let names: Vec<_> = [1, 3].map(|index: usize| world.organizations()[index].name.clone()).to_vec();
        let ready = stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10)).await;
        let account = world.add_customer(Customer { created: chrono::Utc::now(), ..Customer::named(&names[0]) });
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
