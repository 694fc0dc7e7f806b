//! What happened in many seeds, counted.

/// What went wrong on purpose, and what was counted besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Customers of all runs.
    Items,
    /// Intents that were recorded.
    Operations,
    /// Requests the vendor received.
    Requests,
    /// Looks that were answered.
    Looks,
    /// Applied, but the answer was lost.
    AnswerLost,
    /// Applied up to 900 s after it was signed; nobody was told.
    AppliedLate,
    /// Never applied; nobody was told.
    NeverApplied,
    /// A server error or an unreadable answer after it was applied.
    LiedAfterApplying,
    /// Credentials called refused after it was applied.
    RefusedAfterApplying,
    /// A server error without effect.
    ServerError,
    /// Refused in order.
    Refused,
    /// Not reachable or credentials refused.
    NotSent,
    /// A reading failed.
    ReadFailed,
    /// Something new was shown late.
    Lag,
    /// Somebody else took licenses.
    PoolShrank,
    /// Somebody made an account or a subscription by hand.
    MadeByHand,
    /// A worker was killed.
    Crash,
    /// A worker was frozen.
    Freeze,
    /// A worker was told to end in order.
    Shutdown,
    /// A commit failed; every other time it had been carried out.
    DatabaseFailed,
    /// The record refused a write of an old epoch.
    Fenced,
    /// A person pressed Stop.
    Stop,
    /// A person pressed Retry.
    Retry,
    /// A person decided.
    Decision,
    /// The network repeated a request, and the vendor carried it out again.
    Repeated,
    /// The network repeated a request, and the vendor refused it.
    RepeatRefused,
    /// A person had an import taken back.
    Undo,
    /// Requests that reverse something.
    Reversals,
}

const NAMES: [(Count, &str); 28] = [
    (Count::Items, "customers"),
    (Count::Operations, "operations intended"),
    (Count::Requests, "writes the vendor received"),
    (Count::Looks, "looks answered"),
    (Count::AnswerLost, "applied, answer lost"),
    (Count::AppliedLate, "applied late"),
    (Count::NeverApplied, "never applied, no answer"),
    (Count::LiedAfterApplying, "server error or garbled after applying"),
    (Count::RefusedAfterApplying, "called refused after applying"),
    (Count::ServerError, "server error without effect"),
    (Count::Refused, "refused in order"),
    (Count::NotSent, "unreachable or credentials refused"),
    (Count::ReadFailed, "readings failed"),
    (Count::Lag, "shown late"),
    (Count::PoolShrank, "pools shrank"),
    (Count::MadeByHand, "made by hand"),
    (Count::Crash, "workers killed"),
    (Count::Freeze, "workers frozen"),
    (Count::Shutdown, "workers shut down"),
    (Count::DatabaseFailed, "commits failed"),
    (Count::Fenced, "writes of an old epoch refused"),
    (Count::Stop, "stops pressed"),
    (Count::Retry, "retries pressed"),
    (Count::Decision, "decisions taken"),
    (Count::Repeated, "requests repeated by the network"),
    (Count::RepeatRefused, "repeated requests refused"),
    (Count::Undo, "imports taken back"),
    (Count::Reversals, "reversals the vendor received"),
];

/// Figures of one seed or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures([u64; 28]);

impl Figures {
    /// Counts one more.
    pub fn add(&mut self, count: Count) {
        self.0[count as usize] += 1;
    }

    /// Adds those of other seeds.
    pub fn merge(&mut self, other: &Self) {
        for (sum, number) in self.0.iter_mut().zip(other.0) {
            *sum += number;
        }
    }

    /// How many.
    pub fn of(&self, count: Count) -> u64 {
        self.0[count as usize]
    }

    /// Names and numbers, in a fixed order.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        NAMES.iter().map(|(count, name)| (*name, self.of(*count)))
    }
}
