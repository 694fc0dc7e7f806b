//! The tab of customers that have an account.

use super::language::{Words, say};
use super::words::{number_or, when};
use crate::service::inventory::LinkView;

/// Seats and devices side by side, in percent of the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DriftBar {
    /// Seats.
    pub seats: u64,
    /// Devices that have a seat.
    pub used: u64,
    /// Devices that have none.
    pub over: u64,
}

impl DriftBar {
    fn of(seats: Option<u32>, endpoints: Option<u32>) -> Option<Self> {
        let (seats, endpoints) = (u64::from(seats?), u64::from(endpoints?));
        let whole = seats.max(endpoints).max(1);
        let percent = |part: u64| (part * 100).div_ceil(whole);
        let seats_percent = percent(seats);
        Some(if endpoints > seats {
            Self { seats: seats_percent, used: seats_percent, over: 100 - seats_percent }
        } else {
            Self { seats: seats_percent, used: percent(endpoints), over: 0 }
        })
    }
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedRow {
    /// The customer.
    pub name: String,
    /// Its account.
    pub account: String,
    /// Its service plan.
    pub plan: String,
    /// Seats.
    pub seats: String,
    /// Devices.
    pub endpoints: String,
    /// Both as a bar; `None` if one is not known.
    pub bar: Option<DriftBar>,
    /// Kind of difference between seats and devices: `short`, `spare` or empty.
    pub drift: &'static str,
    /// The difference in words.
    pub drift_words: String,
    /// Its template.
    pub template: String,
    /// Who imported it.
    pub by: String,
    /// When.
    pub at: String,
    /// The import that did it.
    pub import_address: String,
}

impl LinkedRow {
    /// A link as the list shows it.
    pub fn of(words: Words, link: LinkView, base: &str) -> Self {
        let (drift, drift_words) = drift(words, link.seats, link.endpoints);
        Self {
            name: link.organization_name,
            account: link.account_name,
            plan: link
                .service_plan_name
                .or(link.service_plan_id.map(String::from))
                .unwrap_or_else(|| words.t("none").into_owned()),
            seats: number_or(words, link.seats, "unknown"),
            endpoints: number_or(words, link.endpoints, "not-read"),
            bar: DriftBar::of(link.seats, link.endpoints),
            drift,
            drift_words,
            template: link
                .template_name
                .or(link.template_id.map(String::from))
                .unwrap_or_else(|| words.t("trend-micro-default").into_owned()),
            by: link.imported_by,
            at: when(words, link.imported_at),
            import_address: format!("{base}/imports/{}/integration", link.import_id),
        }
    }
}

/// More devices than seats, or so many spare seats that licenses lie idle.
fn drift(words: Words, seats: Option<u32>, endpoints: Option<u32>) -> (&'static str, String) {
    let (Some(seats), Some(endpoints)) = (seats, endpoints) else { return ("", String::new()) };
    if endpoints > seats {
        return ("short", say!(words, "linked-short", count = endpoints - seats));
    }
    let spare = seats - endpoints;
    if spare > 10 && spare > endpoints {
        ("spare", say!(words, "linked-idle", count = spare))
    } else {
        (
            "",
            if spare == 0 {
                words.t("linked-none-spare").into_owned()
            } else {
                say!(words, "linked-spare", count = spare)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{DriftBar, drift as drift_in};
    use crate::web::language::english;

    #[test]
    fn a_bar_is_as_long_as_the_greater() {
        let bar = |seats, endpoints| DriftBar::of(Some(seats), Some(endpoints));
        assert_eq!(bar(10, 5), Some(DriftBar { seats: 100, used: 50, over: 0 }));
        assert_eq!(bar(10, 40), Some(DriftBar { seats: 25, used: 25, over: 75 }));
        assert_eq!(bar(0, 0), Some(DriftBar { seats: 0, used: 0, over: 0 }));
        assert_eq!(DriftBar::of(None, Some(1)), None);
    }

    #[test]
    fn drift_is_said_where_it_matters() {
        let drift = |seats, endpoints| drift_in(english(), seats, endpoints);
        assert_eq!(drift(Some(10), Some(12)), ("short", "2 seats short".to_owned()));
        assert_eq!(drift(Some(50), Some(41)).0, "");
        assert_eq!(drift(Some(10), Some(0)).0, "");
        assert_eq!(drift(Some(100), Some(20)).0, "spare");
        assert_eq!(drift(None, Some(20)).0, "");
    }
}
