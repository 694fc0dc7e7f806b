//! The database of the settings: somebody's Postgres, or our own.

use super::settings;
use crate::storage::embedded::{Embedded, EmbeddedError, Mode};
use crate::storage::{connect, migrate};
use secrecy::ExposeSecret;
use sqlx::PgPool;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Our own Postgres does not start or stop.
    #[error("the service's own Postgres does not work")]
    Embedded(#[from] EmbeddedError),
    /// Nobody answers, or somebody refuses us.
    #[error("cannot connect to the database")]
    Connect(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database could not be migrated")]
    Migrate(#[from] MigrateError),
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    /// Connections to it.
    pub pool: PgPool,
    owner: PgConnectOptions,
    embedded: Option<Embedded>,
}

impl Database {
    /// Migrates the server of the settings, starting our own if there is no other, and connects to it as the service's role.
    pub async fn open(settings: &settings::Database) -> Result<Self, DatabaseError> {
        let (options, embedded) = server(settings).await?;
        match prepare(settings, options).await {
            Ok((pool, owner)) => Ok(Self { pool, owner, embedded }),
            Err(error) => {
                if let Some(embedded) = embedded {
                    embedded.stop().await?;
                }
                Err(error)
            }
        }
    }

    /// A connection as the owner of the tables, for the few commands that do what the service may not.
    pub async fn owner_pool(&self) -> Result<PgPool, DatabaseError> {
        Ok(PgPoolOptions::new().max_connections(1).connect_with(self.owner.clone()).await?)
    }

    /// How the owner of the tables connects.
    pub fn owner(&self) -> PgConnectOptions {
        self.owner.clone()
    }

    /// Returns if our own server ends by itself; never for any other.
    pub async fn ended(&mut self) {
        match &mut self.embedded {
            Some(embedded) => {
                let status = embedded.ended().await;
                tracing::error!(%status, "the service's own Postgres ended");
            }
            None => std::future::pending().await,
        }
    }

    /// Closes the pool, then stops our own server.
    pub async fn close(self) -> Result<(), DatabaseError> {
        self.pool.close().await;
        match self.embedded {
            Some(embedded) => Ok(embedded.stop().await?),
            None => Ok(()),
        }
    }
}

async fn prepare(
    settings: &settings::Database,
    options: PgConnectOptions,
) -> Result<(PgPool, PgConnectOptions), DatabaseError> {
    let owner = match &settings.owner_url {
        Some(url) => url.expose_secret().parse()?,
        None => options.clone(),
    };
    migrate(&owner).await?;
    Ok((connect(options, settings.max_connections).await?, owner))
}

async fn server(settings: &settings::Database) -> Result<(PgConnectOptions, Option<Embedded>), DatabaseError> {
    if let Some(url) = &settings.url {
        return Ok((url.expose_secret().parse()?, None));
    }
    let embedded = Embedded::start(&settings.data_dir, Mode::Durable).await?;
    tracing::info!(attached = embedded.attached(), data_dir = %settings.data_dir.display(), "own Postgres is running");
    Ok((embedded.options(), Some(embedded)))
}
