//! Subscriptions: create, read, list, set, end.

use super::super::books::Change;
use super::super::call::{Api, Call};
use super::super::quirks::NoSubscription;
use super::super::trend::Page;
use super::super::world::{Plan, Shortage, State, Subscription, Version, new_subscription};
use super::customers::{is_known, range};
use super::{Outcome, Refused};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

const MAX_UNITS: u64 = 999_999;

/// Creates a subscription. A second one to the same product is accepted, as nothing says otherwise, and noted.
pub(super) fn create(state: &mut State, call: &Call, customer_id: &str) -> Outcome {
    let body = call.object().ok_or_else(|| Refused::field("", "The body is not a JSON object."))?;
    note_unknown(state, &body, &["service_plan_id", "units_per_license", "license_start_date"]);
    if !is_known(state, customer_id) {
        return Err(Refused::not_found("customer"));
    }
    let plan_id = body.get("service_plan_id").and_then(Value::as_str).unwrap_or_default();
    let plan = state.market.plan(plan_id).cloned();
    let plan = plan.ok_or_else(|| Refused::field("service_plan_id", "The service_plan_id field is invalid."))?;
    let units = units(&body)?.unwrap_or(1);
    let start = date(&body, "license_start_date")?;
    if state.market.is_subscribed(customer_id, &plan.product_id) {
        let text = format!("a second active subscription to {} at customer {customer_id}", plan.product_name);
        state.ledger.violation(Api::Lmp, text);
    }
    draw(state, &plan.id, 0, units)?;
    let mut created = new_subscription(customer_id, &plan, units, state.now());
    created.created_by_call = true;
    created.start = start.unwrap_or(created.start);
    let answer = json!({
        "subscription_id": created.id,
        "product_name": plan.product_name,
        "service_url": "https://worry-free.example",
        "licenses": [license(&created, Some(&plan))],
    });
    if plan.worry_free {
        let ready = created.created + state.quirks.remote_manager.product_delay;
        state.companies.open(customer_id, ready, false);
    }
    state.market.put_subscription(created);
    state.ledger.changed(Change::SubscriptionCreated);
    Ok(answer)
}

fn note_unknown(state: &mut State, body: &Map<String, Value>, known: &[&str]) {
    let unknown: Vec<_> = body.keys().map(String::as_str).filter(|name| !known.contains(name)).collect();
    if !unknown.is_empty() {
        state.ledger.violation(Api::Lmp, format_args!("unknown fields in a subscription: {}", unknown.join(", ")));
    }
}

/// Units may come as a number or, as one integrator sends them, as text.
fn units(body: &Map<String, Value>) -> Result<Option<u32>, Refused> {
    let number = match body.get("units_per_license") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64(),
    };
    let valid = number.filter(|number| (1..=MAX_UNITS).contains(number)).and_then(|number| u32::try_from(number).ok());
    match valid {
        Some(units) => Ok(Some(units)),
        None => Err(Refused::field("units_per_license", "The units_per_license field is between 1 and 999999.")),
    }
}

fn date(body: &Map<String, Value>, name: &str) -> Result<Option<DateTime<Utc>>, Refused> {
    let Some(text) = body.get(name).and_then(Value::as_str) else { return Ok(None) };
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ")
        .map(|time| Some(time.and_utc()))
        .map_err(|_| Refused::field(name, format!("The {name} field is invalid.")))
}

fn draw(state: &mut State, plan_id: &str, before: u32, after: u32) -> Result<(), Refused> {
    state.market.draw(plan_id, before, after).map_err(|Shortage| {
        let exhausted = state.quirks.lmp.exhausted.clone();
        Refused { status: 400, subject: exhausted.subject, message: exhausted.message }
    })
}

fn license(subscription: &Subscription, plan: Option<&Plan>) -> Value {
    let day = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({
        "ac_code": format!("WF-{}", subscription.id[..8].to_ascii_uppercase()),
        "product_id": plan.map_or("", |plan| plan.product_code.as_str()),
        "version": plan.map_or("full", |plan| plan.version.as_str()),
        "license_start_date": day(subscription.start),
        "license_expiration_date": day(subscription.expiration),
        "start_charge_date": day(subscription.start),
        "grace_period": 30,
        "units": subscription.units,
        "enabled": subscription.enabled && !subscription.suspended,
    })
}

fn details(state: &State, subscription: &Subscription) -> Value {
    let plan = state.market.plan(&subscription.plan_id);
    json!({
        "subscription_id": subscription.id,
        "name": plan.map_or("", |plan| plan.name.as_str()),
        "enabled": subscription.enabled,
        "is_auto_renewal": !subscription.suspended && plan.is_some_and(|plan| plan.auto_renewal),
        "auto_renewal_month": 1,
        "service_url": "https://worry-free.example",
        "expiration_notification": 30,
        "licenses": [license(subscription, plan)],
    })
}

/// The subscription, if it is this customer's.
fn find<'a>(state: &'a State, customer_id: &str, id: &str) -> Result<&'a Subscription, Refused> {
    state
        .market
        .subscription(id)
        .filter(|found| found.customer_id.eq_ignore_ascii_case(customer_id))
        .ok_or_else(|| Refused::not_found("subscription"))
}

/// One subscription.
pub(super) fn read(state: &State, customer_id: &str, id: &str) -> Outcome {
    find(state, customer_id, id).map(|found| details(state, found))
}

/// The subscription of a plan: the newest active one, or the newest.
pub(super) fn id_of_plan(state: &State, customer_id: &str, plan_id: &str) -> Outcome {
    if !is_known(state, customer_id) {
        return Err(Refused::not_found("customer"));
    }
    let of_plan = state
        .market
        .subscriptions_of(customer_id)
        .filter(|found| found.plan_id.eq_ignore_ascii_case(plan_id) && is_shown(state, found));
    match of_plan.max_by_key(|found| (found.enabled, found.created)) {
        Some(found) => Ok(json!({"subscription_id": found.id})),
        None => no_subscription(state.quirks.lmp.no_subscription),
    }
}

fn no_subscription(answer: NoSubscription) -> Outcome {
    match answer {
        NoSubscription::NotFound => Err(Refused::not_found("subscription")),
        NoSubscription::BadRequest => Err(Refused { status: 400, ..Refused::not_found("subscription") }),
        NoSubscription::NullId => Ok(json!({"subscription_id": null})),
        NoSubscription::EmptyBody => Ok(Value::Null),
    }
}

/// New subscriptions show after a lag.
fn is_shown(state: &State, subscription: &Subscription) -> bool {
    !subscription.created_by_call || subscription.created + state.quirks.lmp.subscription_lag <= state.now()
}

/// All subscriptions of the partner over exactly one range.
pub(super) fn list(state: &State, call: &Call) -> Outcome {
    let given = |name: &str| call.option(name).is_some();
    let created = given("created_start") || given("created_end");
    let modified = given("modified_start") || given("modified_end");
    if created == modified {
        return Err(Refused::field("created_start", "Exactly one range is required."));
    }
    let (start, end) = if created {
        range(call, "created_start", "created_end")?
    } else {
        range(call, "modified_start", "modified_end")?
    };
    let page = Page::read(call, 25).map_err(|name| Refused::field(name, "The value is out of range."))?;
    let fits = |found: &&Subscription| {
        let time = if created { found.created } else { found.modified };
        start <= time && time <= end && is_shown(state, found)
    };
    let total = state.market.subscriptions().iter().filter(fits).count();
    let rows = state.market.subscriptions().iter().filter(fits).map(|found| row(state, found));
    let subscriptions = if state.quirks.lmp.repeated_rows { page.overlapping(rows) } else { page.of(rows) };
    Ok(json!({"paging": page.paging(total), "subscriptions": subscriptions}))
}

/// A row of the list: no units.
fn row(state: &State, subscription: &Subscription) -> Value {
    let plan = state.market.plan(&subscription.plan_id);
    json!({
        "subscription_id": subscription.id,
        "name": plan.map_or("", |plan| plan.name.as_str()),
        "enabled": subscription.enabled,
        "is_auto_renewal": !subscription.suspended && plan.is_some_and(|plan| plan.auto_renewal),
        "auto_renewal_month": 1,
        "service_plan_id": subscription.plan_id,
        "customer_id": subscription.customer_id,
    })
}

/// Sets units, plan or an earlier expiry; only for full versions that are active.
pub(super) fn update(state: &mut State, call: &Call, customer_id: &str, id: &str) -> Outcome {
    let body = call.object().ok_or_else(|| Refused::field("", "The body is not a JSON object."))?;
    note_unknown(state, &body, &["units_per_license", "license_expiration_date", "service_plan_id"]);
    let before = find(state, customer_id, id)?.clone();
    let refuse = |message: &str| Err(Refused::field("subscription_id", message));
    if state.market.plan(&before.plan_id).is_some_and(|plan| plan.version == Version::Trial) {
        return refuse("A trial subscription cannot be updated.");
    }
    if !before.enabled || before.suspended {
        return refuse("The subscription is not active.");
    }
    let mut after = Subscription { modified: state.now(), ..before.clone() };
    after.units = units(&body)?.unwrap_or(before.units);
    if let Some(plan_id) = body.get("service_plan_id").and_then(Value::as_str) {
        let plan = state.market.plan(plan_id);
        let plan = plan.ok_or_else(|| Refused::field("service_plan_id", "The service_plan_id field is invalid."))?;
        after.plan_id.clone_from(&plan.id);
    }
    if let Some(expiration) = date(&body, "license_expiration_date")? {
        if expiration >= before.expiration {
            return Err(Refused::field("license_expiration_date", "The date must be before the present one."));
        }
        after.expiration = expiration;
    }
    move_units(state, &before, &after)?;
    let answer = details(state, &after);
    store(state, after, Change::SubscriptionUpdated);
    Ok(answer)
}

/// Units leave the pool of the new plan before they return to that of the old one.
fn move_units(state: &mut State, before: &Subscription, after: &Subscription) -> Result<(), Refused> {
    if before.plan_id == after.plan_id {
        return draw(state, &after.plan_id, before.units, after.units);
    }
    // Giving back first lets a switch within one pool succeed; it is taken back when the new plan's pool refuses.
    draw(state, &before.plan_id, before.units, 0)?;
    draw(state, &after.plan_id, 0, after.units).inspect_err(|_| {
        let _ = state.market.draw(&before.plan_id, 0, before.units);
    })
}

fn store(state: &mut State, subscription: Subscription, change: Change) {
    let id = subscription.id.clone();
    if let Some(kept) = state.market.subscription_mut(&id) {
        *kept = subscription;
        state.ledger.changed(change);
    }
}

/// Ends a subscription at once; its units return to the pool. 200 without a body.
pub(super) fn disable(state: &mut State, customer_id: &str, id: &str) -> Outcome {
    let before = find(state, customer_id, id)?.clone();
    if before.enabled {
        draw(state, &before.plan_id, before.units, 0)?;
        let now = state.now();
        let after = Subscription { enabled: false, modified: now, expiration: now, ..before };
        store(state, after, Change::SubscriptionDisabled);
    }
    Ok(Value::Null)
}

/// Suspends a subscription or lifts the suspension. 200 without a body.
pub(super) fn suspend(state: &mut State, customer_id: &str, id: &str, suspended: bool) -> Outcome {
    let before = find(state, customer_id, id)?.clone();
    let renews = state.market.plan(&before.plan_id).is_some_and(|plan| plan.auto_renewal);
    if !before.enabled || before.suspended == suspended || !renews {
        return Err(Refused::field("subscription_id", "The subscription is not in a state for this."));
    }
    let change = if suspended { Change::SubscriptionSuspended } else { Change::SubscriptionUnsuspended };
    let after = Subscription { suspended, modified: state.now(), ..before };
    store(state, after, change);
    Ok(Value::Null)
}
