//! Mistakes that are planted one at a time: a simulation that finds none of them would prove nothing.

/// A mistake of the simulated worker. The engine itself is never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A create whose answer did not come is sent again.
    RetryOnTimeout,
    /// A create that was answered with a server error is sent again.
    ResendOn500,
    /// The intent is recorded together with the outcome.
    IntentAfterSend,
    /// No write is fenced.
    NoEpochCheck,
    /// Only outcomes are not fenced.
    OutcomeOfLostLease,
    /// One look that finds nothing proves absence.
    AbsentAfterOneLook,
    /// Looks search a window that begins too late.
    WrongWindow,
    /// Looks believe an empty answer from the start.
    SettleIgnored,
    /// Looks take the account that has the right name.
    AdoptByName,
    /// Looks take any new account, whosever mark it carries.
    MarkIgnored,
    /// A worker that takes over does not read open operations.
    OperationForgotten,
    /// A job is claimed although somebody holds it.
    ClaimedTwice,
    /// Rows that grow a subscription ask the pool for all of their seats.
    UnitsAbsolute,
    /// Rows of a pool that may not suffice do not wait for their turn.
    ListOrderIgnored,
    /// "No licenses left" does not end the pool.
    PoolEndIgnored,
    /// What may have happened is recorded as refused.
    DoubtTakenForRefused,
    /// What was refused is recorded as in doubt.
    RefusedTakenForDoubt,
    /// Nothing is looked for before a create.
    NoLookBeforeCreate,
    /// A request is signed when it is sent, however late, not when it is intended.
    SentTooLate,
    /// What a person chose is not taken.
    DecisionForgotten,
    /// Stop is not read.
    StopIgnored,
    /// Whoever wakes after its lease goes on while nobody else has it.
    LeaseAgeIgnored,
    /// Whoever takes over does not know who went without licenses.
    OrderForgotten,
    /// A call for credentials that are refused ends the customer instead of pausing the run.
    PauseTakenForRefused,
    /// Of several accounts with the mark, because the network repeated the request, the first is taken.
    FirstOfSeveral,
    /// An undo begins with the first customer.
    UndoneForwards,
    /// A subscription that an undo does not see yet is taken for ended.
    MissingTakenForEnded,
    /// Units that an undo has restored are not looked at when nothing of the import can arrive any more.
    RestoredUnitsNotLookedAtAgain,
    /// A reversal whose answer was lost is taken for done.
    UndoDoubtTakenForDone,
    /// An undo suspends subscriptions that were there before.
    EverythingSuspended,
    /// An undo does not remove links.
    LinkKept,
    /// The look before a create begins with the confirmation, not with what the person saw.
    WindowFromConfirmation,
    /// Accounts that were there when the plan was confirmed are taken for seen.
    KnownSinceConfirmation,
    /// Windows hold no more than ten minutes between the clocks of the database and the vendor.
    NarrowWindow,
    /// A list from before the first try serves the look before the second.
    ListFromBefore,
    /// A create that was called refused for its credentials is sent again before it can be shown.
    SentBeforeShown,
    /// An undo suspends a subscription that the import has only found.
    FoundIsSuspended,
    /// An undo puts the old seats over a number that somebody has set since.
    SeatsOverwritten,
    /// An undo believes a refusal after a try whose outcome is not known.
    UndoRefusalBelieved,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 39] = [
        Self::RetryOnTimeout,
        Self::ResendOn500,
        Self::IntentAfterSend,
        Self::NoEpochCheck,
        Self::OutcomeOfLostLease,
        Self::AbsentAfterOneLook,
        Self::WrongWindow,
        Self::SettleIgnored,
        Self::AdoptByName,
        Self::MarkIgnored,
        Self::OperationForgotten,
        Self::ClaimedTwice,
        Self::UnitsAbsolute,
        Self::ListOrderIgnored,
        Self::PoolEndIgnored,
        Self::DoubtTakenForRefused,
        Self::RefusedTakenForDoubt,
        Self::NoLookBeforeCreate,
        Self::SentTooLate,
        Self::DecisionForgotten,
        Self::StopIgnored,
        Self::LeaseAgeIgnored,
        Self::OrderForgotten,
        Self::PauseTakenForRefused,
        Self::FirstOfSeveral,
        Self::UndoneForwards,
        Self::MissingTakenForEnded,
        Self::RestoredUnitsNotLookedAtAgain,
        Self::UndoDoubtTakenForDone,
        Self::EverythingSuspended,
        Self::LinkKept,
        Self::WindowFromConfirmation,
        Self::KnownSinceConfirmation,
        Self::NarrowWindow,
        Self::ListFromBefore,
        Self::SentBeforeShown,
        Self::FoundIsSuspended,
        Self::SeatsOverwritten,
        Self::UndoRefusalBelieved,
    ];

    /// The name it is asked for by.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bug| format!("{bug:?}").eq_ignore_ascii_case(text))
    }
}
