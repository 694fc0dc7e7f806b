//! Countries: ISO 3166-1 alpha-2, and how VSA's free text becomes one.

use super::matching::fold;

/// Whether `text` is an assigned code, in upper case as LMP takes it.
pub fn is_code(text: &str) -> bool {
    rust_iso3166::ALL_ALPHA2.contains(&text)
}

/// Name and code of every country, in the order of their names, for a list to choose from.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    rust_iso3166::ALL.iter().map(|country| (country.alpha2, country.name))
}

/// The code that free text surely means: a code in any case, an alpha-3 code or a name; otherwise nothing.
pub fn resolve(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let upper = text.to_uppercase();
    if let Some(code) = rust_iso3166::ALL_ALPHA2.iter().find(|code| **code == upper) {
        return Some(code);
    }
    if let Some(country) = rust_iso3166::ALL.iter().find(|country| country.alpha3 == upper) {
        return Some(country.alpha2);
    }
    let name = fold(text);
    if let Some((_, code)) = EVERYDAY_NAMES.iter().find(|(everyday, _)| *everyday == name) {
        return Some(code);
    }
    rust_iso3166::ALL.iter().find(|country| fold(country.name) == name).map(|country| country.alpha2)
}

/// Names in daily use that differ from the standard's, folded.
const EVERYDAY_NAMES: [(&str, &str); 18] = [
    ("uk", "GB"),
    ("united kingdom", "GB"),
    ("great britain", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("wales", "GB"),
    ("northern ireland", "GB"),
    ("united states", "US"),
    ("america", "US"),
    ("deutschland", "DE"),
    ("osterreich", "AT"),
    ("schweiz", "CH"),
    ("netherlands", "NL"),
    ("holland", "NL"),
    ("czech republic", "CZ"),
    ("south korea", "KR"),
    ("vietnam", "VN"),
    ("taiwan", "TW"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_surely_means_a_country() {
        let cases = [
            ("gb", "GB"),
            ("DEU", "DE"),
            ("Germany", "DE"),
            ("Österreich", "AT"),
            ("United Kingdom", "GB"),
            (" côte d'ivoire ", "CI"),
        ];
        for (text, code) in cases {
            assert_eq!(resolve(text), Some(code), "{text}");
        }
    }

    #[test]
    fn no_guessing() {
        for text in ["", "XX", "Europe", "Germ"] {
            assert_eq!(resolve(text), None, "{text}");
        }
        assert!(is_code("GB") && !is_code("gb") && !is_code("UK"));
        assert!(EVERYDAY_NAMES.iter().all(|(name, code)| fold(name) == *name && is_code(code)));
        assert!(all().count() > 240);
    }
}
