//! Reversing one customer: what is to be done about what is seen, and what an answer changes.
//!
//! Both calls set a state, so they may be repeated. Two things are not believed before the import's last request can neither arrive
//! nor be shown late any more: that a subscription is not there, and that restored units stay restored.

use super::{Reversal, UndoStatus};
use crate::domain::engine::PauseCause;
use crate::domain::outcome::{ReadError, Refusal, WriteOutcome};
use crate::domain::plan::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// Tries of one customer that do not get through, before a person is asked.
const TRIES: u32 = 6;
/// After an answer that was lost.
const AFTER_DOUBT: Duration = Duration::from_secs(5);
/// A vendor that asks for more gets no more.
const LONGEST_PAUSE: Duration = Duration::from_mins(15);
/// Between two looks for what is not shown yet.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(60);
/// Whatever a try has led to is shown by then.
const SHOWN: TimeDelta = TimeDelta::seconds(120);

/// What the vendor shows of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// It is neither ended nor suspended.
    pub enabled: bool,
    /// Its seats, if it says so.
    pub units: Option<u32>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Todo {
    /// Nothing: it is as it is to be.
    Undone,
    /// The call that reverses it.
    Send,
    /// To look again then.
    Later(DateTime<Utc>),
    /// Nothing: it has a number of seats that neither the import has set nor was there before.
    Leave(u32),
}

/// Decides on what a look that began at `began` showed; `None`: there is no such subscription. From `settled_at` on nothing that the
/// import has sent can arrive or be shown late.
pub fn todo(reversal: &Reversal, shown: Option<Shown>, began: DateTime<Utc>, settled_at: DateTime<Utc>) -> Todo {
    match (reversal, shown) {
        (Reversal::Unlink, _) => Todo::Undone,
        (Reversal::Suspend { .. } | Reversal::RestoreUnits { .. }, None) if began < settled_at => {
            Todo::Later(settled_at.min(began + LOOK_AGAIN))
        }
        // Somebody has ended it: there is nothing left that costs money.
        (Reversal::Suspend { .. } | Reversal::RestoreUnits { .. }, None) => Todo::Undone,
        (Reversal::Suspend { .. }, Some(shown)) if shown.enabled => Todo::Send,
        (Reversal::Suspend { .. }, Some(_)) => Todo::Undone,
        (Reversal::RestoreUnits { units, imported, .. }, Some(shown)) if shown.units != Some(*units) => {
            match shown.units.filter(|found| imported.is_some_and(|imported| imported != *found)) {
                Some(_) if began < settled_at => Todo::Later(settled_at),
                Some(found) => Todo::Leave(found),
                None => Todo::Send,
            }
        }
        (Reversal::RestoreUnits { .. }, Some(_)) if began < settled_at => Todo::Later(settled_at),
        (Reversal::RestoreUnits { .. }, Some(_)) => Todo::Undone,
    }
}

/// What a try led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It is as it is to be.
    Undone,
    /// Somebody has changed it since: that stays, and only the link goes.
    Left(Reason),
    /// It stays as it is.
    Refused(Reason),
    /// It may have happened: look again after a pause.
    Unclear(Duration),
    /// It is done, or cannot be seen yet: look again then.
    Later(DateTime<Utc>),
    /// The vendor cannot be used now.
    Paused(PauseCause),
}

/// Sorts the answer to a call that was sent after a look that began at `began`.
pub fn answered(
    reversal: &Reversal,
    outcome: WriteOutcome<()>,
    began: DateTime<Utc>,
    settled_at: DateTime<Utc>,
) -> End {
    match outcome {
        WriteOutcome::Done(()) if matches!(reversal, Reversal::RestoreUnits { .. }) && began < settled_at => {
            End::Later(settled_at)
        }
        WriteOutcome::Done(()) => End::Undone,
        WriteOutcome::Refused(refusal) => End::Refused(refused(&refusal)),
        WriteOutcome::NotSent(why) => End::Paused(PauseCause::from(&why)),
        WriteOutcome::InDoubt(doubt) => unclear(doubt.retry_after),
    }
}

/// Sorts a look that failed.
pub fn unread(error: &ReadError) -> End {
    match PauseCause::of_read(error) {
        Some(cause) => End::Paused(cause),
        None => unclear(if let ReadError::Throttled(pause) = error { *pause } else { None }),
    }
}

/// What is said of seats that somebody has changed since.
pub fn left(units: u32) -> End {
    let message = format!(
        "Somebody has changed the seats to {units} since, so they stay as they are. The link is removed; change them in the Licensing Management Platform's console if need be."
    );
    End::Left(Reason::new("seats_changed_since", message))
}

fn unclear(asked: Option<Duration>) -> End {
    End::Unclear(asked.unwrap_or_default().clamp(AFTER_DOUBT, LONGEST_PAUSE))
}

/// How far a customer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Where it stands.
    pub status: UndoStatus,
    /// Why it is not reversed, or not called so yet.
    pub reason: Option<Reason>,
    /// Tries that did not get through.
    pub tries: u32,
    /// A request is under way, or was when its sender went.
    pub sending: bool,
}

impl Progress {
    /// Nothing has been tried.
    pub fn new() -> Self {
        Self { status: UndoStatus::Queued, reason: None, tries: 0, sending: false }
    }

    /// Somebody takes it up: whoever was sending is gone, and nobody knows what became of that.
    pub fn take_up(&mut self) {
        self.tries += u32::from(std::mem::take(&mut self.sending));
    }

    /// Takes what a try at `now` led to. Returns the event for the record of what happened, if there is one, and when to try again.
    pub fn take(&mut self, end: End, now: DateTime<Utc>) -> (Option<&'static str>, Option<DateTime<Utc>>) {
        let was_sending = std::mem::take(&mut self.sending);
        match end {
            End::Undone => {
                (self.status, self.reason) = (UndoStatus::Undone, None);
                (Some("undone"), None)
            }
            End::Left(reason) => {
                (self.status, self.reason) = (UndoStatus::Undone, Some(reason));
                (Some("undone"), None)
            }
            // What was refused may be what an earlier try has done already, and is not shown yet.
            End::Refused(_) if self.tries > 0 => {
                self.tries += 1;
                if self.tries >= TRIES {
                    (self.status, self.reason) = (UndoStatus::Refused, Some(unknown()));
                    return (Some("undo_refused"), None);
                }
                let at = now + SHOWN;
                self.reason = Some(refused_once(at));
                (Some("undo_checked_again"), Some(at))
            }
            End::Refused(reason) => {
                (self.status, self.reason) = (UndoStatus::Refused, Some(reason));
                (Some("undo_refused"), None)
            }
            End::Unclear(pause) => {
                self.tries += 1;
                if self.tries >= TRIES {
                    (self.status, self.reason) = (UndoStatus::Refused, Some(unknown()));
                    return (Some("undo_refused"), None);
                }
                (Some("in_doubt"), Some(now + TimeDelta::from_std(pause).unwrap_or(LOOK_AGAIN)))
            }
            End::Later(at) => {
                let waits = Some(checked_again(at));
                let event = (self.reason != waits || was_sending).then_some("undo_checked_again");
                self.reason = waits;
                (event, Some(at))
            }
            End::Paused(_) => (was_sending.then_some("not_sent"), None),
        }
    }
}

fn refused_once(at: DateTime<Utc>) -> Reason {
    let message = format!(
        "Trend Micro refuses to reverse it, perhaps because an earlier try whose answer was lost has done so. This is looked at once more at {} UTC. You need not do anything.",
        at.format("%H:%M:%S")
    );
    Reason::new("refused_once", message)
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
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

fn checked_again(at: DateTime<Utc>) -> Reason {
    let message = format!(
        "A request of the import can still arrive or show late at Trend Micro, so this is looked at once more at {} UTC and reversed again if need be. You need not do anything.",
        at.format("%H:%M:%S")
    );
    Reason::new("checked_again", message)
}

/// The undo crashed its worker each time.
pub fn parked() -> Reason {
    let message = "Undoing the import failed several times in the same way and has been halted. What was reversed stays reversed and is not done again. Press Undo to go on; if it happens again, contact the operator of this service.";
    Reason::new("parked", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::engine::testing::{account, at, subscription};
    use crate::domain::outcome::{Doubt, NotSent};

    fn suspend() -> Reversal {
        Reversal::Suspend { account_id: account(0), subscription_id: subscription(0) }
    }

    fn restore() -> Reversal {
        Reversal::RestoreUnits {
            account_id: account(0),
            subscription_id: subscription(0),
            units: 7,
            imported: Some(12),
        }
    }

    fn shown(enabled: bool, units: u32) -> Option<Shown> {
        Some(Shown { enabled, units: Some(units) })
    }

    #[test]
    fn what_is_not_shown_may_only_be_shown_late() {
        assert_eq!(todo(&suspend(), None, at(0), at(960)), Todo::Later(at(60)));
        assert_eq!(todo(&suspend(), None, at(930), at(960)), Todo::Later(at(960)));
        assert_eq!(todo(&suspend(), None, at(960), at(960)), Todo::Undone);
    }

    #[test]
    fn a_suspension_is_sent_once_it_is_needed() {
        assert_eq!(todo(&suspend(), shown(true, 5), at(0), at(960)), Todo::Send);
        assert_eq!(todo(&suspend(), shown(false, 5), at(0), at(960)), Todo::Undone);
        assert_eq!(answered(&suspend(), WriteOutcome::Done(()), at(0), at(960)), End::Undone);
        assert_eq!(todo(&Reversal::Unlink, None, at(0), at(960)), Todo::Undone);
    }

    #[test]
    fn restored_units_are_looked_at_once_more_when_nothing_can_arrive_any_more() {
        assert_eq!(todo(&restore(), shown(true, 12), at(0), at(960)), Todo::Send);
        assert_eq!(answered(&restore(), WriteOutcome::Done(()), at(0), at(960)), End::Later(at(960)));
        assert_eq!(todo(&restore(), shown(true, 7), at(959), at(960)), Todo::Later(at(960)));
        assert_eq!(todo(&restore(), shown(true, 7), at(960), at(960)), Todo::Undone);
        assert_eq!(answered(&restore(), WriteOutcome::Done(()), at(960), at(960)), End::Undone);
    }

    #[test]
    fn seats_that_somebody_has_changed_since_stay() {
        assert_eq!(todo(&restore(), shown(true, 40), at(0), at(960)), Todo::Later(at(960)), "ours may still arrive");
        assert_eq!(todo(&restore(), shown(true, 40), at(960), at(960)), Todo::Leave(40));
        let mut progress = Progress::new();
        assert_eq!(progress.take(left(40), at(960)), (Some("undone"), None));
        assert_eq!(
            (progress.status, progress.reason.unwrap().code.as_str()),
            (UndoStatus::Undone, "seats_changed_since")
        );
    }

    #[test]
    fn a_refusal_after_a_lost_answer_is_looked_at_again_and_never_called_one() {
        let refuse = || End::Refused(Reason::new("not_reversed", "Refused."));
        let mut first = Progress::new();
        assert_eq!(first.take(refuse(), at(0)), (Some("undo_refused"), None), "nothing was sent before");
        let mut progress = Progress::new();
        progress.take(unread(&ReadError::Lost("broken")), at(0));
        assert_eq!(progress.take(refuse(), at(5)), (Some("undo_checked_again"), Some(at(125))));
        let mut shown_late = progress.clone();
        assert_eq!(shown_late.take(End::Undone, at(125)), (Some("undone"), None));
        for time in [125, 245, 365] {
            assert_eq!(progress.take(refuse(), at(time)), (Some("undo_checked_again"), Some(at(time + 120))));
        }
        assert_eq!(progress.take(refuse(), at(485)), (Some("undo_refused"), None));
        assert_eq!(progress.reason.unwrap().code, "not_known", "which of the two it was nobody can tell");
    }

    #[test]
    fn a_sender_that_is_gone_leaves_a_doubt() {
        let mut progress = Progress { sending: true, ..Progress::new() };
        progress.take_up();
        assert_eq!((progress.tries, progress.sending), (1, false));
        progress.take_up();
        assert_eq!(progress.tries, 1);
    }

    #[test]
    fn answers_that_are_lost_again_and_again_are_left_to_a_person() {
        let mut progress = Progress::new();
        let doubt =
            Doubt { reason: "timeout", status: None, retry_after: Some(Duration::from_hours(2)), refusal: None };
        for _ in 0..TRIES - 1 {
            let end = answered(&suspend(), WriteOutcome::InDoubt(doubt.clone()), at(0), at(0));
            assert_eq!(progress.take(end, at(0)), (Some("in_doubt"), Some(at(900))));
        }
        let end = unread(&ReadError::Lost("broken"));
        assert_eq!(progress.take(end, at(0)), (Some("undo_refused"), None));
        assert_eq!((progress.status, progress.reason.unwrap().code.as_str()), (UndoStatus::Refused, "not_known"));
    }

    #[test]
    fn a_pause_changes_nothing_and_waiting_is_told_once() {
        let mut progress = Progress::new();
        let end = answered(&suspend(), WriteOutcome::NotSent(NotSent::Unreachable), at(0), at(0));
        assert_eq!((progress.take(end, at(0)), progress.clone()), ((None, None), Progress::new()));
        assert_eq!(progress.take(End::Later(at(9)), at(0)), (Some("undo_checked_again"), Some(at(9))));
        assert_eq!(progress.take(End::Later(at(9)), at(1)), (None, Some(at(9))));
        progress.take(End::Undone, at(9));
        assert_eq!((progress.status, progress.reason), (UndoStatus::Undone, None));
    }
}
