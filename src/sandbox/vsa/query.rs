//! The query options of lists: `$top`, `$skip`, `$orderby`, `$filter`.

use super::super::call::Call;
use super::super::world::State;
use super::Refused;
use super::filter::{Filter, Wrong};

/// The ceiling of a page, and its default size.
const PAGE: u64 = 100;

/// Which rows a list answers, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub top: u64,
    pub skip: u64,
    /// Fields, and whether they descend.
    pub order: Vec<(String, bool)>,
    pub filter: Option<Filter>,
}

impl Query {
    /// Reads the options of a list with these sortable and filterable fields.
    pub fn read(state: &mut State, call: &Call, sortable: &[&str], filterable: &[&str]) -> Result<Self, Refused> {
        let mut query = Self { top: PAGE, skip: 0, order: Vec::new(), filter: None };
        for (name, value) in call.query() {
            match name.as_str() {
                "$top" => query.top = top(state, call, &value)?,
                "$skip" => query.skip = number(&name, &value)?,
                "$orderby" => query.order = order(&value, sortable)?,
                "$filter" => query.filter = Some(filter(state, call, &value, filterable)?),
                _ => return Err(Refused::bad(format!("The query parameter '{name}' is not supported."))),
            }
        }
        Ok(query)
    }

    /// The rows of this page.
    pub fn page<T>(&self, rows: impl Iterator<Item = T>) -> Vec<T> {
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        rows.skip(number(self.skip)).take(number(self.top)).collect()
    }
}

/// For calls that take no options.
pub(super) fn none(call: &Call) -> Result<(), Refused> {
    match call.query().first() {
        None => Ok(()),
        Some((name, _)) => Err(Refused::bad(format!("The query parameter '{name}' is not supported."))),
    }
}

fn number(name: &str, value: &str) -> Result<u64, Refused> {
    value.parse().map_err(|_| Refused::bad(format!("Invalid value for '{name}'.")))
}

fn top(state: &mut State, call: &Call, value: &str) -> Result<u64, Refused> {
    let top = number("$top", value)?;
    if top > PAGE {
        state.ledger.violation(call.api, format_args!("$top={top}: a page has at most {PAGE} records"));
    }
    Ok(top.min(PAGE))
}

fn order(value: &str, sortable: &[&str]) -> Result<Vec<(String, bool)>, Refused> {
    let one = |part: &str| {
        let mut words = part.split_whitespace();
        let field = words.next().unwrap_or_default();
        let descending = match words.next() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(Refused::bad("Invalid value for '$orderby'.")),
        };
        if words.next().is_some() || !sortable.contains(&field) {
            return Err(Refused::bad(format!("'{field}' cannot be sorted by.")));
        }
        Ok((field.to_owned(), descending))
    };
    value.split(',').map(one).collect()
}

fn filter(state: &mut State, call: &Call, value: &str, filterable: &[&str]) -> Result<Filter, Refused> {
    Filter::parse(value, filterable).map_err(|wrong| match wrong {
        Wrong::LongNumber(digits) => {
            state.ledger.violation(call.api, format_args!("a long id without M in $filter: {value}"));
            Refused::bad(format!("Unrecognized 'Edm.Int32' literal '{digits}' in '{value}'."))
        }
        Wrong::Field(field) => Refused::bad(format!("'{field}' cannot be filtered by.")),
        Wrong::Syntax => Refused::bad("Syntax error in '$filter'."),
    })
}
