//! Who may come in: API tokens, one-time links, sessions.

use super::{App, Caller, ServiceError};
use crate::domain::ids::PartnerId;

/// What a screen needs to know of its partner; chosen by the public key in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerView {
    /// The partner.
    pub partner_id: PartnerId,
    /// Public name in paths.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Registered e-mail address.
    pub email: String,
    /// Origin of the registered VSA, the only one that may frame its screens.
    pub vsa_origin: Option<String>,
}

/// The partner with this key; `None` for unknown ones.
pub async fn partner_by_key(_app: &App, _key: &str) -> Result<Option<PartnerView>, ServiceError> {
    unimplemented!()
}

/// The caller that a bearer token of the REST API belongs to.
pub async fn caller_of_token(_app: &App, _token: &str) -> Result<Option<Caller>, ServiceError> {
    unimplemented!()
}

/// The caller that a session token belongs to; extends the session's idle time.
pub async fn caller_of_session(_app: &App, _token: &str) -> Result<Option<Caller>, ServiceError> {
    unimplemented!()
}

/// Uses up a one-time link of the partner and opens a session; returns the token for the cookie. `None` if the link is unknown, used or expired.
pub async fn open_session(_app: &App, _partner: PartnerId, _link_token: &str) -> Result<Option<String>, ServiceError> {
    unimplemented!()
}

/// Ends a session.
pub async fn close_session(_app: &App, _token: &str) -> Result<(), ServiceError> {
    unimplemented!()
}

/// Makes a one-time link that opens a session for `user_name`; returns its token, valid for `minutes`.
pub async fn issue_link(
    _app: &App,
    _partner: PartnerId,
    _user_name: &str,
    _minutes: u32,
) -> Result<String, ServiceError> {
    unimplemented!()
}

/// Makes a further API token; returned once, stored hashed.
pub async fn issue_token(_app: &App, _partner: PartnerId, _label: &str) -> Result<String, ServiceError> {
    unimplemented!()
}
