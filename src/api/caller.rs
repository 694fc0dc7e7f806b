//! Who calls: a program with a token, or a page of ours with the session of somebody signed in.

use super::ApiState;
use crate::domain::role::Role;
use crate::http::origin::{is_own_page, presence};
use crate::http::problem::Problem;
use crate::http::rates;
use crate::http::status;
use crate::service::Caller;
use crate::service::access::{self, Holder, Pass};
use crate::service::sign_in::SignInError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;

/// The cookie of a session.
pub const SESSION_COOKIE: &str = "__Host-session";

/// No token of ours is longer.
const MAX_TOKEN_LENGTH: usize = 512;

/// A caller that has been let in. Whoever may only look gets no further than reading.
#[derive(Debug, Clone)]
pub struct ApiCaller(pub Caller);

/// A caller who may have licenses spent: a person who signed in somewhere is asked for there anew.
#[derive(Debug, Clone)]
pub struct ApiIntegrator(pub Caller);

impl FromRequestParts<ApiState> for ApiCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let pass = pass(&parts.headers).ok_or_else(unauthenticated)?;
        let found = match &pass {
            Pass::Token(token) => access::caller_of_token(&state.app, token).await?,
            Pass::Session(token) => of_session(parts, state, token).await?,
        };
        let caller = found.ok_or_else(unauthenticated)?;
        rates::admit_partner(&parts.extensions, caller.partner_id).map_err(Problem::too_many)?;
        parts.extensions.insert(pass);
        Ok(Self(caller))
    }
}

/// The caller of a session. Its holder is kept with the request.
async fn of_session(parts: &mut Parts, state: &ApiState, token: &str) -> Result<Option<Caller>, Problem> {
    let is_write = !parts.method.is_safe();
    if is_write && !is_own_page(&parts.headers, &parts.uri, state.sign_in.public_url()) {
        return Err(from_elsewhere());
    }
    let found = access::holder_of_session(&state.app, token, presence(&parts.method, &parts.headers)).await?;
    let Some(holder) = found else { return Ok(None) };
    if is_write && holder.role == Role::Viewer {
        return Err(Problem::new(status::FORBIDDEN, access::ONLY_LOOKS));
    }
    let caller = holder.caller.clone();
    parts.extensions.insert(holder);
    Ok(Some(caller))
}

impl FromRequestParts<ApiState> for ApiIntegrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let ApiCaller(caller) = ApiCaller::from_request_parts(parts, state).await?;
        if let Some(holder) = parts.extensions.get::<Holder>() {
            state.sign_in.ask_again(&state.app, holder).await.map_err(refused)?;
        }
        Ok(Self(caller))
    }
}

fn refused(error: SignInError) -> Problem {
    match error {
        SignInError::Service(error) => error.into(),
        other => Problem::new(status::FORBIDDEN, other.words()),
    }
}

/// A token goes before a cookie; an unusable `Authorization` is not made up for by a cookie.
fn pass(headers: &HeaderMap) -> Option<Pass> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(value) = given.next() {
        // Of two, somebody else on the way may have believed the other one.
        if given.next().is_some() {
            return None;
        }
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        let token = token.trim();
        return (scheme.eq_ignore_ascii_case("bearer") && is_token(token)).then(|| Pass::Token(token.to_owned()));
    }
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(SESSION_COOKIE)?.value();
    is_token(token).then(|| Pass::Session(token.to_owned()))
}

fn is_token(text: &str) -> bool {
    (1..=MAX_TOKEN_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn unauthenticated() -> Problem {
    Problem::new(
        status::UNAUTHENTICATED,
        "Send an API token as Authorization: Bearer, or sign in again. Nothing was read or stored.",
    )
}

fn from_elsewhere() -> Problem {
    Problem::new(
        status::FORBIDDEN,
        "With a session, changes are accepted only from the plug-in's own pages. Nothing was stored.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn a_token_goes_before_a_cookie() {
        let token = |text: &str| Some(Pass::Token(text.to_owned()));
        let cookie = ("cookie", "a=b; __Host-session=s1");
        assert!(pass(&headers(&[])).is_none());
        assert_eq!(pass(&headers(&[cookie])), Some(Pass::Session("s1".into())));
        assert_eq!(pass(&headers(&[("authorization", "bearer t1"), cookie])), token("t1"));
        for bad in ["Basic dTpw", "Bearer", "Bearer ", "t1", "Bearer a b"] {
            assert_eq!(pass(&headers(&[("authorization", bad), cookie])), None, "{bad}");
        }
        let long = format!("Bearer {}", "x".repeat(MAX_TOKEN_LENGTH + 1));
        assert_eq!(pass(&headers(&[("authorization", &long)])), None);
    }
}
