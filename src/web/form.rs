//! Forms and queries as repeated fields, with caps on their sizes.

use super::error::WebError;
use crate::domain::ids::OrganizationId;
use axum::extract::{Form, FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use std::borrow::Cow;
use std::collections::HashMap;

/// The most characters of a value; what is longer is cut, and then too long for every field there is.
const MAX_VALUE: usize = 1000;
/// The most fields of a form.
const MAX_FIELDS: usize = 40_000;

/// The fields of a form or query, in their order.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    pairs: Vec<(String, String)>,
    first: HashMap<String, usize>,
}

impl Fields {
    fn new(pairs: Vec<(String, String)>) -> Result<Self, WebError> {
        if pairs.len() > MAX_FIELDS {
            return Err(WebError::FormTooLarge);
        }
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name, clean(&value))).collect();
        let mut first = HashMap::with_capacity(pairs.len());
        for (index, (name, _)) in pairs.iter().enumerate() {
            first.entry(name.clone()).or_insert(index);
        }
        Ok(Self { pairs, first })
    }

    /// The first field of this name.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.first.get(name).map(|index| self.pairs[*index].1.as_str())
    }

    /// The first field of this name, trimmed; `None` if blank.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.one(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// All fields of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// A field of a row: `rows.<organization id>.<field>`.
    pub fn row(&self, organization: &OrganizationId, field: &str) -> Option<&str> {
        self.one(&row_name(organization, field))
    }

    /// Whether a box is ticked.
    pub fn is_set(&self, name: &str) -> bool {
        self.one(name).is_some_and(|value| value == "1")
    }

    /// The version the form is based on; one without is older than any.
    pub fn version(&self) -> u32 {
        self.one("version").and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Organizations of this name, each once, unusable ids left out.
    pub fn organizations(&self, name: &str) -> Vec<OrganizationId> {
        let mut seen = std::collections::HashSet::new();
        let ids = self.all(name).filter_map(|text| OrganizationId::parse(text).ok());
        ids.filter(|id| seen.insert(id.clone())).collect()
    }

    /// An organization.
    pub fn organization(&self, name: &str) -> Option<OrganizationId> {
        self.one(name).and_then(|text| OrganizationId::parse(text).ok())
    }

    /// Everything, to be sent again.
    pub fn all_pairs(&self) -> Vec<(String, String)> {
        self.pairs.clone()
    }

    /// The fields whose names begin like this, without it.
    pub fn stripped(&self, prefix: &str) -> Vec<(String, String)> {
        let rest = |(name, value): &(String, String)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()));
        self.pairs.iter().filter_map(rest).collect()
    }

    /// Everything but the version, to be sent again.
    pub fn without_version(&self) -> Vec<(String, String)> {
        self.pairs.iter().filter(|(name, _)| name != "version").cloned().collect()
    }
}

/// The name of a row's field.
pub fn row_name(organization: &OrganizationId, field: &str) -> String {
    format!("rows.{organization}.{field}")
}

/// Cut to what is accepted, without characters no database takes.
fn clean(value: &str) -> String {
    value.chars().filter(|character| *character != '\0').take(MAX_VALUE).collect()
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        Self::new(form.map_err(|_| WebError::FormUnreadable)?.0)
    }
}

/// The fields of a query.
#[derive(Debug, Clone)]
pub struct QueryFields(pub Fields);

impl<S: Send + Sync> FromRequestParts<S> for QueryFields {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        Fields::new(query.map_err(|_| WebError::FormUnreadable)?.0).map(Self)
    }
}

/// One field of a row as a form shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name in the form.
    pub name: String,
    /// Id in the page.
    pub id: String,
    /// For people.
    pub label: Cow<'static, str>,
    /// What is entered.
    pub value: String,
    /// Kind of input.
    pub kind: &'static str,
    /// Id of a list to choose from; empty if there is none.
    pub list: &'static str,
    /// Whether the vendor demands it.
    pub required: bool,
    /// What is wrong with it; empty if nothing is.
    pub problem: String,
}

/// An address of ours with a query.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (index, (name, value)) in pairs.iter().enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        address.push_str(&encoded(value));
    }
    address
}

/// Text as a part of an address.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
        }
    }
    encoded
}

#[cfg(test)]
impl Fields {
    /// Fields as a form would send them.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_repeat_and_rows_are_found_by_their_id() {
        let id = OrganizationId::parse("a.b").unwrap();
        let fields = Fields::of(&[
            ("organization", "1"),
            ("organization", "2"),
            ("organization", "1"),
            ("rows.a.b.city", " Poole "),
        ]);
        assert_eq!(fields.organizations("organization").len(), 2);
        assert_eq!(fields.row(&id, "city"), Some(" Poole "));
        assert_eq!(fields.version(), 0);
    }

    #[test]
    fn long_values_are_cut_and_nul_is_dropped() {
        let fields = Fields::of(&[("a", &"ä".repeat(2000)), ("b", "x\0y")]);
        assert_eq!(fields.one("a").map(|text| text.chars().count()), Some(MAX_VALUE));
        assert_eq!(fields.one("b"), Some("xy"));
    }

    #[test]
    fn queries_are_encoded() {
        assert_eq!(with_query("/x", &[("a", "ä &=")]), "/x?a=%C3%A4%20%26%3D");
    }
}
