//! An integration as server-sent events: what changed since the last event, until it ends.

use super::ApiState;
use super::caller::ApiCaller;
use super::extract::ImportPath;
use super::integrations_dto::{ItemDto, RunDto};
use super::query::NoParams;
use crate::domain::field::FieldError;
use crate::domain::ids::{ImportId, PartnerId};
use crate::http::problem::{self, Problem};
use crate::http::server::Shutdown;
use crate::http::status;
use crate::http::stream::come_back;
use crate::service::access::{Pass, Watch};
use crate::service::integrations::{self, IntegrationView, ItemView};
use crate::service::notices::Notice;
use crate::service::{App, ServiceError};
use axum::Extension;
use axum::extract::{FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A comment is sent when nothing else was for so long.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// After that the client has to come back: nothing is held for ever.
const LONGEST: Duration = Duration::from_mins(10);

/// The most streams of this process at once.
static PLACES: Semaphore = Semaphore::const_new(256);

/// `Last-Event-ID`; 0 is before all events.
pub struct LastEventId(i64);

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("last-event-id") else { return Ok(Self(0)) };
        let id = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|id| *id >= 0);
        id.map(Self).ok_or_else(|| {
            let message = "Send the id of the last event as it was received.";
            Problem::validation(&[FieldError::new("Last-Event-ID", "invalid_format", message)])
        })
    }
}

pub async fn stream(
    State(state): State<ApiState>,
    ApiCaller(caller): ApiCaller,
    Extension(pass): Extension<Pass>,
    ImportPath(import): ImportPath,
    _: NoParams,
    LastEventId(after): LastEventId,
    shutdown: Option<Extension<Shutdown>>,
) -> Result<impl IntoResponse, Problem> {
    let place = PLACES.try_acquire().map_err(|_| crowded())?;
    // Before the first look, so that no change falls between the two.
    let notice = state.app.notices.of(import);
    let progress = Progress::after(after);
    let first = integrations::changes(&state.app, caller.partner_id, import, progress.from()).await?;
    let follower = Follower {
        app: state.app,
        partner: caller.partner_id,
        import,
        notice,
        watch: pass.watch(),
        progress,
        first: Some(first),
        until: Instant::now() + LONGEST,
        shutdown: shutdown.map_or_else(CancellationToken::new, |Extension(Shutdown(token))| token),
        _place: place,
    };
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((headers, Sse::new(events(follower)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

fn crowded() -> Problem {
    Problem::new(status::RATE_LIMITED, "Too many clients follow integrations now. Come back in a moment, or use GET.")
}

/// Looks again and again on behalf of one client.
struct Follower {
    app: App,
    partner: PartnerId,
    import: ImportId,
    notice: Notice,
    watch: Watch,
    progress: Progress,
    first: Option<IntegrationView>,
    until: Instant,
    shutdown: CancellationToken,
    _place: SemaphorePermit<'static>,
}

fn events(follower: Follower) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(follower), |follower| async move {
        let mut follower = follower?;
        match follower.next().await {
            Some(messages) => {
                let events: Vec<_> = messages.into_iter().map(Message::into_event).map(Ok).collect();
                Some((stream::iter(events), Some(follower)))
            }
            None if follower.progress.ended => None,
            None => Some((stream::iter(vec![Ok(come_back())]), None)),
        }
    })
    .flatten()
}

impl Follower {
    /// The next messages, once there are any; `None` when the stream is to be closed.
    async fn next(&mut self) -> Option<Vec<Message>> {
        while !self.progress.ended && Instant::now() < self.until {
            let view = match self.first.take() {
                Some(view) => view,
                None => match self.look().await? {
                    Some(view) => view,
                    None => continue,
                },
            };
            let messages = self.progress.messages(&view);
            if !messages.is_empty() {
                return Some(messages);
            }
        }
        None
    }

    /// What changed; `None` inside if the database cannot say now.
    async fn look(&mut self) -> Option<Option<IntegrationView>> {
        self.shutdown.run_until_cancelled(self.notice.wait()).await?;
        if !self.watch.is_good(&self.app).await {
            return None;
        }
        match integrations::changes(&self.app, self.partner, self.import, self.progress.from()).await {
            Ok(view) => Some(Some(view)),
            Err(ServiceError::Unavailable(_)) => Some(None),
            Err(error) => {
                tracing::warn!(import.id = %self.import, error = problem::chain(&error), "a stream of events broke off");
                None
            }
        }
    }
}

/// Ids of the stream for each event of an import: a place for every customer of a change, then the run, then the end.
const PLACES_OF_EVENT: i64 = 2048;
/// Of the state of the run.
const RUN: i64 = PLACES_OF_EVENT - 2;
/// Of the end.
const END: i64 = PLACES_OF_EVENT - 1;

/// What a client has been told.
#[derive(Debug)]
struct Progress {
    /// Id of the last message.
    seen: i64,
    run: Option<String>,
    ended: bool,
}

/// One event.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    id: i64,
    event: &'static str,
    data: String,
}

impl Message {
    fn into_event(self) -> Event {
        Event::default().id(self.id.to_string()).event(self.event).data(self.data)
    }
}

impl Progress {
    fn after(seen: i64) -> Self {
        Self { seen, run: None, ended: false }
    }

    /// The event of the import after which there may be something new.
    fn from(&self) -> i64 {
        let is_whole = self.seen % PLACES_OF_EVENT >= RUN;
        self.seen / PLACES_OF_EVENT - i64::from(!is_whole)
    }

    /// What a client that knows the events up to `seen` is told now.
    ///
    /// Every id is larger than the one before, so that whoever comes back with one goes on right behind it, in the midst of what
    /// one commit changed as well: the first message carries the id the client came with, and the state of the run follows the
    /// customers that led to it.
    fn messages(&mut self, view: &IntegrationView) -> Vec<Message> {
        let run = written(&RunDto::from(view));
        let mut messages = Vec::new();
        if self.run.is_none() {
            messages.push(Message { id: self.seen, event: "integration", data: run.clone() });
        }
        let id = |item: &ItemView| place(item.event_id, i64::from(item.position).min(RUN - 1));
        let mut items: Vec<_> = view.items.iter().filter(|item| id(item) > self.seen).collect();
        items.sort_by_key(|item| id(item));
        for item in items {
            self.seen = id(item);
            messages.push(Message { id: self.seen, event: "item", data: written(&ItemDto::from(item)) });
        }
        if self.run.as_ref().is_some_and(|told| *told != run) {
            self.seen = place(view.event_id, RUN).max(self.seen + 1);
            messages.push(Message { id: self.seen, event: "integration", data: run.clone() });
        }
        if view.status.is_final() {
            self.seen = place(view.event_id, END).max(self.seen + 1);
            messages.push(Message { id: self.seen, event: "end", data: run.clone() });
            self.ended = true;
        }
        self.run = Some(run);
        messages
    }
}

fn place(event_id: i64, place: i64) -> i64 {
    event_id.saturating_mul(PLACES_OF_EVENT).saturating_add(place)
}

fn written(value: &impl serde::Serialize) -> String {
    // Our own values; none of them can fail to be written.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
