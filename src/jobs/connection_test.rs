//! Testing a partner's connections: credentials as they are entered, and once a day those that are stored.

use super::clients::{ClientError, Clients, ConnectionConfig, ConnectionSource};
use super::{JobContext, JobEnd};
use crate::domain::check::{Check, Subject, Verdict};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::{ReadError, Vendor};
use crate::service::connections::Tester;
use crate::service::partners::ConnectionEntry;
use crate::storage::{connections, partners, reservations, tenancy};
use crate::upstream::Progress;
use crate::upstream::transport::Transport;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// The longest that one vendor may take; somebody is waiting in front of a screen.
const PATIENCE: Duration = Duration::from_secs(20);
/// Reading all organizations is worth that much, once the server has answered at all.
const LISTING: Duration = Duration::from_secs(8);
/// Counting devices is worth that much.
const COUNTING: Duration = Duration::from_secs(8);
/// A failed connection is told no sooner: whether something refuses, forbids or is not there makes no difference that can be timed.
const NO_SOONER: Duration = Duration::from_secs(3);
/// Beyond this a clock is worth a word, in seconds.
const CLOCK_TOLERANCE: i64 = 60;
/// Beyond this nothing can be signed.
const CLOCK_LIMIT: i64 = 600;

use Subject::{Authentication, Clock, Connection, LicensePool, Organizations, Rights, ServicePlans};

/// Tests connections before they are stored.
pub struct EnteredTester(Arc<Transport>);

impl EnteredTester {
    /// Everything is sent through `transport`.
    pub fn new(transport: Arc<Transport>) -> Self {
        Self(transport)
    }
}

/// Connections as they were entered.
struct Entered(Vec<(Vendor, ConnectionConfig)>);

impl ConnectionSource for Entered {
    fn connection(&self, _: PartnerId, vendor: Vendor) -> BoxFuture<'_, Result<Option<ConnectionConfig>, ClientError>> {
        let found = self.0.iter().find(|(known, _)| *known == vendor).map(|(_, config)| config.clone());
        async move { Ok(found) }.boxed()
    }
}

impl Tester for EnteredTester {
    fn test(&self, partner: PartnerId, entries: &[ConnectionEntry]) -> BoxFuture<'static, Vec<Check>> {
        let config = |entry: &ConnectionEntry| ConnectionConfig {
            url: entry.url.clone(),
            product: entry.product.map(str::to_owned),
            details: entry.details.clone(),
            credentials: entry.credentials.iter().map(|(name, secret)| ((*name).to_owned(), secret.clone())).collect(),
        };
        let entered = Entered(entries.iter().map(|entry| (entry.vendor, config(entry))).collect());
        let vendors = entries.iter().map(|entry| (entry.vendor, entry.url.clone())).collect();
        let clients = Clients::new(Arc::clone(&self.0), Arc::new(entered));
        let earliest = tokio::time::Instant::now() + NO_SOONER;
        async move {
            let checks = test(&clients, partner, vendors).await;
            if checks.iter().any(|check| check.subject == Connection && check.verdict == Verdict::Failed) {
                tokio::time::sleep_until(earliest).await;
            }
            checks
        }
        .boxed()
    }
}

/// The job: tests what is stored and keeps what was found.
pub async fn run(context: JobContext) -> JobEnd {
    match stored(&context).await {
        Ok(end) => end,
        Err(error) => {
            tracing::warn!(%error, "a test of connections was interrupted by the database, it begins again");
            JobEnd::Again(Duration::from_secs(5))
        }
    }
}

async fn stored(context: &JobContext) -> sqlx::Result<JobEnd> {
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    let vendors = partners::addresses(&mut transaction, context.partner).await?;
    let asked_at = reservations::now(&mut transaction).await?;
    drop(transaction);
    let checks = test(&context.clients, context.partner, vendors).await;
    let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
    if !context.lease.hold(&mut transaction).await? {
        return Ok(JobEnd::Lost);
    }
    for check in checks.iter().filter(|check| check.subject == Authentication && check.verdict != Verdict::Skipped) {
        let is_refused = check.verdict == Verdict::Failed;
        partners::set_refused(&mut transaction, context.partner, check.vendor, is_refused, asked_at).await?;
    }
    connections::put_test(&mut transaction, context.partner, &checks).await?;
    transaction.commit().await?;
    Ok(JobEnd::Done)
}

/// Tests the vendors at these addresses side by side.
async fn test(clients: &Clients, partner: PartnerId, vendors: Vec<(Vendor, String)>) -> Vec<Check> {
    let one = |(vendor, url): (Vendor, String)| async move {
        let checks = async {
            match vendor {
                Vendor::Vsa => vsa(clients, partner).await,
                Vendor::Lmp => lmp(clients, partner).await,
                Vendor::RemoteManager => remote_manager(clients, partner).await,
            }
        };
        match tokio::time::timeout(PATIENCE, checks).await {
            Ok(checks) if url.starts_with("https://") => checks,
            Ok(checks) => checks.into_iter().map(in_clear).collect(),
            Err(_) => failed(vendor, &ReadError::Lost("no answer in time")),
        }
    };
    futures_util::future::join_all(vendors.into_iter().map(|vendor| one(vendor).boxed())).await.concat()
}

/// The same of a connection without encryption, which operators can allow.
fn in_clear(check: Check) -> Check {
    if (check.subject, check.verdict) != (Connection, Verdict::Good) {
        return check;
    }
    Check::amiss(
        check.vendor,
        Connection,
        Verdict::Warning,
        "The server answers, but nothing is encrypted: the operator allows that.",
        "Enter an address that begins with https://, unless the server is on this machine.",
    )
}

async fn vsa(clients: &Clients, partner: PartnerId) -> Vec<Check> {
    const V: Vendor = Vendor::Vsa;
    let vsa = match clients.vsa(partner).await {
        Ok(vsa) => vsa,
        Err(error) => return no_client(V, &error),
    };
    if let Err(error) = vsa.probe().await {
        return failed(V, &error);
    }
    let mut checks = passed(V);
    let organizations = match tokio::time::timeout(LISTING, vsa.organizations(&Progress::new())).await {
        Ok(Ok(organizations)) => organizations,
        // They can be read, or that would have been refused by now; a thousand of them take longer than anybody waits here.
        Err(_) => {
            checks.push(Check::amiss(
                V,
                Organizations,
                Verdict::Warning,
                "Reading all organizations takes longer than this test.",
                "Nothing has to be done: the first refresh reads them all, and tells if it cannot.",
            ));
            return checks;
        }
        Ok(Err(error)) => {
            checks.pop();
            checks.push(Check::amiss(
                V,
                Rights,
                Verdict::Failed,
                format!("Organizations cannot be read: {error}."),
                "Give the plug-in's user a role that may read organizations, and the access token \"REST API (Read, Write)\" and nothing else.",
            ));
            checks.push(Check::skipped(V, Organizations));
            return checks;
        }
    };
    let known = organizations.rows.iter().map(|organization| organization.id.clone()).collect();
    let progress = Progress::new();
    let counted = tokio::time::timeout(COUNTING, vsa.endpoint_counts(&known, &progress)).await;
    checks.push(seen(organizations.rows.len(), counted.map(|counts| counts.map(|counts| counts.unattributed)).ok()));
    checks
}

/// What is visible, and whether the scope hides something: devices of organizations that are not there.
fn seen(organizations: usize, hidden: Option<Result<u32, ReadError>>) -> Check {
    const V: Vendor = Vendor::Vsa;
    if organizations == 0 {
        return Check::amiss(
            V,
            Organizations,
            Verdict::Failed,
            "No organization is visible.",
            "Put all organizations into the scope of the plug-in's user: System > User Security > Scopes.",
        );
    }
    match hidden {
        Some(Ok(0)) => Check::good(V, Organizations, format!("{organizations} are visible, with all their devices.")),
        Some(Ok(devices)) => Check::amiss(
            V,
            Organizations,
            Verdict::Warning,
            format!("{organizations} are visible; {devices} devices belong to others that the scope hides."),
            "Put the missing organizations into the scope of the plug-in's user, if they are to be imported.",
        ),
        Some(Err(error)) => Check::amiss(
            V,
            Organizations,
            Verdict::Warning,
            format!("{organizations} are visible, but devices cannot be counted: {error}."),
            "Let the role of the plug-in's user read agents; without them seats cannot be proposed.",
        ),
        None => Check::good(
            V,
            Organizations,
            format!(
                "{organizations} are visible. Counting their devices takes longer; the first refresh tells whether the scope hides some."
            ),
        ),
    }
}

async fn lmp(clients: &Clients, partner: PartnerId) -> Vec<Check> {
    const V: Vendor = Vendor::Lmp;
    let lmp = match clients.lmp(partner).await {
        Ok(lmp) => lmp,
        Err(error) => return no_client(V, &error),
    };
    let plans = match lmp.service_plans().await {
        Ok(plans) => plans,
        Err(error) => return failed(V, &error),
    };
    let mut checks = passed(V);
    checks.push(match plans.len() {
        0 => Check::amiss(
            V,
            ServicePlans,
            Verdict::Warning,
            "There is none.",
            "Make a service plan in the Licensing Management Platform; without one nothing can be assigned.",
        ),
        count => Check::good(V, ServicePlans, format!("{count} can be assigned.")),
    });
    checks.push(match lmp.license_pools().await {
        Ok(Some(pools)) => Check::good(V, LicensePool, format!("Readable, {} products.", pools.len())),
        Ok(None) => Check::amiss(
            V,
            LicensePool,
            Verdict::Warning,
            "These credentials may not read it.",
            "Nothing has to be done: seats can be assigned, but what is left is unknown until Trend Micro refuses.",
        ),
        Err(error) => Check::amiss(
            V,
            LicensePool,
            Verdict::Warning,
            format!("It cannot be read now: {error}."),
            "Test again later.",
        ),
    });
    checks.push(clock(lmp.clock_offset()));
    checks
}

fn clock(offset: Option<i64>) -> Check {
    const V: Vendor = Vendor::Lmp;
    const ADVICE: &str = "Let the service's machine keep its time by NTP.";
    match offset {
        None => Check::amiss(V, Clock, Verdict::Warning, "The answers carry no time to compare with.", ADVICE),
        Some(seconds) if seconds.abs() > CLOCK_LIMIT => Check::amiss(
            V,
            Clock,
            Verdict::Failed,
            format!("Ours differs from Trend Micro's by {seconds} seconds; requests are refused."),
            ADVICE,
        ),
        Some(seconds) if seconds.abs() > CLOCK_TOLERANCE => Check::amiss(
            V,
            Clock,
            Verdict::Warning,
            format!("Ours differs from Trend Micro's by {seconds} seconds."),
            ADVICE,
        ),
        Some(_) => Check::good(V, Clock, "Ours and Trend Micro's agree within a minute."),
    }
}

async fn remote_manager(clients: &Clients, partner: PartnerId) -> Vec<Check> {
    let found = match clients.remote_manager(partner).await {
        Ok(remote_manager) => remote_manager.probe().await,
        Err(error) => return no_client(Vendor::RemoteManager, &error),
    };
    found.map_or_else(|error| failed(Vendor::RemoteManager, &error), |()| passed(Vendor::RemoteManager))
}

fn passed(vendor: Vendor) -> Vec<Check> {
    vec![
        Check::good(vendor, Connection, "The server answers over a checked, encrypted connection."),
        Check::good(vendor, Authentication, "They are accepted."),
        Check::good(vendor, Rights, "They may read what is needed."),
    ]
}

fn no_client(vendor: Vendor, error: &ClientError) -> Vec<Check> {
    let advice = match error {
        ClientError::Unusable(_) => "Enter the address as it stands in the browser, beginning with https://.",
        _ => "Enter address and credentials again.",
    };
    let mut checks = vec![Check::amiss(vendor, Connection, Verdict::Failed, sentence(error), advice)];
    checks.extend([Authentication, Rights].map(|subject| Check::skipped(vendor, subject)));
    checks
}

fn sentence(error: &ClientError) -> String {
    match error {
        ClientError::Unusable(cause) => format!("The connection cannot be used: {cause}."),
        other => format!("There is no usable connection: {other}."),
    }
}

/// The first read failed: what is known up to there, what failed, and what could not be looked at.
fn failed(vendor: Vendor, error: &ReadError) -> Vec<Check> {
    let (subject, found, advice) = match error {
        ReadError::CredentialsRefused => (
            Authentication,
            "They are refused.".to_owned(),
            match vendor {
                Vendor::Vsa => {
                    "Check user name and access token: the token has to be valid, limited to no other address than the service's, and be for \"REST API (Read, Write)\" only."
                }
                Vendor::Lmp | Vendor::RemoteManager => {
                    "Check access token and secret key; they belong together, and each API has a pair of its own."
                }
            },
        ),
        ReadError::Forbidden => (
            Rights,
            "The credentials lack the right to read.".to_owned(),
            match vendor {
                Vendor::Vsa => "Give the plug-in's user a role and a scope that see every organization.",
                Vendor::Lmp | Vendor::RemoteManager => "Ask Trend Micro to open the API for these credentials.",
            },
        ),
        ReadError::ClockSkew { seconds } => (
            Clock,
            format!("Ours differs from Trend Micro's by {seconds} seconds; requests are refused."),
            "Let the service's machine keep its time by NTP.",
        ),
        // One text for all of it: a test must not tell what there is at addresses that are no vendor's.
        ReadError::Unreachable
        | ReadError::Lost(_)
        | ReadError::Throttled(_)
        | ReadError::ServerError(_)
        | ReadError::NotFound
        | ReadError::Refused(_)
        | ReadError::Unreadable(_)
        | ReadError::Incomplete(_) => (
            Connection,
            "This API does not answer at this address over a checked, encrypted connection.".to_owned(),
            "Check name and port, that the certificate is valid and complete, and that nothing redirects; private addresses are only called if the operator allows it. If all of that is right, try again in a few minutes.",
        ),
    };
    let before: &[Subject] = match subject {
        Connection => &[],
        Authentication | Clock => &[Connection],
        _ => &[Connection, Authentication],
    };
    let mut checks: Vec<_> = passed(vendor).into_iter().filter(|check| before.contains(&check.subject)).collect();
    checks.push(Check::amiss(vendor, subject, Verdict::Failed, found, advice));
    let rest = [Authentication, Rights].into_iter().filter(|later| *later != subject && !before.contains(later));
    checks.extend(rest.map(|later| Check::skipped(vendor, later)));
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_what_failed_and_what_could_not_be_looked_at() {
        let verdicts = |error| failed(Vendor::Lmp, &error).iter().map(|c| (c.subject, c.verdict)).collect::<Vec<_>>();
        assert_eq!(
            verdicts(ReadError::Unreachable),
            [(Connection, Verdict::Failed), (Authentication, Verdict::Skipped), (Rights, Verdict::Skipped)]
        );
        assert_eq!(
            verdicts(ReadError::CredentialsRefused),
            [(Connection, Verdict::Good), (Authentication, Verdict::Failed), (Rights, Verdict::Skipped)]
        );
        assert_eq!(
            verdicts(ReadError::Forbidden),
            [(Connection, Verdict::Good), (Authentication, Verdict::Good), (Rights, Verdict::Failed)]
        );
    }

    #[test]
    fn whatever_does_not_answer_is_told_alike() {
        let told = |error| failed(Vendor::Vsa, &error);
        for error in [
            ReadError::Lost("reset"),
            ReadError::Throttled(None),
            ReadError::ServerError(503),
            ReadError::NotFound,
            ReadError::Unreadable("no JSON".to_owned()),
            ReadError::Incomplete("pages".to_owned()),
        ] {
            assert_eq!(told(error), told(ReadError::Unreachable));
        }
    }

    #[test]
    fn a_scope_that_hides_something_is_told() {
        assert_eq!(seen(0, Some(Ok(0))).verdict, Verdict::Failed);
        assert_eq!(seen(3, Some(Ok(0))).verdict, Verdict::Good);
        let hidden = seen(3, Some(Ok(7)));
        assert!(hidden.verdict == Verdict::Warning && hidden.found.contains("7 devices"));
        assert_eq!(seen(3, Some(Err(ReadError::Forbidden))).verdict, Verdict::Warning);
    }

    #[test]
    fn clocks_may_differ_a_little() {
        let verdicts = [None, Some(-59), Some(61), Some(-700)].map(|offset| clock(offset).verdict);
        assert_eq!(verdicts, [Verdict::Warning, Verdict::Good, Verdict::Warning, Verdict::Failed]);
    }
}
