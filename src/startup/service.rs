//! The running service: screens and API, jobs, metrics, until it is told to stop.

use super::database::Database;
use super::settings::Settings;
use super::{gauges, readiness, trail};
use crate::domain::engine;
use crate::domain::operation::SettleRule;
use crate::http::health::Readiness;
use crate::http::problem::Problem;
use crate::http::rates::{self, RateSettings, Rates};
use crate::http::{health, layers, metrics, server};
use crate::jobs::clients::Clients;
use crate::jobs::clients::stored::StoredConnections;
use crate::jobs::connection_test::EnteredTester;
use crate::jobs::integrate::IntegrateSettings;
use crate::jobs::upkeep::{self, UpkeepSettings};
use crate::jobs::{Handlers, Worker, WorkerSettings, shares};
use crate::service::door::{Door, DoorSettings};
use crate::service::notices::Notices;
use crate::service::sign_in::{SignIn, SignInSettings};
use crate::service::{App, Limits};
use crate::storage::vault::Vault;
use crate::upstream::transport::{Budget, InFlight, Transport, TransportError, TransportSettings};
use crate::{api, web};
use anyhow::{Context, bail};
use axum::Router;
use axum::response::IntoResponse;
use chrono::TimeDelta;
use sqlx::PgPool;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How often metrics are tidied up.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// How often addresses and partners that have not come for a while are forgotten.
const RATES_UPKEEP: Duration = Duration::from_mins(1);

/// What this process does.
#[derive(Debug, Default)]
pub struct Roles {
    /// Screens and API, on this listener.
    pub front: Option<TcpListener>,
    /// Metrics, on this listener.
    pub metrics: Option<TcpListener>,
    /// Jobs.
    pub jobs: bool,
}

/// Opens a listener for the setting of this name.
pub async fn listen(setting: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("{setting}: cannot listen on {address}"))
}

/// Serves until `shutdown`; an error if the database of our own ends before.
pub async fn run(
    settings: &Settings,
    vault: Arc<Vault>,
    database: &mut Database,
    roles: Roles,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let app = app(settings, database.pool.clone());
    // Counting can begin only once in a process; a further service in it goes on with the same numbers.
    let numbers = metrics::install().ok();
    let transport = Arc::new(transport(settings)?);
    let door = Arc::new(door(settings, &vault, &transport));
    let sign_in = Arc::new(sign_in(settings, &vault, &transport));
    let worker = roles.jobs.then(|| worker(settings, &app, vault, transport));
    let pulse = worker.as_ref().map(Worker::pulse);
    let readiness = readiness::of(app.pool.clone(), pulse.clone(), shutdown.clone());
    let owner = database.owner();
    let front = async {
        if let Some(listener) = roles.front {
            let notices = app.notices.listen(&app.pool, &shutdown);
            let outside = Outside { readiness: Arc::clone(&readiness), door, sign_in };
            let (rates, deadlines) = (rates(settings), settings.limits.deadlines);
            let serving =
                server::serve_within(deadlines, listener, front(settings, &app, &rates, outside), shutdown.clone());
            tokio::join!(serving, notices, forget_idle(&rates, &shutdown));
        }
    };
    let jobs = async {
        if let Some(worker) = worker {
            let upkeep = upkeep::run(app.pool.clone(), upkeep_settings(settings), shutdown.clone());
            let trail = trail::keep_short(owner, app.pool.clone(), settings.retention.audit_days, shutdown.clone());
            tokio::join!(worker.run(shutdown.clone()), upkeep, trail);
        }
    };
    // Numbers and readiness are told until the last request and job have ended.
    let ended = CancellationToken::new();
    let metrics = async {
        if let (Some(listener), Some(numbers)) = (roles.metrics, &numbers) {
            let router = metrics::router(numbers.clone()).merge(health::router(Arc::clone(&readiness)));
            server::serve(listener, layers::apply(router), ended.clone()).await;
        }
    };
    let gauges = gauges::keep(app.pool.clone(), pulse, ended.clone());
    let work = Box::pin(async {
        let work = async {
            tokio::join!(front, jobs);
            // Without any role there is nothing to wait for but the end.
            shutdown.cancelled().await;
            ended.cancel();
        };
        tokio::join!(work, metrics, gauges, tidy(numbers.clone(), &ended))
    });
    tokio::select! {
        _ = work => Ok(()),
        () = database.ended() => bail!("the service's own Postgres ended; look at its log in the data directory"),
    }
}

/// What every use case works with.
pub fn app(settings: &Settings, pool: PgPool) -> App {
    let limits = Limits {
        inventory_max_age: delta(settings.inventory.max_age),
        session_idle: delta(settings.sessions.idle),
        session_absolute: delta(settings.sessions.absolute),
        caps: settings.limits.caps,
    };
    App { pool, limits: Arc::new(limits), notices: Notices::default() }
}

fn sign_in(settings: &Settings, vault: &Arc<Vault>, transport: &Arc<Transport>) -> SignIn {
    let sign_in = SignInSettings {
        public_url: settings.http.public_url.origin().ascii_serialization(),
        roles: settings.sign_in.roles.clone(),
    };
    SignIn::new(sign_in, Arc::clone(vault), Arc::clone(transport))
}

/// What letting people in needs.
fn door(settings: &Settings, vault: &Arc<Vault>, transport: &Arc<Transport>) -> Door {
    let door = DoorSettings {
        public_url: settings.http.public_url.origin().ascii_serialization(),
        allow_http: settings.upstream.allow_http,
        activation: delta(settings.sign_in.activation),
    };
    let tester = EnteredTester::new(Arc::clone(transport));
    Door::new(door, Arc::clone(vault), Arc::new(tester))
}

/// Where activation codes are entered.
pub fn activation_address(settings: &Settings) -> String {
    format!("{}/activate", settings.http.public_url.origin().ascii_serialization())
}

/// What the front needs beside the application.
pub struct Outside {
    /// Whether work can be taken.
    pub readiness: Readiness,
    /// What letting people in needs.
    pub door: Arc<Door>,
    /// Who tells who somebody is.
    pub sign_in: Arc<SignIn>,
}

/// Everything that is served to browsers and programs.
pub fn front(settings: &Settings, app: &App, rates: &Arc<Rates>, outside: Outside) -> Router {
    let Outside { readiness, door, sign_in } = outside;
    let api = api::router(api::ApiState { app: app.clone(), sign_in: Arc::clone(&sign_in) });
    let web = web::router(web::WebState { app: app.clone(), door, sign_in });
    let api = rates::around(api, rates, |too_many| Problem::too_many(too_many).into_response());
    let web = rates::around(web, rates, web::too_many);
    let front = layers::apply(health::router(readiness).merge(api).merge(web));
    if settings.http.public_url.scheme() == "https" { layers::only_https(front) } else { front }
}

/// Nobody has sent anything yet.
pub fn rates(settings: &Settings) -> Arc<Rates> {
    Rates::new(RateSettings {
        address: settings.limits.address,
        partner: settings.limits.partner,
        trusted_proxies: settings.http.trusted_proxies.clone(),
    })
}

async fn forget_idle(rates: &Rates, shutdown: &CancellationToken) {
    while shutdown.run_until_cancelled(tokio::time::sleep(RATES_UPKEEP)).await.is_some() {
        rates.forget_idle();
    }
}

fn worker(settings: &Settings, app: &App, vault: Arc<Vault>, transport: Arc<Transport>) -> Worker {
    let source = StoredConnections::new(app.pool.clone(), vault);
    let clients = Clients::new(transport, Arc::new(source));
    Worker::new(worker_settings(settings), app.pool.clone(), clients, Handlers::all())
}

fn transport(settings: &Settings) -> Result<Transport, TransportError> {
    let upstream = &settings.upstream;
    let transport = Transport::new(
        TransportSettings {
            call_timeout: upstream.call_timeout,
            allow_http: upstream.allow_http,
            allow_private_addresses: upstream.allow_private_addresses,
            allowed_networks: upstream.allowed_networks.clone(),
            user_agent: upstream.user_agent.clone(),
            budget: Budget { vsa10_per_hour: settings.vsa10.calls_per_hour, vsa10_burst: settings.vsa10.burst },
            ..TransportSettings::default()
        },
        InFlight {
            vsa9: count(settings.vsa9.in_flight),
            vsa10: count(settings.vsa10.in_flight),
            lmp: count(settings.lmp.in_flight),
            remote_manager: count(settings.remote_manager.in_flight),
        },
    )?;
    Ok(transport.shared(shares::term(settings.jobs.lease)))
}

fn worker_settings(settings: &Settings) -> WorkerSettings {
    WorkerSettings {
        lease: settings.jobs.lease,
        integrate: IntegrateSettings {
            engine: engine::Settings {
                items_in_flight: count(settings.jobs.items_in_flight),
                settle: SettleRule { settle: delta(settings.lmp.settle), gap: delta(settings.lmp.look_gap) },
                product_wait: delta(settings.remote_manager.product_wait),
                ..engine::Settings::default()
            },
            no_license_messages: settings.lmp.no_license_messages.clone(),
        },
        ..WorkerSettings::default()
    }
}

fn upkeep_settings(settings: &Settings) -> UpkeepSettings {
    UpkeepSettings {
        refresh: settings.inventory.refresh,
        settle: delta(settings.lmp.settle),
        retention: settings.retention.rows,
    }
}

async fn tidy(numbers: Option<metrics::Handle>, shutdown: &CancellationToken) {
    let Some(numbers) = numbers else { return };
    let forever = async {
        loop {
            tokio::time::sleep(METRICS_UPKEEP).await;
            numbers.upkeep();
        }
    };
    shutdown.run_until_cancelled(forever).await;
}

/// Settings are checked to be far below both limits.
pub fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
