//! The one `send`: deadline, size limit, no redirects, one log line and one pair of metrics per request.

use super::address::literal;
use super::call::{Answer, Call, Fault, FaultKind, Method};
use super::lane::Lane;
use super::resolver::NoUsableAddress;
use super::retry_after::{http_date, retry_after};
use super::{Transport, sorting};
use crate::domain::outcome::Vendor;
use chrono::Utc;
use reqwest::header::{AGE, CONTENT_LENGTH, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use std::error::Error as _;
use std::time::Instant;
use tracing::{Instrument, Span, field};

/// The largest answer that is read; a full page of documented rows is a small part of it.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

impl Transport {
    /// Waits for a free slot, lets `prepare` make the request (so that it is signed with the time it is sent at), and
    /// sends it once.
    pub(in crate::upstream) async fn send(&self, lane: &Lane, prepare: impl FnOnce() -> Call) -> Result<Answer, Fault> {
        let _slot = lane.slots.acquire().await;
        lane.rested().await;
        if let Some(pace) = &lane.pace {
            pace.until_ready().await;
        }
        let call = prepare();
        let entry = LogLine::begin(lane, &call);
        let mut status = None;
        let exchange = self.exchange(lane, call, &mut status).instrument(entry.span.clone());
        let result = match tokio::time::timeout(self.settings.call_timeout, exchange).await {
            Ok(result) => result.map_err(|kind| fault(kind, status)),
            Err(_) => Err(fault(FaultKind::Timeout, status)),
        };
        entry.end(&result);
        if let Ok(Answer { status: 429 | 503, retry_after: Some(pause), .. }) = &result {
            lane.rest(*pause);
        }
        result
    }

    async fn exchange(&self, lane: &Lane, call: Call, status: &mut Option<u16>) -> Result<Answer, FaultKind> {
        // The resolver judges names; an address that stands in place of a name does not pass it.
        if literal(&call.url).is_some_and(|address| !self.reach.covers(address)) {
            return Err(FaultKind::NoAddress);
        }
        let client = if call.method == Method::Get { &self.reads } else { &self.writes };
        let mut request = client.request(method(call.method), call.url).headers(call.headers);
        request = match call.body {
            Some(body) => request.body(body),
            // Strict servers answer 411 to a write that does not say that it has no body.
            None if call.method != Method::Get => request.header(CONTENT_LENGTH, 0),
            None => request,
        };
        let mut response = request.send().await.map_err(|error| kind_of(&error))?;
        *status = Some(response.status().as_u16());
        let mut answer = head(&response);
        // Nothing is signed for VSA, whose servers may well have a clock of their own.
        if let Some(date) = answer.date.filter(|_| lane.api.vendor() != Vendor::Vsa) {
            lane.clock.learn(date, Utc::now());
        }
        while let Some(chunk) = response.chunk().await.map_err(|error| kind_of_body(&error))? {
            if answer.body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(FaultKind::Oversized);
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    }
}

fn fault(kind: FaultKind, status: Option<u16>) -> Fault {
    Fault { kind, status }
}

fn head(response: &reqwest::Response) -> Answer {
    let headers = response.headers();
    let status = response.status();
    // A cached answer carries the date of the day it was made.
    let date = text(headers, &DATE).filter(|_| !headers.contains_key(AGE)).and_then(http_date);
    let retry_after = text(headers, &RETRY_AFTER).and_then(|text| retry_after(text, date.unwrap_or_else(Utc::now)));
    let target = text(headers, &LOCATION).and_then(|text| response.url().join(text).ok());
    let location_host = target.and_then(|url| url.host_str().map(str::to_owned));
    if status.is_redirection() {
        let (status, host) = (status.as_u16(), location_host.as_deref().unwrap_or("unknown"));
        tracing::warn!(status, location.host = host, "a vendor redirects; redirects are not followed");
    }
    Answer { status: status.as_u16(), retry_after, date, location_host, body: Vec::new() }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Only a failure to connect is known to have sent nothing; everything else looks the same before and after.
fn kind_of(error: &reqwest::Error) -> FaultKind {
    let no_address = error.is_dns() || has_no_usable_address(error);
    if error.is_connect() && no_address {
        FaultKind::NoAddress
    } else if error.is_connect() {
        FaultKind::Unreachable
    } else {
        kind_of_body(error)
    }
}

fn kind_of_body(error: &reqwest::Error) -> FaultKind {
    if error.is_timeout() { FaultKind::Timeout } else { FaultKind::Broken }
}

fn has_no_usable_address(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<NoUsableAddress>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// What is said about one request: never a body, a header or a query.
struct LogLine {
    vendor: &'static str,
    operation: &'static str,
    method: &'static str,
    path: String,
    trace_id: Option<uuid::Uuid>,
    span: Span,
    began: Instant,
}

impl LogLine {
    fn begin(lane: &Lane, call: &Call) -> Self {
        let (vendor, operation) = (lane.api.name(), call.operation);
        let span = tracing::info_span!(
            "vendor call",
            otel.name = format!("{vendor} {operation}"),
            otel.kind = "client",
            otel.status_code = field::Empty,
            upstream.vendor = vendor,
            upstream.operation = operation,
            upstream.trace_id = call.trace_id.map(field::display),
            method = call.method.as_str(),
            status = field::Empty,
            outcome = field::Empty,
        );
        Self {
            vendor: lane.api.name(),
            operation: call.operation,
            method: call.method.as_str(),
            path: call.url.path().to_owned(),
            trace_id: call.trace_id,
            span,
            began: Instant::now(),
        }
    }

    fn end(self, result: &Result<Answer, Fault>) {
        let took = self.began.elapsed();
        let outcome = sorting::label(result);
        let status = result.as_ref().map_or_else(|fault| fault.status, |answer| Some(answer.status));
        self.span.record("outcome", outcome);
        if let Some(status) = status {
            self.span.record("status", status);
        }
        if result.is_err() || status.is_some_and(|status| status >= 500) {
            self.span.record("otel.status_code", "ERROR");
        }
        tracing::debug!(
            upstream.vendor = self.vendor,
            upstream.operation = self.operation,
            method = self.method,
            path = self.path,
            status,
            outcome,
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            trace_id = self.trace_id.map(tracing::field::display),
            "vendor call"
        );
        let labels = [("vendor", self.vendor), ("operation", self.operation), ("outcome", outcome)];
        metrics::counter!("upstream_requests_total", &labels).increment(1);
        metrics::histogram!("upstream_request_seconds", &labels).record(took.as_secs_f64());
    }
}
