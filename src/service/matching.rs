//! Which accounts fit organizations, for everything that shows or proposes them.

use super::ServiceError;
use crate::domain::directory::Directory;
use crate::domain::ids::{OrganizationId, PartnerId};
use crate::domain::matching::{Matches, Wanted};
use crate::storage;
use sqlx::PgConnection;
use std::collections::HashMap;

/// An organization with the free accounts that fit it.
#[derive(Debug, Clone, Default)]
pub(super) struct Matched {
    /// Its name.
    pub name: String,
    /// The accounts.
    pub found: Matches,
}

/// The free accounts that fit each of these organizations, in two queries however many there are.
pub(super) async fn matches(
    conn: &mut PgConnection,
    partner: PartnerId,
    organizations: &[String],
) -> Result<HashMap<OrganizationId, Matched>, ServiceError> {
    if organizations.is_empty() {
        return Ok(HashMap::new());
    }
    let directory = directory(conn, partner).await?;
    matches_in(conn, partner, organizations, &directory).await
}

/// All free accounts.
pub(super) async fn directory(conn: &mut PgConnection, partner: PartnerId) -> Result<Directory, ServiceError> {
    Ok(Directory::new(storage::matching::free_accounts(conn, partner).await?))
}

/// The accounts of `directory` that fit each of these organizations.
pub(super) async fn matches_in(
    conn: &mut PgConnection,
    partner: PartnerId,
    organizations: &[String],
    directory: &Directory,
) -> Result<HashMap<OrganizationId, Matched>, ServiceError> {
    let rows = storage::matching::wanted(conn, partner, organizations).await?;
    let matched = |row: storage::matching::WantedRow| {
        let found = directory.find(Wanted {
            name_key: &row.name_key,
            email_domain: row.email_domain.as_deref(),
            name_is_shared: row.name_is_shared,
            created: &row.created,
        });
        (row.id, Matched { name: row.name, found })
    };
    Ok(rows.into_iter().map(matched).collect())
}
