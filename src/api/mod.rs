//! REST: `/api/v1`, RFC 9457 problems.
//!
//! The document comes first: it is part of the program, and tests hold the code to it. A handler reads the request, calls one
//! use case and shows what came of it; the shapes of what is shown are in the `*_dto` files.

mod caller;
mod events;
mod extract;
mod idempotency;
mod imports;
mod imports_dto;
mod integrations;
mod integrations_dto;
mod inventory;
mod inventory_dto;
mod page;
mod query;
mod read;
mod steps;
mod undo;

pub use caller::{ApiCaller, ApiIntegrator, SESSION_COOKIE};

use crate::http::problem::Problem;
use crate::http::status;
use crate::service::App;
use crate::service::sign_in::SignIn;
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use std::sync::Arc;

/// What the calls of the API work with.
#[derive(Clone)]
pub struct ApiState {
    /// The use cases.
    pub app: App,
    /// Who tells who somebody is, and what they may do.
    pub sign_in: Arc<SignIn>,
}

/// The `OpenAPI` document, as JSON.
pub fn document() -> &'static str {
    include_str!("openapi.json")
}

/// Every call below `/api`; what is not there is answered with a problem document as well.
pub fn router(state: ApiState) -> Router {
    let add = |router: Router<ApiState>, (path, methods): (&str, MethodRouter<ApiState>)| router.route(path, methods);
    let api = routes().into_iter().fold(Router::new(), add);
    let api = api.fallback(not_found).method_not_allowed_fallback(method_not_allowed);
    Router::new().nest("/api", api).with_state(state)
}

/// The paths below `/api`, as the document spells them with `/api` before.
pub fn paths() -> Vec<&'static str> {
    routes().into_iter().map(|(path, _)| path).collect()
}

fn routes() -> [(&'static str, MethodRouter<ApiState>); 22] {
    [
        ("/v1/openapi.json", get(openapi)),
        ("/v1/organizations", get(inventory::organizations)),
        ("/v1/accounts", get(inventory::accounts)),
        ("/v1/service-plans", get(inventory::service_plans)),
        ("/v1/license-pools", get(inventory::license_pools)),
        ("/v1/templates", get(inventory::templates)),
        ("/v1/links", get(inventory::links)),
        ("/v1/inventory", get(inventory::inventory)),
        ("/v1/inventory/refresh", post(inventory::refresh)),
        ("/v1/imports", get(imports::list).post(imports::create)),
        ("/v1/imports/{import_id}", get(imports::load)),
        ("/v1/imports/{import_id}/accounts", put(imports::put_accounts)),
        ("/v1/imports/{import_id}/notifications", put(imports::put_notifications)),
        ("/v1/imports/{import_id}/service-plans", put(imports::put_service_plans)),
        ("/v1/imports/{import_id}/templates", put(imports::put_templates)),
        ("/v1/imports/{import_id}/plan", get(imports::plan)),
        ("/v1/imports/{import_id}/integration", get(integrations::view).post(integrations::start)),
        ("/v1/imports/{import_id}/integration/events", get(events::stream)),
        ("/v1/imports/{import_id}/integration/stop", post(integrations::stop)),
        ("/v1/imports/{import_id}/integration/retry", post(integrations::retry)),
        ("/v1/imports/{import_id}/integration/record/{organization_id}", get(integrations::record)),
        ("/v1/imports/{import_id}/undo", get(undo::view).post(undo::start)),
    ]
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document()).into_response()
}

async fn not_found() -> Problem {
    Problem::not_found()
}

async fn method_not_allowed() -> Problem {
    Problem::new(status::METHOD_NOT_ALLOWED, "See Allow for the methods it takes. Nothing was stored.")
}

#[cfg(test)]
mod dto_tests;
#[cfg(test)]
mod samples;
