//! Calls that take an import back.

use super::ApiState;
use super::caller::{ApiCaller, ApiIntegrator};
use super::extract::ImportPath;
use super::query::NoParams;
use crate::domain::ids::{ImportId, OrganizationId};
use crate::domain::plan::Reason;
use crate::domain::undo::{Reversal, UndoStatus};
use crate::http::problem::Problem;
use crate::service::undo::{self, UndoItemRow, UndoView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What there is to undo, or how far it is.
#[derive(Debug, Serialize)]
pub struct UndoDto {
    import_id: ImportId,
    status: &'static str,
    possible_until: Option<DateTime<Utc>>,
    requested_by: Option<String>,
    requested_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    waiting_for: Option<Reason>,
    items: Vec<ItemDto>,
}

#[derive(Debug, Serialize)]
struct ItemDto {
    organization_id: OrganizationId,
    organization_name: String,
    reversal: Reversal,
    status: UndoStatus,
    reason: Option<Reason>,
    remains: Vec<Reason>,
}

impl From<UndoView> for UndoDto {
    fn from(view: UndoView) -> Self {
        let status = match &view.undo {
            Some(undo) if undo.is_finished => "finished",
            Some(undo) if undo.waiting_for.is_some() => "waiting",
            Some(_) => "running",
            None if view.is_possible => "possible",
            None => "not_possible",
        };
        let (requested_by, requested_at, finished_at, waiting_for) = view
            .undo
            .map(|undo| (Some(undo.requested_by), Some(undo.requested_at), undo.finished_at, undo.waiting_for))
            .unwrap_or_default();
        Self {
            import_id: view.import_id,
            status,
            possible_until: view.possible_until,
            requested_by,
            requested_at,
            finished_at,
            waiting_for,
            items: view.items.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<UndoItemRow> for ItemDto {
    fn from(UndoItemRow { item, progress }: UndoItemRow) -> Self {
        Self {
            organization_id: item.organization_id,
            organization_name: item.organization_name,
            reversal: item.reversal,
            status: progress.status,
            reason: progress.reason,
            remains: item.remains,
        }
    }
}

pub async fn view(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    ImportPath(import): ImportPath,
    _: NoParams,
) -> Result<Json<UndoDto>, Problem> {
    Ok(Json(undo::view(&state.app, caller.partner_id, import).await?.into()))
}

pub async fn start(
    State(state): State<ApiState>,
    ApiIntegrator(caller): ApiIntegrator,
    ImportPath(import): ImportPath,
    _: NoParams,
) -> Result<(StatusCode, Json<UndoDto>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(undo::start(&state.app, &caller, import).await?.into())))
}
