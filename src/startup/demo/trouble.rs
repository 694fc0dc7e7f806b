//! Vendors that cause what a person has to see to, each kind where one knows to look for it.

use crate::sandbox::{Api, Customer, Effect, Sandbox, Which};
use chrono::Utc;

/// The customer of whose name an account appears, unread, so that its import needs a decision.
const TWIN: &str = "Foundry Lane Brewery";

/// Each kind once: a decision, a refusal, a template that is not applied.
pub fn make(sandbox: &Sandbox) {
    for city in ["Leeds", "Bradford"] {
        let twin = Customer { city: city.to_owned(), created: Utc::now(), ..Customer::named(TWIN) };
        sandbox.world().add_customer(twin);
    }
    let subscriptions = Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers/*/subscriptions");
    sandbox.faults().on(subscriptions.nth(2), Effect::StatusBefore(400));
    sandbox
        .faults()
        .on(Which::new(Api::RemoteManager).method("PUT").path("*/policies").first(2), Effect::StatusBefore(400));
}

/// Trend Micro takes nothing under these credentials any more, although it may still be read.
pub fn refuse(sandbox: &Sandbox) {
    sandbox.faults().on(Which::new(Api::Lmp).method("POST"), Effect::Unauthorized);
}
