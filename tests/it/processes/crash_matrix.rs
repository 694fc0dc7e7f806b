//! The crash matrix: every row of the table of crash points, driven in the real process.

use super::half_way::Part;
use super::scenarios::{CUSTOMERS, How, Kind, Recovery, recovery};
use super::site::{LEASE, SETTLE};
use futures_util::{FutureExt, StreamExt, stream};
use std::fmt::Write;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use worryfree_plugin::sandbox::Effect;

/// Cases at the same time; they mostly wait.
const AT_ONCE: usize = 10;

/// How long it may take until somebody else goes on.
const RESUMED_WITHIN: Duration = Duration::from_secs(35);

/// One line of the matrix.
struct Case {
    row: &'static str,
    /// What is being created, and when the process ends.
    moment: &'static str,
    /// Whether the vendor does what it was asked.
    vendor: &'static str,
    how: How,
    lease: Duration,
    /// Requests beyond one for each customer and subscription.
    again: RangeInclusive<usize>,
}

fn case(row: &'static str, moment: &'static str, vendor: &'static str, how: How) -> Case {
    Case { row, moment, vendor, how, lease: LEASE, again: 0..=0 }
}

impl Case {
    /// It is sent once more, after the first was proved not to have happened.
    fn sent_again(self) -> Self {
        Self { again: 1..=1, ..self }
    }

    /// It may be sent once more, by a process that has not noticed yet that it was frozen.
    fn perhaps_sent_again(self) -> Self {
        Self { again: 0..=1, ..self }
    }

    /// The intent is all there is: "not found" may be believed only after the settle time.
    fn is_unsent(&self) -> bool {
        matches!(self.how, How::At("P3" | "P9") | How::OnTheWay(..))
    }

    fn with_default_lease(self) -> Self {
        Self { lease: Duration::from_secs(30), ..self }
    }
}

/// The answer comes long after the process is gone.
const ANSWER_WITHHELD: Effect = Effect::DelayAnswer(Duration::from_secs(20));
/// It takes effect when the process is gone.
const LATE: Effect = Effect::Delay(Duration::from_millis(1500));

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("P0", "before the integration is committed", "not asked", How::At("P0")),
        case("P1", "committed, the answer is not sent", "not asked", How::At("P1")),
        case("P2", "claimed, nothing intended", "not asked", How::At("P2")),
        case("P2", "the same with the default lease of 30 s", "not asked", How::At("P2")).with_default_lease(),
    ];
    cases.extend(creation(Kind::Customer, ["P3", "P4", "P5", "P6", "P7"]));
    cases.push(case("P8", "customer done, subscription not begun", "applied", How::At("P8")));
    cases.extend(creation(Kind::Subscription, ["P9", "P10", "P11", "P12", "P13"]));
    cases.push(case("P15", "done, nobody was told", "applied", How::At("P15")));
    for kind in [Kind::Customer, Kind::Subscription] {
        cases.extend(interruptions(kind));
    }
    cases
}

/// From the intent to the outcome of one creation.
fn creation(kind: Kind, [intended, part, sent, applied, answered]: [&'static str; 5]) -> Vec<Case> {
    vec![
        case(intended, "intent committed, nothing sent", "not asked", How::At(intended)),
        case(part, "part of the request is sent", "not applied", How::OnTheWay(kind, Part::Half)),
        case(sent, "all is sent, it never arrives", "not applied", How::OnTheWay(kind, Part::Nothing)),
        case(sent, "all is sent, it takes effect later", "applied", How::During(kind, LATE)),
        case(
            sent,
            "the connection broke before it took effect",
            "not applied",
            How::Checking(kind, Effect::DropBefore),
        )
        .sent_again(),
        case(applied, "applied, the answer is on its way", "applied", How::During(kind, ANSWER_WITHHELD)),
        case(applied, "applied, the connection broke", "applied", How::Checking(kind, Effect::DropAfter)),
        case(answered, "answer read, outcome not committed", "applied", How::At(answered)),
    ]
}

/// Looks, Stop, the end of a process and frozen processes.
fn interruptions(kind: Kind) -> Vec<Case> {
    let (short, frozen) = (Duration::from_millis(1500), Duration::from_secs(3));
    let intended = if kind == Kind::Customer { "P3" } else { "P9" };
    vec![
        case("P16", "during a look", "applied", How::Looking(kind, Effect::DropAfter)),
        case("P16", "during a look", "not applied", How::Looking(kind, Effect::DropBefore)).sent_again(),
        case("P17", "Stop was read, the request is open", "applied", How::Stopping(kind, ANSWER_WITHHELD)),
        case("P17", "Stop was read, it takes effect later", "applied", How::Stopping(kind, Effect::Delay(frozen))),
        case("P17", "Stop was read, the request never arrives", "not applied", How::StoppingOnTheWay(kind)),
        case("P18", "told to end, the request never arrives", "not applied", How::ToldOnTheWay(kind)),
        case("P18", "told to end, the answer comes", "applied", How::Told(kind, Effect::Delay(short))),
        case("P18", "told to end, the answer is lost", "applied", How::Told(kind, ANSWER_WITHHELD)),
        case("P19", "frozen while it takes effect", "applied", How::Frozen(kind, Effect::DelayAnswer(short))),
        case("P19", "frozen, sends after the settle time", "refused", How::FrozenAt(intended)).perhaps_sent_again(),
        case("P19", "frozen, what it sent arrives after it", "refused", How::FrozenOnTheWay(kind, Part::Half))
            .sent_again(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_process_dies_of_everything_is_made_once() {
    let mut cases = cases();
    if let Ok(wanted) = std::env::var("MATRIX_ROW") {
        cases.retain(|case| case.row == wanted);
    }
    // A case that panics is one that failed; the matrix is complete all the same.
    let run = |case: &Case| AssertUnwindSafe(recovery(case.how.clone(), case.lease)).catch_unwind();
    let numbered = cases.iter().enumerate().map(|(number, case)| run(case).map(move |end| (number, end.ok())));
    let mut recoveries: Vec<_> = stream::iter(numbered).buffer_unordered(AT_ONCE).collect().await;
    recoveries.sort_by_key(|(number, _)| *number);
    let recoveries: Vec<_> = recoveries.into_iter().map(|(_, recovery)| recovery).collect();
    std::io::stdout().write_all(table(&cases, &recoveries).as_bytes()).unwrap();
    for (case, recovery) in cases.iter().zip(recoveries) {
        let (row, moment) = (case.row, case.moment);
        let recovery = recovery.unwrap_or_else(|| panic!("{row}, {moment}: failed, see above"));
        let sent = recovery.writes.customers + recovery.writes.subscriptions;
        let again = sent.checked_sub(2 * CUSTOMERS);
        assert!(again.is_some_and(|again| case.again.contains(&again)), "{row}, {moment}: {sent} requests");
        if case.is_unsent() {
            assert!(recovery.finished >= SETTLE, "{row}, {moment}: sent again before it was settled");
        }
        assert!(recovery.resumed <= RESUMED_WITHIN, "{row}, {moment}: resumed after {:?}", recovery.resumed);
    }
}

fn table(cases: &[Case], recoveries: &[Option<Recovery>]) -> String {
    let mut table = String::from("\n");
    let mut line = |row: &str, [kind, moment, vendor]: [&str; 3], [requests, resumed, finished]: [&str; 3]| {
        writeln!(
            table,
            "| {row:<3} | {kind:<12} | {moment:<44} | {vendor:<11} | {requests:<8} | {resumed:>7} | {finished:>8} |"
        )
        .unwrap();
    };
    line("row", ["creating", "moment", "vendor"], ["requests", "resumed", "finished"]);
    line("---", ["---"; 3], ["---"; 3]);
    for (case, recovery) in cases.iter().zip(recoveries) {
        let kind = match case.how.kind() {
            Some(Kind::Customer) => "customer",
            Some(Kind::Subscription) => "subscription",
            None => "–",
        };
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        let cells = recovery.map_or(["failed".into(), "–".into(), "–".into()], |found| {
            let requests = format!("{} + {}", found.writes.customers, found.writes.subscriptions);
            [requests, seconds(found.resumed), seconds(found.finished)]
        });
        line(case.row, [kind, case.moment, case.vendor], cells.each_ref().map(String::as_str));
    }
    table
}
