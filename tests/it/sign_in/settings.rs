//! How people sign in, as an administrator enters it on *Connections*.

use super::browser::{Browser, Frame};
use super::{noted, people, plugin};
use crate::support::plugin::{PUBLIC_URL, Plugin};
use axum::http::StatusCode;
use worryfree_plugin::sandbox::Person;

const PATH: &str = "/connections/sign-in";

/// What is stored of it, as text.
async fn dump(plugin: &Plugin) -> String {
    let all = "select string_agg(t::text, ' ') from (select o::text from openid_provider o union all select r::text from sign_in_role r
               union all select c::text from connection c union all select a::text from audit_entry a) t(t)";
    sqlx::query_scalar(all).fetch_one(plugin.database.pool()).await.unwrap()
}

/// Stores it, which signs the person out.
async fn store(browser: &mut Browser, fields: &[(&str, &str)]) {
    let stored = browser.post(PATH, fields).await;
    assert!(stored.leads().ends_with("/connections?people=1#people"), "{}", stored.location);
    assert_eq!(browser.get("/customers").await.status, StatusCode::UNAUTHORIZED, "everybody signs in again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_says_how_people_sign_in_and_secrets_stay_inside() {
    let plugin = plugin().await;
    let credentials = plugin.sandbox.credentials();
    let mut nora = Frame::of(&plugin, "vsa", "nora").await;
    let shown = nora.get("/connections").await.text;
    assert!(shown.contains(&credentials.vsa_oauth_client_id) && !shown.contains(&credentials.vsa_oauth_client_secret));
    for method in ["vsa", "openid"] {
        let redirect = format!("<code>{PUBLIC_URL}/p/{}/sign-in/{method}</code>", plugin.partner.partner_key);
        assert!(shown.contains(&redirect), "{redirect} in {shown}");
    }
    // A provider beside VSA, whose client stays as it is; technicians may look from now on.
    let secret = credentials.openid_client_secret.as_str();
    let lines = [
        ("vsa_client_id", credentials.vsa_oauth_client_id.as_str()),
        ("openid_issuer", plugin.sandbox.openid_issuer()),
        ("openid_client_id", credentials.openid_client_id.as_str()),
        ("administrator_roles", "Master"),
        ("viewer_roles", "Read only; Technician"),
    ];
    let with = |name: &'static str, value: &'static str| {
        let others = lines.into_iter().filter(move |(known, _)| *known != name);
        others.chain([(name, value)]).collect::<Vec<_>>()
    };
    let missing = nora.post(PATH, &lines).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        missing.text.contains("id=\"openid_client_secret-problem\"") && missing.text.contains("Read only; Technician")
    );
    let mut first = lines.to_vec();
    first.push(("openid_client_secret", secret));
    store(&mut nora, &first).await;
    let mut tess = Frame::of(&plugin, "openid", "tess").await;
    assert!(tess.get("/connections").await.text.contains("(may look only)"));
    assert_eq!(tess.post(PATH, &first).await.status, StatusCode::FORBIDDEN);
    // The stored secret stays with the client at this provider: another one has to bring its own.
    let mut nora = Frame::of(&plugin, "openid", "nora").await;
    for other in [with("openid_issuer", "https://evil.example"), with("openid_client_id", "other")] {
        let refused = nora.post(PATH, &other).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("Enter the secret of this client."), "{}", refused.text);
        assert!(!refused.text.contains(secret));
    }
    // Blank, it is kept.
    store(&mut nora, &with("viewer_roles", "Read only")).await;
    let mut nora = Frame::of(&plugin, "openid", "nora").await;
    let stored = dump(&plugin).await;
    assert!(!stored.contains(secret) && !stored.contains(&credentials.vsa_oauth_client_secret));
    let entries = noted(&plugin, "sign_in_set_up").await;
    assert_eq!(entries.iter().map(|(actor, _)| actor.as_str()).collect::<Vec<_>>(), ["Nora Quist", "Nora Quist"]);
    assert_eq!(entries[1].1["viewer_roles"], serde_json::json!(["Read only"]));
    // Whoever lost the right a moment ago cannot give it back to themselves.
    plugin.sandbox.world().put_person(Person::new("nora", "Nora", "Quist", "Technician"));
    assert_eq!(nora.post(PATH, &first).await.status, StatusCode::FORBIDDEN);
    assert_eq!(nora.get("/customers").await.status, StatusCode::UNAUTHORIZED);
    people(plugin.sandbox.world());
    assert_eq!(noted(&plugin, "sign_in_set_up").await.len(), 2);
    // All blank: nobody signs in like this any more, and links are left.
    let mut nora = Frame::of(&plugin, "vsa", "nora").await;
    store(&mut nora, &[]).await;
    assert!(!nora.get("/customers").await.text.contains("name=\"method\""));
}
