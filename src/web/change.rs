//! Two people, or two tabs: what changed in the meantime, and a way on that loses nothing.

use super::error::WebError;
use super::form::Fields;
use super::language::{Words, say};
use super::layout::{Layout, Place, show_as};
use super::session::Session;
use super::wizard::Wizard;
use super::words::step_path;
use crate::domain::import::{Import, Step};
use crate::service::error::Change;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

/// The most differences that are listed.
const MAX_SHOWN: usize = 50;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// The customer concerned; empty if none is.
    pub customer: String,
    /// What changed.
    pub what: String,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// Somebody was faster.
#[derive(Template)]
#[template(path = "stale.html")]
pub struct StalePage {
    /// The frame around it.
    pub layout: Layout,
    /// The head.
    pub wizard: Wizard,
    /// What changed.
    pub changes: Vec<ChangeRow>,
    /// How many more did.
    pub more: usize,
    /// Where the step is.
    pub address: String,
    /// Everything that was entered, to be sent again.
    pub entered: Vec<(String, String)>,
}

/// The page that explains and offers both ways.
pub fn stale_page(
    session: &Session,
    import: &Import,
    step: Step,
    fields: &Fields,
    changes: &[Change],
) -> Result<Response, WebError> {
    let wizard = Wizard::of(session.words, import, &session.base(), step);
    let mut layout = Layout::of(session, session.words.t("stale-title"), Place::Imports);
    layout.can_switch = false;
    let page = StalePage {
        layout,
        address: format!("{}/{}", wizard.address, step_path(step)),
        wizard,
        changes: rows(session.words, import, changes),
        more: changes.len().saturating_sub(MAX_SHOWN),
        entered: fields.without_version(),
    };
    show_as(StatusCode::CONFLICT, &page)
}

/// Differences in words.
pub fn rows(words: Words, import: &Import, changes: &[Change]) -> Vec<ChangeRow> {
    let row = |change: &Change| ChangeRow {
        customer: customer(import, change),
        what: field_words(words, &change.path),
        before: value_words(words, &change.before),
        after: value_words(words, &change.after),
    };
    changes.iter().take(MAX_SHOWN).map(row).collect()
}

fn customer(import: &Import, change: &Change) -> String {
    let Some(id) = &change.organization_id else { return String::new() };
    let item = import.items.iter().find(|item| item.organization_id.as_str() == id);
    item.map_or_else(|| id.clone(), |item| item.organization_name.clone())
}

/// The last names of a path: `/items/3/account/company/city` is "company city".
fn field_words(words: Words, path: &str) -> String {
    let is_name =
        |part: &&str| !part.is_empty() && part.parse::<u32>().is_err() && *part != "items" && *part != "account";
    let names: Vec<_> = path.split('/').filter(is_name).collect();
    if names.is_empty() {
        return words.t("changed-row").into_owned();
    }
    let known = words.known(&format!("changed-{}", names.join("-").replace('_', "-")));
    known.map_or_else(|| names.join(" ").replace('_', " "), String::from)
}

/// What will be done, by its code in the plan.
fn action(words: Words, code: &str) -> String {
    let known = words.known(&format!("action-{}", code.replace('_', "-")));
    known.map_or_else(|| code.replace('_', " "), String::from)
}

fn value_words(words: Words, value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => words.t("nothing").into_owned(),
        Value::Bool(set) => words.t(if *set { "yes" } else { "no" }).into_owned(),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), |number| words.number(number)),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let actions: Vec<_> = list.iter().filter_map(Value::as_str).map(|code| action(words, code)).collect();
            actions.join(", ")
        }
        Value::Array(list) => say!(words, "changed-entries", count = list.len()),
        Value::Object(object) => {
            let name = object.get("name").or_else(|| object.get("account_id")).and_then(Value::as_str);
            name.map_or_else(|| words.t("changed-details").into_owned(), str::to_owned)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::language::{english, tagged};
    use serde_json::json;

    #[test]
    fn differences_are_said_in_words() {
        assert_eq!(field_words(english(), "/items/3/account/company/postal_code"), "company postal code");
        assert_eq!(field_words(english(), "/items/3"), "row");
        assert_eq!(value_words(english(), &json!(null)), "nothing");
        assert_eq!(value_words(english(), &json!({"account_id": "a-1"})), "a-1");
        assert_eq!(
            value_words(english(), &json!(["create_account", "apply_template"])),
            "create account, apply template"
        );
        assert_eq!(value_words(english(), &json!([1, 2])), "2 entries");
        assert_eq!(field_words(english(), "/items/3/something_new"), "something new");
        let german = tagged("de").unwrap();
        assert_eq!(field_words(german, "/items/3/account/company/postal_code"), "Postleitzahl der Firma");
        assert_eq!(value_words(german, &json!(["create_account", "else"])), "Konto anlegen, else");
    }
}
