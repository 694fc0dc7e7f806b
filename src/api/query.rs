//! Query parameters, as strictly read as bodies: every mistake is named, with the path `?name`.

use super::read::text_mistake;
use crate::domain::field::FieldError;
use crate::http::problem::Problem;
use crate::service::page::{MAX_LIMIT, PageQuery};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

/// Rows of a page unless the client says otherwise.
const DEFAULT_LIMIT: u32 = 50;

/// The longest cursor.
const CURSOR_LENGTH: usize = 500;

/// The parameters of a request, each of which has to be asked for before [`Params::finish`].
#[derive(Debug, Default)]
pub struct Params {
    values: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let values = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(values)| values);
        Ok(Self { values: values.unwrap_or_default(), ..Self::default() })
    }
}

/// For calls without parameters.
#[derive(Debug, Clone, Copy)]
pub struct NoParams;

impl<S: Send + Sync> FromRequestParts<S> for NoParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Params::from_request_parts(parts, state).await?.finish().map(|()| Self)
    }
}

impl Params {
    fn refuse(&mut self, name: &str, code: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(format!("?{name}"), code, message));
    }

    /// The only value of a parameter.
    fn take(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let mut values = self.values.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
        let first = values.next();
        if values.next().is_some() {
            self.refuse(name, "duplicate", "Give this only once.");
        }
        first
    }

    /// Text of at most `limit` characters; `None` if it is empty.
    pub fn text(&mut self, name: &'static str, limit: usize) -> Option<String> {
        let text = self.take(name)?;
        if let Some((code, message)) = text_mistake(&text, limit) {
            self.refuse(name, code, message);
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// One of some words.
    pub fn choice<T: Clone>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.take(name)?;
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| choice.clone());
        if chosen.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            self.refuse(name, "invalid_format", format!("One of these is expected: {}.", words.join(", ")));
        }
        chosen
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.choice(name, &[("true", true), ("false", false)])
    }

    /// `cursor` and `limit`.
    pub fn page(&mut self) -> PageQuery {
        PageQuery { cursor: self.text("cursor", CURSOR_LENGTH), limit: self.limit() }
    }

    fn limit(&mut self) -> u32 {
        let Some(text) = self.take("limit") else { return DEFAULT_LIMIT };
        let digits = text.strip_prefix('-').unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.refuse("limit", "invalid_format", "A whole number is expected.");
            return DEFAULT_LIMIT;
        }
        let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.unwrap_or_else(|| {
            self.refuse("limit", "out_of_range", format!("A whole number from 1 to {MAX_LIMIT} is expected."));
            DEFAULT_LIMIT
        })
    }

    /// All mistakes, those of parameters nobody asked for included.
    pub fn finish(mut self) -> Result<(), Problem> {
        let unknown: Vec<_> = self
            .values
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !self.known.contains(&name.as_str()))
            .collect();
        for name in unknown {
            self.refuse(&name, "unknown_field", "There is no such parameter.");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::validation(&self.errors)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        let uri = format!("/x?{query}").parse().unwrap();
        let Query(values) = Query::try_from_uri(&uri).unwrap();
        Params { values, ..Params::default() }
    }

    fn mistakes(params: Params) -> Vec<(String, String)> {
        let Err(problem) = params.finish() else { return Vec::new() };
        let errors: Vec<FieldError> = serde_json::from_value(problem.document()["errors"].clone()).unwrap();
        errors.into_iter().map(|error| (error.path, error.code)).collect()
    }

    #[test]
    fn limits() {
        for (query, limit, code) in [
            ("", 50, None),
            ("limit=1", 1, None),
            ("limit=200", 200, None),
            ("limit=0", 50, Some("out_of_range")),
            ("limit=201", 50, Some("out_of_range")),
            ("limit=-1", 50, Some("out_of_range")),
            ("limit=99999999999999", 50, Some("out_of_range")),
            ("limit=", 50, Some("invalid_format")),
            ("limit=ten", 50, Some("invalid_format")),
            ("limit=%2B5", 50, Some("invalid_format")),
        ] {
            let mut params = params(query);
            assert_eq!(params.page().limit, limit, "{query}");
            let expected: Vec<_> = code.map(|code| ("?limit".to_owned(), code.to_owned())).into_iter().collect();
            assert_eq!(mistakes(params), expected, "{query}");
        }
    }

    #[test]
    fn all_mistakes_are_named() {
        let mut params = params("search=%00&linked=yes&nonsense=1&cursor=a&cursor=b");
        assert_eq!(params.boolean("linked"), None);
        params.text("search", 200);
        params.page();
        let expected = [
            ("?linked", "invalid_format"),
            ("?search", "invalid_characters"),
            ("?cursor", "duplicate"),
            ("?nonsense", "unknown_field"),
        ];
        assert_eq!(mistakes(params), expected.map(|(path, code)| (path.to_owned(), code.to_owned())));
    }
}
