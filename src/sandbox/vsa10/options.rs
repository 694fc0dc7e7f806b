//! The options of lists: `$top`, `$skip`, `$orderby`, `$filter`, `$count`.

use super::super::call::Call;
use super::super::world::State;
use super::Refused;

/// The page of those who ask for none.
const DEFAULT_PAGE: u64 = 50;

/// Which rows a list answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub skip: u64,
    /// Rows on a page, after the server has had its say.
    pub top: u64,
    /// A field and the text it must be equal to.
    pub filter: Option<(String, String)>,
    pub descending: bool,
    /// Everything but `$skip`, as it was sent.
    rest: String,
}

impl Options {
    /// Reads the options of a list with these fields.
    pub fn read(state: &State, call: &Call, fields: &[&str]) -> Result<Self, Refused> {
        let cap = state.quirks.vsa10.page;
        let mut options =
            Self { skip: 0, top: DEFAULT_PAGE.min(cap), filter: None, descending: false, rest: rest(call) };
        for (name, value) in call.query() {
            match name.as_str() {
                "$top" => options.top = number(&name, &value)?.min(cap),
                "$skip" => options.skip = number(&name, &value)?,
                "$count" => {}
                "$orderby" => options.descending = descends(&value, fields)?,
                "$filter" => options.filter = Some(equality(&value, fields)?),
                _ => return Err(bad(format!("The query parameter '{name}' is not supported."))),
            }
        }
        Ok(options)
    }

    /// The same query for the page that begins after so many rows.
    pub fn query_from(&self, rows: u64) -> String {
        format!("{}$skip={rows}", self.rest)
    }

    /// Whether a row with this value in this field is asked for.
    pub fn fits(&self, field: &str, value: &str) -> bool {
        self.filter.as_ref().is_none_or(|(name, wanted)| name != field || wanted == value)
    }

    /// The rows of this page.
    pub fn page<T>(&self, rows: impl Iterator<Item = T>) -> Vec<T> {
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        rows.skip(number(self.skip)).take(number(self.top)).collect()
    }
}

fn rest(call: &Call) -> String {
    let query = call.target.split_once('?').map_or("", |(_, query)| query);
    let kept = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("$skip"));
    kept.fold(String::new(), |rest, part| rest + part + "&")
}

fn bad(text: String) -> Refused {
    (400, text)
}

fn number(name: &str, value: &str) -> Result<u64, Refused> {
    value.parse().map_err(|_| bad(format!("Invalid value for '{name}'.")))
}

fn descends(value: &str, fields: &[&str]) -> Result<bool, Refused> {
    let words: Vec<_> = value.split_whitespace().collect();
    match words.as_slice() {
        [field] | [field, "asc"] if fields.contains(field) => Ok(false),
        [field, "desc"] if fields.contains(field) => Ok(true),
        _ => Err(bad("Invalid value for '$orderby'.".to_owned())),
    }
}

fn equality(value: &str, fields: &[&str]) -> Result<(String, String), Refused> {
    match value.splitn(3, ' ').collect::<Vec<_>>().as_slice() {
        [field, "eq", wanted] if fields.contains(field) => {
            let wanted = wanted.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(wanted);
            Ok(((*field).to_owned(), wanted.replace("''", "'")))
        }
        _ => Err(bad("Invalid value for '$filter'.".to_owned())),
    }
}
