//! The audit trail for use cases: noting what a caller did, exporting and checking what was noted.

use super::{App, ServiceError};
use crate::domain::ids::PartnerId;
use crate::storage::audit::{self, Chain, SealedEntry};
use crate::storage::tenancy;
use sqlx::PgConnection;

pub use crate::storage::audit::{AuditEntry, BrokenChain};

/// Who acts on the machine itself, by a command.
pub const OPERATOR: &str = "operator";

/// Entries read at once.
const PAGE: i64 = 500;

/// Notes something in the transaction in which it is done; see [`audit::append`].
pub async fn append(conn: &mut PgConnection, partner: PartnerId, entry: &AuditEntry<'_>) -> Result<(), ServiceError> {
    Ok(audit::append(conn, partner, entry).await?)
}

/// Hands all entries of the partner to `take`, in order, as they were at one moment.
pub async fn export<E: From<ServiceError>>(
    app: &App,
    partner: PartnerId,
    mut take: impl FnMut(&SealedEntry) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = 0;
    loop {
        // A transaction for each page: an export that somebody reads slowly holds nothing up. Entries are only added, so that is all.
        let page = page(app, partner, after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        page.iter().try_for_each(&mut take)?;
    }
}

async fn page(app: &App, partner: PartnerId, after: i64) -> Result<Vec<SealedEntry>, ServiceError> {
    Ok(audit::page(&mut *tenancy::begin(&app.pool, partner).await?, partner, after, PAGE).await?)
}

/// Why a trail could not be found whole.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It could not be read.
    #[error("the audit trail could not be read")]
    Unread(#[from] ServiceError),
    /// It is not what was written.
    #[error(transparent)]
    Broken(#[from] BrokenChain),
}

/// A trail that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// How many entries it has.
    pub entries: u64,
    /// The number and hash of the last one.
    pub head: Option<(i64, String)>,
}

/// Checks the partner's trail. `noted` is the number and hash of an entry as it was noted elsewhere, such as in a log: without one, a trail
/// that was cut off at its end or written anew from its beginning passes for a whole one.
pub async fn verify(app: &App, partner: PartnerId, noted: Option<&(i64, String)>) -> Result<Whole, VerifyError> {
    let (mut chain, mut is_as_noted) = (Chain::default(), noted.is_none());
    export(app, partner, |entry| -> Result<(), VerifyError> {
        is_as_noted |= noted.is_some_and(|(seq, hash)| entry.seq == *seq && entry.hash.eq_ignore_ascii_case(hash));
        Ok(chain.next(entry)?)
    })
    .await?;
    let (entries, head) = chain.end()?;
    match noted {
        Some((seq, _)) if !is_as_noted => Err(BrokenChain::NotAsNoted(*seq).into()),
        _ => Ok(Whole { entries, head }),
    }
}
