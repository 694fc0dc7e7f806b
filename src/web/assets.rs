//! The style sheet and the script, in the program itself; their addresses change with their content.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The style sheet.
pub const CSS: &str = include_str!("assets/app.css");
/// The script.
pub const JS: &str = include_str!("assets/app.js");

static CSS_ADDRESS: LazyLock<String> = LazyLock::new(|| address("app.css", CSS));
static JS_ADDRESS: LazyLock<String> = LazyLock::new(|| address("app.js", JS));

fn address(file: &str, content: &str) -> String {
    let digest = Sha256::digest(content.as_bytes());
    let version = digest.iter().take(6).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    format!("/static/{file}?v={version}")
}

/// Address of the style sheet.
pub fn css_address() -> &'static str {
    &CSS_ADDRESS
}

/// Address of the script.
pub fn js_address() -> &'static str {
    &JS_ADDRESS
}

/// A static file.
pub async fn file(Path(file): Path<String>) -> Response {
    let (kind, content) = match file.as_str() {
        "app.css" => ("text/css; charset=utf-8", CSS),
        "app.js" => ("text/javascript; charset=utf-8", JS),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, content).into_response()
}
