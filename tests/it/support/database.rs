//! A database for each test.
//!
//! All test processes of an account share one server, which ends with the last of them. The migrations are applied
//! once, to a template; a test's database is a copy of it and goes away with the test. Nothing has to be set up.
//!
//! ```ignore
//! let database = TestDatabase::new().await;
//! sqlx::query("select 1").execute(database.pool()).await?;
//! ```

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::OnceCell;
use worryfree_plugin::storage::embedded::{Embedded, Mode};
use worryfree_plugin::storage::{MIGRATOR, connect};

/// Databases of crashed tests are dropped when they are this old: no test takes so long.
const ABANDONED: Duration = Duration::from_hours(1);
/// Serializes the making of templates among processes; any number does that nobody else uses.
const TEMPLATE_LOCK: i64 = 7_240_091;

/// Kept until the process ends, however it ends: the server stops when nobody uses it any more.
static SERVER: OnceCell<Embedded> = OnceCell::const_new();
/// Set once the template is there.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// An empty, migrated database that nobody else uses.
pub struct TestDatabase {
    pool: PgPool,
    options: PgConnectOptions,
    name: String,
}

impl TestDatabase {
    /// Makes one.
    pub async fn new() -> Self {
        let server = server().await;
        let template = TEMPLATE.get_or_init(|| template(server)).await;
        Self::made_by(server, |name| format!("create database {name} template {template}")).await
    }

    /// Makes one that nobody has migrated.
    pub async fn empty() -> Self {
        Self::made_by(server().await, |name| format!("create database {name}")).await
    }

    async fn made_by(server: &Embedded, statement: impl FnOnce(&str) -> String) -> Self {
        let name = unique_name();
        let mut connection = server.options().connect().await.expect("the shared server answers");
        run(&mut connection, statement(&name)).await;
        connection.close().await.ok();
        let options = server.options().database(&name);
        let pool = PgPoolOptions::new().max_connections(8).connect_with(options.clone()).await;
        Self { pool: pool.expect("the new database answers"), options, name }
    }

    /// Connections as the service has them: as its role, which sees the rows of one partner at a time.
    pub async fn service_pool(&self) -> PgPool {
        connect(self.options(), 8).await.expect("the new database answers")
    }

    /// Connections that see everything, for looking at what is stored.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// How to connect to it, for a second pool or another process.
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }
}

impl Drop for TestDatabase {
    /// In a thread with a runtime of its own, since nothing can be awaited here. A failure is left to the next clean-up.
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        let options = self.options.clone().database("postgres");
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = options.connect().await?;
                connection.execute(AssertSqlSafe(statement)).await?;
                connection.close().await
            })?;
            anyhow::Ok(())
        });
        dropping.join().ok();
    }
}

/// The folder of the server that all tests of this account share.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let uid = std::fs::metadata("/proc/self").map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata));
        PathBuf::from(format!("/var/tmp/worryfree-plugin-test-{}", uid.expect("/proc is there")))
    })
}

async fn server() -> &'static Embedded {
    SERVER
        .get_or_init(|| async { Embedded::start(folder(), Mode::Shared).await.expect("the shared server starts") })
        .await
}

/// The name of the migrated template, made by whoever comes first.
async fn template(server: &Embedded) -> String {
    let name = format!("template_{}", migrations_fingerprint());
    let mut connection = server.options().connect().await.expect("the shared server answers");
    run(&mut connection, format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    if !exists(&mut connection, &name).await {
        drop_abandoned(&mut connection).await;
        make_template(server, &mut connection, &name).await;
    }
    // Closing the connection gives the lock back.
    connection.close().await.ok();
    name
}

/// Made under another name and renamed, so that an interrupted run leaves no half-migrated template.
async fn make_template(server: &Embedded, connection: &mut PgConnection, name: &str) {
    let draft = format!("{name}_draft");
    run(connection, format!("drop database if exists {draft} with (force)")).await;
    run(connection, format!("create database {draft}")).await;
    let mut inside = server.options().database(&draft).connect().await.expect("the new database answers");
    MIGRATOR.run(&mut inside).await.expect("the migrations apply to an empty database");
    inside.close().await.expect("the connection closes");
    run(connection, format!("alter database {draft} rename to {name}")).await;
}

async fn exists(connection: &mut PgConnection, name: &str) -> bool {
    let found = sqlx::query_scalar("select exists (select from pg_database where datname = $1)");
    found.bind(name).fetch_one(connection).await.expect("databases can be listed")
}

async fn drop_abandoned(connection: &mut PgConnection) {
    let names = sqlx::query_scalar(r"select datname::text from pg_database where datname like 'test\_%'");
    let names: Vec<String> = names.fetch_all(&mut *connection).await.expect("databases can be listed");
    for name in names.iter().filter(|name| is_abandoned(name)) {
        // Another process may be dropping it too.
        connection.execute(AssertSqlSafe(format!("drop database if exists {name}"))).await.ok();
    }
}

fn is_abandoned(name: &str) -> bool {
    let made = name.split('_').nth(1).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    made.is_some_and(|made| since_epoch().saturating_sub(made) > ABANDONED)
}

/// Carries the time, by which abandoned databases are told.
fn unique_name() -> String {
    format!("test_{}_{}", since_epoch().as_secs(), uuid::Uuid::new_v4().simple())
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970")
}

/// Other migrations, another template: branches can be tested side by side.
fn migrations_fingerprint() -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    let mut digest = Sha256::new();
    for migration in MIGRATOR.iter() {
        digest.update(migration.version.to_be_bytes());
        digest.update(&migration.checksum);
    }
    digest.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text can be written to");
        text
    })
}

async fn run(connection: &mut PgConnection, statement: String) {
    connection.execute(AssertSqlSafe(statement)).await.expect("the shared server does as told");
}
