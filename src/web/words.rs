//! Numbers, times and states in words.

use crate::domain::import::{ImportStatus, Step};
use crate::domain::integration::{IntegrationStatus, ItemStatus};
use crate::domain::inventory::LicenseVersion;
use chrono::{DateTime, Utc};

/// A state that word, shape and colour tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// In words.
    pub word: &'static str,
    /// A character whose form differs between kinds.
    pub shape: &'static str,
    /// Names the colour in the style sheet.
    pub kind: &'static str,
}

const fn good(word: &'static str) -> State {
    State { word, shape: "✓", kind: "good" }
}

const fn warning(word: &'static str) -> State {
    State { word, shape: "▲", kind: "warning" }
}

const fn bad(word: &'static str) -> State {
    State { word, shape: "✕", kind: "bad" }
}

const fn person(word: &'static str) -> State {
    State { word, shape: "◆", kind: "person" }
}

const fn busy(word: &'static str) -> State {
    State { word, shape: "◐", kind: "busy" }
}

const fn idle(word: &'static str) -> State {
    State { word, shape: "○", kind: "idle" }
}

/// Where one customer stands.
pub fn item_state(status: ItemStatus) -> State {
    match status {
        ItemStatus::Queued => idle("Waiting for its turn"),
        ItemStatus::CreatingAccount => busy("Creating the account"),
        ItemStatus::CreatingSubscription => busy("Assigning the service plan"),
        ItemStatus::WaitingForProduct => busy("Waiting until Worry-Free Services is ready"),
        ItemStatus::SettingNotifications => busy("Setting the notifications"),
        ItemStatus::ApplyingTemplate => busy("Applying the template"),
        ItemStatus::Checking => busy("Checking with Trend Micro"),
        ItemStatus::Waiting => idle("Will be tried again"),
        ItemStatus::NeedsCredentials => person("Waiting for credentials"),
        ItemStatus::Imported => good("Imported"),
        ItemStatus::ImportedWithWarning => warning("Imported with a warning"),
        ItemStatus::NoLicenses => bad("Not imported: no licenses"),
        ItemStatus::Refused => bad("Failed"),
        ItemStatus::NeedsPerson => person("Needs you"),
        ItemStatus::NotStarted => idle("Not started"),
    }
}

/// Where an import stands.
pub fn import_state(status: ImportStatus) -> State {
    match status {
        ImportStatus::Draft => idle("Being prepared"),
        ImportStatus::Integrating => busy("Integrating"),
        ImportStatus::Stopped => warning("Stopped"),
        ImportStatus::Completed => good("Completed"),
        ImportStatus::CompletedWithProblems => warning("Completed with problems"),
    }
}

/// Where a run stands.
pub fn run_state(status: IntegrationStatus, problems: bool) -> State {
    match status {
        IntegrationStatus::Queued => idle("About to start"),
        IntegrationStatus::Running => busy("Running"),
        IntegrationStatus::Waiting => person("Standing still"),
        IntegrationStatus::Stopping => busy("Stopping: finishing the customers under way"),
        IntegrationStatus::Stopped => warning("Stopped"),
        IntegrationStatus::Finished if problems => warning("Finished with problems"),
        IntegrationStatus::Finished => good("Finished"),
    }
}

/// Last part of a step's address.
pub fn step_path(step: Step) -> &'static str {
    match step {
        Step::Accounts => "accounts",
        Step::Notifications => "notifications",
        Step::ServicePlans => "service-plans",
        Step::Templates | Step::Ready => "templates",
    }
}

/// A step's title, as the vendor's manual has it.
pub fn step_title(step: Step) -> &'static str {
    match step {
        Step::Accounts => "Integrate Kaseya Customers with Trend Micro Accounts",
        Step::Notifications => "Trend Micro Customer Notifications",
        Step::ServicePlans => "Assign Service Plan",
        Step::Templates | Step::Ready => "Assign Template",
    }
}

/// Trial or full.
pub fn license_version(version: LicenseVersion) -> &'static str {
    match version {
        LicenseVersion::Trial => "Trial",
        LicenseVersion::Full => "Full",
    }
}

/// A moment, to the minute.
pub fn when(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// How long ago.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - at).num_minutes();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{} ago", count(minutes.unsigned_abs(), "minute")),
        60..2880 => format!("{} ago", count(minutes.unsigned_abs() / 60, "hour")),
        _ => format!("{} ago", count(minutes.unsigned_abs() / 1440, "day")),
    }
}

/// A number with its thousands set apart.
pub fn number(value: impl Into<u64>) -> String {
    let digits = value.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount with its sign, as exact as it is: "+EUR 1,250.00".
pub fn money(amount: rust_decimal::Decimal, currency: &str) -> String {
    let sign = if amount.is_zero() {
        "±"
    } else if amount.is_sign_negative() {
        "−"
    } else {
        "+"
    };
    let text = amount.abs().to_string();
    let (whole, decimals) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), number);
    let decimals = decimals.map(|decimals| format!(".{decimals}")).unwrap_or_default();
    format!("{sign}{currency} {whole}{decimals}")
}

/// A number that may be unknown.
pub fn number_or(value: Option<u32>, unknown: &str) -> String {
    value.map_or_else(|| unknown.to_owned(), number)
}

/// "1 customer", "3 customers".
pub fn count(value: impl Into<u64>, noun: &str) -> String {
    let value = value.into();
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn numbers_and_nouns() {
        assert_eq!(number(0_u32), "0");
        assert_eq!(number(999_u32), "999");
        assert_eq!(number(1_234_567_u64), "1,234,567");
        assert_eq!(count(1_u32, "customer"), "1 customer");
        assert_eq!(count(1_000_u32, "customer"), "1,000 customers");
    }

    #[test]
    fn amounts_keep_their_digits() {
        let shown = |text: &str| money(text.parse().unwrap(), "EUR");
        assert_eq!(shown("1250.00"), "+EUR 1,250.00");
        assert_eq!(shown("-0.375"), "−EUR 0.375");
        assert_eq!(shown("0.00"), "±EUR 0.00");
        assert_eq!(money("12000".parse().unwrap(), "JPY"), "+JPY 12,000");
    }

    #[test]
    fn ages() {
        let now = Utc::now();
        let age = |minutes| ago(now - TimeDelta::minutes(minutes), now);
        assert_eq!(
            [age(-5), age(0), age(1), age(59), age(120), age(2880)],
            ["just now", "just now", "1 minute ago", "59 minutes ago", "2 hours ago", "2 days ago"]
        );
    }

    #[test]
    fn every_status_has_its_own_words() {
        let words: std::collections::HashSet<_> =
            ItemStatus::ALL.iter().map(|status| item_state(*status).word).collect();
        assert_eq!(words.len(), ItemStatus::ALL.len());
    }
}
