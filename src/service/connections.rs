//! A partner's connections as a person enters them: checked, tested, stored, replaced.

use super::audit::{self, AuditEntry};
use super::door::Door;
use super::partners::{ConnectionEntry, OwnCompany, PartnerEntry, PutError, PutPartner};
use super::{App, Caller, ServiceError, partners};
use crate::domain::account::check_email;
use crate::domain::check::{Check, Verdict, worst};
use crate::domain::country;
use crate::domain::field::FieldError;
use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use crate::storage;
use crate::storage::tenancy;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::BoxFuture;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Tests connections before they are stored; jobs know how.
pub trait Tester: Send + Sync {
    /// One line for each thing looked at.
    fn test(&self, partner: PartnerId, entries: &[ConnectionEntry]) -> BoxFuture<'static, Vec<Check>>;
}

/// What somebody entered, as text by name; secrets are apart. A secret that is blank stays as it is stored.
#[derive(Debug, Default)]
pub struct Entered {
    /// Lines that may be shown again.
    pub lines: BTreeMap<&'static str, String>,
    /// Lines that are never shown again.
    pub secrets: BTreeMap<&'static str, SecretString>,
}

/// Names of the lines that may be shown again.
pub const LINES: [&str; 14] = [
    "name",
    "email",
    "city",
    "state",
    "country",
    "contact_first_name",
    "contact_last_name",
    "vsa_product",
    "vsa_url",
    "vsa_user",
    "vsa_token_id",
    "vsa_expires_on",
    "lmp_url",
    "remote_manager_url",
];

/// Names of the secrets.
pub const SECRETS: [&str; 6] = [
    "vsa_access_token",
    "vsa_token_secret",
    "lmp_access_token",
    "lmp_secret_key",
    "remote_manager_access_token",
    "remote_manager_secret_key",
];

/// What is stored of one vendor, opened.
#[derive(Debug, Clone)]
pub struct Stored {
    /// `vsa9` or `vsa10` for VSA.
    pub product: Option<String>,
    /// Base address.
    pub url: String,
    /// What is not secret.
    pub details: Value,
    /// By name.
    pub credentials: BTreeMap<String, SecretString>,
}

/// What is stored of all vendors.
pub type AllStored = BTreeMap<Vendor, Stored>;

/// Opens what is stored of a partner's connections.
pub async fn stored(app: &App, door: &Door, partner: PartnerId) -> Result<AllStored, ServiceError> {
    let mut all = AllStored::new();
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    for vendor in [Vendor::Vsa, Vendor::Lmp, Vendor::RemoteManager] {
        let Some(row) = storage::partners::connection(&mut transaction, partner, vendor).await? else { continue };
        // Credentials that do not open have to be entered anew; everything else is kept.
        let opened = door.vault.open(partner, vendor, &row.sealed).ok().map(SecretSlice::<u8>::from);
        let credentials = opened.and_then(|opened| serde_json::from_slice(opened.expose_secret()).ok());
        let (product, url, details) = (row.product, row.url, row.details);
        all.insert(vendor, Stored { product, url, details, credentials: credentials.unwrap_or_default() });
    }
    Ok(all)
}

/// The lines as they are stored, to be shown in the form.
pub async fn lines(app: &App, partner: PartnerId, stored: &AllStored) -> Result<Entered, ServiceError> {
    let row = storage::partners::by_id(&mut *tenancy::begin(&app.pool, partner).await?, partner)
        .await?
        .ok_or(ServiceError::NotFound)?;
    let mut lines = BTreeMap::from([("name", row.name), ("email", row.email)]);
    let mut add = |name: &'static str, value: Option<&str>| lines.insert(name, value.unwrap_or_default().to_owned());
    for name in ["city", "state", "country", "contact_first_name", "contact_last_name"] {
        add(name, row.company.get(name).and_then(Value::as_str));
    }
    if let Some(vsa) = stored.get(&Vendor::Vsa) {
        let detail = |name: &str| vsa.details.get(name).and_then(Value::as_str);
        add("vsa_product", vsa.product.as_deref());
        add("vsa_url", Some(&vsa.url));
        add("vsa_user", detail("user"));
        add("vsa_token_id", detail("token_id"));
        add("vsa_expires_on", detail("expires_on"));
    }
    add("lmp_url", stored.get(&Vendor::Lmp).map(|lmp| lmp.url.as_str()));
    add("remote_manager_url", stored.get(&Vendor::RemoteManager).map(|manager| manager.url.as_str()));
    Ok(Entered { lines, secrets: BTreeMap::new() })
}

impl Entered {
    fn line(&self, name: &str) -> Option<String> {
        self.lines.get(name).map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The partner that was entered, or everything wrong with it. Blank secrets are taken from `stored` where the address is the
    /// same server's: a stored secret never goes to another one.
    pub fn check(&self, stored: &AllStored, allow_http: bool) -> Result<PartnerEntry, Vec<FieldError>> {
        let mut form = Form { entered: self, stored, allow_http, errors: Vec::new() };
        let name = form.required("name", "Enter your company's name.");
        let email = check_email(self.lines.get("email").map(String::as_str), "email").unwrap_or_else(|error| {
            form.errors.push(error);
            String::new()
        });
        let country = self.line("country").and_then(|text| {
            let code = country::resolve(&text);
            if code.is_none() {
                form.wrong("country", "Enter a country's name or its two letters, such as GB.");
            }
            code.map(str::to_owned)
        });
        let company = OwnCompany {
            city: self.line("city"),
            state: self.line("state"),
            country,
            contact_first_name: self.line("contact_first_name"),
            contact_last_name: self.line("contact_last_name"),
        };
        let mut connections = vec![form.vsa(), form.trend_micro(Vendor::Lmp)];
        let manager = ["remote_manager_url", "remote_manager_access_token", "remote_manager_secret_key"];
        if self.line(manager[0]).is_some() || manager[1..].iter().any(|name| self.secrets.contains_key(name)) {
            connections.push(form.trend_micro(Vendor::RemoteManager));
        }
        if form.errors.is_empty() {
            let (margin_percent, minimum_seats) = (20, 10);
            Ok(PartnerEntry { name, email, company, margin_percent, minimum_seats, connections, templates: Vec::new() })
        } else {
            Err(form.errors)
        }
    }
}

struct Form<'a> {
    entered: &'a Entered,
    stored: &'a AllStored,
    allow_http: bool,
    errors: Vec<FieldError>,
}

impl Form<'_> {
    fn wrong(&mut self, name: &str, message: &str) {
        self.errors.push(FieldError::new(name, "invalid", message));
    }

    fn required(&mut self, name: &str, message: &str) -> String {
        self.entered.line(name).unwrap_or_else(|| {
            self.errors.push(FieldError::new(name, "required", message));
            String::new()
        })
    }

    fn address(&mut self, name: &str) -> String {
        let text = self.required(name, "Enter the server's address.");
        if text.is_empty() {
            return text;
        }
        let url = Url::parse(&text).ok().filter(|url| {
            let scheme = url.scheme() == "https" || (self.allow_http && url.scheme() == "http");
            let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
            scheme && bare && url.host().is_some() && url.fragment().is_none()
        });
        if let Some(url) = url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        self.wrong(name, "Enter an address that begins with https:// and has nothing behind the server's name.");
        String::new()
    }

    /// A secret as entered, or as stored for the same server.
    fn secret(&mut self, name: &'static str, kept: Kept<'_>) -> Option<SecretString> {
        let entered = self.entered.secrets.get(name).filter(|secret| !secret.expose_secret().trim().is_empty());
        if let Some(secret) = entered {
            if secret.expose_secret().chars().any(char::is_control) {
                self.wrong(name, "It must not contain line breaks; copy it again.");
            }
            return Some(secret.expose_secret().trim().to_owned().into());
        }
        let kept_under = self.stored.get(&kept.vendor).filter(|stored| origin(&stored.url) == origin(kept.url));
        kept_under.and_then(|stored| stored.credentials.get(kept.name)).cloned()
    }

    fn needed(&mut self, name: &'static str, kept: Kept<'_>, message: &str) -> SecretString {
        let moved = self.stored.get(&kept.vendor).is_some_and(|stored| origin(&stored.url) != origin(kept.url));
        self.secret(name, kept).unwrap_or_else(|| {
            let moved_message = "The address is another server's now, so this has to be entered again.";
            self.errors.push(FieldError::new(name, "required", if moved { moved_message } else { message }));
            SecretString::default()
        })
    }

    fn trend_micro(&mut self, vendor: Vendor) -> ConnectionEntry {
        let names = match vendor {
            Vendor::RemoteManager => ["remote_manager_url", "remote_manager_access_token", "remote_manager_secret_key"],
            Vendor::Vsa | Vendor::Lmp => ["lmp_url", "lmp_access_token", "lmp_secret_key"],
        };
        let url = self.address(names[0]);
        let kept = |name| Kept { vendor, url: &url, name };
        let access_token = self.needed(names[1], kept("access_token"), "Enter the access token.");
        let secret_key = self.needed(names[2], kept("secret_key"), "Enter the secret key.");
        let credentials = BTreeMap::from([("access_token", access_token), ("secret_key", secret_key)]);
        ConnectionEntry { vendor, product: None, url, details: json!({}), credentials }
    }

    fn vsa(&mut self) -> ConnectionEntry {
        let vendor = Vendor::Vsa;
        let url = self.address("vsa_url");
        let kept = |name| Kept { vendor, url: &url, name };
        let mut details = json!({ "own_organizations": [] });
        if let Some(own) = self.stored.get(&vendor).and_then(|stored| stored.details.get("own_organizations")) {
            details["own_organizations"] = own.clone();
        }
        let mut credentials = BTreeMap::new();
        let product = if self.entered.line("vsa_product").as_deref() == Some("vsa10") {
            details["token_id"] = self.required("vsa_token_id", "Enter the API token's id.").into();
            credentials.insert(
                "token_secret",
                self.needed("vsa_token_secret", kept("token_secret"), "Enter the API token's secret."),
            );
            "vsa10"
        } else {
            let user = self.required("vsa_user", "Enter the VSA user that the plug-in works as.");
            if user.contains(':') {
                self.wrong("vsa_user", "A user name contains no colon.");
            }
            details["user"] = user.into();
            credentials.insert(
                "access_token",
                self.needed("vsa_access_token", kept("access_token"), "Enter that user's access token."),
            );
            "vsa9"
        };
        if let Some(text) = self.entered.line("vsa_expires_on") {
            match text.parse::<NaiveDate>() {
                Ok(date) => details["expires_on"] = date.to_string().into(),
                Err(_) => self.wrong("vsa_expires_on", "Enter a date, such as 2027-03-31, or leave it blank."),
            }
        }
        self.keep_oauth_client(&url, &mut details, &mut credentials);
        ConnectionEntry { vendor, product: Some(product), url, details, credentials }
    }

    /// The OAuth client of the partner's file stays with its server.
    fn keep_oauth_client(
        &mut self,
        url: &str,
        details: &mut Value,
        credentials: &mut BTreeMap<&'static str, SecretString>,
    ) {
        let stored = self.stored.get(&Vendor::Vsa).filter(|stored| origin(&stored.url) == origin(url));
        let Some(stored) = stored else { return };
        if let (Some(id), Some(secret)) =
            (stored.details.get("oauth_client_id"), stored.credentials.get("oauth_client_secret"))
        {
            details["oauth_client_id"] = id.clone();
            credentials.insert("oauth_client_secret", secret.clone());
        }
    }
}

/// Where a secret that was not entered may be kept.
struct Kept<'a> {
    vendor: Vendor,
    url: &'a str,
    name: &'static str,
}

fn origin(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

/// How storing ended.
#[derive(Debug)]
pub enum Outcome<T> {
    /// Tested and stored.
    Stored(T, Vec<Check>),
    /// A test failed, or only a test was asked for; nothing was stored.
    NotWorking(Vec<Check>),
    /// Fields are missing or wrong; nothing was tested or stored.
    Wrong(Vec<FieldError>),
    /// The activation code is unknown, used or expired.
    NoCode,
}

/// Tests what was entered and, if nothing fails, replaces the partner's connections and details. Nothing else of it is touched.
pub async fn replace(app: &App, door: &Door, caller: &Caller, entered: &Entered) -> Result<Outcome<()>, PutError> {
    let before = stored(app, door, caller.partner_id).await?;
    let entry = match entered.check(&before, door.settings.allow_http) {
        Ok(entry) => entry,
        Err(errors) => return Ok(Outcome::Wrong(errors)),
    };
    let checks = tested(app, door, caller.partner_id, &caller.name, &entry).await?;
    if worst(&checks) == Verdict::Failed {
        return Ok(Outcome::NotWorking(checks));
    }
    let moved = before.get(&Vendor::Vsa).map(|vsa| origin(&vsa.url))
        != entry.connections.iter().find(|entry| entry.vendor == Vendor::Vsa).map(|vsa| origin(&vsa.url));
    if partners::replace(app, &door.vault, caller, &entry, &checks, moved).await? {
        Ok(Outcome::Stored((), checks))
    } else {
        Ok(Outcome::Wrong(vec![FieldError::new("name", "taken", "Another partner has this name.")]))
    }
}

/// Tests what was entered; nothing is stored.
pub async fn test(app: &App, door: &Door, caller: &Caller, entered: &Entered) -> Result<Outcome<()>, ServiceError> {
    let before = stored(app, door, caller.partner_id).await?;
    match entered.check(&before, door.settings.allow_http) {
        Ok(entry) => Ok(Outcome::NotWorking(tested(app, door, caller.partner_id, &caller.name, &entry).await?)),
        Err(errors) => Ok(Outcome::Wrong(errors)),
    }
}

/// Notes that somebody has these addresses called, and has them called.
pub(in crate::service) async fn tested(
    app: &App,
    door: &Door,
    partner: PartnerId,
    actor: &str,
    entry: &PartnerEntry,
) -> Result<Vec<Check>, ServiceError> {
    let addresses = entry.connections.iter().map(|connection| origin(&connection.url)).collect::<Vec<_>>();
    let detail = json!({ "addresses": addresses });
    let noted = AuditEntry { actor, event: "connections_tested", subject: "connections", detail };
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    audit::append(&mut transaction, partner, &noted).await?;
    transaction.commit().await?;
    Ok(door.tester.test(partner, &entry.connections).await)
}

/// What the last test found, and when.
pub async fn last_test(app: &App, partner: PartnerId) -> Result<Option<(DateTime<Utc>, Vec<Check>)>, ServiceError> {
    Ok(storage::connections::last_test(&mut *tenancy::begin(&app.pool, partner).await?, partner).await?)
}

/// What of a partner's connections somebody should see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// When the VSA token ends, if that was entered.
    pub expires_on: Option<NaiveDate>,
    /// Whether the last test found something that does not work.
    pub is_failing: bool,
}

/// What of a partner's connections somebody should see to; nothing is called for it.
pub async fn attention(app: &App, partner: PartnerId) -> Result<Attention, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let vsa = storage::partners::connection(&mut transaction, partner, Vendor::Vsa).await?;
    let test = storage::connections::last_test(&mut transaction, partner).await?;
    let expires_on = vsa.as_ref().and_then(|vsa| vsa.details.get("expires_on")?.as_str()?.parse().ok());
    Ok(Attention { expires_on, is_failing: test.is_some_and(|(_, checks)| worst(&checks) == Verdict::Failed) })
}

/// A partner that was made with an activation code.
pub type Activated = PutPartner;

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(pairs: &[(&'static str, &str)], secrets: &[(&'static str, &str)]) -> Entered {
        let mut lines = BTreeMap::from(
            [
                ("name", "Sample MSP"),
                ("email", "noc@sample.example"),
                ("vsa_url", "https://vsa.example"),
                ("vsa_user", "plugin"),
                ("lmp_url", "https://lmp.example/"),
            ]
            .map(|(name, value)| (name, value.to_owned())),
        );
        lines.extend(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Entered { lines, secrets: secrets.iter().map(|(name, value)| (*name, (*value).to_owned().into())).collect() }
    }

    const SECRETS: [(&str, &str); 3] = [("vsa_access_token", "a"), ("lmp_access_token", "b"), ("lmp_secret_key", "c")];

    fn stored_vsa() -> AllStored {
        let credentials = BTreeMap::from([("access_token".to_owned(), SecretString::from("old"))]);
        let stored = Stored {
            product: Some("vsa9".into()),
            url: "https://vsa.example".into(),
            details: json!({ "user": "plugin", "own_organizations": ["7"] }),
            credentials,
        };
        AllStored::from([(Vendor::Vsa, stored)])
    }

    fn paths(entered: &Entered, stored: &AllStored) -> Vec<String> {
        entered.check(stored, false).unwrap_err().into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let none = AllStored::new();
        let wrong = entered(
            &[("name", " "), ("vsa_url", "http://vsa.example"), ("country", "Nowhere"), ("vsa_expires_on", "soon")],
            &[],
        );
        assert_eq!(
            paths(&wrong, &none),
            ["name", "country", "vsa_url", "vsa_access_token", "vsa_expires_on", "lmp_access_token", "lmp_secret_key"]
        );
        let entry = entered(&[("country", "germany")], &SECRETS).check(&none, false).unwrap();
        assert_eq!(entry.company.country.as_deref(), Some("DE"));
        assert_eq!(entry.connections.len(), 2);
    }

    #[test]
    fn a_stored_secret_stays_with_its_server() {
        let same = entered(&[], &SECRETS[1..]).check(&stored_vsa(), false).unwrap();
        assert_eq!(same.connections[0].credentials["access_token"].expose_secret(), "old");
        assert_eq!(same.connections[0].details["own_organizations"], json!(["7"]));
        assert_eq!(
            paths(&entered(&[("vsa_url", "https://evil.example")], &SECRETS[1..]), &stored_vsa()),
            ["vsa_access_token"]
        );
    }
}
