//! Taking an import back: one customer after another, the last one first.
//!
//! Both calls set a state. Before each the subscription is read, so what an earlier try did is found and not done again, and a
//! lost answer is simply looked at with the next try. That a request goes out is recorded before it does (R1).

use super::WORKER;
use super::{JobContext, JobEnd};
use crate::domain::engine::{PauseCause, words};
use crate::domain::ids::ImportId;
use crate::domain::outcome::{ReadError, Vendor};
use crate::domain::undo::reverse::{End, Shown, Todo, answered, left, todo, unread};
use crate::domain::undo::{Reversal, UndoStatus};
use crate::storage::audit::{self, AuditEntry};
use crate::storage::engine::{lmp_partner, set_connection_refused};
use crate::storage::undo::{self, UndoItemRow};
use crate::storage::{freeze, integrations, jobs, tenancy};
use crate::upstream::Stamp;
use crate::upstream::lmp::Lmp;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// Between two tries while the vendor cannot be used.
const WHILE_PAUSED: Duration = Duration::from_secs(30);
/// After the database was away.
const AFTER_DATABASE: Duration = Duration::from_secs(5);

/// Takes an import back until that has ended, the process ends or the claim is lost. `settle`: for how long after its end what the
/// import has sent can arrive or be shown late.
pub(super) async fn run(context: JobContext, settle: TimeDelta) -> JobEnd {
    let Ok(import) = Uuid::parse_str(&context.subject) else {
        return JobEnd::Failed("the subject is no import id".to_owned());
    };
    match take_back(&context, ImportId(import), settle).await {
        Ok(end) => end,
        Err(error) => {
            tracing::warn!(%error, import.id = %import, "an undo was interrupted, it goes on");
            JobEnd::Again(AFTER_DATABASE)
        }
    }
}

async fn take_back(context: &JobContext, import: ImportId, settle: TimeDelta) -> sqlx::Result<JobEnd> {
    let partner = context.partner;
    let (rows, ended_at, mut waits) = {
        let mut conn = tenancy::begin(&context.pool, partner).await?;
        let integration = integrations::by_import(&mut conn, partner, import).await?;
        let waits = undo::by_import(&mut conn, partner, import).await?.is_some_and(|undo| undo.waiting_for.is_some());
        (undo::items(&mut conn, partner, import).await?, integration.and_then(|found| found.finished_at), waits)
    };
    let settled_at = ended_at.unwrap_or_else(|| context.lease.clock.now()) + settle;
    let lmp = match context.clients.lmp(partner).await {
        Ok(lmp) => lmp,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "no client for a vendor");
            return pause(context, import, PauseCause::NotConnected).await;
        }
    };
    if let Some(cause) = is_other_partner(context, import, &lmp).await? {
        return pause(context, import, cause).await;
    }
    let mut again: Option<DateTime<Utc>> = None;
    for mut row in rows.into_iter().filter(|row| row.progress.status == UndoStatus::Queued) {
        // Before it is sure that the claim is ours: a process that is frozen after that sends what is too old.
        let stamp = Stamp::now();
        if !context.lease.may_begin() {
            return Ok(JobEnd::Again(Duration::ZERO));
        }
        let hold = freeze::hold(&mut *tenancy::begin(&context.pool, partner).await?, partner).await?;
        if let Some(hold) = &hold {
            return pause(context, import, PauseCause::from(hold)).await;
        }
        row.progress.take_up();
        let Some((end, trace_id)) = reverse(context, import, &lmp, &mut row, stamp, settled_at).await? else {
            return Ok(JobEnd::Lost);
        };
        let paused = if let End::Paused(cause) = end { Some(cause) } else { None };
        if waits && paused.is_none() {
            // It goes on, whatever comes of this customer.
            waits = false;
            if !go_on(context, import).await? {
                return Ok(JobEnd::Lost);
            }
        }
        let (event, try_at) = row.progress.take(end, context.lease.clock.now());
        again = [again, try_at].into_iter().flatten().min();
        if let Some(event) = event
            && !record(context, import, &row, event, trace_id).await?
        {
            return Ok(JobEnd::Lost);
        }
        if let Some(cause) = paused {
            return pause(context, import, cause).await;
        }
    }
    match again {
        Some(at) => Ok(JobEnd::Again((at - context.lease.clock.now()).to_std().unwrap_or_default())),
        None => finish(context, import).await,
    }
}

/// Whether the credentials belong to another partner at LMP than the import was carried out for: there is nothing of it there, which
/// must not be taken for ended.
async fn is_other_partner(context: &JobContext, import: ImportId, lmp: &Lmp) -> sqlx::Result<Option<PauseCause>> {
    let id = match lmp.partner_id().await {
        Ok(Some(id)) => id,
        Ok(None) => return Ok(None),
        Err(error) => return Ok(PauseCause::of_read(&error)),
    };
    let mut tx = tenancy::begin(&context.pool, context.partner).await?;
    let known = lmp_partner(&mut tx, context.partner, import, None).await?;
    Ok(known.is_some_and(|known| known != id).then_some(PauseCause::OtherPartner))
}

/// Looks, and sends what is to be sent once that is recorded; with the trace id of what was. `None`: the claim is lost.
async fn reverse(
    context: &JobContext,
    import: ImportId,
    lmp: &Lmp,
    row: &mut UndoItemRow,
    stamp: Stamp,
    settled_at: DateTime<Utc>,
) -> sqlx::Result<Option<(End, Option<Uuid>)>> {
    let reversal = row.item.reversal.clone();
    let began = context.lease.clock.now();
    let (account, id, units) = match &reversal {
        Reversal::Unlink => return Ok(Some((End::Undone, None))),
        Reversal::Suspend { account_id, subscription_id } => (account_id, subscription_id, None),
        Reversal::RestoreUnits { account_id, subscription_id, units, .. } => {
            (account_id, subscription_id, Some(*units))
        }
    };
    let shown = match lmp.subscription(account, id).await {
        Ok(found) => found.map(|found| Shown { enabled: found.enabled, units: found.units }),
        Err(ReadError::NotFound) => None,
        Err(error) => return Ok(Some((unread(&error), None))),
    };
    match todo(&reversal, shown, began, settled_at) {
        Todo::Undone => return Ok(Some((End::Undone, None))),
        Todo::Later(at) => return Ok(Some((End::Later(at), None))),
        Todo::Leave(units) => return Ok(Some((left(units), None))),
        Todo::Send => {}
    }
    row.progress.sending = true;
    if !record(context, import, row, "undo_sending", Some(stamp.trace_id())).await? {
        return Ok(None);
    }
    let sent = match units {
        None => lmp.suspend(account, id, stamp).await,
        Some(units) => lmp.set_units(account, id, units, stamp).await,
    };
    Ok(Some((answered(&reversal, sent.outcome, began, settled_at), sent.trace_id)))
}

/// Records what a try led to; `false` if the claim is lost.
async fn record(
    context: &JobContext,
    import: ImportId,
    row: &UndoItemRow,
    event: &str,
    trace_id: Option<Uuid>,
) -> sqlx::Result<bool> {
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    if !context.lease.hold(&mut transaction).await? {
        return Ok(false);
    }
    let (partner, organization) = (context.partner, &row.item.organization_id);
    undo::put_item(&mut transaction, partner, import, row).await?;
    if row.progress.status == UndoStatus::Undone {
        undo::remove_link(&mut transaction, partner, import, organization).await?;
        match &row.item.reversal {
            Reversal::Suspend { account_id, subscription_id } => {
                undo::mirror(&mut transaction, partner, account_id, subscription_id, None).await?;
            }
            // What somebody has changed since is read with the next refresh.
            Reversal::RestoreUnits { .. } if row.progress.reason.is_some() => {}
            Reversal::RestoreUnits { account_id, subscription_id, units, .. } => {
                undo::mirror(&mut transaction, partner, account_id, subscription_id, Some(*units)).await?;
            }
            Reversal::Unlink => {}
        }
    }
    let detail = row.progress.reason.as_ref().map(|reason| reason.message.as_str());
    undo::log(&mut transaction, (partner, import), organization, event, detail, trace_id).await?;
    if row.progress.status == UndoStatus::Undone {
        let detail = json!({ "import_id": import, "reversal": row.item.reversal });
        let entry = AuditEntry { actor: WORKER, event: "unlinked", subject: organization.as_str(), detail };
        audit::append(&mut transaction, partner, &entry).await?;
        context.lease.gets_on(&mut transaction).await?;
    }
    transaction.commit().await?;
    if row.progress.status == UndoStatus::Undone {
        context.lease.got_on();
    }
    Ok(true)
}

async fn pause(context: &JobContext, import: ImportId, cause: PauseCause) -> sqlx::Result<JobEnd> {
    let reason = words::pause(Vendor::Lmp, cause);
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    if !context.lease.hold(&mut transaction).await? {
        return Ok(JobEnd::Lost);
    }
    let until = context.lease.clock.now() + TimeDelta::from_std(WHILE_PAUSED).unwrap_or_default();
    undo::set_waiting(&mut transaction, context.partner, import, Some((&reason, Some(until)))).await?;
    if cause == PauseCause::CredentialsRefused {
        set_connection_refused(&mut transaction, context.partner, Vendor::Lmp, true).await?;
    }
    transaction.commit().await?;
    Ok(JobEnd::Again(WHILE_PAUSED))
}

/// Says that it does not stand still any more; `false` if the claim is lost.
async fn go_on(context: &JobContext, import: ImportId) -> sqlx::Result<bool> {
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    if !context.lease.hold(&mut transaction).await? {
        return Ok(false);
    }
    undo::set_waiting(&mut transaction, context.partner, import, None).await?;
    set_connection_refused(&mut transaction, context.partner, Vendor::Lmp, false).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Ends it, and has the vendors read anew: licenses may be free again.
async fn finish(context: &JobContext, import: ImportId) -> sqlx::Result<JobEnd> {
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    if !context.lease.hold(&mut transaction).await? {
        return Ok(JobEnd::Lost);
    }
    undo::finish(&mut transaction, context.partner, import).await?;
    jobs::enqueue(&mut transaction, context.partner, "refresh_inventory", "").await?;
    transaction.commit().await?;
    Ok(JobEnd::Done)
}
