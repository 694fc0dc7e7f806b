//! Reading what vendors send: numbers as text, text as numbers, nulls, and characters nobody should see.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The longest text that is kept of any field, in characters.
const LONGEST_TEXT: usize = 1_000;

/// A scalar of any JSON type as text; `None` for null, empty text, arrays and objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) Option<String>);

impl Text {
    /// For display or storage: cleaned, and empty is none.
    pub(super) fn clean(&self) -> Option<String> {
        self.0.as_deref().and_then(|text| people_text(text, LONGEST_TEXT))
    }

    /// As it was sent, without surrounding spaces.
    pub(super) fn raw(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// A whole number, written in any way.
    pub(super) fn whole(&self) -> Option<i64> {
        let text = self.raw()?;
        let text = text.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|b| b == b'0')).map_or(text, |(n, _)| n);
        text.parse().ok()
    }

    /// A yes or no, written in any way.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.raw()?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        }
    }
}

/// Text that people may see: no control characters, nothing that turns the direction of the text around it, one line,
/// at most `longest` characters. `None` if nothing is left.
pub(super) fn people_text(text: &str, longest: usize) -> Option<String> {
    let visible = text.chars().filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'));
    let one_line: String = visible.map(|c| if c.is_control() { ' ' } else { c }).collect();
    let joined = one_line.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = joined.chars().take(longest).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyScalar)
    }
}

struct AnyScalar;

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        // The one character that no text of the database can hold.
        Ok(Text(Some(text.replace('\0', ""))))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Text, E> {
        Ok(Text(Some(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Text, E> {
        Ok(Text(Some(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Text, E> {
        Ok(Text(Some(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Text, E> {
        Ok(Text(Some(value.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Text, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Text {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn any_scalar_is_text() {
        assert_eq!(text("\"a\"").0.as_deref(), Some("a"));
        assert_eq!(text("\"a\\u0000b\"").0.as_deref(), Some("ab"), "what cannot be stored is left out");
        assert_eq!(text("12").whole(), Some(12));
        assert_eq!(text("\"08\"").whole(), Some(8));
        assert_eq!(text("7.0").whole(), Some(7));
        assert_eq!(text("-3").whole(), Some(-3));
        assert_eq!(text("\"True\"").flag(), Some(true));
        assert_eq!(text("0").flag(), Some(false));
        for none in ["null", "[1,[2]]", "{\"a\":{}}"] {
            assert_eq!(text(none), Text(None), "{none}");
        }
    }

    #[test]
    fn people_see_clean_text() {
        assert_eq!(people_text(" a\u{0}\n\tb \u{202e}c ", 100).as_deref(), Some("a b c"));
        assert_eq!(people_text("åäö", 2).as_deref(), Some("åä"));
        assert_eq!(people_text("\u{0}\r\n", 10), None);
    }
}
