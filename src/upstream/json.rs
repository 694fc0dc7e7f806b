//! JSON answers of vendors.

use super::transport::Answer;
use crate::domain::outcome::ReadError;

/// Reads a JSON answer whatever its content type says; an error names the place, never the value.
pub(super) fn read_json<'a, T: serde::Deserialize<'a>>(answer: &'a Answer) -> Result<T, ReadError> {
    serde_json::from_slice(answer.json()).map_err(|error| unreadable(&error))
}

/// Where JSON could not be understood, without quoting it.
pub(super) fn unreadable(error: &serde_json::Error) -> ReadError {
    let kind = match error.classify() {
        serde_json::error::Category::Data => "not the documented form",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Eof => "cut off",
        serde_json::error::Category::Io => "not readable",
    };
    ReadError::Unreadable(format!("{kind} at line {} column {}", error.line(), error.column()))
}
