//! The one way out: every request to a vendor passes [`Transport`].
//!
//! Two HTTP clients are kept. Reads use pooled connections. Writes use HTTP/1.1 on a connection of their own, because
//! an HTTP client may silently resend a request when a reused connection turns out to be closed
//! (`security-reliability.md` part 2, R7).

mod address;
mod base_url;
mod call;
mod clock;
mod lane;
mod read;
mod resolver;
mod retry_after;
mod send;
mod settings;
pub(super) mod sorting;

pub use base_url::ConfigError;
pub use settings::{Budget, InFlight, TransportError, TransportSettings};

pub(super) use base_url::{BaseUrl, endpoint, path_part};
pub(super) use call::{Answer, Call, Fault, Method};
pub(super) use clock::Signing;
pub(super) use lane::{Api, Lane};
pub(super) use read::{ReadFailure, ReadTries, sort_read};

use crate::domain::ids::PartnerId;
use lane::Lanes;
use resolver::PublicResolver;

/// The one way out. Share it in an `Arc`; the limits on requests in flight live here.
#[derive(Debug)]
pub struct Transport {
    settings: TransportSettings,
    reads: reqwest::Client,
    writes: reqwest::Client,
    lanes: Lanes,
}

impl Transport {
    /// Builds both HTTP clients.
    pub fn new(settings: TransportSettings, in_flight: InFlight) -> Result<Self, TransportError> {
        let reads = client(&settings).build().map_err(TransportError)?;
        let writes = client(&settings).http1_only().pool_max_idle_per_host(0).build().map_err(TransportError)?;
        let lanes = Lanes::new(in_flight, settings.budget);
        Ok(Self { settings, reads, writes, lanes })
    }

    /// The settings it was built with.
    pub fn settings(&self) -> &TransportSettings {
        &self.settings
    }

    /// What all clients of one partner share towards one API.
    pub(super) fn lane(&self, partner: PartnerId, api: Api) -> Lane {
        self.lanes.lane(partner, api)
    }
}

fn client(settings: &TransportSettings) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .https_only(!settings.allow_http)
        .no_proxy()
        .dns_resolver(PublicResolver { allow_private: settings.allow_private_addresses })
}
