//! The languages of the screens: a folder of message files each, parsed once.
//!
//! A message that a language lacks is taken from English; the tests see to it that none is missing. Values never bring
//! markup along: [`Language::html`] escapes them, and every other text is escaped where it is shown.

mod choice;
mod pieces;
#[cfg(test)]
mod tests;
mod told;

pub use choice::{of, switch};

use askama::filters::{Html, Safe, escape};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::Pattern;
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_decimal::options::DecimalFormatterOptions;
use icu_provider::prelude::icu_locale_core::Locale;
use std::borrow::Cow;
use std::sync::LazyLock;
use told::Told;

/// The texts of one language, for as long as the program runs.
pub type Words = &'static Language;

/// How many message files a language has.
const FILES: usize = 8;

/// The message files of a language: every language has the same.
macro_rules! files {
    ($tag:literal) => {
        [
            include_str!(concat!("languages/", $tag, "/layout.ftl")),
            include_str!(concat!("languages/", $tag, "/common.ftl")),
            include_str!(concat!("languages/", $tag, "/customers.ftl")),
            include_str!(concat!("languages/", $tag, "/wizard.ftl")),
            include_str!(concat!("languages/", $tag, "/integration.ftl")),
            include_str!(concat!("languages/", $tag, "/connections.ftl")),
            include_str!(concat!("languages/", $tag, "/script.ftl")),
            include_str!(concat!("languages/", $tag, "/told.ftl")),
        ]
    };
}

/// Tag, own name and message files. The first is shown to whoever reads none of them.
const SOURCES: [(&str, &str, [&str; FILES]); 3] =
    [("en", "English", files!("en")), ("de", "Deutsch", files!("de")), ("ja", "日本語", files!("ja"))];

static LANGUAGES: LazyLock<[Language; SOURCES.len()]> =
    LazyLock::new(|| [Language::parse::<0>(), Language::parse::<1>(), Language::parse::<2>()]);

/// A language with its texts.
pub struct Language {
    /// Its tag, for the page and for the choice.
    pub tag: &'static str,
    /// Its own name.
    pub name: &'static str,
    /// The texts of the script, as JSON that can stand in a page.
    pub script: String,
    bundle: FluentBundle<FluentResource>,
    /// `None` only if there is no data for the language; digits are then written as they are.
    numbers: Option<DecimalFormatter>,
    told: Told,
}

/// All languages.
pub fn all() -> &'static [Language] {
    &*LANGUAGES
}

/// English, which is complete.
pub fn english() -> Words {
    &LANGUAGES[0]
}

/// The language of this tag, in whatever case.
pub fn tagged(tag: &str) -> Option<Words> {
    all().iter().find(|language| language.tag.eq_ignore_ascii_case(tag))
}

impl Language {
    fn parse<const PLACE: usize>() -> Self {
        let (tag, name, files) = SOURCES[PLACE];
        let mut bundle = FluentBundle::new_concurrent(vec![tag.parse().unwrap_or_default()]);
        // Invisible marks around each value would be copied along with a name; pages isolate names by their markup.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(grouped::<PLACE, _>));
        for file in files {
            let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(resource, errors)| {
                tracing::error!(language = tag, ?errors, "a message cannot be read");
                resource
            });
            if let Err(errors) = bundle.add_resource(resource) {
                tracing::error!(language = tag, ?errors, "a message is there twice");
            }
        }
        let locale = tag.parse::<Locale>().unwrap_or(Locale::UNKNOWN);
        let script = pieces::script(SOURCES[0].2, &bundle);
        let told = Told::parse(SOURCES[0].2);
        Self {
            tag,
            name,
            script,
            bundle,
            numbers: DecimalFormatter::try_new(locale.into(), DecimalFormatterOptions::default()).ok(),
            told,
        }
    }

    /// A message without values.
    pub fn t(&'static self, key: &str) -> Cow<'static, str> {
        self.format(key, None)
    }

    /// A message without values, if there is one of this key.
    pub fn known(&'static self, key: &str) -> Option<Cow<'static, str>> {
        (self.pattern(key).is_some() || english().pattern(key).is_some()).then(|| self.t(key))
    }

    /// A message with values.
    pub fn with<const N: usize>(&'static self, key: &str, values: [(&'static str, FluentValue<'_>); N]) -> String {
        self.format(key, Some(&values.into_iter().collect())).into_owned()
    }

    /// A message with markup of its own; the values are escaped.
    pub fn html<const N: usize>(
        &'static self,
        key: &str,
        values: [(&'static str, FluentValue<'_>); N],
    ) -> Safe<String> {
        Safe(self.with(key, values.map(|(name, value)| (name, escaped(value)))))
    }

    /// What the lower rooms say in English, in this language as far as it knows the sentence.
    pub fn told<'a>(&'static self, text: &'a str) -> Cow<'a, str> {
        if self.is_english() { Cow::Borrowed(text) } else { self.told.say(self, text) }
    }

    /// A whole number with its thousands set apart.
    pub fn number(&self, value: u64) -> String {
        self.decimal(&Decimal::from(value))
    }

    /// A number with all its digits.
    pub fn decimal(&self, value: &Decimal) -> String {
        self.numbers.as_ref().map_or_else(|| value.to_string(), |numbers| numbers.format(value).to_string())
    }

    /// Whether it is the one that everything is written in.
    pub fn is_english(&self) -> bool {
        self.tag == SOURCES[0].0
    }

    fn format(&'static self, key: &str, values: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
        let (language, pattern) = match self.pattern(key) {
            Some(pattern) => (self, pattern),
            None => match english().pattern(key) {
                Some(pattern) => (english(), pattern),
                None => return Cow::Owned(key.to_owned()),
            },
        };
        let mut errors = Vec::new();
        // A text without values is the message itself; any other is made now.
        let text = match values {
            None => language.bundle.format_pattern(pattern, None, &mut errors),
            Some(_) => Cow::Owned(language.bundle.format_pattern(pattern, values, &mut errors).into_owned()),
        };
        if !errors.is_empty() {
            tracing::error!(language = self.tag, key, ?errors, "a message lacks a value");
        }
        text
    }

    fn pattern(&'static self, key: &str) -> Option<&'static Pattern<&'static str>> {
        self.bundle.get_message(key)?.value()
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Language").field(&self.tag).finish()
    }
}

/// Numbers inside messages; anything else is shown as it is.
fn grouped<const PLACE: usize, M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let decimal = number.as_string().parse::<Decimal>().ok()?;
    Some(LANGUAGES[PLACE].decimal(&decimal))
}

fn escaped(value: FluentValue<'_>) -> FluentValue<'_> {
    match value {
        FluentValue::String(text) => {
            let Ok(text) = escape(text, Html);
            FluentValue::from(text.to_string())
        }
        other => other,
    }
}

/// A message with values: `say!(words, "key", count = 5, name = &name)`.
macro_rules! say {
    ($words:expr, $key:expr $(, $name:ident = $value:expr)+ $(,)?) => {
        $words.with($key, [$((stringify!($name), fluent_bundle::FluentValue::from($value))),+])
    };
}
pub(super) use say;
