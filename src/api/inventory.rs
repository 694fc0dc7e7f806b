//! Calls that read the mirror of both vendors.

use super::ApiState;
use super::caller::ApiCaller;
use super::inventory_dto::{
    AccountDto, InventoryDto, LicensePoolDto, LinkDto, OrganizationDto, ServicePlanDto, TemplateDto,
};
use super::page::PageDto;
use super::query::{NoParams, Params};
use crate::domain::inventory::OrganizationKind;
use crate::http::problem::Problem;
use crate::service::inventory::{self, LinkQuery, OrganizationQuery, OrganizationSort};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

/// The longest text to search for.
const SEARCH_LENGTH: usize = 200;

const KINDS: [(&str, OrganizationKind); 2] =
    [("customer", OrganizationKind::Customer), ("builtin", OrganizationKind::Builtin)];

const SORTS: [(&str, (OrganizationSort, bool)); 6] = [
    ("name", (OrganizationSort::Name, false)),
    ("-name", (OrganizationSort::Name, true)),
    ("reference", (OrganizationSort::Reference, false)),
    ("-reference", (OrganizationSort::Reference, true)),
    ("endpoints", (OrganizationSort::Endpoints, false)),
    ("-endpoints", (OrganizationSort::Endpoints, true)),
];

type Answer<T> = Result<Json<T>, Problem>;

pub async fn organizations(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    mut params: Params,
) -> Answer<PageDto<OrganizationDto>> {
    let (sort, descending) = params.choice("sort", &SORTS).unwrap_or_default();
    let query = OrganizationQuery {
        linked: params.boolean("linked"),
        kind: params.choice("kind", &KINDS),
        search: params.text("search", SEARCH_LENGTH),
        matching: false,
        sort,
        descending,
        page: params.page(),
    };
    params.finish()?;
    Ok(Json(PageDto::of(inventory::organizations(&state.app, caller.partner_id, &query).await?)))
}

pub async fn accounts(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    mut params: Params,
) -> Answer<PageDto<AccountDto>> {
    let (assigned, search) = (params.boolean("assigned"), params.text("search", SEARCH_LENGTH));
    let page = params.page();
    params.finish()?;
    let page = inventory::accounts(&state.app, caller.partner_id, assigned, search.as_deref(), &page).await?;
    Ok(Json(PageDto::of(page)))
}

pub async fn service_plans(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    mut params: Params,
) -> Answer<PageDto<ServicePlanDto>> {
    let page = params.page();
    params.finish()?;
    Ok(Json(PageDto::of(inventory::service_plans(&state.app, caller.partner_id, &page).await?)))
}

pub async fn license_pools(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    mut params: Params,
) -> Answer<PageDto<LicensePoolDto>> {
    let page = params.page();
    params.finish()?;
    Ok(Json(PageDto::of(inventory::license_pools(&state.app, caller.partner_id, &page).await?)))
}

pub async fn templates(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    mut params: Params,
) -> Answer<PageDto<TemplateDto>> {
    let page = params.page();
    params.finish()?;
    Ok(Json(PageDto::of(inventory::templates(&state.app, caller.partner_id, &page).await?)))
}

pub async fn links(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    mut params: Params,
) -> Answer<PageDto<LinkDto>> {
    let search = params.text("search", SEARCH_LENGTH);
    let page = params.page();
    params.finish()?;
    Ok(Json(PageDto::of(
        inventory::links(&state.app, caller.partner_id, &LinkQuery { search, drifting: false, page }).await?,
    )))
}

pub async fn inventory(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    _: NoParams,
) -> Answer<InventoryDto> {
    Ok(Json(inventory::inventory(&state.app, caller.partner_id).await?.into()))
}

pub async fn refresh(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    _: NoParams,
) -> Result<impl IntoResponse, Problem> {
    let view: InventoryDto = inventory::refresh(&state.app, caller.partner_id).await?.into();
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, "/api/v1/inventory")], Json(view)))
}
