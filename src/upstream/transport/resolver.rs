//! Name resolution that leaves out addresses that may not be called.

use super::address::Reach;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Resolves names to addresses that may be called. The connection is made to exactly these, so a name that changes its
/// address between the check and the call gains nothing.
#[derive(Clone)]
pub(super) struct GuardedResolver {
    pub(super) reach: Reach,
    pub(super) lookup: Lookup,
}

/// Finds the addresses of a name.
pub(in crate::upstream) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The machine's own way of finding them.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|found| found.ip()).collect())
        })
    })
}

/// The name has no address that may be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads only to addresses that may not be called")]
pub(super) struct NoUsableAddress;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { reach, lookup } = self.clone();
        Box::pin(async move {
            let mut found = lookup(name.as_str().to_owned()).await?;
            found.retain(|address| reach.covers(*address));
            if found.is_empty() {
                return Err(NoUsableAddress.into());
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
