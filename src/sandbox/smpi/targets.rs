//! Whom a call is about: `cids`, `gids`, `os`, `sync`.

use super::super::call::Call;
use super::super::world::{Company, State};
use super::Refused;
use std::collections::HashSet;

const MAX_CIDS: usize = 10;

/// The customers named by `cids`, in lower case; none when the option is missing.
pub(super) fn cids(state: &mut State, call: &Call) -> Result<Option<Vec<String>>, Refused> {
    let Some(text) = call.option("cids") else { return Ok(None) };
    let ids: Vec<_> = text.split(',').map(|id| id.trim().to_ascii_lowercase()).collect();
    if ids.len() > MAX_CIDS {
        state.ledger.violation(call.api, format_args!("{} cids in one call: {}", ids.len(), call.path()));
        return Err(Refused::cids());
    }
    let distinct: HashSet<_> = ids.iter().collect();
    if distinct.len() < ids.len() || ids.iter().any(|id| uuid::Uuid::parse_str(id).is_err()) {
        return Err(Refused::cids());
    }
    Ok(Some(ids))
}

/// The customers named by `cids`, all of them with an open company.
pub(super) fn open_cids(state: &mut State, call: &Call) -> Result<Option<Vec<String>>, Refused> {
    let Some(ids) = cids(state, call)? else { return Ok(None) };
    for id in &ids {
        require(state, id, Company::is_open)?;
    }
    Ok(Some(ids))
}

/// Refuses a customer that is unknown, or whose company does not answer yet.
pub(super) fn require(
    state: &State,
    id: &str,
    is_there: impl Fn(&Company, chrono::DateTime<chrono::Utc>) -> bool,
) -> Result<(), Refused> {
    if state.market.customer(id).is_none() {
        return Err(Refused::cids());
    }
    let company = state.companies.of(id).filter(|company| is_there(company, state.now()));
    match company {
        Some(_) => Ok(()),
        None => Err(Refused::bad(format!("Cannot find product for cids: {}", id.to_ascii_uppercase()))),
    }
}

/// Whom a write changes: **everybody** when there is no `cids`, as documented; no sane client wants that.
pub(super) fn written(state: &mut State, call: &Call) -> Result<Vec<String>, Refused> {
    if let Some(ids) = open_cids(state, call)? {
        return Ok(ids);
    }
    if is_sync(call) {
        state.ledger.violation(call.api, format_args!("PUT without cids, refused only for its sync: {}", call.path()));
        return Err(Refused::cids());
    }
    let now = state.now();
    let open = state.companies.all().filter(|company| company.is_open(now));
    let everybody: Vec<_> = open.map(|company| company.customer_id.clone()).collect();
    let text = format!("PUT WITHOUT cids CHANGED ALL {} CUSTOMERS: {}", everybody.len(), call.path());
    state.ledger.violation(call.api, text);
    Ok(everybody)
}

/// Whether the answer comes after the work.
pub(super) fn is_sync(call: &Call) -> bool {
    call.option("sync").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The groups named by `gids`; none when the option is missing.
pub(super) fn gids(call: &Call) -> Result<Option<Vec<u32>>, Refused> {
    let Some(text) = call.option("gids") else { return Ok(None) };
    let ids = text.split(',').map(|id| id.trim().parse().map_err(|_| Refused::bad("Invalid gids")));
    ids.collect::<Result<_, _>>().map(Some)
}
