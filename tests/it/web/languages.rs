//! The screens in German and Japanese: their words, numbers and dates, and the choice between them.

use crate::support::plugin::Plugin;
use crate::support::screens::{Page, Screens};
use axum::http::{Method, StatusCode, header};
use worryfree_plugin::sandbox::World;

/// Every page below the partner's address, in a language.
async fn pages(screens: &Screens, plugin: &Plugin, language: &str) -> Vec<(String, Page)> {
    let base = screens.import_of(plugin, 12).await;
    let mut paths: Vec<_> =
        ["/customers", "/customers?tab=linked", "/customers?search=nobody", "/imports", "/nothing-here", "/left"]
            .map(str::to_owned)
            .to_vec();
    paths.extend(["accounts", "rows"].map(|step| format!("{base}/{step}")));
    let mut shown = Vec::new();
    for path in paths {
        shown.push((path.clone(), screens.get_in(language, &path).await));
    }
    screens.send_step(&base, "accounts", &[("go", "fill")]).await.leads();
    for step in ["accounts", "notifications", "service-plans", "templates"] {
        let path = format!("{base}/{step}");
        if step == "service-plans" {
            let plan = screens.value_of_option(&path, "WFS monthly (Full)").await;
            screens.send_step(&base, step, &[("all_plan", &plan), ("go", "apply")]).await.leads();
        }
        shown.push((path.clone(), screens.get_in(language, &path).await));
        screens.send_step(&base, step, &[("send_all", "1"), ("go", "next")]).await.leads();
    }
    let path = format!("{base}/templates");
    let plan = screens.get_in(language, &path).await;
    let hash = plan.hidden("plan_hash").to_owned();
    shown.push((path, plan));
    screens.post(&format!("{base}/integration"), &[("plan_hash", &hash)]).await.leads();
    for rest in ["integration", "undo"] {
        let path = format!("{base}/{rest}");
        shown.push((path.clone(), screens.get_in(language, &path).await));
    }
    shown
}

async fn stage() -> (Plugin, Screens) {
    let plugin = Plugin::new(World::generated(1_300, 9_000, 5)).await;
    let screens = Screens::new(&plugin).await;
    sqlx::query("update organization set details_read_at = now()").execute(plugin.database.pool()).await.unwrap();
    (plugin, screens)
}

/// English sentences that no page of another language holds.
const ENGLISH: [&str; 14] = [
    ">Save<",
    ">Next<",
    ">Back<",
    ">Search<",
    ">Customer<",
    ">Customers<",
    "Nothing is sent",
    " of these",
    " endpoints",
    " seats",
    "Choose ",
    "Trend Micro does",
    "not read yet",
    "Started ",
];

fn assert_in(language: &str, pages: &[(String, Page)]) {
    for (path, page) in pages {
        let frame = format!("<html lang=\"{language}\" dir=\"ltr\">");
        assert!(page.text.contains(&frame), "{path}: {}", &page.text[..200]);
        assert!(!page.text.contains("{$") && !page.text.contains("{ $"), "{path} lacks a value");
        for english in ENGLISH {
            let place = page.text.find(english).map(|place| page.text[place..].chars().take(80).collect::<String>());
            assert_eq!(place, None, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_german_for_who_reads_german() {
    let (plugin, screens) = stage().await;
    let shown = pages(&screens, &plugin, "de-DE,de;q=0.9,en;q=0.8").await;
    assert_in("de", &shown);
    let of = |end: &str| shown.iter().rev().find(|(path, _)| path.ends_with(end)).map(|(_, page)| &page.text).unwrap();
    assert!(of("/customers").contains("Nach Trend Micro importieren"));
    assert!(of("/customers").contains("1.300 Kunden"), "thousands are set apart by a point");
    assert!(of("/accounts").contains("<h1>Kaseya-Kunden mit Trend-Micro-Konten verbinden</h1>"));
    assert!(of("/service-plans").contains("plus 20 %, aufgerundet"));
    assert!(of("/templates").contains("Was „Integrieren“ tun wird"));
    assert!(of("/integration").contains("<h1>Integration abschließen</h1>"));
    assert!(of("/nothing-here").contains("<h1>Diese Seite gibt es nicht</h1>"));
    let imports = screens.get_in("de", "/imports").await.text;
    let today = chrono::Utc::now().format("%-d.%-m.%Y, ").to_string();
    assert!(imports.contains(&today), "{today} in {imports}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_japanese_for_who_reads_japanese() {
    let (plugin, screens) = stage().await;
    let shown = pages(&screens, &plugin, "ja").await;
    assert_in("ja", &shown);
    let of = |end: &str| shown.iter().rev().find(|(path, _)| path.ends_with(end)).map(|(_, page)| &page.text).unwrap();
    assert!(of("/customers").contains("顧客 1,300 件"));
    assert!(of("/accounts").contains("<h1>Kaseya の顧客と Trend Micro アカウントの統合</h1>"));
    assert!(of("/templates").contains("「統合」で行われること"));
    let imports = screens.get_in("ja", "/imports").await.text;
    let today = chrono::Utc::now().format("%Y年%-m月%-d日 ").to_string();
    assert!(imports.contains(&today), "{today} in {imports}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_is_chosen_without_scripts_and_kept() {
    let plugin = Plugin::new(World::believable()).await;
    let screens = Screens::new(&plugin).await;
    let shown = screens.get("/imports").await.text;
    assert!(shown.contains("<html lang=\"en\" dir=\"ltr\">"));
    assert!(
        shown.contains("value=\"de\" lang=\"de\">Deutsch</button>")
            && shown.contains("lang=\"en\" aria-current=\"true\"")
    );
    let base = format!("/p/{}", plugin.partner.partner_key);
    let choose = async |referer: &str, language: &str| {
        let headers = [
            (header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
            (header::HeaderName::from_static("sec-fetch-site"), "same-origin"),
            (header::REFERER, referer),
        ];
        let answer = screens.send_as(Method::POST, "/language", &headers, &format!("language={language}")).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let head = |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (head(header::LOCATION).unwrap(), head(header::SET_COOKIE))
    };
    let (back, cookie) = choose(&format!("https://plugin.example{base}/customers?search=a"), "ja").await;
    assert_eq!(back, format!("{base}/customers?search=a"));
    let cookie = cookie.unwrap();
    for part in ["__Host-language=ja", "HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "it ends with the session");
    let kept = [(header::COOKIE, "__Host-language=ja"), (header::ACCEPT_LANGUAGE, "de")];
    let page = screens.send_as(Method::GET, "/left", &kept, "").await;
    let body = axum::body::to_bytes(page.into_body(), usize::MAX).await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains("<html lang=\"ja\""));
    let (back, _) = choose(&format!("https://plugin.example{base}/customers/page"), "de").await;
    assert_eq!(back, format!("{base}/customers"), "a part of a list that was only sent for");
    for elsewhere in ["https://evil.example/", "https://evil.example//p/x", "", "nonsense"] {
        assert_eq!(choose(elsewhere, "de").await.0, format!("{base}/customers"));
    }
    assert_eq!(choose(&format!("https://plugin.example{base}/imports"), "xx").await.1, None, "not a language of ours");
}
