//! The field tables of `lmpi.md` 5.1 and 5.3.

use super::Refused;
use serde_json::{Map, Value};

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub name: &'static str,
    pub required: bool,
    pub longest: usize,
    pub kind: Kind,
}

/// Which text is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Country,
    Email,
    /// Addresses separated by `;`.
    Emails,
}

const fn text(name: &'static str, required: bool, longest: usize) -> Rule {
    Rule { name, required, longest, kind: Kind::Text }
}

/// `company` of a new customer.
pub(super) const COMPANY: [Rule; 10] = [
    text("name", true, 128),
    text("address", false, 128),
    text("city", true, 64),
    text("state", true, 64),
    text("postal_code", false, 10),
    Rule { name: "country", required: true, longest: 2, kind: Kind::Country },
    text("industry", false, 3),
    text("size", false, 2),
    text("note", false, 500),
    Rule { name: "emergency_email", required: false, longest: 250, kind: Kind::Emails },
];

/// `contact` of a new customer.
pub(super) const CONTACT: [Rule; 3] = [
    text("first_name", true, 50),
    text("last_name", true, 50),
    Rule { name: "email", required: true, longest: 128, kind: Kind::Email },
];

/// The flat body of an update: the same lengths, nothing required.
pub(super) const UPDATE: [Rule; 8] = [
    text("name", false, 128),
    text("address", false, 128),
    text("city", false, 64),
    text("state", false, 64),
    text("postal_code", false, 10),
    Rule { name: "country", required: false, longest: 2, kind: Kind::Country },
    text("note", false, 500),
    Rule { name: "emergency_email", required: false, longest: 250, kind: Kind::Emails },
];

/// Checks the fields of an object; `prefix` is the path in front of a field's name, with its dot.
pub(super) fn check(object: &Map<String, Value>, rules: &[Rule], prefix: &str) -> Result<(), Refused> {
    rules.iter().try_for_each(|rule| check_field(object.get(rule.name), *rule, prefix))
}

fn check_field(value: Option<&Value>, rule: Rule, prefix: &str) -> Result<(), Refused> {
    let refuse = |complaint: &str| {
        Err(Refused::field(&format!("{prefix}{}", rule.name), format!("The {} field {complaint}.", rule.name)))
    };
    let text = match value {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return refuse("must be text"),
    };
    if text.trim().is_empty() {
        return if rule.required { refuse("is required") } else { Ok(()) };
    }
    if text.chars().count() > rule.longest {
        return refuse(&format!("has at most {} characters", rule.longest));
    }
    let valid = match rule.kind {
        Kind::Text => true,
        Kind::Country => rust_iso3166::from_alpha2(text).is_some(),
        Kind::Email => is_email(text),
        Kind::Emails => text.split(';').all(|address| is_email(address.trim())),
    };
    if valid { Ok(()) } else { refuse("is invalid") }
}

/// Letters, digits, hyphen, period and underscore around one `@`; no `+`.
fn is_email(text: &str) -> bool {
    let allowed = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    text.split_once('@').is_some_and(|(user, host)| allowed(user) && allowed(host) && host.contains('.'))
}

/// The names in an object that no rule knows.
pub(super) fn unknown_fields<'a>(object: &'a Map<String, Value>, rules: &[Rule]) -> Vec<&'a str> {
    object.keys().map(String::as_str).filter(|name| rules.iter().all(|rule| rule.name != *name)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::world::Customer;
    use super::*;
    use serde_json::json;

    fn company(change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), Refused> {
        let customer = Customer::named("Nordic Sample AB");
        let mut object = Map::new();
        for (name, value) in [("name", customer.name), ("city", customer.city), ("state", customer.state)] {
            object.insert(name.to_owned(), json!(value));
        }
        object.insert("country".to_owned(), json!("SE"));
        change(&mut object);
        check(&object, &COMPANY, "company.")
    }

    #[test]
    fn the_first_wrong_field_is_named() {
        assert_eq!(company(|_| {}), Ok(()));
        let refused = company(|object| drop(object.remove("city"))).unwrap_err();
        assert_eq!(refused.subject, "InvalidParameterscompany.city");
        assert_eq!(refused.message, "The city field is required.");
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let named = |length| company(|object| drop(object.insert("name".to_owned(), json!("å".repeat(length)))));
        assert_eq!(named(128), Ok(()));
        assert_eq!(named(129).unwrap_err().subject, "InvalidParameterscompany.name");
    }

    #[test]
    fn countries_are_codes() {
        let from = |country| company(|object| drop(object.insert("country".to_owned(), json!(country))));
        assert!(from("GB").is_ok());
        assert!(from("ZZ").is_err());
        assert!(from("Sweden").is_err());
    }

    #[test]
    fn addresses_have_no_plus() {
        assert!(is_email("ada.berg@example.test"));
        assert!(!is_email("ada+berg@example.test"));
        assert!(!is_email("ada@berg@example.test"));
        assert!(!is_email("ada"));
    }
}
