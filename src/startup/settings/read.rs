//! From the layered document to checked values, section by section, then across sections.

use super::{
    Database, Http, Inventory, Jobs, Limits, Lmp, Log, LogFormat, Metrics, RemoteManager, Retention, SealingKey,
    Secrets, Sessions, Settings, SignIn, Surroundings, Traces, Upstream, Vsa, Vsa10,
};
use crate::domain::role::RoleMap;
use crate::http::rates::Rate;
use crate::http::server::Deadlines;
use crate::jobs::upkeep;
use crate::service::caps::Caps;
use crate::startup::document::Document;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use ipnet::IpNet;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// At most this many connections of one process fit the service's own Postgres beside those of commands.
const MAX_CONNECTIONS_OF_OWN_SERVER: u32 = 80;

/// Reads every setting; problems stay in the document.
pub(super) fn settings(document: &mut Document, surroundings: &Surroundings) -> Settings {
    let settings = Settings {
        database: database(document, surroundings),
        http: http(document),
        metrics: Metrics { listen: address(document, "metrics.listen") },
        upstream: upstream(document),
        lmp: lmp(document),
        vsa9: Vsa { in_flight: document.number("vsa9.in_flight", 1..=100) },
        vsa10: vsa10(document),
        remote_manager: remote_manager(document),
        jobs: jobs(document),
        inventory: inventory(document),
        secrets: Secrets { key: sealing_key(document), further_keys: further_keys(document) },
        sessions: sessions(document),
        limits: limits(document),
        retention: retention(document),
        traces: traces(document),
        sign_in: sign_in(document),
        log: log(document),
    };
    check_across(document, &settings);
    settings
}

fn database(document: &mut Document, surroundings: &Surroundings) -> Database {
    Database {
        url: database_url(document, "database.url"),
        owner_url: database_url(document, "database.owner_url"),
        data_dir: document.path("database.data_dir").unwrap_or_else(|| data_dir(document, surroundings)),
        max_connections: document.number("database.max_connections", 2..=1000),
    }
}

fn database_url(document: &mut Document, setting: &str) -> Option<SecretString> {
    let url = document.secret(setting)?;
    let text = url.expose_secret();
    let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
    if is_postgres && text.parse::<PgConnectOptions>().is_ok() {
        return Some(url);
    }
    let given = if document.is_given(setting) { setting.to_owned() } else { format!("{setting}_file") };
    document.wrong(&given, "postgres://user:password@host:port/database")
}

fn data_dir(document: &mut Document, surroundings: &Surroundings) -> PathBuf {
    const NAME: &str = "worryfree-plugin";
    let folder =
        |name: &str| surroundings.environment.get(name).filter(|path| path.starts_with('/')).map(PathBuf::from);
    if surroundings.is_root {
        return PathBuf::from("/var/lib").join(NAME);
    }
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    // With somebody else's database and a key that has to be given, nothing is kept on this machine.
    let is_needed = !document.is_given("database.url") && !document.is_given("database.url_file");
    state
        .or_else(|| is_needed.then(|| document.wrong("database.data_dir", "a path, since HOME is not set")).flatten())
        .unwrap_or_default()
        .join(NAME)
}

fn http(document: &mut Document) -> Http {
    let listen = address(document, "http.listen");
    let public_url = public_url(document).unwrap_or_else(|| local_url(listen.port()));
    Http { listen, public_url, trusted_proxies: networks(document, "http.trusted_proxies") }
}

fn local_url(port: u16) -> Url {
    Url::parse(&format!("http://localhost:{port}")).expect("a fixed host and any port make an address")
}

fn public_url(document: &mut Document) -> Option<Url> {
    let expected = "scheme, host and port only, such as https://plugin.example.com; http only for this machine";
    document.parsed("http.public_url", expected, |text| Url::parse(text).ok().filter(is_public_origin))
}

fn is_public_origin(url: &Url) -> bool {
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(url));
    is_bare && !has_user && is_safe && url.host().is_some()
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || literal.is_ok_and(|address| address.is_loopback())
}

fn address(document: &mut Document, setting: &str) -> SocketAddr {
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    document.parsed(setting, "address:port, such as 127.0.0.1:8080", |text| text.parse().ok()).unwrap_or(nowhere)
}

fn upstream(document: &mut Document) -> Upstream {
    let in_header = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    Upstream {
        allow_http: document.flag("upstream.allow_http"),
        allow_private_addresses: document.flag("upstream.allow_private_addresses"),
        allowed_networks: networks(document, "upstream.allowed_networks"),
        call_timeout: seconds(document.number("upstream.call_timeout_seconds", 1..=600)),
        user_agent: document
            .parsed("upstream.user_agent", "printable ASCII text", |text| in_header(text).then(|| text.to_owned()))
            .unwrap_or_default(),
    }
}

/// Networks, or single addresses.
fn networks(document: &mut Document, setting: &str) -> Vec<IpNet> {
    let one = |text: &str| text.parse().ok().or_else(|| text.parse().ok().map(|address: IpAddr| IpNet::from(address)));
    let found: Option<Vec<_>> = document.list(setting).iter().map(|text| one(text.trim())).collect();
    found.or_else(|| document.wrong(setting, "networks such as 10.1.0.0/16 or fd12:3456::/48")).unwrap_or_default()
}

fn lmp(document: &mut Document) -> Lmp {
    let messages = document.list("lmp.no_license_messages");
    if messages.iter().any(|message| message.trim().is_empty()) {
        document.wrong::<()>("lmp.no_license_messages", "texts that are not blank: a blank one matches every message");
    }
    Lmp {
        settle: seconds(document.number("lmp.settle_seconds", 0..=86_400)),
        look_gap: seconds(document.number("lmp.look_gap_seconds", 1..=3_600)),
        in_flight: document.number("lmp.in_flight", 1..=100),
        no_license_messages: messages.iter().map(|message| message.to_lowercase()).collect(),
    }
}

fn vsa10(document: &mut Document) -> Vsa10 {
    Vsa10 {
        in_flight: document.number("vsa10.in_flight", 1..=100),
        calls_per_hour: document.number("vsa10.calls_per_hour", 1..=1_000_000),
        burst: document.number("vsa10.burst", 1..=10_000),
    }
}

fn remote_manager(document: &mut Document) -> RemoteManager {
    RemoteManager {
        in_flight: document.number("remote_manager.in_flight", 1..=100),
        product_wait: seconds(document.number("remote_manager.product_wait_seconds", 0..=86_400)),
    }
}

fn jobs(document: &mut Document) -> Jobs {
    Jobs {
        lease: seconds(document.number("jobs.lease_seconds", 1..=30)),
        items_in_flight: document.number("jobs.items_in_flight", 1..=1000),
    }
}

fn inventory(document: &mut Document) -> Inventory {
    let refresh = document.number("inventory.refresh_minutes", 0..=10_080);
    Inventory {
        refresh: (refresh > 0).then(|| minutes(refresh)),
        max_age: minutes(document.number("inventory.max_age_minutes", 1..=525_600)),
    }
}

fn sealing_key(document: &mut Document) -> Option<SealingKey> {
    let text = document.secret("secrets.key")?;
    let given = if document.is_given("secrets.key") { "secrets.key" } else { "secrets.key_file" };
    decode_key(text.expose_secret()).or_else(|| document.wrong(given, "32 bytes in Base64: openssl rand -base64 32"))
}

fn further_keys(document: &mut Document) -> Vec<SealingKey> {
    let Some(text) = document.secret("secrets.further_keys") else { return Vec::new() };
    let is_separator = |letter: char| letter == ',' || letter.is_whitespace();
    let keys = text.expose_secret().split(is_separator).filter(|key| !key.is_empty()).map(decode_key);
    let given =
        if document.is_given("secrets.further_keys") { "secrets.further_keys" } else { "secrets.further_keys_file" };
    let expected = "keys of 32 bytes in Base64, separated by commas or line breaks";
    keys.collect::<Option<Vec<_>>>().or_else(|| document.wrong(given, expected)).unwrap_or_default()
}

/// Reads a sealing key: 32 bytes in Base64.
pub(in crate::startup) fn decode_key(text: &str) -> Option<SealingKey> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    <[u8; 32]>::try_from(bytes).ok().map(|bytes| SealingKey::new(Box::new(bytes)))
}

fn sessions(document: &mut Document) -> Sessions {
    Sessions {
        idle: minutes(document.number("sessions.idle_minutes", 1..=1_440)),
        absolute: minutes(document.number("sessions.absolute_hours", 1..=168) * 60),
    }
}

fn retention(document: &mut Document) -> Retention {
    let mut days = |setting| Some(document.number(setting, 0..=36_500)).filter(|days| *days > 0);
    let span = |days: Option<u32>| days.map(|days| TimeDelta::days(days.into()));
    let (drafts, imports) = (span(days("retention.drafts_days")), span(days("retention.imports_days")));
    let (records, audit_days) = (span(days("retention.records_days")), days("retention.audit_days"));
    let jobs_days = document.number("retention.jobs_days", 1..=36_500);
    let idempotency_hours = document.number("retention.idempotency_hours", 1..=8_760);
    Retention { rows: upkeep::Retention { drafts, imports, records, jobs_days, idempotency_hours }, audit_days }
}

fn traces(document: &mut Document) -> Traces {
    let is_endpoint = |url: &Url| matches!(url.scheme(), "http" | "https") && url.host().is_some();
    Traces {
        endpoint: document.parsed(
            "traces.endpoint",
            "an address such as http://collector.internal:4318/v1/traces",
            |text| Url::parse(text).ok().filter(is_endpoint),
        ),
        authorization: document.secret("traces.authorization"),
        sample_percent: document.number("traces.sample_percent", 0..=100),
        service_name: document.required_text("traces.service_name", "a name"),
    }
}

fn limits(document: &mut Document) -> Limits {
    let mut rate = |of: &str| Rate {
        per_minute: document.number(&format!("limits.{of}_requests_per_minute"), 0..=1_000_000),
        burst: document.number(&format!("limits.{of}_burst"), 1..=1_000_000),
    };
    Limits {
        address: rate("address"),
        partner: rate("partner"),
        caps: Caps {
            accounts_per_hour: document.number("limits.accounts_per_hour", 0..=1_000_000),
            accounts_per_day: document.number("limits.accounts_per_day", 0..=1_000_000),
            seats_per_hour: document.number("limits.seats_per_hour", 0..=100_000_000),
            seats_per_day: document.number("limits.seats_per_day", 0..=100_000_000),
        },
        deadlines: Deadlines {
            head: seconds(document.number("limits.head_seconds", 1..=300)),
            body: seconds(document.number("limits.body_seconds", 1..=300)),
        },
    }
}

fn sign_in(document: &mut Document) -> SignIn {
    SignIn {
        activation: minutes(document.number("sign_in.activation_hours", 1..=8_760) * 60),
        roles: RoleMap {
            administrators: document.list("sign_in.administrator_roles"),
            viewers: document.list("sign_in.viewer_roles"),
        },
    }
}

fn log(document: &mut Document) -> Log {
    let format = document.parsed("log.format", "text or json", |text| match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    });
    let filter = document.parsed("log.filter", "a filter such as info or info,sqlx=warn", |text| {
        text.parse::<tracing_subscriber::EnvFilter>().is_ok().then(|| text.to_owned())
    });
    Log { format: format.unwrap_or(LogFormat::Text), filter: filter.unwrap_or_default() }
}

fn check_across(document: &mut Document, settings: &Settings) {
    let is_own = !document.is_given("database.url") && !document.is_given("database.url_file");
    if settings.metrics.listen == settings.http.listen && settings.http.listen.port() != 0 {
        document.wrong::<()>("metrics.listen", "another port than http.listen");
    }
    if is_own && settings.database.max_connections > MAX_CONNECTIONS_OF_OWN_SERVER {
        let expected = format!("at most {MAX_CONNECTIONS_OF_OWN_SERVER} without database.url");
        document.wrong::<()>("database.max_connections", &expected);
    }
    if !is_own && !document.is_given("secrets.key") && !document.is_given("secrets.key_file") {
        document.wrong::<()>("secrets.key", "32 bytes in Base64, or secrets.key_file, because database.url is given");
    }
    if settings.inventory.refresh.is_some_and(|refresh| refresh > settings.inventory.max_age) {
        document.wrong::<()>("inventory.max_age_minutes", "at least inventory.refresh_minutes");
    }
    if settings.sessions.idle > settings.sessions.absolute {
        document.wrong::<()>("sessions.idle_minutes", "at most sessions.absolute_hours");
    }
}

fn seconds(number: u32) -> Duration {
    Duration::from_secs(number.into())
}

fn minutes(number: u32) -> Duration {
    seconds(number) * 60
}
