//! A code, a form, a test of every connection, and a partner that is there.

use super::stage::{Options, Stage};
use chrono::TimeDelta;
use reqwest::{Client, Response, StatusCode, redirect};
use worryfree_plugin::domain::check::{Subject, Verdict};
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::sandbox::{Api, Effect, Which, World};
use worryfree_plugin::service::partners::{self, Removal};
use worryfree_plugin::service::{access, activation, connections};
use worryfree_plugin::storage;

/// A browser without scripts.
struct Browser {
    client: Client,
    url: String,
}

impl Browser {
    fn new(stage: &Stage) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { client, url: stage.url().to_owned() }
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.url)).header("sec-fetch-site", "same-origin");
        request.form(fields).send().await.unwrap()
    }

    async fn post_in(&self, session: &str, path: &str, fields: &[(&'static str, String)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.url)).header("sec-fetch-site", "same-origin");
        request.header("cookie", session).form(fields).send().await.unwrap()
    }

    async fn get(&self, path: &str, session: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.url)).header("cookie", session);
        request.send().await.unwrap()
    }
}

/// What an administrator enters who has everything at hand.
fn filled(stage: &Stage, code: &str, go: &str) -> Vec<(&'static str, String)> {
    let credentials = stage.sandbox().credentials();
    [
        ("code", code),
        ("go", go),
        ("name", "Second MSP"),
        ("email", "noc@second-msp.example"),
        ("country", "United Kingdom"),
        ("vsa_product", "vsa9"),
        ("vsa_url", stage.sandbox().vsa_url()),
        ("vsa_user", &credentials.vsa_user),
        ("vsa_access_token", &credentials.vsa_access_token),
        ("lmp_url", stage.sandbox().lmp_url()),
        ("lmp_access_token", &credentials.lmp.access_token),
        ("lmp_secret_key", &credentials.lmp.secret_key),
        ("remote_manager_url", stage.sandbox().remote_manager_url()),
        ("remote_manager_access_token", &credentials.remote_manager.access_token),
        ("remote_manager_secret_key", &credentials.remote_manager.secret_key),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect()
}

fn with(fields: &[(&'static str, String)], name: &str, value: &str) -> Vec<(&'static str, String)> {
    let change =
        |(known, old): &(&'static str, String)| (*known, if *known == name { value.to_owned() } else { old.clone() });
    fields.iter().map(change).collect()
}

async fn send(browser: &Browser, fields: &[(&'static str, String)]) -> Response {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/activate", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_makes_one_partner_once() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let browser = Browser::new(&stage);
    let app = &stage.plugin.app;
    assert_eq!(activation::first_start(app, TimeDelta::hours(1)).await.unwrap(), None, "there is a partner already");
    let code = activation::invite(app, TimeDelta::hours(1)).await.unwrap();
    let before = stage.sandbox().books().requests.len();

    let unknown = send(&browser, &filled(&stage, "aaaaa-bbbbb-ccccc-ddddd", "activate")).await;
    assert_eq!(unknown.status(), StatusCode::FORBIDDEN);
    let expired = activation::invite(app, TimeDelta::zero()).await.unwrap();
    assert_eq!(send(&browser, &filled(&stage, &expired, "test")).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(stage.sandbox().books().requests.len(), before, "nobody was called without a code");

    let tested = send(&browser, &filled(&stage, &code, "test")).await;
    assert_eq!(tested.status(), StatusCode::OK);
    let page = tested.text().await.unwrap();
    for part in [
        "It works, with the restrictions below",
        "5 devices belong to others",
        "Secure connection",
        "Organizations",
        "License pool",
        "Clock",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let secret = stage.sandbox().credentials().lmp.secret_key;
    assert!(!page.contains(&secret), "a secret is never sent back");

    let wrong = with(&filled(&stage, &code, "activate"), "vsa_access_token", "wrong");
    let refused = send(&browser, &wrong).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.unwrap();
    assert!(page.contains("They are refused.") && page.contains("Nothing was stored"), "{page}");

    let typed = code.to_uppercase().replace('-', " ");
    let activated = send(&browser, &filled(&stage, &typed, "activate")).await;
    assert_eq!(activated.status(), StatusCode::SEE_OTHER);
    let address = activated.headers()["location"].to_str().unwrap().to_owned();
    let cookie = activated.headers()["set-cookie"].to_str().unwrap();
    for part in ["__Host-session=", "Secure", "HttpOnly", "SameSite=None", "Partitioned"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    let session = cookie.split(';').next().unwrap();
    let page = browser.get(&address, session).await.text().await.unwrap();
    assert!(page.contains("Activation Successful") && page.contains("Second MSP"), "{page}");
    let base = address.trim_end_matches("/activated");
    let package = browser.get(&format!("{base}/package"), session).await;
    assert!(package.headers()["content-disposition"].to_str().unwrap().contains(".vsaz"));
    assert_eq!(&package.bytes().await.unwrap()[..2], b"PK");
    let connections = browser.get(&format!("{base}/connections"), session).await.text().await.unwrap();
    assert!(connections.contains("Tested") && !connections.contains(&secret), "{connections}");

    let again = send(&browser, &with(&filled(&stage, &code, "activate"), "name", "Third MSP")).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN, "a code works once");
}

/// A session of the stage's own partner.
async fn session(stage: &Stage) -> String {
    let token = access::begin_session(&stage.plugin.app, stage.plugin.partner_id(), "Nora").await.unwrap();
    format!("__Host-session={token}")
}

/// What the form of *Connections* sends for the stage's own partner; secrets are blank.
fn unchanged(stage: &Stage) -> Vec<(&'static str, String)> {
    let mut fields = with(&filled(stage, "", "store"), "name", "Sample MSP");
    fields
        .retain(|(name, _)| !name.contains("token") && !name.contains("secret") && !name.starts_with("remote_manager"));
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_replaced_and_stay_with_their_server() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let browser = Browser::new(&stage);
    let session = session(&stage).await;
    let path = format!("/p/{}/connections", stage.plugin.partner.partner_key);
    let send = async |fields: &[(&'static str, String)]| browser.post_in(&session, &path, fields).await;
    let blank = unchanged(&stage);
    let stored = send(&blank).await;
    assert_eq!(stored.status(), StatusCode::SEE_OTHER, "{}", stored.text().await.unwrap());
    let elsewhere = stage.sandbox().vsa_url().replace("127.0.0.1", "localhost");
    let refused = send(&with(&blank, "vsa_url", &elsewhere)).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.unwrap().contains("has to be entered again"));
    let credentials = stage.sandbox().credentials();
    let mut moved = with(&blank, "vsa_url", &elsewhere);
    moved.push(("vsa_access_token", credentials.vsa_access_token));
    assert_eq!(send(&moved).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(send(&blank).await.status(), StatusCode::UNAUTHORIZED, "another server ends all sessions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_no_scanner_however_it_is_typed() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let browser = Browser::new(&stage);
    let code = activation::invite(&stage.plugin.app, TimeDelta::hours(1)).await.unwrap();
    let mut refused = 0;
    for number in 0..24 {
        let typed = if number % 2 == 0 { code.to_uppercase() } else { code.replace('-', " ") };
        // Blank lines are wrong before anything is called, and count all the same.
        let answer = browser.post("/activate", &[("code", &typed), ("go", "test")]).await;
        refused += usize::from(answer.status() == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 4, "20 within ten minutes");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_press_at_once_one_makes_the_partner() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let browser = Browser::new(&stage);
    let code = activation::invite(&stage.plugin.app, TimeDelta::hours(1)).await.unwrap();
    let first = filled(&stage, &code, "activate");
    let second = with(&first, "name", "Third MSP");
    let (first, second) = tokio::join!(send(&browser, &first), send(&browser, &second));
    let mut statuses = [first.status(), second.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::FORBIDDEN]);
    assert_eq!(partners::list(&stage.plugin.app).await.unwrap().len(), 2, "one more than there was");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_prints_a_code_that_is_void_once_there_is_a_partner() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let (browser, app) = (Browser::new(&stage), &stage.plugin.app);
    let valid = TimeDelta::hours(1);
    assert_eq!(activation::first_start(app, valid).await.unwrap(), None, "there is a partner");
    assert_eq!(partners::remove(app, stage.plugin.partner_id()).await.unwrap(), Removal::Removed);
    let first = activation::first_start(app, valid).await.unwrap().expect("there is no partner");
    let second = activation::first_start(app, valid).await.unwrap().expect("there is still none");
    assert!(activation::invited(app, &second).await.unwrap().is_some());
    assert_eq!(send(&browser, &filled(&stage, &first, "activate")).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(activation::invited(app, &second).await.unwrap(), None, "there is a partner now");
    assert_eq!(send(&browser, &filled(&stage, &second, "test")).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_removed_is_gone_with_its_secrets_and_sessions() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let browser = Browser::new(&stage);
    let (app, partner) = (&stage.plugin.app, stage.plugin.partner_id());
    let (session, key) = (session(&stage).await, &stage.plugin.partner.partner_key);
    let address = format!("/p/{key}/customers");
    assert_eq!(browser.get(&address, &session).await.status(), StatusCode::OK);
    assert_eq!(partners::remove(app, partner).await.unwrap(), Removal::Removed);
    let gone = browser.get(&address, &session).await;
    let unknown = browser.get("/p/nobodynobodynobo/customers", &session).await;
    assert_eq!((gone.status(), unknown.status()), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    stage.get("/api/v1/inventory").await.problem(401, "unauthenticated");
    let rows: i64 = sqlx::query_scalar(
        "select (select count(*) from connection) + (select count(*) from screen_session) + (select count(*) from api_token)
              + (select count(*) from organization) + (select count(*) from partner)",
    )
    .fetch_one(stage.plugin.database.pool())
    .await
    .unwrap();
    assert_eq!(rows, 0, "nothing of it is left but the audit trail");
    let last: String =
        sqlx::query_scalar("select event from audit_entry where partner_id = $1 order by seq desc limit 1")
            .bind(partner.0)
            .fetch_one(stage.plugin.database.pool())
            .await
            .unwrap();
    assert_eq!(last, "partner_removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_connections_are_tested_by_themselves_once_a_day() {
    let stage = Stage::new(Options { remote_manager: true, ..Options::new(World::believable()) }).await;
    let (app, partner) = (&stage.plugin.app, stage.plugin.partner_id());
    let due = async || storage::connections::enqueue_due_tests(&app.pool).await.unwrap();
    let tested = async |after| {
        stage
            .until("the connections are tested", || async {
                connections::last_test(app, partner).await.unwrap().filter(|(at, _)| Some(*at) != after)
            })
            .await
    };
    assert_eq!(due().await, 1);
    let (at, checks) = tested(None).await;
    for vendor in [Vendor::Vsa, Vendor::Lmp, Vendor::RemoteManager] {
        let of_vendor: Vec<_> = checks.iter().filter(|check| check.vendor == vendor).collect();
        assert!(
            of_vendor.iter().any(|check| check.subject == Subject::Authentication && check.verdict == Verdict::Good)
        );
    }
    let clock = checks.iter().find(|check| check.subject == Subject::Clock).expect("the clock is compared");
    assert_eq!(clock.verdict, Verdict::Good, "{clock:?}");
    assert_eq!(due().await, 0, "not before a day is over");
    let yesterday = "update connection_test set tested_at = now() - interval '25 hours'";
    sqlx::query(yesterday).execute(stage.plugin.database.pool()).await.unwrap();
    let at_yesterday = connections::last_test(app, partner).await.unwrap().map(|(at, _)| at);
    assert_ne!(at_yesterday, Some(at));
    stage.change_lmp_keys();
    assert_eq!(due().await, 1);
    let (_, checks) = tested(at_yesterday).await;
    let refused = checks.iter().find(|check| check.vendor == Vendor::Lmp && check.verdict == Verdict::Failed).unwrap();
    assert_eq!(refused.subject, Subject::Authentication);
    assert!(connections::attention(app, partner).await.unwrap().is_failing);
    let browser = Browser::new(&stage);
    let key = &stage.plugin.partner.partner_key;
    let page = browser.get(&format!("/p/{key}/customers"), &session(&stage).await).await.text().await.unwrap();
    assert!(page.contains("The last test found a connection that does not work"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_integration_goes_on_with_credentials_that_are_entered_meanwhile() {
    let world = World::generated(6, 100, 6);
    let stage = Stage::new(Options { items_in_flight: 1, ..Options::new(world.clone()) }).await;
    let names: Vec<_> = world.organizations().into_iter().take(3).map(|organization| organization.name).collect();
    let ready = stage.ready(&stage.new_rows(names.iter().map(String::as_str), "WFS monthly", 10)).await;
    let before = stage.books();
    let second = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers").nth(2);
    stage.sandbox().faults().on(second, Effect::Unauthorized);
    stage.integrate(&ready).await;
    stage.integration(&ready, "the run waits", |integration| integration["status"] == "waiting").await;
    stage.change_lmp_keys();
    let mut fields = unchanged(&stage);
    let lmp = stage.sandbox().credentials().lmp;
    fields.extend([("lmp_access_token", lmp.access_token), ("lmp_secret_key", lmp.secret_key)]);
    let path = format!("/p/{}/connections", stage.plugin.partner.partner_key);
    let stored = Browser::new(&stage).post_in(&session(&stage).await, &path, &fields).await;
    assert_eq!(stored.status(), StatusCode::SEE_OTHER, "{}", stored.text().await.unwrap());
    let integration = stage.finished(&ready).await;
    assert_eq!(integration["counts"]["imported"], 3, "{integration:#}");
    stage.books_equal_plan(&before, &ready, &integration).await;
}
