//! What all clients of one partner share towards one API: the limits on requests in flight and on requests in a time,
//! and the vendor's clock.

use super::clock::Clock;
use super::settings::{Budget, InFlight};
use super::slots::{Sharing, Slots};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use governor::{DefaultDirectRateLimiter, RateLimiter};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// An API of a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::upstream) enum Api {
    /// Kaseya VSA 9.
    Vsa9,
    /// Kaseya VSA 10.
    Vsa10,
    /// LMPI.
    Lmp,
    /// SMPI.
    RemoteManager,
    /// Whoever tells who a person is: VSA 9, or a provider of the partner's.
    SignIn,
}

impl Api {
    /// Whose it is.
    pub(in crate::upstream) fn vendor(self) -> Vendor {
        match self {
            Self::Vsa9 | Self::Vsa10 | Self::SignIn => Vendor::Vsa,
            Self::Lmp => Vendor::Lmp,
            Self::RemoteManager => Vendor::RemoteManager,
        }
    }

    /// Label in logs and metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Vsa9 => "vsa",
            Self::Vsa10 => "vsa10",
            Self::Lmp => "lmp",
            Self::RemoteManager => "remote_manager",
            Self::SignIn => "sign_in",
        }
    }
}

/// The way of one partner to one API; clones are the same way.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct Lane {
    pub(in crate::upstream) api: Api,
    pub(super) slots: Arc<Slots>,
    /// For an API that allows so many requests in a time.
    pub(super) pace: Option<Arc<DefaultDirectRateLimiter>>,
    pub(in crate::upstream) clock: Arc<Clock>,
    pub(in crate::upstream) in_flight: usize,
    /// Until when the vendor wants to be left alone.
    rest: Arc<Mutex<Option<Instant>>>,
}

/// However long a pause a vendor asks for, calls wait no longer than this before the vendor is asked again.
const LONGEST_REST: Duration = Duration::from_mins(2);

impl Lane {
    /// The vendor asked one call to wait: all others of this way do, too (`kaseya-vsa10.md` 5: failed calls count).
    pub(super) fn rest(&self, pause: Duration) {
        // Who signs in is one person in front of a screen.
        if self.api == Api::SignIn {
            return;
        }
        let until = Instant::now() + pause.min(LONGEST_REST);
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        *rest = Some(rest.map_or(until, |earlier| earlier.max(until)));
    }

    /// Waits until the vendor may be asked again.
    pub(super) async fn rested(&self) {
        loop {
            let until = *self.rest.lock().unwrap_or_else(PoisonError::into_inner);
            match until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return,
            }
        }
    }
}

/// Calls under way at once to tell who people of one partner are: work that reads VSA must not keep them waiting.
const SIGN_IN_IN_FLIGHT: usize = 4;

/// Names the way of one partner to one API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LaneKey {
    /// Whose.
    pub partner: PartnerId,
    api: Api,
}

impl LaneKey {
    /// As stored.
    pub fn api(self) -> &'static str {
        self.api.name()
    }
}

/// What is wanted and held of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Of which.
    pub key: LaneKey,
    /// Requests in flight that all processes may have together.
    pub limit: usize,
    /// The most requests that this process would have had in flight since it was last asked.
    pub wanted: usize,
    /// Requests it may have in flight now.
    pub held: usize,
}

/// All ways in use, made when first asked for.
#[derive(Debug)]
pub(super) struct Lanes {
    in_flight: InFlight,
    /// Unless the limits are this process's alone.
    pub(super) sharing: Option<Arc<Sharing>>,
    budget: Budget,
    made: Mutex<HashMap<(PartnerId, Api), Lane>>,
}

impl Lanes {
    pub(super) fn new(in_flight: InFlight, budget: Budget) -> Self {
        Self { in_flight, sharing: None, budget, made: Mutex::default() }
    }

    pub(super) fn lane(&self, partner: PartnerId, api: Api) -> Lane {
        // Nothing below can panic while the lock is held, and a map of ways is valid in any state.
        self.made().entry((partner, api)).or_insert_with(|| self.make(api)).clone()
    }

    fn make(&self, api: Api) -> Lane {
        let in_flight = match api {
            Api::Vsa9 => self.in_flight.vsa9,
            Api::Vsa10 => self.in_flight.vsa10,
            Api::Lmp => self.in_flight.lmp,
            Api::RemoteManager => self.in_flight.remote_manager,
            Api::SignIn => SIGN_IN_IN_FLIGHT,
        }
        .max(1);
        let pace = (api == Api::Vsa10).then(|| Arc::new(RateLimiter::direct(self.budget.vsa10())));
        // People who sign in are few, and must not wait until the processes have agreed on shares.
        let sharing = self.sharing.as_ref().filter(|_| api != Api::SignIn);
        let slots = sharing.map_or_else(|| Slots::fixed(in_flight), |sharing| Slots::shared(Arc::clone(sharing)));
        Lane { api, slots: Arc::new(slots), pace, clock: Arc::default(), in_flight, rest: Arc::default() }
    }

    fn made(&self) -> MutexGuard<'_, HashMap<(PartnerId, Api), Lane>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn demands(&self) -> Vec<Demand> {
        let demand = |(&(partner, api), lane): (&(PartnerId, Api), &Lane)| {
            let (wanted, held) = lane.slots.demand();
            let demand = Demand { key: LaneKey { partner, api }, limit: lane.in_flight, wanted, held };
            (api != Api::SignIn && wanted + held > 0).then_some(demand)
        };
        self.made().iter().filter_map(demand).collect()
    }

    pub(super) fn set_share(&self, LaneKey { partner, api }: LaneKey, slots: usize) -> usize {
        self.made().get(&(partner, api)).map_or(0, |lane| lane.slots.set(slots))
    }
}
