//! The vendor: what it holds, and how its answers go wrong.
//!
//! It accepts a request until 900 s after it was signed, may apply it as late as that without telling, and shows new things up to
//! [`LAG`] after they were made. Beyond that nobody could prove absence, and the engine does not claim to.

use super::clock::{Ms, SECOND, at};
use super::figures::{Count, Figures};
use super::rng::Rng;
use super::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use worryfree_plugin::domain::engine::sight;
use worryfree_plugin::domain::ids::{AccountId, LicensePoolId, OperationId, ServicePlanId, SubscriptionId};
use worryfree_plugin::domain::inventory::{self, CreatedBetween};
use worryfree_plugin::domain::operation::OperationKind;
use worryfree_plugin::domain::plan::{PlannedAccount, PlannedSubscription};

/// How long after signing a request is accepted.
pub const SIGNATURE: Ms = 900 * SECOND;

/// How late something new may be shown.
pub const LAG: Ms = 85 * SECOND;

/// How long a caller waits for an answer.
pub const DEADLINE: Ms = 30 * SECOND;

/// What "no licenses left" looks like.
pub const NO_LICENSES: &str = "Not enough licenses left in the pool";

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// As a list shows it.
    pub shown: inventory::Account,
    /// When it was made, by the simulation's time.
    pub created: Ms,
    /// From when it is shown.
    pub visible: Ms,
    /// A person made it.
    pub by_hand: bool,
}

/// A subscription; all are to the same plan.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose.
    pub account: AccountId,
    /// Seats.
    pub seats: u32,
    /// It is not suspended.
    pub enabled: bool,
    /// From when it is shown.
    pub visible: Ms,
    /// What is still shown of its state, and until when.
    pub before: Option<(Ms, bool, u32)>,
}

impl Subscription {
    /// Changes it; until `shown` it looks as it does now.
    fn change(&mut self, now: Ms, shown: Ms, change: impl FnOnce(&mut Self)) {
        let (enabled, seats) = self.shown(now);
        self.before = Some((shown, enabled, seats));
        change(self);
    }

    /// Whether it is shown as enabled, and with how many seats.
    pub fn shown(&self, now: Ms) -> (bool, u32) {
        match self.before {
            Some((until, enabled, seats)) if now < until => (enabled, seats),
            _ => (self.enabled, self.seats),
        }
    }
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// An account with a mark.
    Account {
        /// Its name.
        name: String,
        /// It is refused whatever happens.
        refused: bool,
    },
    /// A subscription.
    Subscription {
        /// Whose.
        account: AccountId,
        /// Seats.
        seats: u32,
        /// Where they come from.
        pool: LicensePoolId,
    },
    /// Seats of a subscription that exists.
    Units {
        /// Which.
        subscription: SubscriptionId,
        /// Seats.
        seats: u32,
        /// Where they come from.
        pool: LicensePoolId,
    },
    /// The suspension of a subscription.
    Suspend {
        /// Which.
        subscription: SubscriptionId,
    },
    /// The seats that a subscription had before.
    Restore {
        /// Which.
        subscription: SubscriptionId,
        /// Seats.
        seats: u32,
    },
    /// A state in Remote Manager.
    Manager {
        /// Whose.
        accounts: Vec<AccountId>,
        /// Which state.
        kind: OperationKind,
    },
}

/// A request on the wire.
#[derive(Debug, Clone)]
pub struct Request {
    /// The operation it belongs to; the vendor knows it only as the mark of an account.
    pub operation: OperationId,
    /// The row it is for.
    pub item: usize,
    /// What it asks for.
    pub wish: Wish,
    /// It is the network's, not ours.
    pub repeated: bool,
}

/// What a request changed.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The row.
    pub item: usize,
    /// What.
    pub kind: OperationKind,
    /// The vendor's id of what was made.
    pub id: Option<String>,
    /// The network repeated the request.
    pub repeated: bool,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// An account.
    Account(AccountId),
    /// A subscription.
    Subscription(SubscriptionId),
    /// A state.
    State,
}

/// An answer as it comes off the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 2xx.
    Made(Made),
    /// 4xx with words.
    Refused(&'static str),
    /// 404: the account is not known yet.
    Unknown,
    /// 4xx that no document tells of.
    Undocumented,
    /// 401.
    Unauthorized,
    /// No connection.
    Unreachable,
    /// No answer in time, or a broken connection.
    Lost,
    /// 5xx.
    ServerError,
    /// 2xx that cannot be read.
    Garbled,
    /// The product is not ready.
    NotReady,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// When it is applied, if at all.
    pub applied: Option<Ms>,
    /// When the caller knows.
    pub answered: Ms,
    /// Given instead of the true answer.
    pub instead: Option<Answer>,
    /// When the network's repetition of it is carried out.
    pub repeated: Option<Ms>,
}

/// Everything the vendor holds.
#[derive(Debug)]
pub struct Vendor {
    /// Accounts, in order of creation.
    pub accounts: Vec<Account>,
    /// Subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// Licenses left.
    pub pools: BTreeMap<LicensePoolId, u32>,
    /// What requests changed, in order.
    pub effects: Vec<Effect>,
    /// From when the product of an account is ready.
    ready: BTreeMap<AccountId, Ms>,
    /// Accounts whose notifications and templates were set.
    pub states: BTreeSet<(AccountId, &'static str)>,
    outage: Option<(Ms, Ms)>,
    quiet_at: Ms,
    faults: u64,
    read_faults: u64,
    repeats: u64,
    refuses_replays: bool,
    held_up: BTreeSet<usize>,
    clock: Ms,
}

impl Vendor {
    /// The vendor as it is when the plan is confirmed.
    pub fn new(scenario: &Scenario) -> Self {
        let mut vendor = Self {
            accounts: Vec::new(),
            subscriptions: Vec::new(),
            pools: scenario.pools.iter().cloned().collect(),
            effects: Vec::new(),
            ready: BTreeMap::new(),
            states: BTreeSet::new(),
            outage: scenario.outage,
            quiet_at: scenario.quiet_at,
            faults: scenario.faults,
            read_faults: scenario.read_faults,
            repeats: scenario.repeats,
            refuses_replays: scenario.refuses_replays,
            held_up: scenario.held_up.clone(),
            clock: scenario.vendor_clock,
        };
        for item in &scenario.items {
            let PlannedAccount::Link { account_id, name } = &item.account else { continue };
            vendor.add_account(account_id.clone(), name, None, (Ms::MIN / 2, Ms::MIN / 2));
            vendor.ready.insert(account_id.clone(), 0);
            if let PlannedSubscription::SetUnits { subscription_id, .. }
            | PlannedSubscription::Keep { subscription_id } = &item.subscription
            {
                vendor.subscriptions.push(Subscription {
                    id: subscription_id.clone(),
                    account: account_id.clone(),
                    seats: item.seats_before.unwrap_or(0),
                    enabled: true,
                    visible: Ms::MIN / 2,
                    before: None,
                });
            }
        }
        vendor
    }

    /// Adds an account.
    pub fn add_account(&mut self, id: AccountId, name: &str, mark: Option<OperationId>, (created, visible): (Ms, Ms)) {
        let by_hand = mark.is_none() && created > Ms::MIN / 2;
        let note = mark.map(sight::note);
        let (name, emergency_email) = (name.to_owned(), None);
        let shown = inventory::Account { id, name, city: None, state: None, country: None, note, emergency_email };
        self.accounts.push(Account { shown, created, visible, by_hand });
    }

    /// Whether credentials are refused at this time.
    pub fn refuses(&self, now: Ms) -> bool {
        self.outage.is_some_and(|(begin, end)| (begin..end).contains(&now))
    }

    /// Whether a reading fails, and how.
    pub fn reading(&self, now: Ms, rng: &mut Rng, figures: &mut Figures) -> Result<(), Answer> {
        if self.refuses(now) {
            figures.add(Count::NotSent);
            return Err(Answer::Unauthorized);
        }
        if now < self.quiet_at && rng.chance(self.read_faults) {
            figures.add(Count::ReadFailed);
            return Err(if rng.chance(150) { Answer::Unreachable } else { Answer::ServerError });
        }
        Ok(())
    }

    /// Draws what becomes of a request that arrives at `now`, and whether it arrives once more.
    pub fn fate(&self, now: Ms, signed: Ms, wish: &Wish, rng: &mut Rng, figures: &mut Figures) -> Fate {
        let is_create = matches!(wish, Wish::Account { .. } | Wish::Subscription { .. });
        let mut fate = self.fate_of_one(now, signed, is_create, rng, figures);
        if let Some(applied) = fate.applied.filter(|_| now < self.quiet_at && rng.chance(self.repeats)) {
            if self.refuses_replays {
                figures.add(Count::RepeatRefused);
            } else {
                figures.add(Count::Repeated);
                let latest = if rng.chance(300) { signed + SIGNATURE } else { applied + 60 * SECOND };
                fate.repeated = Some(rng.between(applied, latest.min(signed + SIGNATURE).max(applied + 1)));
            }
        }
        fate
    }

    fn fate_of_one(&self, now: Ms, signed: Ms, is_create: bool, rng: &mut Rng, figures: &mut Figures) -> Fate {
        let soon = now + rng.between(50, 3 * SECOND);
        let told = |answer| Fate { applied: None, answered: soon, instead: Some(answer), repeated: None };
        if self.refuses(now) || now > signed + SIGNATURE {
            figures.add(Count::NotSent);
            return told(Answer::Unauthorized);
        }
        if now >= self.quiet_at || !rng.chance(self.faults) {
            return Fate { applied: Some(soon), answered: soon, instead: None, repeated: None };
        }
        let lost_at = if rng.chance(500) { now + DEADLINE } else { soon };
        match rng.below(9) {
            8 if is_create => {
                figures.add(Count::RefusedAfterApplying);
                Fate { applied: Some(soon), answered: soon, instead: Some(Answer::Unauthorized), repeated: None }
            }
            0 | 1 => {
                figures.add(Count::AnswerLost);
                Fate { applied: Some(soon), answered: lost_at.max(soon), instead: Some(Answer::Lost), repeated: None }
            }
            2 | 3 => {
                figures.add(Count::AppliedLate);
                let latest = signed + SIGNATURE;
                // Half of them as late as can be: that is where a rule breaks.
                let earliest = if rng.chance(500) { latest - 20 * SECOND } else { soon };
                let applied = rng.between(earliest.min(latest - 1), latest);
                Fate { applied: Some(applied.max(now)), answered: lost_at, instead: Some(Answer::Lost), repeated: None }
            }
            4 => {
                figures.add(Count::NeverApplied);
                Fate { applied: None, answered: lost_at, instead: Some(Answer::Lost), repeated: None }
            }
            5 => {
                figures.add(Count::LiedAfterApplying);
                let lie = match rng.below(3) {
                    0 => Answer::ServerError,
                    1 => Answer::Undocumented,
                    _ => Answer::Garbled,
                };
                Fate { applied: Some(soon), answered: soon, instead: Some(lie), repeated: None }
            }
            6 => {
                figures.add(Count::ServerError);
                told(if rng.chance(250) { Answer::Undocumented } else { Answer::ServerError })
            }
            _ => {
                figures.add(Count::NotSent);
                told(Answer::Unreachable)
            }
        }
    }

    /// Carries a request out.
    pub fn apply(&mut self, now: Ms, request: &Request, rng: &mut Rng, figures: &mut Figures) -> Answer {
        let answer = self.carry_out(now, request, rng, figures);
        let (kind, id) = match (&request.wish, &answer) {
            (Wish::Account { .. }, Answer::Made(Made::Account(id))) => {
                (OperationKind::CreateAccount, Some(id.to_string()))
            }
            (Wish::Subscription { .. }, Answer::Made(Made::Subscription(id))) => {
                (OperationKind::CreateSubscription, Some(id.to_string()))
            }
            (Wish::Units { .. }, Answer::Made(_)) => (OperationKind::SetUnits, None),
            (Wish::Manager { kind, .. }, Answer::Made(_)) => (*kind, None),
            _ => {
                if matches!(answer, Answer::Refused(_)) {
                    figures.add(Count::Refused);
                }
                return answer;
            }
        };
        self.effects.push(Effect { item: request.item, kind, id, repeated: request.repeated });
        answer
    }

    fn carry_out(&mut self, now: Ms, request: &Request, rng: &mut Rng, figures: &mut Figures) -> Answer {
        match &request.wish {
            Wish::Account { refused: true, .. } => Answer::Refused("The city is not known."),
            Wish::Account { name, .. } => {
                let id = AccountId::parse(&format!("account-{}", self.accounts.len())).expect("a valid id");
                let visible = self.visible(now, rng, figures);
                self.add_account(id.clone(), name, Some(request.operation), (now, visible));
                self.ready.insert(id.clone(), now + rng.between(0, 40 * SECOND));
                Answer::Made(Made::Account(id))
            }
            Wish::Subscription { account, seats, pool } => {
                if self.accounts.iter().any(|known| known.shown.id == *account && known.visible > now) {
                    return Answer::Unknown;
                }
                if !self.take(pool, *seats) {
                    return Answer::Refused(NO_LICENSES);
                }
                let visible = self.visible(now, rng, figures);
                Answer::Made(Made::Subscription(self.add_subscription(account.clone(), *seats, visible)))
            }
            Wish::Units { subscription, seats, pool } => {
                let Some(place) = self.subscriptions.iter().position(|found| found.id == *subscription) else {
                    return Answer::Refused("There is no such subscription.");
                };
                let more = seats.saturating_sub(self.subscriptions[place].seats);
                if !self.take(pool, more) {
                    return Answer::Refused(NO_LICENSES);
                }
                let shown = self.visible(now, rng, figures);
                self.subscriptions[place].change(now, shown, |found| found.seats = *seats);
                Answer::Made(Made::State)
            }
            Wish::Suspend { .. } if self.held_up.contains(&request.item) => Answer::Refused("It cannot be suspended."),
            Wish::Suspend { subscription } | Wish::Restore { subscription, .. } => {
                let shown = self.visible(now, rng, figures);
                let Some(found) = self.subscriptions.iter_mut().find(|found| found.id == *subscription) else {
                    return Answer::Refused("There is no such subscription.");
                };
                match &request.wish {
                    Wish::Restore { seats, .. } => found.change(now, shown, |found| found.seats = *seats),
                    _ if !found.enabled => return Answer::Refused("It is suspended already."),
                    _ => found.change(now, shown, |found| found.enabled = false),
                }
                Answer::Made(Made::State)
            }
            Wish::Manager { accounts, kind } => {
                if accounts.iter().any(|account| self.ready.get(account).is_none_or(|ready| *ready > now)) {
                    return Answer::NotReady;
                }
                self.states.extend(accounts.iter().map(|account| (account.clone(), kind.as_str())));
                Answer::Made(Made::State)
            }
        }
    }

    /// Adds a subscription.
    pub fn add_subscription(&mut self, account: AccountId, seats: u32, visible: Ms) -> SubscriptionId {
        let id = SubscriptionId::parse(&format!("subscription-{}", self.subscriptions.len())).expect("a valid id");
        self.subscriptions.push(Subscription { id: id.clone(), account, seats, enabled: true, visible, before: None });
        id
    }

    /// Takes licenses.
    pub fn take(&mut self, pool: &LicensePoolId, seats: u32) -> bool {
        let left = self.pools.entry(pool.clone()).or_default();
        let suffices = *left >= seats;
        if suffices {
            *left -= seats;
        }
        suffices
    }

    fn visible(&self, now: Ms, rng: &mut Rng, figures: &mut Figures) -> Ms {
        if now > self.quiet_at + SIGNATURE || !rng.chance(400) {
            return now;
        }
        figures.add(Count::Lag);
        let longest = if rng.chance(500) { LAG } else { LAG / 4 };
        now + rng.between(longest / 2, longest)
    }

    /// The accounts created in a window by the vendor's clock, as shown now.
    pub fn accounts_between(&self, now: Ms, window: CreatedBetween) -> Vec<inventory::Account> {
        let in_window = |created: Ms| {
            let told = created > Ms::MIN / 2;
            told && (window.start..=window.end).contains(&at(created + self.clock))
        };
        let shown = |account: &&Account| account.visible <= now && in_window(account.created);
        self.accounts.iter().filter(shown).map(|account| account.shown.clone()).collect()
    }

    /// When an account was made.
    pub fn created(&self, id: &AccountId) -> Option<Ms> {
        self.accounts.iter().find(|account| account.shown.id == *id).map(|account| account.created)
    }

    /// The subscriptions of an account, as shown now; all are to the same plan.
    pub fn subscriptions_of(&self, now: Ms, account: &AccountId, plan: &ServicePlanId) -> Vec<inventory::Subscription> {
        let of_account = self.subscriptions.iter().filter(|found| found.visible <= now && found.account == *account);
        let read = |found: &Subscription| inventory::Subscription {
            id: found.id.clone(),
            account_id: found.account.clone(),
            service_plan_id: plan.clone(),
            name: String::new(),
            enabled: found.shown(now).0,
            units: Some(found.shown(now).1),
        };
        of_account.map(read).collect()
    }
}
