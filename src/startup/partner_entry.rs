//! From a partner's file to what is stored of the partner.

use super::document::{Origin, Problem, Problems};
use super::partner_file::{self, PartnerFile, TrendMicroAccess, VsaCredentials};
use crate::domain::ids::{AccountId, TemplateId};
use crate::domain::import::Template;
use crate::domain::outcome::Vendor;
use crate::service::partners::{ConnectionEntry, OwnCompany, PartnerEntry};
use reqwest::Url;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// The partner that the file at `path` describes, once its addresses and ids are found fit. `allow_http` is the setting
/// `upstream.allow_http`.
pub fn partner_entry(file: PartnerFile, path: &Path, allow_http: bool) -> Result<PartnerEntry, Problems> {
    let mut check = Check { path, problems: Vec::new() };
    if !allow_http {
        check.address("vsa.url", &file.vsa.url);
        check.address("lmp.url", &file.lmp.url);
        file.remote_manager.iter().for_each(|access| check.address("remote_manager.url", &access.url));
    }
    let templates = file.templates.iter().enumerate();
    let templates = templates.filter_map(|(index, template)| check.template(index + 1, template)).collect();
    Problems::none(check.problems)?;
    let remote_manager = file.remote_manager.map(|access| trend_micro(Vendor::RemoteManager, access));
    Ok(PartnerEntry {
        name: file.name,
        email: file.email,
        company: OwnCompany {
            city: file.company.city,
            state: file.company.state,
            country: file.company.country,
            contact_first_name: file.company.contact_first_name,
            contact_last_name: file.company.contact_last_name,
        },
        margin_percent: file.seats.margin_percent,
        minimum_seats: file.seats.minimum_seats,
        connections: [vsa(file.vsa), trend_micro(Vendor::Lmp, file.lmp)].into_iter().chain(remote_manager).collect(),
        templates,
    })
}

struct Check<'a> {
    path: &'a Path,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn wrong(&mut self, setting: &str, expected: &str) {
        self.problems.push(Problem::Wrong {
            setting: setting.to_owned(),
            origin: Origin::File(self.path.to_owned()),
            expected: expected.to_owned(),
        });
    }

    fn address(&mut self, setting: &str, url: &Url) {
        if url.scheme() != "https" {
            self.wrong(setting, "an https address, or the setting upstream.allow_http = true");
        }
    }

    fn template(&mut self, number: usize, template: &partner_file::Template) -> Option<Template> {
        const EXPECTED: &str = "an id without spaces, of at most 128 characters";
        let id = TemplateId::parse(&template.id);
        let source = AccountId::parse(&template.source_customer_id);
        if id.is_err() {
            self.wrong(&format!("template[{number}].id"), EXPECTED);
        }
        if source.is_err() {
            self.wrong(&format!("template[{number}].source_customer_id"), EXPECTED);
        }
        Some(Template {
            id: id.ok()?,
            name: template.name.clone(),
            description: template.description.clone(),
            is_default: template.is_default,
            source_account_id: source.ok()?,
            include_global_settings: template.include_global_settings,
            operating_systems: template.operating_systems.clone(),
        })
    }
}

fn vsa(vsa: partner_file::Vsa) -> ConnectionEntry {
    let mut details = json!({ "own_organizations": vsa.own_organizations });
    let mut credentials = BTreeMap::new();
    let product = match vsa.credentials {
        VsaCredentials::Vsa9 { user, access_token, oauth_client } => {
            details["user"] = user.into();
            credentials.insert("access_token", access_token);
            if let Some(client) = oauth_client {
                details["oauth_client_id"] = client.id.into();
                credentials.insert("oauth_client_secret", client.secret);
            }
            "vsa9"
        }
        VsaCredentials::Vsa10 { token_id, token_secret } => {
            details["token_id"] = token_id.into();
            credentials.insert("token_secret", token_secret);
            "vsa10"
        }
    };
    ConnectionEntry { vendor: Vendor::Vsa, product: Some(product), url: address(&vsa.url), details, credentials }
}

fn trend_micro(vendor: Vendor, access: TrendMicroAccess) -> ConnectionEntry {
    let credentials = BTreeMap::from([("access_token", access.access_token), ("secret_key", access.secret_key)]);
    ConnectionEntry { vendor, product: None, url: address(&access.url), details: json!({}), credentials }
}

fn address(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
name = "Sample MSP"
email = "noc@sample-msp.example"
[company]
city = "Poole"
[vsa]
product = "vsa9"
url = "http://vsa.sample-msp.example/"
user = "plugin"
access_token = "a"
own_organizations = ["kserver"]
[lmp]
url = "https://lmp.example"
access_token = "b"
secret_key = "c"
[[template]]
id = "office standard"
name = "Office standard"
source_customer_id = "ABC"
"#;

    fn read(text: &str, allow_http: bool) -> Result<PartnerEntry, Problems> {
        let path = Path::new("partner.toml");
        partner_entry(PartnerFile::parse(text, path).unwrap(), path, allow_http)
    }

    #[test]
    fn addresses_and_ids_are_checked_together() {
        let problems = read(FILE, false).unwrap_err();
        let settings: Vec<_> = problems.iter().filter_map(Problem::setting).collect();
        assert_eq!(settings, ["vsa.url", "template[1].id"]);
    }

    #[test]
    fn a_partner_has_the_vendors_that_its_file_names() {
        let entry = read(&FILE.replace("office standard", "office-standard"), true).unwrap();
        let vendors: Vec<_> = entry.connections.iter().map(|connection| connection.vendor).collect();
        assert_eq!(vendors, [Vendor::Vsa, Vendor::Lmp]);
        assert_eq!(entry.connections[0].url, "http://vsa.sample-msp.example");
        assert_eq!(entry.connections[0].details, json!({ "user": "plugin", "own_organizations": ["kserver"] }));
        assert_eq!(entry.templates[0].source_account_id.as_str(), "abc");
    }
}
