//! The way in: every request is read, written into the books, meets its fate and is answered here.

use super::books::LoggedRequest;
use super::call::{Api, Call, Cut, Reply};
use super::connection::Connection;
use super::faults::{Effect, Faults, RetryAfter};
use super::world::{State, World};
use super::{lmp, openid, smpi, vsa, vsa10};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use chrono::{DateTime, Utc};
use tower::ServiceExt;

/// Requests larger than this are refused; the vendors' calls are far smaller.
const MAX_BODY: usize = 1 << 20;

/// What one listener needs.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub world: World,
    pub faults: Faults,
    pub host: Host,
}

/// Which host the listener stands for.
#[derive(Debug, Clone)]
pub(super) enum Host {
    Vsa { pages: Option<Router> },
    Trend,
    OpenId,
}

impl Host {
    fn api_of(&self, path: &str) -> Option<Api> {
        let path = path.to_ascii_lowercase();
        match self {
            Self::Vsa { .. } if path.starts_with("/api/v3") => Some(Api::Vsa10),
            Self::Vsa { .. } => (path.starts_with("/api/") || path.starts_with(vsa::LOGIN_PAGE)).then_some(Api::Vsa),
            Self::Trend if path.starts_with("/lmpi/") => Some(Api::Lmp),
            Self::Trend if path.starts_with("/smpi/") => Some(Api::RemoteManager),
            Self::Trend => None,
            Self::OpenId => Some(Api::OpenId),
        }
    }
}

/// All paths of one listener.
pub(super) fn router(gate: Gate) -> Router {
    Router::new().fallback(move |connection: ConnectInfo<Connection>, request: Request| {
        let gate = gate.clone();
        async move { gate.enter(&connection, request).await }
    })
}

impl Gate {
    async fn enter(self, connection: &Connection, request: Request) -> Response {
        let Some(api) = self.host.api_of(request.uri().path()) else { return self.page(request).await };
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
            return render(Reply::empty(413), Utc::now());
        };
        // What arrived is carried out even when the client hangs up: a task of its own outlives the connection.
        let call = (parts.method, target, parts.headers, body);
        let Ok((reply, now)) = tokio::spawn(self.live(api, call)).await else {
            return render(Reply::empty(500), Utc::now());
        };
        if let Some(how) = reply.cut {
            connection.cut(how);
        }
        render(reply, now)
    }

    async fn page(self, request: Request) -> Response {
        match self.host {
            Host::Vsa { pages: Some(pages) } => pages.oneshot(request).await.unwrap_or_else(|never| match never {}),
            Host::Vsa { pages: None } | Host::Trend | Host::OpenId => render(Reply::empty(404), Utc::now()),
        }
    }

    /// One request from arrival to answer; with the vendor's time for `Date`.
    async fn live(
        self,
        api: Api,
        call: (axum::http::Method, String, axum::http::HeaderMap, Bytes),
    ) -> (Reply, DateTime<Utc>) {
        let (method, target, headers, body) = call;
        let mut call = Call { api, method, target, headers, body, at: Utc::now() };
        let entry = {
            let mut state = self.world.lock();
            call.at = state.now();
            let entry = state.ledger.begin(logged(&call));
            if state.quirks.in_flight_limit.get(&api).is_some_and(|limit| entry.in_flight > *limit) {
                state.ledger.violation(api, format_args!("{} requests in flight", entry.in_flight));
            }
            entry
        };
        let reply = if is_without_length(&call) {
            let text = format!("{} {} does not say how long its body is", call.verb(), call.path());
            self.world.lock().ledger.violation(api, text);
            refusal(api, 411)
        } else {
            let effect = self.faults.draw(api, call.verb(), call.path());
            self.suffer(&mut call, effect).await
        };
        let mut state = self.world.lock();
        state.ledger.end(entry, reply.cut.is_none().then_some(reply.status));
        (reply, state.now())
    }

    async fn suffer(&self, call: &mut Call, effect: Option<Effect>) -> Reply {
        let api = call.api;
        match effect {
            None => self.carry_out(call),
            Some(Effect::Delay(delay)) => {
                tokio::time::sleep(delay).await;
                self.carry_out(call)
            }
            Some(Effect::DelayAnswer(delay)) => {
                let reply = self.carry_out(call);
                tokio::time::sleep(delay).await;
                reply
            }
            Some(Effect::StatusAfter(status)) => self.carry_out_then(call, refusal(api, status)),
            Some(Effect::StatusInBody(status)) if api == Api::Vsa => vsa::error_in_body(status),
            Some(Effect::StatusInBody(status)) if api == Api::Vsa10 => vsa10::error_in_body(status),
            Some(Effect::StatusBefore(status) | Effect::StatusInBody(status)) => refusal(api, status),
            Some(Effect::DropBefore) => Reply::cut(Cut::Close),
            Some(Effect::DropAfter) => self.carry_out_then(call, Reply::cut(Cut::Close)),
            Some(Effect::Unauthorized) => refusal(api, 401),
            Some(Effect::Forbidden) => refusal(api, 403),
            Some(Effect::TooManyRequests(retry)) => too_many(api, retry, call.at),
            Some(Effect::GarbledAfter) => self.garbled(call),
            Some(Effect::EmptyAfter) => self.carry_out_then(call, Reply::empty(200)),
            Some(Effect::HtmlAfter) => self.carry_out_then(call, html()),
            Some(Effect::HtmlBefore) => html(),
        }
    }

    fn carry_out(&self, call: &Call) -> Reply {
        answer(&mut self.world.lock(), call)
    }

    fn carry_out_then(&self, call: &Call, reply: Reply) -> Reply {
        self.carry_out(call);
        reply
    }

    fn garbled(&self, call: &Call) -> Reply {
        let body = self.carry_out(call).body;
        let half: String = body.chars().take(body.chars().count() / 2).collect();
        Reply::text(200, "application/json; charset=utf-8", format!("{half}\u{0}"))
    }
}

/// Strict servers want to be told even that there is no body.
fn is_without_length(call: &Call) -> bool {
    matches!(call.api, Api::Lmp | Api::RemoteManager)
        && matches!(call.verb(), "POST" | "PUT")
        && call.header("content-length").or_else(|| call.header("transfer-encoding")).is_none()
}

fn logged(call: &Call) -> LoggedRequest {
    LoggedRequest {
        api: call.api,
        method: call.verb().to_owned(),
        path: call.path().to_owned(),
        query: call.target.split_once('?').map_or_else(String::new, |(_, query)| query.to_owned()),
        trace_id: call.header("x-traceid").map(str::to_owned),
        at: call.at,
        in_flight: 0,
        status: None,
    }
}

fn answer(state: &mut State, call: &Call) -> Reply {
    match call.api {
        Api::Vsa => vsa::answer(state, call),
        Api::Vsa10 => vsa10::answer(state, call),
        Api::Lmp => lmp::answer(state, call),
        Api::RemoteManager => smpi::answer(state, call),
        Api::OpenId => openid::answer(state, call),
    }
}

/// A refusal in the words of the API.
fn refusal(api: Api, status: u16) -> Reply {
    let text = axum::http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    let text = text.unwrap_or("Error");
    match api {
        Api::Vsa => vsa::error(status, text),
        Api::Vsa10 => vsa10::error(status, text),
        Api::Lmp => lmp::error(status, "GeneralError", text),
        Api::RemoteManager => smpi::error(status, text),
        Api::OpenId => openid::error(status, text),
    }
}

fn too_many(api: Api, retry: RetryAfter, now: DateTime<Utc>) -> Reply {
    let reply = refusal(api, 429);
    match retry {
        RetryAfter::Absent => reply,
        RetryAfter::Seconds(seconds) => reply.with_header("retry-after", seconds.to_string()),
        RetryAfter::Date(ahead) => reply.with_header("retry-after", http_date(now + ahead)),
    }
}

fn html() -> Reply {
    Reply::text(200, "text/html; charset=utf-8", "<!doctype html><title>Gateway</title><p>Please sign in.</p>")
}

fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn render(reply: Reply, now: DateTime<Utc>) -> Response {
    let mut response = Response::builder().status(reply.status).header("date", http_date(now));
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap_or_else(|_| Response::new(Body::empty()))
}
