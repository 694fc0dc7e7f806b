//! What LMP demands of a new account (`lmpi.md` 5.1), checked before anything is sent.

use super::field::FieldError;
use serde::{Deserialize, Serialize};

/// A company as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompanyDraft {
    /// Company name.
    pub name: Option<String>,
    /// Street address.
    pub address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or region, free text.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: Option<String>,
}

/// A contact as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactDraft {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// A new account as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccountDraft {
    /// The company.
    pub company: CompanyDraft,
    /// Its contact.
    pub contact: ContactDraft,
}

/// A new account that LMP is expected to accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// 1–128 characters.
    pub name: String,
    /// At most 128 characters.
    pub address: Option<String>,
    /// 1–64 characters.
    pub city: String,
    /// 1–64 characters.
    pub state: String,
    /// At most 10 characters.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// 1–50 characters.
    pub first_name: String,
    /// 1–50 characters.
    pub last_name: String,
    /// At most 128 characters of those LMP accepts.
    pub email: String,
}

/// Longest values in characters, by path below the account.
pub const LIMITS: [(&str, usize); 9] = [
    ("/company/name", 128),
    ("/company/address", 128),
    ("/company/city", 64),
    ("/company/state", 64),
    ("/company/postal_code", 10),
    ("/company/country", 2),
    ("/contact/first_name", 50),
    ("/contact/last_name", 50),
    ("/contact/email", 128),
];

impl NewAccountDraft {
    /// Checks every field; all mistakes are named, with paths below the account.
    pub fn check(&self) -> Result<NewAccount, Vec<FieldError>> {
        let mut errors = Vec::new();
        let account = NewAccount {
            name: required(&self.company.name, "/company/name", "company name", &mut errors),
            address: optional(&self.company.address, "/company/address", "address", &mut errors),
            city: required(&self.company.city, "/company/city", "city", &mut errors),
            state: required(&self.company.state, "/company/state", "state or region", &mut errors),
            postal_code: optional(&self.company.postal_code, "/company/postal_code", "postal code", &mut errors),
            country: country(&self.company.country, &mut errors),
            first_name: required(&self.contact.first_name, "/contact/first_name", "contact's first name", &mut errors),
            last_name: required(&self.contact.last_name, "/contact/last_name", "contact's last name", &mut errors),
            email: email(&self.contact.email, "/contact/email", &mut errors),
        };
        if errors.is_empty() { Ok(account) } else { Err(errors) }
    }
}

/// Checks one e-mail address as LMP accepts it; the trimmed address, or what is wrong with it.
pub fn check_email(text: Option<&str>, path: &str) -> Result<String, FieldError> {
    let text = text.map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return Err(FieldError::new(path, "required", "Enter an e-mail address."));
    }
    if text.chars().count() > 128 {
        return Err(too_long(path, "e-mail address", 128));
    }
    if let Some(character) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || "-._@".contains(*c))) {
        let shown = if is_unprintable(character) { "such characters".to_owned() } else { format!("\"{character}\"") };
        return Err(FieldError::new(
            path,
            "invalid_characters",
            format!(
                "Trend Micro does not accept {shown} in an e-mail address; use letters, digits, hyphen, period, underscore and @."
            ),
        ));
    }
    if is_address(text) {
        Ok(text.to_owned())
    } else {
        Err(FieldError::new(path, "invalid_format", "Enter one e-mail address, such as name@company.example."))
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let labels: Vec<_> = domain.split('.').collect();
    let is_label = |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    !local.is_empty() && labels.len() >= 2 && labels.iter().all(is_label)
}

fn email(value: &Option<String>, path: &str, errors: &mut Vec<FieldError>) -> String {
    check_email(value.as_deref(), path).unwrap_or_else(|error| {
        errors.push(error);
        String::new()
    })
}

fn required(value: &Option<String>, path: &str, label: &str, errors: &mut Vec<FieldError>) -> String {
    let value = optional(value, path, label, errors);
    if value.is_none() && errors.last().is_none_or(|error| error.path != path) {
        errors.push(FieldError::new(path, "required", format!("Enter the {label}; Trend Micro requires it.")));
    }
    value.unwrap_or_default()
}

/// The trimmed value, `None` if blank; a mistake is pushed.
fn optional(value: &Option<String>, path: &str, label: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    let text = value.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
    let limit = LIMITS.iter().find(|(limited, _)| *limited == path).map_or(128, |(_, limit)| *limit);
    if text.chars().any(is_unprintable) {
        errors.push(FieldError::new(
            path,
            "invalid_characters",
            format!("The {label} holds invisible control or direction characters; type it again without them."),
        ));
        return None;
    }
    if text.chars().count() > limit {
        errors.push(too_long(path, label, limit));
        return None;
    }
    Some(text.to_owned())
}

fn too_long(path: &str, label: &str, limit: usize) -> FieldError {
    FieldError::new(path, "too_long", format!("The {label} has more than {limit} characters; shorten it."))
}

fn country(value: &Option<String>, errors: &mut Vec<FieldError>) -> String {
    const PATH: &str = "/company/country";
    let text = value.as_deref().map(str::trim).unwrap_or_default();
    if text.is_empty() {
        errors.push(FieldError::new(PATH, "required", "Choose the country; Trend Micro requires it."));
    } else if !super::country::is_code(text) {
        errors.push(FieldError::new(
            PATH,
            "invalid_country",
            "Use the two-letter code of the country, such as GB or DE.",
        ));
    }
    text.to_owned()
}

/// Control characters and those that change the writing direction: they hide what a text says. The joiners of Persian and
/// Indic spelling are not among them.
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    fn good() -> NewAccountDraft {
        NewAccountDraft {
            company: CompanyDraft {
                name: text("Harbour Dental Group"),
                address: None,
                city: text("Poole"),
                state: text("Dorset"),
                postal_code: text("BH15 1AA"),
                country: text("GB"),
            },
            contact: ContactDraft {
                first_name: text("Ana"),
                last_name: text("Reyes"),
                email: text("office@harbourdental.example"),
            },
        }
    }

    fn codes(draft: &NewAccountDraft) -> Vec<(String, String)> {
        draft.check().err().unwrap_or_default().into_iter().map(|error| (error.path, error.code)).collect()
    }

    #[test]
    fn a_complete_account_is_accepted_and_trimmed() {
        let mut draft = good();
        draft.company.city = text("  Poole ");
        assert_eq!(draft.check().unwrap().city, "Poole");
    }

    #[test]
    fn all_mistakes_are_named_at_once() {
        let found = codes(&NewAccountDraft::default());
        let required = [
            "/company/name",
            "/company/city",
            "/company/state",
            "/company/country",
            "/contact/first_name",
            "/contact/last_name",
            "/contact/email",
        ];
        assert_eq!(found, required.map(|path| (path.to_owned(), "required".to_owned())));
    }

    #[test]
    fn lengths_are_in_characters() {
        for (path, limit) in
            LIMITS.into_iter().filter(|(path, _)| !path.ends_with("country") && !path.ends_with("email"))
        {
            let mut draft = good();
            let mut set = |value: String| {
                let field = match path {
                    "/company/name" => &mut draft.company.name,
                    "/company/address" => &mut draft.company.address,
                    "/company/city" => &mut draft.company.city,
                    "/company/state" => &mut draft.company.state,
                    "/company/postal_code" => &mut draft.company.postal_code,
                    "/contact/first_name" => &mut draft.contact.first_name,
                    _ => &mut draft.contact.last_name,
                };
                *field = Some(value);
                codes(&draft)
            };
            assert_eq!(set("ä".repeat(limit)), [], "{path} takes {limit}");
            assert_eq!(
                set("ä".repeat(limit + 1)),
                [(path.to_owned(), "too_long".to_owned())],
                "{path} refuses one more"
            );
        }
    }

    #[test]
    fn direction_characters_are_refused_but_right_to_left_text_is_not() {
        let mut draft = good();
        draft.company.name = text("شركة النور للتجارة");
        assert_eq!(codes(&draft), []);
        draft.company.name = text("abc\u{202e}gpj.exe");
        assert_eq!(codes(&draft), [("/company/name".to_owned(), "invalid_characters".to_owned())]);
    }

    #[test]
    fn emails_as_lmp_accepts_them() {
        let code = |address: &str| check_email(Some(address), "/e").err().map(|error| error.code);
        for good in ["a@b.co", "ada.berg_x-1@example.test"] {
            assert_eq!(code(good), None, "{good}");
        }
        assert_eq!(code(" "), Some("required".to_owned()));
        for bad in ["a+b@c.de", "ä@c.de", "a b@c.de", "a@c.de;b@c.de"] {
            assert_eq!(code(bad), Some("invalid_characters".to_owned()), "{bad}");
        }
        for bad in ["a@b", "@b.co", "a@", "a@b..co", "a@b_c.de", "a@b@c.de", "plain"] {
            assert_eq!(code(bad), Some("invalid_format".to_owned()), "{bad}");
        }
        let local = "a".repeat(128 - "@b.co".len());
        assert_eq!(code(&format!("{local}@b.co")), None);
        assert_eq!(code(&format!("{local}a@b.co")), Some("too_long".to_owned()));
    }

    #[test]
    fn the_country_is_an_assigned_code() {
        for (country, ok) in
            [("GB", true), ("gb", false), ("UK", false), ("Germany", false), ("XX", false), ("DE", true)]
        {
            let mut draft = good();
            draft.company.country = text(country);
            assert_eq!(draft.check().is_ok(), ok, "{country}");
        }
    }
}
