//! Activation, Connections and every page of signing in, in each language: what is said is said in it.

use super::browser::{Browser, Frame, choose, leads_to};
use super::plugin;
use crate::support::plugin::Plugin;
use crate::support::screens::Page;
use chrono::TimeDelta;
use std::collections::BTreeSet;
use worryfree_plugin::service::activation;

/// Names that are the same in every language.
const NAMES: [&str; 14] = [
    "Worry-Free Services",
    "Kaseya VSA",
    "Licensing Management Platform",
    "Remote Manager",
    "VSA X (VSA 10)",
    "VSA 9",
    "Sample MSP",
    "Nora Quist",
    "Wim Ooster",
    "Server",
    "English",
    "Deutsch",
    "TLS",
    "Administrator",
];

/// A browser of somebody who reads this language.
fn reading(language: &str, mut browser: Browser) -> Browser {
    browser.put_cookie("__Host-language", language);
    browser
}

/// Every page that lets somebody in, keeps somebody out or holds credentials.
async fn pages(plugin: &Plugin, language: &str) -> Vec<(&'static str, Page)> {
    let mut shown = Vec::new();
    let fresh = || reading(language, Browser::new(plugin));
    let mut nobody = fresh();
    shown.push(("activate", nobody.get("/activate").await));
    shown.push(("activate without a code", nobody.post("/activate", &[("go", "test")]).await));
    let code = activation::invite(&plugin.app, TimeDelta::hours(1)).await.unwrap();
    let empty = [("code", code.as_str()), ("go", "activate"), ("country", "Nowhere"), ("vsa_expires_on", "soon")];
    shown.push(("activate with gaps", nobody.post("/activate", &empty).await));
    let credentials = plugin.sandbox.credentials();
    let wrong = [
        ("code", code.as_str()),
        ("go", "test"),
        ("name", "Sample MSP"),
        ("email", "noc@sample-msp.example"),
        ("vsa_product", "vsa9"),
        ("vsa_url", plugin.sandbox.vsa_url()),
        ("vsa_user", credentials.vsa_user.as_str()),
        ("vsa_access_token", "wrong"),
        ("lmp_url", plugin.sandbox.lmp_url()),
        ("lmp_access_token", credentials.lmp.access_token.as_str()),
        ("lmp_secret_key", credentials.lmp.secret_key.as_str()),
        ("remote_manager_url", "http://127.0.0.1:9"),
        ("remote_manager_access_token", "x"),
        ("remote_manager_secret_key", "y"),
    ];
    shown.push(("activate, tested", nobody.post("/activate", &wrong).await));

    shown.push(("sign in", nobody.get("/customers").await));
    shown.push(("nobody yet", nobody.post("/sign-in/collect", &[]).await));
    shown.push(("no cookies", fresh().post("/sign-in/collect", &[]).await));
    shown.push(("back", nobody.get("/sign-in/vsa?code=c").await));
    shown.push(("back without a code", nobody.get("/sign-in/vsa").await));
    shown.push(("no attempt of this browser", fresh().post("/sign-in/vsa", &[("code", "c")]).await));
    let mut stranger = fresh();
    stranger.put_cookie("__Host-sign-in", "guessed");
    shown.push(("an unknown attempt", stranger.post("/sign-in/vsa", &[("code", "c")]).await));
    shown.push(("a link", nobody.get("/enter?code=c").await));
    shown.push(("a link without cookies", fresh().post("/enter", &[("code", "c")]).await));
    shown.push(("a used link", nobody.post("/enter", &[("code", "c")]).await));
    shown.push(("a lost cookie", fresh().get("/entered").await));
    shown.push(("left", nobody.get("/left").await));

    let window = |login: &'static str| {
        let mut both = Frame { frame: fresh(), window: fresh() };
        async move {
            let page = both.sign_in("vsa", login).await;
            (both, page)
        }
    };
    shown.push(("no role", window("tess").await.1));
    let (mut both, page) = window("nora").await;
    shown.push(("done for the frame", page));
    both.collect().await.leads();
    let mut tab = fresh();
    let waiter = tab.get("/imports").await.hidden("waiter").to_owned();
    let going = tab.post("/sign-in", &[("method", "vsa"), ("waiter", &waiter)]).await;
    let back = choose(&leads_to(&going), "nora").await;
    shown.push(("going", going));
    shown.push(("done here", tab.post(&back.path, &back.form()).await));

    let mut frame = both.frame;
    shown.push(("activated", frame.get("/activated").await));
    shown.push(("start", frame.get("/start").await));
    shown.push(("connections, not tested", frame.get("/connections").await));
    shown.push(("connections, tested", frame.post("/connections", &wrong).await));
    let gaps = [("go", "store"), ("vsa_url", "http:/no"), ("lmp_url", "https://elsewhere.example")];
    shown.push(("connections with gaps", frame.post("/connections", &gaps).await));
    let mut viewer = reading(language, Frame::of(plugin, "vsa", "wim").await);
    shown.push(("connections of who may only look", viewer.get("/connections").await));
    shown.push(("only looks", viewer.post("/connections", &[("go", "store")]).await));
    shown
}

/// What a page says: its texts, and those of attributes that are read out or shown.
fn said(page: &str) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    // Countries are chosen by their two letters.
    let rest = ["script", "datalist"].iter().fold(page.to_owned(), |rest, hidden| without(&rest, hidden));
    for part in rest.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        for attribute in ["aria-label=\"", "title=\"", "placeholder=\"", "data-ask=\""] {
            said.extend(tag.split(attribute).skip(1).filter_map(|value| value.split('"').next()).map(str::to_owned));
        }
        said.insert(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    said
}

/// A page without these elements.
fn without(page: &str, element: &str) -> String {
    let (begin, end) = (format!("<{element}"), format!("</{element}>"));
    let mut parts = page.split(&begin);
    let first = parts.next().unwrap_or_default();
    let rest = parts.filter_map(|part| part.split_once(&end)).map(|(_, after)| after);
    std::iter::once(first).chain(rest).collect()
}

/// Whether these are words rather than a name, a number, an address or somebody's own text.
fn are_words(text: &str) -> bool {
    let bare = NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
    let is_word = |word: &str| word.len() > 2 && word.chars().all(|letter| letter.is_ascii_alphabetic());
    bare.split([' ', '.', ',', '(', ')', '–', '·', ':']).any(is_word) && !bare.contains("://") && !bare.contains('@')
}

#[tokio::test(flavor = "multi_thread")]
async fn activation_connections_and_signing_in_are_said_in_every_language() {
    let plugin = plugin().await;
    let english = pages(&plugin, "en").await;
    for language in ["de", "ja"] {
        let mut left = Vec::new();
        for ((name, before), (_, after)) in english.iter().zip(pages(&plugin, language).await) {
            assert_eq!(before.status, after.status, "{name}");
            assert!(after.text.contains(&format!("<html lang=\"{language}\"")), "{name}: {}", after.text);
            let (before, after) = (said(&before.text), said(&after.text));
            assert!(before.len() > 5, "{name}: {before:?}");
            left.extend(
                before.intersection(&after).filter(|text| are_words(text)).map(|text| format!("{name}: {text}")),
            );
            // A key that is missing is shown itself.
            let is_key = |text: &&String| {
                text.contains('-') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            };
            left.extend(after.iter().filter(is_key).map(|text| format!("{name}: the key {text}")));
        }
        assert_eq!(left, [""; 0], "{language}");
    }
}
