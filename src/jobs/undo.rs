//! Taking an import back: one customer after another, the last one first.
//!
//! Both calls set a state. Before each the subscription is read, so what an earlier try did is found and not done again, and a
//! lost answer is simply looked at with the next try.

use super::WORKER;
use super::{JobContext, JobEnd};
use crate::domain::engine::{PauseCause, words};
use crate::domain::ids::ImportId;
use crate::domain::outcome::{ReadError, Refusal, Sent, Vendor, WriteOutcome};
use crate::domain::plan::Reason;
use crate::domain::undo::{Reversal, UndoStatus};
use crate::storage::audit::{self, AuditEntry};
use crate::storage::undo::{self, UndoItemRow};
use crate::storage::{freeze, jobs, tenancy};
use crate::upstream::Stamp;
use crate::upstream::lmp::Lmp;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// Between two tries while the vendor cannot be used.
const WHILE_PAUSED: Duration = Duration::from_secs(30);
/// After an answer that was lost.
const AFTER_DOUBT: Duration = Duration::from_secs(5);
/// A vendor that asks for more gets no more.
const LONGEST_PAUSE: Duration = Duration::from_mins(15);
/// After the database was away.
const AFTER_DATABASE: Duration = Duration::from_secs(5);
/// Tries of one customer that do not get through, before a person is asked.
const TRIES: u32 = 6;

/// What a try led to.
enum End {
    /// It is as it is to be.
    Undone(Option<Uuid>),
    /// It stays as it is.
    Refused(Reason, Option<Uuid>),
    /// It may have happened; look again.
    Unclear(Option<Uuid>, Option<Duration>),
    /// The vendor cannot be used now.
    Paused(PauseCause),
}

/// Takes an import back until that has ended, the process ends or the claim is lost.
pub async fn run(context: JobContext) -> JobEnd {
    let Ok(import) = Uuid::parse_str(&context.subject) else {
        return JobEnd::Failed("the subject is no import id".to_owned());
    };
    match take_back(&context, ImportId(import)).await {
        Ok(end) => end,
        Err(error) => {
            tracing::warn!(%error, import.id = %import, "an undo was interrupted, it goes on");
            JobEnd::Again(AFTER_DATABASE)
        }
    }
}

async fn take_back(context: &JobContext, import: ImportId) -> sqlx::Result<JobEnd> {
    let partner = context.partner;
    let rows = undo::items(&mut *tenancy::begin(&context.pool, context.partner).await?, partner, import).await?;
    let lmp = match context.clients.lmp(partner).await {
        Ok(lmp) => lmp,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "no client for a vendor");
            return pause(context, import, PauseCause::NotConnected).await;
        }
    };
    let mut again: Option<Duration> = None;
    for mut row in rows.into_iter().filter(|row| row.status == UndoStatus::Queued) {
        if !context.lease.may_begin() {
            return Ok(JobEnd::Again(Duration::ZERO));
        }
        let hold = freeze::hold(&mut *tenancy::begin(&context.pool, partner).await?, partner).await?;
        if let Some(hold) = &hold {
            return pause(context, import, PauseCause::from(hold)).await;
        }
        let end = reverse(&lmp, &row.item.reversal).await;
        if let End::Paused(cause) = end {
            return pause(context, import, cause).await;
        }
        if let End::Unclear(_, pause) = &end
            && row.tries + 1 < TRIES
        {
            let pause = pause.unwrap_or_default().clamp(AFTER_DOUBT, LONGEST_PAUSE);
            again = Some(again.unwrap_or_default().max(pause));
        }
        if !record(context, import, &mut row, end).await? {
            return Ok(JobEnd::Lost);
        }
    }
    match again {
        Some(pause) => Ok(JobEnd::Again(pause)),
        None => finish(context, import).await,
    }
}

async fn reverse(lmp: &Lmp, reversal: &Reversal) -> End {
    // Before the claim was last known to be ours: a process that was frozen since sends what is too old.
    let stamp = Stamp::now();
    let (account, id, units) = match reversal {
        Reversal::Unlink => return End::Undone(None),
        Reversal::Suspend { account_id, subscription_id } => (account_id, subscription_id, None),
        Reversal::RestoreUnits { account_id, subscription_id, units } => (account_id, subscription_id, Some(*units)),
    };
    let found = match lmp.subscription(account, id).await {
        Ok(Some(found)) => found,
        // Somebody has ended it: there is nothing left that costs money.
        Ok(None) => return End::Undone(None),
        Err(error) => return unread(&error),
    };
    match units {
        None if !found.enabled => End::Undone(None),
        None => sorted(lmp.suspend(account, id, stamp).await),
        Some(units) if found.units == Some(units) => End::Undone(None),
        Some(units) => sorted(lmp.set_units(account, id, units, stamp).await),
    }
}

fn unread(error: &ReadError) -> End {
    match PauseCause::of_read(error) {
        Some(cause) => End::Paused(cause),
        None => End::Unclear(None, if let ReadError::Throttled(pause) = error { *pause } else { None }),
    }
}

fn sorted(sent: Sent<()>) -> End {
    match sent.outcome {
        WriteOutcome::Done(()) => End::Undone(sent.trace_id),
        WriteOutcome::Refused(refusal) => End::Refused(refused(&refusal), sent.trace_id),
        WriteOutcome::NotSent(why) => End::Paused(PauseCause::from(&why)),
        WriteOutcome::InDoubt(doubt) => End::Unclear(sent.trace_id, doubt.retry_after),
    }
}

fn refused(refusal: &Refusal) -> Reason {
    let said = refusal.message.as_deref().map(|text| format!(" It says: {text}")).unwrap_or_default();
    let message = format!(
        "Trend Micro refuses to reverse it, so the subscription goes on and the customer stays linked.{said} End it in the Licensing Management Platform's console."
    );
    Reason::new("not_reversed", message)
}

fn unknown() -> Reason {
    let message = "Trend Micro's answers were lost again and again, so it is not known whether this was reversed. Look at the subscription in the console.";
    Reason::new("not_known", message)
}

/// Records what a try led to; `false` if the claim is lost.
async fn record(context: &JobContext, import: ImportId, row: &mut UndoItemRow, end: End) -> sqlx::Result<bool> {
    let (event, trace_id) = match end {
        End::Undone(trace_id) => {
            (row.status, row.reason) = (UndoStatus::Undone, None);
            ("undone", trace_id)
        }
        End::Refused(reason, trace_id) => {
            (row.status, row.reason) = (UndoStatus::Refused, Some(reason));
            ("undo_refused", trace_id)
        }
        End::Unclear(trace_id, _) => {
            row.tries += 1;
            if row.tries >= TRIES {
                (row.status, row.reason) = (UndoStatus::Refused, Some(unknown()));
            }
            ("in_doubt", trace_id)
        }
        End::Paused(_) => return Ok(true),
    };
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    if !context.lease.hold(&mut transaction).await? {
        return Ok(false);
    }
    let (partner, organization) = (context.partner, &row.item.organization_id);
    undo::put_item(&mut transaction, partner, import, row).await?;
    if row.status == UndoStatus::Undone {
        undo::remove_link(&mut transaction, partner, import, organization).await?;
        match &row.item.reversal {
            Reversal::Suspend { account_id, subscription_id } => {
                undo::mirror(&mut transaction, partner, account_id, subscription_id, None).await?;
            }
            Reversal::RestoreUnits { account_id, subscription_id, units } => {
                undo::mirror(&mut transaction, partner, account_id, subscription_id, Some(*units)).await?;
            }
            Reversal::Unlink => {}
        }
    }
    let detail = row.reason.as_ref().map(|reason| reason.message.as_str());
    undo::log(&mut transaction, (partner, import), organization, event, detail, trace_id).await?;
    if row.status == UndoStatus::Undone {
        let detail = json!({ "import_id": import, "reversal": row.item.reversal });
        let entry = AuditEntry { actor: WORKER, event: "unlinked", subject: organization.as_str(), detail };
        audit::append(&mut transaction, partner, &entry).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

async fn pause(context: &JobContext, import: ImportId, cause: PauseCause) -> sqlx::Result<JobEnd> {
    let reason = words::pause(Vendor::Lmp, cause);
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    if !context.lease.hold(&mut transaction).await? {
        return Ok(JobEnd::Lost);
    }
    undo::set_waiting(&mut transaction, context.partner, import, Some(&reason)).await?;
    transaction.commit().await?;
    Ok(JobEnd::Again(WHILE_PAUSED))
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
