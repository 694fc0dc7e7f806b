//! The database of the settings: somebody's Postgres, or our own.

use super::settings;
use crate::storage::embedded::{Embedded, EmbeddedError, Mode};
use crate::storage::{connect, has_app_role, migrate};
use secrecy::ExposeSecret;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};
use std::borrow::Cow;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Our own Postgres does not start or stop.
    #[error("the service's own Postgres does not work")]
    Embedded(#[from] EmbeddedError),
    /// Nobody answers, or somebody refuses us.
    #[error("cannot connect to the database")]
    Connect(#[from] sqlx::Error),
    /// The role that the service works as is not there, and the owner may not make it.
    #[error(
        "there is no role worryfree_app, and {login} may not make roles. Let whoever administers the server run: create role worryfree_app nologin; grant worryfree_app to \"{login}\""
    )]
    NoRole {
        /// Who migrates.
        login: String,
    },
    /// The login is no member of the role that the service works as.
    #[error(
        "{login} may not work as the role worryfree_app. Let whoever administers the server run: grant worryfree_app to \"{login}\""
    )]
    NotMember {
        /// Who runs the service.
        login: String,
    },
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
    if let Err(error) = migrate(&owner).await {
        return Err(explained(error, &owner).await);
    }
    let login = options.get_username().to_owned();
    let pool = connect(options, settings.max_connections).await.map_err(|error| match code(&error).as_deref() {
        // The session begins as the role.
        Some(MAY_NOT | NO_SUCH_ROLE) => DatabaseError::NotMember { login },
        _ => error.into(),
    })?;
    Ok((pool, owner))
}

/// Postgres' code for what the login may not do.
const MAY_NOT: &str = "42501";
/// Its code for a session that is to begin as a role that is not there.
const NO_SUCH_ROLE: &str = "22023";

/// What to do about it, where that is known.
async fn explained(error: MigrateError, owner: &PgConnectOptions) -> DatabaseError {
    let cause = match &error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => code(cause),
        _ => None,
    };
    if cause.as_deref() == Some(MAY_NOT) && !has_role(owner).await.unwrap_or(true) {
        return DatabaseError::NoRole { login: owner.get_username().to_owned() };
    }
    error.into()
}

async fn has_role(owner: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut connection = owner.connect().await?;
    let has_role = has_app_role(&mut connection).await;
    connection.close().await.ok();
    has_role
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(Cow::into_owned)
}

async fn server(settings: &settings::Database) -> Result<(PgConnectOptions, Option<Embedded>), DatabaseError> {
    if let Some(url) = &settings.url {
        return Ok((url.expose_secret().parse()?, None));
    }
    let embedded = Embedded::start(&settings.data_dir, Mode::Durable).await?;
    tracing::info!(attached = embedded.attached(), data_dir = %settings.data_dir.display(), "own Postgres is running");
    Ok((embedded.options(), Some(embedded)))
}
