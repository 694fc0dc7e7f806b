//! Times, amounts and states in words.

use super::language::{Words, say};
use crate::domain::import::{ImportStatus, Step};
use crate::domain::integration::{IntegrationStatus, ItemStatus};
use crate::domain::inventory::LicenseVersion;
use chrono::{DateTime, Datelike, Utc};
use std::borrow::Cow;

/// A state that word, shape and colour tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// In words.
    pub word: Cow<'static, str>,
    /// A character whose form differs between kinds.
    pub shape: &'static str,
    /// Names the colour in the style sheet.
    pub kind: &'static str,
}

impl State {
    /// Of a kind, with the text of this key.
    pub fn of(words: Words, kind: Kind, key: &str) -> Self {
        let (shape, kind) = match kind {
            Kind::Good => ("✓", "good"),
            Kind::Warning => ("▲", "warning"),
            Kind::Bad => ("✕", "bad"),
            Kind::Person => ("◆", "person"),
            Kind::Busy => ("◐", "busy"),
            Kind::Idle => ("○", "idle"),
        };
        Self { word: words.t(key), shape, kind }
    }
}

/// What a state means to whoever looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is done.
    Good,
    /// It is done, and something is to be looked at.
    Warning,
    /// It failed.
    Bad,
    /// Somebody is needed.
    Person,
    /// Something is being done.
    Busy,
    /// Nothing is being done.
    Idle,
}

/// Where one customer stands.
pub fn item_state(words: Words, status: ItemStatus) -> State {
    let (kind, key) = match status {
        ItemStatus::Queued => (Kind::Idle, "item-queued"),
        ItemStatus::CreatingAccount => (Kind::Busy, "item-creating-account"),
        ItemStatus::CreatingSubscription => (Kind::Busy, "item-creating-subscription"),
        ItemStatus::WaitingForProduct => (Kind::Busy, "item-waiting-for-product"),
        ItemStatus::SettingNotifications => (Kind::Busy, "item-setting-notifications"),
        ItemStatus::ApplyingTemplate => (Kind::Busy, "item-applying-template"),
        ItemStatus::Checking => (Kind::Busy, "item-checking"),
        ItemStatus::Waiting => (Kind::Idle, "item-waiting"),
        ItemStatus::NeedsCredentials => (Kind::Person, "item-needs-credentials"),
        ItemStatus::Imported => (Kind::Good, "item-imported"),
        ItemStatus::ImportedWithWarning => (Kind::Warning, "item-imported-with-warning"),
        ItemStatus::NoLicenses => (Kind::Bad, "item-no-licenses"),
        ItemStatus::Refused => (Kind::Bad, "item-refused"),
        ItemStatus::NeedsPerson => (Kind::Person, "item-needs-person"),
        ItemStatus::NotStarted => (Kind::Idle, "item-not-started"),
    };
    State::of(words, kind, key)
}

/// Where an import stands.
pub fn import_state(words: Words, status: ImportStatus) -> State {
    let (kind, key) = match status {
        ImportStatus::Draft => (Kind::Idle, "import-draft"),
        ImportStatus::Integrating => (Kind::Busy, "import-integrating"),
        ImportStatus::Stopped => (Kind::Warning, "import-stopped"),
        ImportStatus::Completed => (Kind::Good, "import-completed"),
        ImportStatus::CompletedWithProblems => (Kind::Warning, "import-completed-with-problems"),
    };
    State::of(words, kind, key)
}

/// Where a run stands.
pub fn run_state(words: Words, status: IntegrationStatus, problems: bool) -> State {
    let (kind, key) = match status {
        IntegrationStatus::Queued => (Kind::Idle, "run-queued"),
        IntegrationStatus::Running => (Kind::Busy, "run-running"),
        IntegrationStatus::Waiting => (Kind::Person, "run-waiting"),
        IntegrationStatus::Stopping => (Kind::Busy, "run-stopping"),
        IntegrationStatus::Stopped => (Kind::Warning, "run-stopped"),
        IntegrationStatus::Finished if problems => (Kind::Warning, "run-finished-with-problems"),
        IntegrationStatus::Finished => (Kind::Good, "run-finished"),
    };
    State::of(words, kind, key)
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
pub fn step_title(words: Words, step: Step) -> Cow<'static, str> {
    words.t(match step {
        Step::Accounts => "accounts-title",
        Step::Notifications => "notifications-title",
        Step::ServicePlans => "plans-title",
        Step::Templates | Step::Ready => "templates-title",
    })
}

/// Trial or full.
pub fn license_version(words: Words, version: LicenseVersion) -> Cow<'static, str> {
    words.t(match version {
        LicenseVersion::Trial => "version-trial",
        LicenseVersion::Full => "version-full",
    })
}

/// A moment, to the minute.
pub fn when(words: Words, at: DateTime<Utc>) -> String {
    moment(words, at, "%H:%M")
}

/// A moment, to the second.
pub fn when_exactly(words: Words, at: DateTime<Utc>) -> String {
    moment(words, at, "%H:%M:%S")
}

/// The year is text: no language sets its thousands apart.
fn moment(words: Words, at: DateTime<Utc>, time: &str) -> String {
    let time = at.format(time).to_string();
    say!(words, "moment", year = at.year().to_string(), month = at.month(), day = at.day(), time = time)
}

/// How long ago.
pub fn ago(words: Words, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - at).num_minutes();
    match minutes {
        ..1 => words.t("ago-now").into_owned(),
        1..60 => say!(words, "ago-minutes", count = minutes),
        60..2880 => say!(words, "ago-hours", count = minutes / 60),
        _ => say!(words, "ago-days", count = minutes / 1440),
    }
}

/// An amount with its sign, as exact as it is: "+EUR 1,250.00".
pub fn money(words: Words, amount: rust_decimal::Decimal, currency: &str) -> String {
    let sign = if amount.is_zero() {
        "±"
    } else if amount.is_sign_negative() {
        "−"
    } else {
        "+"
    };
    let digits = amount.abs().to_string();
    let amount = digits.parse().map_or(digits, |amount| words.decimal(&amount));
    say!(words, "money", sign = sign, currency = currency, amount = amount)
}

/// A number that may be unknown; then the text of a key.
pub fn number_or(words: Words, value: Option<u32>, unknown: &str) -> String {
    value.map_or_else(|| words.t(unknown).into_owned(), |value| words.number(value.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::language::{all, english, tagged};
    use chrono::TimeDelta;

    #[test]
    fn numbers_and_nouns() {
        assert_eq!(english().number(0), "0");
        assert_eq!(english().number(999), "999");
        assert_eq!(english().number(1_234_567), "1,234,567");
        let customers = |words: Words, count: u32| say!(words, "customers-count", count = count);
        assert_eq!(customers(english(), 1), "1 customer");
        assert_eq!(customers(english(), 1_000), "1,000 customers");
        let [german, japanese] = ["de", "ja"].map(|tag| tagged(tag).unwrap());
        assert_eq!([german.number(1_234), japanese.number(1_234)], ["1.234", "1,234"]);
        assert_eq!(customers(german, 1), "1 Kunde");
        assert_eq!(customers(german, 1_000), "1.000 Kunden");
    }

    #[test]
    fn moments_are_written_as_the_language_does() {
        let at: DateTime<Utc> = "2026-03-05T09:07:02Z".parse().unwrap();
        assert_eq!(when(english(), at), "5 Mar 2026, 09:07 UTC");
        let [german, japanese] = ["de", "ja"].map(|tag| tagged(tag).unwrap());
        assert_eq!(when(german, at), "5.3.2026, 09:07 UTC");
        assert_eq!(when_exactly(japanese, at), "2026年3月5日 09:07:02 UTC");
    }

    #[test]
    fn amounts_keep_their_digits() {
        let shown = |text: &str| money(english(), text.parse().unwrap(), "EUR");
        assert_eq!(shown("1250.00"), "+EUR 1,250.00");
        assert_eq!(shown("-0.375"), "−EUR 0.375");
        assert_eq!(shown("0.00"), "±EUR 0.00");
        assert_eq!(money(english(), "12000".parse().unwrap(), "JPY"), "+JPY 12,000");
        assert_eq!(money(tagged("de").unwrap(), "-1250.50".parse().unwrap(), "EUR"), "−1.250,50 EUR");
    }

    #[test]
    fn ages() {
        let now = Utc::now();
        let age = |minutes| ago(english(), now - TimeDelta::minutes(minutes), now);
        assert_eq!(
            [age(-5), age(0), age(1), age(59), age(120), age(2880)],
            ["just now", "just now", "1 minute ago", "59 minutes ago", "2 hours ago", "2 days ago"]
        );
    }

    #[test]
    fn every_status_has_its_own_words() {
        for language in all() {
            let words: std::collections::HashSet<_> =
                ItemStatus::ALL.iter().map(|status| item_state(language, *status).word).collect();
            assert_eq!(words.len(), ItemStatus::ALL.len(), "{language:?}");
        }
    }
}
