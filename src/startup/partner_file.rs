//! `partner.toml`: everything about one partner, for creating or updating it without a browser.
//!
//! Every secret can be a file's path instead, under the same name with `_file`; a relative path starts from the folder
//! of `partner.toml`. Everything wrong with a file is named at once, and no value is ever repeated.

use super::document::{Document, Origin, Problems};
use super::sign_in_file;
use crate::domain::account::check_email;
use crate::service::sign_in::SignInEntry;
use reqwest::Url;
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::path::Path;

/// A partner as its file describes it.
#[derive(Debug)]
pub struct PartnerFile {
    /// The MSP's name.
    pub name: String,
    /// The registered e-mail address.
    pub email: String,
    /// What fills the blanks of new accounts.
    pub company: Company,
    /// The Kaseya server.
    pub vsa: Vsa,
    /// The Licensing Management Platform.
    pub lmp: TrendMicroAccess,
    /// Remote Manager; without it, templates and notification settings are not offered.
    pub remote_manager: Option<TrendMicroAccess>,
    /// How many seats are proposed.
    pub seats: Seats,
    /// What new accounts can be configured from.
    pub templates: Vec<Template>,
    /// How people sign in; without it, that stays as it is.
    pub sign_in: Option<SignInEntry>,
}

/// Section `company`; every line is optional.
#[derive(Debug, Default)]
pub struct Company {
    /// City.
    pub city: Option<String>,
    /// State, county or province.
    pub state: Option<String>,
    /// Country: two capital letters.
    pub country: Option<String>,
    /// First name of the contact.
    pub contact_first_name: Option<String>,
    /// Last name of the contact.
    pub contact_last_name: Option<String>,
}

/// Section `vsa`.
#[derive(Debug)]
pub struct Vsa {
    /// Address of the server.
    pub url: Url,
    /// The product, and what signs us in to it.
    pub credentials: VsaCredentials,
    /// Organizations that are the MSP's own, so never customers.
    pub own_organizations: Vec<String>,
}

/// `vsa.product` and what it needs.
#[derive(Debug)]
pub enum VsaCredentials {
    /// VSA 9.
    Vsa9 {
        /// The user the plug-in works as.
        user: String,
        /// That user's personal access token.
        access_token: SecretString,
        /// For signing administrators in; without it, a sign-in link from the command line is the only way.
        oauth_client: Option<OauthClient>,
    },
    /// VSA X.
    Vsa10 {
        /// The API token's id.
        token_id: String,
        /// The API token's secret.
        token_secret: SecretString,
    },
}

/// The OAuth client registered in VSA 9.
#[derive(Debug)]
pub struct OauthClient {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// Sections `lmp` and `remote_manager`.
#[derive(Debug)]
pub struct TrendMicroAccess {
    /// Address of the API.
    pub url: Url,
    /// The access token.
    pub access_token: SecretString,
    /// The key that signs requests.
    pub secret_key: SecretString,
}

/// Section `seats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// Added to the endpoints, in per cent: 20 where not given.
    pub margin_percent: u32,
    /// The least that is proposed: 10 where not given.
    pub minimum_seats: u32,
}

/// One `[[template]]`.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// Its id, unique within the file.
    pub id: String,
    /// Its name on screens.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// The model customer it copies.
    pub source_customer_id: String,
    /// Whether it is proposed for new accounts; at most one is.
    pub is_default: bool,
    /// Whether the model customer's global settings are copied too, its uninstall password among them.
    pub include_global_settings: bool,
    /// Systems whose policies are copied: Windows where not given.
    pub operating_systems: Vec<String>,
}

/// Systems that have policies (`worry-free-templates.md` 4).
const OPERATING_SYSTEMS: [&str; 4] = ["win", "mac", "android", "ios"];

impl PartnerFile {
    /// Reads a partner file.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let mut document = Document::default();
        document.lay_file(path);
        Self::read(document)
    }

    /// Reads the text of a partner file; `path` says where it came from.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Problems> {
        let mut document = Document::default();
        document.lay_text(text, &Origin::File(path.to_owned()));
        Self::read(document)
    }

    fn read(mut document: Document) -> Result<Self, Problems> {
        let partner = partner(&mut document);
        document.finish().map(|()| partner)
    }
}

fn partner(document: &mut Document) -> PartnerFile {
    PartnerFile {
        name: document.required_text("name", "the MSP's name"),
        email: email(document),
        company: company(document),
        vsa: vsa(document),
        lmp: trend_micro_access(document, "lmp"),
        remote_manager: document.has_section("remote_manager").then(|| trend_micro_access(document, "remote_manager")),
        seats: Seats {
            margin_percent: document.number_or("seats.margin_percent", 0..=1000, 20),
            minimum_seats: document.number_or("seats.minimum_seats", 1..=999_999, 10),
        },
        templates: templates(document),
        sign_in: sign_in_file::of_partner(document),
    }
}

/// It becomes the contact of new accounts and gets their notifications, so it is held to what Trend Micro accepts.
fn email(document: &mut Document) -> String {
    const EXPECTED: &str = "the registered e-mail address, such as noc@example.com, in letters, digits, hyphen, period, \
                            underscore and @: Trend Micro takes no other characters";
    let email = document.required_text("email", EXPECTED);
    if check_email(Some(&email), "email").is_err() {
        document.wrong::<()>("email", EXPECTED);
    }
    email
}

fn company(document: &mut Document) -> Company {
    let mut line = |name: &str| document.parsed(&format!("company.{name}"), "text that is not blank", not_blank);
    Company {
        city: line("city"),
        state: line("state"),
        contact_first_name: line("contact_first_name"),
        contact_last_name: line("contact_last_name"),
        country: document.parsed("company.country", "two capital letters, such as GB", |text| {
            let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
            is_code.then(|| text.to_owned())
        }),
    }
}

fn vsa(document: &mut Document) -> Vsa {
    Vsa {
        url: vendor_address(document, "vsa.url"),
        credentials: vsa_credentials(document),
        own_organizations: document.list("vsa.own_organizations"),
    }
}

fn vsa_credentials(document: &mut Document) -> VsaCredentials {
    const EXPECTED: &str = "\"vsa9\" or \"vsa10\"";
    match document.required_text("vsa.product", EXPECTED).as_str() {
        "vsa10" => VsaCredentials::Vsa10 {
            token_id: document.required_text("vsa.token_id", "the API token's id"),
            token_secret: document.required_secret("vsa.token_secret", "the API token's secret"),
        },
        product => {
            if product != "vsa9" {
                document.wrong::<()>("vsa.product", EXPECTED);
            }
            VsaCredentials::Vsa9 {
                user: document.required_text("vsa.user", "the VSA user the plug-in works as"),
                access_token: document.required_secret("vsa.access_token", "that user's personal access token"),
                oauth_client: oauth_client(document),
            }
        }
    }
}

/// The client that VSA 9 registered, if there is one.
pub(super) fn oauth_client(document: &mut Document) -> Option<OauthClient> {
    let names = ["vsa.oauth_client_id", "vsa.oauth_client_secret", "vsa.oauth_client_secret_file"];
    names.iter().any(|name| document.is_given(name)).then(|| OauthClient {
        id: document.required_text("vsa.oauth_client_id", "the OAuth client's id, beside its secret"),
        secret: document.required_secret("vsa.oauth_client_secret", "the OAuth client's secret, beside its id"),
    })
}

fn trend_micro_access(document: &mut Document, section: &str) -> TrendMicroAccess {
    TrendMicroAccess {
        url: vendor_address(document, &format!("{section}.url")),
        access_token: document.required_secret(&format!("{section}.access_token"), "the access token"),
        secret_key: document.required_secret(&format!("{section}.secret_key"), "the secret key"),
    }
}

/// Whether http is good enough is up to `upstream.allow_http`, which a partner's file does not know.
fn vendor_address(document: &mut Document, setting: &str) -> Url {
    const EXPECTED: &str = "an address such as https://vsa.example.com";
    let text = document.required_text(setting, EXPECTED);
    match Url::parse(&text).ok().filter(is_vendor_address).or_else(|| document.wrong(setting, EXPECTED)) {
        Some(url) => url,
        None => Url::parse("https://nowhere.invalid").expect("a fixed address parses"),
    }
}

fn is_vendor_address(url: &Url) -> bool {
    let is_plain = url.username().is_empty() && url.password().is_none();
    let is_bare = url.query().is_none() && url.fragment().is_none();
    matches!(url.scheme(), "https" | "http") && url.has_host() && is_plain && is_bare
}

fn templates(document: &mut Document) -> Vec<Template> {
    let mut templates = Vec::new();
    while document.has_section(&format!("template[{}]", templates.len() + 1)) {
        templates.push(template(document, &format!("template[{}]", templates.len() + 1)));
    }
    check_templates(document, &templates);
    templates
}

fn template(document: &mut Document, prefix: &str) -> Template {
    let setting = |name: &str| format!("{prefix}.{name}");
    Template {
        id: document.required_text(&setting("id"), "an id, such as office-standard"),
        name: document.required_text(&setting("name"), "a name for screens"),
        description: document.text(&setting("description")),
        source_customer_id: document.required_text(&setting("source_customer_id"), "the model customer's id"),
        is_default: document.flag(&setting("is_default")),
        include_global_settings: document.flag(&setting("include_global_settings")),
        operating_systems: operating_systems(document, &setting("operating_systems")),
    }
}

fn operating_systems(document: &mut Document, setting: &str) -> Vec<String> {
    let systems = document.list(setting);
    if systems.iter().any(|system| !OPERATING_SYSTEMS.contains(&system.as_str())) {
        document.wrong::<()>(setting, "a list of \"win\", \"mac\", \"android\" and \"ios\"");
    }
    if systems.is_empty() { vec!["win".to_owned()] } else { systems }
}

fn check_templates(document: &mut Document, templates: &[Template]) {
    let mut ids = BTreeSet::new();
    let mut has_default = false;
    for (number, template) in templates.iter().enumerate() {
        let setting = |name: &str| format!("template[{}].{name}", number + 1);
        if !template.id.is_empty() && !ids.insert(template.id.as_str()) {
            document.wrong::<()>(&setting("id"), "an id that no other template has");
        }
        if template.is_default && has_default {
            document.wrong::<()>(&setting("is_default"), "one default template at most");
        }
        has_default |= template.is_default;
    }
}

fn not_blank(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const SAMPLE: &str = r#"
        name = "Sample MSP"
        email = "noc@sample-msp.example"
        [company]
        city = "Poole"
        state = "Dorset"
        country = "GB"
        [vsa]
        product = "vsa9"
        url = "https://vsa.sample-msp.example"
        user = "plugin"
        access_token = "vsa-token"
        oauth_client_id = "client"
        oauth_client_secret = "client-secret"
        own_organizations = ["sample"]
        [lmp]
        url = "https://cspi.trendmicro.example"
        access_token = "lmp-token"
        secret_key = "lmp-secret"
        [remote_manager]
        url = "https://cspi.trendmicro.example"
        access_token = "rm-token"
        secret_key = "rm-secret"
        [[template]]
        id = "office-standard"
        name = "Office standard"
        source_customer_id = "model-1"
        is_default = true
        [[template]]
        id = "servers"
        name = "Servers"
        source_customer_id = "model-2"
    "#;

    fn parse(text: &str) -> Result<PartnerFile, Problems> {
        PartnerFile::parse(text, Path::new("partner.toml"))
    }

    fn wrong_settings(text: &str) -> Vec<String> {
        let problems = parse(text).expect_err("the file is wrong");
        problems.iter().filter_map(|problem| problem.setting()).map(str::to_owned).collect()
    }

    #[test]
    fn a_whole_file_is_read() {
        let partner = parse(SAMPLE).unwrap();
        assert_eq!(partner.seats, Seats { margin_percent: 20, minimum_seats: 10 });
        assert_eq!(partner.company.country.as_deref(), Some("GB"));
        assert_eq!(partner.vsa.own_organizations, ["sample"]);
        assert_eq!(partner.lmp.secret_key.expose_secret(), "lmp-secret");
        assert!(partner.remote_manager.is_some());
        assert_eq!(partner.templates.len(), 2);
        assert_eq!(partner.templates[0].operating_systems, ["win"]);
        assert!(partner.templates[0].is_default && !partner.templates[1].is_default);
    }

    #[test]
    fn an_empty_file_names_all_that_is_missing() {
        let expected = [
            "name",
            "email",
            "vsa.url",
            "vsa.product",
            "vsa.user",
            "vsa.access_token",
            "lmp.url",
            "lmp.access_token",
            "lmp.secret_key",
        ];
        assert_eq!(wrong_settings(""), expected);
    }

    #[test]
    fn vsa_10_takes_a_token_and_refuses_what_belongs_to_vsa_9() {
        let mixed = SAMPLE.replace("\"vsa9\"", "\"vsa10\"");
        let wrong = wrong_settings(&mixed);
        for setting in ["vsa.token_id", "vsa.token_secret", "vsa.user", "vsa.oauth_client_secret"] {
            assert!(wrong.iter().any(|name| name == setting), "{setting} in {wrong:?}");
        }
    }

    #[test]
    fn mistakes_name_their_setting() {
        let cases = [
            ("noc@sample-msp.example", "noc", "email"),
            ("noc@sample-msp.example", "noc+wfs@sample-msp.example", "email"),
            ("\"GB\"", "\"United Kingdom\"", "company.country"),
            ("https://vsa.sample-msp.example", "vsa.sample-msp.example", "vsa.url"),
            ("id = \"servers\"", "id = \"office-standard\"", "template[2].id"),
            ("name = \"Servers\"", "name = \"Servers\"\nis_default = true", "template[2].is_default"),
            (
                "name = \"Servers\"",
                "name = \"Servers\"\noperating_systems = [\"os2\"]",
                "template[2].operating_systems",
            ),
            ("city", "citty", "company.citty"),
            ("oauth_client_id = \"client\"", "", "vsa.oauth_client_id"),
            ("[company]", "[seats]\nminimum_seats = 0\n[company]", "seats.minimum_seats"),
        ];
        for (good, bad, setting) in cases {
            assert_eq!(wrong_settings(&SAMPLE.replacen(good, bad, 1)), [setting], "{good} -> {bad}");
        }
    }

    #[test]
    fn a_secret_in_a_broken_file_is_not_repeated() {
        let text = "name = \"Sample\"\n[lmp]\nsecret_key = \"very-secret\nurl = 1\n";
        let message = parse(text).expect_err("the file is broken").to_string();
        assert!(message.starts_with("line 3 (in partner.toml)"), "{message}");
        assert!(!message.contains("very-secret"), "{message}");
    }

    #[test]
    fn a_secret_can_come_from_a_file_beside_the_partner_file() {
        let folder = std::env::temp_dir().join(format!("partner-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("lmp.key"), "from-file\n").unwrap();
        let text = SAMPLE.replace("secret_key = \"lmp-secret\"", "secret_key_file = \"lmp.key\"");
        let partner = PartnerFile::parse(&text, &folder.join("partner.toml")).unwrap();
        assert_eq!(partner.lmp.secret_key.expose_secret(), "from-file");
        let missing = text.replace("lmp.key", "no.key");
        let problems = PartnerFile::parse(&missing, &folder.join("partner.toml")).expect_err("no such file");
        assert!(problems.to_string().starts_with("lmp.secret_key_file: the file "), "{problems}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
