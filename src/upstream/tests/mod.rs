//! The clients on the wire, against small servers on loopback.

mod addresses;
mod lmp;
mod lmp_lists;
mod remote_manager;
mod server;
mod transport;
mod vsa;
mod vsa10;
mod vsa_lists;

use super::Stamp;
use super::lmp::{Lmp, LmpConfig};
use super::remote_manager::{RemoteManager, RemoteManagerConfig};
use super::transport::{Budget, InFlight, Transport, TransportSettings};
use super::vsa::{Vsa, Vsa9, Vsa9Config, Vsa10, Vsa10Config};
use crate::domain::ids::PartnerId;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

fn settings() -> TransportSettings {
    TransportSettings {
        call_timeout: Duration::from_millis(800),
        allow_http: true,
        allow_private_addresses: true,
        retry_base_delay: Duration::from_millis(2),
        budget: Budget { vsa10_per_hour: 3_600_000, vsa10_burst: 100 },
        ..TransportSettings::default()
    }
}

fn transport() -> Arc<Transport> {
    Arc::new(Transport::new(settings(), InFlight::default()).unwrap())
}

fn partner() -> PartnerId {
    PartnerId(uuid::Uuid::from_u128(7))
}

fn lmp(url: &str) -> Lmp {
    let config = LmpConfig {
        url: url.to_owned(),
        access_token: SecretString::from("11111111-2222-4333-8444-555555555555"),
        secret_key: SecretString::from("EXAMPLE-secret-key-for-tests-0001=="),
    };
    Lmp::new(transport(), partner(), config).unwrap()
}

fn remote_manager(url: &str) -> RemoteManager {
    let config = RemoteManagerConfig {
        url: url.to_owned(),
        access_token: SecretString::from("11111111-2222-4333-8444-555555555555"),
        secret_key: SecretString::from("EXAMPLE-secret-key-for-tests-0001=="),
    };
    RemoteManager::new(transport(), partner(), config).unwrap()
}

fn vsa(url: &str) -> Vsa {
    let config = Vsa9Config {
        url: url.to_owned(),
        user: "apiuser".to_owned(),
        access_token: SecretString::from("0f8fad5b-d9cb-469f-a165-70867728950e"),
        own_organizations: vec!["OurCompany".to_owned()],
    };
    Vsa::Vsa9(Vsa9::new(transport(), partner(), config).unwrap())
}

fn vsa10(url: &str) -> Vsa {
    vsa10_within(url, settings())
}

fn vsa10_within(url: &str, settings: TransportSettings) -> Vsa {
    let config = Vsa10Config {
        url: url.to_owned(),
        token_id: "token-id-1".to_owned(),
        token_secret: SecretString::from("token-secret-1"),
        own_organizations: Vec::new(),
    };
    let transport = Transport::new(settings, InFlight::default()).unwrap();
    Vsa::Vsa10(Vsa10::new(Arc::new(transport), partner(), config).unwrap())
}

#[test]
fn secrets_are_not_in_what_is_printed() {
    let vsas = format!("{:?} {:?}", vsa("http://x"), vsa10("http://x"));
    let clients = format!("{:?} {:?} {vsas}", lmp("http://x"), remote_manager("http://x"));
    for secret in ["11111111-2222", "EXAMPLE-secret", "0f8fad5b", "YXBpdXNlcjow", "token-secret", "dG9rZW4t"] {
        assert!(!clients.contains(secret), "{secret}");
    }
}
