//! What the worker reads and writes while it carries an import out.
//!
//! Every writing transaction begins with [`begin`], which locks the integration and checks the epoch: whoever lost the run
//! writes nothing any more.

mod load;
mod mirror;
mod run;
mod save;

pub use load::{items, known_accounts};
pub use mirror::{NewMirrorAccount, claim_account, insert_link, put_account, put_pools, put_subscription};
pub use run::{RunRow, State, finish, lmp_partner, park, poll, set_connection_refused, set_status, take_over};
pub use save::{OperationNote, log, save_item, save_operation};

use crate::domain::ids::{ImportId, PartnerId};
use crate::storage::integrations::notify;
use crate::storage::tenancy;
use sqlx::{PgPool, Postgres, Transaction};

/// Names a run and who may write to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// Whose.
    pub partner: PartnerId,
    /// Which import.
    pub import: ImportId,
    /// The integration's epoch when the run was taken over.
    pub epoch: i64,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Somebody else carries the import out by now.
    #[error("the run was taken over")]
    Lost,
    /// Another import has an operation of the same kind open for the organization.
    #[error("an operation for the same organization is open in another import")]
    OpenElsewhere,
    /// What is recorded is unknown to this version.
    #[error("what is recorded is unknown to this version")]
    Unknown(#[source] sqlx::Error),
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for EngineError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }) {
            return Self::Unknown(error);
        }
        let constraint = error.as_database_error().and_then(sqlx::error::DatabaseError::constraint);
        if constraint == Some("operation_open") { Self::OpenElsewhere } else { Self::Database(error) }
    }
}

/// Begins a fenced transaction and takes the next event id; whoever listens is told when it commits.
pub async fn begin(pool: &PgPool, fence: Fence) -> Result<(Transaction<'static, Postgres>, i64), EngineError> {
    let mut tx = tenancy::begin(pool, fence.partner).await?;
    let event_id = sqlx::query_scalar!(
        "update integration set event_id = event_id + 1 where partner_id = $1 and import_id = $2 and epoch = $3 returning event_id",
        fence.partner.0,
        fence.import.0,
        fence.epoch
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(EngineError::Lost)?;
    notify(&mut tx, fence.import).await?;
    Ok((tx, event_id))
}
