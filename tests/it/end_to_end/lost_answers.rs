//! Answers that get lost: whatever the vendor did, there is one of everything in the end.

use super::flow::{Ready, statuses};
use super::stage::{Options, Stage};
use serde_json::Value;
use std::time::Duration;
use worryfree_plugin::sandbox::{Api, Books, Change, Effect, RetryAfter, RuleNumber, Which, World};

const CUSTOMERS: &str = "/lmpi/v3/customers";
const SUBSCRIPTIONS: &str = "/lmpi/v3/customers/*/subscriptions";

/// A stage and an import of three customers, the first of whose creations meets `effect`.
struct Accident {
    stage: Stage,
    before: Books,
    ready: Ready,
    rule: RuleNumber,
}

impl Accident {
    async fn at(path: &str, effect: Effect) -> Self {
        Self::with(path, effect, |_| {}).await
    }

    /// The same after the world was changed.
    async fn with(path: &str, effect: Effect, change: impl FnOnce(&World)) -> Self {
        let world = World::generated(8, 40, 3);
        let stage = Stage::new(Options::new(world.clone())).await;
        let names: Vec<_> = world.organizations().into_iter().take(3).map(|organization| organization.name).collect();
        let rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 12);
        let ready = stage.ready(&rows).await;
        change(&world);
        let rule = stage.sandbox().faults().on(Which::new(Api::Lmp).method("POST").path(path).nth(1), effect);
        let before = stage.books();
        stage.integrate(&ready).await;
        Self { stage, before, ready, rule }
    }

    /// Waits until one customer is being checked, and gives its reason.
    async fn checking(&self) -> Value {
        let checking = |item: &&Value| item["status"] == "checking";
        let what = "an answer is being checked";
        let integration = self
            .stage
            .integration(&self.ready, what, |integration| {
                integration["items"].as_array().unwrap().iter().any(|item| checking(&item))
            })
            .await;
        let item = integration["items"].as_array().unwrap().iter().find(checking).unwrap().clone();
        assert_eq!(item["reason"]["code"], "checking", "{item:#}");
        assert!(!item["next_try_at"].is_null(), "it says when it looks next: {item:#}");
        item["reason"]["message"].clone()
    }

    /// Waits for the end: everything is imported, each once.
    async fn ends_well(&self) {
        let integration = self.stage.finished(&self.ready).await;
        assert_eq!(statuses(&integration), ["imported"; 3], "{integration:#}");
        assert_eq!(self.stage.sandbox().faults().fired(self.rule), 1, "the accident has happened");
        self.stage.books_equal_plan(&self.before, &self.ready, &integration).await;
    }

    /// How often something was asked of LMP since the start.
    fn posts(&self, part_of_path: &str) -> usize {
        let posts = |books: &Books| {
            let to = books.requests_to(Api::Lmp, "POST", "");
            to.iter().filter(|request| request.path.to_lowercase().ends_with(part_of_path)).count()
        };
        posts(&self.stage.books()) - posts(&self.before)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_answer_was_lost_is_found_and_not_created_again() {
    let accident = Accident::with(CUSTOMERS, Effect::DropAfter, |world| {
        world.configure(|quirks| quirks.lmp.customer_lag = Duration::from_secs(2));
    })
    .await;
    let message = accident.checking().await;
    assert!(
        message.as_str().unwrap().contains("Trend Micro") && message.as_str().unwrap().contains("checking"),
        "{message}"
    );
    accident.ends_well().await;
    assert_eq!(accident.posts("/customers"), 3, "nothing is sent a second time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_whose_answer_was_lost_is_found_and_not_created_again() {
    let accident = Accident::with(SUBSCRIPTIONS, Effect::DropAfter, |world| {
        world.configure(|quirks| quirks.lmp.subscription_lag = Duration::from_secs(2));
    })
    .await;
    let message = accident.checking().await;
    assert!(message.as_str().unwrap().contains("Trend Micro"), "{message}");
    accident.ends_well().await;
    assert_eq!(accident.posts("/subscriptions"), 3, "nothing is sent a second time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_that_never_arrived_is_created_once_that_is_sure() {
    let accident = Accident::at(CUSTOMERS, Effect::DropBefore).await;
    accident.checking().await;
    accident.ends_well().await;
    assert_eq!(accident.posts("/customers"), 4, "one was sent again, and only one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_never_arrived_is_created_once_that_is_sure() {
    let accident = Accident::at(SUBSCRIPTIONS, Effect::DropBefore).await;
    accident.checking().await;
    accident.ends_well().await;
    assert_eq!(accident.posts("/subscriptions"), 4, "one was sent again, and only one");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_cannot_be_read_are_lost_ones() {
    let effects = [Effect::StatusAfter(500), Effect::StatusAfter(504), Effect::GarbledAfter, Effect::EmptyAfter];
    for effect in effects {
        let accident = Accident::at(CUSTOMERS, effect.clone()).await;
        accident.ends_well().await;
        assert_eq!(accident.posts("/customers"), 3, "{effect:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_slow_vendor_did_not_do_yet_is_not_done_twice() {
    let wait = RetryAfter::Seconds(1);
    for (path, effect) in [
        (CUSTOMERS, Effect::TooManyRequests(wait)),
        (SUBSCRIPTIONS, Effect::StatusBefore(503)),
        (SUBSCRIPTIONS, Effect::HtmlAfter),
    ] {
        let accident = Accident::at(path, effect).await;
        accident.ends_well().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_whose_answer_was_lost_are_simply_set_again() {
    let world = World::generated(8, 40, 3);
    let stage = Stage::new(Options::new(world.clone())).await;
    let mut rows = stage.new_rows([world.organizations()[4].name.as_str()], "WFS monthly", 33);
    let account = world.customer_named(&world.organizations()[4].name).unwrap();
    rows[0].account = super::flow::existing(&account.id);
    let ready = stage.ready(&rows).await;
    let put = Which::new(Api::Lmp).path("/lmpi/v2/customers/*/subscriptions/*").nth(1);
    let rule = stage.sandbox().faults().on(put.method("PUT"), Effect::DropAfter);
    stage.integrate(&ready).await;
    let integration = stage.finished(&ready).await;
    assert_eq!(statuses(&integration), ["imported"], "{integration:#}");
    assert_eq!(stage.sandbox().faults().fired(rule), 1);
    let books = stage.books();
    let units: Vec<_> =
        books.subscriptions.iter().filter(|found| found.customer_id == account.id).map(|found| found.units).collect();
    assert_eq!((units, books.effect(Change::SubscriptionCreated)), (vec![33], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_in_bad_weather_ends_with_one_of_everything() {
    let world = World::generated(24, 240, 8);
    let stage = Stage::new(Options { remote_manager: true, ..Options::new(world.clone()) }).await;
    let names: Vec<_> = world.organizations().into_iter().take(12).map(|organization| organization.name).collect();
    let rows = stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10);
    let ready = stage.ready(&rows).await;
    let before = stage.books();
    for (nth, effect) in
        [(1, Effect::DropAfter), (3, Effect::StatusAfter(500)), (5, Effect::DropBefore), (7, Effect::GarbledAfter)]
    {
        for path in [CUSTOMERS, SUBSCRIPTIONS] {
            stage.sandbox().faults().on(Which::new(Api::Lmp).method("POST").path(path).nth(nth), effect.clone());
        }
    }
    for api in [Api::Lmp, Api::RemoteManager] {
        stage.sandbox().faults().on(Which::new(api).method("GET").every(7), Effect::StatusBefore(503));
    }
    stage.sandbox().faults().on(Which::new(Api::RemoteManager).method("PUT").first(2), Effect::DropAfter);
    stage.integrate(&ready).await;
    let integration = stage.finished(&ready).await;
    assert_eq!(statuses(&integration), ["imported"; 12], "{integration:#}");
    stage.books_equal_plan(&before, &ready, &integration).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_is_throttled_is_checked_in_its_own_words_after_the_pause_that_was_asked_for() {
    let accident = Accident::at(CUSTOMERS, Effect::TooManyRequests(RetryAfter::Seconds(4))).await;
    let is_checking = |integration: &Value| statuses(integration).contains(&"checking");
    let slowed = accident.stage.integration(&accident.ready, "it is checked", is_checking).await;
    let at = chrono::Utc::now();
    let item = slowed["items"].as_array().unwrap().iter().find(|item| item["status"] == "checking").unwrap();
    assert!(item["reason"]["message"].as_str().unwrap().contains("asked us to slow down"), "{item:#}");
    let next: chrono::DateTime<chrono::Utc> = item["next_try_at"].as_str().unwrap().parse().unwrap();
    assert!((next - at).num_milliseconds() > 2500, "{next} is too soon after {at}");
    let finished = accident.stage.finished(&accident.ready).await;
    assert_eq!(statuses(&finished), ["imported"; 3]);
    accident.stage.books_equal_plan(&accident.before, &accident.ready, &finished).await;
}

/// Nothing documents that a request had no effect that was called refused for its credentials.
#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_was_done_and_called_refused_is_found_before_it_is_sent_again() {
    for path in [CUSTOMERS, SUBSCRIPTIONS] {
        Accident::at(path, Effect::StatusAfter(403)).await.ends_well().await;
    }
}
