//! What answers of VSA 10 are wrapped in, and where errors say what is wrong (`kaseya-vsa10.md` 3).

use crate::domain::outcome::{ReadError, Refusal};
use crate::upstream::json::unreadable;
use crate::upstream::lenient::{Text, people_text};
use crate::upstream::transport::sorting::plain_refusal;
use crate::upstream::transport::{Answer, Fault};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The longest message of the server that is kept, in characters.
const LONGEST_MESSAGE: usize = 300;

/// The wrapping.
#[derive(Deserialize, Default)]
pub(super) struct Envelope<'a> {
    #[serde(rename = "Data", default, borrow)]
    data: Option<&'a RawValue>,
    #[serde(rename = "Meta", default)]
    meta: Option<Meta>,
    #[serde(rename = "ErrorMessage", default)]
    error_message: Text,
    #[serde(default)]
    message: Text,
    #[serde(default, borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct Meta {
    #[serde(rename = "TotalCount", default)]
    total: Text,
    #[serde(rename = "NextQueryLink", default)]
    next: Text,
    #[serde(rename = "ResponseCode", default)]
    code: Text,
    #[serde(rename = "ErrorMessage", default)]
    error_message: Text,
}

impl<'a> Envelope<'a> {
    /// Reads the wrapping of a success. A bare array counts as the rows themselves. An empty body is a success of calls that have
    /// nothing to say, but a list that says nothing is no empty list: customers would seem to be gone.
    pub(super) fn read(answer: &'a Answer) -> Result<Self, ReadError> {
        let json = answer.json();
        match json.trim_ascii_start().first() {
            None => return Err(ReadError::Unreadable("an empty answer".to_owned())),
            Some(b'[') => {
                let data = serde_json::from_slice(json).map_err(|error| unreadable(&error))?;
                return Ok(Self { data: Some(data), ..Self::default() });
            }
            Some(_) => {}
        }
        let envelope: Self = serde_json::from_slice(json).map_err(|error| unreadable(&error))?;
        if envelope.data.is_none() && envelope.total() != Some(0) {
            return Err(ReadError::Unreadable("not an answer of VSA 10".to_owned()));
        }
        if envelope.is_error() {
            return Err(ReadError::Unreadable("an error instead of rows".to_owned()));
        }
        Ok(envelope)
    }

    /// Rows of the whole list; not every build says it.
    pub(super) fn total(&self) -> Option<u64> {
        self.meta.as_ref()?.total.whole().and_then(|total| u64::try_from(total).ok())
    }

    /// Where the next page is, in the server's words.
    pub(super) fn next_link(&self) -> Option<&str> {
        self.meta.as_ref()?.next.raw()
    }

    /// The rows of a list.
    pub(super) fn rows(&self) -> Result<Vec<&'a RawValue>, ReadError> {
        let Some(data) = self.data else { return Ok(Vec::new()) };
        serde_json::from_str(data.get()).map_err(|_| ReadError::Unreadable("Data is not a list".to_owned()))
    }

    /// The one record of an answer.
    pub(super) fn record(&self) -> Option<&'a RawValue> {
        self.data
    }

    /// A list without rows beside an error is not a list of nobody.
    fn is_error(&self) -> bool {
        let has_rows =
            self.data.is_some_and(|data| !matches!(data.get().trim(), "null" | "{}") && !is_empty_list(data));
        let texts = [self.meta.as_ref().map(|meta| &meta.error_message), Some(&self.error_message)];
        let is_told = |text: &Text| text.raw().is_some_and(|text| !text.eq_ignore_ascii_case("none"));
        !has_rows && texts.into_iter().flatten().any(is_told)
    }

    fn code(&self) -> u16 {
        self.meta.as_ref().and_then(|meta| meta.code.whole()).and_then(|code| u16::try_from(code).ok()).unwrap_or(200)
    }

    fn error_text(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Inner {
            #[serde(default)]
            message: Text,
        }
        let inner = self.error.and_then(|error| serde_json::from_str::<Inner>(error.get()).ok());
        let candidates = [
            self.meta.as_ref().and_then(|meta| meta.error_message.raw()),
            self.error_message.raw(),
            self.message.raw(),
            inner.as_ref().and_then(|inner| inner.message.raw()),
        ];
        candidates.into_iter().flatten().next().and_then(|text| people_text(text, LONGEST_MESSAGE))
    }
}

fn is_empty_list(data: &RawValue) -> bool {
    let inside = data.get().trim().strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inside.is_some_and(|inside| inside.trim().is_empty())
}

/// An error inside a 200 counts as if it were the status of the answer.
pub(super) fn with_inner_status(result: Result<Answer, Fault>) -> Result<Answer, Fault> {
    result.map(|mut answer| {
        let inner = serde_json::from_slice::<Envelope<'_>>(answer.json()).map_or(200, |envelope| envelope.code());
        if answer.is_success() && (400..600).contains(&inner) {
            answer.status = inner;
        }
        answer
    })
}

/// The refusal in an error's words.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    let plain = plain_refusal(answer);
    let message = serde_json::from_slice::<Envelope<'_>>(answer.json()).ok().and_then(|envelope| envelope.error_text());
    Refusal { message: message.or(plain.message), ..plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer { status: 200, body: body.as_bytes().to_vec(), ..Answer::default() }
    }

    fn rows(body: &str) -> Result<usize, ReadError> {
        Envelope::read(&answer(body))?.rows().map(|rows| rows.len())
    }

    #[test]
    fn lists_come_wrapped_or_bare() {
        assert_eq!(rows(r#"{"Data":[{"Id":1}],"Meta":{"TotalCount":1,"ResponseCode":200}}"#), Ok(1));
        assert_eq!(rows(r#"[{"Id":1},{"Id":2}]"#), Ok(2));
        assert_eq!(rows(r#"{"Data":[]}"#), Ok(0));
        assert_eq!(rows(r#"{"Data":null,"Meta":{"TotalCount":"0"}}"#), Ok(0));
        for body in [
            "",
            "<html></html>",
            "{}",
            r#"{"Data":{}}"#,
            r#"{"Meta":{"TotalCount":3}}"#,
            "[1",
            r#"{"Data":[ ],"Meta":{"TotalCount":0,"ErrorMessage":"timeout"}}"#,
        ] {
            assert!(matches!(rows(body), Err(ReadError::Unreadable(_))), "{body}");
        }
    }

    #[test]
    fn errors_are_found_wherever_they_are() {
        for body in [
            r#"{"Meta":{"ErrorMessage":"no right","ResponseCode":403},"message":"other"}"#,
            r#"{"ErrorMessage":"no right","message":"other"}"#,
            r#"{"message":"no right"}"#,
            r#"{"error":{"message":"no\u0000 right"}}"#,
        ] {
            assert_eq!(refusal(&answer(body)).message.as_deref(), Some("no right"), "{body}");
        }
        assert_eq!(refusal(&answer(r#"{"error":"text"}"#)).message, None);
        assert_eq!(refusal(&answer("<p>secret</p>")).message, None);
    }

    #[test]
    fn an_error_inside_a_success_is_an_error() {
        let status = |body: &str| with_inner_status(Ok(answer(body))).unwrap().status;
        assert_eq!(status(r#"{"Data":null,"Meta":{"ResponseCode":403}}"#), 403);
        assert_eq!(status(r#"{"Data":[],"Meta":{"ResponseCode":200}}"#), 200);
        assert_eq!(status(r#"{"Data":[],"Meta":{"ResponseCode":0}}"#), 200);
        assert_eq!(status("[]"), 200);
    }
}
