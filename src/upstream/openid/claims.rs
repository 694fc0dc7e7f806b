//! What a provider says of a person, in an ID token or when asked for the user.

use super::OpenIdUser;
use crate::domain::outcome::ReadError;
use crate::upstream::lenient::people_text;
use serde_json::{Map, Value};

/// The longest name of a person or role, in characters.
const LONGEST: usize = 200;
/// The longest id; the specification allows 255 characters.
const LONGEST_SUBJECT: usize = 255;
/// More roles than anybody has.
const MOST_ROLES: usize = 1000;

/// Claims of somebody whose id is known.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    subject: String,
    all: Map<String, Value>,
}

impl Claims {
    /// Claims with an id.
    pub(super) fn of(all: Map<String, Value>) -> Result<Self, ReadError> {
        let subject = all.get("sub").and_then(Value::as_str).filter(|id| (1..=LONGEST_SUBJECT).contains(&id.len()));
        let subject = subject.ok_or_else(|| super::missing("sub"))?.to_owned();
        Ok(Self { subject, all })
    }

    /// Whose they are.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether roles are listed, be it none.
    pub(super) fn lists(&self, role_claim: &str) -> bool {
        self.claim(role_claim).is_some()
    }

    /// With what these lack from others of the same person.
    pub(super) fn completed(mut self, further: Self) -> Self {
        for (name, value) in further.all {
            self.all.entry(name).or_insert(value);
        }
        self
    }

    /// The person.
    pub(super) fn user(self, role_claim: &str) -> Result<OpenIdUser, ReadError> {
        let text = |name: &str| self.all.get(name).and_then(Value::as_str).and_then(|text| people_text(text, LONGEST));
        let name = ["name", "preferred_username", "email"].into_iter().find_map(text);
        let roles = match self.claim(role_claim) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(role)) => vec![role.clone()],
            Some(Value::Array(roles)) => {
                roles.iter().take(MOST_ROLES).filter_map(|role| Some(role.as_str()?.to_owned())).collect()
            }
            Some(_) => return Err(ReadError::Unreadable("the role claim is no list".to_owned())),
        };
        Ok(OpenIdUser { name: name.unwrap_or_else(|| self.subject.clone()), id: self.subject.clone(), roles })
    }

    fn claim(&self, name: &str) -> Option<&Value> {
        let Some(path) = name.strip_prefix('/') else { return self.all.get(name) };
        let mut names = path.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
        let first = self.all.get(&names.next()?)?;
        names.try_fold(first, |value, name| value.get(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(value: Value) -> Claims {
        Claims::of(value.as_object().unwrap().clone()).unwrap()
    }

    fn roles(value: Value, claim: &str) -> Vec<String> {
        claims(value).user(claim).unwrap().roles
    }

    #[test]
    fn roles_are_found_wherever_a_provider_lists_them() {
        assert_eq!(roles(json!({ "sub": "1", "roles": ["a", 7, "b"] }), "roles"), ["a", "b"]);
        assert_eq!(roles(json!({ "sub": "1", "groups": "a" }), "groups"), ["a"]);
        assert_eq!(roles(json!({ "sub": "1", "realm_access": { "roles": ["a"] } }), "/realm_access/roles"), ["a"]);
        assert_eq!(
            roles(json!({ "sub": "1", "https://msp.example/roles": ["a"] }), "https://msp.example/roles"),
            ["a"]
        );
        assert_eq!(roles(json!({ "sub": "1", "a/b": { "r": ["a"] } }), "/a~1b/r"), ["a"]);
        assert_eq!(roles(json!({ "sub": "1" }), "roles"), [""; 0]);
        assert!(claims(json!({ "sub": "1", "roles": { "a": true } })).user("roles").is_err());
    }

    #[test]
    fn a_person_has_an_id_and_some_name() {
        let name = |value| claims(value).user("roles").unwrap().name;
        assert_eq!(name(json!({ "sub": "1", "name": "Nora\u{202e} Quist", "email": "n@a.example" })), "Nora Quist");
        assert_eq!(name(json!({ "sub": "1", "name": " ", "preferred_username": "nora" })), "nora");
        assert_eq!(name(json!({ "sub": "1" })), "1");
        for sub in [json!({}), json!({ "sub": "" }), json!({ "sub": 7 }), json!({ "sub": "x".repeat(256) })] {
            assert!(Claims::of(sub.as_object().unwrap().clone()).is_err());
        }
    }

    #[test]
    fn what_is_lacking_is_added_and_nothing_is_replaced() {
        let both = claims(json!({ "sub": "1", "name": "A" }))
            .completed(claims(json!({ "sub": "1", "name": "B", "roles": ["r"] })));
        let user = both.user("roles").unwrap();
        assert_eq!((user.name.as_str(), user.roles.as_slice()), ("A", ["r".to_owned()].as_slice()));
    }
}
