//! What the lower rooms say, said again in another language.
//!
//! They write English: it is the language of the REST API, and of what is recorded, which outlives everybody's choice. The
//! message files hold their sentences under keys that begin with `told-`. A sentence is known again by the text around
//! its values; one that is not known stays English.

use super::Words;
use super::pieces::{Piece, messages, parsed, pieces};
use fluent_bundle::{FluentArgs, FluentValue};
use std::borrow::Cow;

/// In front of the keys of sentences.
pub const TOLD: &str = "told-";
/// Values that are words of ours and not somebody's: they are said in the other language too.
const PHRASES: [&str; 4] = ["what", "field", "vendor", "period"];
/// Values that are numbers.
const NUMBERS: [&str; 5] = ["limit", "asked", "cap", "used", "seconds"];

/// A part of a sentence, outliving the file it was read from.
#[derive(Debug)]
enum Part {
    Text(String),
    Value(String),
}

/// The sentences that are known, as they are in English: key and parts, those that say most first.
#[derive(Debug)]
pub struct Told(Vec<(String, Vec<Part>)>);

impl Told {
    /// The sentences of the English files.
    pub fn parse<const N: usize>(english: [&str; N]) -> Self {
        let part = |piece| match piece {
            Piece::Text(text) => Part::Text(text.to_owned()),
            Piece::Value(name) => Part::Value(name.to_owned()),
        };
        let sentence = |(key, pattern): (&str, Option<&_>)| {
            Some((key.to_owned(), pieces(pattern?)?.into_iter().map(part).collect::<Vec<_>>()))
        };
        let english = parsed(english);
        let mut sentences: Vec<_> = messages(&english, TOLD).filter_map(sentence).collect();
        sentences.sort_by_key(|(_, parts)| std::cmp::Reverse(said_always(parts)));
        Self(sentences)
    }

    /// A text in another language. Where the whole is not known, the sentences it begins with may be.
    pub fn say<'a>(&self, words: Words, text: &'a str) -> Cow<'a, str> {
        if let Some(said) = self.sentence(words, text) {
            return Cow::Owned(said);
        }
        let ends = text.rmatch_indices(". ").map(|(place, _)| text.split_at(place + 1));
        let mut begun = ends.filter_map(|(begin, rest)| Some((self.sentence(words, begin)?, rest)));
        begun.next().map_or(Cow::Borrowed(text), |(begin, rest)| {
            Cow::Owned(format!("{begin} {}", self.say(words, rest.trim_start())))
        })
    }

    /// One that is known as a whole.
    fn sentence(&self, words: Words, text: &str) -> Option<String> {
        self.0.iter().find_map(|(key, parts)| {
            let mut values = Vec::new();
            if !fits(parts, text, &mut values) {
                return None;
            }
            let values = values.into_iter().map(|(name, value)| Some((name, self.value(words, name, value)?)));
            let values: FluentArgs<'_> = values.collect::<Option<_>>()?;
            Some(words.format(key, Some(&values)).into_owned())
        })
    }

    /// `None`: a phrase that is not known, so the sentence is another one.
    fn value<'a>(&self, words: Words, name: &str, text: &'a str) -> Option<FluentValue<'a>> {
        if PHRASES.contains(&name) {
            return self.sentence(words, text).map(FluentValue::from);
        }
        let number = NUMBERS.contains(&name).then(|| text.parse::<u64>().ok()).flatten();
        Some(number.map_or_else(|| FluentValue::from(text), FluentValue::from))
    }
}

fn said_always(parts: &[Part]) -> usize {
    let length = |part: &Part| if let Part::Text(text) = part { text.len() } else { 0 };
    parts.iter().map(length).sum()
}

/// Whether a text is this sentence, and with which values.
fn fits<'a>(parts: &'a [Part], text: &'a str, values: &mut Vec<(&'a str, &'a str)>) -> bool {
    match parts {
        [] => text.is_empty(),
        [Part::Text(always), rest @ ..] => {
            text.strip_prefix(always.as_str()).is_some_and(|text| fits(rest, text, values))
        }
        [Part::Value(name)] => {
            values.push((name, text));
            true
        }
        [Part::Value(name), rest @ ..] => {
            let Some(Part::Text(next)) = rest.first() else { return false };
            text.match_indices(next.as_str()).any(|(place, _)| {
                let before = values.len();
                values.push((name, &text[..place]));
                let fitted = fits(rest, &text[place..], values);
                if !fitted {
                    values.truncate(before);
                }
                fitted
            })
        }
    }
}
