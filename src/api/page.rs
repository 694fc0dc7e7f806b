//! Pages of lists.

use crate::service::page::Page;
use serde::Serialize;

/// A page as the API shows it.
#[derive(Debug, Serialize)]
pub struct PageDto<T> {
    data: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> PageDto<T> {
    /// The page with each row as the API shows it.
    pub fn of<V: Into<T>>(page: Page<V>) -> Self {
        Self { data: page.data.into_iter().map(Into::into).collect(), next_cursor: page.next_cursor }
    }
}
