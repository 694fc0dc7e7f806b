//! Asking a document for settings. Every question records the setting's name; every wrong answer becomes a problem, and
//! a stand-in value is returned so that reading goes on to the next one. [`Document::finish`] has the last word.

use super::{Document, Leaf, Origin, Problem, Problems};
use secrecy::SecretString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use toml::Value;

impl Document {
    /// Text, if there is any.
    pub fn text(&mut self, setting: &str) -> Option<String> {
        match self.ask(setting)?.value {
            Value::String(text) => Some(text),
            _ => self.wrong(setting, "text in quotes"),
        }
    }

    /// Text that must be there and not be blank.
    pub fn required_text(&mut self, setting: &str, expected: &str) -> String {
        self.parsed(setting, expected, |text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
            .or_else(|| self.missing_unless_given(setting, expected))
            .unwrap_or_default()
    }

    /// Text that `parse` turns into a value, if there is any.
    pub fn parsed<T>(&mut self, setting: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(setting)?;
        parse(&text).or_else(|| self.wrong(setting, expected))
    }

    /// A whole number within a range.
    pub fn number(&mut self, setting: &str, range: RangeInclusive<u32>) -> u32 {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let found = match self.ask(setting) {
            None => return self.missing(setting, &expected).unwrap_or_default(),
            Some(Leaf { value: Value::Integer(number), .. }) => u32::try_from(number).ok(),
            Some(Leaf { value: Value::String(text), origin: Origin::Environment(_), .. }) => text.trim().parse().ok(),
            Some(_) => None,
        };
        found.filter(|number| range.contains(number)).or_else(|| self.wrong(setting, &expected)).unwrap_or_default()
    }

    /// A whole number within a range, or the default where there is none.
    pub fn number_or(&mut self, setting: &str, range: RangeInclusive<u32>, default: u32) -> u32 {
        self.asked.insert(setting.to_owned());
        if self.leaves.contains_key(setting) { self.number(setting, range) } else { default }
    }

    /// `true` or `false`; `false` where there is none.
    pub fn flag(&mut self, setting: &str) -> bool {
        let found = match self.ask(setting) {
            None => return false,
            Some(Leaf { value: Value::Boolean(flag), .. }) => Some(flag),
            Some(Leaf { value: Value::String(text), origin: Origin::Environment(_), .. }) => text.trim().parse().ok(),
            Some(_) => None,
        };
        found.or_else(|| self.wrong(setting, "true or false")).unwrap_or_default()
    }

    /// A list of texts; empty where there is none.
    pub fn list(&mut self, setting: &str) -> Vec<String> {
        let found = match self.ask(setting) {
            None => return Vec::new(),
            Some(Leaf { value: Value::Array(items), .. }) => items.iter().map(as_text).collect(),
            Some(Leaf { value: Value::String(text), origin: Origin::Environment(_), .. }) => {
                Some(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
            }
            Some(_) => None,
        };
        found.or_else(|| self.wrong(setting, "a list of texts")).unwrap_or_default()
    }

    /// A secret, given as such or as a file's path under the same name with `_file`. Of two layers the later one counts;
    /// both in one layer is a mistake.
    pub fn secret(&mut self, setting: &str) -> Option<SecretString> {
        let twin = format!("{setting}_file");
        let (given, file) = (self.ask(setting), self.ask(&twin));
        if let (Some(given), Some(file)) = (&given, &file)
            && given.layer == file.layer
        {
            return self.wrong(&twin, &format!("either {setting} or {twin}, not both"));
        }
        match (given, file) {
            (Some(given), file) if file.as_ref().is_none_or(|file| file.layer < given.layer) => {
                self.parsed(setting, "text that is not blank", not_blank)
            }
            (_, Some(file)) => self.secret_file(&twin, &file.origin),
            _ => None,
        }
    }

    /// A secret that must be there.
    pub fn required_secret(&mut self, setting: &str, expected: &str) -> SecretString {
        let twin = format!("{setting}_file");
        let given = self.leaves.contains_key(setting) || self.leaves.contains_key(&twin);
        let expected = format!("{expected}, or {twin} with the path of a file that holds it");
        let secret = self.secret(setting);
        if !given {
            self.missing::<()>(setting, &expected);
        }
        secret.unwrap_or_default()
    }

    /// A path; a relative one starts from the folder of the file that gave it.
    pub fn path(&mut self, setting: &str) -> Option<PathBuf> {
        let origin = self.ask(setting)?.origin;
        let text = self.parsed(setting, "a path", |text| Some(text.to_owned()).filter(|text| !text.is_empty()))?;
        Some(resolve(&origin, &text))
    }

    /// Whether anything is given in a section.
    pub fn has_section(&self, section: &str) -> bool {
        self.leaves.keys().any(|name| name.strip_prefix(section).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Whether a setting was given by anybody.
    pub fn is_given(&self, setting: &str) -> bool {
        self.leaves.contains_key(setting)
    }

    /// Records that a value cannot be used, or that it is missing where nobody gave one.
    pub fn wrong<T>(&mut self, setting: &str, expected: &str) -> Option<T> {
        // One problem for each setting is enough: what follows from the first would only confuse.
        if self.problems.iter().any(|problem| problem.setting() == Some(setting)) {
            return None;
        }
        let Some(leaf) = self.leaves.get(setting) else { return self.missing(setting, expected) };
        let (setting, origin, expected) = (setting.to_owned(), leaf.origin.clone(), expected.to_owned());
        self.problems.push(Problem::Wrong { setting, origin, expected });
        None
    }

    /// Every setting that was asked for.
    pub fn asked(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().map(String::as_str)
    }

    /// Ends the reading: what is left over is not a setting.
    pub fn finish(mut self) -> Result<(), Problems> {
        for (setting, leaf) in self.leaves {
            if !self.asked.contains(&setting) {
                self.problems.push(Problem::Unknown { setting, origin: leaf.origin });
            }
        }
        if self.problems.iter().any(Problem::hides_settings) {
            self.problems.retain(|problem| !matches!(problem, Problem::Missing { .. }));
        }
        Problems::none(self.problems)
    }

    fn ask(&mut self, setting: &str) -> Option<Leaf> {
        self.asked.insert(setting.to_owned());
        self.leaves.get(setting).cloned()
    }

    fn missing<T>(&mut self, setting: &str, expected: &str) -> Option<T> {
        self.problems.push(Problem::Missing { setting: setting.to_owned(), expected: expected.to_owned() });
        None
    }

    fn missing_unless_given<T>(&mut self, setting: &str, expected: &str) -> Option<T> {
        if self.is_given(setting) { None } else { self.missing(setting, expected) }
    }

    fn secret_file(&mut self, setting: &str, origin: &Origin) -> Option<SecretString> {
        let path = resolve(origin, &self.text(setting)?);
        match std::fs::read_to_string(&path) {
            Ok(text) => not_blank(&text).or_else(|| self.wrong(setting, "a file that is not blank")),
            Err(source) => {
                self.problems.push(Problem::Unreadable { setting: Some(setting.to_owned()), path, source });
                None
            }
        }
    }
}

fn as_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Files and pasted values often end with a line break, which belongs to no secret.
fn not_blank(text: &str) -> Option<SecretString> {
    let text = text.trim();
    if text.is_empty() { None } else { Some(SecretString::from(text)) }
}

fn resolve(origin: &Origin, path: &str) -> PathBuf {
    match origin {
        Origin::File(file) => file.parent().unwrap_or(Path::new("")).join(path),
        Origin::Default | Origin::Environment(_) => PathBuf::from(path),
    }
}
