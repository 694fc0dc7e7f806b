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
mod slots;
pub(super) mod sorting;

pub use base_url::ConfigError;
pub use lane::{Demand, LaneKey};
pub use settings::{Budget, InFlight, TransportError, TransportSettings};

pub(super) use base_url::{BaseUrl, endpoint, path_part};
pub(super) use call::{Answer, Call, Fault, Method};
pub(super) use clock::Signing;
pub(super) use lane::{Api, Lane};
pub(super) use read::{ReadFailure, ReadTries, sort_read};
pub(super) use resolver::Lookup;

use crate::domain::ids::PartnerId;
use address::Reach;
use lane::Lanes;
use resolver::GuardedResolver;
use slots::Sharing;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The one way out. Share it in an `Arc`; the limits on requests in flight live here.
#[derive(Debug)]
pub struct Transport {
    settings: TransportSettings,
    reach: Reach,
    reads: reqwest::Client,
    writes: reqwest::Client,
    lanes: Lanes,
}

impl Transport {
    /// Builds both HTTP clients.
    pub fn new(settings: TransportSettings, in_flight: InFlight) -> Result<Self, TransportError> {
        Self::resolving(settings, in_flight, resolver::system())
    }

    /// The same, finding the addresses of names in another way.
    pub(super) fn resolving(
        settings: TransportSettings,
        in_flight: InFlight,
        lookup: Lookup,
    ) -> Result<Self, TransportError> {
        let reach = settings.reach();
        let client = || client(&settings, GuardedResolver { reach: reach.clone(), lookup: lookup.clone() });
        let reads = client().build().map_err(TransportError)?;
        let writes = client().http1_only().pool_max_idle_per_host(0).build().map_err(TransportError)?;
        let lanes = Lanes::new(in_flight, settings.budget);
        Ok(Self { settings, reach, reads, writes, lanes })
    }

    /// The same, but the limits on requests in flight are those of all processes together: requests wait until a share is given,
    /// and again once none was given for `term`.
    #[must_use]
    pub fn shared(mut self, term: Duration) -> Self {
        self.lanes.sharing = Some(Arc::new(Sharing::new(term)));
        self
    }

    /// Waits until a request waits for a larger share; for ever if nothing is shared.
    pub async fn share_is_wanted(&self) {
        match &self.lanes.sharing {
            Some(sharing) => sharing.wanted.notified().await,
            None => std::future::pending().await,
        }
    }

    /// What is wanted and held; nothing that is neither.
    pub fn demands(&self) -> Vec<Demand> {
        self.lanes.demands()
    }

    /// Makes a share so large, as soon as requests under way allow; returns how large it is now.
    pub fn set_share(&self, key: LaneKey, slots: usize) -> usize {
        self.lanes.set_share(key, slots)
    }

    /// Has shares that were asked for at this time be used from now on.
    pub fn renew_shares(&self, asked_at: Instant) {
        if let Some(sharing) = &self.lanes.sharing {
            sharing.renew(asked_at);
        }
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

fn client(settings: &TransportSettings, resolver: GuardedResolver) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .https_only(!settings.allow_http)
        .no_proxy()
        .dns_resolver(resolver)
}
