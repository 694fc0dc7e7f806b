//! Taking the import back: the steps of a worker, cut where it can be interrupted, written after `src/jobs/undo.rs`.

use super::bug::Bug;
use super::clock::{Ms, SECOND, at, ms};
use super::figures::Count;
use super::outcome::sort;
use super::record::UndoRow;
use super::steps::pause_of;
use super::vendor::{Answer, Request, Wish};
use super::worker::WorkerEvent;
use super::world::World;
use std::collections::VecDeque;
use worryfree_plugin::domain::engine::words;
use worryfree_plugin::domain::outcome::{ReadError, Vendor};
use worryfree_plugin::domain::undo::reverse::{End, Shown, Todo, answered, left, todo, unread};
use worryfree_plugin::domain::undo::{Reversal, UndoStatus};

/// Where a worker stands with an undo.
#[derive(Debug)]
pub struct Undoing {
    /// What is left of this pass, as it was recorded when it began.
    rows: VecDeque<UndoRow>,
    /// When to go on, if something is left for later.
    again: Option<Ms>,
    stage: Stage,
}

/// Of one row.
#[derive(Debug)]
enum Stage {
    /// About to take the next row; the time its request would be signed with is taken first.
    Next,
    /// About to make sure that the claim holds.
    Begin(Row),
    /// About to read.
    Read(Row),
    /// The reading is answered.
    Decide(Row, Result<Option<Shown>, Answer>),
    /// About to send.
    Send(Row),
    /// The answer is there, under its number, unless something else came instead.
    Answered(Row, u64, Option<Answer>),
    /// About to record.
    Store(Row, End),
}

#[derive(Debug, Clone)]
struct Row {
    undone: UndoRow,
    signed: Ms,
    began: Ms,
}

impl World {
    /// Begins a pass over what is left, or ends the job if there is nothing to undo.
    pub fn begin_undo(&mut self, worker: usize) {
        let Some(undo) = &self.record.undo else { return };
        let queued = undo.rows.iter().filter(|row| row.progress.status == UndoStatus::Queued);
        let mut rows: VecDeque<_> = queued.cloned().collect();
        if self.bug == Some(Bug::UndoneForwards) {
            rows.make_contiguous().reverse();
        }
        self.say(|_| format!("worker {}   takes the undo up, {} customers left", worker + 1, rows.len()));
        if let Some(claim) = self.claim_of(worker) {
            claim.undo = Some(Undoing { rows, again: None, stage: Stage::Next });
        }
        self.undo_later(worker, 1, 300);
    }

    fn undo_later(&mut self, worker: usize, low: Ms, high: Ms) {
        let time = self.now + self.rng.between(low, high);
        if let Some(number) = self.claim_of(worker).map(|claim| claim.number) {
            self.worker_later(worker, time, WorkerEvent::Undo(number));
        }
    }

    /// Takes the undo one stage further.
    pub fn undo_event(&mut self, worker: usize) {
        let Some(undoing) = self.claim_of(worker).and_then(|claim| claim.undo.as_mut()) else { return };
        match std::mem::replace(&mut undoing.stage, Stage::Next) {
            Stage::Next => self.undo_next(worker),
            Stage::Begin(row) => self.undo_begins(worker, row),
            Stage::Read(row) => {
                let shown = self.shown(&row.undone.item.reversal);
                self.go_on(worker, Stage::Decide(row, shown), 5, 900);
            }
            Stage::Decide(row, shown) => self.undo_decides(worker, row, shown),
            Stage::Send(row) => self.undo_sends(worker, row),
            Stage::Answered(row, number, instead) => {
                let answer = self.answers.remove(&number);
                let answer = instead.or(answer).unwrap_or(Answer::Lost);
                let settled = self.settled_at();
                let outcome = sort(&answer).map(|_| ());
                let end = match answered(&row.undone.item.reversal, outcome, at(row.began), at(settled)) {
                    End::Unclear(_) if self.bug == Some(Bug::UndoDoubtTakenForDone) => End::Undone,
                    End::Later(_) if self.bug == Some(Bug::RestoredUnitsNotLookedAtAgain) => End::Undone,
                    end => end,
                };
                self.undo_ends(worker, row, end);
            }
            Stage::Store(row, end) => self.undo_stores(worker, row, end),
        }
    }

    fn go_on(&mut self, worker: usize, stage: Stage, low: Ms, high: Ms) {
        if let Some(undoing) = self.claim_of(worker).and_then(|claim| claim.undo.as_mut()) {
            undoing.stage = stage;
            self.undo_later(worker, low, high);
        }
    }

    fn undo_next(&mut self, worker: usize) {
        let now = self.now;
        let Some(claim) = self.claim_of(worker) else { return };
        let job_epoch = claim.job_epoch;
        let Some(undoing) = claim.undo.as_mut() else { return };
        if let Some(row) = undoing.rows.pop_front() {
            self.go_on(worker, Stage::Begin(Row { undone: row, signed: now, began: now }), 1, 10);
            return;
        }
        if let Some(again) = undoing.again {
            self.record.put_back(job_epoch, again.max(now));
        } else {
            self.record.finish_undo(job_epoch);
            self.say(|_| format!("worker {}   ends the undo", worker + 1));
        }
        self.drop_claim(worker);
    }

    fn undo_begins(&mut self, worker: usize, mut row: Row) {
        let now = self.now;
        let Some(claim) = self.claim_of(worker) else { return };
        if !claim.goes_on(now) {
            let job_epoch = claim.job_epoch;
            self.record.put_back(job_epoch, now);
            self.drop_claim(worker);
            return;
        }
        row.began = now;
        row.undone.progress.take_up();
        self.note_reversal(row.undone.index);
        match row.undone.item.reversal {
            Reversal::Unlink => self.undo_ends(worker, row, End::Undone),
            Reversal::Suspend { .. } | Reversal::RestoreUnits { .. } => self.go_on(worker, Stage::Read(row), 1, 500),
        }
    }

    fn shown(&mut self, reversal: &Reversal) -> Result<Option<Shown>, Answer> {
        self.vendor.reading(self.now, &mut self.rng, &mut self.figures)?;
        let (Reversal::Suspend { subscription_id, .. } | Reversal::RestoreUnits { subscription_id, .. }) = reversal
        else {
            return Ok(None);
        };
        let found = self.vendor.subscriptions.iter().find(|found| found.id == *subscription_id);
        let visible = found.filter(|found| found.visible <= self.now).map(|found| found.shown(self.now));
        Ok(visible.map(|(enabled, seats)| Shown { enabled, units: Some(seats) }))
    }

    /// From then on nothing that the import has sent can arrive or be shown late.
    fn settled_at(&self) -> Ms {
        self.record.finished_at + self.settle().settle.num_milliseconds()
    }

    fn undo_decides(&mut self, worker: usize, row: Row, shown: Result<Option<Shown>, Answer>) {
        let shown = match shown {
            Ok(None) if self.bug == Some(Bug::MissingTakenForEnded) => {
                self.undo_ends(worker, row, End::Undone);
                return;
            }
            Ok(shown) => shown,
            Err(answer) => {
                let error = match pause_of(&answer) {
                    Some(_) if answer == Answer::Unreachable => ReadError::Unreachable,
                    Some(_) => ReadError::CredentialsRefused,
                    None => ReadError::ServerError(500),
                };
                self.undo_ends(worker, row, unread(&error));
                return;
            }
        };
        let settled = self.settled_at();
        match todo(&row.undone.item.reversal, shown, at(row.began), at(settled)) {
            Todo::Undone => self.undo_ends(worker, row, End::Undone),
            Todo::Later(_) if shown.is_some() && self.bug == Some(Bug::RestoredUnitsNotLookedAtAgain) => {
                self.undo_ends(worker, row, End::Undone);
            }
            Todo::Later(time) => self.undo_ends(worker, row, End::Later(time)),
            Todo::Leave(units) => self.undo_ends(worker, row, left(units)),
            Todo::Send => self.undo_records(worker, row),
        }
    }

    /// Records that a request goes out, before it does.
    fn undo_records(&mut self, worker: usize, mut row: Row) {
        row.undone.progress.sending = true;
        if self.undo_puts(worker, &row.undone) {
            self.go_on(worker, Stage::Send(row), 1, 60);
        }
    }

    fn undo_sends(&mut self, worker: usize, row: Row) {
        let UndoRow { index, item, .. } = &row.undone;
        let wish = match &item.reversal {
            Reversal::Suspend { subscription_id, .. } => Wish::Suspend { subscription: subscription_id.clone() },
            Reversal::RestoreUnits { subscription_id, units, .. } => {
                Wish::Restore { subscription: subscription_id.clone(), seats: *units }
            }
            Reversal::Unlink => return,
        };
        let request = Request { operation: self.fresh_operation(), item: *index, wish, repeated: false };
        self.figures.add(Count::Reversals);
        let (sent, fate) = self.put_on_the_wire(worker, request, row.signed);
        let wait = fate.answered - self.now;
        self.go_on(worker, Stage::Answered(row, sent, fate.instead), wait, wait + 1);
    }

    fn undo_ends(&mut self, worker: usize, mut row: Row, end: End) {
        if let End::Paused(cause) = end {
            let now = at(self.now);
            if row.undone.progress.take(end, now).0.is_some() && !self.undo_puts(worker, &row.undone) {
                return;
            }
            let job_epoch = self.claim_of(worker).map_or(0, |claim| claim.job_epoch);
            self.say(|_| format!("worker {}   the undo stands still: {cause:?}", worker + 1));
            self.record.wait_with_undo(job_epoch, words::pause(Vendor::Lmp, cause));
            self.record.put_back(job_epoch, self.now + 30 * SECOND);
            self.drop_claim(worker);
            return;
        }
        self.go_on(worker, Stage::Store(row, end), 1, 40);
    }

    /// Records what a try led to, if that is anything new.
    fn undo_stores(&mut self, worker: usize, row: Row, end: End) {
        let now = self.now;
        let mut changed = row.undone;
        if self.bug == Some(Bug::UndoRefusalBelieved) && matches!(end, End::Refused(_)) {
            changed.progress.tries = 0;
        }
        let (event, try_at) = changed.progress.take(end, at(now));
        let Some(claim) = self.claim_of(worker) else { return };
        if let Some(undoing) = claim.undo.as_mut() {
            undoing.again = [undoing.again, try_at.map(ms)].into_iter().flatten().min();
        }
        if event.is_some() {
            if !self.undo_puts(worker, &changed) {
                return;
            }
            let status = changed.progress.status.as_str();
            self.say(|_| format!("worker {}   customer {}: undo recorded, {status}", worker + 1, changed.index + 1));
        }
        self.go_on(worker, Stage::Next, 1, 20);
    }

    /// Writes down how far a customer is; `false`: the claim is lost, or the database failed and somebody goes on later.
    fn undo_puts(&mut self, worker: usize, changed: &UndoRow) -> bool {
        let now = self.now;
        let Some(job_epoch) = self.claim_of(worker).map(|claim| claim.job_epoch) else { return false };
        let unlinks = self.bug != Some(Bug::LinkKept);
        let fails = now < self.scenario.quiet_at && self.rng.chance(self.scenario.commit_faults);
        let holds =
            if fails && self.rng.chance(500) { true } else { self.record.put_undo(job_epoch, changed, unlinks) };
        if fails {
            self.figures.add(Count::DatabaseFailed);
            self.record.put_back(job_epoch, now + 5 * SECOND);
        }
        if fails || !holds {
            self.drop_claim(worker);
            return false;
        }
        true
    }
}
