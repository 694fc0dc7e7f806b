//! Settings of the way out.

use super::address::Reach;
use governor::Quota;
use ipnet::IpNet;
use std::num::NonZeroU32;
use std::time::Duration;

/// Settings of the way out; the same for every partner.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    /// One call, whole: from the free slot to the last byte of the answer.
    pub call_timeout: Duration,
    /// Whether `http://` addresses are accepted.
    pub allow_http: bool,
    /// Whether vendors may be on private networks and on this machine.
    pub allow_private_addresses: bool,
    /// Networks that vendors may be in, whatever they are.
    pub allowed_networks: Vec<IpNet>,
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// The first pause before a read is repeated; it doubles each time.
    pub retry_base_delay: Duration,
    /// Requests in a time, per partner and process.
    pub budget: Budget,
}

impl Default for TransportSettings {
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(30),
            allow_http: false,
            allow_private_addresses: false,
            allowed_networks: Vec::new(),
            user_agent: concat!("worryfree-plugin/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry_base_delay: Duration::from_secs(1),
            budget: Budget::default(),
        }
    }
}

impl TransportSettings {
    /// The addresses that may be called.
    pub(super) fn reach(&self) -> Reach {
        Reach { private: self.allow_private_addresses, networks: self.allowed_networks.clone() }
    }

    /// Shorter than the whole call, so that a server that never accepts is known not to have been sent anything.
    pub(super) fn connect_timeout(&self) -> Duration {
        (self.call_timeout / 2).min(Duration::from_secs(10))
    }
}

/// Requests on the wire at once, per partner.
#[derive(Debug, Clone, Copy)]
pub struct InFlight {
    /// To a VSA 9 server (`kaseya-vsa9.md` 4.3).
    pub vsa9: usize,
    /// To a VSA 10 server (`kaseya-vsa10.md` 5).
    pub vsa10: usize,
    /// To LMPI (`lmpi.md` 3).
    pub lmp: usize,
    /// To SMPI (`worry-free-templates.md` 5).
    pub remote_manager: usize,
}

impl Default for InFlight {
    fn default() -> Self {
        Self { vsa9: 6, vsa10: 2, lmp: 4, remote_manager: 2 }
    }
}

/// What an API allows in a time, per partner. Whoever exceeds it is locked out, so it is kept rather than tried
/// (`kaseya-vsa10.md` 5).
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Requests an hour to a VSA 10 server.
    pub vsa10_per_hour: u32,
    /// How many of them may be sent at once after a rest.
    pub vsa10_burst: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { vsa10_per_hour: 3_600, vsa10_burst: 5 }
    }
}

impl Budget {
    pub(super) fn vsa10(self) -> Quota {
        let at_least_one = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Quota::per_hour(at_least_one(self.vsa10_per_hour)).allow_burst(at_least_one(self.vsa10_burst))
    }
}

/// The HTTP client could not be set up: TLS roots missing, or an unusable user agent.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for vendor calls cannot be set up")]
pub struct TransportError(#[source] pub(super) reqwest::Error);
