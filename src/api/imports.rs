//! Calls that prepare an import.

use super::caller::ApiCaller;
use super::extract::{ImportPath, Json as Body};
use super::idempotency::{self, Done, IdempotencyKey};
use super::imports_dto::{ImportDto, PlanDto, SummaryDto};
use super::page::PageDto;
use super::query::{NoParams, Params};
use super::{ApiState, steps};
use crate::domain::import::ImportStatus;
use crate::http::problem::Problem;
use crate::service::imports::{self, Mode};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

const STATUSES: [(&str, ImportStatus); 5] = [
    ("draft", ImportStatus::Draft),
    ("integrating", ImportStatus::Integrating),
    ("stopped", ImportStatus::Stopped),
    ("completed", ImportStatus::Completed),
    ("completed_with_problems", ImportStatus::CompletedWithProblems),
];

type Answer<T> = Result<Json<T>, Problem>;

pub async fn list(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    mut params: Params,
) -> Answer<PageDto<SummaryDto>> {
    let status = params.choice("status", &STATUSES);
    let page = params.page();
    params.finish()?;
    Ok(Json(PageDto::of(imports::list(&state.app, caller.partner_id, status, &page).await?)))
}

pub async fn create(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    _: NoParams,
    key: IdempotencyKey,
    body: Body,
) -> Response {
    let (app, partner) = (state.app.clone(), caller.partner_id);
    let request = idempotency::Request { partner, path: "/api/v1/imports".into(), key, body: body.clone() };
    idempotency::once(state.app, request, async move {
        let organizations = body.read(steps::import_create)?;
        let import = imports::create(&app, &caller, &organizations).await?;
        let location = Some(format!("/api/v1/imports/{}", import.id));
        Ok(Done { status: StatusCode::CREATED, location, body: ImportDto::from(import) })
    })
    .await
}

pub async fn load(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
) -> Answer<ImportDto> {
    Ok(Json(imports::load(&state.app, caller.partner_id, import).await?.into()))
}

pub async fn put_accounts(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
    body: Body,
) -> Answer<ImportDto> {
    let step = body.read(steps::accounts)?;
    Ok(Json(imports::put_accounts(&state.app, &caller, import, step, Mode::Strict).await?.into()))
}

pub async fn put_notifications(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
    body: Body,
) -> Answer<ImportDto> {
    let step = body.read(steps::notifications)?;
    Ok(Json(imports::put_notifications(&state.app, &caller, import, step, Mode::Strict).await?.into()))
}

pub async fn put_service_plans(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
    body: Body,
) -> Answer<ImportDto> {
    let step = body.read(steps::service_plans)?;
    Ok(Json(imports::put_service_plans(&state.app, &caller, import, step, Mode::Strict).await?.into()))
}

pub async fn put_templates(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
    body: Body,
) -> Answer<ImportDto> {
    let step = body.read(steps::templates)?;
    Ok(Json(imports::put_templates(&state.app, &caller, import, step, Mode::Strict).await?.into()))
}

pub async fn plan(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
) -> Answer<PlanDto> {
    Ok(Json(imports::plan(&state.app, caller.partner_id, import).await?.into()))
}
