//! Which addresses a partner's server may have.
//!
//! A partner names its own VSA host, so a host that leads inside our network, or to a metadata service, must not be
//! called (`security-reliability.md` part 1, abuse case 13). Forms that embed an IPv4 address are judged by it.

use ipnet::IpNet;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds answer any program that asks with credentials of the machine, outside the link-local networks.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// The addresses that may be called: public ones, and what the operator allows besides.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach {
    /// Private networks and this machine; never metadata services, link-local or reserved addresses.
    pub(super) private: bool,
    /// Networks the operator has listed, whatever they are.
    pub(super) networks: Vec<IpNet>,
}

impl Reach {
    /// Whether this address may be called.
    pub(super) fn covers(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
            || is_public(address)
            || (self.private && is_private(address))
    }
}

/// The address that stands in a URL in place of a name. Such hosts never reach the resolver.
///
/// Decimal, octal, hexadecimal and shortened forms have become ordinary ones when the URL was parsed.
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether this address is an ordinary one on the public Internet.
fn is_public(address: IpAddr) -> bool {
    !METADATA.contains(&address)
        && match address {
            IpAddr::V4(v4) => is_public_v4(v4),
            IpAddr::V6(v6) => is_public_v6(v6),
        }
}

/// Whether this address is one of a private network or of this machine.
fn is_private(address: IpAddr) -> bool {
    let is_private = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || matches!(v4.octets(), [100, 64..=127, ..]),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback(),
    };
    is_private && !METADATA.contains(&address)
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _) // this network, private, loopback, multicast and reserved
            | (100, 64..=127, _) // shared by carriers
            | (169, 254, _) // link-local, metadata services
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2) // protocol assignments, documentation
            | (192, 88, 99) // 6to4 relays
            | (198, 18..=19, _) // benchmarks
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let low = Ipv4Addr::from_bits((u32::from(segments[6]) << 16) | u32::from(segments[7]));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public(low.into()), // v4-mapped, NAT64
        [0x2001, 0..=0x01ff | 0xdb8, ..] | [0x2002, ..] => false, // Teredo, protocols, documentation, 6to4
        [0x3fff, 0..=0x0fff, ..] | [_, _, _, _, 0 | 0x200, 0x5efe, ..] => false, // documentation, ISATAP
        [first, ..] => (0x2000..=0x3fff).contains(&first),        // global unicast
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "203.0.113.9",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2002:808:808::",
            "2606:4700::5efe:a00:1",
            "64:ff9b:1::a00:1",
            "168.63.129.16",
            "64:ff9b::a83f:8110",
            "2001::1",
            "2001:db8::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn ordinary_addresses_are_public() {
        for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn the_operator_widens_the_reach_and_metadata_services_stay_outside() {
        let covers = |reach: &Reach, text: &str| reach.covers(text.parse().unwrap());
        let private = Reach { private: true, networks: Vec::new() };
        for text in ["10.1.2.3", "127.0.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1", "::ffff:10.0.0.1"] {
            assert!(covers(&private, text) && !covers(&Reach::default(), text), "{text}");
        }
        for text in ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fe80::1", "0.0.0.0", "::", "224.0.0.1"] {
            assert!(!covers(&private, text), "{text}");
        }
        let listed = Reach { private: false, networks: vec!["10.1.0.0/16".parse().unwrap()] };
        for (text, expected) in [("10.1.2.3", true), ("::ffff:10.1.2.3", true), ("10.2.0.1", false), ("::1", false)] {
            assert_eq!(covers(&listed, text), expected, "{text}");
        }
    }
}
