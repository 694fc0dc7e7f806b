//! One read of VSA 10, and its lists.

use super::Vsa10;
use super::envelope::{Envelope, refusal, with_inner_status};
use crate::domain::outcome::ReadError;
use crate::upstream::progress::Progress;
use crate::upstream::transport::{Answer, Call, Method, ReadFailure, ReadTries, sort_read};
use crate::upstream::vsa::list::{At, List, Page, Pages, Rows};
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};

/// Failed calls count against the budget, and many of them lock a token out (`kaseya-vsa10.md` 5).
const TRIES: ReadTries = ReadTries { after_500: 1 };
const ROOT: &str = "/api/v3";

impl Vsa10 {
    /// Reads below `/api/v3`.
    pub(super) async fn read(
        &self,
        operation: &'static str,
        path: &str,
        query: Option<&str>,
    ) -> Result<Answer, ReadError> {
        self.read_at(operation, &self.base.at(&format!("{ROOT}{path}"), query)).await
    }

    async fn read_at(&self, operation: &'static str, url: &Url) -> Result<Answer, ReadError> {
        self.transport.repeat_read(TRIES, || self.read_once(operation, url)).await
    }

    async fn read_once(&self, operation: &'static str, url: &Url) -> Result<Answer, ReadFailure> {
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (AUTHORIZATION, self.authorization.clone()),
        ]);
        let url = url.clone();
        let prepare = || Call { operation, method: Method::Get, url, headers, body: None, trace_id: None };
        let answer = sort_read(with_inner_status(self.transport.send(&self.lane, prepare).await), refusal)?;
        // A proxy's page instead of an answer may be gone a moment later.
        Envelope::read(&answer).map_err(ReadFailure::as_after_500)?;
        Ok(answer)
    }

    /// Reads a list in an order that keeps rows in their places, or in any if the server does not know that order.
    pub(super) async fn ordered_list<R: Rows>(
        &self,
        operation: &'static str,
        path: &'static str,
        progress: &Progress,
        empty: impl Fn() -> R + Send + Sync,
    ) -> Result<R, ReadError> {
        let list = List { operation, path, options: "&$orderby=Name%20asc" };
        match self.list(&list, progress, &empty).await {
            Err(ReadError::Refused(refusal)) if refusal.status == 400 => {
                self.list(&List { options: "", ..list }, progress, &empty).await
            }
            result => result,
        }
    }

    /// Where the server says the next page is, if that is on this very server: the token must not be sent elsewhere.
    fn own_link(&self, link: &str) -> Option<Url> {
        let root = self.base.at(ROOT, None);
        let url = root.join(link).ok()?;
        let below_root = url.path().to_ascii_lowercase().starts_with(&root.path().to_ascii_lowercase());
        let is_own = url.origin() == root.origin() && url.username().is_empty() && below_root;
        if !is_own {
            tracing::warn!("VSA 10 links a next page on another server; it is not followed");
        }
        is_own.then_some(url)
    }
}

impl Pages for Vsa10 {
    fn in_flight(&self) -> usize {
        self.lane.in_flight
    }

    async fn page(&self, list: &List<'_>, at: At) -> Result<Answer, ReadError> {
        match at {
            At::Rows(skip) => {
                let query = format!("$top=100&$skip={skip}{}", list.options);
                self.read(list.operation, list.path, Some(&query)).await
            }
            At::Link(url) => self.read_at(list.operation, &url).await,
        }
    }

    fn read_page<'a>(&self, answer: &'a Answer) -> Result<Page<'a>, ReadError> {
        let envelope = Envelope::read(answer)?;
        let next = envelope.next_link().and_then(|link| self.own_link(link));
        Ok(Page { rows: envelope.rows()?, total: envelope.total(), next })
    }
}
