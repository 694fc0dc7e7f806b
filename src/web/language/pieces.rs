//! Messages taken apart: their text and the names of their values.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentMessage, FluentResource};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::collections::BTreeMap;

/// In front of the keys of what the script says.
const SCRIPT: &str = "script-";

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Always the same.
    Text(&'a str),
    /// The value of this name.
    Value(&'a str),
}

/// The parts of a message in their order; `None` if it chooses between texts.
pub fn pieces<'a>(pattern: &Pattern<&'a str>) -> Option<Vec<Piece<'a>>> {
    let piece = |element: &PatternElement<&'a str>| match element {
        PatternElement::TextElement { value } => Some(Piece::Text(value)),
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
            Some(Piece::Value(id.name))
        }
        PatternElement::Placeable { .. } => None,
    };
    pattern.elements.iter().map(piece).collect()
}

/// The messages of some files whose keys begin so; `None` for one that has only attributes.
pub fn messages<'a>(
    resources: &'a [FluentResource],
    prefix: &'a str,
) -> impl Iterator<Item = (&'a str, Option<&'a Pattern<&'a str>>)> {
    let message = move |entry: &'a Entry<&'a str>| match entry {
        Entry::Message(message) if message.id.name.starts_with(prefix) => {
            Some((message.id.name, message.value.as_ref()))
        }
        _ => None,
    };
    resources.iter().flat_map(FluentResource::entries).filter_map(message)
}

/// Message files, whatever of them can be read.
pub fn parsed<const N: usize>(files: [&str; N]) -> [FluentResource; N] {
    files.map(|file| FluentResource::try_new(file.to_owned()).unwrap_or_else(|(resource, _)| resource))
}

/// The messages of the script by name, as JSON that can stand in a page. A value stands as `{name}`. Where the text depends
/// on a number it has a form for each plural category, written as attributes.
pub fn script<const N: usize>(english: [&str; N], bundle: &FluentBundle<FluentResource>) -> String {
    let english = parsed(english);
    let mut texts = BTreeMap::new();
    for (key, _) in messages(&english, SCRIPT) {
        let name = key.trim_start_matches(SCRIPT);
        if let Some(message) = bundle.get_message(key) {
            texts.insert(name, forms(&message));
        }
    }
    // So that no text could end the element it stands in.
    serde_json::to_string(&texts).unwrap_or_default().replace('<', "\\u003c")
}

/// A text, or one for each category.
fn forms(message: &FluentMessage<'_>) -> serde_json::Value {
    if let Some(pattern) = message.value() {
        return skeleton(pattern).into();
    }
    let forms = message.attributes().map(|form| (form.id().to_owned(), skeleton(form.value()).into()));
    serde_json::Value::Object(forms.collect())
}

fn skeleton(pattern: &Pattern<&str>) -> String {
    let text = |piece: Piece<'_>| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Value(name) => format!("{{{name}}}"),
    };
    pieces(pattern).unwrap_or_default().into_iter().map(text).collect()
}
