//! The envelope around every answer, and ids as the server mixes them.

use super::super::call::Reply;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    total_records: Option<Box<RawValue>>,
    result: &'a T,
    response_code: u16,
    status: &'static str,
    /// The word `None`, not null, means that there is no error.
    error: &'static str,
}

fn envelope<T: Serialize>(result: &T, total_records: Option<Box<RawValue>>) -> Reply {
    Reply::json(200, &Envelope { total_records, result, response_code: 0, status: "OK", error: "None" })
}

/// One record, or one value.
pub(super) fn single<T: Serialize>(result: &T) -> Reply {
    envelope(result, None)
}

/// A page of records. `TotalRecords` is a number or numeric text.
pub(super) fn list<T: Serialize>(records: &Vec<T>, total: u64, as_number: bool) -> Reply {
    envelope(records, Some(digits(&total.to_string(), as_number)))
}

/// Digits as a JSON number of any length, or as text.
pub(super) fn digits(text: &str, as_number: bool) -> Box<RawValue> {
    let is_number = !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if as_number && (is_number || text == "0") {
        RawValue::from_string(text.to_owned()).unwrap_or_default()
    } else {
        to_raw_value(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_keep_every_digit_in_both_spellings() {
        let id = "48213377150926640184452719";
        assert_eq!(digits(id, true).get(), id);
        assert_eq!(digits(id, false).get(), format!("\"{id}\""));
        assert_eq!(digits("0", true).get(), "0");
        assert_eq!(digits("", true).get(), "\"\"");
    }

    #[test]
    fn no_error_is_the_word_none() {
        let body = list(&vec![digits("48213377150926640184452719", true)], 1, false).body;
        let expected = r#"{"TotalRecords":"1","Result":[48213377150926640184452719],"ResponseCode":0,"Status":"OK","Error":"None"}"#;
        assert_eq!(body, expected);
        assert!(single(&true).body.starts_with(r#"{"Result":true,"#));
    }
}
