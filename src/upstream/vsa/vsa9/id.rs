//! Ids of VSA 9: decimals of up to 28 digits, sent as numbers or as text (`kaseya-vsa9.md` 8).
//!
//! They fit no number type of JSON libraries, so they are read from the raw text of the answer.

use serde_json::value::RawValue;

/// The most digits an id has.
const MOST_DIGITS: usize = 28;

/// The digits of an id; `None` for null, empty text and anything that is no id.
pub(super) fn digits(raw: Option<&RawValue>) -> Option<&str> {
    let text = raw?.get().trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    let text = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    };
    let is_id = (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<String> {
        let raw: Option<&RawValue> = serde_json::from_str(json).unwrap();
        digits(raw).map(str::to_owned)
    }

    #[test]
    fn every_digit_is_kept_however_it_is_written() {
        let expected = Some("48213377150926640184452719".to_owned());
        for json in [
            "48213377150926640184452719",
            "\"48213377150926640184452719\"",
            "48213377150926640184452719.0",
            " \" 48213377150926640184452719.00 \" ",
        ] {
            assert_eq!(read(json), expected, "{json}");
        }
    }

    #[test]
    fn everything_else_is_none() {
        for json in
            ["null", "\"\"", "4.8e25", "-1", "1.5", "\"a\"", "[]", "{}", "true", "12345678901234567890123456789"]
        {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
