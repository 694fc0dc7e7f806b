//! How a partner's people sign in, as a file says it: the OAuth client at VSA 9, an `OpenID` Connect provider, and which roles let in
//! as what. The sections `openid` and `roles` may stand in `partner.toml` as well.

use super::document::{Document, Origin, Problem, Problems};
use super::partner_file::oauth_client;
use crate::domain::role::RoleMap;
use crate::service::sign_in::{OpenIdEntry, ROLE_CLAIM, SignInEntry, VsaClientEntry};
use reqwest::Url;
use std::path::Path;

/// What the file at `path` says. `allow_http` is the setting `upstream.allow_http`.
pub fn load(path: &Path, allow_http: bool) -> Result<SignInEntry, Problems> {
    let mut document = Document::default();
    document.lay_file(path);
    let vsa_client = match oauth_client(&mut document) {
        Some(client) => VsaClientEntry::Put { id: client.id, secret: client.secret },
        None => VsaClientEntry::Remove,
    };
    let entry = SignInEntry { vsa_client, openid: openid(&mut document), roles: roles(&mut document) };
    document.finish()?;
    check(&entry, path, allow_http).map(|()| entry)
}

/// Whether the provider's address will do; http is good enough only with the setting `upstream.allow_http`, which a file does not know.
pub fn check(entry: &SignInEntry, path: &Path, allow_http: bool) -> Result<(), Problems> {
    let issuer = entry.openid.as_ref().map(|openid| openid.issuer.as_str());
    let problem = || Problem::Wrong {
        setting: "openid.issuer".to_owned(),
        origin: Origin::File(path.to_owned()),
        expected: "an https address, or the setting upstream.allow_http = true".to_owned(),
    };
    let is_plain = issuer.is_some_and(|issuer| issuer.starts_with("http://"));
    Problems::none((is_plain && !allow_http).then(problem).into_iter().collect())
}

/// What `partner.toml` says besides the client at VSA 9, which stands with its connection; nothing if it says nothing.
pub(super) fn of_partner(document: &mut Document) -> Option<SignInEntry> {
    let is_given = document.has_section("openid") || document.has_section("roles");
    let entry = SignInEntry { vsa_client: VsaClientEntry::Keep, openid: openid(document), roles: roles(document) };
    is_given.then_some(entry)
}

fn openid(document: &mut Document) -> Option<OpenIdEntry> {
    document.has_section("openid").then(|| OpenIdEntry {
        issuer: issuer(document),
        client_id: document.required_text("openid.client_id", "the id of the client registered at the provider"),
        client_secret: document.required_secret("openid.client_secret", "that client's secret"),
        role_claim: document.text("openid.role_claim").unwrap_or_else(|| ROLE_CLAIM.to_owned()),
        scopes: document.list("openid.scopes"),
    })
}

/// Kept letter by letter: a provider is believed only if it calls itself exactly so.
fn issuer(document: &mut Document) -> String {
    const EXPECTED: &str = "the provider's issuer exactly as it calls itself, such as https://login.example.com/tenant";
    let text = document.required_text("openid.issuer", EXPECTED);
    let is_address = |url: &Url| {
        matches!(url.scheme(), "https" | "http")
            && url.has_host()
            && url.username().is_empty()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    if !text.is_empty() && !Url::parse(&text).is_ok_and(|url| is_address(&url)) {
        document.wrong::<()>("openid.issuer", EXPECTED);
    }
    text
}

fn roles(document: &mut Document) -> RoleMap {
    RoleMap { administrators: document.list("roles.administrator"), viewers: document.list("roles.viewer") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const FILE: &str = r#"
[openid]
issuer = "https://login.msp.example/t"
client_id = "plugin"
client_secret = "s"
role_claim = "/realm_access/roles"
scopes = ["groups"]
[roles]
administrator = ["Plug-in administrators"]
viewer = ["Everybody"]
"#;

    fn read(text: &str) -> Result<Option<SignInEntry>, Problems> {
        let mut document = Document::default();
        document.lay_text(text, &Origin::File("partner.toml".into()));
        let entry = of_partner(&mut document);
        document.finish().map(|()| entry)
    }

    #[test]
    fn a_file_says_how_people_sign_in() {
        let entry = read(FILE).unwrap().unwrap();
        let openid = entry.openid.unwrap();
        assert_eq!(
            (openid.issuer.as_str(), openid.role_claim.as_str()),
            ("https://login.msp.example/t", "/realm_access/roles")
        );
        assert_eq!(
            (openid.client_secret.expose_secret(), openid.scopes.as_slice()),
            ("s", ["groups".to_owned()].as_slice())
        );
        assert_eq!(entry.roles.administrators, ["Plug-in administrators"]);
        assert!(matches!(entry.vsa_client, VsaClientEntry::Keep));
        let short = FILE.replace("role_claim = \"/realm_access/roles\"\n", "");
        assert_eq!(read(&short).unwrap().unwrap().openid.unwrap().role_claim, "roles");
        assert!(read("").unwrap().is_none(), "a file that says nothing changes nothing");
        let plain = read(&FILE.replace("https://login", "http://login")).unwrap().unwrap();
        assert!(check(&plain, Path::new("p"), false).is_err() && check(&plain, Path::new("p"), true).is_ok());
    }

    #[test]
    fn everything_wrong_is_named() {
        for (right, wrong, setting) in [
            ("https://login.msp.example/t", "ftp://login.msp.example/t", "openid.issuer"),
            ("https://login.msp.example/t", "login.msp.example", "openid.issuer"),
            ("client_id = \"plugin\"\n", "", "openid.client_id"),
            ("client_secret = \"s\"\n", "", "openid.client_secret"),
            ("[\"groups\"]", "\"groups\"", "openid.scopes"),
            ("viewer = ", "viewers = ", "roles.viewers"),
        ] {
            let problems = read(&FILE.replace(right, wrong)).unwrap_err();
            let settings: Vec<_> = problems.iter().filter_map(Problem::setting).collect();
            assert_eq!(settings, [setting], "{wrong}");
        }
    }
}
