//! Calls that carry an import out.

use super::caller::{ApiCaller, ApiIntegrator};
use super::extract::{CustomerPath, ImportPath, Json as Body, OptionalJson};
use super::idempotency::{self, Done, IdempotencyKey};
use super::integrations_dto::{IntegrationDto, RecordDto};
use super::query::NoParams;
use super::{ApiState, steps};
use crate::http::problem::Problem;
use crate::service::integrations::{self, Retry};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

type Accepted = Result<(StatusCode, Json<IntegrationDto>), Problem>;

pub async fn start(
    State(state): State<ApiState>,
    ApiIntegrator(caller): ApiIntegrator,
    ImportPath(import): ImportPath,
    _: NoParams,
    key: IdempotencyKey,
    body: Body,
) -> Response {
    let path = format!("/api/v1/imports/{import}/integration");
    let (app, location) = (state.app.clone(), path.clone());
    let request = idempotency::Request { partner: caller.partner_id, path, key, body: body.clone() };
    idempotency::once(state.app, request, async move {
        let plan_hash = body.read(steps::integration_start)?;
        let (view, started) = integrations::start(&app, &caller, import, &plan_hash).await?;
        let status = if started { StatusCode::ACCEPTED } else { StatusCode::OK };
        Ok(Done { status, location: started.then_some(location), body: IntegrationDto::from(view) })
    })
    .await
}

pub async fn view(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
) -> Result<Json<IntegrationDto>, Problem> {
    Ok(Json(integrations::view(&state.app, caller.partner_id, import).await?.into()))
}

pub async fn record(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    CustomerPath(import, organization): CustomerPath,
    _: NoParams,
) -> Result<Json<RecordDto>, Problem> {
    let entries = integrations::record(&state.app, caller.partner_id, import, &organization).await?;
    if entries.is_empty() {
        return Err(Problem::not_found());
    }
    Ok(Json(RecordDto::of(import, organization, entries)))
}

pub async fn stop(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
) -> Accepted {
    let view = integrations::stop(&state.app, &caller, import).await?;
    Ok((StatusCode::ACCEPTED, Json(view.into())))
}

pub async fn retry(
    State(state): State<ApiState>,
    ApiIntegrator(caller): ApiIntegrator,
    ImportPath(import): ImportPath,
    _: NoParams,
    OptionalJson(body): OptionalJson,
) -> Accepted {
    let retry = body.map_or_else(|| Ok(Retry::default()), |body| body.read(steps::retry))?;
    let view = integrations::retry(&state.app, &caller, import, &retry).await?;
    Ok((StatusCode::ACCEPTED, Json(view.into())))
}
