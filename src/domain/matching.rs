//! Which account an organization probably is: same name, same e-mail domain, similar name. Near ties are never guessed.

use super::account::is_unprintable;
use super::ids::AccountId;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// From this similarity of folded names on, in thousandths, an account is worth showing.
const SIMILAR: u32 = 920;

/// Legal forms that say nothing about who somebody is, folded.
const LEGAL_FORMS: [&str; 52] = [
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "cv",
    "doo",
    "eg",
    "ek",
    "ev",
    "gbr",
    "gesmbh",
    "gmbh",
    "gmbhcokg",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "og",
    "ohg",
    "oy",
    "oyj",
    "plc",
    "pte",
    "pty",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "snc",
    "spa",
    "sro",
    "srl",
    "spzoo",
    "ug",
    "zrt",
];

/// Mail providers for the public: their domain says nothing about a company.
const PUBLIC_MAIL: [&str; 16] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "icloud.com",
    "me.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "proton.me",
    "protonmail.com",
    "mail.com",
];

/// Text without case, accents and punctuation, words separated by one space. Right-to-left and other scripts stay.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for character in text.nfkd().flat_map(char::to_lowercase).flat_map(unligature) {
        if is_combining_mark(character) || is_apostrophe(character) || is_joiner(character) || is_unprintable(character)
        {
            continue;
        }
        if character.is_alphanumeric() {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(character);
        } else {
            gap = true;
        }
    }
    folded
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | '‘' | '`' | '´' | '.')
}

fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

/// Letters that have no decomposition but are written in two where the letter is missing.
fn unligature(character: char) -> impl Iterator<Item = char> {
    let pair: [Option<char>; 2] = match character {
        'ß' => [Some('s'), Some('s')],
        'æ' => [Some('a'), Some('e')],
        'œ' => [Some('o'), Some('e')],
        'ø' => [Some('o'), None],
        'ł' => [Some('l'), None],
        'đ' => [Some('d'), None],
        other => [Some(other), None],
    };
    pair.into_iter().flatten()
}

/// What two names must share to be the same: folded, `&` and its words gone, legal forms at the end gone.
pub fn name_key(name: &str) -> String {
    let folded = fold(name);
    let mut words: Vec<&str> =
        folded.split(' ').filter(|word| !matches!(*word, "and" | "und" | "et" | "y" | "og" | "the")).collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL_FORMS.contains(word)) {
        words.pop();
    }
    if words.is_empty() { folded } else { words.join(" ") }
}

/// The company's domain of the first address in `text` (addresses separated by `;`), none for public mail providers.
pub fn email_domain(text: &str) -> Option<String> {
    let address = text.split([';', ',']).map(str::trim).find(|address| !address.is_empty())?;
    let domain = address.rsplit_once('@')?.1.to_lowercase();
    (domain.contains('.') && !PUBLIC_MAIL.contains(&domain.as_str())).then_some(domain)
}

/// Why an account is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// An earlier import created it for this very organization.
    CreatedForIt,
    /// The names are equal after folding.
    SameName,
    /// The e-mail domains are equal.
    SameEmailDomain,
    /// The names are nearly equal.
    SimilarName,
}

impl Reason {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::CreatedForIt => "created for this customer by an earlier import",
            Self::SameName => "same name",
            Self::SameEmailDomain => "same e-mail domain",
            Self::SimilarName => "similar name",
        }
    }
}

/// An unassigned account that could be an organization's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// The [`name_key`] of its name.
    pub name_key: String,
    /// Its city, to tell equal names apart.
    pub city: Option<String>,
    /// Domain of its emergency address.
    pub email_domain: Option<String>,
}

/// The organization that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The [`name_key`] of its name.
    pub name_key: &'a str,
    /// Domain of its e-mail address.
    pub email_domain: Option<&'a str>,
    /// Whether another unlinked organization has the same [`name_key`].
    pub name_is_shared: bool,
    /// Accounts that earlier imports created for it.
    pub created: &'a [AccountId],
}

/// A candidate worth showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: Option<String>,
    /// Why.
    pub reason: Reason,
    /// Exact and the only one: proposed in an import.
    pub exact: bool,
}

/// What is known about who an organization is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matches {
    /// Best first.
    pub matches: Vec<Match>,
    /// Accounts of the same name exist but none can be proposed: a person has to choose.
    pub is_tie: bool,
}

impl Matches {
    /// The account that is proposed.
    pub fn exact(&self) -> Option<&Match> {
        self.matches.first().filter(|found| found.exact)
    }
}

/// Ranks unassigned candidates. Only one that is alone with the same name, asked for by one organization alone, is exact.
pub fn rank<'a>(wanted: Wanted<'_>, candidates: impl IntoIterator<Item = &'a Candidate>) -> Matches {
    let mut matches: Vec<_> = candidates
        .into_iter()
        .filter_map(|candidate| reason(wanted, candidate).map(|found| (found, candidate)))
        .collect();
    matches.sort_by(|(a, left), (b, right)| {
        (a.0, std::cmp::Reverse(a.1), &left.name, &left.account_id).cmp(&(
            b.0,
            std::cmp::Reverse(b.1),
            &right.name,
            &right.account_id,
        ))
    });
    let count = |reason| matches.iter().filter(|((found, _), _)| *found == reason).count();
    let (created, same) = (count(Reason::CreatedForIt), count(Reason::SameName));
    let exact_reason = match (created, same) {
        (1, _) => Some(Reason::CreatedForIt),
        (0, 1) if !wanted.name_is_shared => Some(Reason::SameName),
        _ => None,
    };
    let is_tie = exact_reason.is_none() && created + same > 0;
    let matches = matches
        .into_iter()
        .map(|((reason, _), candidate)| Match {
            account_id: candidate.account_id.clone(),
            name: candidate.name.clone(),
            city: candidate.city.clone(),
            reason,
            exact: Some(reason) == exact_reason,
        })
        .collect();
    Matches { matches, is_tie }
}

/// The reason and, to order equal ones, the similarity in thousandths.
fn reason(wanted: Wanted<'_>, candidate: &Candidate) -> Option<(Reason, u32)> {
    if wanted.created.contains(&candidate.account_id) {
        return Some((Reason::CreatedForIt, 1000));
    }
    if candidate.name_key == wanted.name_key {
        return Some((Reason::SameName, 1000));
    }
    if wanted.email_domain.is_some() && wanted.email_domain == candidate.email_domain.as_deref() {
        return Some((Reason::SameEmailDomain, similarity(wanted.name_key, &candidate.name_key)));
    }
    if numbers_differ(wanted.name_key, &candidate.name_key) {
        return None;
    }
    let similarity = similarity(wanted.name_key, &candidate.name_key);
    (similarity >= SIMILAR).then_some((Reason::SimilarName, similarity))
}

/// How much two folded names are alike (Jaro-Winkler), in thousandths.
fn similarity(left: &str, right: &str) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a similarity lies between 0 and 1")]
    let thousandths = (strsim::jaro_winkler(left, right) * 1000.0) as u32;
    thousandths
}

/// Two shops of one chain are told apart by their numbers, however alike the rest is.
fn numbers_differ(left: &str, right: &str) -> bool {
    let digits = |text: &'_ str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    let has_digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    has_digits(left) && has_digits(right) && digits(left) != digits(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: &str, name: &str, domain: Option<&str>) -> Candidate {
        Candidate {
            account_id: AccountId::parse(id).unwrap(),
            name: name.into(),
            name_key: name_key(name),
            city: None,
            email_domain: domain.map(str::to_owned),
        }
    }

    fn wanted<'a>(name_key: &'a str, domain: Option<&'a str>) -> Wanted<'a> {
        Wanted { name_key, email_domain: domain, name_is_shared: false, created: &[] }
    }

    #[test]
    fn names_are_the_same_after_folding() {
        for (left, right) in [
            ("Müller GmbH", "MULLER"),
            ("O'Brien & Sons Ltd.", "OBrien and Sons Limited"),
            ("Straße AG", "STRASSE"),
            ("Nordic Sample AB", "nordic  sample"),
            ("Société Générale S.A.", "Societe Generale"),
            ("ＡＣＭＥ Corp.", "Acme Corporation"),
            ("شركة النور", "شركة  النور"),
        ] {
            assert_eq!(name_key(left), name_key(right), "{left} / {right}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        for (left, right) in [("Acme North", "Acme South"), ("AG", "Co"), ("Smith 1", "Smith 2")] {
            assert_ne!(name_key(left), name_key(right));
        }
        assert_eq!(name_key("AG"), "ag", "a name made of nothing but a legal form stays");
    }

    #[test]
    fn a_single_equal_name_is_exact() {
        let found = rank(wanted("muller", None), &[candidate("1", "Muller AG", None), candidate("2", "Other", None)]);
        assert_eq!(found.exact().map(|found| found.account_id.as_str()), Some("1"));
        assert!(!found.is_tie);
    }

    #[test]
    fn near_ties_are_never_guessed() {
        let two = [candidate("1", "Muller AG", None), candidate("2", "Müller GmbH", None)];
        let found = rank(wanted("muller", None), &two);
        assert!(found.exact().is_none() && found.is_tie && found.matches.len() == 2);
        let shared = Wanted { name_is_shared: true, ..wanted("muller", None) };
        let found = rank(shared, &two[..1]);
        assert!(found.exact().is_none() && found.is_tie, "two organizations, one account");
    }

    #[test]
    fn a_domain_or_a_similar_name_is_shown_but_not_exact() {
        let found = rank(
            wanted("harbour dental", Some("harbour.example")),
            &[candidate("1", "HD Group", Some("harbour.example")), candidate("2", "Harbor Dental", None)],
        );
        let reasons: Vec<_> =
            found.matches.iter().map(|found| (found.account_id.as_str(), found.reason, found.exact)).collect();
        assert_eq!(reasons, [("1", Reason::SameEmailDomain, false), ("2", Reason::SimilarName, false)]);
        assert!(!found.is_tie);
    }

    #[test]
    fn names_with_other_numbers_are_others() {
        let found = |name| rank(wanted("corner shop 12", None), &[candidate("1", name, None)]).matches.len();
        assert_eq!(["Corner Shop 13", "Corner Shops 12", "Corner Shop"].map(found), [0, 1, 1]);
    }

    #[test]
    fn what_we_created_for_it_comes_first() {
        let created = [AccountId::parse("2").unwrap()];
        let wanted = Wanted { created: &created, ..wanted("acme", None) };
        let found = rank(wanted, &[candidate("1", "Acme", None), candidate("2", "Renamed since", None)]);
        assert_eq!(found.exact().map(|found| found.account_id.as_str()), Some("2"));
    }

    #[test]
    fn domains_of_public_providers_say_nothing() {
        assert_eq!(email_domain("a@Firm.example; b@other.example").as_deref(), Some("firm.example"));
        assert_eq!(email_domain("someone@gmail.com"), None);
        assert_eq!(email_domain("nothing"), None);
    }
}
