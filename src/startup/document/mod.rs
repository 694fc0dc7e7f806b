//! A TOML document read setting by setting, so that everything wrong with it is named at once.
//!
//! A document is a set of leaves (`http.listen`, `template[1].name`), laid down in layers. Whoever reads it asks for
//! each setting by name and says what is expected; what is missing or wrong is collected, and whatever nobody asked for
//! does not exist. Values are never repeated in a problem: they may be secrets.

mod problem;
mod read;

pub use problem::{Problem, Problems};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Who said a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The built-in defaults.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "in {}", path.display()),
            Self::Environment(name) => write!(f, "in the environment variable {name}"),
        }
    }
}

/// One value and who said it.
#[derive(Debug, Clone)]
struct Leaf {
    value: Value,
    origin: Origin,
    /// Which layer it came with: of a secret and its `_file` twin, the later one counts.
    layer: usize,
}

/// Leaves by name, what has been asked for, and what was found wrong.
#[derive(Debug, Default)]
pub struct Document {
    leaves: BTreeMap<String, Leaf>,
    asked: BTreeSet<String>,
    problems: Vec<Problem>,
    layers: usize,
}

impl Document {
    /// Lays the text of a TOML file over what is there.
    pub fn lay_text(&mut self, text: &str, origin: &Origin) {
        self.layers += 1;
        match text.parse::<Table>() {
            Ok(table) => self.flatten("", table, origin),
            Err(error) => {
                // Only the message and the line: the error's own text quotes the file, secrets included.
                let line = error.span().map_or(0, |span| text[..span.start].lines().count().max(1));
                self.problems.push(Problem::Syntax { origin: origin.clone(), line, message: error.message().into() });
            }
        }
    }

    /// Lays a file over what is there.
    pub fn lay_file(&mut self, path: &Path) {
        match std::fs::read_to_string(path) {
            Ok(text) => self.lay_text(&text, &Origin::File(path.to_owned())),
            Err(source) => self.problems.push(Problem::Unreadable { setting: None, path: path.to_owned(), source }),
        }
    }

    /// Lays a layer of environment variables over what is there, as (setting, variable, value). An empty value counts
    /// as not set.
    pub fn lay_environment<'a>(&mut self, values: impl IntoIterator<Item = (String, &'a str, &'a str)>) {
        self.layers += 1;
        for (setting, variable, value) in values {
            if !value.is_empty() {
                self.set(setting, Value::String(value.into()), Origin::Environment(variable.into()));
            }
        }
    }

    fn flatten(&mut self, prefix: &str, table: Table, origin: &Origin) {
        for (name, value) in table {
            let setting = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match value {
                Value::Table(inner) => self.flatten(&setting, inner, origin),
                Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_table) => {
                    for (number, item) in items.into_iter().enumerate() {
                        if let Value::Table(inner) = item {
                            self.flatten(&format!("{setting}[{}]", number + 1), inner, origin);
                        }
                    }
                }
                value => self.set(setting, value, origin.clone()),
            }
        }
    }

    fn set(&mut self, setting: String, value: Value, origin: Origin) {
        self.leaves.insert(setting, Leaf { value, origin, layer: self.layers });
    }
}
