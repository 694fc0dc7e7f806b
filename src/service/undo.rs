//! Taking an import back, within a day.

use super::audit::{self, AuditEntry};
use super::freeze::refuse_frozen;
use super::{App, Caller, ServiceError};
use crate::domain::ids::{ImportId, PartnerId};
use crate::domain::integration::IntegrationStatus;
use crate::domain::undo::reverse::Progress;
use crate::domain::undo::{self, UndoItem, UndoStatus, deadline};
use crate::storage;
use crate::storage::engine::Fence;
use crate::storage::tenancy;
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

pub use crate::storage::undo::{UndoItemRow, UndoRow};

/// What there is to undo, or how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoView {
    /// The import.
    pub import_id: ImportId,
    /// Until when it can be asked for; `None` while the import is not finished.
    pub possible_until: Option<DateTime<Utc>>,
    /// It can be asked for now.
    pub is_possible: bool,
    /// The customer that a person has to decide about first.
    pub undecided: Option<String>,
    /// Once somebody has asked for it.
    pub undo: Option<UndoRow>,
    /// The last customer first.
    pub items: Vec<UndoItemRow>,
}

impl UndoView {
    /// Customers that are at this status.
    pub fn count(&self, status: UndoStatus) -> usize {
        self.items.iter().filter(|row| row.progress.status == status).count()
    }
}

/// What there is to undo, or how far it is.
pub async fn view(app: &App, partner: PartnerId, import: ImportId) -> Result<UndoView, ServiceError> {
    read(&mut *tenancy::begin(&app.pool, partner).await?, partner, import).await
}

async fn read(conn: &mut PgConnection, partner: PartnerId, import: ImportId) -> Result<UndoView, ServiceError> {
    let integration = storage::integrations::by_import(conn, partner, import).await?.ok_or(ServiceError::NotFound)?;
    let is_final = matches!(integration.status, IntegrationStatus::Finished | IntegrationStatus::Stopped);
    let possible_until = integration.finished_at.filter(|_| is_final).map(deadline);
    let undo = storage::undo::by_import(conn, partner, import).await?;
    let (items, undecided) = match &undo {
        Some(_) => (storage::undo::items(conn, partner, import).await?, None),
        None if is_final => {
            let (items, undecided) = proposed(conn, partner, import).await?;
            (items.into_iter().map(queued).collect(), undecided)
        }
        None => (Vec::new(), None),
    };
    let now = storage::reservations::now(conn).await?;
    let is_open = undo.is_none() && !items.is_empty() && possible_until.is_some_and(|until| now < until);
    let is_possible = is_open && undecided.is_none();
    Ok(UndoView {
        import_id: import,
        possible_until,
        is_possible,
        undecided: undecided.filter(|_| is_open),
        undo,
        items,
    })
}

/// What there is to undo, and who has to be decided about first: what was made for that customer could not be named.
pub(super) async fn proposed(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
) -> Result<(Vec<UndoItem>, Option<String>), ServiceError> {
    // Reading needs no epoch: a run that has ended is written by nobody.
    let records = storage::engine::items(conn, Fence { partner, import, epoch: 0 }).await?;
    let bought = storage::undo::bought(conn, partner, import).await?;
    let undecided = undo::undecided(&records).map(|record| record.plan.organization_name.clone());
    Ok((undo::items(&records, &bought), undecided))
}

fn queued(item: UndoItem) -> UndoItemRow {
    UndoItemRow { item, progress: Progress::new() }
}

/// Takes the import back. Asked for twice, it happens once.
pub async fn start(app: &App, caller: &Caller, import: ImportId) -> Result<UndoView, ServiceError> {
    let partner = caller.partner_id;
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    storage::links::lock_assignments(&mut transaction, partner).await?;
    let view = read(&mut transaction, partner, import).await?;
    if let Some(undo) = &view.undo {
        if undo.is_halted() {
            storage::undo::set_waiting(&mut transaction, partner, import, None).await?;
            storage::jobs::enqueue(&mut transaction, partner, "undo", &import.to_string()).await?;
            let view = read(&mut transaction, partner, import).await?;
            transaction.commit().await?;
            return Ok(view);
        }
        return Ok(view);
    }
    refuse_frozen(&mut transaction, partner).await?;
    if !view.is_possible {
        return Err(ServiceError::UndoNotPossible { possible_until: view.possible_until, undecided: view.undecided });
    }
    let items: Vec<_> = view.items.into_iter().map(|row| row.item).collect();
    storage::undo::insert(&mut transaction, partner, import, &caller.name, &items).await?;
    storage::jobs::enqueue(&mut transaction, partner, "undo", &import.to_string()).await?;
    let view = read(&mut transaction, partner, import).await?;
    let (subject, detail) = (import.to_string(), json!({ "customers": items.len() }));
    let entry = AuditEntry { actor: &caller.name, event: "undo_requested", subject: &subject, detail };
    audit::append(&mut transaction, partner, &entry).await?;
    transaction.commit().await?;
    Ok(view)
}
