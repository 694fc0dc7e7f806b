//! Progress as server-sent events: small, so that a page knows when to fetch itself anew.

use super::WebState;
use super::error::WebError;
use super::form::QueryFields;
use super::session::Session;
use crate::domain::ids::{ImportId, PartnerId};
use crate::domain::integration::Counts;
use crate::http::server::Shutdown;
use crate::http::stream::come_back;
use crate::service::App;
use crate::service::access::Watch;
use crate::service::integrations::{self, IntegrationView};
use crate::service::notices::Notice;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use std::convert::Infallible;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Then the stream ends and the browser comes again: nothing is held for ever.
const LONGEST: Duration = Duration::from_mins(5);
/// So that a page is not fetched anew for each of many changes in a row.
const REST: Duration = Duration::from_millis(250);

#[derive(Serialize)]
struct Progress {
    event_id: i64,
    status: &'static str,
    is_final: bool,
    counts: Counts,
}

struct Follow {
    app: App,
    partner: PartnerId,
    import: ImportId,
    after: i64,
    notice: Notice,
    watch: Watch,
    until: Instant,
    shutdown: CancellationToken,
    is_over: bool,
}

/// `GET …/imports/{id}/integration/events`.
pub async fn events(
    State(state): State<WebState>,
    session: Session,
    Path((_, import)): Path<(String, ImportId)>,
    QueryFields(query): QueryFields,
    headers: HeaderMap,
    shutdown: Option<Extension<Shutdown>>,
) -> Result<Response, WebError> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = last.or_else(|| query.one("after")).and_then(|text| text.parse().ok()).unwrap_or(0);
    let partner = session.caller.partner_id;
    // Somebody else's import is refused before the stream begins.
    integrations::changes(&state.app, partner, import, after).await?;
    let follow = Follow {
        notice: state.app.notices.of(import),
        watch: session.pass().watch(),
        app: state.app,
        partner,
        import,
        after,
        until: Instant::now() + LONGEST,
        shutdown: shutdown.map_or_else(CancellationToken::new, |Extension(Shutdown(token))| token),
        is_over: false,
    };
    Ok(Sse::new(stream(follow)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}

fn stream(follow: Follow) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(follow), |follow| async move {
        let mut follow = follow?;
        match follow.next_change().await {
            Some(view) => {
                follow.after = view.event_id;
                follow.is_over = view.status.is_final();
                Some((Ok(event(&view)), Some(follow)))
            }
            None if follow.is_over => None,
            None => Some((Ok(come_back()), None)),
        }
    })
}

impl Follow {
    /// Waits for the next change; `None` when there is nothing more to follow.
    async fn next_change(&mut self) -> Option<IntegrationView> {
        while !self.is_over && Instant::now() < self.until {
            let view = integrations::changes(&self.app, self.partner, self.import, self.after).await.ok()?;
            if view.event_id > self.after || view.status.is_final() {
                return Some(view);
            }
            self.shutdown.run_until_cancelled(self.notice.wait()).await?;
            if !self.watch.is_good(&self.app).await {
                return None;
            }
            self.shutdown.run_until_cancelled(tokio::time::sleep(REST)).await?;
        }
        None
    }
}

fn event(view: &IntegrationView) -> Event {
    let is_final = view.status.is_final();
    let progress = Progress { event_id: view.event_id, status: view.status.as_str(), is_final, counts: view.counts };
    // Numbers and words can always be written as JSON; an empty event would only make the page look again.
    let data = serde_json::to_string(&progress).unwrap_or_default();
    Event::default().id(view.event_id.to_string()).event("progress").data(data)
}
