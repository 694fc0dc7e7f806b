//! Lists of a VSA, page by page (`kaseya-vsa9.md` 5, `kaseya-vsa10.md` 4).
//!
//! The next page begins after the different rows *received*, because a server may cap its pages and repeat rows. Once the first page has shown
//! their size, pages are read side by side; the first one of another size ends that. A server that says itself where
//! the next page is, is followed there, one page after the other.

use crate::domain::outcome::ReadError;
use crate::upstream::paging::{PASSES, Pass};
use crate::upstream::progress::Progress;
use crate::upstream::transport::Answer;
use futures_util::stream::{self, StreamExt as _};
use reqwest::Url;
use serde_json::value::RawValue;

/// Reading so many rows takes minutes, in which some always come or go: another pass would miss as many.
const LONG: u64 = 50_000;

/// A list below the root of the API.
pub(super) struct List<'a> {
    pub(super) operation: &'static str,
    pub(super) path: &'a str,
    /// What else is asked of the list, as it stands in a query: an order that keeps rows in their places, a filter.
    pub(super) options: &'a str,
}

/// Where a page begins.
pub(super) enum At {
    /// After so many rows.
    Rows(u64),
    /// Where the page before said.
    Link(Url),
}

/// What is on a page.
pub(super) struct Page<'a> {
    pub(super) rows: Vec<&'a RawValue>,
    /// Rows in the whole list.
    pub(super) total: Option<u64>,
    /// Where the server says the next page is; never on another server.
    pub(super) next: Option<Url>,
}

/// A server that has lists.
pub(super) trait Pages: Sync {
    /// Pages that are read side by side.
    fn in_flight(&self) -> usize;

    /// Asks for a page.
    fn page(&self, list: &List<'_>, at: At) -> impl Future<Output = Result<Answer, ReadError>> + Send;

    /// Reads a page.
    fn read_page<'a>(&self, answer: &'a Answer) -> Result<Page<'a>, ReadError>;

    /// Reads a list until it is complete, from its start if rows moved meanwhile.
    async fn list<R: Rows>(
        &self,
        list: &List<'_>,
        progress: &Progress,
        empty: impl Fn() -> R + Send + Sync,
    ) -> Result<R, ReadError> {
        let mut incomplete = ReadError::Incomplete("not read".to_owned());
        for number in 1..=PASSES {
            let shown = if number == 1 { progress.clone() } else { Progress::new() };
            let mut reading = Reading { server: self, list, progress: &shown, pass: Pass::default(), rows: empty() };
            match reading.run().await {
                Ok(()) if reading.is_good_enough(number == PASSES) => return Ok(reading.rows),
                Ok(()) => incomplete = reading.pass.incomplete(),
                Err(error @ ReadError::Incomplete(_)) => incomplete = error,
                Err(error) => return Err(error),
            }
            tracing::debug!(upstream.operation = list.operation, number, "list changed while it was read");
        }
        Err(incomplete)
    }
}

/// What collects the rows of one pass.
pub(super) trait Rows: Send {
    /// Takes a row; false if it was there before.
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError>;

    /// Whether a pass that missed a little is good enough: that over a long list, or after all others missed something too.
    fn may_miss_some(&self) -> bool {
        false
    }
}

/// One pass over a list.
struct Reading<'a, P: ?Sized, R> {
    server: &'a P,
    list: &'a List<'a>,
    progress: &'a Progress,
    pass: Pass,
    rows: R,
}

impl<P: Pages + ?Sized, R: Rows> Reading<'_, P, R> {
    fn is_good_enough(&self, is_last: bool) -> bool {
        let suffices = is_last || self.pass.received() >= LONG;
        self.pass.is_complete() || (suffices && self.rows.may_miss_some() && self.pass.is_nearly_complete())
    }

    async fn run(&mut self) -> Result<(), ReadError> {
        let (size, mut next) = self.take(&self.server.page(self.list, At::Rows(0)).await?)?;
        self.progress.add_total(self.pass.total().unwrap_or(size));
        if next.is_none() && !self.pass.has_ended() && self.pass.position() == size {
            next = self.read_ahead(size).await?;
        }
        while !self.pass.has_ended() {
            let at = next.take().map_or(At::Rows(self.pass.position()), At::Link);
            next = self.take(&self.server.page(self.list, at).await?)?.1;
        }
        Ok(())
    }

    /// Reads pages side by side as long as each holds exactly the rows that put the next one where it was asked for.
    async fn read_ahead(&mut self, size: u64) -> Result<Option<Url>, ReadError> {
        let total = self.pass.total().unwrap_or(0);
        let (server, list) = (self.server, self.list);
        let starts = (1..).map(|number| number * size).take_while(|start| *start < total);
        // As many again wait for their turn, so that one that is answered late does not leave others' places empty.
        let mut pages =
            stream::iter(starts).map(|start| server.page(list, At::Rows(start))).buffered(2 * server.in_flight());
        while let Some(answer) = pages.next().await {
            let (received, next) = self.take(&answer?)?;
            let is_repeated = self.pass.position() < self.pass.received();
            if received != size || is_repeated || next.is_some() || self.pass.has_ended() {
                return Ok(next);
            }
        }
        Ok(None)
    }

    /// Takes all rows of a page and says how many there were, and where the next page is.
    fn take(&mut self, answer: &Answer) -> Result<(u64, Option<Url>), ReadError> {
        let page = self.server.read_page(answer)?;
        let mut new = 0;
        for row in &page.rows {
            new += u64::from(self.rows.take(row)?);
        }
        let received = page.rows.len() as u64;
        self.pass.page(received, new, page.total)?;
        self.progress.add_done(received);
        Ok((received, page.next))
    }
}
