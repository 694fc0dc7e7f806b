//! What LMPI and SMPI have in common: signed headers, paging, lists in queries.

use super::call::{Api, Call};
use super::signature::Signed;
use super::world::{KeyPair, State};
use chrono::TimeDelta;

/// The one content type both accept; LMPI allows no more than its 31 characters.
const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Checks the five headers and the signature. An error is the text of a 401: which status denies a signature is not
/// documented.
pub(super) fn check_signed(state: &mut State, call: &Call) -> Result<(), String> {
    let (keys, revoked) = match call.api {
        Api::RemoteManager => (state.credentials.remote_manager.clone(), state.quirks.remote_manager.revoked),
        Api::Lmp | Api::Vsa | Api::Vsa10 | Api::OpenId => (state.credentials.lmp.clone(), state.quirks.lmp.revoked),
    };
    let checked = well_formed(call).and_then(|()| fresh(state, call)).and_then(|()| authentic(&keys, call));
    match checked {
        Ok(()) if revoked => Err("The access token was revoked.".to_owned()),
        Ok(()) => in_time(call, state.quirks.signed_time_tolerance),
        Err(reason) => {
            state.ledger.violation(call.api, format_args!("{reason} ({} {})", call.verb(), call.path()));
            Err(reason)
        }
    }
}

fn well_formed(call: &Call) -> Result<(), String> {
    let header = |name: &str| call.header(name).ok_or_else(|| format!("Missing header {name}."));
    uuid::Uuid::parse_str(header("x-access-token")?).map_err(|_| "x-access-token is not a GUID.".to_owned())?;
    let time = header("x-posix-time")?;
    if !(1..=10).contains(&time.len()) || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("x-posix-time has 1 to 10 digits.".to_owned());
    }
    if !(1..=90).contains(&header("x-signature")?.len()) {
        return Err("x-signature has 1 to 90 characters.".to_owned());
    }
    if header("content-type")? != CONTENT_TYPE {
        return Err(format!("content-type is not {CONTENT_TYPE}."));
    }
    uuid::Uuid::parse_str(header("x-traceid")?).map_err(|_| "x-traceid is not a UUID.".to_owned())?;
    Ok(())
}

fn fresh(state: &mut State, call: &Call) -> Result<(), String> {
    let trace_id = call.header("x-traceid").unwrap_or_default();
    if state.ledger.trace_is_fresh(trace_id) { Ok(()) } else { Err("x-traceid was used before.".to_owned()) }
}

fn authentic(keys: &KeyPair, call: &Call) -> Result<(), String> {
    let header = |name: &str| call.header(name).unwrap_or_default();
    if !header("x-access-token").eq_ignore_ascii_case(&keys.access_token) {
        return Err("The access token is not known.".to_owned());
    }
    let signed =
        Signed { posix_time: header("x-posix-time"), method: call.verb(), target: &call.target, body: &call.body };
    if signed.signature(&keys.secret_key) == header("x-signature") {
        Ok(())
    } else {
        Err("The signature is wrong.".to_owned())
    }
}

/// A wrong clock is a condition of the machine, not something a client does wrong.
fn in_time(call: &Call, tolerance: TimeDelta) -> Result<(), String> {
    let time: i64 = call.header("x-posix-time").and_then(|time| time.parse().ok()).unwrap_or_default();
    if (call.at.timestamp() - time).abs() > tolerance.num_seconds() {
        return Err("x-posix-time differs too much from the time of the server.".to_owned());
    }
    Ok(())
}

/// Which rows a list answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub page: usize,
    pub limit: usize,
}

impl Page {
    /// Reads `page` and `limit`; an error is the name of the wrong option.
    pub fn read(call: &Call, default_limit: usize) -> Result<Self, &'static str> {
        let number = |name: &'static str, default: usize| match call.option(name) {
            None => Ok(default),
            Some(text) => text.parse().ok().filter(|number| *number >= 1).ok_or(name),
        };
        let (page, limit) = (number("page", 1)?, number("limit", default_limit)?);
        if limit > 100 { Err("limit") } else { Ok(Self { page, limit }) }
    }

    /// The rows of this page.
    pub fn of<T>(self, rows: impl Iterator<Item = T>) -> Vec<T> {
        rows.skip((self.page - 1).saturating_mul(self.limit)).take(self.limit).collect()
    }

    /// The same of a list in which each page begins with the last row of the one before.
    pub fn overlapping<T>(self, rows: impl Iterator<Item = T>) -> Vec<T> {
        rows.skip((self.page - 1).saturating_mul(self.limit - 1)).take(self.limit).collect()
    }

    /// The paging part of the answer.
    pub fn paging(self, total: usize) -> serde_json::Value {
        serde_json::json!({"total": total, "limit": self.limit, "page": self.page})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};

    fn page(query: &str) -> Result<Page, &'static str> {
        let call = Call {
            api: Api::Lmp,
            method: Method::GET,
            target: format!("/x?{query}"),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            at: chrono::Utc::now(),
        };
        Page::read(&call, 25)
    }

    #[test]
    fn pages_have_limits() {
        assert_eq!(page(""), Ok(Page { page: 1, limit: 25 }));
        assert_eq!(page("page=2&limit=100"), Ok(Page { page: 2, limit: 100 }));
        assert_eq!(page("limit=101"), Err("limit"));
        assert_eq!(page("limit=0"), Err("limit"));
        assert_eq!(page("page=x"), Err("page"));
        assert_eq!(page("page=2&limit=10").unwrap().of(0..25), (10..20).collect::<Vec<_>>());
    }
}
