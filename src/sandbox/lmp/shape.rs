//! The spellings in which the vendor's samples and its live answers differ.

use super::super::quirks::LmpQuirks;
use serde_json::Value;

/// The body as a server with these quirks would write it.
pub(super) fn shaped(body: Value, quirks: &LmpQuirks) -> Value {
    match body {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, shaped(value, quirks)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(|item| shaped(item, quirks)).collect(),
        Value::String(text) if text.is_empty() && quirks.null_strings => Value::Null,
        Value::String(text) if quirks.upper_case_ids && uuid::Uuid::parse_str(&text).is_ok() => {
            Value::String(text.to_ascii_uppercase())
        }
        Value::Number(number) if quirks.numbers_as_text => Value::String(number.to_string()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_quirk_changes_its_own_values() {
        let id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
        let body = json!({"id": id, "note": "", "units": [25], "name": "Åre"});
        assert_eq!(shaped(body.clone(), &LmpQuirks::default()), body);
        let quirks =
            LmpQuirks { upper_case_ids: true, numbers_as_text: true, null_strings: true, ..LmpQuirks::default() };
        let expected = json!({"id": id.to_uppercase(), "note": null, "units": ["25"], "name": "Åre"});
        assert_eq!(shaped(body, &quirks), expected);
    }
}
