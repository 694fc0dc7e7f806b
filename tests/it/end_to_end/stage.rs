//! A service with its vendors: a database, the sandbox, a stored partner, the API on a port, and a worker.

use super::rest::Rest;
use crate::support::plugin::{Plugin, RunningWorker, entry, entry_of_vsa10};
use chrono::TimeDelta;
use serde_json::Value;
use std::fmt::Debug;
use std::future::Future;
use std::ops::Deref;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use worryfree_plugin::domain::engine;
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::domain::operation::SettleRule;
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::http::server;
use worryfree_plugin::jobs::WorkerSettings;
use worryfree_plugin::jobs::integrate::IntegrateSettings;
use worryfree_plugin::sandbox::{Books, KeyPair, Sandbox, World};
use worryfree_plugin::service::access;
use worryfree_plugin::service::partners::PartnerEntry;

/// Nothing that a test waits for takes longer, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Where all notifications go.
pub const PARTNER_EMAIL: &str = "noc@sample-msp.example";

/// How the stage is set up.
pub struct Options {
    /// What the vendors know.
    pub world: World,
    /// Whether Remote Manager is connected.
    pub remote_manager: bool,
    /// Whether the partner manages its customers in VSA 10.
    pub vsa10: bool,
    /// Customers LMP is asked about at the same time.
    pub items_in_flight: usize,
    /// When "not found" becomes "absent".
    pub settle: Duration,
    /// How long Remote Manager may take to show a product.
    pub product_wait: Duration,
}

impl Options {
    /// Without Remote Manager, with times short enough to wait for.
    pub fn new(world: World) -> Self {
        let settle = Duration::from_secs(3);
        let product_wait = Duration::from_secs(30);
        Self { world, remote_manager: false, vsa10: false, items_in_flight: 8, settle, product_wait }
    }
}

/// A service with its vendors.
pub struct Stage {
    /// The parts without HTTP.
    pub plugin: Plugin,
    /// Its API.
    pub rest: Rest,
    url: String,
    items_in_flight: usize,
    settle: Duration,
    product_wait: Duration,
    worker: Option<RunningWorker>,
    _server: DropGuard,
}

impl Stage {
    /// Sets everything up and has the inventory read.
    pub async fn new(options: Options) -> Self {
        let (remote_manager, vsa10) = (options.remote_manager, options.vsa10);
        let partner = move |sandbox: &Sandbox| connected(sandbox, remote_manager, vsa10);
        let plugin = Plugin::with(options.world, partner).await;
        let token = access::issue_token(&plugin.app, plugin.partner_id(), "end to end").await.unwrap();
        let (url, server) = serve(&plugin).await;
        let mut stage = Self {
            plugin,
            rest: Rest::new(url.clone(), token),
            url,
            items_in_flight: options.items_in_flight,
            settle: options.settle,
            product_wait: options.product_wait,
            worker: None,
            _server: server,
        };
        stage.start_worker();
        stage.inventory_is_read().await;
        stage
    }

    /// The vendors.
    pub fn sandbox(&self) -> &Sandbox {
        &self.plugin.sandbox
    }

    /// Where the service answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the vendors know.
    pub fn world(&self) -> &World {
        self.sandbox().world()
    }

    /// What the vendors wrote down, once it is sure that nobody broke their rules.
    pub fn books(&self) -> Books {
        let books = self.sandbox().books();
        assert_eq!(books.violations, [""; 0], "the vendors' rules are kept");
        books
    }

    /// Starts a worker.
    pub fn start_worker(&mut self) {
        self.worker = Some(self.plugin.worker(self.worker_settings()));
    }

    /// Settings of its workers.
    pub fn worker_settings(&self) -> WorkerSettings {
        let settle =
            SettleRule { settle: TimeDelta::from_std(self.settle).unwrap(), gap: TimeDelta::milliseconds(200) };
        let engine = engine::Settings {
            items_in_flight: self.items_in_flight,
            settle,
            product_wait: TimeDelta::from_std(self.product_wait).unwrap(),
            linger: TimeDelta::milliseconds(100),
            ..engine::Settings::default()
        };
        let no_license_messages = vec!["not enough licenses".to_owned()];
        let integrate = IntegrateSettings { engine, no_license_messages };
        WorkerSettings { lease: Duration::from_secs(6), integrate, ..WorkerSettings::default() }
    }

    /// Tells the worker to end, and waits until it has handed over.
    pub async fn stop_worker(&mut self) {
        let worker = self.worker.take().expect("there is a worker");
        tokio::time::timeout(PATIENCE, worker.stop()).await.expect("it hands over");
    }

    /// Takes the worker away in the midst of whatever it does.
    pub async fn kill_worker(&mut self) {
        self.worker.take().expect("there is a worker").kill().await;
    }

    /// Waits until the inventory has been read completely.
    pub async fn inventory_is_read(&self) -> Value {
        self.inventory_read_after(&Value::Null).await
    }

    async fn inventory_read_after(&self, before: &Value) -> Value {
        self.until("the inventory is read", || async {
            let inventory = self.get("/api/v1/inventory").await.ok();
            let parts = ["organizations", "license_pools"].map(|part| &inventory[part]["refreshed_at"]);
            let is_read = parts.iter().all(|time| !time.is_null() && *time != before);
            (is_read && inventory["refresh"]["status"] == "idle").then_some(inventory)
        })
        .await
    }

    /// Has the inventory read again.
    pub async fn refresh(&self) -> Value {
        let before = self.get("/api/v1/inventory").await.ok()["license_pools"]["refreshed_at"].clone();
        self.ask("/api/v1/inventory/refresh").await.is(202);
        self.inventory_read_after(&before).await
    }

    /// Changes what opens LMP at the vendor; what is stored is of no use from now on.
    pub fn change_lmp_keys(&self) {
        let mut credentials = self.sandbox().credentials();
        credentials.lmp =
            KeyPair { access_token: uuid::Uuid::new_v4().to_string(), secret_key: "c2VjcmV0LW9mLWEtdGVzdA==".into() };
        self.world().set_credentials(credentials);
    }

    /// The API as another partner uses it, once its inventory has been read.
    pub async fn as_partner(&self, partner: PartnerId) -> Rest {
        let token = access::issue_token(&self.plugin.app, partner, "another partner").await.unwrap();
        let rest = Rest::new(self.rest.url.clone(), token);
        self.until("the inventory is read", || async {
            let inventory = rest.get("/api/v1/inventory").await.ok();
            let are_missing = ["organizations", "license_pools"].map(|part| inventory[part]["refreshed_at"].is_null());
            (are_missing == [false, false] && inventory["refresh"]["status"] == "idle").then_some(())
        })
        .await;
        rest
    }

    /// Asks again and again until there is an answer.
    pub async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, ask: impl Fn() -> F) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: waited for too long; {:#?}", self.sandbox().books().effects);
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }
}

impl Deref for Stage {
    type Target = Rest;

    fn deref(&self) -> &Rest {
        &self.rest
    }
}

/// Screens and API on a free port; they end when the guard is dropped.
async fn serve(plugin: &Plugin) -> (String, DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    tokio::spawn(server::serve(listener, plugin.router_at(&url), shutdown.clone()));
    (url, shutdown.drop_guard())
}

/// The partner with or without Remote Manager.
fn connected(sandbox: &Sandbox, remote_manager: bool, vsa10: bool) -> PartnerEntry {
    let mut entry = if vsa10 { entry_of_vsa10(sandbox) } else { entry(sandbox) };
    entry.connections.retain(|connection| remote_manager || connection.vendor != Vendor::RemoteManager);
    entry
}

/// Tells apart what differs between two sets of values.
#[track_caller]
pub fn assert_same<T: Ord + Debug>(left: impl IntoIterator<Item = T>, right: impl IntoIterator<Item = T>, what: &str) {
    let (mut left, mut right): (Vec<_>, Vec<_>) = (left.into_iter().collect(), right.into_iter().collect());
    left.sort();
    right.sort();
    assert_eq!(left, right, "{what}");
}
