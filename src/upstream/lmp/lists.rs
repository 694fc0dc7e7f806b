//! Lists by creation time: all pages, complete or an error (`lmpi.md` 4, 5.2).

use super::Lmp;
use crate::domain::inventory::CreatedBetween;
use crate::domain::outcome::ReadError;
use crate::upstream::json::{read_json, unreadable};
use crate::upstream::lenient::Text;
use crate::upstream::paging::{Listed, PASSES, Pass};
use crate::upstream::progress::Progress;
use crate::upstream::signed::Request;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashSet;

/// The most that is allowed.
const PAGE_SIZE: u32 = 100;
/// What is asked for at a time when the whole range is refused. Neighbours share a second, so that nothing falls between.
const YEAR: TimeDelta = TimeDelta::days(365);

/// A list of one vendor resource.
pub(super) struct List {
    pub(super) operation: &'static str,
    pub(super) path: &'static str,
    pub(super) of: Of,
}

/// A row of a list.
pub(super) trait Row: DeserializeOwned {
    /// Its id, for telling rows apart.
    fn id(&self) -> Option<String>;
}

/// One page. Each list has its rows under its own name; what else there is, is not read.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(default)]
    paging: Option<Paging>,
    #[serde(default, borrow)]
    customers: Option<&'a RawValue>,
    #[serde(default, borrow)]
    subscriptions: Option<&'a RawValue>,
}

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Customers,
    Subscriptions,
}

impl Page<'_> {
    fn rows(&self, of: Of) -> Result<Vec<&RawValue>, ReadError> {
        let rows = match of {
            Of::Customers => self.customers,
            Of::Subscriptions => self.subscriptions,
        };
        let rows = rows.ok_or_else(|| ReadError::Unreadable("a page without its list".to_owned()))?;
        serde_json::from_str(rows.get()).map_err(|error| unreadable(&error))
    }
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    total: Text,
}

impl Lmp {
    /// Reads a whole list. If the range is refused as such, it is walked year by year.
    pub(super) async fn list<R: Row>(
        &self,
        list: &List,
        created: CreatedBetween,
        progress: &Progress,
    ) -> Result<Listed<R>, ReadError> {
        match self.complete_list(list, created, progress).await {
            Err(ReadError::Refused(refusal)) if refusal.status == 400 && created.end - created.start > YEAR => {
                tracing::debug!(upstream.operation = list.operation, "range refused, reading year by year");
                self.list_by_years(list, created, progress).await
            }
            result => result,
        }?
        .checked()
    }

    async fn list_by_years<R: Row>(
        &self,
        list: &List,
        created: CreatedBetween,
        progress: &Progress,
    ) -> Result<Listed<R>, ReadError> {
        let mut seen = HashSet::new();
        let (mut rows, mut left_out) = (Vec::new(), 0);
        let mut start = created.start;
        while start < created.end {
            let end = (start + YEAR).min(created.end);
            let year = self.complete_list::<R>(list, CreatedBetween { start, end }, progress).await?;
            left_out += year.left_out;
            rows.extend(year.rows.into_iter().filter(|row| row.id().is_some_and(|id| seen.insert(id))));
            start = end;
        }
        Ok(Listed { rows, left_out })
    }

    async fn complete_list<R: Row>(
        &self,
        list: &List,
        created: CreatedBetween,
        progress: &Progress,
    ) -> Result<Listed<R>, ReadError> {
        let mut incomplete = ReadError::Incomplete("not read".to_owned());
        for pass in 0..PASSES {
            let shown = if pass == 0 { progress.clone() } else { Progress::new() };
            match self.one_pass(list, created, &shown).await {
                Ok((listed, pass)) if pass.is_complete() => return Ok(listed),
                Ok((_, pass)) => incomplete = pass.incomplete(),
                Err(error @ ReadError::Incomplete(_)) => incomplete = error,
                Err(error) => return Err(error),
            }
        }
        Err(incomplete)
    }

    async fn one_pass<R: Row>(
        &self,
        list: &List,
        created: CreatedBetween,
        progress: &Progress,
    ) -> Result<(Listed<R>, Pass), ReadError> {
        let mut pass = Pass::default();
        let mut seen = HashSet::new();
        let mut listed = Listed { rows: Vec::new(), left_out: 0 };
        let mut number = 1;
        while !pass.has_ended() {
            let request = Request::get(list.operation, list.path).query(page_query(created, number));
            let answer = self.client.read(request).await?;
            let page: Page<'_> = read_json(&answer)?;
            let total = page
                .paging
                .as_ref()
                .and_then(|paging| paging.total.whole())
                .and_then(|total| u64::try_from(total).ok());
            let found = page.rows(list.of)?;
            if number == 1 {
                progress.add_total(total.unwrap_or_default());
            }
            let received = found.len() as u64;
            let before = seen.len() + listed.left_out;
            for row in found {
                let row = serde_json::from_str::<R>(row.get()).ok();
                match row.and_then(|row| Some((row.id()?, row))) {
                    Some((id, row)) => {
                        if seen.insert(id) {
                            listed.rows.push(row);
                        }
                    }
                    None => listed.left_out += 1,
                }
            }
            pass.page(received, (seen.len() + listed.left_out - before) as u64, total)?;
            progress.add_done(received);
            number += 1;
        }
        Ok((listed, pass))
    }
}

/// Whole seconds, widened so that both ends are included; `:` stays as it is (`lmpi.md` 2.2).
fn page_query(created: CreatedBetween, page: u32) -> String {
    let start = time_text(created.start.trunc_subsecs(0));
    let end = created.end.trunc_subsecs(0);
    let end = time_text(if end < created.end { end + TimeDelta::seconds(1) } else { end });
    format!("created_start={start}&created_end={end}&page={page}&limit={PAGE_SIZE}")
}

fn time_text(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_included_in_whole_seconds() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let created = CreatedBetween { start: at("2020-01-01T00:00:00.9Z"), end: at("2024-01-01T00:00:00.1Z") };
        assert_eq!(
            page_query(created, 1),
            "created_start=2020-01-01T00:00:00Z&created_end=2024-01-01T00:00:01Z&page=1&limit=100"
        );
    }
}
