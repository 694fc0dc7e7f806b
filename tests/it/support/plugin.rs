//! The service's parts over a test's database and the vendors' stand-ins: a partner, a worker, no HTTP.

use super::database::TestDatabase;
use axum::Router;
use secrecy::SecretBox;
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use worryfree_plugin::domain::ids::{AccountId, PartnerId, TemplateId};
use worryfree_plugin::domain::import::Template;
use worryfree_plugin::domain::role::RoleMap;
use worryfree_plugin::http::layers;
use worryfree_plugin::jobs::clients::Clients;
use worryfree_plugin::jobs::clients::stored::StoredConnections;
use worryfree_plugin::jobs::connection_test::EnteredTester;
use worryfree_plugin::jobs::{Handlers, Worker, WorkerSettings};
use worryfree_plugin::sandbox::{Sandbox, SandboxOptions, World};
use worryfree_plugin::service::door::{Door, DoorSettings};
use worryfree_plugin::service::notices::Notices;
use worryfree_plugin::service::partners::{self, PartnerEntry, PutPartner};
use worryfree_plugin::service::sign_in::{SignIn, SignInSettings};
use worryfree_plugin::service::{App, Limits};
use worryfree_plugin::startup::demo;
use worryfree_plugin::storage::vault::Vault;
use worryfree_plugin::upstream::transport::{Budget, InFlight, Transport, TransportSettings};
use worryfree_plugin::{api, web};

/// The service's parts with one partner.
pub struct Plugin {
    /// The vendors.
    pub sandbox: Sandbox,
    /// Dropped with the test.
    pub database: TestDatabase,
    /// The use cases.
    pub app: App,
    /// The partner.
    pub partner: PutPartner,
    /// Seals what is stored.
    pub vault: Arc<Vault>,
    sign_in: Arc<SignIn>,
    entry: Box<Entry>,
}

/// Makes what is stored of the partner.
type Entry = dyn Fn(&Sandbox) -> PartnerEntry + Send + Sync;

impl Plugin {
    /// A partner of these vendors whose inventory has not been read.
    pub async fn new(world: World) -> Self {
        Self::with(world, entry).await
    }

    /// The same with a partner of another kind.
    pub async fn with(world: World, entry: impl Fn(&Sandbox) -> PartnerEntry + Send + Sync + 'static) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::new(world)).await.expect("the sandbox listens");
        let database = TestDatabase::new().await;
        let app = app(database.service_pool().await);
        let vault = Arc::new(Vault::new(&SecretBox::new(Box::new([7; 32]))));
        let partner = partners::put(&app, &vault, &entry(&sandbox)).await.expect("the partner is stored");
        let sign_in = sign_in(&vault);
        Self { sandbox, database, app, partner, vault, sign_in, entry: Box::new(entry) }
    }

    /// Who tells who somebody is.
    pub fn sign_in(&self) -> Arc<SignIn> {
        Arc::clone(&self.sign_in)
    }

    /// Screens and API.
    pub fn router(&self) -> Router {
        self.router_at(PUBLIC_URL)
    }

    /// Screens and API that call themselves by this address.
    pub fn router_at(&self, public_url: &str) -> Router {
        let (app, sign_in) = (self.app.clone(), Arc::clone(&self.sign_in));
        let api = api::router(api::ApiState { app: app.clone(), sign_in: Arc::clone(&sign_in) });
        layers::apply(api.merge(web::router(web::WebState { app, door: self.door(public_url), sign_in })))
    }

    /// The partner's id.
    pub fn partner_id(&self) -> PartnerId {
        self.partner.partner_id
    }

    /// Stores the partner anew, with what now opens the vendors.
    pub async fn replace_credentials(&self) {
        let entry = (self.entry)(&self.sandbox);
        partners::put(&self.app, &self.vault, &entry).await.expect("the partner is stored");
    }

    /// A further partner of the same vendors.
    pub async fn further_partner(&self, name: &str) -> PutPartner {
        let mut entry = (self.entry)(&self.sandbox);
        name.clone_into(&mut entry.name);
        partners::put(&self.app, &self.vault, &entry).await.expect("the partner is stored")
    }

    /// What letting people in needs, for a service that calls itself by this address.
    pub fn door(&self, public_url: &str) -> Arc<Door> {
        let settings = DoorSettings {
            public_url: public_url.to_owned(),
            allow_http: true,
            activation: chrono::TimeDelta::hours(72),
        };
        Arc::new(Door::new(settings, Arc::clone(&self.vault), Arc::new(EnteredTester::new(transport()))))
    }

    /// A worker that works until it is dropped or stopped.
    pub fn worker(&self, settings: WorkerSettings) -> RunningWorker {
        let transport = transport();
        let source = StoredConnections::new(self.app.pool.clone(), Arc::clone(&self.vault));
        let clients = Clients::new(transport, Arc::new(source));
        let worker = Worker::new(settings, self.app.pool.clone(), clients, Handlers::all());
        let stop = CancellationToken::new();
        let task = tokio::spawn(worker.run(stop.clone()));
        RunningWorker { task, stop: stop.drop_guard() }
    }
}

/// A way out to this machine, quick to try again.
fn transport() -> Arc<Transport> {
    let settings = TransportSettings {
        call_timeout: Duration::from_secs(5),
        allow_http: true,
        allow_private_addresses: true,
        retry_base_delay: Duration::from_millis(10),
        budget: Budget { vsa10_per_hour: 3_600_000, vsa10_burst: 1_000 },
        ..TransportSettings::default()
    };
    Arc::new(Transport::new(settings, InFlight::default()).expect("the transport is set up"))
}

/// Ends when it is dropped.
pub struct RunningWorker {
    task: JoinHandle<()>,
    stop: DropGuard,
}

impl RunningWorker {
    /// Has it hand over, and waits until it has.
    pub async fn stop(self) {
        drop(self.stop);
        self.task.await.expect("the worker ends in order");
    }

    /// Takes it away in the midst of whatever it does: nothing is handed over, nothing is recorded.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|end| end.is_cancelled()), "it is killed before it ends");
    }
}

/// What browsers call the service in tests without a network.
pub const PUBLIC_URL: &str = "https://plugin.example";

/// What signing in needs: masters may do everything, readers look, and nobody else is let in.
pub fn sign_in(vault: &Arc<Vault>) -> Arc<SignIn> {
    let roles = RoleMap { administrators: vec!["Master".to_owned()], viewers: vec!["Read only".to_owned()] };
    let settings = SignInSettings { public_url: PUBLIC_URL.to_owned(), roles };
    Arc::new(SignIn::new(settings, Arc::clone(vault), transport()))
}

/// What every use case works with.
pub fn app(pool: PgPool) -> App {
    let limits = Limits {
        inventory_max_age: chrono::TimeDelta::hours(1),
        session_idle: chrono::TimeDelta::minutes(30),
        session_absolute: chrono::TimeDelta::hours(12),
        caps: worryfree_plugin::service::caps::Caps::default(),
    };
    App { pool, limits: Arc::new(limits), notices: Notices::default() }
}

/// A partner of these vendors.
pub fn entry(sandbox: &Sandbox) -> PartnerEntry {
    PartnerEntry {
        name: "Sample MSP".to_owned(),
        email: "noc@sample-msp.example".to_owned(),
        templates: model(sandbox).into_iter().collect(),
        ..demo::entry(sandbox)
    }
}

/// A partner that manages the same customers in VSA 10.
pub fn entry_of_vsa10(sandbox: &Sandbox) -> PartnerEntry {
    let mut entry = entry(sandbox);
    entry.connections[0] = demo::vsa10(sandbox);
    entry
}

/// The model customer of the believable world, if there is one.
fn model(sandbox: &Sandbox) -> Option<Template> {
    let model = sandbox.world().books().customers.into_iter().find(|customer| customer.name == "Template Office")?;
    Some(Template {
        id: TemplateId::parse("office-standard").ok()?,
        name: "Office standard".to_owned(),
        description: None,
        is_default: false,
        source_account_id: AccountId::parse(&model.id).ok()?,
        include_global_settings: true,
        operating_systems: vec!["win".to_owned()],
    })
}
