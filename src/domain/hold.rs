//! Why nothing that would change something at vendors is sent for a partner.

/// A hold on all writes of a partner. Reading goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// An operator has stopped everything.
    Frozen {
        /// Why, in the operator's words; may be empty.
        reason: String,
    },
    /// What is recorded may be older than what was done: the accounts have to be compared first (`security-reliability.md`
    /// part 2, B2).
    Restored,
}
