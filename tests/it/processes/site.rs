//! An installation: a database, vendors, a partner, and processes that are started and killed by a test.

use super::process::{Process, free_port};
use crate::end_to_end::flow::{Ready, new_rows};
use crate::end_to_end::rest::Rest;
use crate::support::database::TestDatabase;
use crate::support::plugin::{app, entry};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretBox;
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};
use std::future::Future;
use std::process::Output;
use std::time::{Duration, Instant};
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::sandbox::{Sandbox, SandboxOptions, World};
use worryfree_plugin::service::partners::{self, PartnerEntry, PutPartner};
use worryfree_plugin::service::{App, access};
use worryfree_plugin::storage::connect;
use worryfree_plugin::storage::vault::Vault;

/// Nothing that a test waits for takes longer, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(100);

/// The key that seals credentials in these tests.
const SEALING_KEY: [u8; 32] = [7; 32];

/// How long a silent process keeps its work, unless a test says otherwise.
pub const LEASE: Duration = Duration::from_secs(2);

/// How long "not found" may not be believed, and then the second look.
pub const SETTLE: Duration = Duration::from_secs(3 + 1);

/// An installation without processes.
pub struct Site {
    /// The vendors.
    pub sandbox: Sandbox,
    /// The partner.
    pub partner: PutPartner,
    /// Connections to its database.
    pub pool: PgPool,
    /// The address of LMP that the partner is stored with.
    lmp_url: String,
    lease: Duration,
    database: PgConnectOptions,
    vault: Vault,
    app: App,
    /// Dropped last.
    _test_database: Option<TestDatabase>,
}

impl Site {
    /// Over a database of its own.
    pub async fn new(world: World) -> Self {
        let database = TestDatabase::new().await;
        let (pool, options) = (database.pool().clone(), database.options());
        Self { _test_database: Some(database), ..Self::over(world, pool, options).await }
    }

    /// Over a database of the test's.
    pub async fn over(world: World, pool: PgPool, database: PgConnectOptions) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::new(world)).await.expect("the sandbox listens");
        let app = app(connect(database.clone(), 6).await.expect("the database answers"));
        let vault = Vault::new(&SecretBox::new(Box::new(SEALING_KEY)));
        let lmp_url = sandbox.lmp_url().to_owned();
        let stored = partner_entry(&sandbox, &lmp_url);
        let partner = partners::put(&app, &vault, &stored).await.expect("the partner is stored");
        Self { sandbox, partner, pool, lmp_url, lease: LEASE, database, vault, app, _test_database: None }
    }

    /// The same with another lease.
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Has LMP be reached at another address.
    pub async fn reach_lmp_at(&mut self, url: &str) {
        url.clone_into(&mut self.lmp_url);
        self.store_partner().await;
    }

    /// Stores the partner anew, with what now opens the vendors.
    pub async fn store_partner(&self) {
        let stored = partner_entry(&self.sandbox, &self.lmp_url);
        partners::put(&self.app, &self.vault, &stored).await.expect("the partner is stored");
    }

    /// A port and a client of the API that will be there.
    pub async fn front(&self) -> Front {
        let token = access::issue_token(&self.app, self.partner.partner_id, "processes").await.unwrap();
        let port = free_port();
        Front { rest: Rest::new(format!("http://127.0.0.1:{port}"), token), port }
    }

    /// A process with screens, API and jobs.
    pub fn serve(&self, front: &Front) -> Process {
        self.serve_with(front, &[])
    }

    /// The same with further environment variables.
    pub fn serve_with(&self, front: &Front, more: &[(&str, &str)]) -> Process {
        let listen = format!("127.0.0.1:{}", front.port);
        let more = [("PLUGIN__HTTP__LISTEN", listen.as_str())].into_iter().chain(more.iter().copied());
        Process::start(&["serve"], &self.environment(more))
    }

    /// A process with jobs only.
    pub fn work(&self) -> Process {
        Process::start(&["work"], &self.environment([]))
    }

    /// Runs a command beside the processes, to its end.
    pub fn command(&self, arguments: &[&str]) -> Output {
        Process::command(arguments, &self.environment([])).output().expect("the binary starts")
    }

    /// Every row of every table as text, as a dump of the database has them.
    pub async fn dump(&self) -> String {
        let tables =
            "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&self.pool).await.unwrap();
        assert!(tables.len() > 15, "{tables:?}");
        let mut dump = String::new();
        for table in tables {
            let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select t::text from {table} t")));
            let rows: Vec<String> = rows.fetch_all(&self.pool).await.unwrap();
            dump.extend([table.as_str(), "\n", &rows.join("\n"), "\n"]);
        }
        dump
    }

    fn environment<'a>(&self, more: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
        let text = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let (url, key) = (self.database.to_url_lossy().to_string(), STANDARD.encode(SEALING_KEY));
        let lease = self.lease.as_secs().to_string();
        let always = [
            ("PLUGIN__DATABASE__URL", url.as_str()),
            ("PLUGIN__DATABASE__MAX_CONNECTIONS", "12"),
            ("PLUGIN__SECRETS__KEY", &key),
            ("PLUGIN__METRICS__LISTEN", "127.0.0.1:0"),
            ("PLUGIN__UPSTREAM__ALLOW_HTTP", "true"),
            ("PLUGIN__UPSTREAM__ALLOW_PRIVATE_ADDRESSES", "true"),
            ("PLUGIN__UPSTREAM__CALL_TIMEOUT_SECONDS", "5"),
            ("PLUGIN__LMP__SETTLE_SECONDS", "3"),
            ("PLUGIN__LMP__LOOK_GAP_SECONDS", "1"),
            ("PLUGIN__JOBS__LEASE_SECONDS", &lease),
            ("PLUGIN__INVENTORY__REFRESH_MINUTES", "0"),
        ];
        always.into_iter().map(text).chain(more.into_iter().map(text)).collect()
    }

    /// The names of the first organizations.
    pub fn names(&self, count: usize) -> Vec<String> {
        let organizations = self.sandbox.world().organizations().into_iter();
        organizations.take(count).map(|organization| organization.name).collect()
    }

    /// An import of these organizations that is ready to be integrated, once the inventory has been read.
    pub async fn ready(&self, front: &Front, names: &[String]) -> Ready {
        let rows = new_rows(self.sandbox.world(), names.iter().map(String::as_str), "WFS monthly", SEATS);
        self.inventory_is_read(front).await;
        front.rest.ready(&rows).await
    }

    /// Waits until the process serves and has read the inventory.
    pub async fn inventory_is_read(&self, front: &Front) {
        until("the inventory is read", || async {
            let inventory = front.try_get("/api/v1/inventory").await?;
            let parts = ["organizations", "license_pools"].map(|part| &inventory[part]["refreshed_at"]);
            let is_read = parts.iter().all(|time| !time.is_null());
            (is_read && inventory["refresh"]["status"] == "idle").then_some(())
        })
        .await;
    }
}

/// The seats of every row.
pub const SEATS: u32 = 10;

/// Where a process with screens and API is reached.
pub struct Front {
    /// Its API.
    pub rest: Rest,
    port: u16,
}

impl Front {
    /// What is there, if somebody answers.
    pub async fn try_get(&self, path: &str) -> Option<Value> {
        let answer = self.rest.try_send(reqwest::Method::GET, path, None, None).await.ok()?;
        (answer.status == 200).then_some(answer.body)
    }

    /// Waits until the integration looks so.
    pub async fn integration(&self, ready: &Ready, what: &str, looks: impl Fn(&Value) -> bool) -> Value {
        let path = ready.path("/integration");
        until(what, || async { self.try_get(&path).await.filter(|integration| looks(integration)) }).await
    }

    /// Waits until every customer is imported.
    pub async fn imported(&self, ready: &Ready) -> Value {
        let integration = self.integration(ready, "it finishes", |found| found["status"] == "finished").await;
        assert_eq!(integration["counts"]["imported"], integration["counts"]["total"], "{integration:#}");
        integration
    }
}

/// Without Remote Manager: this is about what must not be made twice.
fn partner_entry(sandbox: &Sandbox, lmp_url: &str) -> PartnerEntry {
    let mut entry = entry(sandbox);
    entry.connections.retain(|connection| connection.vendor != Vendor::RemoteManager);
    for connection in entry.connections.iter_mut().filter(|connection| connection.vendor == Vendor::Lmp) {
        lmp_url.clone_into(&mut connection.url);
    }
    entry
}

/// Asks again and again until there is an answer.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what}: waited for too long");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}
