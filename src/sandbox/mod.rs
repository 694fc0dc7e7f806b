//! Stateful stand-ins for the vendors, written from their references; shares no code with `upstream`.
//!
//! A [`Sandbox`] speaks the vendors' APIs on loopback addresses: Kaseya VSA 9 and VSA 10 (the same customers on one host, as no
//! vendor has them), LMPI and SMPI (on one host, as at the vendor), and beside them an `OpenID` Connect provider. Behind them is one [`World`] that remembers everything, counts what calls changed and writes down
//! whatever breaks the references. [`Faults`] make requests fail in chosen ways: on the wire, before or after they took
//! effect. It serves `demo` and the tests.
//!
//! Where the references are silent, what is answered here is our choice; such places say so.

mod believable;
mod books;
mod call;
mod chance;
mod connection;
mod faults;
mod gate;
mod generated;
mod lmp;
mod openid;
mod quirks;
mod signature;
mod smpi;
mod trend;
mod vsa;
mod vsa10;
mod world;

#[cfg(test)]
mod tests;

pub use books::{Books, Change, LoggedRequest};
pub use call::Api;
pub use faults::{Ambient, Effect, FaultRule, Faults, RetryAfter, RuleNumber, Which};
pub use quirks::{
    Links, LmpError, LmpQuirks, NoSubscription, OpenIdQuirks, Quirks, RemoteManagerQuirks, TokenFlaw, Vsa10Quirks,
    VsaQuirks,
};
pub use signature::Signed;
pub use world::{
    Company, Contact, Credentials, Customer, CustomerContact, Group, KeyPair, Organization, Person, Plan, Product,
    SavedWorld, Staff, Subscription, Version, World,
};

use connection::{Connection, CuttableListener};
use gate::{Gate, Host};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How to start.
#[derive(Debug)]
pub struct SandboxOptions {
    /// What the vendors know.
    pub world: World,
    /// Where VSA listens; port 0 takes a free one.
    pub vsa_listen: SocketAddr,
    /// Where LMPI and SMPI listen; port 0 takes a free one.
    pub trend_listen: SocketAddr,
    /// Pages of VSA's own, served wherever its API is not.
    pub vsa_pages: Option<axum::Router>,
    /// The weather.
    pub ambient: Ambient,
}

impl SandboxOptions {
    /// This world, on free ports, in calm weather.
    pub fn new(world: World) -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { world, vsa_listen: anywhere, trend_listen: anywhere, vsa_pages: None, ambient: Ambient::Calm }
    }
}

/// The vendors, running. They end when this is dropped, and so do all their connections.
#[derive(Debug)]
pub struct Sandbox {
    world: World,
    faults: Faults,
    vsa_url: String,
    trend_url: String,
    openid_url: String,
    stop: DropGuard,
}

impl Sandbox {
    /// Starts listening; answers from the moment this returns.
    pub async fn start(options: SandboxOptions) -> io::Result<Self> {
        let faults = Faults::default();
        faults.set_ambient(options.ambient);
        let stop = CancellationToken::new();
        let gate = |host| Gate { world: options.world.clone(), faults: faults.clone(), host };
        let vsa = serve(options.vsa_listen, gate(Host::Vsa { pages: options.vsa_pages }), &stop).await?;
        let trend = serve(options.trend_listen, gate(Host::Trend), &stop).await?;
        let openid = serve((Ipv4Addr::LOCALHOST, 0).into(), gate(Host::OpenId), &stop).await?;
        Ok(Self {
            world: options.world.clone(),
            faults,
            vsa_url: format!("http://{vsa}"),
            trend_url: format!("http://{trend}"),
            openid_url: format!("http://{openid}"),
            stop: stop.drop_guard(),
        })
    }

    /// Where VSA answers, without a slash at the end.
    pub fn vsa_url(&self) -> &str {
        &self.vsa_url
    }

    /// Where LMPI answers, without a slash at the end.
    pub fn lmp_url(&self) -> &str {
        &self.trend_url
    }

    /// Where SMPI answers, without a slash at the end.
    pub fn remote_manager_url(&self) -> &str {
        &self.trend_url
    }

    /// What the `OpenID` Connect provider calls itself.
    pub fn openid_issuer(&self) -> &str {
        &self.openid_url
    }

    /// The world behind the APIs.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What goes wrong.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What opens the three APIs.
    pub fn credentials(&self) -> Credentials {
        self.world.credentials()
    }

    /// A copy of the books.
    pub fn books(&self) -> Books {
        self.world.books()
    }

    /// Ends listening and cuts all connections.
    pub fn stop(self) {
        drop(self.stop);
    }
}

/// Listens and serves until told to stop; gives the address.
async fn serve(address: SocketAddr, gate: Gate, stop: &CancellationToken) -> io::Result<SocketAddr> {
    let listener = CuttableListener::bind(address, stop.child_token()).await?;
    let address = axum::serve::Listener::local_addr(&listener)?;
    let service = gate::router(gate).into_make_service_with_connect_info::<Connection>();
    let stopped = stop.child_token().cancelled_owned();
    tokio::spawn(async move {
        tokio::select! {
            _ = async { axum::serve(listener, service).await } => {}
            () = stopped => {}
        }
    });
    Ok(address)
}
