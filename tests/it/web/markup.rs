//! Every page is ours alone: no script and no style in the text, everything that was typed stays text.

use crate::support::plugin::Plugin;
use crate::support::screens::{Page, Screens};
use axum::http::StatusCode;
use worryfree_plugin::sandbox::World;

/// Markup that our own policy would refuse to run, or that a name brought with it.
fn faults(page: &Page) -> Vec<String> {
    let lower = page.text.to_lowercase();
    let mut found: Vec<_> = ["<style", " style=\"", "javascript:", "<script>", "<b>bold</b>", "alert(1)</script>"]
        .into_iter()
        .filter(|part| lower.contains(part))
        .map(str::to_owned)
        .collect();
    let tags = lower.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag);
    found.extend(tags.filter(|tag| tag.split_whitespace().skip(1).any(is_handler)).map(str::to_owned));
    found
}

fn is_handler(attribute: &str) -> bool {
    let name = attribute.split('=').next().unwrap_or_default();
    attribute.contains("=\"")
        && name.len() > 2
        && name.starts_with("on")
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_scripts_or_styles_of_its_own() {
    let plugin = Plugin::new(World::believable()).await;
    let screens = Screens::new(&plugin).await;
    let list = screens.get("/customers").await;
    let ids: Vec<_> =
        list.text.split("name=\"organization\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(ids.len() > 40);
    let ticked: Vec<_> = ids.iter().map(|id| ("organization", *id)).collect();
    let import = screens.post("/imports", &ticked).await.leads().to_owned();
    let base = import.trim_end_matches("/accounts").to_owned();
    let mut paths: Vec<_> = ["/customers?tab=linked", "/customers?builtin=1", "/imports", "/start", "/nothing-here"]
        .map(str::to_owned)
        .to_vec();
    paths.extend(
        ["accounts", "notifications", "service-plans", "templates", "rows"].map(|step| format!("{base}/{step}")),
    );
    paths.push(format!("{base}/accounts/search?organization={}&search=a", ids[0]));
    paths.push(format!("{base}/accounts/search?organization={}&search=script&options=1", ids[0]));
    let mut pages = vec![list];
    for path in &paths {
        let page = screens.get(path).await;
        let page = if page.status == StatusCode::SEE_OTHER { screens.get(&page.location).await } else { page };
        pages.push(page);
    }
    pages.push(screens.get_signed_out("/customers").await);
    for page in &pages {
        assert!(page.text.len() > 20 && faults(page).is_empty(), "{:?} in {}", faults(page), page.text);
    }
    assert!(
        pages.iter().any(|page| page.text.contains("&#60;script&#62;") || page.text.contains("&lt;script&gt;")),
        "the worst name was shown"
    );
}
