//! The client for the REST API v3 of VSA 10 (`kaseya-vsa10.md`).
//!
//! A pair of id and secret opens every call; there is no session, and the API knows no acting user. Calls are counted:
//! a partner has a budget for each hour, kept by its lane.

mod call;
mod devices;
mod envelope;
mod organizations;
mod sites;

use super::basic::basic;
use crate::domain::ids::PartnerId;
use crate::domain::outcome::ReadError;
use crate::upstream::transport::{Api, BaseUrl, ConfigError, Lane, Transport};
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use sites::Sites;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Address and credentials of a VSA 10 server.
#[derive(Debug, Clone)]
pub struct Vsa10Config {
    /// The server's address; any path may be left on it.
    pub url: String,
    /// The id of a third-party token.
    pub token_id: String,
    /// Its secret.
    pub token_secret: SecretString,
    /// Ids or names of organizations that are the partner's own.
    pub own_organizations: Vec<String>,
}

/// A partner's access to a VSA 10 server.
#[derive(Debug)]
pub struct Vsa10 {
    transport: Arc<Transport>,
    lane: Lane,
    base: BaseUrl,
    authorization: HeaderValue,
    own_organizations: Vec<String>,
    /// As they were when first asked for; clients serve one piece of work.
    sites: OnceCell<Sites>,
}

impl Vsa10 {
    /// Makes a client; nothing is sent.
    pub fn new(transport: Arc<Transport>, partner: PartnerId, config: Vsa10Config) -> Result<Self, ConfigError> {
        let base = BaseUrl::parse(&config.url, &["/"], transport.settings())?;
        let authorization = basic(&config.token_id, &config.token_secret)?;
        let lane = transport.lane(partner, Api::Vsa10);
        let own_organizations = config.own_organizations.iter().map(|own| own.trim().to_lowercase()).collect();
        Ok(Self { transport, lane, base, authorization, own_organizations, sites: OnceCell::new() })
    }

    /// Asks for one row of each list that is needed: a token may be granted some families of calls and not others.
    pub(super) async fn probe(&self) -> Result<(), ReadError> {
        for (operation, path) in [("organizations", "/organizations"), ("devices", "/devices")] {
            self.read(operation, path, Some("$top=1")).await?;
        }
        Ok(())
    }
}
