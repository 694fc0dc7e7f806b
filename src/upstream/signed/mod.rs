//! Calls to LMPI and SMPI, which are signed alike (`lmpi.md` 2, `worry-free-templates.md` 3).
//!
//! There is no session: each request carries its own time, trace id and signature, each repeated read new ones.

mod request;
mod signature;
mod stamp;

pub(super) use request::{Request, is_plain_id, path_with};
pub use stamp::Stamp;

use super::json::read_json;
use super::transport::sorting::{holds_an_error, refusal, sort_write};
use super::transport::{
    Answer, Api, BaseUrl, Call, ConfigError, Fault, Lane, ReadFailure, ReadTries, Signing, Transport, sort_read,
};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::{NotSent, ReadError, Sent, WriteOutcome};
use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::IgnoredAny;
use std::sync::Arc;
use uuid::Uuid;

/// Exactly 31 characters, the most that is allowed; sent on reads too.
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TRIES: ReadTries = ReadTries { after_500: 2 };

/// Address and secrets of one signed API.
pub(super) struct SignedConfig<'a> {
    pub(super) url: &'a str,
    /// Where the vendor's own path begins, such as `/LMPI`.
    pub(super) api_root: &'a str,
    pub(super) access_token: &'a SecretString,
    pub(super) secret_key: SecretString,
    /// A cheap read, to find out whether the clocks agree again.
    pub(super) clock_probe: &'static str,
}

/// A partner's access to one signed API.
#[derive(Debug)]
pub(super) struct SignedClient {
    transport: Arc<Transport>,
    lane: Lane,
    base: BaseUrl,
    access_token: HeaderValue,
    secret_key: SecretString,
    clock_probe: &'static str,
}

impl SignedClient {
    pub(super) fn new(
        transport: Arc<Transport>,
        partner: PartnerId,
        api: Api,
        config: SignedConfig<'_>,
    ) -> Result<Self, ConfigError> {
        let base = BaseUrl::parse(config.url, &[config.api_root], transport.settings())?;
        let mut access_token =
            HeaderValue::from_str(config.access_token.expose_secret().trim()).map_err(|_| ConfigError::NotAHeader)?;
        access_token.set_sensitive(true);
        let lane = transport.lane(partner, api);
        let (secret_key, clock_probe) = (config.secret_key, config.clock_probe);
        Ok(Self { transport, lane, base, access_token, secret_key, clock_probe })
    }

    /// Our clock minus the vendor's, in seconds.
    pub(super) fn clock_offset(&self) -> Option<i64> {
        self.lane.clock.offset()
    }

    /// Reads, repeating what is worth it.
    pub(super) async fn read(&self, request: Request) -> Result<Answer, ReadError> {
        self.transport.repeat_read(TRIES, || self.read_once(&request)).await
    }

    async fn read_once(&self, request: &Request) -> Result<Answer, ReadFailure> {
        let (result, stale) = self.attempt_read(request).await?;
        // The clock was off and nobody knew; the refusal told the right time.
        let result = if stale { self.attempt_read(request).await?.0 } else { result };
        let answer = sort_read(result, refusal)?;
        // A gateway's page, half an answer or an error that calls itself a success may be gone a moment later.
        is_readable(&answer, request).map_err(ReadFailure::as_after_500)?;
        Ok(answer)
    }

    /// One read, and whether it was refused with a time that is now known to be wrong.
    async fn attempt_read(&self, request: &Request) -> Result<(Result<Answer, Fault>, bool), ReadFailure> {
        let clock_skew = |seconds| ReadFailure::last(ReadError::ClockSkew { seconds });
        let (at, probing) = match self.lane.clock.signing(Utc::now()) {
            Signing::At(at) => (at, false),
            Signing::Probe { at, .. } => (at, true),
            Signing::Refused { seconds } => return Err(clock_skew(seconds)),
        };
        let correction = Utc::now() - at;
        let mut signed = None;
        let stamp = || Stamp { at: Utc::now() - correction, ..Stamp::now() };
        let result = self.transport.send(&self.lane, || self.sign(request, stamp(), &mut signed)).await;
        let refused = matches!(&result, Ok(answer) if answer.status == 401);
        match self.lane.clock.skew() {
            Some(seconds) if refused || probing => Err(clock_skew(seconds)),
            _ => {
                let told = result.as_ref().ok().and_then(|answer| answer.date);
                let stale = told.zip(signed).is_some_and(|(told, signed)| (told - signed.at).num_seconds().abs() > 60);
                Ok((result, refused && stale))
            }
        }
    }

    /// Writes: exactly one request, or none when the clocks differ too much. Run it where nobody cancels it: what is
    /// dropped half-way is in doubt, and nobody would say so.
    pub(super) async fn write<T>(
        &self,
        request: Request,
        understand: impl FnOnce(&Answer) -> Result<T, &'static str>,
    ) -> Sent<T> {
        if let Some(seconds) = self.unmended_skew().await {
            let outcome = WriteOutcome::NotSent(NotSent::ClockSkew { seconds });
            return Sent { outcome, trace_id: None, signed_at: None };
        }
        let mut signed = None;
        let prepare = || {
            let stamp = request.stamp.unwrap_or_else(Stamp::now);
            self.sign(&request, Stamp { at: self.time_of(stamp), ..stamp }, &mut signed)
        };
        let result = self.transport.send(&self.lane, prepare).await;
        let outcome = match (sort_write(&result, understand), self.lane.clock.skew()) {
            (WriteOutcome::NotSent(NotSent::CredentialsRefused), Some(seconds)) => {
                WriteOutcome::NotSent(NotSent::ClockSkew { seconds })
            }
            (outcome, _) => outcome,
        };
        // An unreachable vendor has seen nothing, so there is nothing its support could look up.
        let signed = signed.filter(|_| !matches!(outcome, WriteOutcome::NotSent(NotSent::Unreachable)));
        Sent { outcome, trace_id: signed.map(|s| s.trace_id), signed_at: signed.map(|s| s.at) }
    }

    /// The clocks' difference, if it is too large and a read could not show that it has been mended.
    async fn unmended_skew(&self) -> Option<i64> {
        self.lane.clock.skew()?;
        // Only the answer's date is of interest; an answer of any kind has one.
        let _ = self.attempt_read(&Request::get("clock_probe", self.clock_probe)).await;
        self.lane.clock.skew()
    }

    /// By the vendor's clock, as far as it is known.
    fn time_of(&self, stamp: Stamp) -> DateTime<Utc> {
        match self.lane.clock.signing(stamp.at) {
            Signing::At(at) | Signing::Probe { at, .. } => at,
            Signing::Refused { .. } => stamp.at,
        }
    }

    fn sign(&self, request: &Request, stamp: Stamp, signed: &mut Option<Stamp>) -> Call {
        let url = self.base.at(&request.path, request.query.as_deref());
        let Stamp { at, trace_id } = stamp;
        *signed = Some(stamp);
        let headers = self.headers(request, &url, at.timestamp(), trace_id);
        let (operation, method, body) = (request.operation, request.method, request.body.clone());
        Call { operation, method, url, headers, body, trace_id: Some(trace_id) }
    }

    fn headers(&self, request: &Request, url: &Url, posix_time: i64, trace_id: Uuid) -> HeaderMap {
        let signature = signature::sign(&self.secret_key, posix_time, request.method, url, request.body.as_deref());
        let mut signature = text_header(&signature);
        signature.set_sensitive(true);
        HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (CONTENT_TYPE, JSON),
            (name("x-access-token"), self.access_token.clone()),
            (name("x-posix-time"), HeaderValue::from(posix_time)),
            (name("x-signature"), signature),
            (name("x-traceid"), text_header(&trace_id.to_string())),
        ])
    }
}

/// Whether an answer can be what was asked for: JSON, and no error.
fn is_readable(answer: &Answer, request: &Request) -> Result<(), ReadError> {
    if request.may_be_empty && answer.is_empty() {
        return Ok(());
    }
    let IgnoredAny = read_json(answer)?;
    if holds_an_error(answer) {
        return Err(ReadError::Unreadable("a success that reports an error".to_owned()));
    }
    Ok(())
}

fn name(name: &'static str) -> reqwest::header::HeaderName {
    reqwest::header::HeaderName::from_static(name)
}

fn text_header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("Base64 and UUIDs are made of header characters")
}
