//! The Worry-Free customers, their groups, and their first preparation.

use super::super::books::Change;
use super::super::call::Call;
use super::super::trend::Page;
use super::super::world::{Company, State, Version};
use super::targets::{cids, open_cids, require};
use super::{Outcome, Refused};
use serde_json::{Value, json};

fn page(call: &Call) -> Result<Page, Refused> {
    Page::read(call, 100).map_err(|name| Refused::bad(format!("Invalid {name}")))
}

/// The companies a call asks for: those in `cids`, or all that are open.
fn companies<'a>(state: &'a State, ids: Option<&[String]>) -> Vec<&'a Company> {
    match ids {
        Some(ids) => ids.iter().filter_map(|id| state.companies.of(id)).collect(),
        None => state.companies.all().filter(|company| company.is_open(state.now())).collect(),
    }
}

/// Ids as this API writes them.
pub(super) fn upper(id: &str) -> String {
    id.to_ascii_uppercase()
}

/// Customers with Worry-Free; `q` searches in the name.
pub(super) fn list(state: &mut State, call: &Call) -> Outcome {
    let (page, ids) = (page(call)?, open_cids(state, call)?);
    let wanted = call.option("q").unwrap_or_default().to_lowercase();
    let name = |company: &Company| {
        state.market.customer(&company.customer_id).map_or_else(String::new, |customer| customer.name.clone())
    };
    let found = companies(state, ids.as_deref());
    let found: Vec<_> = found.into_iter().filter(|company| name(company).to_lowercase().contains(&wanted)).collect();
    let customers = page.of(found.iter().map(|company| customer(state, company, &name(company))));
    Ok(json!({"paging": page.paging(found.len()), "customers": customers}))
}

fn customer(state: &State, company: &Company, name: &str) -> Value {
    let worry_free = |plan_id: &str| state.market.plan(plan_id).filter(|plan| plan.worry_free);
    let subscriptions = state.market.subscriptions_of(&company.customer_id);
    let newest = subscriptions.filter_map(|found| worry_free(&found.plan_id).map(|plan| (found, plan))).last();
    json!({
        "id": upper(&company.customer_id),
        "eid": upper(&company.eid),
        "name": name,
        "time_zone": "Europe/London",
        "seat_count": newest.map_or(0, |(subscription, _)| subscription.units),
        "expire": newest.map(|(subscription, _)| subscription.expiration.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        "sp_subscription": newest.map(|(_, plan)| plan.name.clone()),
        "license_type": u8::from(newest.is_some_and(|(_, plan)| plan.version == Version::Full)),
        "license_period": newest.map_or(1, |(_, plan)| plan.period_months),
        "auto_renewal": u8::from(newest.is_some_and(|(_, plan)| plan.auto_renewal)),
    })
}

/// Groups per customer.
pub(super) fn groups(state: &mut State, call: &Call) -> Outcome {
    let (page, ids) = (page(call)?, open_cids(state, call)?);
    let found = companies(state, ids.as_deref());
    let group = |group: &super::super::world::Group| json!({"id": group.id, "name": group.name, "type": group.kind});
    let customers = page.of(found.iter().map(|company| {
        json!({
            "id": upper(&company.customer_id),
            "eid": upper(&company.eid),
            "groups": company.groups.iter().map(group).collect::<Vec<_>>(),
        })
    }));
    Ok(json!({"paging": page.paging(found.len()), "customers": customers}))
}

/// Prepares the companies of customers that never signed in.
pub(super) fn initialize(state: &mut State, call: &Call) -> Outcome {
    if !call.body.is_empty() {
        state.ledger.violation(call.api, "initialize has no body");
    }
    let ids = cids(state, call)?.ok_or_else(Refused::cids)?;
    for id in &ids {
        require(state, id, |company, now| company.ready <= now)?;
    }
    for id in &ids {
        if let Some(company) = state.companies.of_mut(id).filter(|company| !company.initialized) {
            company.initialized = true;
            state.ledger.changed(Change::CompanyInitialized);
        }
    }
    Ok(json!({"customers": ids.iter().map(|id| json!({"id": upper(id)})).collect::<Vec<_>>()}))
}
