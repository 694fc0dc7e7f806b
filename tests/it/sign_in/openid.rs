//! A provider of the partner's, and every token that must not pass for its own.

use super::browser::{Browser, Frame, choose};
use super::{noted, people, sessions};
use crate::support::plugin::{PUBLIC_URL, Plugin, entry_of_vsa10};
use axum::http::StatusCode;
use std::collections::BTreeMap;
use worryfree_plugin::domain::role::RoleMap;
use worryfree_plugin::sandbox::{TokenFlaw, World};
use worryfree_plugin::service::access::{Holder, Presence, holder_of_session};
use worryfree_plugin::service::sign_in::{self, OpenIdEntry, SignInEntry, SignInError, VsaClientEntry};

/// What is set up for the sandbox's provider.
fn setup(plugin: &Plugin) -> SignInEntry {
    let credentials = plugin.sandbox.credentials();
    SignInEntry {
        vsa_client: VsaClientEntry::Keep,
        openid: Some(OpenIdEntry {
            issuer: plugin.sandbox.openid_issuer().to_owned(),
            client_id: credentials.openid_client_id,
            client_secret: credentials.openid_client_secret.into(),
            role_claim: "roles".to_owned(),
            scopes: vec!["groups".to_owned()],
        }),
        roles: RoleMap::default(),
    }
}

/// A partner of VSA 10 whose people sign in at a provider.
async fn plugin() -> Plugin {
    let world = World::believable();
    people(&world);
    let plugin = Plugin::with(world, entry_of_vsa10).await;
    sign_in::put(&plugin.app, &plugin.vault, plugin.partner_id(), &setup(&plugin)).await.unwrap();
    plugin
}

async fn holder(plugin: &Plugin, browser: &Browser) -> Holder {
    let session = browser.cookie("__Host-session").unwrap();
    holder_of_session(&plugin.app, session, Presence::Person).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_signs_people_in() {
    let plugin = plugin().await;
    let mut both = Frame::new(&plugin);
    let address = both.open("openid").await;
    let sent: BTreeMap<_, _> = address.query_pairs().into_owned().collect();
    assert_eq!(sent["scope"], "openid profile email offline_access groups");
    assert_eq!(sent["redirect_uri"], format!("{PUBLIC_URL}/p/{}/sign-in/openid", plugin.partner.partner_key));
    assert_eq!((sent["code_challenge_method"].as_str(), sent["code_challenge"].len()), ("S256", 43));
    assert!(sent["nonce"] != sent["state"] && sent["nonce"].len() == 43);
    let back = choose(&address, "nora").await;
    assert_eq!(back.field("state"), sent["state"]);
    assert!(both.finish(&back).await.text.contains("You are signed in"));
    both.collect().await.leads();
    assert!(both.frame.get("/customers").await.text.contains("<bdi>Nora Quist</bdi>"));
    let entries = noted(&plugin, "signed_in").await;
    assert_eq!((&entries[0].1["method"], &entries[0].1["role"]), (&"openid".into(), &"administrator".into()));
    let mut wim = Frame::of(&plugin, "openid", "wim").await;
    assert!(wim.get("/customers").await.text.contains("(may look only)"));
    let refused = Frame::new(&plugin).sign_in("openid", "tess").await;
    assert!(refused.status == StatusCode::FORBIDDEN && refused.text.contains("none of your roles is let in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_a_flaw_lets_nobody_in() {
    let plugin = plugin().await;
    for flaw in TokenFlaw::ALL {
        plugin.sandbox.world().configure(|quirks| quirks.openid.flaw = Some(flaw));
        let mut both = Frame::new(&plugin);
        let page = both.sign_in("openid", "nora").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{flaw:?}: {}", page.text);
        assert!(page.text.contains("not confirmed"), "{flaw:?}: {}", page.text);
        assert_eq!(both.collect().await.status, StatusCode::UNAUTHORIZED, "{flaw:?}");
    }
    assert_eq!(sessions(&plugin).await, 0);
    plugin.sandbox.world().configure(|quirks| quirks.openid.flaw = None);
    Frame::of(&plugin, "openid", "nora").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_has_to_belong_to_the_attempt() {
    let plugin = plugin().await;
    for (name, value) in
        [("state", ""), ("state", "another"), ("iss", "https://elsewhere.example"), ("code", "another")]
    {
        let mut both = Frame::new(&plugin);
        let address = both.open("openid").await;
        let mut back = choose(&address, "nora").await;
        back.fields.retain(|(known, _)| known != name);
        back.fields.push((name.to_owned(), value.to_owned()));
        assert_eq!(both.finish(&back).await.status, StatusCode::FORBIDDEN, "{name} {value}");
    }
    // A code that another window was handed: the verifier and the nonce of this one do not fit.
    let (mut one, mut other) = (Frame::new(&plugin), Frame::new(&plugin));
    let (mine, theirs) = (one.open("openid").await, other.open("openid").await);
    let (mut mine, theirs) = (choose(&mine, "nora").await, choose(&theirs, "wim").await);
    mine.fields.retain(|(name, _)| name != "code");
    mine.fields.push(("code".to_owned(), theirs.field("code").to_owned()));
    assert_eq!(one.finish(&mine).await.status, StatusCode::FORBIDDEN);
    assert_eq!(sessions(&plugin).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_may_change_its_keys_at_any_moment() {
    let plugin = plugin().await;
    for _ in 0..3 {
        Frame::of(&plugin, "openid", "nora").await;
        plugin.sandbox.world().rotate_openid_keys();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_asked_for_where_tokens_do_not_list_them() {
    let plugin = plugin().await;
    plugin.sandbox.world().configure(|quirks| quirks.openid.roles_only_on_request = true);
    let mut wim = Frame::of(&plugin, "openid", "wim").await;
    assert!(wim.get("/customers").await.text.contains("(may look only)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_asked_for_anew_with_and_without_refresh_tokens() {
    let plugin = plugin().await;
    let ask = async |browser: &Browser| {
        let holder = holder(&plugin, browser).await;
        plugin.sign_in().ask_again(&plugin.app, &holder).await
    };
    for without in [false, true] {
        plugin.sandbox.world().configure(|quirks| quirks.openid.without_refresh_tokens = without);
        people(plugin.sandbox.world());
        let nora = Frame::of(&plugin, "openid", "nora").await;
        for _ in 0..3 {
            ask(&nora).await.unwrap();
        }
        plugin.sandbox.world().remove_person("nora");
        assert!(matches!(ask(&nora).await, Err(SignInError::Refused)), "who is gone has no right: {without}");
        let session = nora.cookie("__Host-session").unwrap();
        assert_eq!(holder_of_session(&plugin.app, session, Presence::Person).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_setup_ends_the_sessions_of_the_one_before() {
    let plugin = plugin().await;
    let mut nora = Frame::of(&plugin, "openid", "nora").await;
    let entry = SignInEntry { openid: None, ..setup(&plugin) };
    sign_in::put(&plugin.app, &plugin.vault, plugin.partner_id(), &entry).await.unwrap();
    let page = nora.get("/customers").await;
    assert!(page.status == StatusCode::UNAUTHORIZED && !page.text.contains("name=\"method\""));
    assert_eq!(noted(&plugin, "sign_in_set_up").await[1].1["sessions_ended"], 1);
    let client = VsaClientEntry::Put { id: "client".to_owned(), secret: "secret".to_owned().into() };
    let entry = SignInEntry { vsa_client: client, ..entry };
    let refused = sign_in::put(&plugin.app, &plugin.vault, plugin.partner_id(), &entry).await.unwrap_err();
    assert!(refused.to_string().contains("not VSA 9"), "{refused}");
}
