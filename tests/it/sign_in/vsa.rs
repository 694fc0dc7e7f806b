//! VSA 9's code flow, and everything that must not pass for it.

use super::browser::{Back, Browser, Frame, choose};
use super::{noted, plugin, sessions};
use crate::support::plugin::{PUBLIC_URL, Plugin};
use crate::support::screens::Page;
use axum::http::StatusCode;
use worryfree_plugin::sandbox::{Api, Effect, Which, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_window_signs_in_for_the_frame_that_opened_it_and_for_nobody_else() {
    let plugin = plugin().await;
    let mut both = Frame::new(&plugin);
    let address = both.open("vsa").await;
    let sent: std::collections::BTreeMap<_, _> = address.query_pairs().into_owned().collect();
    let redirect = format!("{PUBLIC_URL}/p/{}/sign-in/vsa", plugin.partner.partner_key);
    assert_eq!(address.path(), "/vsapres/web20/core/login.aspx");
    assert_eq!((sent["response_type"].as_str(), sent["redirect_uri"].as_str()), ("code", redirect.as_str()));
    assert_eq!(sent["client_id"], plugin.sandbox.credentials().vsa_oauth_client_id);
    assert!(sent["state"].len() >= 43 && !both.window.cookie("__Host-sign-in").unwrap().contains(&sent["state"]));
    for cookie in both.frame.set.iter().chain(&both.window.set) {
        for part in ["__Host-", "HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
    }
    let back = choose(&address, "nora").await;
    assert_eq!(back.field("state"), "", "VSA does not give it back");
    let landed = both.window.get(&format!("{}?code={}", back.path, back.field("code"))).await;
    assert_eq!((landed.status, landed.hidden("code")), (StatusCode::OK, back.field("code")));
    assert_eq!(sessions(&plugin).await, 0, "an address alone does nothing");
    assert!(both.frame.get("/sign-in/waiting").await.text.contains("\"done\":false"));
    let done = both.finish(&back).await;
    assert!(done.text.contains("You can close this window and go on in VSA."), "{}", done.text);
    assert_eq!(both.window.cookie("__Host-sign-in"), None);
    assert_eq!(
        both.window.get("/customers").await.status,
        StatusCode::UNAUTHORIZED,
        "the window itself is not signed in"
    );
    let mut other = Frame::new(&plugin);
    other.frame.get("/customers").await;
    assert_eq!(other.collect().await.status, StatusCode::UNAUTHORIZED, "another browser collects nothing");
    assert!(both.frame.get("/sign-in/waiting").await.text.contains("\"done\":true"));
    let copy = both.frame.cookie("__Host-browser").unwrap().to_owned();
    assert!(both.collect().await.leads().ends_with("/customers"));
    let customers = both.frame.get("/customers").await;
    assert!(customers.status.is_success() && customers.text.contains("<bdi>Nora Quist</bdi>"));
    let mut again = Browser::new(&plugin);
    again.put_cookie("__Host-browser", &copy);
    assert_eq!(again.post("/sign-in/collect", &[]).await.status, StatusCode::UNAUTHORIZED, "once");
    let entries = noted(&plugin, "signed_in").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].0.as_str(), &entries[0].1["method"], &entries[0].1["role"]),
        ("Nora Quist", &"vsa".into(), &"administrator".into())
    );
    both.frame.post("/leave", &[]).await.leads();
    assert_eq!((sessions(&plugin).await, noted(&plugin, "signed_out").await.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_tab_of_its_own_the_window_is_signed_in_itself() {
    let plugin = plugin().await;
    let mut tab = Browser::new(&plugin);
    let page = tab.get("/imports").await;
    let waiter = page.hidden("waiter").to_owned();
    let address = super::browser::leads_to(&tab.post("/sign-in", &[("method", "vsa"), ("waiter", &waiter)]).await);
    let back = choose(&address, "nora").await;
    let done = tab.post(&back.path, &back.form()).await;
    assert!(
        done.text.contains("Go on here") && done.text.contains("/imports\""),
        "back to where it was: {}",
        done.text
    );
    assert!(tab.get("/imports").await.status.is_success());
    assert!(tab.get("/sign-in/waiting").await.text.contains("\"done\":true"), "the tab that waits notices");
    assert!(tab.post("/sign-in/collect", &[]).await.leads().ends_with("/customers"));
    assert_eq!(sessions(&plugin).await, 1);
}

/// An attempt that has come back from VSA.
async fn came_back(plugin: &Plugin) -> (Frame, Back) {
    let mut both = Frame::new(plugin);
    let address = both.open("vsa").await;
    let back = choose(&address, "nora").await;
    (both, back)
}

#[track_caller]
fn refused(page: &Page, words: &str) {
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text);
    assert!(page.text.contains("You are not signed in") && page.text.contains(words), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_works_once_in_its_own_window_and_within_its_time() {
    let plugin = plugin().await;
    let (mut both, back) = came_back(&plugin).await;
    // Somebody else's browser, with the victim's address.
    let mut stranger = Browser::new(&plugin);
    refused(&stranger.post(&back.path, &back.form()).await, "keeps no cookies");
    stranger.put_cookie("__Host-sign-in", "guessed");
    refused(&stranger.post(&back.path, &back.form()).await, "begun in another browser");
    let (copy, token) = (back.clone(), both.window.cookie("__Host-sign-in").unwrap().to_owned());
    assert!(both.finish(&back).await.text.contains("You are signed in"));
    both.window.put_cookie("__Host-sign-in", &token);
    refused(&both.finish(&copy).await, "was used already");
    // The code is used up at VSA too: a new attempt does not make it good again.
    let (mut second, _) = came_back(&plugin).await;
    refused(&second.finish(&copy).await, "not confirmed");
    // A code of one attempt in the window of another is VSA's to judge; a foreign state is ours.
    let (mut third, back) = came_back(&plugin).await;
    let form = [("code", back.field("code")), ("state", "somebody-else's")];
    refused(&third.window.post(&back.path, &form).await, "begun in another browser");
    refused(&third.finish(&back).await, "keeps no cookies");
    let (mut fourth, back) = came_back(&plugin).await;
    sqlx::query("update sign_in_attempt set expires_at = now()").execute(plugin.database.pool()).await.unwrap();
    refused(&fourth.finish(&back).await, "more than ten minutes");
    let (mut fifth, back) = came_back(&plugin).await;
    refused(&fifth.window.post("/sign-in/openid", &back.form()).await, "begun in another browser");
    let (mut sixth, back) = came_back(&plugin).await;
    refused(&sixth.window.post(&back.path, &[("code", "guessed")]).await, "not confirmed");
    assert_eq!(sixth.window.get("/sign-in/vsa?error=access_denied").await.status, StatusCode::FORBIDDEN);
    assert_eq!(sessions(&plugin).await, 0, "only the first attempt came in, and nobody has collected it");
    sqlx::query("update sign_in_attempt set used_at = now() - interval '2 minutes'")
        .execute(plugin.database.pool())
        .await
        .unwrap();
    assert_eq!(both.collect().await.status, StatusCode::UNAUTHORIZED, "what nobody collects is lost after two minutes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_belongs_to_its_partner() {
    let plugin = plugin().await;
    let (mut both, back) = came_back(&plugin).await;
    let key = "another2partner3";
    let other = "insert into partner (partner_id, partner_key, name, email) values (gen_random_uuid(), $1, 'Other', 'a@b.example')";
    sqlx::query(other).bind(key).execute(plugin.database.pool()).await.unwrap();
    let path = format!("/p/{key}/sign-in/vsa");
    refused(&both.window.post(&path, &back.form()).await, "begun in another browser");
    assert!(both.finish(&back).await.status == StatusCode::FORBIDDEN, "the cookie has gone with it");
    let page = both.frame.get(&format!("/p/{key}/customers")).await;
    assert!(!page.text.contains("Sign in with Kaseya VSA"), "nothing is set up there");
    let begun = both.window.post(&format!("/p/{key}/sign-in"), &[("method", "vsa"), ("waiter", &"A".repeat(43))]).await;
    refused(&begun, "not set up");
    let mut signed_in = Frame::of(&plugin, "vsa", "nora").await;
    assert_eq!(signed_in.get(&format!("/p/{key}/customers")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_let_in_and_keep_out() {
    let plugin = plugin().await;
    let mut wim = Frame::of(&plugin, "vsa", "wim").await;
    assert!(wim.get("/customers").await.text.contains("<bdi>Wim Ooster</bdi> (may look only)"));
    let mut tess = Frame::new(&plugin);
    refused(&tess.sign_in("vsa", "tess").await, "none of your roles is let in");
    assert_eq!(tess.collect().await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sessions(&plugin).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_or_refuses_lets_nobody_in() {
    let plugin = plugin().await;
    let faults = plugin.sandbox.faults();
    let (mut both, back) = came_back(&plugin).await;
    faults.on(Which::new(Api::Vsa).path("*/authorize").first(1), Effect::DropBefore);
    refused(&both.finish(&back).await, "does not answer");
    let (mut both, back) = came_back(&plugin).await;
    faults.on(Which::new(Api::Vsa).path("*/system/currentUser").first(1), Effect::StatusInBody(401));
    refused(&both.finish(&back).await, "not confirmed");
    let (mut both, back) = came_back(&plugin).await;
    faults.on(Which::new(Api::Vsa).path("*/system/currentUser").first(1), Effect::HtmlBefore);
    refused(&both.finish(&back).await, "does not answer");
    // The client's secret was changed at VSA.
    let (mut both, back) = came_back(&plugin).await;
    let mut credentials = plugin.sandbox.credentials();
    credentials.vsa_oauth_client_secret = "another".to_owned();
    plugin.sandbox.world().set_credentials(credentials);
    refused(&both.finish(&back).await, "not confirmed");
    assert_eq!(sessions(&plugin).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_cookies_the_page_says_so_and_offers_its_own_tab() {
    let plugin = plugin().await;
    let mut both = Frame::new(&plugin);
    both.frame.get("/imports").await;
    both.frame.forget();
    assert!(both.frame.get("/sign-in/waiting").await.text.contains("\"has_cookie\":false"));
    let next = format!("/p/{}/imports", plugin.partner.partner_key);
    let page = both.frame.post("/sign-in/collect", &[("next", &next)]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(
        page.text.contains("keeps no cookies for this site here") && page.text.contains(&format!("href=\"{next}\""))
    );
    for elsewhere in ["https://evil.example/", "//evil.example", "/p/other/customers"] {
        let page = both.frame.post("/sign-in/collect", &[("next", elsewhere)]).await;
        assert!(!page.text.contains(elsewhere) && page.text.contains("/customers\""), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_signs_in_is_stored_or_shown_in_clear() {
    let plugin = plugin().await;
    let (mut both, back) = came_back(&plugin).await;
    let token = both.window.cookie("__Host-sign-in").unwrap().to_owned();
    both.finish(&back).await;
    both.collect().await.leads();
    let session = both.frame.cookie("__Host-session").unwrap().to_owned();
    let stored = "select string_agg(t::text, ' ') from (select s::text from screen_session s union all select a::text from sign_in_attempt a
                  union all select g::text from sign_in_grant g union all select e::text from audit_entry e) t";
    let stored: String = sqlx::query_scalar(stored).fetch_one(plugin.database.pool()).await.unwrap();
    for secret in [token.as_str(), &session, back.field("code")] {
        assert!(!stored.contains(secret), "{stored}");
    }
    assert!(!both.frame.get("/customers").await.text.contains(&session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_has_nothing_set_up_has_links_only() {
    let plugin = Plugin::with(World::believable(), crate::support::plugin::entry_of_vsa10).await;
    let page = Browser::new(&plugin).get("/customers").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(!page.text.contains("name=\"method\"") && page.text.contains("sign-in link"), "{}", page.text);
}
