//! Reads request bodies strictly: every mistake is collected, so that all of them are named at once.
//!
//! Each getter answers `None` when it has noted a mistake. A body is read completely before the first `?`.

use crate::domain::account::is_unprintable;
use crate::domain::field::FieldError;
use crate::domain::ids::{MAX_ID_LENGTH, OrganizationId};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::Hash;

static NOTHING: Value = Value::Null;

/// More mistakes than a body of rows can have; only nonsense has more.
const MAX_ERRORS: usize = 20_000;

/// Reads a whole body; all mistakes if there is one.
pub fn read<T>(body: &Value, reader: impl FnOnce(&Node<'_>) -> Option<T>) -> Result<T, Vec<FieldError>> {
    let errors = RefCell::new(Vec::new());
    let read = reader(&Node { value: body, path: String::new(), errors: &errors });
    let errors = errors.into_inner();
    match read {
        Some(read) if errors.is_empty() => Ok(read),
        _ => Err(errors),
    }
}

/// What is wrong with a text that is to be at most `limit` characters long and readable, if anything.
pub fn text_mistake(text: &str, limit: usize) -> Option<(&'static str, String)> {
    if text.chars().count() > limit {
        return Some(("too_long", format!("At most {limit} characters are accepted.")));
    }
    text.chars()
        .any(is_unprintable)
        .then(|| ("invalid_characters", "Control and direction characters are not accepted.".to_owned()))
}

/// A value somewhere in a body.
pub struct Node<'a> {
    value: &'a Value,
    path: String,
    errors: &'a RefCell<Vec<FieldError>>,
}

/// An object whose names are all known.
pub struct Object<'a> {
    values: &'a Map<String, Value>,
    path: String,
    errors: &'a RefCell<Vec<FieldError>>,
}

impl<'a> Node<'a> {
    /// Notes a mistake here.
    pub fn refuse<T>(&self, code: &str, message: impl Into<String>) -> Option<T> {
        let mut errors = self.errors.borrow_mut();
        if errors.len() < MAX_ERRORS {
            errors.push(FieldError::new(self.path.as_str(), code, message));
        }
        None
    }

    fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        if self.value.is_null() {
            return self.refuse("required", format!("This must not be null; {wanted} is expected."));
        }
        self.refuse("invalid_format", format!("This is of another type; {wanted} is expected."))
    }

    /// An object with whatever names.
    pub fn any_object(&self) -> Option<Object<'a>> {
        let Some(values) = self.value.as_object() else { return self.wrong_type("an object") };
        Some(Object { values, path: self.path.clone(), errors: self.errors })
    }

    /// An object with no other names than `known`.
    pub fn object(&self, known: &[&str]) -> Option<Object<'a>> {
        let object = self.any_object()?;
        for name in object.values.keys().filter(|name| !known.contains(&name.as_str())) {
            object.child(name, &NOTHING).refuse::<()>("unknown_field", format!("Known are: {}.", known.join(", ")));
        }
        Some(object)
    }

    /// `None` inside if it is null.
    #[expect(clippy::option_option, reason = "a mistake, nothing, or a value")]
    pub fn nullable<T>(&self, reader: impl FnOnce(&Self) -> Option<T>) -> Option<Option<T>> {
        if self.value.is_null() { Some(None) } else { reader(self).map(Some) }
    }

    /// Text of any kind.
    pub fn string(&self) -> Option<&'a str> {
        self.value.as_str().or_else(|| self.wrong_type("a string"))
    }

    /// Text without control or direction characters, 1 to `limit` characters long.
    pub fn text(&self, limit: usize) -> Option<String> {
        let text = self.string()?;
        if let Some((code, message)) = text_mistake(text, limit) {
            return self.refuse(code, message);
        }
        if text.is_empty() { self.refuse("too_short", "This must not be empty.") } else { Some(text.to_owned()) }
    }

    /// An id.
    pub fn id<T, E>(&self, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        let text = self.text(MAX_ID_LENGTH)?;
        match parse(&text) {
            Ok(id) => Some(id),
            Err(_) => self.refuse("invalid_format", "An id has 1 to 128 letters, digits and signs, without spaces."),
        }
    }

    /// A whole number from `least` to `most`.
    pub fn integer(&self, least: u32, most: u32) -> Option<u32> {
        let Some(number) = self.value.as_number() else { return self.wrong_type("a whole number") };
        let whole = number.as_i128().or_else(|| number.as_f64().and_then(whole));
        let Some(whole) = whole else { return self.wrong_type("a whole number") };
        match u32::try_from(whole) {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => self.refuse("out_of_range", format!("A whole number from {least} to {most} is expected.")),
        }
    }

    /// True or false.
    pub fn boolean(&self) -> Option<bool> {
        self.value.as_bool().or_else(|| self.wrong_type("true or false"))
    }

    /// From `least` to `most` values, each read by `reader`.
    pub fn list<T>(&self, least: usize, most: usize, reader: impl Fn(&Node<'a>) -> Option<T>) -> Option<Vec<T>> {
        let Some(values) = self.value.as_array() else { return self.wrong_type("an array") };
        if values.len() > most {
            return self.refuse("too_long", format!("At most {most} are accepted."));
        }
        if values.len() < least {
            return self.refuse("too_short", format!("At least {least} must be named."));
        }
        let read: Vec<_> = self.children(values).map(|child| reader(&child)).collect();
        read.into_iter().collect()
    }

    /// At most `most` different ids.
    pub fn ids(&self, most: usize) -> Option<Vec<OrganizationId>> {
        let seen = RefCell::new(HashSet::new());
        self.list(0, most, |node| node.once(node.id(OrganizationId::parse)?, &seen))
    }

    /// From `least` to `most` objects, each of another organization; their mistakes name it.
    pub fn rows<T>(
        &self,
        known: &[&str],
        least: usize,
        most: usize,
        reader: impl Fn(&Object<'a>) -> Option<T>,
    ) -> Option<Vec<(OrganizationId, T)>> {
        let seen = RefCell::new(HashSet::new());
        self.list(least, most, |node| {
            let before = self.errors.borrow().len();
            let object = node.object(known)?;
            let organization = object.required("organization_id");
            let id = organization.as_ref().and_then(|node| node.id(OrganizationId::parse));
            let only = organization.zip(id.clone()).and_then(|(node, id)| node.once(id, &seen));
            let rest = reader(&object);
            if let Some(id) = id {
                self.errors.borrow_mut().iter_mut().skip(before).for_each(|error| *error = error.clone().of(&id));
            }
            Some((only?, rest?))
        })
    }

    fn once<T: Hash + Eq + Clone>(&self, value: T, seen: &RefCell<HashSet<T>>) -> Option<T> {
        if seen.borrow_mut().insert(value.clone()) {
            Some(value)
        } else {
            self.refuse("duplicate", "This has been named above; name each only once.")
        }
    }

    fn children(&self, values: &'a [Value]) -> impl Iterator<Item = Node<'a>> {
        let (path, errors) = (self.path.clone(), self.errors);
        values.iter().enumerate().map(move |(index, value)| Node { value, path: format!("{path}/{index}"), errors })
    }
}

impl<'a> Object<'a> {
    fn child(&self, name: &str, value: &'a Value) -> Node<'a> {
        let name = name.replace('~', "~0").replace('/', "~1");
        Node { value, path: format!("{}/{name}", self.path), errors: self.errors }
    }

    /// The value of a name; a mistake if there is none.
    pub fn required(&self, name: &str) -> Option<Node<'a>> {
        let found = self.optional(name);
        if found.is_none() {
            self.child(name, &NOTHING).refuse::<()>("required", "This must be given.");
        }
        found
    }

    /// The value of a name, if there is one.
    pub fn optional(&self, name: &str) -> Option<Node<'a>> {
        self.values.get(name).map(|value| self.child(name, value))
    }

    /// Any text; `None` inside where it is null or left out.
    #[expect(clippy::option_option, reason = "a mistake, nothing, or a value")]
    pub fn loose_text(&self, name: &str) -> Option<Option<String>> {
        match self.optional(name) {
            Some(node) => node.nullable(|node| node.string().map(str::to_owned)),
            None => Some(None),
        }
    }
}

/// `2.0` is a whole number as well.
fn whole(number: f64) -> Option<i128> {
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers of this size keep every digit")]
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i128)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
