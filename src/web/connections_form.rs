//! The form of a partner's details and connections: entered for activation, and again to replace credentials.

use super::form::Fields;
use crate::domain::check::{Check, Verdict};
use crate::domain::country;
use crate::domain::field::FieldError;
use crate::domain::outcome::Vendor;
use crate::service::connections::{Entered, LINES, SECRETS};
use secrecy::SecretString;

/// One line of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Name in the form, and id in the page.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// What to enter, where the label does not say it.
    pub hint: &'static str,
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
    pub title: &'static str,
    /// What it is for.
    pub intro: String,
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
    pub subject: &'static str,
    /// Class of the state.
    pub class: &'static str,
    /// Mark before the state.
    pub mark: &'static str,
    /// State in a word.
    pub state: &'static str,
    /// What was found.
    pub found: String,
    /// What to do.
    pub advice: String,
}

impl CheckRow {
    /// Checks as rows, those of a server one after another.
    pub fn all(checks: &[Check]) -> Vec<Self> {
        let of_vendor = checks.chunk_by(|one, next| one.vendor == next.vendor);
        let first = of_vendor.flat_map(|of_one| (0..of_one.len()).map(|at| if at == 0 { of_one.len() } else { 0 }));
        checks.iter().zip(first).map(|(check, rows)| Self::of(check, rows)).collect()
    }

    fn of(check: &Check, rows: usize) -> Self {
        let (class, mark, state) = match check.verdict {
            Verdict::Good => ("good", "✓", "Good"),
            Verdict::Skipped => ("idle", "–", "Not tested"),
            Verdict::Warning => ("warning", "▲", "Restricted"),
            Verdict::Failed => ("bad", "✕", "Failed"),
        };
        let (subject, found, advice) = (check.subject.title(), check.found.clone(), check.advice.clone());
        Self { server: vendor_name(check.vendor), rows, subject, class, mark, state, found, advice }
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
pub fn groups(entered: &Entered, errors: &[FieldError], kept: bool) -> Vec<Group> {
    let form = Form { entered, errors, kept };
    vec![
        Group {
            title: "Your company",
            intro: "The e-mail address gets the notifications of your customers; the rest fills the blanks of new accounts.".into(),
            lines: vec![
                form.line("name", "Company name", "text").required(),
                form.line("email", "Registered e-mail address", "email").required(),
                form.line("contact_first_name", "First name of the contact", "text"),
                form.line("contact_last_name", "Last name of the contact", "text"),
                form.line("city", "City", "text"),
                form.line("state", "State, county or province", "text"),
                form.line("country", "Country", "text").list("countries"),
            ],
        },
        Group {
            title: "Kaseya VSA",
            intro: "A VSA user of its own for the plug-in, whose role and scope see every organization and nothing more. VSA 9: System > User Security > Users > Access Tokens > New, only \"REST API (Read, Write)\". VSA X: an API token. With the day on which it ends you are reminded in time.".into(),
            lines: vec![
                form.line("vsa_url", "Address", "url").required().hint("such as https://vsa.example.com"),
                form.line("vsa_user", "VSA 9: user name", "text").required().only("vsa9"),
                form.secret("vsa_access_token", "VSA 9: access token").required_unless(kept).only("vsa9"),
                form.line("vsa_token_id", "VSA X: token id", "text").required().only("vsa10"),
                form.secret("vsa_token_secret", "VSA X: token secret").required_unless(kept).only("vsa10"),
                form.line("vsa_expires_on", "The token expires on", "date"),
            ],
        },
        Group {
            title: "Licensing Management Platform",
            intro: "Access token and secret key of its API (LMPI), from Trend Micro.".into(),
            lines: vec![
                form.line("lmp_url", "Address", "url").required(),
                form.secret("lmp_access_token", "Access token").required_unless(kept),
                form.secret("lmp_secret_key", "Secret key").required_unless(kept),
            ],
        },
        Group {
            title: "Remote Manager",
            intro: "Access token and secret key of its API (SMPI). Without it there are no settings templates, and recipients of Worry-Free notifications stay as Trend Micro sets them.".into(),
            lines: vec![
                form.line("remote_manager_url", "Address", "url"),
                form.secret("remote_manager_access_token", "Access token"),
                form.secret("remote_manager_secret_key", "Secret key"),
            ],
        },
    ]
}

struct Form<'a> {
    entered: &'a Entered,
    errors: &'a [FieldError],
    kept: bool,
}

impl Form<'_> {
    fn line(&self, name: &'static str, label: &'static str, kind: &'static str) -> Line {
        let value = self.entered.lines.get(name).cloned().unwrap_or_default();
        let problem = self.errors.iter().find(|error| error.path == name);
        let problem = problem.map(|error| error.message.clone()).unwrap_or_default();
        Line { name, label, hint: "", value, kind, list: "", required: false, only: "", problem }
    }

    fn secret(&self, name: &'static str, label: &'static str) -> Line {
        let line = Line { value: String::new(), ..self.line(name, label, "password") };
        if self.kept { line.hint("blank keeps the stored one") } else { line }
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

    fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    fn list(self, list: &'static str) -> Self {
        Self { list, ..self }
    }
}
