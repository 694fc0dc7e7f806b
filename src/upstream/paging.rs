//! Whether a list that was read page by page is complete (`kaseya-vsa9.md` 5, `lmpi.md` 4).
//!
//! Paging is no snapshot: rows move between pages while they are read. A list counts as complete only when its total
//! stayed the same all along and exactly so many different rows were seen.

use crate::domain::outcome::ReadError;

/// How often a list is read again from its start before giving up.
pub(super) const PASSES: u32 = 3;
/// More rows than any partner has; a server that never ends is stopped here.
const MOST_ROWS: u64 = 3_000_000;

/// A list with what could be read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// Rows with an id.
    pub rows: Vec<T>,
    /// Rows that cannot be told from others, or not be read at all.
    pub(super) left_out: usize,
}

impl<T> Listed<T> {
    /// Whether no row was left out: whoever is not on the list is not there.
    pub fn is_whole(&self) -> bool {
        self.left_out == 0
    }

    /// One bad row does not lose the list; a list of bad rows is none.
    pub(super) fn checked(self) -> Result<Self, ReadError> {
        if self.left_out > self.rows.len() {
            return Err(no_id());
        }
        if !self.is_whole() {
            tracing::warn!(left_out = self.left_out, "rows of a list without a usable id are left out");
        }
        Ok(self)
    }

    /// All rows, for whoever concludes something from what is not among them.
    pub(super) fn whole(self) -> Result<Vec<T>, ReadError> {
        if self.is_whole() { Ok(self.rows) } else { Err(no_id()) }
    }

    /// The same with something made of each row, as far as it can be.
    pub(super) fn filter_map<U>(self, make: impl FnMut(T) -> Option<U>) -> Listed<U> {
        let before = self.rows.len();
        let rows: Vec<U> = self.rows.into_iter().filter_map(make).collect();
        Listed { left_out: self.left_out + before - rows.len(), rows }
    }
}

fn no_id() -> ReadError {
    ReadError::Unreadable("a row without its id".to_owned())
}

/// One reading of a list from its first to its last page.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Pass {
    received: u64,
    unique: u64,
    total: Option<u64>,
    first_total: Option<u64>,
    ended: bool,
}

impl Pass {
    /// Takes note of a page: rows on it, how many of them were new, and the total it told.
    pub(super) fn page(&mut self, rows: u64, new: u64, total: Option<u64>) -> Result<(), ReadError> {
        self.received += rows;
        self.unique += new;
        self.total = total.or(self.total);
        self.first_total = self.first_total.or(total);
        if rows > 0 && new == 0 && !self.has_all() {
            return Err(ReadError::Incomplete("a page repeats earlier rows only".to_owned()));
        }
        if self.received > MOST_ROWS {
            return Err(ReadError::Incomplete("the list does not end".to_owned()));
        }
        self.ended = rows == 0 || self.has_all();
        Ok(())
    }

    fn has_all(&self) -> bool {
        self.total.is_some_and(|total| self.unique >= total)
    }

    /// Rows received so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Where the next page begins. A row that came twice may have pushed another one off its page, so it does not count; without a
    /// total the end would never be reached that way.
    pub(super) fn position(&self) -> u64 {
        if self.total.is_some() { self.unique } else { self.received }
    }

    /// The total as last told.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Whether there is no further page.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether nothing was missed.
    pub(super) fn is_complete(&self) -> bool {
        self.total == self.first_total && self.total.is_none_or(|total| total == self.unique)
    }

    /// Whether what was missed is explained by rows coming and going during the pass, and is little. Enough for counts.
    pub(super) fn is_nearly_complete(&self) -> bool {
        let (Some(first), Some(last)) = (self.first_total, self.total) else { return false };
        let drift = first.abs_diff(last);
        self.unique.abs_diff(last) <= drift && drift * 100 <= last
    }

    /// The error for a list that stayed incomplete.
    pub(super) fn incomplete(&self) -> ReadError {
        let total = self.total.map_or_else(|| "unknown".to_owned(), |total| total.to_string());
        ReadError::Incomplete(format!("{} different rows of {total} were read", self.unique))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(pages: &[(u64, u64, Option<u64>)]) -> Pass {
        let mut pass = Pass::default();
        for (rows, new, total) in pages {
            pass.page(*rows, *new, *total).unwrap();
        }
        pass
    }

    #[test]
    fn a_list_ends_with_its_total_or_an_empty_page() {
        assert!(pass(&[(100, 100, Some(100))]).has_ended());
        assert!(!pass(&[(40, 40, Some(100))]).has_ended());
        assert!(pass(&[(40, 40, Some(100)), (0, 0, Some(100))]).has_ended());
        assert!(!pass(&[(40, 40, None)]).has_ended());
        assert!(!pass(&[(101, 100, Some(101))]).has_ended(), "a repeated row is no further one");
        assert!(pass(&[(101, 100, Some(101)), (1, 1, Some(101))]).has_ended());
        assert_eq!((pass(&[(101, 100, Some(150))]).position(), pass(&[(101, 100, None)]).position()), (100, 101));
        assert!(pass(&[(40, 40, None), (0, 0, None)]).is_complete());
    }

    #[test]
    fn moved_rows_make_it_incomplete() {
        assert!(pass(&[(100, 100, Some(150)), (50, 50, Some(150))]).is_complete());
        assert!(!pass(&[(100, 100, Some(150)), (50, 49, Some(150))]).is_complete());
        assert!(!pass(&[(100, 100, Some(150)), (49, 49, Some(149))]).is_complete());
        assert!(pass(&[(100, 100, Some(150)), (49, 49, Some(149))]).is_nearly_complete());
        assert!(!pass(&[(100, 100, Some(150)), (50, 49, Some(150))]).is_nearly_complete());
    }

    #[test]
    fn repeated_pages_are_noticed() {
        let mut looping = pass(&[(25, 25, Some(100))]);
        assert!(matches!(looping.page(25, 0, Some(100)), Err(ReadError::Incomplete(_))));
    }
}
