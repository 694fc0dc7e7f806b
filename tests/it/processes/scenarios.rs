//! Ways for a process to end in the midst of a run, and what comes after.

use super::books::Writes;
use super::half_way::{HalfWay, Part};
use super::process::Process;
use super::site::{Front, LEASE, PATIENCE, Site, until};
use crate::end_to_end::flow::Ready;
use reqwest::Method;
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};
use worryfree_plugin::sandbox::{Api, Effect, Which, World};

/// What is being created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A customer at LMP.
    Customer,
    /// Its subscription.
    Subscription,
}

impl Kind {
    fn path(self) -> &'static str {
        match self {
            Self::Customer => "/lmpi/v3/customers",
            Self::Subscription => "/lmpi/v3/customers/*/subscriptions",
        }
    }

    fn path_end(self) -> &'static str {
        match self {
            Self::Customer => "/v3/customers",
            Self::Subscription => "/subscriptions",
        }
    }

    fn of(self, writes: Writes) -> usize {
        match self {
            Self::Customer => writes.customers,
            Self::Subscription => writes.subscriptions,
        }
    }
}

/// How a process ends, or stops being there.
#[derive(Debug, Clone)]
pub enum How {
    /// SIGKILL at a named place.
    At(&'static str),
    /// SIGKILL at the named place during the look that follows from what happens to the first such request.
    Looking(Kind, Effect),
    /// SIGKILL once somebody's wish to stop has been read, while what happens to the first such request goes on.
    Stopping(Kind, Effect),
    /// The same while the first such request is on its way and never arrives.
    StoppingOnTheWay(Kind),
    /// SIGKILL while the first such request is on its way.
    OnTheWay(Kind, Part),
    /// SIGKILL while this happens to the first such request.
    During(Kind, Effect),
    /// SIGKILL once the first such request, to which this has happened, is being checked.
    Checking(Kind, Effect),
    /// SIGTERM while this happens to the first such request.
    Told(Kind, Effect),
    /// SIGTERM while the first such request is on its way and never arrives.
    ToldOnTheWay(Kind),
    /// SIGSTOP beyond the lease while this happens to the first such request; SIGCONT after another has done the rest.
    Frozen(Kind, Effect),
    /// SIGSTOP at a named place, beyond the lease and the settle time; SIGCONT after another has done the rest.
    FrozenAt(&'static str),
    /// SIGSTOP beyond the lease while the first such request is on its way; it arrives after another has done the rest.
    FrozenOnTheWay(Kind, Part),
}

impl How {
    /// What is being created at that moment.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::At(point) | Self::FrozenAt(point) => match *point {
                "P3" | "P7" => Some(Kind::Customer),
                "P9" | "P13" => Some(Kind::Subscription),
                _ => None,
            },
            Self::Looking(kind, _)
            | Self::Stopping(kind, _)
            | Self::StoppingOnTheWay(kind)
            | Self::ToldOnTheWay(kind)
            | Self::During(kind, _)
            | Self::Checking(kind, _)
            | Self::Told(kind, _)
            | Self::Frozen(kind, _)
            | Self::OnTheWay(kind, _)
            | Self::FrozenOnTheWay(kind, _) => Some(*kind),
        }
    }
}

/// What came after.
#[derive(Debug, Clone, Copy)]
pub struct Recovery {
    /// What LMP was sent in all.
    pub writes: Writes,
    /// From the end of the process until another had taken the run over.
    pub resumed: Duration,
    /// From the end of the process until every customer was imported.
    pub finished: Duration,
}

/// Customers of each import.
pub const CUSTOMERS: usize = 2;

/// Lets a process end so, lets another go on, and holds the books to one of everything.
pub async fn recovery(how: How, lease: Duration) -> Recovery {
    let mut site = Site::new(World::generated(4, 200, 3)).await.with_lease(lease);
    let half_way = HalfWay::to(site.sandbox.lmp_url()).await;
    site.reach_lmp_at(&half_way.url).await;
    let front = site.front().await;
    let environment = match &how {
        How::At(point) => vec![("PLUGIN_CRASH_AT", *point)],
        How::Looking(..) => vec![("PLUGIN_CRASH_AT", "P16")],
        How::Stopping(..) | How::StoppingOnTheWay(_) => vec![("PLUGIN_CRASH_AT", "P17")],
        How::FrozenAt(point) => vec![("PLUGIN_FREEZE_AT", *point)],
        _ => Vec::new(),
    };
    let process = site.serve_with(&front, &one_by_one(&environment));
    let names = site.names(CUSTOMERS);
    let ready = site.ready(&front, &names).await;
    let mut run = Run { site, front, process, ready, names, half_way };
    let recovery = run.recovery(&how).await;
    run.site.has_one_of_everything_for(&run.names).await;
    run.site.results_and_links_agree().await;
    recovery
}

/// One customer at a time, so that it is certain what was under way.
fn one_by_one<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("PLUGIN__JOBS__ITEMS_IN_FLIGHT", "1")], more].concat()
}

struct Run {
    site: Site,
    front: Front,
    process: Process,
    ready: Ready,
    names: Vec<String>,
    half_way: HalfWay,
}

impl Run {
    async fn recovery(&mut self, how: &How) -> Recovery {
        match how {
            How::At(point) => {
                self.start("first").await;
                self.dies().await;
                let died = Died::now(&self.site).await;
                self.go_on().await;
                self.start_again(point).await;
                self.recovered(died).await
            }
            How::Looking(kind, effect) => {
                self.befalls(*kind, effect);
                self.start("first").await;
                self.dies().await;
                self.goes_on_elsewhere().await
            }
            How::Stopping(kind, effect) => {
                self.befalls(*kind, effect);
                self.start("first").await;
                self.has_arrived(*kind).await;
                self.stopping(["imported", "not_started"]).await
            }
            How::StoppingOnTheWay(kind) => {
                self.never_arrives(*kind).await;
                // Nothing has been made for a customer whose creation was proved absent.
                let first = if *kind == Kind::Customer { "not_started" } else { "imported" };
                self.stopping([first, "not_started"]).await
            }
            How::OnTheWay(kind, part) => {
                self.half_way.hold(kind.path_end(), *part);
                self.start("first").await;
                self.half_way.has_one().await;
                self.process.kill();
                self.goes_on_elsewhere().await
            }
            How::During(kind, effect) => {
                self.befalls(*kind, effect);
                self.start("first").await;
                self.has_arrived(*kind).await;
                self.process.kill();
                self.goes_on_elsewhere().await
            }
            How::Checking(kind, effect) => {
                self.befalls(*kind, effect);
                self.start("first").await;
                let checks =
                    |found: &Value| found["items"].as_array().unwrap().iter().any(|item| item["status"] == "checking");
                self.front.integration(&self.ready, "it is checked", checks).await;
                self.process.kill();
                self.goes_on_elsewhere().await
            }
            How::Told(kind, effect) => {
                self.befalls(*kind, effect);
                self.start("first").await;
                self.has_arrived(*kind).await;
                self.told().await
            }
            How::ToldOnTheWay(kind) => {
                self.never_arrives(*kind).await;
                self.told().await
            }
            How::Frozen(kind, effect) => {
                self.befalls(*kind, effect);
                self.start("first").await;
                self.has_arrived(*kind).await;
                self.process.signal("STOP");
                self.frozen(|_| {}).await
            }
            How::FrozenAt(_) => {
                self.start("first").await;
                until("it is frozen", || async { self.process.is_frozen().then_some(()) }).await;
                self.frozen(Self::what_was_signed_is_too_old).await
            }
            How::FrozenOnTheWay(kind, part) => {
                self.half_way.hold(kind.path_end(), *part);
                self.start("first").await;
                self.half_way.has_one().await;
                self.process.signal("STOP");
                self.frozen(|run| {
                    run.what_was_signed_is_too_old();
                    run.half_way.release();
                })
                .await
            }
        }
    }

    /// The first such request is sent and reaches nobody.
    async fn never_arrives(&mut self, kind: Kind) {
        self.half_way.hold(kind.path_end(), Part::Nothing);
        self.start("first").await;
        self.half_way.has_one().await;
    }

    /// What happens to the first creation.
    fn befalls(&self, kind: Kind, effect: &Effect) {
        let which = Which::new(Api::Lmp).method("POST").path(kind.path()).nth(1);
        self.site.sandbox.faults().on(which, effect.clone());
    }

    /// Integrates; the process may die before it answers.
    async fn start(&self, key: &str) -> Option<u16> {
        let body = json!({ "plan_hash": self.ready.hash() });
        let path = self.ready.path("/integration");
        let answer = self.front.rest.try_send(Method::POST, &path, Some(body), Some(key)).await.ok()?;
        Some(answer.status.as_u16())
    }

    /// Repeats the request that started it, as its sender does that got no answer.
    async fn start_again(&self, point: &str) {
        if point != "P0" && point != "P1" {
            return;
        }
        let began = if point == "P0" { 202 } else { 200 };
        assert_eq!(self.start("second").await, Some(began), "with a key of its own");
        // A key whose request was cut off is free again after two minutes.
        assert_eq!(self.start("first").await, Some(409), "the key is still in use");
        let cut_off = "update idempotency_key set created_at = created_at - interval '2 minutes' where status is null";
        sqlx::query(cut_off).execute(&self.site.pool).await.unwrap();
        assert_eq!(self.start("first").await, Some(200), "it is the same integration");
    }

    async fn has_arrived(&self, kind: Kind) {
        until("the request has arrived", || async { (kind.of(self.site.writes()) == 1).then_some(()) }).await;
    }

    /// Waits until it has killed itself.
    async fn dies(&mut self) {
        let status = self.process.ended(PATIENCE).await;
        assert_eq!(status.signal(), Some(9), "{status}:\n{}", self.process.log());
    }

    /// Starts another process in its place.
    async fn go_on(&mut self) {
        self.process = self.site.serve_with(&self.front, &one_by_one(&[]));
        until("it answers", || async { self.front.try_get("/healthz").await }).await;
    }

    async fn goes_on_elsewhere(&mut self) -> Recovery {
        let died = Died::now(&self.site).await;
        self.go_on().await;
        self.recovered(died).await
    }

    async fn recovered(&self, died: Died) -> Recovery {
        let resumed = died.until_resumed(&self.site).await;
        self.front.imported(&self.ready).await;
        Recovery { writes: self.site.writes(), resumed, finished: died.at.elapsed() }
    }

    /// What is open is settled, nothing else is begun; Retry does the rest.
    async fn stopping(&mut self, expected: [&str; 2]) -> Recovery {
        self.front.rest.ask(&self.ready.path("/integration/stop")).await.is(202);
        self.dies().await;
        let died = Died::now(&self.site).await;
        self.go_on().await;
        let resumed = died.until_resumed(&self.site).await;
        let stopped = self.front.integration(&self.ready, "it stops", |found| found["status"] == "stopped").await;
        let statuses: Vec<_> = stopped["items"].as_array().unwrap().iter().map(|item| &item["status"]).collect();
        assert_eq!(statuses, expected, "{stopped:#}");
        self.front.rest.post(&self.ready.path("/integration/retry"), json!({})).await.is(202);
        self.front.imported(&self.ready).await;
        Recovery { writes: self.site.writes(), resumed, finished: died.at.elapsed() }
    }

    /// Ends in order within 30 s, and sends nothing more.
    async fn told(&mut self) -> Recovery {
        let sent = self.site.writes();
        self.process.signal("TERM");
        let died = Died::now(&self.site).await;
        let status = self.process.ended(Duration::from_secs(30)).await;
        assert!(status.success(), "{status}:\n{}", self.process.log());
        assert_eq!(self.site.writes(), sent, "nothing is begun after the signal");
        self.go_on().await;
        self.recovered(died).await
    }

    /// Another does the rest; then the frozen one wakes up and can do no harm.
    async fn frozen(&mut self, before_it_wakes: impl FnOnce(&Self)) -> Recovery {
        let died = Died::now(&self.site).await;
        let other = self.site.front().await;
        let _other = self.site.serve_with(&other, &one_by_one(&[]));
        until("the other answers", || async { other.try_get("/healthz").await }).await;
        let resumed = died.until_resumed(&self.site).await;
        other.imported(&self.ready).await;
        let finished = died.at.elapsed();
        let before = self.record().await;
        before_it_wakes(self);
        self.process.signal("CONT");
        until("it answers again", || async { self.front.try_get("/healthz").await }).await;
        // Long enough for its calls to end, and for it to renew, poll and record.
        tokio::time::sleep(LEASE + Duration::from_secs(1)).await;
        assert!(self.process.is_running(), "{}", self.process.log());
        assert_eq!(self.record().await, before, "nothing that the frozen process wrote was accepted");
        Recovery { writes: self.site.writes(), resumed, finished }
    }

    /// From now on the vendor refuses what was signed before the outcome could be settled. That takes 15 minutes in life, which
    /// the settle time is longer than; here it takes 3 s, like the settle time.
    fn what_was_signed_is_too_old(&self) {
        self.site.sandbox.world().configure(|quirks| quirks.signed_time_tolerance = chrono::TimeDelta::seconds(3));
    }

    /// All that is recorded of the run.
    async fn record(&self) -> Vec<String> {
        let rows = "select to_jsonb(t)::text from (select * from operation order by operation_id) t
                    union all select to_jsonb(i)::text from integration_item i
                    union all select to_jsonb(r)::text from integration r
                    union all select to_jsonb(l)::text from operation_log l order by 1";
        sqlx::query_scalar(rows).fetch_all(&self.site.pool).await.unwrap()
    }
}

/// When a process ended, and who had the run then.
#[derive(Debug, Clone, Copy)]
struct Died {
    at: Instant,
    epoch: i64,
}

impl Died {
    async fn now(site: &Site) -> Self {
        let at = Instant::now();
        Self { at, epoch: epoch(site).await.map_or(0, |(epoch, _)| epoch) }
    }

    /// How long it takes until somebody else has the run, or it is known to be done.
    async fn until_resumed(self, site: &Site) -> Duration {
        let is_resumed = async || epoch(site).await.filter(|(now, done)| *now > self.epoch || *done);
        until("somebody takes the run over", is_resumed).await;
        self.at.elapsed()
    }
}

async fn epoch(site: &Site) -> Option<(i64, bool)> {
    let row = sqlx::query_as("select epoch, status in ('finished', 'stopped') from integration");
    row.fetch_optional(&site.pool).await.unwrap()
}
