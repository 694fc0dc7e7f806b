//! An installation: a database, vendors, a partner.

use super::process::{Process, Program, free_port};
use super::rest::Rest;
use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretBox;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgPool};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use worryfree_plugin::domain::ids::{AccountId, TemplateId};
use worryfree_plugin::domain::import::Template;
use worryfree_plugin::sandbox::{Sandbox, SandboxOptions, World};
use worryfree_plugin::service::caps::Caps;
use worryfree_plugin::service::notices::Notices;
use worryfree_plugin::service::partners::{self, PartnerEntry, PutPartner};
use worryfree_plugin::service::{App, Limits, access};
use worryfree_plugin::startup::demo;
use worryfree_plugin::storage::embedded::{Embedded, Mode};
use worryfree_plugin::storage::vault::Vault;
use worryfree_plugin::storage::{connect, migrate};

/// The key that seals credentials here.
const SEALING_KEY: [u8; 32] = [7; 32];
/// The customer that templates are copied from.
pub const MODEL: &str = "Template Office";
const ENOUGH_LICENSES: u64 = 10_000_000;
/// Enough for every list that is read while measuring.
const CONNECTIONS: u32 = 20;

/// A `PostgreSQL` server of this run's own, in a folder that goes with it.
pub struct Server {
    embedded: Embedded,
    folder: PathBuf,
}

impl Server {
    /// Starts it, with everything on disk as in production.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = PathBuf::from(format!("/var/tmp/worryfree-plugin-load-{}", std::process::id()));
        let embedded = Embedded::start(&folder, Mode::Durable).await?;
        Ok(Self { embedded, folder })
    }

    /// Stops it and removes what it kept.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.embedded.stop().await?;
        std::fs::remove_dir_all(&self.folder).with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    async fn database(&self, name: &str) -> anyhow::Result<PgConnectOptions> {
        let mut connection = self.embedded.options().connect().await?;
        connection.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        connection.close().await?;
        Ok(self.embedded.options().database(name))
    }
}

/// Which VSA the partner has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Vsa {
    Nine,
    Ten,
}

/// An installation without processes.
pub struct Site {
    pub sandbox: Sandbox,
    pub partner: PutPartner,
    /// Sees everything that is stored, as the owner of the tables.
    pub pool: PgPool,
    pub database: PgConnectOptions,
    pub app: App,
}

impl Site {
    /// A new one over a database of its own.
    pub async fn new(server: &Server, name: &str, world: World, vsa: Vsa) -> anyhow::Result<Self> {
        let database = server.database(name).await?;
        let pool = PgPoolOptions::new().max_connections(4).connect_with(database.clone()).await?;
        migrate(&database).await?;
        let sandbox = Sandbox::start(SandboxOptions::new(world)).await?;
        let limits = Limits {
            inventory_max_age: chrono::TimeDelta::days(1),
            session_idle: chrono::TimeDelta::hours(1),
            session_absolute: chrono::TimeDelta::hours(12),
            caps: Caps::default(),
        };
        let app =
            App { pool: connect(database.clone(), 4).await?, limits: Arc::new(limits), notices: Notices::default() };
        let partner = put(&app, &entry("Sample MSP", &sandbox, vsa)?).await?;
        let site = Self { sandbox, partner, pool, database, app };
        site.quieten().await?;
        Ok(site)
    }

    /// Has Postgres gather its statistics, as it does by itself within a minute: without them it plans for tables that it thinks are empty.
    pub async fn analyze(&self) -> anyhow::Result<()> {
        sqlx::raw_sql("vacuum analyze").execute(&self.pool).await?;
        Ok(())
    }

    /// Takes back what is queued and due by itself: a new partner is tested and read at once, here it is read when that is measured.
    pub async fn quieten(&self) -> anyhow::Result<()> {
        let nothing_due = "delete from job; update inventory_refresh set status = 'idle';
                           insert into connection_test (partner_id, checks) select partner_id, '[]' from partner
                           on conflict (partner_id) do update set tested_at = now()";
        sqlx::raw_sql(nothing_due).execute(&self.pool).await?;
        Ok(())
    }

    /// Adds a partner with these vendors and VSA 9.
    pub async fn add(&self, name: &str, vendors: &Sandbox) -> anyhow::Result<PutPartner> {
        put(&self.app, &entry(name, vendors, Vsa::Nine)?).await
    }

    /// The same, whose processes ask for these settings with every connection to the database.
    pub fn with_options(mut self, options: &[(&str, &str)]) -> Self {
        self.database = self.database.options(options.iter().copied());
        self
    }

    /// A process of the service and its API.
    pub async fn serve(&self, more: &[(&str, &str)], log: Option<File>) -> anyhow::Result<(Process, Rest)> {
        let port = free_port()?;
        let (listen, url) = (format!("127.0.0.1:{port}"), self.database.to_url_lossy().to_string());
        let (key, connections) = (STANDARD.encode(SEALING_KEY), CONNECTIONS.to_string());
        let always = [
            ("PLUGIN__DATABASE__URL", url.as_str()),
            ("PLUGIN__DATABASE__MAX_CONNECTIONS", &connections),
            ("PLUGIN__HTTP__LISTEN", &listen),
            ("PLUGIN__SECRETS__KEY", &key),
            ("PLUGIN__METRICS__LISTEN", "127.0.0.1:0"),
            ("PLUGIN__UPSTREAM__ALLOW_HTTP", "true"),
            ("PLUGIN__UPSTREAM__ALLOW_PRIVATE_ADDRESSES", "true"),
            ("PLUGIN__VSA10__CALLS_PER_HOUR", "1000000"),
            ("PLUGIN__VSA10__BURST", "1000"),
            // All administrators of this run sit at one address.
            ("PLUGIN__LIMITS__ADDRESS_REQUESTS_PER_MINUTE", "0"),
            ("PLUGIN__LIMITS__PARTNER_REQUESTS_PER_MINUTE", "0"),
            ("PLUGIN__JOBS__LEASE_SECONDS", "5"),
            ("PLUGIN__INVENTORY__REFRESH_MINUTES", "0"),
            ("PLUGIN__LOG__FILTER", "warn"),
        ];
        let environment: Vec<_> =
            always.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let url = format!("http://{listen}");
        let process = Process::start(Program::Service, &["serve"], &environment, &format!("{url}/readyz"), log).await?;
        let token = access::issue_token(&self.app, self.partner.partner_id, "load").await?;
        Ok((process, Rest::new(url, token)))
    }

    /// The cookie of somebody who has signed in.
    pub async fn session(&self, user: &str) -> anyhow::Result<String> {
        let partner = self.partner.partner_id;
        let code = access::issue_link(&self.app, partner, user, 5).await?;
        let token = access::open_session(&self.app, partner, &code).await?.context("the link opens a session")?;
        Ok(format!("__Host-session={token}"))
    }
}

async fn put(app: &App, entry: &PartnerEntry) -> anyhow::Result<PutPartner> {
    let vault = Vault::new(&SecretBox::new(Box::new(SEALING_KEY)));
    Ok(partners::put(app, &vault, entry).await?)
}

fn entry(name: &str, sandbox: &Sandbox, product: Vsa) -> anyhow::Result<PartnerEntry> {
    let template = |model: worryfree_plugin::sandbox::Customer| -> anyhow::Result<Template> {
        Ok(Template {
            id: TemplateId::parse("office").ok().context("an id")?,
            name: "Office".to_owned(),
            description: None,
            is_default: true,
            source_account_id: AccountId::parse(&model.id).ok().context("an id")?,
            include_global_settings: true,
            operating_systems: vec!["win".to_owned()],
        })
    };
    let mut entry = PartnerEntry {
        name: name.to_owned(),
        email: "noc@sample-msp.example".to_owned(),
        templates: sandbox.world().customer_named(MODEL).map(template).transpose()?.into_iter().collect(),
        ..demo::entry(sandbox)
    };
    if product == Vsa::Ten {
        entry.connections[0] = demo::vsa10(sandbox);
    }
    Ok(entry)
}

/// A world of this size with a model customer.
pub fn world(organizations: usize, agents: u64) -> anyhow::Result<World> {
    let world = World::generated(organizations, agents, 3);
    let plan = world.plan_named("WFS monthly").context("the plan is there")?;
    let model = world.add_customer(worryfree_plugin::sandbox::Customer::named(MODEL));
    world.add_subscription(&model, &plan.id, 10).context("the model has a subscription")?;
    // Where licenses are scarce customers go one after another, in list order; that is not what is measured here.
    world.set_available(&plan.product_id, plan.version, ENOUGH_LICENSES);
    Ok(world)
}
