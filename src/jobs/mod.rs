//! Durable work: claimed under a lease, repeated after a crash, fenced by an epoch.
//!
//! [`Worker`] claims jobs of every kind and hands each to its handler. Upstream writes happen only here, in [`integrate`].

pub mod clients;
pub mod clock;
pub mod connection_test;
mod contacts;
pub mod integrate;
pub mod lease;
mod numbers;
mod pulse;
mod refresh;
pub mod shares;
mod undo;
pub mod upkeep;
pub mod worker;

pub use lease::Lease;
pub use pulse::Pulse;
pub use worker::{Worker, WorkerSettings};

use crate::domain::ids::PartnerId;
use clients::Clients;
use futures_util::future::BoxFuture;
use sqlx::PgPool;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Who acts in the audit trail when nobody is at the screen.
pub(crate) const WORKER: &str = "worker";

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Carry an import out; the subject is its id.
    Integrate,
    /// Refresh the inventory.
    RefreshInventory,
    /// Read contacts of the organizations of an import.
    ReadContacts,
    /// Take an import back; the subject is its id.
    Undo,
    /// Test the partner's connections.
    TestConnections,
}

impl JobKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integrate => "integrate",
            Self::RefreshInventory => "refresh_inventory",
            Self::ReadContacts => "read_contacts",
            Self::Undo => "undo",
            Self::TestConnections => "test_connections",
        }
    }

    /// All there are.
    pub const ALL: [Self; 5] =
        [Self::Integrate, Self::RefreshInventory, Self::ReadContacts, Self::Undo, Self::TestConnections];

    /// As stored, read back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What a handler works with; cheap to clone.
#[derive(Clone)]
pub struct JobContext {
    /// The database.
    pub pool: PgPool,
    /// Whose job it is.
    pub partner: PartnerId,
    /// What it works on.
    pub subject: String,
    /// The claim.
    pub lease: Lease,
    /// The vendors.
    pub clients: Clients,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// Done.
    Done,
    /// It failed for good.
    Failed(String),
    /// What is recorded is unknown to this version: halted until somebody has looked at it.
    Halted(String),
    /// It goes on after a pause; that is no crash.
    Again(Duration),
    /// The claim is lost: somebody else goes on.
    Lost,
}

type Handler = Arc<dyn Fn(JobContext) -> BoxFuture<'static, JobEnd> + Send + Sync>;

/// Who does which kind of work.
#[derive(Clone, Default)]
pub struct Handlers(HashMap<JobKind, Handler>);

impl Handlers {
    /// No handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the handler of a kind.
    #[must_use]
    pub fn on<F, R>(mut self, kind: JobKind, handler: F) -> Self
    where
        F: Fn(JobContext) -> R + Send + Sync + 'static,
        R: Future<Output = JobEnd> + Send + 'static,
    {
        self.0.insert(kind, Arc::new(move |context| Box::pin(handler(context))));
        self
    }

    /// All but carrying imports out and taking them back, which the worker brings along.
    pub fn all() -> Self {
        Self::new()
            .on(JobKind::RefreshInventory, refresh::run)
            .on(JobKind::ReadContacts, contacts::run)
            .on(JobKind::TestConnections, connection_test::run)
    }

    fn of(&self, kind: &str) -> Option<Handler> {
        JobKind::parse(kind).and_then(|kind| self.0.get(&kind)).cloned()
    }
}
