//! Signing in at the partner's VSA: a window that a click opens, and the frame that waits for it.
//!
//! The window belongs to our own site, the frame to VSA's: their cookies are apart. The frame therefore names itself to the window
//! by the hash of its own cookie, and collects its session when the window is done. No page hands a secret to another.

use super::WebState;
use super::error::{WebError, see_other};
use super::form::{Fields, QueryFields};
use super::layout::{Layout, base, show, show_as};
use super::session::{BROWSER, SIGN_IN, cookie, destination, ended, is_own_path, open_cookie, MessagePage};
use crate::service::access::PartnerView;
use crate::service::sign_in::{self, Finished, Method, SignInError, waiter_of};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use serde_json::json;

/// The page of somebody who is not signed in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The frame around it.
    pub layout: Layout,
    /// Whether people can sign in with VSA; if not, the operator's links are the only way.
    pub with_vsa: bool,
    /// Names this browser to the window.
    pub waiter: String,
    /// Where to go then.
    pub next: String,
    /// This browser keeps no cookies here: the page offers itself in its own tab.
    pub is_blocked: bool,
    /// What went wrong; empty if nothing did.
    pub problem: String,
}

/// The page with what it needs; sets the cookie that names this browser.
pub async fn page(
    state: &WebState,
    partner: &PartnerView,
    jar: CookieJar,
    next: &str,
    problem: &str,
) -> Result<(CookieJar, SignInPage), WebError> {
    let known = jar.get(BROWSER).map(|cookie| cookie.value().to_owned());
    let browser = known.clone().unwrap_or_else(crate::service::access::browser_token);
    let with_vsa = sign_in::methods(&state.app, partner.partner_id).await?.contains(&Method::Vsa);
    let page = SignInPage {
        layout: Layout::outside(Some(partner), "Please sign in"),
        with_vsa,
        waiter: waiter_of(&browser),
        next: next.to_owned(),
        is_blocked: false,
        problem: problem.to_owned(),
    };
    let jar = if known.is_some() { jar } else { jar.add(cookie(BROWSER, browser)) };
    Ok((jar, page))
}

/// `GET …/sign-in`.
pub async fn show_form(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    jar: CookieJar,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let (jar, page) = page(&state, &partner, jar, query.text("next").unwrap_or_default(), "").await?;
    Ok((jar, show(&page)?).into_response())
}

/// `POST …/sign-in`: begins, in the window that was opened.
pub async fn begin(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let waiter = fields.one("waiter").unwrap_or_default();
    let (id, key) = (partner.partner_id, partner.key.as_str());
    match sign_in::begin(&state.app, &state.door, id, key, Method::Vsa, waiter).await {
        Ok(begun) => Ok((jar.add(cookie(SIGN_IN, begun.token)), see_other(&begun.address)).into_response()),
        Err(error) => refused(&partner, jar, error),
    }
}

/// The page on which VSA sets a person down again: nothing is done before it is sent as a form, so that no address does anything.
#[derive(Template)]
#[template(path = "sign_in_back.html")]
pub struct BackPage {
    /// The frame around it.
    pub layout: Layout,
    /// Where the form goes.
    pub address: String,
    /// VSA's one-use code.
    pub code: String,
    /// What was sent along, if it came back.
    pub state: String,
}

/// `GET …/sign-in/{method}`: VSA's redirect.
pub async fn back(
    Extension(partner): Extension<PartnerView>,
    Path((_, method)): Path<(String, String)>,
    QueryFields(query): QueryFields,
) -> Result<Response, WebError> {
    let method = Method::parse(&method).ok_or(crate::service::ServiceError::NotFound)?;
    show(&BackPage {
        layout: Layout::outside(Some(&partner), "Signing in"),
        address: format!("{}/sign-in/{}", base(&partner.key), method.as_str()),
        code: query.text("code").unwrap_or_default().to_owned(),
        state: query.text("state").unwrap_or_default().to_owned(),
    })
}

/// `POST …/sign-in/{method}`: redeems the code.
pub async fn finish(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    Path((_, method)): Path<(String, String)>,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let method = Method::parse(&method).ok_or(crate::service::ServiceError::NotFound)?;
    let (id, key) = (partner.partner_id, partner.key.as_str());
    let value = |name| jar.get(name).map(|cookie: &Cookie<'static>| cookie.value().to_owned());
    let (token, browser) = (value(SIGN_IN).unwrap_or_default(), value(BROWSER));
    let code = fields.one("code").unwrap_or_default();
    let given = (token.as_str(), browser.as_deref(), code, fields.text("state"));
    match sign_in::finish(&state.app, &state.door, id, key, method, given).await {
        Ok(Finished::Here(session)) => {
            let next = destination(&partner, value(super::session::RETURN).as_deref());
            let jar = jar.add(open_cookie(session)).add(ended(SIGN_IN)).add(ended(super::session::RETURN));
            Ok((jar, see_other(&next)).into_response())
        }
        Ok(Finished::Elsewhere) => {
            let page = MessagePage::new(&partner, "You are signed in", "You can close this window and go on in VSA.");
            Ok((jar.add(ended(SIGN_IN)), show(&page)?).into_response())
        }
        Err(error) => refused(&partner, jar.add(ended(SIGN_IN)), error),
    }
}

/// `GET …/sign-in/waiting`: whether the window is done, for the script of the page that waits.
pub async fn waiting(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    jar: CookieJar,
) -> Result<Response, WebError> {
    let (has_cookie, done) = match jar.get(BROWSER) {
        Some(browser) => (true, sign_in::is_waiting(&state.app, partner.partner_id, browser.value()).await?),
        None => (false, false),
    };
    Ok(Json(json!({ "has_cookie": has_cookie, "done": done })).into_response())
}

/// `POST …/sign-in/collect`: the session that the window signed in.
pub async fn collect(
    State(state): State<WebState>,
    Extension(partner): Extension<PartnerView>,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, WebError> {
    let next = fields.one("next").unwrap_or_default().to_owned();
    let Some(browser) = jar.get(BROWSER).map(|cookie| cookie.value().to_owned()) else {
        let (jar, page) = page(&state, &partner, jar, &next, "").await?;
        let page = SignInPage { is_blocked: true, ..page };
        return Ok((jar, show_as(StatusCode::FORBIDDEN, &page)?).into_response());
    };
    match sign_in::collect(&state.app, partner.partner_id, &browser).await? {
        Some(session) => {
            let next = Some(next.as_str()).filter(|path| is_own_path(&partner.key, path));
            Ok((jar.add(open_cookie(session)), see_other(&destination(&partner, next))).into_response())
        }
        None => {
            let problem = "Nobody has signed in in the other window yet. Do that first, then press Continue.";
            let (jar, page) = page(&state, &partner, jar, &next, problem).await?;
            Ok((jar, show_as(StatusCode::UNAUTHORIZED, &page)?).into_response())
        }
    }
}

/// What went wrong, what was not done, what to do.
fn refused(partner: &PartnerView, jar: CookieJar, error: SignInError) -> Result<Response, WebError> {
    let text = match error {
        SignInError::Service(error) => return Err(error.into()),
        SignInError::NoAttempt => "This sign-in was begun in another browser, was used already or took more than ten minutes. Close this window and begin again.",
        SignInError::NotSetUp => "Signing in with VSA is not set up for this partner. An administrator does that on the page Connections; until then the operator's links are the way in.",
        SignInError::Refused => "VSA did not confirm the sign-in. Close this window and begin again; if it happens twice, check the client id, its secret and the redirect URL on the page Connections.",
        SignInError::Unanswered(_) => "Your VSA server does not answer now, so nobody can be signed in. Try again in a few minutes.",
        SignInError::NoRole(roles) => {
            tracing::info!(?roles, "somebody without a role that is let in");
            "You are known to VSA, but none of your roles is let in here. An administrator can add one on the page Connections."
        }
    };
    let page = MessagePage::new(partner, "You are not signed in", text);
    Ok((jar, show_as(StatusCode::FORBIDDEN, &page)?).into_response())
}
