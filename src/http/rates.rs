//! How many requests an address and a partner may send: whoever sends more is told to wait.
//!
//! Each process counts for itself. An address is counted before anything is looked at; a partner only once it is known
//! who calls, so that nobody uses up the room of a partner whose address they know.

use crate::domain::ids::PartnerId;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// What one address or partner may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a minute; 0 sets no limit.
    pub per_minute: u32,
    /// How many of them may come at once after a rest.
    pub burst: u32,
}

/// Who may send how much.
#[derive(Debug, Clone)]
pub struct RateSettings {
    /// Each address.
    pub address: Rate,
    /// Each partner.
    pub partner: Rate,
    /// Proxies of ours, which are believed whose request they pass on.
    pub trusted_proxies: Vec<IpNet>,
}

/// Who has sent how much.
#[derive(Debug)]
pub struct Rates {
    addresses: Counter<IpAddr>,
    partners: Counter<PartnerId>,
    trusted_proxies: Vec<IpNet>,
}

/// More than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// When the next request is welcome.
    pub wait: Duration,
}

impl TooMany {
    /// For `Retry-After`: whole seconds, at least one.
    pub fn seconds(self) -> u64 {
        self.wait.as_secs().saturating_add(1)
    }
}

impl Rates {
    /// Nobody has sent anything yet.
    pub fn new(settings: RateSettings) -> Arc<Self> {
        Arc::new(Self {
            addresses: Counter::new(settings.address),
            partners: Counter::new(settings.partner),
            trusted_proxies: settings.trusted_proxies,
        })
    }

    /// Forgets whoever has not come for a while.
    pub fn forget_idle(&self) {
        self.addresses.forget_idle();
        self.partners.forget_idle();
    }

    fn admit_client(&self, request: &Request) -> Result<(), TooMany> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let client = peer.and_then(|peer| client(peer.to_canonical(), request.headers(), &self.trusted_proxies));
        client.map_or(Ok(()), |client| self.addresses.admit(network(client), "address"))
    }
}

/// Counts each request to `router` for the address it comes from; `refuse` tells whoever sends too many, in the form of this front end.
pub fn around(router: Router, rates: &Arc<Rates>, refuse: fn(TooMany) -> Response) -> Router {
    let rates = Arc::clone(rates);
    router.layer(from_fn(move |mut request: Request, next: Next| {
        let rates = Arc::clone(&rates);
        async move {
            if let Err(too_many) = rates.admit_client(&request) {
                return with_wait(refuse(too_many), too_many);
            }
            request.extensions_mut().insert(rates);
            next.run(request).await
        }
    }))
}

/// Counts a request for the partner that it turned out to be of.
pub fn admit_partner(extensions: &Extensions, partner: PartnerId) -> Result<(), TooMany> {
    extensions.get::<Arc<Rates>>().map_or(Ok(()), |rates| rates.partners.admit(partner, "partner"))
}

/// An answer that says when to come again.
pub fn with_wait(mut response: Response, too_many: TooMany) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(too_many.seconds()));
    response
}

/// Whose request it is: the last address of `X-Forwarded-For` that is not a proxy of ours, if one of ours passed it on. `None` for
/// what a trusted machine sends of its own accord.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    if !is_trusted(peer) {
        return Some(peer);
    }
    let passed_on = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<_> = passed_on.flat_map(|list| list.split(',')).map(address).collect();
    match named.iter().rev().find(|named| !named.is_some_and(is_trusted)) {
        Some(Some(client)) => Some(*client),
        // Not an address: whoever it is, the proxy's own is counted.
        Some(None) => Some(peer),
        None => None,
    }
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.parse::<IpAddr>().or_else(|_| text.trim_matches(['[', ']']).parse());
    bare.or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip())).ok().map(|address| address.to_canonical())
}

/// What one household or machine has: of IPv6 a network of /64, whose every address it can send from.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

#[derive(Debug)]
struct Counter<K: Hash + Eq + Clone>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: Hash + Eq + Clone> Counter<K> {
    fn new(rate: Rate) -> Self {
        let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
        let quota = NonZeroU32::new(rate.per_minute).map(|count| Quota::per_minute(count).allow_burst(burst));
        Self(quota.map(RateLimiter::keyed))
    }

    fn admit(&self, key: K, by: &'static str) -> Result<(), TooMany> {
        let Some(counter) = &self.0 else { return Ok(()) };
        counter.check_key(&key).map_err(|early| {
            metrics::counter!("http_requests_refused_total", "by" => by).increment(1);
            TooMany { wait: early.wait_time_from(DefaultClock::default().now()) }
        })
    }

    fn forget_idle(&self) {
        if let Some(counter) = &self.0 {
            counter.retain_recent();
            counter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(peer: &str, forwarded: &[&str]) -> Option<String> {
        let headers = forwarded.iter().map(|value| {
            (axum::http::HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(value).unwrap())
        });
        let trusted = ["127.0.0.0/8", "10.0.0.0/24"].map(|network| network.parse().unwrap());
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        client(peer.parse().unwrap(), &map, &trusted).map(|client| client.to_string())
    }

    #[test]
    fn only_proxies_of_ours_are_believed() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(client_of("198.51.100.1", &["192.0.2.9"]), some("198.51.100.1"));
        assert_eq!(client_of("127.0.0.1", &["192.0.2.9"]), some("192.0.2.9"));
        assert_eq!(client_of("127.0.0.1", &["1.2.3.4, 192.0.2.9, 10.0.0.2"]), some("192.0.2.9"));
        assert_eq!(client_of("127.0.0.1", &["1.2.3.4", "192.0.2.9:4711"]), some("192.0.2.9"));
        assert_eq!(client_of("127.0.0.1", &["[2001:db8::1]:80"]), some("2001:db8::1"));
        assert_eq!(client_of("127.0.0.1", &["192.0.2.9, unknown"]), some("127.0.0.1"));
        assert_eq!(client_of("127.0.0.1", &[]), None);
        assert_eq!(client_of("10.0.0.2", &["127.0.0.1"]), None);
    }

    #[test]
    fn neighbours_of_ipv6_are_one() {
        let network_of = |text: &str| network(text.parse().unwrap());
        assert_eq!(network_of("2001:db8::1"), network_of("2001:db8::ffff:1"));
        assert_ne!(network_of("2001:db8::1"), network_of("2001:db8:0:1::1"));
        assert_ne!(network_of("192.0.2.1"), network_of("192.0.2.2"));
    }

    #[test]
    fn counting_ends_at_the_burst_and_zero_sets_no_limit() {
        let counter = Counter::new(Rate { per_minute: 1, burst: 3 });
        let admitted = (0..5).filter(|_| counter.admit(1, "address").is_ok()).count();
        assert_eq!(admitted, 3);
        assert!(counter.admit(2, "address").is_ok(), "others have a room of their own");
        let wait = counter.admit(1, "address").unwrap_err().seconds();
        assert!((50..=61).contains(&wait), "{wait}");
        let unlimited = Counter::new(Rate { per_minute: 0, burst: 1 });
        assert!((0..100).all(|_| unlimited.admit(1, "address").is_ok()));
    }
}
