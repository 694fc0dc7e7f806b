//! The buttons of *Complete Integration*, and **Integrate** itself.

use super::WebState;
use super::accounts_form::parse_existing;
use super::error::{WebError, see_other, step_address};
use super::form::Fields;
use super::session::Session;
use super::templates::show_changed;
use crate::domain::ids::{AccountId, ImportId, OrganizationId};
use crate::service::ServiceError;
use crate::service::integrations::{self, Retry};
use axum::extract::{Path, State};
use axum::response::Response;

/// `POST …/imports/{id}/integration`: **Integrate**, for the plan that was looked at and no other. Whether the person still may is asked
/// anew before licenses are spent.
pub async fn start(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    state.sign_in.ask_again(&state.app, &session.holder).await?;
    let hash = fields.one("plan_hash").unwrap_or_default();
    match integrations::start(&state.app, &session.caller, id, hash).await {
        Ok(_) => Ok(progress(&session, id)),
        Err(ServiceError::PlanChanged { changes, .. }) => show_changed(&state, &session, id, &changes).await,
        Err(ServiceError::ImportIncomplete { step, .. }) => Ok(see_other(&step_address(&session.base(), id, step))),
        Err(ServiceError::ImportNotEditable { .. }) => Ok(progress(&session, id)),
        Err(error) => Err(error.into()),
    }
}

/// `POST …/integration/stop`.
pub async fn stop(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    integrations::stop(&state.app, &session.caller, id).await?;
    Ok(progress(&session, id))
}

/// `POST …/integration/retry`: what is not done, one customer, or a decision about one.
pub async fn retry(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let retry = parse_retry(&fields).ok_or(WebError::BadRequest("error-no-button"))?;
    state.sign_in.ask_again(&state.app, &session.holder).await?;
    integrations::retry(&state.app, &session.caller, id, &retry).await?;
    Ok(progress(&session, id))
}

fn progress(session: &Session, id: ImportId) -> Response {
    see_other(&format!("{}/imports/{id}/integration", session.base()))
}

/// Without an organization everything that is not done; `None` for what none of our buttons sends.
fn parse_retry(fields: &Fields) -> Option<Retry> {
    let Some(text) = fields.one("organization") else { return Some(Retry::default()) };
    let organization = OrganizationId::parse(text).ok()?;
    let decisions = match fields.one("decision") {
        None => Vec::new(),
        Some(text) => vec![(organization.clone(), parse_decision(text)?)],
    };
    Some(Retry { organization_ids: Some(vec![organization]), decisions })
}

/// One of the candidates, or none of them. What is neither must not become "none": that would create an account.
fn parse_decision(text: &str) -> Option<Option<AccountId>> {
    if text == "none" { Some(None) } else { parse_existing(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_buttons_decide() {
        let parse = |pairs: &[(&str, &str)]| parse_retry(&Fields::of(pairs));
        assert_eq!(parse(&[]), Some(Retry::default()));
        let one = parse(&[("organization", "7"), ("decision", "account:A-1")]).unwrap();
        assert_eq!(one.decisions[0].1.as_ref().map(AccountId::as_str), Some("a-1"));
        assert_eq!(parse(&[("organization", "7"), ("decision", "none")]).unwrap().decisions[0].1, None);
        assert_eq!(parse(&[("organization", "7"), ("decision", "")]), None);
        assert_eq!(parse(&[("organization", " ")]), None);
    }
}
