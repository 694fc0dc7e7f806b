//! Lists of VSA 9, page by page (`kaseya-vsa9.md` 5).
//!
//! The next page begins after the rows *received*, because a server may cap its pages. Once the first page has shown
//! their size, pages are read side by side; the first one of another size ends that.

use super::Vsa9;
use super::envelope::Envelope;
use crate::domain::outcome::ReadError;
use crate::upstream::paging::{PASSES, Pass};
use crate::upstream::progress::Progress;
use crate::upstream::transport::Answer;
use futures_util::stream::{self, StreamExt as _};
use serde_json::value::RawValue;

/// A list below `/api/v1.0`.
pub(super) struct List<'a> {
    pub(super) operation: &'static str,
    pub(super) path: &'a str,
    /// A field that keeps rows in their places.
    pub(super) order_by: Option<&'static str>,
}

/// What collects the rows of one pass.
pub(super) trait Rows: Send {
    /// Takes a row; false if it was there before.
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError>;

    /// Whether a pass that missed a little is good enough after all others missed something too.
    fn may_miss_some(&self) -> bool {
        false
    }
}

impl Vsa9 {
    /// Reads a list until it is complete, from its start if rows moved meanwhile.
    pub(super) async fn list<R: Rows>(
        &self,
        list: &List<'_>,
        progress: &Progress,
        empty: impl Fn() -> R,
    ) -> Result<R, ReadError> {
        let mut incomplete = ReadError::Incomplete("not read".to_owned());
        for number in 1..=PASSES {
            let shown = if number == 1 { progress.clone() } else { Progress::new() };
            let mut rows = empty();
            match self.pass(list, &shown, &mut rows).await {
                Ok(pass) if pass.is_complete() => return Ok(rows),
                Ok(pass) if number == PASSES && rows.may_miss_some() && pass.is_nearly_complete() => return Ok(rows),
                Ok(pass) => incomplete = pass.incomplete(),
                Err(error @ ReadError::Incomplete(_)) => incomplete = error,
                Err(error) => return Err(error),
            }
            tracing::debug!(upstream.operation = list.operation, number, "list changed while it was read");
        }
        Err(incomplete)
    }

    async fn pass(&self, list: &List<'_>, progress: &Progress, rows: &mut impl Rows) -> Result<Pass, ReadError> {
        let mut pass = Pass::default();
        let size = take_page(&self.page(list, 0).await?, &mut pass, rows)?;
        progress.add_total(pass.total().unwrap_or(size));
        progress.add_done(size);
        if !pass.has_ended() {
            self.read_ahead(list, size, progress, &mut pass, rows).await?;
        }
        while !pass.has_ended() {
            let received = take_page(&self.page(list, pass.received()).await?, &mut pass, rows)?;
            progress.add_done(received);
        }
        Ok(pass)
    }

    /// Reads pages side by side as long as each holds exactly the rows that put the next one where it was asked for.
    async fn read_ahead(
        &self,
        list: &List<'_>,
        size: u64,
        progress: &Progress,
        pass: &mut Pass,
        rows: &mut impl Rows,
    ) -> Result<(), ReadError> {
        let total = pass.total().unwrap_or(0);
        let starts = (1..).map(|number| number * size).take_while(|start| *start < total);
        let mut pages = stream::iter(starts).map(|start| self.page(list, start)).buffered(self.lane.in_flight);
        while let Some(answer) = pages.next().await {
            let received = take_page(&answer?, pass, rows)?;
            progress.add_done(received);
            if received != size || pass.has_ended() {
                break;
            }
        }
        Ok(())
    }

    async fn page(&self, list: &List<'_>, skip: u64) -> Result<Answer, ReadError> {
        let order = list.order_by.map(|field| format!("&$orderby={field}")).unwrap_or_default();
        self.read(list.operation, list.path, Some(&format!("$top=100&$skip={skip}{order}"))).await
    }
}

/// Takes all rows of a page and says how many there were.
fn take_page(answer: &Answer, pass: &mut Pass, rows: &mut impl Rows) -> Result<u64, ReadError> {
    let envelope = Envelope::read(answer)?;
    let received = envelope.rows()?;
    let mut new = 0;
    for row in &received {
        new += u64::from(rows.take(row)?);
    }
    pass.page(received.len() as u64, new, envelope.total())?;
    Ok(received.len() as u64)
}
