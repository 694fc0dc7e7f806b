//! What an integration does next, decided from what is recorded and nothing else.
//!
//! [`next()`] looks at a [`Run`] and names the actions that may begin now; [`answer`] and [`record`] say how their results
//! change what is recorded; [`sight`] says what readings mean; [`pools`] says who is served when licenses are short; [`words`] holds what people are told. The loop in `jobs` only
//! obeys. The rules are those of `security-reliability.md` part 2.

pub mod answer;
mod batch;
mod next;
pub mod pools;
pub mod record;
pub mod sight;
pub mod words;

pub use next::next;
pub use pools::{PoolKey, PoolWatch};

use super::hold::Hold;
use super::integration::{ItemRecord, ItemStatus};
use super::operation::{Operation, OperationKind, OperationState, SettleRule};
use super::outcome::{NotSent, ReadError, Vendor};
use super::plan::{PlannedAccount, PlannedTemplate, Reason};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// How many accounts one call to Remote Manager may name.
pub const BATCH: usize = 10;

/// Limits of a run that are settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Customers that LMP is asked about at the same time.
    pub items_in_flight: usize,
    /// When "not found" becomes "absent".
    pub settle: SettleRule,
    /// How long Remote Manager may take to show the product of a new account.
    pub product_wait: TimeDelta,
    /// How long a batch that is not full waits for others.
    pub linger: TimeDelta,
    /// How long a call for settings waits for accounts whose product is being prepared, unless it is full.
    pub gather: TimeDelta,
    /// Tries of a write that may be repeated, before it is given up.
    pub tries: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            items_in_flight: 8,
            settle: SettleRule { settle: TimeDelta::seconds(960), gap: TimeDelta::seconds(60) },
            product_wait: TimeDelta::seconds(600),
            linger: TimeDelta::seconds(2),
            gather: TimeDelta::seconds(30),
            tries: 5,
        }
    }
}

/// Why a whole run stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseCause {
    /// The vendor refuses the credentials.
    CredentialsRefused,
    /// The credentials lack a right.
    Forbidden,
    /// Our clock is too far from the vendor's.
    ClockSkew {
        /// Ours minus theirs.
        seconds: i64,
    },
    /// The vendor cannot be reached.
    Unreachable,
    /// There are no credentials, or they cannot be opened.
    NotConnected,
    /// An operator has stopped all writes for the partner.
    Frozen,
    /// What is recorded has to be compared with the vendor first.
    Restored,
    /// The credentials belong to another partner at the vendor than the run was begun with.
    OtherPartner,
    /// The clocks of the database and of this process differ too much to compare the vendor's times with.
    DatabaseClock {
        /// The database's minus ours.
        seconds: i64,
    },
}

/// How far the clocks of the database and of a process may be apart before somebody is told, and before nothing is sent any more:
/// the vendor's clock is compared with the process's only.
const CLOCKS_TOLERATED: TimeDelta = TimeDelta::seconds(60);
const CLOCKS_REFUSED: TimeDelta = TimeDelta::minutes(10);

/// What the clocks of the database and of a process say about each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clocks {
    /// They agree.
    Agree,
    /// Somebody should know.
    Differ {
        /// The database's minus ours.
        seconds: i64,
    },
    /// Nothing may be sent.
    Unusable(PauseCause),
}

impl Clocks {
    /// Compares two times that were read at once.
    pub fn compare(database: DateTime<Utc>, ours: DateTime<Utc>) -> Self {
        let apart = database - ours;
        let seconds = apart.num_seconds();
        match apart.abs() {
            apart if apart > CLOCKS_REFUSED => Self::Unusable(PauseCause::DatabaseClock { seconds }),
            apart if apart > CLOCKS_TOLERATED => Self::Differ { seconds },
            _ => Self::Agree,
        }
    }
}

impl From<&Hold> for PauseCause {
    fn from(hold: &Hold) -> Self {
        match hold {
            Hold::Frozen { .. } => Self::Frozen,
            Hold::Restored => Self::Restored,
        }
    }
}

impl From<&NotSent> for PauseCause {
    fn from(why: &NotSent) -> Self {
        match why {
            NotSent::Unreachable => Self::Unreachable,
            NotSent::CredentialsRefused => Self::CredentialsRefused,
            NotSent::Forbidden(_) => Self::Forbidden,
            NotSent::ClockSkew { seconds } => Self::ClockSkew { seconds: *seconds },
        }
    }
}

impl PauseCause {
    /// What a failed reading means for the whole run; `None` if it concerns only the one customer.
    pub fn of_read(error: &ReadError) -> Option<Self> {
        match error {
            ReadError::CredentialsRefused => Some(Self::CredentialsRefused),
            ReadError::Forbidden => Some(Self::Forbidden),
            ReadError::ClockSkew { seconds } => Some(Self::ClockSkew { seconds: *seconds }),
            ReadError::Unreachable => Some(Self::Unreachable),
            ReadError::Lost(_)
            | ReadError::NotFound
            | ReadError::Refused(_)
            | ReadError::Throttled(_)
            | ReadError::ServerError(_)
            | ReadError::Unreadable(_)
            | ReadError::Incomplete(_) => None,
        }
    }

    /// Whether somebody has to replace credentials.
    pub fn needs_credentials(self) -> bool {
        match self {
            Self::CredentialsRefused | Self::Forbidden | Self::NotConnected | Self::OtherPartner => true,
            Self::ClockSkew { .. } | Self::Unreachable | Self::Frozen | Self::Restored | Self::DatabaseClock { .. } => {
                false
            }
        }
    }

    /// Whether the vendor refuses what it was asked for.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::CredentialsRefused | Self::Forbidden)
    }

    /// Whether an operator has to end it, however long that takes.
    fn is_held(self) -> bool {
        matches!(self, Self::Frozen | Self::Restored)
    }
}

/// A run that has stood still for so long ends, and what is in doubt is left to a person (U14).
const PAUSED_FOR_GOOD: TimeDelta = TimeDelta::hours(72);

/// A run that stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Whose fault it is.
    pub vendor: Vendor,
    /// What is wrong.
    pub cause: PauseCause,
    /// When it is probed.
    pub until: DateTime<Utc>,
    /// Probes so far, with those of a pause of the same kind that had ended just before.
    pub probes: u32,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Pause {
    /// A pause that begins now.
    pub fn begin(vendor: Vendor, cause: PauseCause, now: DateTime<Utc>) -> Self {
        Self { vendor, cause, until: now + Self::wait(0), probes: 0, since: now }
    }

    /// The same pause after a probe that failed.
    #[must_use]
    pub fn again(self, cause: PauseCause, now: DateTime<Utc>) -> Self {
        let probes = self.probes + 1;
        Self { cause, until: now + Self::wait(probes), probes, ..self }
    }

    /// Whether it has lasted for so long that the run ends.
    pub fn is_for_good(&self, now: DateTime<Utc>) -> bool {
        !self.cause.is_held() && now >= self.since + PAUSED_FOR_GOOD
    }

    /// Whether another pause is the same one come back.
    fn is_like(&self, vendor: Vendor, cause: PauseCause) -> bool {
        self.vendor == vendor && std::mem::discriminant(&self.cause) == std::mem::discriminant(&cause)
    }

    /// 5 s, doubling to 60 s.
    fn wait(probes: u32) -> TimeDelta {
        TimeDelta::seconds((5_i64 << probes.min(4)).min(60))
    }
}

/// Everything that decides what happens next.
#[derive(Debug, Clone)]
pub struct Run {
    /// In list order.
    pub items: Vec<ItemRecord>,
    /// Customers something is being done for at this moment, by index.
    pub in_flight: BTreeSet<usize>,
    /// A probe is under way.
    pub probing: bool,
    /// Somebody pressed Stop.
    pub stop_requested: bool,
    /// Why it stands still.
    pub paused: Option<Pause>,
    /// Why its steps in Remote Manager stand still; the others go on.
    pub manager_paused: Option<Pause>,
    /// A pause that has ended, and nothing has got on since.
    pub former: Option<Pause>,
    /// Licenses.
    pub pools: PoolWatch,
    /// Remote Manager is connected.
    pub remote_manager: bool,
    /// Customers whose batch was refused: they are tried one by one.
    pub alone: BTreeSet<usize>,
    /// Since when a customer waits to be part of a batch.
    pub ready_since: BTreeMap<usize, DateTime<Utc>>,
    /// Limits.
    pub settings: Settings,
}

impl Run {
    /// A run that begins.
    pub fn new(items: Vec<ItemRecord>, pools: PoolWatch, remote_manager: bool, settings: Settings) -> Self {
        Self {
            items,
            in_flight: BTreeSet::new(),
            probing: false,
            stop_requested: false,
            paused: None,
            manager_paused: None,
            former: None,
            pools,
            remote_manager,
            alone: BTreeSet::new(),
            ready_since: BTreeMap::new(),
            settings,
        }
    }

    /// Has it stand still because of a vendor. If it does already, that goes on; a pause that comes back with nothing done since
    /// goes on where it ended.
    pub fn stand_still(&mut self, vendor: Vendor, cause: PauseCause, now: DateTime<Utc>) -> Pause {
        let former = self.former.filter(|former| former.is_like(vendor, cause));
        let new = former.map_or_else(|| Pause::begin(vendor, cause, now), |former| former.again(cause, now));
        *self.pause_of(vendor).get_or_insert(new)
    }

    /// A probe has failed.
    pub fn still_stands(&mut self, vendor: Vendor, cause: PauseCause, now: DateTime<Utc>) -> Pause {
        let pause = self.pause_of(vendor);
        let next = pause.map_or_else(|| Pause::begin(vendor, cause, now), |pause| pause.again(cause, now));
        *pause.insert(next)
    }

    /// A probe has succeeded.
    pub fn goes_on(&mut self, vendor: Vendor) {
        self.former = self.pause_of(vendor).take();
    }

    /// A step has led to something.
    pub fn gets_on(&mut self) {
        self.former = None;
    }

    /// Why it, or its steps in Remote Manager, stand still.
    pub fn standing(&self) -> Option<Pause> {
        self.paused.or(self.manager_paused)
    }

    fn pause_of(&mut self, vendor: Vendor) -> &mut Option<Pause> {
        if vendor == Vendor::RemoteManager { &mut self.manager_paused } else { &mut self.paused }
    }

    /// Notes since when customers wait to be part of a batch; called before [`next()`].
    pub fn observe(&mut self, now: DateTime<Utc>) {
        for (index, item) in self.items.iter().enumerate() {
            let ready = !item.status.is_final() && Step::of(item).is_batched() && !self.in_flight.contains(&index);
            if ready {
                self.ready_since.entry(index).or_insert(now);
            } else {
                self.ready_since.remove(&index);
            }
        }
    }
}

/// What is due for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Create the account.
    Account,
    /// Create the subscription.
    Subscription,
    /// Set the units of a subscription that exists.
    Units,
    /// Have the product prepared in Remote Manager.
    Product,
    /// Set the recipients of notifications.
    Notifications,
    /// Apply the template.
    Template,
    /// Link.
    Finish,
}

impl Step {
    /// The step that is due: account, subscription or units, product, notifications, template, link.
    pub fn of(item: &ItemRecord) -> Self {
        if item.account_id.is_none() {
            Self::Account
        } else if !item.subscription_done {
            if item.subscription_id.is_some() { Self::Units } else { Self::Subscription }
        } else if item.notifications_done && item.template_done {
            Self::Finish
        } else if !item.product_ready {
            Self::Product
        } else if item.notifications_done {
            Self::Template
        } else {
            Self::Notifications
        }
    }

    /// Whether several customers go into one call.
    pub fn is_batched(self) -> bool {
        match self {
            Self::Product | Self::Notifications | Self::Template => true,
            Self::Account | Self::Subscription | Self::Units | Self::Finish => false,
        }
    }

    /// Whether licenses are still to be taken after it began.
    pub fn is_before_licenses(self) -> bool {
        self < Self::Product
    }
}

/// Something that may begin now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Look, then create the account.
    CreateAccount(usize),
    /// Look, then create the subscription.
    CreateSubscription(usize),
    /// Set the units of a subscription that exists.
    SetUnits(usize),
    /// Have Remote Manager prepare the product.
    EnsureProduct(Vec<usize>),
    /// Set the recipient of notifications.
    SetNotifications {
        /// Who gets them.
        recipient: String,
        /// For whom.
        items: Vec<usize>,
    },
    /// Replicate a model customer's settings.
    ApplyTemplate {
        /// What.
        template: Box<PlannedTemplate>,
        /// For whom.
        items: Vec<usize>,
    },
    /// Look for the effect of a write whose outcome is in doubt.
    Look(usize),
    /// A write was intended by somebody who is gone: it may have been sent.
    Doubt(usize),
    /// Obey what a person decided.
    Obey(usize),
    /// Leave it to a person what became of a write: nobody could be asked for days.
    Leave(usize),
    /// Go on without the steps in Remote Manager, with a warning.
    GiveUp(usize, Reason),
    /// Give a customer its result.
    Finish(usize, ItemStatus, Option<Reason>),
    /// Ask a vendor whether it can be used again, with credentials read afresh.
    Probe(Vendor),
}

impl Action {
    /// The customers it concerns.
    pub fn items(&self) -> &[usize] {
        match self {
            Self::CreateAccount(index)
            | Self::CreateSubscription(index)
            | Self::SetUnits(index)
            | Self::Look(index)
            | Self::Doubt(index)
            | Self::Obey(index)
            | Self::Leave(index)
            | Self::GiveUp(index, _)
            | Self::Finish(index, ..) => std::slice::from_ref(index),
            Self::EnsureProduct(items) | Self::SetNotifications { items, .. } | Self::ApplyTemplate { items, .. } => {
                items
            }
            Self::Probe(_) => &[],
        }
    }
}

/// What to do now, and when to ask again if nothing happens before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// May all begin now.
    pub actions: Vec<Action>,
    /// The next time something becomes due by itself.
    pub wake_at: Option<DateTime<Utc>>,
    /// Every customer has a result and nothing is under way.
    pub ended: bool,
}

/// Whether a write may have had an effect that is not known.
pub(crate) fn is_in_doubt(item: &ItemRecord) -> bool {
    item.operation.as_ref().is_some_and(|operation| operation.state == OperationState::InDoubt)
}

/// Whether units were sent for it and nobody knows whether they are set.
pub(crate) fn units_may_be_set(item: &ItemRecord) -> bool {
    item.operation.as_ref().is_some_and(|operation| operation.kind == OperationKind::SetUnits)
}

/// Whether a create was called refused for its credentials. It may be sent again, but nothing documents that it had no effect.
pub(crate) fn may_be_done(item: &ItemRecord) -> bool {
    let refused = |operation: &Operation| operation.state == OperationState::Absent && !operation.kind.is_repeatable();
    item.refusals > 0 && item.operation.as_ref().is_some_and(refused)
}

/// Whether the account was made by this plug-in for this row.
pub(crate) fn account_was_created(item: &ItemRecord) -> bool {
    matches!(item.plan.account, PlannedAccount::Create(_)) && item.account_id.is_some()
}

/// The status while a write is under way.
pub(crate) fn status_of(kind: OperationKind) -> ItemStatus {
    match kind {
        OperationKind::CreateAccount => ItemStatus::CreatingAccount,
        OperationKind::CreateSubscription | OperationKind::SetUnits => ItemStatus::CreatingSubscription,
        OperationKind::InitializeProduct => ItemStatus::WaitingForProduct,
        OperationKind::SetNotifications => ItemStatus::SettingNotifications,
        OperationKind::ApplyTemplate => ItemStatus::ApplyingTemplate,
    }
}

#[cfg(test)]
mod next_tests;
#[cfg(test)]
mod record_tests;
#[cfg(test)]
mod simulation_tests;
#[cfg(test)]
pub(crate) mod testing;
