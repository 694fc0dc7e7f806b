//! The style sheet and the scripts, in the program itself.
//!
//! Their address holds what all of them come to, so browsers keep them for good and ask anew once any of them changes;
//! scripts name each other without it.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

macro_rules! files {
    ($($name:literal),+) => { &[$(($name, include_str!(concat!("assets/", $name)))),+] };
}

/// Every file by its name. `app.js` begins, and brings the others along.
pub const FILES: &[(&str, &str)] = files!(
    "app.css",
    "app.js",
    "accounts.js",
    "connections.js",
    "forms.js",
    "licenses.js",
    "lists.js",
    "page.js",
    "places.js",
    "progress.js",
    "sign_in.js"
);

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (name, content) in FILES {
        digest.update(format!("{name} {} {content}", content.len()));
    }
    digest.finalize().iter().take(6).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
});
static CSS: LazyLock<String> = LazyLock::new(|| address("app.css"));
static JS: LazyLock<String> = LazyLock::new(|| address("app.js"));
static MODULES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let others = FILES.iter().filter(|(name, _)| is_script(name) && *name != "app.js");
    others.map(|(name, _)| address(name)).collect()
});

fn is_script(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, kind)| kind == "js")
}

fn address(file: &str) -> String {
    format!("/static/{}/{file}", *VERSION)
}

/// Address of the style sheet.
pub fn css_address() -> &'static str {
    &CSS
}

/// Address of the script that begins.
pub fn js_address() -> &'static str {
    &JS
}

/// Addresses of the scripts it brings along, to be fetched beside it.
pub fn module_addresses() -> &'static [String] {
    &MODULES
}

/// A static file. A page of another version of the program gets what there is, but nobody keeps that under its address.
pub async fn file(Path((version, file)): Path<(String, String)>) -> Response {
    let Some((name, content)) = FILES.iter().find(|(name, _)| *name == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = if is_script(name) { "text/javascript; charset=utf-8" } else { "text/css; charset=utf-8" };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], *content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn kept(version: &str) -> String {
        let answer = file(Path((version.to_owned(), "app.js".to_owned()))).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.headers()[header::CACHE_CONTROL].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn only_what_the_address_names_is_kept() {
        assert!(kept(&VERSION).await.contains("immutable"));
        assert_eq!(kept("000000000000").await, "no-store");
    }

    #[test]
    fn every_script_that_another_names_is_served() {
        for (name, content) in FILES.iter().filter(|(name, _)| is_script(name)) {
            for other in content.lines().filter_map(|line| line.split_once("from './")) {
                let other = other.1.trim_end_matches("';");
                assert!(FILES.iter().any(|(file, _)| *file == other), "{name}: {other}");
            }
        }
    }
}
