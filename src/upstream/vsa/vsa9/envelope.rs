//! What every answer of VSA 9 is wrapped in, and when it is an error (`kaseya-vsa9.md` 4).

use crate::domain::outcome::{ReadError, Refusal};
use crate::upstream::json::unreadable;
use crate::upstream::lenient::{Text, people_text};
use crate::upstream::transport::sorting::plain_refusal;
use crate::upstream::transport::{Answer, Fault};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The wrapping. What is inside stays raw, because ids would lose digits on any other way.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(rename = "TotalRecords", default)]
    total: Text,
    #[serde(rename = "Result", default, borrow)]
    pub(super) result: Option<&'a RawValue>,
    #[serde(rename = "ResponseCode", default)]
    response_code: Text,
    #[serde(rename = "Status", default)]
    status: Text,
    #[serde(rename = "Error", default)]
    error: Text,
}

impl<'a> Envelope<'a> {
    /// Reads the wrapping of a success. A login page or an empty body is no answer to a read.
    pub(super) fn read(answer: &'a Answer) -> Result<Self, ReadError> {
        if answer.is_empty() {
            return Err(ReadError::Unreadable("an empty answer".to_owned()));
        }
        let envelope: Self = serde_json::from_slice(answer.json()).map_err(|error| unreadable(&error))?;
        // Any JSON at all would otherwise pass for an envelope without fields.
        if !answer.json().trim_ascii_start().starts_with(b"{") || envelope.is_bare() {
            return Err(ReadError::Unreadable("not an answer of VSA 9".to_owned()));
        }
        if envelope.is_success() { Ok(envelope) } else { Err(ReadError::Refused(envelope.refusal(answer.status))) }
    }

    /// Records in the whole list.
    pub(super) fn total(&self) -> Option<u64> {
        self.total.whole().and_then(|total| u64::try_from(total).ok())
    }

    /// The rows of a list. One row may come without its brackets.
    pub(super) fn rows(&self) -> Result<Vec<&'a RawValue>, ReadError> {
        match self.result {
            Some(one) if one.get().starts_with('{') => Ok(vec![one]),
            Some(rows) => serde_json::from_str(rows.get()).map_err(|_| no_rows()),
            None if self.total() == Some(0) => Ok(Vec::new()),
            None => Err(no_rows()),
        }
    }

    /// The one record of an answer. It may come as a list of one.
    pub(super) fn record(&self) -> Result<Option<&'a RawValue>, ReadError> {
        match self.result {
            Some(rows) if rows.get().starts_with('[') => Ok(self.rows()?.first().copied()),
            record => Ok(record),
        }
    }

    fn is_bare(&self) -> bool {
        self.result.is_none()
            && self.response_code.raw().is_none()
            && self.status.raw().is_none()
            && self.total().is_none()
    }

    fn code(&self) -> i64 {
        self.response_code.whole().unwrap_or(0)
    }

    fn is_success(&self) -> bool {
        let by_code = match self.response_code.whole() {
            Some(code) => code == 0 || code.to_string().starts_with("20"),
            None => self.status.raw().is_none(),
        };
        let by_status = self.status.raw().is_some_and(|status| status.eq_ignore_ascii_case("ok"));
        // Errors can call themselves OK, and a list without rows beside one is not a list of nobody.
        (by_code || (by_status && !is_error_status(self.code()))) && self.error_text().is_none()
    }

    /// `Error` on success is the word None, null, empty or missing.
    fn error_text(&self) -> Option<&str> {
        self.error.raw().filter(|text| !text.eq_ignore_ascii_case("none") && !text.eq_ignore_ascii_case("null"))
    }

    fn refusal(&self, status: u16) -> Refusal {
        let message = self.error_text().and_then(|text| people_text(text, 300));
        Refusal { status, field: None, message }
    }
}

fn no_rows() -> ReadError {
    ReadError::Unreadable("Result is not a list".to_owned())
}

fn is_error_status(code: i64) -> bool {
    (400..600).contains(&code)
}

/// An error inside a 200 counts as if it were the status of the answer.
pub(super) fn with_inner_status(result: Result<Answer, Fault>) -> Result<Answer, Fault> {
    result.map(|mut answer| {
        let code = match serde_json::from_slice::<Envelope<'_>>(answer.json()) {
            Ok(envelope) if answer.is_success() => envelope.code(),
            _ => 0,
        };
        if is_error_status(code) {
            answer.status = u16::try_from(code).unwrap_or(answer.status);
        }
        answer
    })
}

/// The refusal in an error's envelope.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    serde_json::from_slice::<Envelope<'_>>(answer.json())
        .map_or_else(|_| plain_refusal(answer), |envelope| envelope.refusal(answer.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer { status: 200, body: body.as_bytes().to_vec(), ..Answer::default() }
    }

    fn is_read(body: &str) -> bool {
        Envelope::read(&answer(body)).is_ok()
    }

    #[test]
    fn successes_are_told_apart_from_errors() {
        for error in ["\"None\"", "null", "\"\""] {
            assert!(is_read(&format!(r#"{{"Result":[],"ResponseCode":0,"Status":"OK","Error":{error}}}"#)), "{error}");
        }
        assert!(is_read(r#"{"Result":true}"#));
        assert!(is_read(r#"{"Result":[],"ResponseCode":"2001"}"#));
        assert!(is_read(r#"{"Result":[],"ResponseCode":7,"Status":"OK"}"#));
        assert!(!is_read(r#"{"Result":[],"ResponseCode":7,"Status":"Failed"}"#));
        assert!(!is_read(r#"{"Result":[],"ResponseCode":500,"Status":"OK","Error":"None"}"#));
        assert!(!is_read(r#"{"Result":null,"ResponseCode":0,"Error":"No such view"}"#));
        assert!(!is_read(r#"{"TotalRecords":0,"Result":[],"Status":"Error"}"#));
        for code in ["", r#""ResponseCode":0,"#] {
            let timeout = r#""TotalRecords":0,"Result":[],"Status":"OK","Error":"The operation timed out"}"#;
            assert!(!is_read(&format!("{{{code}{timeout}")), "{code}");
        }
        for body in ["", "<html></html>", "[]", "{}", "{\"message\":\"hello\"}", "{\"Result\":["] {
            assert!(!is_read(body), "{body}");
        }
    }

    #[test]
    fn inner_errors_become_the_status() {
        let status = |body: &str| with_inner_status(Ok(answer(body))).unwrap().status;
        assert_eq!(status(r#"{"ResponseCode":401,"Status":"OK","Error":"None"}"#), 401);
        assert_eq!(status(r#"{"ResponseCode":"401","Result":[]}"#), 401);
        assert_eq!(status(r#"{"ResponseCode":0,"Result":[]}"#), 200);
        assert_eq!(status("<html>"), 200);
    }

    #[test]
    fn totals_may_be_text() {
        let total = |value: &str| {
            Envelope::read(&answer(&format!(r#"{{"TotalRecords":{value},"Result":[]}}"#))).unwrap().total()
        };
        assert_eq!((total("3"), total("\"3\""), total("3.0"), total("null")), (Some(3), Some(3), Some(3), None));
    }
}
