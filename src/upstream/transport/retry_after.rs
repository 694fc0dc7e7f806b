//! `Retry-After` and `Date` headers.

use chrono::{DateTime, Utc};
use std::time::Duration;

/// Nobody may keep us waiting longer (`security-reliability.md` part 2, U1).
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// Reads `Retry-After`: seconds, or a date counted from the server's own clock.
pub(super) fn retry_after(text: &str, server_now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let wait = http_date(text)?.signed_duration_since(server_now).to_std().unwrap_or(Duration::ZERO);
    Some(wait.min(LONGEST_WAIT))
}

/// Reads a date as HTTP writes it.
pub(super) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_capped() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let read = |text| retry_after(text, now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("86400"), Some(LONGEST_WAIT));
        assert_eq!(read("99999999999999999999999"), Some(LONGEST_WAIT));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("Mon, 07 Nov 1994 08:00:00 GMT"), Some(LONGEST_WAIT));
        assert_eq!(read("soon"), None);
        assert_eq!(read(""), None);
    }
}
