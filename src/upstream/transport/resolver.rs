//! Name resolution that leaves out special addresses.

use super::address::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// Resolves names to addresses that may be called. The connection is made to exactly these, so a name that changes its
/// address between the check and the call gains nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicResolver {
    pub(super) allow_private: bool,
}

/// The name has no address that may be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads only to addresses that may not be called")]
pub(super) struct OnlyPrivateAddresses;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let usable: Vec<SocketAddr> = found.filter(|found| allow_private || is_public(found.ip())).collect();
            if usable.is_empty() {
                return Err(OnlyPrivateAddresses.into());
            }
            let addresses: Addrs = Box::new(usable.into_iter());
            Ok(addresses)
        })
    }
}
