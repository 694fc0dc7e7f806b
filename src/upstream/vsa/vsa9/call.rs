//! One read of VSA 9, in a session that may end at any time (`kaseya-vsa9.md` 3.6).

use super::Vsa9;
use super::envelope::{Envelope, refusal, with_inner_status};
use super::session::Session;
use crate::domain::outcome::ReadError;
use crate::upstream::transport::{Answer, Call, Fault, Method, ReadFailure, ReadTries, sort_read};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};

/// A 500 usually means a broken endpoint of that build, but one more try is cheap.
pub(super) const TRIES: ReadTries = ReadTries { after_500: 1 };

/// The headers of every call.
pub(super) fn headers(authorization: HeaderValue) -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json")), (AUTHORIZATION, authorization)])
}

impl Vsa9 {
    /// Reads below `/api/v1.0`; the answer's envelope is a success.
    pub(super) async fn read(
        &self,
        operation: &'static str,
        path: &str,
        query: Option<&str>,
    ) -> Result<Answer, ReadError> {
        self.transport.repeat_read(TRIES, || self.read_once(operation, path, query)).await
    }

    async fn read_once(&self, operation: &'static str, path: &str, query: Option<&str>) -> Result<Answer, ReadFailure> {
        let session = self.session().await.map_err(ReadFailure::last)?;
        let mut result = self.send_in(&session, operation, path, query).await;
        if result.as_ref().is_ok_and(|answer| answer.status == 401) {
            let session = self.session_after(&session).await.map_err(ReadFailure::last)?;
            result = self.send_in(&session, operation, path, query).await;
        }
        let answer = sort_read(result, refusal)?;
        // A proxy's page instead of an answer, or an error inside a success, may be gone a moment later.
        Envelope::read(&answer).map_err(ReadFailure::as_after_500)?;
        Ok(answer)
    }

    async fn send_in(
        &self,
        session: &Session,
        operation: &'static str,
        path: &str,
        query: Option<&str>,
    ) -> Result<Answer, Fault> {
        let prepare = || Call {
            operation,
            method: Method::Get,
            url: self.base.at(&format!("/api/v1.0{path}"), query),
            headers: session.headers(),
            body: None,
            trace_id: None,
        };
        with_inner_status(self.transport.send(&self.lane, prepare).await)
    }
}
