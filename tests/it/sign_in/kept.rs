//! A session that ends in mid-wizard: back to the same step, with what was entered last.

use super::browser::{Browser, Frame, choose, leads_to};
use super::plugin;
use crate::support::screens::Screens;
use axum::http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_when_the_session_had_ended_is_stored_after_signing_in_again() {
    let plugin = plugin().await;
    let screens = Screens::new(&plugin).await;
    let import = screens.import_of(&plugin, 1).await;
    let step = format!("{import}/accounts");
    let mut both = Frame { frame: Frame::of(&plugin, "vsa", "nora").await, window: Browser::new(&plugin) };
    let shown = both.frame.get(&step).await;
    let (_, rest) = shown.text.split_once("name=\"rows.").expect("a row");
    let organization = rest.split('.').next().unwrap().to_owned();
    let city = format!("rows.{organization}.city");
    let account = format!("rows.{organization}.account");
    let version = shown.hidden("version").to_owned();
    sqlx::query("delete from screen_session").execute(plugin.database.pool()).await.unwrap();
    let fields =
        [("version", version.as_str()), (account.as_str(), "create"), (city.as_str(), "B<ath>\"s"), ("go", "save")];
    let ended = both.frame.post_from(Some(&step), &step, &fields).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
    assert!(ended.text.contains("what you entered last is kept on this page"), "{}", ended.text);
    assert_eq!((ended.hidden("next"), ended.hidden("kept_address")), (step.as_str(), step.as_str()));
    // Signing in in the window, then Continue with everything the page carries.
    let waiter = ended.hidden("waiter").to_owned();
    let address = leads_to(&both.window.post("/sign-in", &[("method", "vsa"), ("waiter", &waiter)]).await);
    let back = choose(&address, "nora").await;
    both.finish(&back).await;
    let names: Vec<_> = fields.iter().map(|(name, value)| (format!("kept.{name}"), *value)).collect();
    let mut carried: Vec<_> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    for (name, value) in &carried {
        let value = value.replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;");
        assert!(ended.text.contains(&format!("name=\"{name}\" value=\"{value}\"")), "{name} in {}", ended.text);
    }
    carried.extend([("next", step.as_str()), ("kept_address", step.as_str())]);
    let kept = both.frame.post("/sign-in/collect", &carried).await;
    assert!(kept.status.is_success() && kept.text.contains("Send what I entered"), "{}", kept.text);
    assert!(kept.text.contains(&format!("action=\"{step}\"")) && kept.text.contains(&format!("href=\"{step}\"")));
    assert_eq!(kept.hidden("version"), version);
    assert!(both.frame.post(&step, &fields).await.leads().starts_with(&step));
    assert!(both.frame.get(&step).await.text.contains("B&#60;ath&#62;&#34;s"), "it is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_comes_back_to_itself_and_a_form_to_its_page() {
    let plugin = plugin().await;
    let screens = Screens::new(&plugin).await;
    let import = screens.import_of(&plugin, 1).await;
    let mut browser = Browser::new(&plugin);
    for step in ["accounts", "notifications", "service-plans", "templates", "integration"] {
        let path = format!("{import}/{step}");
        assert_eq!(browser.get(&path).await.hidden("next"), path);
    }
    browser.put_cookie("__Host-session", "ended");
    let page =
        browser.post_from(Some(&format!("{import}/integration")), &format!("{import}/integration/stop"), &[]).await;
    assert_eq!(page.hidden("next"), format!("{import}/integration"));
    let page = browser.post_from(None, &format!("{import}/integration/stop"), &[]).await;
    assert!(page.hidden("next").ends_with("/customers"));
    browser.forget();
    let page = browser.post(&format!("{import}/accounts"), &[("go", "save")]).await;
    assert!(
        page.status == StatusCode::UNAUTHORIZED && !page.text.contains("kept."),
        "a stranger's form is not carried"
    );
}
