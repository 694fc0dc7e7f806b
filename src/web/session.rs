//! Coming in with a one-time link, and leaving.

use super::WebState;
use super::error::{WebError, see_other};
use super::form::{Fields, QueryFields, with_query};
use super::language::{self, Words};
use super::layout::{Layout, base, show, show_as};
use crate::domain::role::Role;
use crate::http::origin::presence;
use crate::http::rates;
use crate::service::access::{self, Holder, PartnerView, Pass};
use crate::service::{Caller, ServiceError};
use askama::Template;
use axum::Extension;
use axum::extract::{FromRequestParts, State};
use axum::http::header::REFERER;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use std::borrow::Cow;

pub(super) const SESSION: &str = "__Host-session";
/// Names a browser, or a frame in it, to the window in which somebody signs in for it.
pub(super) const BROWSER: &str = "__Host-browser";
/// One attempt to sign in, in the window that was opened for it.
pub(super) const SIGN_IN: &str = "__Host-sign-in";
/// Set by the page with the button; a browser that does not send it back keeps no cookies here.
const PROBE: &str = "__Host-probe";
/// Where somebody was when the session ended; a path of ours, nothing secret.
pub(super) const RETURN: &str = "__Host-return";

/// Forms that change nothing: they turn a page and keep what is ticked.
const LOOKING: [&str; 2] = ["/customers/page", "/rows/page"];

/// Somebody who is signed in to the partner of the path. Whoever may only look gets no further than looking.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub caller: Caller,
    /// Who, what for and by what.
    pub holder: Holder,
    /// The partner.
    pub partner: PartnerView,
    /// In which language.
    pub words: Words,
    token: String,
}

impl Session {
    /// Where the partner's screens begin.
    pub fn base(&self) -> String {
        base(&self.partner.key)
    }

    /// Whether the person may change anything.
    pub fn may_change(&self) -> bool {
        self.holder.role == Role::Administrator
    }

    /// By what the person was let in.
    pub fn pass(&self) -> Pass {
        Pass::Session(self.token.clone())
    }
}

impl FromRequestParts<WebState> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let Some(partner) = parts.extensions.get::<PartnerView>().cloned() else {
            return Err(WebError::from(ServiceError::NotFound).into_response());
        };
        let words = parts.extensions.get::<Words>().copied().unwrap_or_else(language::english);
        let jar = CookieJar::from_headers(&parts.headers);
        let token = value(&jar, SESSION).unwrap_or_default();
        let presence = presence(&parts.method, &parts.headers);
        let holder = access::holder_of_session(&state.app, &token, presence).await;
        match holder.map_err(|error| WebError::from(error).into_response())? {
            Some(holder) if holder.caller.partner_id == partner.partner_id => {
                rates::admit_partner(&parts.extensions, partner.partner_id)
                    .map_err(|too_many| WebError::TooMany(too_many).into_response())?;
                let session = Self { caller: holder.caller.clone(), holder, partner, words, token };
                if session.may_change() || !is_write(parts) {
                    Ok(session)
                } else {
                    Err(WebError::OnlyLooks.into_response())
                }
            }
            Some(_) | None => Err(SignInNeeded { next: way_back(&partner, parts) }.into_response()),
        }
    }
}

fn is_write(parts: &Parts) -> bool {
    let path = parts.uri.path();
    !parts.method.is_safe() && !LOOKING.iter().any(|end| path.ends_with(end))
}

/// The way back after signing in: the page itself, or the one that a form was sent from.
fn way_back(partner: &PartnerView, parts: &Parts) -> Option<String> {
    let path = if parts.method == Method::GET {
        parts.uri.path().to_owned()
    } else {
        parts.headers.get(REFERER)?.to_str().ok()?.parse::<Uri>().ok()?.path().to_owned()
    };
    is_own_path(&partner.key, &path).then_some(path)
}

/// Answered with the page that signs in; [`super::sign_in::offer`] writes it.
#[derive(Debug, Clone)]
pub(super) struct SignInNeeded {
    /// Where the person was.
    pub(super) next: Option<String>,
}

impl IntoResponse for SignInNeeded {
    fn into_response(self) -> Response {
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The value of a cookie.
pub(super) fn value(jar: &CookieJar, name: &str) -> Option<String> {
    jar.get(name).map(|cookie| cookie.value().to_owned())
}

/// A cookie for this service only, inside the frame of the partner's VSA as well.
pub fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::None)
        .partitioned(true)
        .build()
}

/// The cookie of a session.
pub fn open_cookie(token: String) -> Cookie<'static> {
    cookie(SESSION, token)
}

/// The same cookie with an end in the past.
pub(super) fn ended(name: &'static str) -> Cookie<'static> {
    let mut cookie = cookie(name, String::new());
    cookie.make_removal();
    cookie
}

/// Notes where somebody is to come back to.
pub(super) fn returning(jar: CookieJar, next: Option<&str>) -> CookieJar {
    match next {
        Some(next) => jar.add(cookie(RETURN, next.to_owned())),
        None => jar,
    }
}

/// Whether an address leads to a screen of this partner and nowhere else.
pub fn is_own_path(key: &str, path: &str) -> bool {
    let inside = path.strip_prefix(&base(key)).is_some_and(|rest| rest.starts_with('/'));
    inside
        && !path.contains("//")
        && !path.contains("..")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// `GET /p/{partner_key}`.
pub async fn home(session: Session) -> Response {
    see_other(&format!("{}/customers", session.base()))
}

/// The page with one button.
#[derive(Template)]
#[template(path = "enter.html")]
pub struct EnterPage {
    /// The frame around it.
    pub layout: Layout,
    /// The one-time code.
    pub code: String,
    /// Where to go then; may be empty.
    pub next: String,
    /// Cookies are blocked: the page offers itself in its own tab, at this address.
    pub own_tab: Option<String>,
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
pub struct MessagePage {
    /// The frame around it.
    pub layout: Layout,
    /// Paragraphs.
    pub paragraphs: Vec<Cow<'static, str>>,
    /// The way on: where to, and in which words.
    pub link: Option<(String, Cow<'static, str>)>,
    /// Whether the window has done what it was opened for.
    pub closes: bool,
}

impl MessagePage {
    /// A page with one paragraph.
    pub fn new(partner: &PartnerView, words: Words, title: &str, text: &str) -> Self {
        let layout = Layout::outside(words, Some(partner), words.t(title));
        Self { layout, paragraphs: vec![words.t(text)], link: None, closes: false }
    }

    fn with(mut self, text: &str) -> Self {
        self.paragraphs.push(self.layout.t(text));
        self
    }

    /// A page with something that was said in English.
    pub(super) fn saying(partner: &PartnerView, words: Words, title: &str, text: &'static str) -> Self {
        let layout = Layout::outside(words, Some(partner), words.t(title));
        Self { layout, paragraphs: vec![words.told(text)], link: None, closes: false }
    }

    /// The same page in a window that closes by itself, where it may.
    pub(super) fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    /// The same page with a way on.
    pub(super) fn leading(mut self, address: String, words: &str) -> Self {
        self.link = Some((address, self.layout.t(words)));
        self
    }
}

fn page_with_code(partner: &PartnerView, words: Words, fields: &Fields) -> EnterPage {
    EnterPage {
        layout: Layout::outside(words, Some(partner), words.t("sign-in-title")),
        code: fields.one("code").unwrap_or_default().to_owned(),
        next: fields.one("next").unwrap_or_default().to_owned(),
        own_tab: None,
    }
}

/// `GET …/enter?code=…`: only a button, so that previews of links do not use them up.
///
/// Somebody who is signed in already goes on at once, and the link stays unused.
pub async fn enter_page(
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
    session: Result<Session, Response>,
    jar: CookieJar,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    if session.is_ok() {
        return Ok(see_other(&destination(&partner, query.text("next"))));
    }
    let page = show(&page_with_code(&partner, words, &query))?;
    Ok((jar.add(cookie(PROBE, "1".to_owned())), page).into_response())
}

/// `POST …/enter`: uses the code and opens a session, unless the browser would lose it.
pub async fn enter(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    if jar.get(PROBE).is_none() {
        return show_as(StatusCode::FORBIDDEN, &cookies_blocked(&partner, words, &fields));
    }
    let code = fields.one("code").unwrap_or_default();
    let Some(token) = access::open_session(&state.app, partner.partner_id, code).await? else {
        let page = MessagePage::new(&partner, words, "sign-in-used", "sign-in-used-about").with("sign-in-used-next");
        return show_as(StatusCode::UNAUTHORIZED, &page);
    };
    let wanted = fields.text("next").or_else(|| jar.get(RETURN).map(Cookie::value));
    let next = wanted.filter(|path| is_own_path(&partner.key, path)).unwrap_or_default().to_owned();
    let address = with_query(&format!("{}/entered", base(&partner.key)), &[("next", &next)]);
    let jar = jar.add(cookie(SESSION, token)).add(ended(PROBE)).add(ended(RETURN));
    Ok((jar, see_other(&address)).into_response())
}

fn cookies_blocked(partner: &PartnerView, words: Words, fields: &Fields) -> EnterPage {
    let mut page = page_with_code(partner, words, fields);
    let address = format!("{}/enter", base(&partner.key));
    page.own_tab = Some(with_query(&address, &[("code", &page.code), ("next", &page.next)]));
    page
}

/// `GET …/entered`: checks that the cookie came back.
pub async fn entered(
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
    session: Result<Session, Response>,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    if session.is_err() {
        let page = MessagePage::new(&partner, words, "sign-in-lost", "sign-in-lost-about").with("sign-in-lost-next");
        return show_as(StatusCode::UNAUTHORIZED, &page);
    }
    Ok(see_other(&destination(&partner, query.text("next"))))
}

/// The screen that is wanted, if it is one of ours, otherwise the first.
pub(super) fn destination(partner: &PartnerView, next: Option<&str>) -> String {
    let next = next.filter(|path| is_own_path(&partner.key, path)).map(str::to_owned);
    next.unwrap_or_else(|| format!("{}/customers", base(&partner.key)))
}

/// `POST …/leave`.
pub async fn leave(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    jar: CookieJar,
) -> Result<Response, WebError> {
    if let Some(cookie) = jar.get(SESSION) {
        access::close_session(&state.app, cookie.value()).await?;
    }
    Ok((jar.add(ended(SESSION)), see_other(&format!("{}/left", base(&partner.key)))).into_response())
}

/// `GET …/left`.
pub async fn left(
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
) -> Result<Response, WebError> {
    let address = format!("{}/sign-in", base(&partner.key));
    let page = MessagePage::new(&partner, words, "sign-in-left", "sign-in-left-about");
    show(&page.leading(address, "sign-in-once-more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_followed() {
        assert!(is_own_path("k", "/p/k/imports/1/accounts"));
        for path in [
            "",
            "/",
            "/p/k",
            "/p/kk/customers",
            "//evil.example",
            "https://evil.example",
            "/p/k//evil.example",
            "/p/k/../x",
            "/p/k/\\x",
            "/p/k/a\n",
        ] {
            assert!(!is_own_path("k", path), "{path:?}");
        }
    }

    #[test]
    fn the_cookie_is_bound_to_this_service() {
        let text = cookie(SESSION, "t".into()).to_string();
        for part in ["__Host-session=t", "HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("Domain"));
    }
}
