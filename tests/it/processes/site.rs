//! An installation: a database, vendors, a partner, and processes that are started and killed by a test.

use super::process::{Process, free_port};
use crate::end_to_end::flow::{Ready, new_rows};
use crate::end_to_end::rest::Rest;
use crate::support::database::TestDatabase;
use crate::support::plugin::{app, entry};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretBox;
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgPool};
use std::future::Future;
use std::process::Output;
use std::time::{Duration, Instant};
use worryfree_plugin::domain::ids::PartnerId;
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
        Self::named("Sample MSP", world, pool, database).await
    }

    async fn named(name: &str, world: World, pool: PgPool, database: PgConnectOptions) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::new(world)).await.expect("the sandbox listens");
        let app = app(connect(database.clone(), 6).await.expect("the database answers"));
        let vault = Vault::new(&SecretBox::new(Box::new(SEALING_KEY)));
        let lmp_url = sandbox.lmp_url().to_owned();
        let stored = PartnerEntry { name: name.to_owned(), ..partner_entry(&sandbox, &lmp_url) };
        let partner = partners::put(&app, &vault, &stored).await.expect("the partner is stored");
        Self { sandbox, partner, pool, lmp_url, lease: LEASE, database, vault, app, _test_database: None }
    }

    /// Over an empty database that another build migrates and knows the partner of; with where its API will be.
    pub async fn of_build(binary: &str, world: World) -> (Self, Front) {
        let test_database = TestDatabase::empty().await;
        let (pool, database) = (test_database.pool().clone(), test_database.options());
        let sandbox = Sandbox::start(SandboxOptions::new(world)).await.expect("the sandbox listens");
        let lmp_url = sandbox.lmp_url().to_owned();
        let environment = environment(&database, LEASE, []);
        let run = |arguments: &[&str]| {
            let output = Process::command_of(binary, arguments, &environment).output().expect("the build starts");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        };
        run(&["migrate"]);
        let file = std::env::temp_dir().join(format!("worryfree-partner-{}.toml", uuid::Uuid::new_v4()));
        std::fs::write(&file, partner_file(&sandbox)).unwrap();
        let added: Value = serde_json::from_slice(&run(&["partner", "add", "--file", file.to_str().unwrap()])).unwrap();
        std::fs::remove_file(&file).ok();
        let text = |name: &str| added[name].as_str().unwrap().to_owned();
        let partner_id = PartnerId(text("partner_id").parse().unwrap());
        let partner = PutPartner { partner_id, partner_key: text("partner_key"), is_new: true };
        let app = app(connect(database.clone(), 6).await.expect("the database answers"));
        let vault = Vault::new(&SecretBox::new(Box::new(SEALING_KEY)));
        let port = free_port();
        let front = Front { rest: Rest::new(format!("http://127.0.0.1:{port}"), text("api_token")), port };
        let site = Self {
            sandbox,
            partner,
            pool,
            lmp_url,
            lease: LEASE,
            database,
            vault,
            app,
            _test_database: Some(test_database),
        };
        (site, front)
    }

    /// The same with another lease.
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Goes on over another database that holds the same partner.
    pub async fn move_to(&mut self, database: PgConnectOptions) {
        let pool = PgPoolOptions::new().max_connections(6).connect_with(database.clone()).await;
        self.pool = pool.expect("the other database answers");
        self.app = app(connect(database.clone(), 6).await.expect("the other database answers"));
        self.database = database;
    }

    /// How its database is reached by its owner.
    pub fn database(&self) -> PgConnectOptions {
        self.database.clone()
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

    /// Another partner on the same database, with vendors of its own.
    pub async fn beside(&self, name: &str, world: World) -> Self {
        Self::named(name, world, self.pool.clone(), self.database.clone()).await
    }

    /// Stores a partner.
    pub async fn store(&self, entry: &PartnerEntry) -> PutPartner {
        partners::put(&self.app, &self.vault, entry).await.expect("the partner is stored")
    }

    /// Another way in, by the same process, for this partner.
    pub async fn front_of(&self, other: &Front) -> Front {
        let token = access::issue_token(&self.app, self.partner.partner_id, "processes").await.unwrap();
        Front { rest: Rest::new(other.rest.url.clone(), token), port: other.port }
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
        self.serve_arguments(&["serve"], front, more)
    }

    /// The same with other arguments.
    pub fn serve_arguments(&self, arguments: &[&str], front: &Front, more: &[(&str, &str)]) -> Process {
        let listen = format!("127.0.0.1:{}", front.port);
        let more = [("PLUGIN__HTTP__LISTEN", listen.as_str())].into_iter().chain(more.iter().copied());
        Process::start(arguments, &self.environment(more))
    }

    /// A process with jobs only.
    pub fn work(&self) -> Process {
        self.work_with(&[])
    }

    /// The same with further environment variables.
    pub fn work_with(&self, more: &[(&str, &str)]) -> Process {
        Process::start(&["work"], &self.environment(more.iter().copied()))
    }

    /// A process of another build, with screens, API and jobs.
    pub fn serve_build(&self, binary: &str, front: &Front) -> Process {
        let listen = format!("127.0.0.1:{}", front.port);
        Process::start_build(binary, &["serve"], &self.environment([("PLUGIN__HTTP__LISTEN", listen.as_str())]))
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
        environment(&self.database, self.lease, more)
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
    /// Another process's way in for the same caller.
    pub fn beside(&self) -> Self {
        let port = free_port();
        Self { rest: Rest::new(format!("http://127.0.0.1:{port}"), self.rest.token.clone()), port }
    }

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
pub fn partner_entry(sandbox: &Sandbox, lmp_url: &str) -> PartnerEntry {
    let mut entry = entry(sandbox);
    entry.connections.retain(|connection| connection.vendor != Vendor::RemoteManager);
    for connection in entry.connections.iter_mut().filter(|connection| connection.vendor == Vendor::Lmp) {
        lmp_url.clone_into(&mut connection.url);
    }
    entry
}

/// What every process of an installation is told.
fn environment<'a>(
    database: &PgConnectOptions,
    lease: Duration,
    more: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<(String, String)> {
    let text = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let (url, key) = (database.to_url_lossy().to_string(), STANDARD.encode(SEALING_KEY));
    let lease = lease.as_secs().to_string();
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

/// The partner as its file describes it.
fn partner_file(sandbox: &Sandbox) -> String {
    let (vsa, lmp, credentials) = (sandbox.vsa_url(), sandbox.lmp_url(), sandbox.credentials());
    format!(
        r#"name = "Sample MSP"
        email = "noc@sample-msp.example"
        [company]
        city = "Poole"
        state = "Dorset"
        country = "GB"
        [vsa]
        product = "vsa9"
        url = "{vsa}"
        user = "{}"
        access_token = "{}"
        [lmp]
        url = "{lmp}"
        access_token = "{}"
        secret_key = "{}""#,
        credentials.vsa_user, credentials.vsa_access_token, credentials.lmp.access_token, credentials.lmp.secret_key
    )
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
