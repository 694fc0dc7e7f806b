//! What all clients of one partner share towards one vendor: the limit on requests in flight, and the vendor's clock.

use super::clock::Clock;
use super::settings::InFlight;
use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// The way of one partner to one vendor; clones are the same way.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct Lane {
    pub(in crate::upstream) vendor: Vendor,
    pub(super) permits: Arc<Semaphore>,
    pub(in crate::upstream) clock: Arc<Clock>,
    pub(in crate::upstream) in_flight: usize,
}

impl Lane {
    /// Label in logs and metrics.
    pub(super) fn vendor_name(&self) -> &'static str {
        match self.vendor {
            Vendor::Vsa => "vsa",
            Vendor::Lmp => "lmp",
            Vendor::RemoteManager => "remote_manager",
        }
    }
}

/// All ways in use, made when first asked for.
#[derive(Debug)]
pub(super) struct Lanes {
    in_flight: InFlight,
    lanes: Mutex<HashMap<(PartnerId, Vendor), Lane>>,
}

impl Lanes {
    pub(super) fn new(in_flight: InFlight) -> Self {
        Self { in_flight, lanes: Mutex::default() }
    }

    pub(super) fn lane(&self, partner: PartnerId, vendor: Vendor) -> Lane {
        // Nothing below can panic while the lock is held, and a map of ways is valid in any state.
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.entry((partner, vendor)).or_insert_with(|| self.make(vendor)).clone()
    }

    fn make(&self, vendor: Vendor) -> Lane {
        let in_flight = match vendor {
            Vendor::Vsa => self.in_flight.vsa9,
            Vendor::Lmp => self.in_flight.lmp,
            Vendor::RemoteManager => self.in_flight.remote_manager,
        }
        .max(1);
        Lane { vendor, permits: Arc::new(Semaphore::new(in_flight)), clock: Arc::default(), in_flight }
    }
}
