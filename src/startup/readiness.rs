//! Whether this process can serve: it says what it finds, not what it hopes.

use crate::http::health::{Checks, Readiness};
use crate::jobs::Pulse;
use crate::storage::missing_migrations;
use futures_util::FutureExt;
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A database that takes longer to answer does not.
const PATIENCE: Duration = Duration::from_secs(2);

const OK: &str = "ok";

/// Ready means: the database answers and has had every migration that this version needs (further ones do not hurt), the worker looks
/// for jobs where there is one, and the process is not ending.
pub fn of(pool: PgPool, pulse: Option<Pulse>, shutdown: CancellationToken) -> Readiness {
    Arc::new(move || {
        let (pool, pulse, shutdown) = (pool.clone(), pulse.clone(), shutdown.clone());
        async move {
            let mut checks = database(&pool).await;
            let running = if shutdown.is_cancelled() { "the service is ending" } else { OK };
            checks.insert("service", running.to_owned());
            if let Some(pulse) = pulse {
                let alive = if pulse.is_alive() { OK } else { "it does not look for jobs any more" };
                checks.insert("worker", alive.to_owned());
            }
            checks
        }
        .boxed()
    })
}

async fn database(pool: &PgPool) -> Checks {
    let said = |database: &str, migrations: Option<String>| {
        let migrations = migrations.map(|migrations| ("migrations", migrations));
        [("database", database.to_owned())].into_iter().chain(migrations).collect::<Checks>()
    };
    match tokio::time::timeout(PATIENCE, missing_migrations(pool)).await {
        Ok(Ok(0)) => said(OK, Some(OK.to_owned())),
        Ok(Ok(missing)) => said(OK, Some(format!("{missing} are missing"))),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            said("it does not answer", None)
        }
        Err(_) => said("it does not answer in time", None),
    }
}
