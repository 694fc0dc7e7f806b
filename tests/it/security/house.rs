//! A service with two partners, asked without a network in between.

use super::routes::Ids;
use crate::end_to_end::flow::new_rows;
use crate::end_to_end::stage::{Options, Stage};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use worryfree_plugin::domain::ids::PartnerId;
use worryfree_plugin::sandbox::World;
use worryfree_plugin::service::access;
use worryfree_plugin::startup::readiness;
use worryfree_plugin::startup::service::{self, Outside};
use worryfree_plugin::startup::settings::{Settings, Surroundings};

/// Where browsers reach it.
pub const HOST: &str = "plugin.example";

/// Two partners of one service.
pub struct House {
    /// The database, the vendors, and a worker that has read them.
    pub stage: Stage,
    /// Everything that is served, as it is put together for real.
    pub router: Router,
    /// One of them.
    pub own: Guest,
    /// The other.
    pub foreign: Guest,
}

/// A partner and what lets somebody in.
pub struct Guest {
    /// Its id.
    pub id: PartnerId,
    /// Its public key.
    pub key: String,
    /// Of the API.
    pub token: String,
    /// Of somebody who is signed in to the screens.
    pub session: String,
    /// Its import, ready to be integrated.
    pub import: String,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it was sent.
    pub text: String,
}

/// What the front needs beside the application.
pub fn outside(stage: &Stage) -> Outside {
    Outside {
        readiness: readiness::of(stage.plugin.app.pool.clone(), None, CancellationToken::new()),
        door: stage.plugin.door("http://plugin.example"),
        sign_in: stage.plugin.sign_in(),
    }
}

impl House {
    /// Sets everything up.
    pub async fn new() -> Self {
        let stage = Stage::new(Options::new(World::generated(4, 200, 3))).await;
        let settings = settings(&[]);
        let router = service::front(&settings, &stage.plugin.app, &service::rates(&settings), outside(&stage));
        let own = Guest::of(&stage, stage.plugin.partner_id(), stage.plugin.partner.partner_key.clone()).await;
        let further = stage.plugin.further_partner("Another MSP").await;
        let foreign = Guest::of(&stage, further.partner_id, further.partner_key).await;
        Self { stage, router, own, foreign }
    }

    /// Sends a request; an event stream is read as far as its head.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let is_stream = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let bytes = if is_stream { Vec::new() } else { to_bytes(body, usize::MAX).await.unwrap().to_vec() };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    /// How many rows there are that a write would add to or change.
    pub async fn traces(&self) -> Vec<(String, i64)> {
        let mut traces = Vec::new();
        for table in ["import", "import_item", "integration", "job", "idempotency_key", "screen_session", "audit_entry"]
        {
            let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")));
            traces.push((table.to_owned(), count.fetch_one(self.stage.plugin.database.pool()).await.unwrap()));
        }
        let versions = sqlx::query_scalar("select coalesce(sum(version), 0)::bigint from import");
        traces.push(("version".to_owned(), versions.fetch_one(self.stage.plugin.database.pool()).await.unwrap()));
        traces
    }
}

impl Guest {
    async fn of(stage: &Stage, id: PartnerId, key: String) -> Self {
        let rest = stage.as_partner(id).await;
        let (token, session) = (rest.token.clone(), session(stage, id).await);
        let names = [stage.world().organizations()[0].name.clone()];
        let rows = new_rows(stage.world(), names.iter().map(String::as_str), "WFS monthly", 10);
        let import = rest.ready(&rows).await.id;
        Self { id, key, token, session, import }
    }

    /// What parameters of paths stand for.
    pub fn ids(&self) -> Ids<'static> {
        BTreeMap::from([
            ("import_id", self.import.clone()),
            ("id", self.import.clone()),
            ("partner_key", self.key.clone()),
            ("method", "vsa".to_owned()),
            ("organization_id", "1".to_owned()),
            ("*rest", "nowhere".to_owned()),
            ("version", "0".to_owned()),
            ("file", "app.css".to_owned()),
        ])
    }
}

/// A session of the screens.
pub async fn session(stage: &Stage, partner: PartnerId) -> String {
    let link = access::issue_link(&stage.plugin.app, partner, "Ana", 5).await.unwrap();
    access::open_session(&stage.plugin.app, partner, &link).await.unwrap().expect("the link is new")
}

/// The defaults with these environment variables, reached by https.
pub fn settings(more: &[(&str, &str)]) -> Settings {
    let always =
        [("PLUGIN__HTTP__PUBLIC_URL", "https://plugin.example"), ("PLUGIN__DATABASE__DATA_DIR", "/nonexistent")];
    let environment =
        always.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::read(None, &Surroundings { environment, is_root: false }).unwrap()
}
