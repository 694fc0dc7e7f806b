//! One intended upstream write: its states, and what a look for a lost outcome decides.
//!
//! `intended → done | refused | in_doubt`, `in_doubt → done | absent | needs_person`, `absent → intended`.
//! Source: `security-reliability.md` part 2, rules R1–R5.

use super::ids::OperationId;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// A new LMP customer.
    CreateAccount,
    /// A new subscription.
    CreateSubscription,
    /// Units of a subscription.
    SetUnits,
    /// The product company in Remote Manager.
    InitializeProduct,
    /// Notification recipients in Remote Manager.
    SetNotifications,
    /// Policies and global settings in Remote Manager.
    ApplyTemplate,
}

impl OperationKind {
    /// Whether it sets absolute values, so that sending it again changes nothing.
    pub fn is_repeatable(self) -> bool {
        match self {
            Self::CreateAccount | Self::CreateSubscription => false,
            Self::SetUnits | Self::InitializeProduct | Self::SetNotifications | Self::ApplyTemplate => true,
        }
    }

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateAccount => "create_account",
            Self::CreateSubscription => "create_subscription",
            Self::SetUnits => "set_units",
            Self::InitializeProduct => "initialize_product",
            Self::SetNotifications => "set_notifications",
            Self::ApplyTemplate => "apply_template",
        }
    }

    /// All there are.
    pub const ALL: [Self; 6] = [
        Self::CreateAccount,
        Self::CreateSubscription,
        Self::SetUnits,
        Self::InitializeProduct,
        Self::SetNotifications,
        Self::ApplyTemplate,
    ];

    /// As stored, read back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Recorded; it may have been sent.
    Intended,
    /// It happened, once.
    Done,
    /// It surely did not happen.
    Refused,
    /// It may have happened: look, never resend.
    InDoubt,
    /// Proved not to have happened; may be intended again.
    Absent,
    /// It cannot be settled without somebody's decision.
    NeedsPerson,
}

impl OperationState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::InDoubt => "in_doubt",
            Self::Absent => "absent",
            Self::NeedsPerson => "needs_person",
        }
    }

    /// As stored, read back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Intended, Self::Done, Self::Refused, Self::InDoubt, Self::Absent, Self::NeedsPerson]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// An operation that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its id, which is also the mark that the vendor's record carries.
    pub id: OperationId,
    /// What is written.
    pub kind: OperationKind,
    /// Where it stands.
    pub state: OperationState,
    /// Counts from 1; grows when it is intended again.
    pub attempt: u32,
    /// When it was recorded, by the database's clock.
    pub intended_at: DateTime<Utc>,
    /// Since when its outcome is in doubt, by the database's clock: never before its request was signed.
    pub in_doubt_at: Option<DateTime<Utc>>,
    /// Looks so far.
    pub looks: u32,
    /// The first look after the settle time, if it found nothing.
    pub absent_look_at: Option<DateTime<Utc>>,
    /// When to look next.
    pub next_look_at: Option<DateTime<Utc>>,
}

impl Operation {
    /// The mark in `company.note` that tells the account we created from all others.
    pub fn mark(id: OperationId) -> String {
        format!("wfp:{}", id.0.simple())
    }
}

/// When "not found" becomes "absent".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettleRule {
    /// How long the vendor may still accept or show the request: 15 minutes of signing time and some lag.
    pub settle: TimeDelta,
    /// Between the two looks that prove absence.
    pub gap: TimeDelta,
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Exactly the intended effect.
    One,
    /// More than one, or one that is not quite what was intended.
    Unclear,
    /// Nothing.
    Nothing,
}

/// What follows from a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It happened: take what was found.
    Adopt,
    /// A person has to decide.
    NeedsPerson,
    /// It did not happen: it may be intended again.
    Absent,
    /// Not known yet.
    LookAgain {
        /// When.
        at: DateTime<Utc>,
        /// The first look after the settle time that found nothing, if there has been one.
        absent_look_at: Option<DateTime<Utc>>,
    },
}

/// Judges a look that began at `began`.
///
/// "Present" is believed at once. "Absent" needs two looks, a gap apart, both begun after the settle time (R4).
pub fn judge(operation: &Operation, seen: Seen, began: DateTime<Utc>, rule: SettleRule) -> Verdict {
    match seen {
        Seen::One => return Verdict::Adopt,
        Seen::Unclear => return Verdict::NeedsPerson,
        Seen::Nothing => {}
    }
    let settled_at = operation.in_doubt_at.unwrap_or(began) + rule.settle;
    if began < settled_at {
        let at = (began + early_pause(operation.looks)).min(settled_at);
        return Verdict::LookAgain { at, absent_look_at: None };
    }
    match operation.absent_look_at {
        Some(first) if began >= first + rule.gap => Verdict::Absent,
        Some(first) => Verdict::LookAgain { at: first + rule.gap, absent_look_at: Some(first) },
        None => Verdict::LookAgain { at: began + rule.gap, absent_look_at: Some(began) },
    }
}

/// By when the outcome will be known if nothing is found, to be told to people.
pub fn known_by(operation: &Operation, rule: SettleRule) -> Option<DateTime<Utc>> {
    operation.in_doubt_at.map(|since| since + rule.settle + rule.gap)
}

/// How much is left of a claim that was prolonged `age` ago; nothing begins when nothing is left, even if nobody else has it yet.
pub fn lease_left(age: Duration, length: Duration) -> Duration {
    length.saturating_sub(age)
}

/// Pauses between looks before the settle time: soon at first, then once a minute.
fn early_pause(looks: u32) -> TimeDelta {
    TimeDelta::seconds(match looks {
        0 => 2,
        1 => 5,
        2 => 15,
        3 => 30,
        _ => 60,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: SettleRule = SettleRule { settle: TimeDelta::seconds(960), gap: TimeDelta::seconds(60) };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_000 + seconds, 0).unwrap()
    }

    fn in_doubt(looks: u32, absent_look_at: Option<i64>) -> Operation {
        Operation {
            id: OperationId(uuid::Uuid::nil()),
            kind: OperationKind::CreateAccount,
            state: OperationState::InDoubt,
            attempt: 1,
            intended_at: at(-5),
            in_doubt_at: Some(at(0)),
            looks,
            absent_look_at: absent_look_at.map(at),
            next_look_at: None,
        }
    }

    #[test]
    fn what_is_found_is_believed_at_once() {
        assert_eq!(judge(&in_doubt(0, None), Seen::One, at(1), RULE), Verdict::Adopt);
        assert_eq!(judge(&in_doubt(0, None), Seen::Unclear, at(1), RULE), Verdict::NeedsPerson);
    }

    #[test]
    fn absent_needs_two_looks_after_the_settle_time() {
        let early = judge(&in_doubt(7, None), Seen::Nothing, at(959), RULE);
        assert_eq!(
            early,
            Verdict::LookAgain { at: at(960), absent_look_at: None },
            "one second too early counts for nothing"
        );
        let first = judge(&in_doubt(8, None), Seen::Nothing, at(960), RULE);
        assert_eq!(first, Verdict::LookAgain { at: at(1020), absent_look_at: Some(at(960)) });
        let hasty = judge(&in_doubt(9, Some(960)), Seen::Nothing, at(1019), RULE);
        assert_eq!(hasty, Verdict::LookAgain { at: at(1020), absent_look_at: Some(at(960)) });
        assert_eq!(judge(&in_doubt(9, Some(960)), Seen::Nothing, at(1020), RULE), Verdict::Absent);
    }

    #[test]
    fn looks_come_soon_at_first() {
        let pauses: Vec<_> = (0..6)
            .map(|looks| match judge(&in_doubt(looks, None), Seen::Nothing, at(100), RULE) {
                Verdict::LookAgain { at: next, .. } => (next - at(100)).num_seconds(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(pauses, [2, 5, 15, 30, 60, 60]);
    }

    #[test]
    fn creates_are_never_repeated_blindly() {
        assert!(!OperationKind::CreateAccount.is_repeatable() && !OperationKind::CreateSubscription.is_repeatable());
        assert!(OperationKind::SetUnits.is_repeatable());
    }
}
