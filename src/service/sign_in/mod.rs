//! Signing people in at their own VSA, or at an `OpenID` Connect provider of the partner's.
//!
//! A window is opened by a click and tied to a one-use cookie of its own; whoever waits for it, the frame or the window itself, is
//! named by the hash of another cookie. Who somebody is is asked for by us, of the server that is registered, and never taken from
//! a page. Before licenses are spent it is asked anew.

mod again;
mod attempt;
mod entered;
mod provider;
mod setup;

pub use attempt::{Begun, Brought, Finished};
pub use entered::{ROLE_CLAIM, SIGN_IN_LINES, SIGN_IN_SECRETS, lines, replace};
pub use setup::{OpenIdEntry, Setup, SetupError, SignInEntry, VsaClientEntry, forget, put, redirect_address, stored};

use super::{App, ServiceError};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::ReadError;
use crate::domain::role::RoleMap;
use crate::storage::vault::Vault;
use crate::upstream::openid::Documents;
use crate::upstream::transport::Transport;
use std::sync::Arc;

/// Settings of signing in.
#[derive(Debug, Clone)]
pub struct SignInSettings {
    /// What browsers call us, without a slash at the end.
    pub public_url: String,
    /// Which roles let in as what, unless a partner says so itself.
    pub roles: RoleMap,
}

/// What signing in needs beside the use cases.
pub struct SignIn {
    settings: SignInSettings,
    vault: Arc<Vault>,
    transport: Arc<Transport>,
    documents: Arc<Documents>,
}

/// Where a person's identity comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The partner's VSA 9.
    Vsa,
    /// The partner's `OpenID` Connect provider.
    OpenId,
}

impl Method {
    /// As stored and in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vsa => "vsa",
            Self::OpenId => "openid",
        }
    }

    /// As stored and in paths, read back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Vsa, Self::OpenId].into_iter().find(|method| method.as_str() == text)
    }
}

/// Why nobody was signed in, or may do something no longer.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The cookie of the window did not come back.
    #[error("the browser keeps no cookies")]
    NoCookie,
    /// The attempt is unknown, used, expired, another partner's or another browser's.
    #[error("the attempt is unknown, used or expired")]
    NoAttempt,
    /// Nothing is set up for this.
    #[error("this way of signing in is not set up")]
    NotSetUp,
    /// The code, the token or the person was refused.
    #[error("the sign-in was refused")]
    Refused,
    /// Whoever tells who somebody is cannot be asked now.
    #[error("the server cannot be asked: {0}")]
    Unanswered(ReadError),
    /// The person has no role that is let in.
    #[error("none of the person's roles is let in")]
    NoRole,
    /// The person may only look.
    #[error("the person may only look")]
    OnlyLooks,
    /// A use case failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl SignInError {
    /// What happened, what was not done and what to do, for people.
    pub fn words(&self) -> &'static str {
        match self {
            Self::NoCookie => {
                "Your browser keeps no cookies for this site, so nobody can be signed in. Allow cookies for it, then begin again."
            }
            Self::NoAttempt => {
                "This sign-in was begun in another browser, was used already or took more than ten minutes. Nobody was signed in. Close this window and begin again."
            }
            Self::NotSetUp => {
                "This way of signing in is not set up. Ask whoever runs this service for a sign-in link, or to set it up."
            }
            Self::Refused => {
                "Your sign-in is not confirmed, or not any more. Nothing was changed or sent. Sign in again; if it happens twice, ask whoever runs this service to check the client and its redirect address."
            }
            Self::Unanswered(_) => {
                "The server that tells who you are does not answer, so it is not known whether you may do this. Nothing was changed or sent. Try again in a few minutes."
            }
            Self::NoRole => {
                "You are known, but none of your roles is let in here. Nothing was changed or sent. Ask an administrator of yours for another role, or whoever runs this service to let yours in."
            }
            Self::OnlyLooks => super::access::ONLY_LOOKS,
            Self::Service(_) => "Something went wrong on our side. Look at the current state before you try again.",
        }
    }
}

impl From<sqlx::Error> for SignInError {
    fn from(error: sqlx::Error) -> Self {
        Self::Service(error.into())
    }
}

impl From<ReadError> for SignInError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::CredentialsRefused | ReadError::Forbidden => Self::Refused,
            other => Self::Unanswered(other),
        }
    }
}

impl SignIn {
    /// With these parts.
    pub fn new(settings: SignInSettings, vault: Arc<Vault>, transport: Arc<Transport>) -> Self {
        Self { settings, vault, transport, documents: Arc::default() }
    }

    /// What browsers call us: an origin, without a slash at the end.
    pub fn public_url(&self) -> &str {
        &self.settings.public_url
    }

    /// What a partner offers, in the order of the screen.
    pub async fn methods(&self, app: &App, partner: PartnerId) -> Result<Vec<Method>, ServiceError> {
        let setup = stored(app, partner).await?;
        let offered = [(setup.vsa_client_id.is_some(), Method::Vsa), (setup.openid.is_some(), Method::OpenId)];
        Ok(offered.into_iter().filter(|(is_offered, _)| *is_offered).map(|(_, method)| method).collect())
    }
}
