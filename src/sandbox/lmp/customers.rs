//! Customers: create, list over a range of creation, update.

use super::super::books::Change;
use super::super::call::{Api, Call};
use super::super::trend::Page;
use super::super::world::{Customer, CustomerContact, State};
use super::validation::{COMPANY, CONTACT, UPDATE, check, unknown_fields};
use super::{Outcome, Refused};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

/// Creates a customer. A second one of the same name is accepted: no rule against it is known.
pub(super) fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.object().ok_or_else(|| Refused::field("", "The body is not a JSON object."))?;
    let part = |name: &str| body.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let (company, contact) = (part("company"), part("contact"));
    note_unknown(state, &body, &company, &contact);
    check(&company, &COMPANY, "company.")?;
    check(&contact, &CONTACT, "contact.")?;
    let customer = Customer { created: state.now(), created_by_call: true, ..read_customer(&company, &contact) };
    note_same_mark(state, &customer);
    let id = state.market.put_customer(customer);
    state.ledger.changed(Change::CustomerCreated);
    Ok(json!({"customer_id": id}))
}

fn note_unknown(
    state: &mut State,
    body: &Map<String, Value>,
    company: &Map<String, Value>,
    contact: &Map<String, Value>,
) {
    let outer = body.keys().map(String::as_str).filter(|name| !["company", "contact"].contains(name));
    let unknown: Vec<_> =
        outer.chain(unknown_fields(company, &COMPANY)).chain(unknown_fields(contact, &CONTACT)).collect();
    if !unknown.is_empty() {
        state.ledger.violation(Api::Lmp, format_args!("unknown fields in a new customer: {}", unknown.join(", ")));
    }
}

/// A note is where a client marks what it creates: two customers with the same are one intent carried out twice.
fn note_same_mark(state: &mut State, customer: &Customer) {
    let marked = |other: &&Customer| other.created_by_call && other.note == customer.note;
    if !customer.note.is_empty() && state.market.customers().iter().any(|other| marked(&other)) {
        state.ledger.violation(Api::Lmp, format_args!("a second customer with the note {:?}", customer.note));
    }
}

fn read_customer(company: &Map<String, Value>, contact: &Map<String, Value>) -> Customer {
    let text = |object: &Map<String, Value>, name: &str| {
        object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Customer {
        name: text(company, "name"),
        address: text(company, "address"),
        city: text(company, "city"),
        state: text(company, "state"),
        postal_code: text(company, "postal_code"),
        country: text(company, "country"),
        note: text(company, "note"),
        emergency_email: text(company, "emergency_email"),
        contact: CustomerContact {
            first_name: text(contact, "first_name"),
            last_name: text(contact, "last_name"),
            email: text(contact, "email"),
        },
        ..Customer::default()
    }
}

/// Whether a customer is there for calls that name it; a new one may not be yet.
pub(super) fn is_known(state: &State, id: &str) -> bool {
    let since = state.now() - state.quirks.lmp.unknown_customer;
    state.market.customer(id).is_some_and(|customer| !customer.created_by_call || customer.created <= since)
}

/// The customers created in a range, both ends included.
pub(super) fn list(state: &mut State, call: &Call) -> Outcome {
    let range = range(call, "created_start", "created_end")?;
    let page = Page::read(call, 25).map_err(|name| Refused::field(name, "The value is out of range."))?;
    let (now, lag) = (state.now(), state.quirks.lmp.customer_lag);
    let shown = |customer: &&Customer| {
        range.0 <= customer.created
            && customer.created <= range.1
            && (!customer.created_by_call || customer.created + lag <= now)
    };
    let total = state.market.customers().iter().filter(shown).count();
    let without_notes = state.quirks.lmp.without_notes;
    let rows = state.market.customers().iter().filter(shown).map(|customer| {
        let mut row = profile(customer);
        if without_notes {
            row["note"] = Value::Null;
        }
        row
    });
    let customers = if state.quirks.lmp.repeated_rows { page.overlapping(rows) } else { page.of(rows) };
    Ok(json!({"paging": page.paging(total), "customers": customers}))
}

/// Reads the two ends of a range; whole seconds, so the end includes its second.
pub(super) fn range(call: &Call, start: &str, end: &str) -> Result<(DateTime<Utc>, DateTime<Utc>), Refused> {
    let read = |name: &str| {
        let text = call.option(name).ok_or_else(|| Refused::field(name, format!("The {name} field is required.")))?;
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%SZ")
            .map(|time| time.and_utc())
            .map_err(|_| Refused::field(name, format!("The {name} field is invalid.")))
    };
    let (start, end) = (read(start)?, read(end)? + chrono::TimeDelta::milliseconds(999));
    if end < start { Err(Refused::field("created_end", "The range is empty.")) } else { Ok((start, end)) }
}

fn profile(customer: &Customer) -> Value {
    json!({
        "customer_id": customer.id,
        "name": customer.name,
        "address": customer.address,
        "city": customer.city,
        "state": customer.state,
        "postal_code": customer.postal_code,
        "country": customer.country,
        "status": 1,
        "note": customer.note,
        "emergency_email": customer.emergency_email,
    })
}

/// Changes the fields that are given.
pub(super) fn update(state: &mut State, call: &Call, id: &str) -> Outcome {
    let body = call.object().ok_or_else(|| Refused::field("", "The body is not a JSON object."))?;
    let unknown = unknown_fields(&body, &UPDATE).join(", ");
    if !unknown.is_empty() {
        state.ledger.violation(Api::Lmp, format_args!("unknown fields in a customer update: {unknown}"));
    }
    check(&body, &UPDATE, "")?;
    let customer = state.market.customer_mut(id).ok_or_else(|| Refused::not_found("customer"))?;
    for (name, field) in [
        ("name", &mut customer.name),
        ("address", &mut customer.address),
        ("city", &mut customer.city),
        ("state", &mut customer.state),
        ("postal_code", &mut customer.postal_code),
        ("country", &mut customer.country),
        ("note", &mut customer.note),
        ("emergency_email", &mut customer.emergency_email),
    ] {
        if let Some(value) = body.get(name).and_then(Value::as_str) {
            value.clone_into(field);
        }
    }
    let answer = profile(customer);
    state.ledger.changed(Change::CustomerUpdated);
    Ok(answer)
}
