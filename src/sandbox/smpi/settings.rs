//! Policies, global settings, notification settings.

use super::super::books::Change;
use super::super::call::Call;
use super::super::chance::guid;
use super::super::world::{Company, SYSTEMS, State};
use super::customers::upper;
use super::targets::{gids, is_sync, open_cids, require, written};
use super::{Outcome, Refused};
use serde_json::{Map, Value, json};

type Settings = Map<String, Value>;

/// The operating system a policy call is about.
fn system(call: &Call) -> Result<String, Refused> {
    let system = call.option("os").unwrap_or_else(|| "win".to_owned());
    if SYSTEMS.contains(&system.as_str()) { Ok(system) } else { Err(Refused::bad("Invalid os")) }
}

/// Keeps the parts named by `fields`.
fn narrowed(settings: &Settings, call: &Call) -> Settings {
    let Some(fields) = call.option("fields") else { return settings.clone() };
    let wanted: Vec<_> = fields.split(',').map(str::trim).collect();
    let kept = settings.iter().filter(|(name, _)| wanted.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The answer of a write: a task, or nothing when it was waited for.
fn written_answer(call: &Call) -> Value {
    if is_sync(call) { Value::Null } else { json!({"task": {"id": upper(&guid()), "status": "PENDING"}}) }
}

/// The policies of exactly one customer.
pub(super) fn read_policies(state: &mut State, call: &Call) -> Outcome {
    let (system, gids) = (system(call)?, gids(call)?);
    let ids = open_cids(state, call)?.filter(|ids| ids.len() == 1).ok_or_else(Refused::cids)?;
    let company = state.companies.of(&ids[0]).ok_or_else(Refused::cids)?;
    let groups: Vec<_> = company
        .groups
        .iter()
        .filter(|group| gids.as_ref().is_none_or(|wanted| wanted.contains(&group.id)))
        .filter_map(|group| Some((group, company.policies.get(&(group.id, system.clone()))?)))
        .map(|(group, policy)| json!({"id": group.id, "name": group.name, "policy": narrowed(policy, call)}))
        .collect();
    let customer = json!({"id": upper(&company.customer_id), "eid": upper(&company.eid), "groups": groups});
    Ok(json!({"paging": {"total": 1, "limit": 100, "page": 1}, "customers": [customer]}))
}

/// Reads `replicate_from`: a customer, and a group where one belongs.
fn replicate_from(body: &Settings) -> Option<(String, Option<u32>)> {
    let from = body.get("replicate_from")?.as_object()?;
    let group = from.get("gid").and_then(Value::as_u64).and_then(|gid| u32::try_from(gid).ok());
    Some((from.get("cid")?.as_str()?.to_ascii_lowercase(), group))
}

fn body(call: &Call) -> Result<Settings, Refused> {
    call.object().ok_or_else(|| Refused::bad("Invalid body"))
}

/// Writes policies: parts of one, or all of another customer's group.
pub(super) fn write_policies(state: &mut State, call: &Call) -> Outcome {
    let (body, system, gids) = (body(call)?, system(call)?, gids(call)?);
    let source = match replicate_from(&body) {
        Some((cid, gid)) => Some(source_policy(state, &cid, gid, &system)?),
        None => None,
    };
    let partial = body.get("policy").and_then(Value::as_object);
    if source.is_none() && partial.is_none() {
        return Err(Refused::bad("Invalid policy"));
    }
    let ids = written(state, call)?;
    check_groups(state, &ids, gids.as_deref(), source.as_ref().map(|(kind, _)| *kind))?;
    for id in &ids {
        let Some(company) = state.companies.of_mut(id) else { continue };
        for gid in groups_of(company, gids.as_deref()) {
            let kept = company.policies.entry((gid, system.clone())).or_default();
            match (&source, partial) {
                (Some((_, policy)), _) => kept.clone_from(policy),
                (None, Some(policy)) => kept.extend(policy.clone()),
                (None, None) => {}
            }
            state.ledger.changed(Change::PoliciesWritten);
        }
    }
    Ok(written_answer(call))
}

/// The kind of the source group, and its policy.
fn source_policy(state: &State, cid: &str, gid: Option<u32>, system: &str) -> Result<(u32, Settings), Refused> {
    require(state, cid, Company::is_open)?;
    let company = state.companies.of(cid).ok_or_else(Refused::cids)?;
    let group = company.groups.iter().find(|group| Some(group.id) == gid);
    let group = group.ok_or_else(|| Refused::bad("Invalid gid in replicate_from"))?;
    let policy = company.policies.get(&(group.id, system.to_owned())).cloned().unwrap_or_default();
    Ok((group.kind, policy))
}

/// Every named group must be there, and be of the kind that is copied.
fn check_groups(state: &State, ids: &[String], gids: Option<&[u32]>, kind: Option<u32>) -> Result<(), Refused> {
    let Some(gids) = gids else { return Ok(()) };
    for company in ids.iter().filter_map(|id| state.companies.of(id)) {
        for gid in gids {
            let group = company.groups.iter().find(|group| group.id == *gid);
            if group.is_none_or(|group| kind.is_some_and(|kind| kind != group.kind)) {
                return Err(Refused::bad("Invalid gids"));
            }
        }
    }
    Ok(())
}

fn groups_of(company: &Company, gids: Option<&[u32]>) -> Vec<u32> {
    let all = company.groups.iter().map(|group| group.id);
    all.filter(|id| gids.is_none_or(|wanted| wanted.contains(id))).collect()
}

/// The global settings of one to ten customers.
pub(super) fn read_global(state: &mut State, call: &Call) -> Outcome {
    let ids = open_cids(state, call)?.ok_or_else(Refused::cids)?;
    let companies = ids.iter().filter_map(|id| state.companies.of(id));
    let customers: Vec<_> = companies
        .map(|company| {
            let settings = narrowed(&company.global_settings, call);
            json!({"id": upper(&company.customer_id), "eid": upper(&company.eid), "global_setting": settings})
        })
        .collect();
    Ok(json!({"customers": customers}))
}

/// Writes global settings: parts of them, or all of another customer's.
pub(super) fn write_global(state: &mut State, call: &Call) -> Outcome {
    let body = body(call)?;
    let source = match replicate_from(&body) {
        Some((cid, _)) => {
            require(state, &cid, Company::is_open)?;
            state.companies.of(&cid).map(|company| company.global_settings.clone())
        }
        None => None,
    };
    let partial = body.get("global_setting").and_then(Value::as_object);
    if source.is_none() && partial.is_none() {
        return Err(Refused::bad("Invalid global_setting"));
    }
    for id in written(state, call)? {
        let Some(company) = state.companies.of_mut(&id) else { continue };
        if let Some(settings) = &source {
            company.global_settings.clone_from(settings);
        } else if let Some(settings) = partial {
            company.global_settings.extend(settings.clone());
        }
        state.ledger.changed(Change::GlobalSettingsWritten);
    }
    Ok(written_answer(call))
}

/// Writes notification settings.
pub(super) fn write_notifications(state: &mut State, call: &Call) -> Outcome {
    let body = body(call)?;
    let settings = body.get("notif_setting").and_then(Value::as_object);
    let settings = settings.ok_or_else(|| Refused::bad("Invalid notif_setting"))?;
    if settings.get("recipients").is_some_and(|recipients| !is_list_of_addresses(recipients)) {
        return Err(Refused::bad("Invalid recipients"));
    }
    for id in written(state, call)? {
        let Some(company) = state.companies.of_mut(&id) else { continue };
        company.notification_settings.extend(settings.clone());
        state.ledger.changed(Change::NotificationsWritten);
    }
    Ok(written_answer(call))
}

fn is_list_of_addresses(value: &Value) -> bool {
    let is_address = |value: &Value| value.as_str().is_some_and(|text| text.contains('@'));
    value.as_array().is_some_and(|items| items.iter().all(is_address))
}
