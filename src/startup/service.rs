//! The running service: screens and API, jobs, metrics, until it is told to stop.

use super::database::Database;
use super::settings::Settings;
use crate::domain::engine;
use crate::domain::operation::SettleRule;
use crate::http::health::{Checks, Readiness};
use crate::http::{health, layers, metrics, server};
use crate::jobs::clients::Clients;
use crate::jobs::clients::stored::StoredConnections;
use crate::jobs::connection_test::EnteredTester;
use crate::jobs::integrate::IntegrateSettings;
use crate::jobs::{Handlers, Worker, WorkerSettings, upkeep};
use crate::service::door::{Door, DoorSettings};
use crate::service::notices::Notices;
use crate::service::sign_in::{SignIn, SignInSettings};
use crate::service::{App, Limits};
use crate::storage::missing_migrations;
use crate::storage::vault::Vault;
use crate::upstream::transport::{Budget, InFlight, Transport, TransportError, TransportSettings};
use crate::{api, web};
use anyhow::{Context, bail};
use axum::Router;
use chrono::TimeDelta;
use futures_util::FutureExt;
use sqlx::PgPool;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How often metrics are tidied up.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

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
    let front = async {
        if let Some(listener) = roles.front {
            let notices = app.notices.listen(&app.pool, &shutdown);
            tokio::join!(server::serve(listener, front(&app, door, sign_in), shutdown.clone()), notices);
        }
    };
    let metrics = async {
        if let (Some(listener), Some(numbers)) = (roles.metrics, &numbers) {
            server::serve(listener, layers::apply(metrics::router(numbers.clone())), shutdown.clone()).await;
        }
    };
    let worker = roles.jobs.then(|| worker(settings, &app, vault, transport));
    let jobs = async {
        if let Some(worker) = worker {
            let upkeep = upkeep::run(app.pool.clone(), settings.inventory.refresh, shutdown.clone());
            tokio::join!(worker.run(shutdown.clone()), upkeep);
        }
    };
    let work = Box::pin(async { tokio::join!(front, metrics, jobs, tidy(numbers.clone(), &shutdown)) });
    tokio::select! {
        _ = work => {
            // Without any role there is nothing to wait for but the end.
            shutdown.cancelled().await;
            Ok(())
        }
        () = database.ended() => bail!("the service's own Postgres ended; look at its log in the data directory"),
    }
}

/// What every use case works with.
pub fn app(settings: &Settings, pool: PgPool) -> App {
    let limits = Limits {
        inventory_max_age: delta(settings.inventory.max_age),
        session_idle: delta(settings.sessions.idle),
        session_absolute: delta(settings.sessions.absolute),
        caps: settings.limits,
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

fn front(app: &App, door: Arc<Door>, sign_in: Arc<SignIn>) -> Router {
    let api = api::router(api::ApiState { app: app.clone(), sign_in: Arc::clone(&sign_in) });
    let web = web::router(web::WebState { app: app.clone(), door, sign_in });
    layers::apply(health::router(readiness(app.pool.clone())).merge(api).merge(web))
}

/// Ready means: the database answers and knows every table that this version needs.
fn readiness(pool: PgPool) -> Readiness {
    Arc::new(move || {
        let pool = pool.clone();
        async move {
            match missing_migrations(&pool).await {
                Ok(0) => Checks::from([("database", "ok".to_owned()), ("migrations", "ok".to_owned())]),
                Ok(missing) => {
                    Checks::from([("database", "ok".to_owned()), ("migrations", format!("{missing} are missing"))])
                }
                Err(error) => {
                    tracing::warn!(%error, "the database does not answer");
                    Checks::from([("database", "it does not answer".to_owned())])
                }
            }
        }
        .boxed()
    })
}

fn worker(settings: &Settings, app: &App, vault: Arc<Vault>, transport: Arc<Transport>) -> Worker {
    let source = StoredConnections::new(app.pool.clone(), vault);
    let clients = Clients::new(transport, Arc::new(source));
    Worker::new(worker_settings(settings), app.pool.clone(), clients, Handlers::all())
}

fn transport(settings: &Settings) -> Result<Transport, TransportError> {
    let upstream = &settings.upstream;
    Transport::new(
        TransportSettings {
            call_timeout: upstream.call_timeout,
            allow_http: upstream.allow_http,
            allow_private_addresses: upstream.allow_private_addresses,
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
    )
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
