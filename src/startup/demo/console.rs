//! A page that looks like VSA: our entries in its navigation tree, our screens in its frame.
//!
//! It is served by the VSA stand-in from `http://127.0.0.1`, while the plug-in calls itself `localhost`: for a browser these
//! are two sites, so everything that cross-site frames make difficult is difficult here too. So that one is in at once, every
//! opening of an entry gets a one-time link of its own; after **Leave** one signs in as anybody at the stand-in for VSA.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;
use std::sync::{Arc, OnceLock};

/// An entry of the navigation tree that is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Customers.
    Customers,
    /// Start: the wizard with nothing selected.
    Start,
    /// Imports.
    Imports,
}

impl Entry {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "customers" => Some(Self::Customers),
            "start" => Some(Self::Start),
            "imports" => Some(Self::Imports),
            _ => None,
        }
    }

    /// The screen behind it, below the partner's path.
    pub fn screen(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Start => "start",
            Self::Imports => "imports",
        }
    }
}

/// Makes the address that an entry opens; `None` if that is not possible now.
pub type Opener = Box<dyn Fn(Entry) -> BoxFuture<'static, Option<String>> + Send + Sync>;

/// The page. It is there before the partner is, so what opens entries is handed over later.
#[derive(Clone, Default)]
pub struct Console {
    opener: Arc<OnceLock<(String, Opener)>>,
}

impl Console {
    /// Has entries opened by `opener`, in a frame that may show the plug-in at `origin`.
    pub fn connect(&self, origin: String, opener: Opener) {
        // A second one would be a mistake in our own wiring; the first stays.
        self.opener.set((origin, opener)).ok();
    }

    /// Its pages.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(page))
            .route("/open/{entry}", get(open))
            .route("/vsa.css", get(style))
            .with_state(self.clone())
    }
}

async fn page(State(console): State<Console>) -> Response {
    let origin = console.opener.get().map_or("'none'", |(origin, _)| origin.as_str());
    let policy = format!("default-src 'none'; style-src 'self'; frame-src 'self' {origin}; frame-ancestors 'none'");
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(include_str!("console.html"))).into_response()
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("console.css"))
}

async fn open(State(console): State<Console>, Path(name): Path<String>) -> Response {
    let Some(entry) = Entry::parse(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let address = match console.opener.get() {
        Some((_, opener)) => opener(entry).await,
        None => None,
    };
    match address {
        Some(address) => Redirect::to(&address).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "The plug-in is still starting. Open the entry again in a moment.")
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use futures_util::FutureExt;
    use tower::ServiceExt;

    async fn get(console: &Console, path: &str) -> Response {
        console.router().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn every_opening_asks_for_an_address() {
        let console = Console::default();
        assert_eq!(get(&console, "/open/customers").await.status(), StatusCode::SERVICE_UNAVAILABLE);
        let opener: Opener =
            Box::new(|entry| async move { Some(format!("http://localhost:1/{}", entry.screen())) }.boxed());
        console.connect("http://localhost:1".to_owned(), opener);
        let answer = get(&console, "/open/start").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[header::LOCATION], "http://localhost:1/start");
        assert_eq!(get(&console, "/open/other").await.status(), StatusCode::NOT_FOUND);
        let page = get(&console, "/").await;
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-src 'self' http://localhost:1;"), "{policy}");
    }
}
