//! The client for the REST API of VSA 9 (`kaseya-vsa9.md`).

mod agents;
mod call;
mod envelope;
mod id;
mod organizations;
mod session;
mod sign_in;
mod staff;

pub use sign_in::{Grant, OauthClient, Vsa9SignIn, VsaUser};

use super::list::{At, List, Page, Pages};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::ReadError;
use crate::upstream::transport::{Answer, Api, BaseUrl, ConfigError, Lane, Transport};
use envelope::Envelope;
use secrecy::SecretString;
use session::Sessions;
use std::sync::Arc;

/// Address and credentials of a VSA 9 server.
#[derive(Debug, Clone)]
pub struct Vsa9Config {
    /// The server's address; `/api/v1.0` and what follows may be left on it.
    pub url: String,
    /// The user the access token belongs to.
    pub user: String,
    /// A personal access token.
    pub access_token: SecretString,
    /// Ids or references of further organizations that are VSA's own: myOrg can have been renamed.
    pub own_organizations: Vec<String>,
}

/// What people leave on an address: the API's root, the screens'.
const ROOTS: [&str; 2] = ["/api/v1.0", "/vsapres"];

/// A partner's access to a VSA 9 server.
#[derive(Debug)]
pub struct Vsa9 {
    transport: Arc<Transport>,
    lane: Lane,
    base: BaseUrl,
    sessions: Sessions,
    own_organizations: Vec<String>,
}

impl Vsa9 {
    /// Makes a client; nothing is sent.
    pub fn new(transport: Arc<Transport>, partner: PartnerId, config: Vsa9Config) -> Result<Self, ConfigError> {
        let Vsa9Config { url, user, access_token, own_organizations } = config;
        let base = BaseUrl::parse(&url, &ROOTS, transport.settings())?;
        let sessions = Sessions::new(&user, &access_token)?;
        let lane = transport.lane(partner, Api::Vsa9);
        let own_organizations = own_organizations.iter().map(|own| own.trim().to_lowercase()).collect();
        Ok(Self { transport, lane, base, sessions, own_organizations })
    }

    /// Asks who we are and what the server is. Builds differ in which of the two they answer, so one answer will do.
    pub(super) async fn probe(&self) -> Result<(), ReadError> {
        let mut result = Ok(());
        for (operation, path) in [("environment", "/environment"), ("current_user", "/system/currentUser")] {
            match self.read(operation, path, None).await {
                Ok(_) => return Ok(()),
                Err(
                    error @ (ReadError::NotFound
                    | ReadError::Forbidden
                    | ReadError::Refused(_)
                    | ReadError::ServerError(_)
                    | ReadError::Unreadable(_)),
                ) => result = result.and(Err(error)),
                Err(error) => return Err(error),
            }
        }
        result
    }
}

impl Pages for Vsa9 {
    fn in_flight(&self) -> usize {
        self.lane.in_flight
    }

    async fn page(&self, list: &List<'_>, at: At) -> Result<Answer, ReadError> {
        let skip = match at {
            At::Rows(rows) => rows,
            At::Link(_) => return Err(ReadError::Unreadable("VSA 9 has no links between pages".to_owned())),
        };
        self.read(list.operation, list.path, Some(&format!("$top=100&$skip={skip}{}", list.options))).await
    }

    fn read_page<'a>(&self, answer: &'a Answer) -> Result<Page<'a>, ReadError> {
        let envelope = Envelope::read(answer)?;
        Ok(Page { rows: envelope.rows()?, total: envelope.total(), next: None })
    }
}
