//! The form of a partner's details and connections: entered for activation, and again to replace credentials.

use super::form::Fields;
use super::language::Words;
use crate::domain::check::{Check, Verdict};
use crate::domain::country;
use crate::domain::field::FieldError;
use crate::domain::outcome::Vendor;
use crate::service::connections::{Entered, LINES, SECRETS};
use secrecy::SecretString;
use std::borrow::Cow;

/// One line of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Name in the form, and id in the page.
    pub name: &'static str,
    /// For people.
    pub label: Cow<'static, str>,
    /// What to enter, where the label does not say it.
    pub hint: Cow<'static, str>,
    /// What was entered; always empty for secrets.
    pub value: String,
    /// `text`, `email`, `url`, `date` or `password`.
    pub kind: &'static str,
    /// Id of a list to choose from; empty if there is none.
    pub list: &'static str,
    /// Whether it must be filled.
    pub required: bool,
    /// The product of VSA that it is for; empty if for any.
    pub only: &'static str,
    /// What is wrong with it; empty if nothing is.
    pub problem: String,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// For people.
    pub title: Cow<'static, str>,
    /// What it is for.
    pub intro: Cow<'static, str>,
    /// Whether a product is to be chosen first.
    pub has_product: bool,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// What a test found, as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow {
    /// The server.
    pub server: &'static str,
    /// How many rows it has from here on; 0 but in its first.
    pub rows: usize,
    /// What was looked at.
    pub subject: Cow<'static, str>,
    /// Class of the state.
    pub class: &'static str,
    /// Mark before the state.
    pub mark: &'static str,
    /// State in a word.
    pub state: Cow<'static, str>,
    /// What was found.
    pub found: String,
    /// What to do.
    pub advice: String,
}

impl CheckRow {
    /// Checks as rows, those of a server one after another.
    pub fn all(words: Words, checks: &[Check]) -> Vec<Self> {
        let of_vendor = checks.chunk_by(|one, next| one.vendor == next.vendor);
        let first = of_vendor.flat_map(|of_one| (0..of_one.len()).map(|at| if at == 0 { of_one.len() } else { 0 }));
        checks.iter().zip(first).map(|(check, rows)| Self::of(words, check, rows)).collect()
    }

    fn of(words: Words, check: &Check, rows: usize) -> Self {
        let (class, mark, state) = match check.verdict {
            Verdict::Good => ("good", "✓", "check-good"),
            Verdict::Skipped => ("idle", "–", "check-skipped"),
            Verdict::Warning => ("warning", "▲", "check-restricted"),
            Verdict::Failed => ("bad", "✕", "item-refused"),
        };
        Self {
            server: vendor_name(check.vendor),
            rows,
            subject: words.told(check.subject.title()),
            class,
            mark,
            state: words.t(state),
            found: words.told(&check.found).into_owned(),
            advice: words.told(&check.advice).into_owned(),
        }
    }
}

/// A vendor as screens call it.
pub fn vendor_name(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Vsa => "Kaseya VSA",
        Vendor::Lmp => "Licensing Management Platform",
        Vendor::RemoteManager => "Remote Manager",
    }
}

/// What the fields of a request hold.
pub fn entered(fields: &Fields) -> Entered {
    let lines = LINES.into_iter().filter_map(|name| Some((name, fields.one(name)?.trim().to_owned()))).collect();
    let secret = |name| fields.text(name).map(|text| SecretString::from(text.to_owned()));
    Entered { lines, secrets: SECRETS.into_iter().filter_map(|name| Some((name, secret(name)?))).collect() }
}

/// What a new form holds.
pub fn fresh() -> Entered {
    let lines = [("vsa_product", "vsa9"), ("lmp_url", "https://cspi.trendmicro.com")];
    Entered { lines: lines.into_iter().map(|(name, value)| (name, value.to_owned())).collect(), ..Entered::default() }
}

/// Countries to choose from.
pub fn countries() -> Vec<(&'static str, &'static str)> {
    country::all().collect()
}

/// Whether VSA X is chosen.
pub fn is_vsa10(entered: &Entered) -> bool {
    entered.lines.get("vsa_product").is_some_and(|product| product == "vsa10")
}

/// The form with what was entered and what is wrong with it.
pub fn groups(words: Words, entered: &Entered, errors: &[FieldError], kept: bool) -> Vec<Group> {
    let form = Form { words, entered, errors, kept };
    let group = |title, intro, lines| Group {
        title: words.t(title),
        intro: words.t(intro),
        has_product: title == "connect-vsa",
        lines,
    };
    vec![
        group(
            "connect-company",
            "connect-company-about",
            vec![
                form.line("name", "field-company-name", "text").required(),
                form.line("email", "connect-email", "email").required(),
                form.line("contact_first_name", "connect-first-name", "text"),
                form.line("contact_last_name", "connect-last-name", "text"),
                form.line("city", "field-company-city", "text"),
                form.line("state", "connect-state", "text"),
                form.line("country", "connect-country", "text").list("countries"),
            ],
        ),
        group(
            "connect-vsa",
            "connect-vsa-about",
            vec![
                form.line("vsa_url", "connect-address", "url").required().hint(words.t("connect-address-such")),
                form.line("vsa_user", "connect-vsa9-user", "text").required().only("vsa9"),
                form.secret("vsa_access_token", "connect-vsa9-token").required_unless(kept).only("vsa9"),
                form.line("vsa_token_id", "connect-vsax-id", "text").required().only("vsa10"),
                form.secret("vsa_token_secret", "connect-vsax-secret").required_unless(kept).only("vsa10"),
                form.line("vsa_expires_on", "connect-expires", "date"),
            ],
        ),
        group(
            "connect-lmp",
            "connect-lmp-about",
            vec![
                form.line("lmp_url", "connect-address", "url").required(),
                form.secret("lmp_access_token", "connect-token").required_unless(kept),
                form.secret("lmp_secret_key", "connect-key").required_unless(kept),
            ],
        ),
        group(
            "connect-manager",
            "connect-manager-about",
            vec![
                form.line("remote_manager_url", "connect-address", "url"),
                form.secret("remote_manager_access_token", "connect-token"),
                form.secret("remote_manager_secret_key", "connect-key"),
            ],
        ),
    ]
}

/// How people sign in, with what was entered and what is wrong with it.
pub fn sign_in_lines(words: Words, entered: &Entered, errors: &[FieldError]) -> Vec<Line> {
    let form = Form { words, entered, errors, kept: true };
    vec![
        form.line("vsa_client_id", "people-vsa-id", "text").only("vsa9"),
        form.secret("vsa_client_secret", "people-vsa-secret").only("vsa9"),
        form.line("openid_issuer", "people-issuer", "url").hint(words.t("people-issuer-about")),
        form.line("openid_client_id", "people-openid-id", "text"),
        form.secret("openid_client_secret", "people-openid-secret"),
        form.line("openid_role_claim", "people-claim", "text").hint(words.t("people-claim-about")),
        form.line("openid_scopes", "people-scopes", "text").hint(words.t("people-scopes-about")),
        form.line("administrator_roles", "people-administrators", "text").hint(words.t("people-roles-about")),
        form.line("viewer_roles", "people-viewers", "text").hint(words.t("people-roles-about")),
    ]
}

struct Form<'a> {
    words: Words,
    entered: &'a Entered,
    errors: &'a [FieldError],
    kept: bool,
}

impl Form<'_> {
    fn line(&self, name: &'static str, label: &str, kind: &'static str) -> Line {
        let value = self.entered.lines.get(name).cloned().unwrap_or_default();
        let problem = self.errors.iter().find(|error| error.path == name);
        let problem = problem.map(|error| self.words.told(&error.message).into_owned()).unwrap_or_default();
        let label = self.words.t(label);
        Line { name, label, hint: Cow::default(), value, kind, list: "", required: false, only: "", problem }
    }

    fn secret(&self, name: &'static str, label: &str) -> Line {
        let line = Line { value: String::new(), ..self.line(name, label, "password") };
        if self.kept { line.hint(self.words.t("connect-blank")) } else { line }
    }
}

impl Line {
    fn required(self) -> Self {
        Self { required: true, ..self }
    }

    fn required_unless(self, kept: bool) -> Self {
        Self { required: !kept, ..self }
    }

    fn only(self, only: &'static str) -> Self {
        Self { only, ..self }
    }

    fn hint(self, hint: Cow<'static, str>) -> Self {
        Self { hint, ..self }
    }

    fn list(self, list: &'static str) -> Self {
        Self { list, ..self }
    }
}
