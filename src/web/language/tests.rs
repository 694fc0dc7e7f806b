//! Every text is there in every language, with the same values and the same markup, and none is there for nothing.

use super::pieces::{messages, parsed};
use super::told::TOLD;
use super::*;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What one message holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Held {
    values: BTreeSet<String>,
    tags: BTreeSet<String>,
    text: String,
}

impl Held {
    fn read(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => {
                    self.tags.extend(tags(value));
                    self.text.push_str(value);
                }
                PatternElement::Placeable { expression: Expression::Inline(inline) } => self.value(inline),
                PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                    self.value(selector);
                    for variant in variants {
                        self.read(&variant.value);
                    }
                }
            }
        }
    }

    fn value(&mut self, inline: &InlineExpression<&str>) {
        let InlineExpression::VariableReference { id } = inline else { panic!("only values: {inline:?}") };
        self.values.insert(id.name.to_owned());
        self.text.push_str("{}");
    }
}

/// Everything that begins like a tag: `<a href="`, `</a>`.
fn tags(text: &str) -> Vec<String> {
    let tag = |rest: &str| rest.split_inclusive(['>', '"']).next().unwrap_or_default().to_owned();
    text.split('<').skip(1).map(tag).collect()
}

/// All messages of a language.
fn held(files: [&str; FILES]) -> BTreeMap<String, Held> {
    let mut all = BTreeMap::new();
    for file in files {
        let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
        for entry in resource.entries() {
            let Entry::Message(message) = entry else { continue };
            let mut one = Held::default();
            for pattern in message.value.iter().chain(message.attributes.iter().map(|form| &form.value)) {
                one.read(pattern);
            }
            let before = all.insert(message.id.name.to_owned(), one);
            assert_eq!(before, None, "{} is there twice", message.id.name);
        }
    }
    all
}

/// Sources and templates, without the tests in them.
fn sources(folders: &[&str], kinds: &[&str]) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, kinds: &[&str], found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, kinds, found);
            } else if path.extension().is_some_and(|kind| kinds.iter().any(|wanted| kind == *wanted)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in folders {
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), kinds, &mut found);
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod").next().unwrap_or_default().to_owned();
        (path, code)
    };
    found.into_iter().filter(|path| !path.ends_with("tests.rs")).map(read).collect()
}

/// What looks like a key: text in quotes, of letters, digits and hyphens.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').filter(|part| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    })
}

/// The first text after each of these calls: a key, unless it is put together.
fn asked_for(text: &str) -> Vec<&str> {
    let calls = [".t(\"", ".t1(\"", ".t2(\"", ".h(\"", ".h1(\"", ".h2(\"", "words.t(\"", "say!(words, \""];
    let keys = calls.iter().flat_map(|call| text.split(call).skip(1));
    keys.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_language_says_the_same_things() {
    let english = held(SOURCES[0].2);
    for (tag, _, files) in &SOURCES[1..] {
        let other = held(*files);
        let keys = |all: &BTreeMap<String, Held>| all.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(
            keys(&english).symmetric_difference(&keys(&other)).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{tag}"
        );
        for (key, message) in &other {
            assert_eq!(message.values, english[key].values, "{key} in {tag}");
            assert_eq!(message.tags, english[key].tags, "{key} in {tag}");
        }
    }
}

#[test]
fn every_text_that_is_asked_for_is_there_and_none_is_there_for_nothing() {
    let english = held(SOURCES[0].2);
    let mut used = BTreeSet::new();
    for (path, text) in sources(&["src/web", "templates"], &["rs", "html"]) {
        for key in asked_for(&text) {
            assert!(english.contains_key(key), "{key} in {}", path.display());
        }
        used.extend(quoted(&text).map(str::to_owned));
    }
    for (_, script) in sources(&["src/web/assets"], &["js"]) {
        used.extend(script.split("t('").skip(1).map(|rest| format!("script-{}", rest.split('\'').next().unwrap())));
    }
    // Put together from what is stored: codes of records and names of fields.
    let coded = ["event-", "operation-", "changed-", TOLD];
    let idle: Vec<_> =
        english.keys().filter(|key| !used.contains(*key) && !coded.iter().any(|kind| key.starts_with(kind))).collect();
    assert_eq!(idle, Vec::<&String>::new());
}

#[test]
fn every_text_of_the_script_is_there() {
    let english: serde_json::Value = serde_json::from_str(&english().script).unwrap();
    let (_, script) = sources(&["src/web/assets"], &["js"]).remove(0);
    for key in script.split(" t('").chain(script.split("(t('")).skip(1).filter_map(|rest| rest.split('\'').next()) {
        assert!(key.contains([' ', '\n']) || english.get(key).is_some(), "{key}");
    }
    assert_eq!(english["accounts"]["one"], "{count} account");
    let german: serde_json::Value = serde_json::from_str(&tagged("de").unwrap().script).unwrap();
    assert_eq!(german["accounts"]["other"], "{count} Konten");
    assert!(all().iter().all(|language| !language.script.contains('<')));
}

#[test]
fn every_sentence_that_is_known_again_is_said_somewhere() {
    let rooms = ["src/domain", "src/service", "src/http", "src/jobs"];
    let said: String = sources(&rooms, &["rs"]).into_iter().map(|(_, text)| joined(&text)).collect();
    for (key, message) in held(SOURCES[0].2) {
        if !key.starts_with(TOLD) {
            continue;
        }
        for clause in clauses(&message.text) {
            assert!(said.contains(clause), "nobody says \"{clause}\" any more, of {key}");
        }
    }
}

/// What the rooms surely have in one piece: they put sentences together around values, names and their verb.
fn clauses(text: &str) -> impl Iterator<Item = &str> {
    let ends = ["{}", ". ", ": ", " such characters "];
    let split =
        ends.iter().fold(vec![text], |parts, end| parts.into_iter().flat_map(|part| part.split(*end)).collect());
    let bare = split.into_iter().map(|part| part.trim_matches([' ', '"', '.', ':']));
    bare.map(|part| part.trim_start_matches("is ").trim_start_matches("are ")).filter(|part| part.len() > 3)
}

/// Source text with its literals in one piece.
fn joined(text: &str) -> String {
    let mut joined = String::new();
    for line in text.lines() {
        let line = line.trim_start();
        joined.push_str(line.strip_suffix('\\').unwrap_or(line));
        if !line.ends_with('\\') {
            joined.push('\n');
        }
    }
    joined.replace("\\\"", "\"")
}

#[test]
fn texts_are_pieces_of_one_line() {
    for (_, _, files) in SOURCES {
        for (key, pattern) in messages(&parsed(files), "") {
            let lines = pattern.map_or(0, |pattern| {
                pattern
                    .elements
                    .windows(2)
                    .filter(|pair| {
                        matches!(pair, [PatternElement::TextElement { .. }, PatternElement::TextElement { .. }])
                    })
                    .count()
            });
            assert_eq!(lines, 0, "{key}");
        }
    }
}

#[test]
fn a_missing_text_is_said_in_english_and_values_stay_text() {
    let german = tagged("de").unwrap();
    assert_eq!(german.t("no-such-key"), "no-such-key");
    assert_eq!(german.known("no-such-key"), None);
    let Safe(html) = german.html("enter-about", [("partner", "<b>&".into())]);
    assert!(html.contains("<bdi>&#60;b&#62;&#38;</bdi>"), "{html}");
}

#[test]
fn what_the_lower_rooms_say_is_said_again() {
    let [english, german, japanese] = ["en", "de", "ja"].map(|tag| tagged(tag).unwrap());
    let one = "Enter the city; Trend Micro requires it.";
    assert_eq!(english.told(one), one);
    assert_eq!(german.told(one), "Bitte eingeben: Ort. Trend Micro verlangt diese Angabe.");
    assert_eq!(
        german.told("The city has more than 1000 characters; shorten it."),
        "Ort: hat mehr als 1.000 Zeichen; kürzen Sie den Text."
    );
    let name = "This account belongs to The B. Company. Ltd. Choose another one, or create a new account.";
    assert!(
        german.told(name).starts_with("Dieses Konto gehört zu The B. Company. Ltd. Wählen"),
        "{}",
        german.told(name)
    );
    let refused = "Trend Micro refused the city: Not good. Nothing was created or changed; correct what was refused and press Retry.";
    assert!(
        japanese.told(refused).starts_with("Trend Micro が拒否しました: 市区町村 (Not good)。"),
        "{}",
        japanese.told(refused)
    );
    let several = "Kaseya VSA refuses the credentials. What was read before is kept. Replace them; the inventory is then read by itself.";
    assert_eq!(
        german.told(several),
        "Kaseya VSA: Die Zugangsdaten werden abgelehnt. Was vorher gelesen wurde, bleibt. Ersetzen Sie sie; der Bestand wird dann von selbst gelesen."
    );
    for unknown in ["", "Something new.", "Enter the moon; Trend Micro requires it."] {
        assert_eq!(german.told(unknown), unknown);
    }
}
