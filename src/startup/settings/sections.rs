//! The settings as values, one struct for each section of `config/default.toml`, where they are explained.

use crate::domain::role::RoleMap;
use crate::http::rates::Rate;
use crate::http::server::Deadlines;
use crate::service::caps::Caps;
use ipnet::IpNet;
use reqwest::Url;
use secrecy::{SecretBox, SecretString};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// All settings, checked.
#[derive(Debug)]
pub struct Settings {
    /// Where the data is.
    pub database: Database,
    /// Screens and API.
    pub http: Http,
    /// Numbers for the operator.
    pub metrics: Metrics,
    /// All calls to vendors.
    pub upstream: Upstream,
    /// The Licensing Management Platform.
    pub lmp: Lmp,
    /// VSA 9.
    pub vsa9: Vsa,
    /// VSA X.
    pub vsa10: Vsa10,
    /// Remote Manager.
    pub remote_manager: RemoteManager,
    /// Durable work.
    pub jobs: Jobs,
    /// The local mirror.
    pub inventory: Inventory,
    /// Credentials at rest.
    pub secrets: Secrets,
    /// Sessions of people.
    pub sessions: Sessions,
    /// What a partner may have created and bought in a time.
    pub limits: Limits,
    /// What is kept for how long.
    pub retention: Retention,
    /// Spans for OpenTelemetry.
    pub traces: Traces,
    /// Activation and sign-in.
    pub sign_in: SignIn,
    /// Logs.
    pub log: Log,
}

/// Section `retention`.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// All but the audit trail.
    pub rows: crate::jobs::upkeep::Retention,
    /// `retention.audit_days`; none keeps the trail for ever.
    pub audit_days: Option<u32>,
}

/// Section `traces`.
#[derive(Debug)]
pub struct Traces {
    /// `traces.endpoint`; without it there are none.
    pub endpoint: Option<Url>,
    /// `traces.authorization`.
    pub authorization: Option<SecretString>,
    /// `traces.sample_percent`.
    pub sample_percent: u32,
    /// `traces.service_name`.
    pub service_name: String,
}

/// Section `database`.
#[derive(Debug)]
pub struct Database {
    /// `database.url`; without it the service runs its own Postgres in `data_dir`.
    pub url: Option<SecretString>,
    /// `database.owner_url`: who owns the tables and migrates them, if that is not who runs the service.
    pub owner_url: Option<SecretString>,
    /// `database.data_dir`.
    pub data_dir: PathBuf,
    /// `database.max_connections`.
    pub max_connections: u32,
}

/// Section `http`.
#[derive(Debug)]
pub struct Http {
    /// `http.listen`.
    pub listen: SocketAddr,
    /// `http.public_url`: an origin, without a path.
    pub public_url: Url,
    /// `http.trusted_proxies`.
    pub trusted_proxies: Vec<IpNet>,
}

/// Section `metrics`.
#[derive(Debug)]
pub struct Metrics {
    /// `metrics.listen`.
    pub listen: SocketAddr,
}

/// Section `upstream`.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// `upstream.allow_http`.
    pub allow_http: bool,
    /// `upstream.allow_private_addresses`.
    pub allow_private_addresses: bool,
    /// `upstream.allowed_networks`.
    pub allowed_networks: Vec<IpNet>,
    /// `upstream.call_timeout_seconds`.
    pub call_timeout: Duration,
    /// `upstream.user_agent`.
    pub user_agent: String,
}

/// Section `lmp`.
#[derive(Debug, Clone)]
pub struct Lmp {
    /// `lmp.settle_seconds`.
    pub settle: Duration,
    /// `lmp.look_gap_seconds`.
    pub look_gap: Duration,
    /// `lmp.in_flight`.
    pub in_flight: u32,
    /// `lmp.no_license_messages`, in lower case.
    pub no_license_messages: Vec<String>,
}

/// Section `vsa9`.
#[derive(Debug, Clone)]
pub struct Vsa {
    /// `vsa9.in_flight`.
    pub in_flight: u32,
}

/// Section `vsa10`.
#[derive(Debug, Clone)]
pub struct Vsa10 {
    /// `vsa10.in_flight`.
    pub in_flight: u32,
    /// `vsa10.calls_per_hour`.
    pub calls_per_hour: u32,
    /// `vsa10.burst`.
    pub burst: u32,
}

/// Section `remote_manager`.
#[derive(Debug, Clone)]
pub struct RemoteManager {
    /// `remote_manager.in_flight`.
    pub in_flight: u32,
    /// `remote_manager.product_wait_seconds`.
    pub product_wait: Duration,
}

/// Section `jobs`.
#[derive(Debug, Clone)]
pub struct Jobs {
    /// `jobs.lease_seconds`.
    pub lease: Duration,
    /// `jobs.items_in_flight`.
    pub items_in_flight: u32,
}

/// Section `inventory`.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// `inventory.refresh_minutes`; none refreshes only on demand.
    pub refresh: Option<Duration>,
    /// `inventory.max_age_minutes`.
    pub max_age: Duration,
}

/// Section `secrets`.
#[derive(Debug)]
pub struct Secrets {
    /// `secrets.key`, decoded; without it a key file in the data directory holds it.
    pub key: Option<SealingKey>,
    /// `secrets.further_keys`, decoded: they open what was sealed with them, and seal nothing.
    pub further_keys: Vec<SealingKey>,
}

/// 32 random bytes that seal credentials.
pub type SealingKey = SecretBox<[u8; 32]>;

/// Section `sessions`.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// `sessions.idle_minutes`.
    pub idle: Duration,
    /// `sessions.absolute_hours`.
    pub absolute: Duration,
}

/// Section `limits`.
#[derive(Debug, Clone)]
pub struct Limits {
    /// `limits.accounts_per_hour` and the three after it.
    pub caps: Caps,
    /// `limits.head_seconds` and `limits.body_seconds`.
    pub deadlines: Deadlines,
    /// `limits.address_requests_per_minute` and `limits.address_burst`.
    pub address: Rate,
    /// `limits.partner_requests_per_minute` and `limits.partner_burst`.
    pub partner: Rate,
}

/// Section `sign_in`.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// `sign_in.activation_hours`.
    pub activation: Duration,
    /// `sign_in.administrator_roles` and `sign_in.viewer_roles`.
    pub roles: RoleMap,
}

/// Section `log`.
#[derive(Debug, Clone)]
pub struct Log {
    /// `log.format`.
    pub format: LogFormat,
    /// `log.filter`, known to parse.
    pub filter: String,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
