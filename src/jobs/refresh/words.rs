//! What a failed refresh says to people: what happened, what is kept, what to do.

use super::PartError;
use crate::domain::engine::words::name;
use crate::domain::outcome::{ReadError, Vendor};
use crate::domain::plan::Reason;
use crate::jobs::clients::ClientError;

/// A client that could not be made.
pub(super) fn no_client(error: ClientError) -> PartError {
    tracing::warn!(error = &error as &dyn std::error::Error, "no client for a vendor");
    PartError::NotConnected
}

/// Why a vendor's part is as old as it was.
pub(super) fn failed(vendor: Vendor, error: &PartError) -> Reason {
    let name = name(vendor);
    let (code, what, next) = match error {
        PartError::NotConnected => (
            "not_connected",
            format!("There is no usable connection to {name}."),
            "Enter its address and credentials again.",
        ),
        PartError::Read(error) => read_failed(name, error),
    };
    Reason::new(code, format!("{what} What was read before is kept. {next}"))
}

/// What was read, the database does not take.
pub(super) fn not_stored() -> Reason {
    let message = "What was read could not be stored. What was stored before is kept. Refresh to try again; if it happens again, contact the operator of this service.";
    Reason::new("not_stored", message)
}

fn read_failed(name: &str, error: &ReadError) -> (&'static str, String, &'static str) {
    match error {
        ReadError::CredentialsRefused => (
            "credentials_refused",
            format!("{name} refuses the credentials."),
            "Replace them; the inventory is then read by itself.",
        ),
        ReadError::Forbidden => (
            "forbidden",
            format!("The credentials for {name} lack a right that is needed."),
            "Give the plug-in's user the right to read, then refresh.",
        ),
        ReadError::ClockSkew { seconds } => (
            "clock_skew",
            format!("The clock of this server differs from that of {name} by {} seconds.", seconds.abs()),
            "Set the clock, then refresh.",
        ),
        ReadError::Incomplete(_) => {
            ("incomplete", format!("A list of {name} changed while it was being read."), "Refresh again in a moment.")
        }
        ReadError::Unreadable(_) | ReadError::Refused(_) | ReadError::NotFound => (
            "upstream_unexpected",
            format!("{name} gave an answer that is not understood."),
            "Check that its address is right; the log says more.",
        ),
        ReadError::Unreachable | ReadError::Lost(_) | ReadError::Throttled(_) | ReadError::ServerError(_) => (
            "upstream_unavailable",
            format!("{name} cannot be reached now."),
            "It is tried again with the next refresh.",
        ),
    }
}

/// Both vendors failed.
pub(super) fn both(first: Reason, second: Reason) -> Reason {
    Reason::new(&first.code, format!("{} {}", first.message, second.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_vendor_said_is_repeated() {
        let reason = failed(Vendor::Vsa, &PartError::Read(ReadError::Unreadable("secret".into())));
        assert_eq!(reason.code, "upstream_unexpected");
        assert!(reason.message.contains("What was read before is kept.") && !reason.message.contains("secret"));
    }
}
