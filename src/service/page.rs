//! Lists in pages, after a cursor that names the last row seen.

use super::ServiceError;
use crate::domain::field::FieldError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The most rows of a page.
pub const MAX_LIMIT: u32 = 200;

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page from `limit` + 1 rows read: the last one only tells that there are more. `key` gives what the list is ordered by.
    pub fn cut(mut rows: Vec<T>, limit: u32, key: impl Fn(&T) -> (String, String)) -> Self {
        let limit = limit as usize;
        let next_cursor =
            (rows.len() > limit).then(|| rows.truncate(limit)).and_then(|()| rows.last()).map(|row| encode(&key(row)));
        Self { data: rows, next_cursor }
    }

    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

/// Which page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows; 1 to [`MAX_LIMIT`], checked by the caller.
    pub limit: u32,
}

impl PageQuery {
    /// Order key and id of the row after which the page begins.
    pub fn after(&self) -> Result<Option<(String, String)>, ServiceError> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        decoded.map(Some).ok_or_else(foreign_cursor)
    }

    /// Rows to read: one more than are shown.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit.clamp(1, MAX_LIMIT)) + 1
    }

    /// A page of a list that is short enough to be held whole.
    pub fn slice<T: Clone>(&self, rows: &[T], key: impl Fn(&T) -> (String, String)) -> Result<Page<T>, ServiceError> {
        let after = self.after()?;
        let rest = rows.iter().skip_while(|row| after.as_ref().is_some_and(|after| key(row) <= *after));
        let rows = rest.take(self.limit as usize + 1).cloned().collect();
        Ok(Page::cut(rows, self.limit, key))
    }
}

/// A cursor that this list never gave.
pub fn foreign_cursor() -> ServiceError {
    let message = "Use next_cursor of the page before, unchanged, with the same other parameters.";
    ServiceError::ValidationFailed(vec![FieldError::new("?cursor", "invalid_format", message)])
}

fn encode(key: &(String, String)) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(row: &u32) -> (String, String) {
        (format!("{row:04}"), row.to_string())
    }

    #[test]
    fn pages_hold_every_row_once() {
        let all: Vec<u32> = (0..10).collect();
        let (mut seen, mut query) = (Vec::new(), PageQuery { cursor: None, limit: 4 });
        loop {
            let page = query.slice(&all, key).unwrap();
            seen.extend(page.data);
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_foreign_cursor_is_a_mistake_of_the_request() {
        for cursor in ["", "?", "bm90IGpzb24", "e30"] {
            let query = PageQuery { cursor: Some(cursor.into()), limit: 4 };
            assert!(matches!(query.after(), Err(ServiceError::ValidationFailed(_))), "{cursor}");
        }
    }
}
