//! A code, a form, a test of every connection, and a partner that is there.

use super::stage::{Options, Stage};
use chrono::TimeDelta;
use reqwest::{Client, Response, StatusCode, redirect};
use worryfree_plugin::sandbox::World;
use worryfree_plugin::service::{access, activation};

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

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_replaced_and_stay_with_their_server() {
    let stage = Stage::new(Options::new(World::believable())).await;
    let browser = Browser::new(&stage);
    let (app, key) = (&stage.plugin.app, &stage.plugin.partner.partner_key);
    let token = access::begin_session(app, stage.plugin.partner_id(), "Nora").await.unwrap();
    let session = format!("__Host-session={token}");
    let path = format!("/p/{key}/connections");
    let send = async |fields: &[(&'static str, String)]| {
        let request = browser.client.post(format!("{}{path}", browser.url)).header("sec-fetch-site", "same-origin");
        request.header("cookie", &session).form(fields).send().await.unwrap()
    };
    let mut blank = with(&filled(&stage, "", "store"), "name", "Sample MSP");
    blank.retain(|(name, _)| !name.contains("token") && !name.contains("secret"));
    blank.retain(|(name, _)| !name.starts_with("remote_manager"));
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
