//! Browsers as far as signing in needs them: they keep cookies, name their site, and fill in forms.

use crate::support::plugin::{PUBLIC_URL, Plugin};
use crate::support::screens::Page;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use std::collections::BTreeMap;
use std::time::Instant;
use tower::ServiceExt;

/// One place where cookies are kept: a window, or a frame, which has its own.
pub struct Browser {
    router: Router,
    base: String,
    jar: BTreeMap<String, String>,
    /// Every `Set-Cookie` so far.
    pub set: Vec<String>,
}

impl Browser {
    /// One without cookies.
    pub fn new(plugin: &Plugin) -> Self {
        let base = format!("/p/{}", plugin.partner.partner_key);
        Self { router: plugin.router(), base, jar: BTreeMap::new(), set: Vec::new() }
    }

    /// One with this session.
    pub fn with_session(plugin: &Plugin, session: &str) -> Self {
        let mut browser = Self::new(plugin);
        browser.put_cookie("__Host-session", session);
        browser
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.get(name).map(String::as_str)
    }

    /// Puts a cookie there, in place of what the service set.
    pub fn put_cookie(&mut self, name: &str, value: &str) {
        self.jar.insert(name.to_owned(), value.to_owned());
    }

    /// Forgets all cookies.
    pub fn forget(&mut self) {
        self.jar.clear();
    }

    /// Goes to an address.
    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path).header("sec-fetch-mode", "navigate");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form that a page of the service had.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(None, path, fields).await
    }

    /// The same from the page at this path.
    pub async fn post_from(&mut self, page: Option<&str>, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = reqwest::Url::parse("http://form.example").unwrap();
        form.query_pairs_mut().extend_pairs(fields);
        let mut request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        if let Some(page) = page {
            request = request.header(header::REFERER, format!("{PUBLIC_URL}{}", self.address(page)));
        }
        self.send(request.body(Body::from(form.query().unwrap_or_default().to_owned())).unwrap()).await
    }

    /// Calls the API as a page of the service does.
    pub async fn call(&mut self, method: Method, path: &str, body: &str) -> Page {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "plugin.example")
            .header(header::COOKIE, self.cookies())
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", uuid::Uuid::new_v4().to_string())
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "cors");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    fn address(&self, path: &str) -> String {
        if path.starts_with("/p/") || path == "/activate" { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    fn cookies(&self) -> String {
        self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(self.address(path))
            .header(header::HOST, "plugin.example")
            .header(header::COOKIE, self.cookies())
    }

    async fn send(&mut self, request: Request<Body>) -> Page {
        let began = Instant::now();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        for value in response.headers().get_all(header::SET_COOKIE) {
            let text = value.to_str().unwrap().to_owned();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if text.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
            self.set.push(text);
        }
        let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), 16 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        Page { status, location: location.unwrap_or_default(), text, bytes: body.len(), took: began.elapsed() }
    }
}

/// What VSA or the provider sent a browser back with.
#[derive(Debug, Clone)]
pub struct Back {
    /// The path of the service.
    pub path: String,
    /// The query.
    pub fields: Vec<(String, String)>,
}

impl Back {
    /// The value of a field; empty if it is not there.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The fields of the form that the page of the service has then.
    pub fn form(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// Where a page leads that goes on by itself.
pub fn leads_to(page: &Page) -> reqwest::Url {
    let (_, rest) = page.text.split_once("content=\"0; url=").unwrap_or_else(|| panic!("{}", page.text));
    let address = rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    address.parse().unwrap()
}

/// Says at VSA or at the provider who is there; what the browser is sent back with.
pub async fn choose(address: &reqwest::Url, login: &str) -> Back {
    let mut address = address.clone();
    address.query_pairs_mut().append_pair("login", login);
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = http.get(address).send().await.unwrap();
    assert_eq!(answer.status(), 302, "{login} is known there");
    let target = reqwest::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(target.origin().ascii_serialization(), PUBLIC_URL);
    Back { path: target.path().to_owned(), fields: target.query_pairs().into_owned().collect() }
}

/// A frame in VSA, and the window that it opens.
pub struct Frame {
    /// The frame.
    pub frame: Browser,
    /// The window.
    pub window: Browser,
}

impl Frame {
    /// Both without cookies.
    pub fn new(plugin: &Plugin) -> Self {
        Self { frame: Browser::new(plugin), window: Browser::new(plugin) }
    }

    /// Opens the window for this way of signing in; where it goes.
    pub async fn open(&mut self, method: &str) -> reqwest::Url {
        let page = self.frame.get("/customers").await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert!(page.text.contains(&format!("name=\"method\" value=\"{method}\"")), "{}", page.text);
        let waiter = page.hidden("waiter").to_owned();
        leads_to(&self.window.post("/sign-in", &[("method", method), ("waiter", &waiter)]).await)
    }

    /// Goes through the whole of it as this person, up to the page of the window.
    pub async fn sign_in(&mut self, method: &str, login: &str) -> Page {
        let address = self.open(method).await;
        let back = choose(&address, login).await;
        self.finish(&back).await
    }

    /// Comes back to the window and presses the button there.
    pub async fn finish(&mut self, back: &Back) -> Page {
        self.window.post(&back.path, &back.form()).await
    }

    /// Presses Continue in the frame.
    pub async fn collect(&mut self) -> Page {
        self.frame.post("/sign-in/collect", &[]).await
    }

    /// The frame of somebody who has signed in.
    pub async fn of(plugin: &Plugin, method: &str, login: &str) -> Browser {
        let mut both = Self::new(plugin);
        let page = both.sign_in(method, login).await;
        assert!(page.text.contains("You are signed in"), "{}", page.text);
        both.collect().await.leads();
        both.frame
    }
}
