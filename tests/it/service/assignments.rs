//! An account has one organization: across rows, links and running imports, also when a run is taken up again.

use crate::end_to_end::flow::{Ready, existing, statuses};
use crate::end_to_end::stage::{Options, Stage};
use serde_json::{Value, json};
use std::time::Duration;
use worryfree_plugin::sandbox::{Api, Change, Effect, Which, World};

const SUBSCRIPTIONS: &str = "/lmpi/v3/customers/*/subscriptions";

/// An import whose account was created and whose subscription was refused: the account is free for whoever wants it.
struct LeftBehind {
    stage: Stage,
    ready: Ready,
    account: String,
}

impl LeftBehind {
    async fn new() -> Self {
        let stage = Stage::new(Options::new(World::generated(8, 40, 2))).await;
        let rows = stage.new_rows([name(&stage, 0).as_str()], "CAS monthly", 10);
        let refused = Which::new(Api::Lmp).method("POST").path(SUBSCRIPTIONS).nth(1);
        stage.sandbox().faults().on(refused, Effect::StatusBefore(400));
        let (ready, finished) = stage.import(&rows).await;
        assert_eq!(statuses(&finished), ["refused"]);
        let account = finished["items"][0]["account_id"].as_str().unwrap().to_owned();
        Self { stage, ready, account }
    }

    /// Another organization's import that chooses the account.
    async fn taken_by_another(&self) -> Ready {
        let mut rows = self.stage.new_rows([name(&self.stage, 1).as_str()], "WFS monthly", 10);
        rows[0].account = existing(&self.account);
        self.stage.ready(&rows).await
    }

    fn retry(&self) -> String {
        self.ready.path("/integration/retry")
    }
}

fn name(stage: &Stage, index: usize) -> String {
    stage.world().organizations()[index].name.clone()
}

fn id(stage: &Stage, index: usize) -> String {
    stage.world().organizations()[index].id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_somebody_has_by_now_is_not_taken_up_again() {
    let left = LeftBehind::new().await;
    let other = left.taken_by_another().await;
    left.stage.integrate(&other).await;
    assert_eq!(statuses(&left.stage.finished(&other).await), ["imported"]);
    let problem = left.stage.ask(&left.retry()).await.problem(409, "account-assigned");
    let holder = json!({
        "account_id": left.account, "organization_id": id(&left.stage, 1), "organization_name": name(&left.stage, 1), "import_id": other.id,
    });
    assert_eq!(problem["accounts"], json!([holder]));
    let unchanged = left.stage.get(&left.ready.path("/integration")).await.ok();
    assert_eq!((&unchanged["status"], statuses(&unchanged)), (&json!("finished"), vec!["refused"]));
    assert_eq!(left.stage.books().effect(Change::SubscriptionCreated), 1, "nothing is bought for another's account");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_taken_up_again_is_held() {
    let left = LeftBehind::new().await;
    let other = left.taken_by_another().await;
    let slow = Which::new(Api::Lmp).method("POST").path(SUBSCRIPTIONS).nth(1);
    left.stage.sandbox().faults().on(slow, Effect::Delay(Duration::from_secs(3)));
    left.stage.ask(&left.retry()).await.is(202);
    let body = json!({ "plan_hash": other.hash() });
    let problem = left.stage.post(&other.path("/integration"), body).await.problem(409, "account-assigned");
    assert_eq!(problem["accounts"][0]["import_id"], left.ready.id.as_str());
    let finished = left.stage.integration(&left.ready, "it is imported", |found| statuses(found) == ["imported"]).await;
    assert_eq!(finished["items"][0]["account_id"], left.account.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_created_before_is_chosen_and_not_created_again() {
    let left = LeftBehind::new().await;
    let rows = left.stage.new_rows([name(&left.stage, 0).as_str()], "CAS monthly", 10);
    let import = left.stage.begin(&rows).await;
    let import_id = import["id"].as_str().unwrap();
    let step = |account: &Value| json!({ "items": [{ "organization_id": id(&left.stage, 0), "account": account }] });
    let refused =
        left.stage.step(import_id, "accounts", step(&rows[0].account)).await.problem(422, "validation-failed");
    assert_eq!(crate::end_to_end::flow::errors(&refused), [("/items/0/account", "choose_account")]);
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains(&name(&left.stage, 0)), "{refused:#}");
    left.stage.step(import_id, "accounts", step(&existing(&left.account))).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_another_import_has_is_not_taken_up_again() {
    let left = LeftBehind::new().await;
    let mut rows = left.stage.new_rows([name(&left.stage, 0).as_str()], "WFS monthly", 10);
    rows[0].account = existing(&left.account);
    let (other, _) = left.stage.import(&rows).await;
    let problem = left.stage.ask(&left.retry()).await.problem(409, "organization-linked");
    assert_eq!(problem["organizations"][0]["import_id"], other.id.as_str());
}
