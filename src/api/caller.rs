//! Who calls: a program with a token, or a page of ours with the session of somebody signed in.

use super::ApiState;
use crate::http::origin::is_own_page;
use crate::http::problem::Problem;
use crate::http::rates;
use crate::http::status;
use crate::service::{Caller, access};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;

/// The cookie of a session.
pub const SESSION_COOKIE: &str = "__Host-session";

/// No token of ours is longer.
const MAX_TOKEN_LENGTH: usize = 512;

/// A caller that has been let in.
#[derive(Debug, Clone)]
pub struct ApiCaller(pub Caller);

impl FromRequestParts<ApiState> for ApiCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let found = match credentials(&parts.headers) {
            Some(Credentials::Token(token)) => access::caller_of_token(&state.app, &token).await?,
            Some(Credentials::Session(token)) => {
                if !parts.method.is_safe() && !is_own_page(&parts.headers, &parts.uri) {
                    return Err(from_elsewhere());
                }
                access::caller_of_session(&state.app, &token).await?
            }
            None => None,
        };
        let caller = found.ok_or_else(unauthenticated)?;
        rates::admit_partner(&parts.extensions, caller.partner_id).map_err(Problem::too_many)?;
        Ok(Self(caller))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Credentials {
    Token(String),
    Session(String),
}

/// A token goes before a cookie; an unusable `Authorization` is not made up for by a cookie.
fn credentials(headers: &HeaderMap) -> Option<Credentials> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(value) = given.next() {
        // Of two, somebody else on the way may have believed the other one.
        if given.next().is_some() {
            return None;
        }
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        let token = token.trim();
        return (scheme.eq_ignore_ascii_case("bearer") && is_token(token))
            .then(|| Credentials::Token(token.to_owned()));
    }
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(SESSION_COOKIE)?.value();
    is_token(token).then(|| Credentials::Session(token.to_owned()))
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
        let token = |text: &str| Some(Credentials::Token(text.to_owned()));
        let cookie = ("cookie", "a=b; __Host-session=s1");
        assert_eq!(credentials(&headers(&[])), None);
        assert_eq!(credentials(&headers(&[cookie])), Some(Credentials::Session("s1".into())));
        assert_eq!(credentials(&headers(&[("authorization", "bearer t1"), cookie])), token("t1"));
        for bad in ["Basic dTpw", "Bearer", "Bearer ", "t1", "Bearer a b"] {
            assert_eq!(credentials(&headers(&[("authorization", bad), cookie])), None, "{bad}");
        }
        let long = format!("Bearer {}", "x".repeat(MAX_TOKEN_LENGTH + 1));
        assert_eq!(credentials(&headers(&[("authorization", &long)])), None);
    }
}
