//! Signing in at the partner's VSA or provider: a window that a click opens, and the frame that waits for it.
//!
//! The window belongs to our own site, the frame to VSA's: their cookies are apart. The frame therefore names itself to the window
//! by the hash of its own cookie, and collects its session when the window is done. No page hands a secret to another.

use super::WebState;
use super::error::{WebError, see_other};
use super::form::{Fields, QueryFields};
use super::language::{self, Words};
use super::layout::{Layout, base, show, show_as};
use super::session::{
    BROWSER, MessagePage, RETURN, SESSION, SIGN_IN, Session, SignInNeeded, cookie, destination, ended, is_own_path,
    returning, value,
};
use crate::http::layers::BODY_LIMIT;
use crate::service::ServiceError;
use crate::service::access::PartnerView;
use crate::service::sign_in::{Brought, Finished, Method, SignIn, SignInError};
use askama::Template;
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Json, Response};
use axum_extra::extract::CookieJar;
use serde_json::json;

/// A button that opens a window to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodButton {
    /// Names the way.
    pub method: &'static str,
    /// The key of its label.
    pub label: &'static str,
}

impl MethodButton {
    fn of(method: Method) -> Self {
        let label = match method {
            Method::Vsa => "sign-in-vsa",
            Method::OpenId => "sign-in-openid",
        };
        Self { method: method.as_str(), label }
    }
}

/// The page of somebody who is not signed in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The frame around it.
    pub layout: Layout,
    /// The ways there are; without any, the operator's links are the only one.
    pub methods: Vec<MethodButton>,
    /// Names this browser to the window.
    pub waiter: String,
    /// Where to go then.
    pub next: String,
    /// This browser keeps no cookies here: the page offers itself in its own tab.
    pub is_blocked: bool,
    /// The key of what went wrong; empty if nothing did.
    pub problem: &'static str,
    /// What was sent when the session had ended, to be sent again.
    pub unsent: Unsent,
}

/// A form that came when the session had ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsent {
    /// Where it was sent; empty if there is none.
    pub address: String,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

/// The longest form that is kept, in bytes: it has to come back in a form of somebody who is not signed in.
const LARGEST_KEPT: usize = BODY_LIMIT / 2;

/// In the names of hidden fields, before the names of the form that is kept.
const KEPT: &str = "kept.";

impl Unsent {
    /// A form of the wizard, or none: credentials that were entered never go back into a page.
    fn of(partner: &PartnerView, address: &str, fields: Vec<(String, String)>) -> Self {
        let is_wizard = address.starts_with(&format!("{}/imports/", base(&partner.key)));
        if is_wizard && is_own_path(&partner.key, address) {
            Self { address: address.to_owned(), fields }
        } else {
            Self::default()
        }
    }

    /// As the page that signs in carries it.
    fn carried(partner: &PartnerView, fields: &Fields) -> Self {
        Self::of(partner, fields.one("kept_address").unwrap_or_default(), fields.stripped(KEPT))
    }

    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        !self.address.is_empty()
    }
}

/// What was entered can be sent again.
#[derive(Template)]
#[template(path = "sign_in_kept.html")]
pub struct KeptPage {
    /// The frame around it.
    pub layout: Layout,
    /// The form.
    pub unsent: Unsent,
    /// Where to go without it.
    pub next: String,
}

/// Leads to whoever signs people in. A redirect would be held to `form-action` of the page before it.
#[derive(Template)]
#[template(path = "sign_in_go.html")]
pub struct GoPage {
    /// The frame around it.
    pub layout: Layout,
    /// Where to.
    pub address: String,
}

/// The page on which a person is set down again: nothing is done before it is sent as a form, so that no address does anything, and
/// the code leaves the address bar.
#[derive(Template)]
#[template(path = "sign_in_back.html")]
pub struct BackPage {
    /// The frame around it.
    pub layout: Layout,
    /// Where the form goes.
    pub address: String,
    /// What came back: names and values.
    pub fields: Vec<(&'static str, String)>,
}

/// Writes the page that signs in wherever a session is needed and there is none. What a form brought is kept in it.
pub async fn offer(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let Some(partner) = request.extensions().get::<PartnerView>().cloned() else { return next.run(request).await };
    let words = request.extensions().get::<Words>().copied().unwrap_or_else(language::english);
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let (request, copy) = match with_form(request).await {
        Ok(both) => both,
        Err(too_large) => return too_large.into_response(),
    };
    let response = next.run(request).await;
    let Some(needed) = response.extensions().get::<SignInNeeded>().cloned() else { return response };
    let mut unsent = Unsent::default();
    if let Some(copy) = copy
        && let Ok(fields) = Fields::from_request(copy, &()).await
    {
        unsent = Unsent::of(&partner, &path, fields.all_pairs());
    }
    let answer = write(&state, (&partner, words), &headers, needed, unsent).await;
    answer.unwrap_or_else(IntoResponse::into_response)
}

/// The request, and a copy with its form if it comes from somebody who was signed in: nobody else's is kept.
async fn with_form(request: Request) -> Result<(Request, Option<Request>), WebError> {
    let had_session = CookieJar::from_headers(request.headers()).get(SESSION).is_some();
    if request.method().is_safe() || !had_session {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| WebError::FormTooLarge)?;
    let copy = (body.len() <= LARGEST_KEPT).then(|| Request::from_parts(parts.clone(), Body::from(body.clone())));
    Ok((Request::from_parts(parts, Body::from(body)), copy))
}

async fn write(
    state: &WebState,
    (partner, words): (&PartnerView, Words),
    headers: &HeaderMap,
    needed: SignInNeeded,
    unsent: Unsent,
) -> Result<Response, WebError> {
    let jar = returning(CookieJar::from_headers(headers), needed.next.as_deref());
    let next = destination(partner, needed.next.as_deref());
    let (jar, page) = page(state, (partner, words), jar, next, unsent).await?;
    Ok((jar, show_as(StatusCode::UNAUTHORIZED, &page)?).into_response())
}

/// The page with what it needs; sets the cookie that names this browser.
async fn page(
    state: &WebState,
    (partner, words): (&PartnerView, Words),
    jar: CookieJar,
    next: String,
    unsent: Unsent,
) -> Result<(CookieJar, SignInPage), WebError> {
    let known = value(&jar, BROWSER);
    let (browser, waiter) = SignIn::waiter(known.as_deref());
    let methods = state.sign_in.methods(&state.app, partner.partner_id).await?;
    let mut layout = Layout::outside(words, Some(partner), words.t("sign-in-first"));
    // What is kept on the page would be gone with another one.
    layout.can_switch = !unsent.is_there();
    let page = SignInPage {
        layout,
        methods: methods.into_iter().map(MethodButton::of).collect(),
        waiter,
        next,
        is_blocked: false,
        problem: "",
        unsent,
    };
    let jar = if known.is_some() { jar } else { jar.add(cookie(BROWSER, browser)) };
    Ok((jar, page))
}

/// `GET …/sign-in`.
pub async fn show_form(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
    session: Result<Session, Response>,
    jar: CookieJar,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let next = destination(&partner, query.text("next"));
    if session.is_ok() {
        return Ok(see_other(&next));
    }
    let (jar, page) = page(&state, (&partner, words), jar, next, Unsent::default()).await?;
    Ok((jar, show(&page)?).into_response())
}

/// `POST …/sign-in`: begins, in the window that was opened.
pub async fn begin(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let method = fields.one("method").and_then(Method::parse).ok_or(ServiceError::NotFound)?;
    let waiter = fields.one("waiter").unwrap_or_default();
    match state.sign_in.begin(&state.app, &partner, method, waiter).await {
        Ok(begun) => {
            let layout = Layout::outside(words, Some(&partner), words.t("sign-in-going"));
            let page = GoPage { layout, address: begun.address };
            Ok((jar.add(cookie(SIGN_IN, begun.token)), show(&page)?).into_response())
        }
        Err(error) => refused(&partner, words, jar, error),
    }
}

/// `GET …/sign-in/{method}`: where VSA or the provider sends people back to.
pub async fn back(
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
    Path((_, method)): Path<(String, String)>,
    jar: CookieJar,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let method = Method::parse(&method).ok_or(ServiceError::NotFound)?;
    if query.text("code").is_none() {
        return refused(&partner, words, jar, SignInError::Refused);
    }
    let brought = |name| Some((name, query.text(name)?.to_owned()));
    show(&BackPage {
        layout: Layout::outside(words, Some(&partner), words.t("sign-in-going")),
        address: format!("{}/sign-in/{}", base(&partner.key), method.as_str()),
        fields: ["code", "state", "iss"].into_iter().filter_map(brought).collect(),
    })
}

/// `POST …/sign-in/{method}`: redeems the code.
pub async fn finish(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
    Path((_, method)): Path<(String, String)>,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let method = Method::parse(&method).ok_or(ServiceError::NotFound)?;
    let (token, browser) = (value(&jar, SIGN_IN), value(&jar, BROWSER));
    let brought = Brought {
        token: token.as_deref(),
        browser: browser.as_deref(),
        code: fields.one("code").unwrap_or_default(),
        state: fields.text("state"),
        issuer: fields.text("iss"),
    };
    let jar = jar.add(ended(SIGN_IN));
    let done = |text| MessagePage::new(&partner, words, "sign-in-done", text).closing();
    match state.sign_in.finish(&state.app, &partner, method, &brought).await {
        Ok(Finished::Here(session)) => {
            let page = done("sign-in-done-here");
            let page = page.leading(destination(&partner, value(&jar, RETURN).as_deref()), "sign-in-go-on-here");
            Ok((jar.add(cookie(SESSION, session)).add(ended(RETURN)), show(&page)?).into_response())
        }
        Ok(Finished::Elsewhere) => Ok((jar, show(&done("sign-in-done-elsewhere"))?).into_response()),
        Err(error) => refused(&partner, words, jar, error),
    }
}

/// `GET …/sign-in/waiting`: whether the window is done, for the script of the page that waits.
pub async fn waiting(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    session: Result<Session, Response>,
    jar: CookieJar,
) -> Result<Response, WebError> {
    let (has_cookie, is_done) = match value(&jar, BROWSER) {
        Some(browser) => (true, state.sign_in.is_waiting(&state.app, partner.partner_id, &browser).await?),
        None => (false, false),
    };
    Ok(Json(json!({ "has_cookie": has_cookie, "done": is_done || session.is_ok() })).into_response())
}

/// `POST …/sign-in/collect`: the session that the window signed in, and on to where the person was.
pub async fn collect(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    Extension(words): Extension<Words>,
    session: Result<Session, Response>,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let (next, unsent) = (destination(&partner, fields.text("next")), Unsent::carried(&partner, &fields));
    let Some(browser) = value(&jar, BROWSER) else {
        let (jar, page) = page(&state, (&partner, words), jar, next, unsent).await?;
        let page = SignInPage { is_blocked: true, ..page };
        return Ok((jar, show_as(StatusCode::FORBIDDEN, &page)?).into_response());
    };
    // Signed in in another tab, whose cookies are the same.
    let jar = if session.is_ok() {
        jar
    } else if let Some(token) = state.sign_in.collect(&state.app, partner.partner_id, &browser).await? {
        jar.add(cookie(SESSION, token))
    } else {
        let (jar, page) = page(&state, (&partner, words), jar, next, unsent).await?;
        let problem = "sign-in-nobody-yet";
        let page = SignInPage { problem, ..page };
        return Ok((jar, show_as(StatusCode::UNAUTHORIZED, &page)?).into_response());
    };
    let jar = jar.add(ended(BROWSER));
    if unsent.is_there() {
        let mut layout = Layout::outside(words, Some(&partner), words.t("sign-in-kept-title"));
        layout.can_switch = false;
        return Ok((jar, show(&KeptPage { layout, unsent, next })?).into_response());
    }
    Ok((jar, see_other(&next)).into_response())
}

/// What happened, what was not done, what to do.
fn refused(partner: &PartnerView, words: Words, jar: CookieJar, error: SignInError) -> Result<Response, WebError> {
    if let SignInError::Service(error) = error {
        return Err(error.into());
    }
    if let SignInError::Unanswered(cause) = &error {
        tracing::warn!(partner = %partner.partner_id, error = %cause, "nobody can be signed in");
    }
    let page = MessagePage::saying(partner, words, "sign-in-refused", error.words());
    Ok((jar, show_as(StatusCode::FORBIDDEN, &page)?).into_response())
}

impl From<SignInError> for WebError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Service(error) => error.into(),
            SignInError::OnlyLooks => Self::OnlyLooks,
            other => Self::NotNow(other.words()),
        }
    }
}
