//! Screens: one struct per page, one file per screen.
//!
//! A handler extracts, calls one use case and chooses a page. A page is a struct whose fields are ready to show; its
//! template neither computes nor marks anything safe. What every answer has in common (headers, error pages, the partner
//! of the path) is in `guard`.

mod account_search;
mod accounts;
mod accounts_form;
mod activate;
mod assets;
mod change;
mod choose;
mod connections;
mod connections_form;
mod customer_list;
mod customers;
mod error;
mod form;
mod guard;
mod imports;
mod integration;
mod integration_actions;
mod integration_events;
mod integration_report;
mod language;
mod layout;
mod linked;
mod notifications;
mod plan_summary;
mod service_plans;
mod service_plans_form;
mod session;
mod sign_in;
mod sign_in_settings;
mod templates;
mod undo;
mod wizard;
mod words;

pub use guard::too_many;

use crate::http::origin::own_pages;
use crate::service::App;
use crate::service::door::Door;
use crate::service::sign_in::SignIn;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use std::sync::Arc;

/// What every screen works with.
#[derive(Clone)]
pub struct WebState {
    /// The use cases.
    pub app: App,
    /// What letting people in needs.
    pub door: Arc<Door>,
    /// Who tells who somebody is, and what they may do.
    pub sign_in: Arc<SignIn>,
}

/// All screens under `/p/{partner_key}`, and their static files.
pub fn router(state: WebState) -> Router {
    let public: Arc<str> = state.sign_in.public_url().into();
    let pages = Router::new()
        .merge(session_routes())
        .merge(customer_routes())
        .merge(wizard_routes())
        .merge(integration_routes())
        .route("/p/{partner_key}/{*rest}", get(guard::not_found))
        .layer(from_fn_with_state(state.clone(), sign_in::offer))
        .layer(from_fn_with_state(Arc::clone(&public), own_pages))
        .layer(from_fn_with_state(state.clone(), guard::partner))
        .with_state(state.clone());
    let outside = Router::new()
        .route("/activate", get(activate::show_form).post(activate::send))
        .layer(from_fn_with_state(public, own_pages))
        .layer(from_fn(guard::outside))
        .with_state(state);
    let files =
        Router::new().route("/static/{version}/{file}", get(assets::file)).layer(from_fn(guard::static_headers));
    pages.merge(outside).merge(files)
}

fn session_routes() -> Router<WebState> {
    Router::new()
        .route("/p/{partner_key}", get(session::home))
        .route("/p/{partner_key}/", get(session::home))
        .route("/p/{partner_key}/enter", get(session::enter_page).post(session::enter))
        .route("/p/{partner_key}/entered", get(session::entered))
        .route("/p/{partner_key}/sign-in", get(sign_in::show_form).post(sign_in::begin))
        .route("/p/{partner_key}/sign-in/waiting", get(sign_in::waiting))
        .route("/p/{partner_key}/sign-in/collect", post(sign_in::collect))
        .route("/p/{partner_key}/sign-in/{method}", get(sign_in::back).post(sign_in::finish))
        .route("/p/{partner_key}/leave", post(session::leave))
        .route("/p/{partner_key}/left", get(session::left))
        .route("/p/{partner_key}/language", post(language::switch))
        .route("/p/{partner_key}/activated", get(activate::activated))
        .route("/p/{partner_key}/connections", get(connections::show_form).post(connections::send))
        .route("/p/{partner_key}/connections/sign-in", post(sign_in_settings::send))
        .route("/p/{partner_key}/package", get(connections::package))
}

fn customer_routes() -> Router<WebState> {
    Router::new()
        .route("/p/{partner_key}/customers", get(customers::show))
        .route("/p/{partner_key}/customers/page", post(customers::page))
        .route("/p/{partner_key}/customers/refresh", post(customers::refresh))
        .route("/p/{partner_key}/customers/progress", get(customers::progress))
}

fn wizard_routes() -> Router<WebState> {
    Router::new()
        .route("/p/{partner_key}/start", get(imports::start_page).post(imports::start))
        .route("/p/{partner_key}/imports", get(imports::list).post(imports::create))
        .route("/p/{partner_key}/imports/{id}", get(imports::open))
        .route("/p/{partner_key}/imports/{id}/rows", get(choose::show).post(choose::add))
        .route("/p/{partner_key}/imports/{id}/rows/page", post(choose::page))
        .route("/p/{partner_key}/imports/{id}/accounts", get(accounts::show).post(accounts_form::save))
        .route("/p/{partner_key}/imports/{id}/accounts/search", get(account_search::show).post(account_search::choose))
        .route("/p/{partner_key}/imports/{id}/notifications", get(notifications::show).post(notifications::save))
        .route("/p/{partner_key}/imports/{id}/service-plans", get(service_plans::show).post(service_plans_form::save))
        .route("/p/{partner_key}/imports/{id}/templates", get(templates::show).post(templates::save))
}

fn integration_routes() -> Router<WebState> {
    Router::new()
        .route("/p/{partner_key}/imports/{id}/integration", get(integration::show).post(integration_actions::start))
        .route("/p/{partner_key}/imports/{id}/integration/events", get(integration_events::events))
        .route("/p/{partner_key}/imports/{id}/integration/stop", post(integration_actions::stop))
        .route("/p/{partner_key}/imports/{id}/integration/retry", post(integration_actions::retry))
        .route("/p/{partner_key}/imports/{id}/undo", get(undo::show).post(undo::start))
        .route("/p/{partner_key}/imports/{id}/integration.csv", get(integration_report::csv))
        .route("/p/{partner_key}/imports/{id}/integration/{organization_id}", get(integration_report::record))
}
