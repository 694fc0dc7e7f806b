//! How a partner's people sign in, as one of them enters it: checked and stored. A secret that is blank stays as it is stored, for the
//! same client of the same server.

use super::setup::{OpenIdEntry, SetupError, SignInEntry, VSA_CLIENT_ID, VsaClientEntry, put_as};
use crate::domain::field::FieldError;
use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use crate::domain::role::RoleMap;
use crate::service::connections::Entered;
use crate::service::door::Door;
use crate::service::{App, Caller, ServiceError};
use crate::storage;
use crate::storage::sign_in::OpenIdRow;
use crate::storage::tenancy;
use crate::storage::vault::{CannotOpen, Record};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// Names of the lines that may be shown again.
pub const SIGN_IN_LINES: [&str; 7] = [
    "vsa_client_id",
    "openid_issuer",
    "openid_client_id",
    "openid_role_claim",
    "openid_scopes",
    "administrator_roles",
    "viewer_roles",
];

/// Names of the secrets.
pub const SIGN_IN_SECRETS: [&str; 2] = ["vsa_client_secret", "openid_client_secret"];

/// Where a provider lists roles unless it is said.
pub const ROLE_CLAIM: &str = "roles";

/// What is between the names in a list.
const SEPARATOR: char = ';';
/// A line of this length may have been cut.
const TOO_LONG: usize = 1000;

/// What is stored, still sealed.
#[derive(Debug, Default)]
struct Before {
    is_vsa9: bool,
    vsa_client_id: Option<String>,
    openid: Option<OpenIdRow>,
    roles: RoleMap,
}

async fn before(app: &App, partner: PartnerId) -> Result<Before, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let vsa = storage::partners::connection(&mut transaction, partner, Vendor::Vsa).await?;
    Ok(Before {
        is_vsa9: vsa.as_ref().is_some_and(|row| row.product.as_deref() == Some("vsa9")),
        vsa_client_id: vsa.and_then(|row| Some(row.details.get(VSA_CLIENT_ID)?.as_str()?.to_owned())),
        openid: storage::sign_in::openid(&mut transaction, partner).await?,
        roles: storage::sign_in::roles(&mut transaction, partner).await?,
    })
}

/// The lines as they are stored, to be shown in the form.
pub async fn lines(app: &App, partner: PartnerId) -> Result<Entered, ServiceError> {
    let Before { vsa_client_id, openid, roles, .. } = before(app, partner).await?;
    let list = |names: &[String]| names.join(&format!("{SEPARATOR} "));
    let mut lines = BTreeMap::from([
        ("vsa_client_id", vsa_client_id.unwrap_or_default()),
        ("administrator_roles", list(&roles.administrators)),
        ("viewer_roles", list(&roles.viewers)),
    ]);
    if let Some(row) = openid {
        lines.insert("openid_scopes", row.scopes.join(" "));
        lines.insert("openid_issuer", row.issuer);
        lines.insert("openid_client_id", row.client_id);
        lines.insert("openid_role_claim", row.role_claim);
    }
    Ok(Entered { lines, secrets: BTreeMap::new() })
}

/// Stores how people sign in, or says everything that is wrong. Whoever is signed in by what was set up before has to sign in again.
pub async fn replace(
    app: &App,
    door: &Door,
    caller: &Caller,
    entered: &Entered,
) -> Result<Result<(), Vec<FieldError>>, SetupError> {
    let partner = caller.partner_id;
    let before = before(app, partner).await?;
    let kept = |row: &OpenIdRow| -> Result<SecretString, CannotOpen> {
        let opened = door.vault.open(partner, Record::OpenIdProvider, &row.sealed)?;
        Ok(String::from_utf8(opened).map_err(|_| CannotOpen)?.into())
    };
    // What does not open has to be entered anew.
    let kept = before.openid.as_ref().and_then(|row| kept(row).ok());
    match (Form { entered, before: &before, kept, allow_http: door.settings.allow_http, errors: Vec::new() }).check() {
        Ok(entry) => Ok(Ok(put_as(app, &door.vault, partner, &caller.name, &entry).await?)),
        Err(errors) => Ok(Err(errors)),
    }
}

struct Form<'a> {
    entered: &'a Entered,
    before: &'a Before,
    /// The secret of our client at the provider.
    kept: Option<SecretString>,
    allow_http: bool,
    errors: Vec<FieldError>,
}

impl Form<'_> {
    fn check(mut self) -> Result<SignInEntry, Vec<FieldError>> {
        let vsa_client = self.vsa_client();
        let openid = self.openid();
        let roles = RoleMap { administrators: self.names("administrator_roles"), viewers: self.names("viewer_roles") };
        if roles.administrators.is_empty() && !roles.viewers.is_empty() {
            self.wrong("administrator_roles", "Name a role of administrators as well, or leave both lists blank.");
        }
        if self.errors.is_empty() { Ok(SignInEntry { vsa_client, openid, roles }) } else { Err(self.errors) }
    }

    fn wrong(&mut self, name: &str, message: &str) {
        self.errors.push(FieldError::new(name, "invalid", message));
    }

    fn line(&self, name: &str) -> Option<String> {
        self.entered.lines.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        let entered = self.entered.secrets.get(name)?;
        let text = entered.expose_secret().trim();
        (!text.is_empty()).then(|| text.to_owned().into())
    }

    fn vsa_client(&mut self) -> VsaClientEntry {
        let (id, secret) = (self.line("vsa_client_id"), self.secret("vsa_client_secret"));
        match (id, secret) {
            (None, None) => VsaClientEntry::Remove,
            _ if !self.before.is_vsa9 => {
                self.wrong("vsa_client_id", "Only VSA 9 has such clients; leave this blank.");
                VsaClientEntry::Keep
            }
            (Some(id), Some(secret)) => VsaClientEntry::Put { id, secret },
            (Some(id), None) if self.before.vsa_client_id.as_ref() == Some(&id) => VsaClientEntry::Keep,
            (Some(_), None) => {
                self.wrong("vsa_client_secret", "Enter the secret of this client.");
                VsaClientEntry::Keep
            }
            (None, Some(_)) => {
                self.wrong("vsa_client_id", "Enter the id of the client.");
                VsaClientEntry::Keep
            }
        }
    }

    fn openid(&mut self) -> Option<OpenIdEntry> {
        let (issuer, client_id) = (self.line("openid_issuer"), self.line("openid_client_id"));
        let entered = self.secret("openid_client_secret");
        if issuer.is_none() && client_id.is_none() && entered.is_none() {
            return None;
        }
        if !issuer.as_deref().is_some_and(|issuer| self.is_issuer(issuer)) {
            let message = "Enter the provider's address exactly as it calls itself; it begins with https://.";
            self.wrong("openid_issuer", message);
        }
        if client_id.is_none() {
            self.wrong("openid_client_id", "Enter the id of the client.");
        }
        let is_same =
            |row: &OpenIdRow| Some(&row.issuer) == issuer.as_ref() && Some(&row.client_id) == client_id.as_ref();
        let kept = self.kept.clone().filter(|_| self.before.openid.as_ref().is_some_and(is_same));
        let Some(client_secret) = entered.or(kept) else {
            self.wrong("openid_client_secret", "Enter the secret of this client.");
            return None;
        };
        let scopes = self.line("openid_scopes").unwrap_or_default();
        Some(OpenIdEntry {
            issuer: issuer?,
            client_id: client_id?,
            client_secret,
            role_claim: self.line("openid_role_claim").unwrap_or_else(|| ROLE_CLAIM.to_owned()),
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        })
    }

    fn is_issuer(&self, text: &str) -> bool {
        Url::parse(text).is_ok_and(|url| {
            let scheme = url.scheme() == "https" || (self.allow_http && url.scheme() == "http");
            let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
            scheme && bare && url.has_host() && url.fragment().is_none()
        })
    }

    fn names(&mut self, line: &'static str) -> Vec<String> {
        let text = self.line(line).unwrap_or_default();
        if text.chars().count() >= TOO_LONG {
            self.wrong(line, "These are too many roles; name fewer.");
        }
        text.split(SEPARATOR).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(lines: &[(&'static str, &str)], secrets: &[(&'static str, &str)]) -> Entered {
        Entered {
            lines: lines.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            secrets: secrets.iter().map(|(name, value)| (*name, (*value).to_owned().into())).collect(),
        }
    }

    fn check(before: &Before, entered: &Entered) -> Result<SignInEntry, Vec<String>> {
        let kept = before.openid.is_some().then(|| SecretString::from("kept"));
        let form = Form { entered, before, kept, allow_http: false, errors: Vec::new() };
        form.check().map_err(|errors| errors.into_iter().map(|error| error.path).collect())
    }

    const OPENID: [(&str, &str); 2] = [("openid_issuer", "https://login.example/t"), ("openid_client_id", "plugin")];

    fn set_up() -> Before {
        let openid = OpenIdRow {
            issuer: "https://login.example/t".into(),
            client_id: "plugin".into(),
            role_claim: "roles".into(),
            scopes: Vec::new(),
            sealed: Vec::new(),
        };
        let (vsa_client_id, roles) = (Some("client".into()), RoleMap::default());
        Before { is_vsa9: true, vsa_client_id, openid: Some(openid), roles }
    }

    #[test]
    fn a_secret_is_kept_for_the_same_client_of_the_same_server_only() {
        let same = [OPENID[0], OPENID[1], ("vsa_client_id", "client"), ("administrator_roles", "Master; Owners;;")];
        let entry = check(&set_up(), &entered(&same, &[])).unwrap();
        assert!(matches!(entry.vsa_client, VsaClientEntry::Keep));
        assert_eq!(entry.openid.unwrap().client_secret.expose_secret(), "kept");
        assert_eq!(entry.roles.administrators, ["Master", "Owners"]);
        for (other, path) in [
            (("openid_issuer", "https://evil.example/t"), "openid_client_secret"),
            (("openid_client_id", "other"), "openid_client_secret"),
            (("vsa_client_id", "other"), "vsa_client_secret"),
        ] {
            let lines: Vec<_> = same.into_iter().filter(|(name, _)| *name != other.0).chain([other]).collect();
            assert_eq!(check(&set_up(), &entered(&lines, &[])).unwrap_err(), [path], "{other:?}");
        }
        let nothing = check(&set_up(), &entered(&[], &[])).unwrap();
        assert!(nothing.openid.is_none() && matches!(nothing.vsa_client, VsaClientEntry::Remove), "it is taken away");
    }

    #[test]
    fn everything_wrong_is_named() {
        let wrong = entered(
            &[("openid_issuer", "http://login.example"), ("viewer_roles", "Everybody")],
            &[("vsa_client_secret", "s")],
        );
        let expected =
            ["vsa_client_id", "openid_issuer", "openid_client_id", "openid_client_secret", "administrator_roles"];
        assert_eq!(check(&set_up(), &wrong).unwrap_err(), expected);
        let vsa10 = Before::default();
        let client = entered(&[("vsa_client_id", "client")], &[("vsa_client_secret", "s")]);
        assert_eq!(check(&vsa10, &client).unwrap_err(), ["vsa_client_id"]);
        let long = "x".repeat(TOO_LONG);
        assert_eq!(
            check(&vsa10, &entered(&[("administrator_roles", &long)], &[])).unwrap_err(),
            ["administrator_roles"]
        );
    }
}
