//! Which accounts fit organizations, for everything that shows or proposes them.

use super::ServiceError;
use crate::domain::directory::{Directory, beginning};
use crate::domain::ids::{OrganizationId, PartnerId};
use crate::domain::matching::{Matches, Wanted};
use crate::storage;
use crate::storage::matching::{Near, WantedRow};
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};

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
    let rows = storage::matching::wanted(conn, partner, organizations).await?;
    let directory = Directory::new(storage::matching::free_accounts(conn, partner, &near(&rows)).await?);
    let matched = |row: WantedRow| {
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

/// What the directory looks at for these organizations: no other account can fit them, so no other is read.
fn near(rows: &[WantedRow]) -> Near {
    let distinct = |texts: BTreeSet<String>| texts.into_iter().collect();
    Near {
        beginnings: distinct(rows.iter().map(|row| beginning(&row.name_key)).collect()),
        domains: distinct(rows.iter().filter_map(|row| row.email_domain.clone()).collect()),
        accounts: rows.iter().flat_map(|row| &row.created).map(ToString::to_string).collect(),
    }
}
