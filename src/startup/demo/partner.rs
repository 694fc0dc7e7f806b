//! The demonstration's partner.

use crate::domain::ids::{AccountId, TemplateId};
use crate::domain::import::Template;
use crate::domain::outcome::Vendor;
use crate::domain::role::RoleMap;
use crate::sandbox::{KeyPair, Person, Sandbox};
use crate::service::partners::{ConnectionEntry, OwnCompany, PartnerEntry};
use crate::service::sign_in::{OpenIdEntry, SignInEntry, VsaClientEntry};
use secrecy::SecretString;
use serde_json::json;
use std::collections::BTreeMap;

/// An MSP that is a customer of these vendors. A template for each model customer.
pub fn entry(sandbox: &Sandbox) -> PartnerEntry {
    let credentials = sandbox.credentials();
    PartnerEntry {
        name: "Harbour Managed Services".to_owned(),
        email: "noc@harbour-msp.example".to_owned(),
        company: OwnCompany {
            city: Some("Poole".to_owned()),
            state: Some("Dorset".to_owned()),
            country: Some("GB".to_owned()),
            contact_first_name: Some("Nora".to_owned()),
            contact_last_name: Some("Quist".to_owned()),
        },
        margin_percent: 20,
        minimum_seats: 10,
        connections: vec![
            vsa9(sandbox),
            trend_micro(Vendor::Lmp, sandbox.lmp_url(), &credentials.lmp),
            trend_micro(Vendor::RemoteManager, sandbox.remote_manager_url(), &credentials.remote_manager),
        ],
        templates: [
            ("office", "Template Office", "Office computers: moderate scans, web filter on", false),
            ("strict", "Template Strict", "Practices and law firms: device control, all scans daily", true),
        ]
        .into_iter()
        .filter_map(|(id, model, description, settings)| template(sandbox, id, model, description, settings))
        .collect(),
    }
}

fn vsa9(sandbox: &Sandbox) -> ConnectionEntry {
    let credentials = sandbox.credentials();
    ConnectionEntry {
        vendor: Vendor::Vsa,
        product: Some("vsa9"),
        url: sandbox.vsa_url().to_owned(),
        details: json!({
            "user": credentials.vsa_user,
            "own_organizations": [],
            "oauth_client_id": credentials.vsa_oauth_client_id,
        }),
        credentials: BTreeMap::from([
            ("access_token", secret(&credentials.vsa_access_token)),
            ("oauth_client_secret", secret(&credentials.vsa_oauth_client_secret)),
        ]),
    }
}

/// The connection of a partner that manages the same customers in VSA 10.
pub fn vsa10(sandbox: &Sandbox) -> ConnectionEntry {
    let credentials = sandbox.credentials();
    ConnectionEntry {
        vendor: Vendor::Vsa,
        product: Some("vsa10"),
        url: sandbox.vsa_url().to_owned(),
        details: json!({ "token_id": credentials.vsa10_token_id, "own_organizations": [] }),
        credentials: BTreeMap::from([("token_secret", secret(&credentials.vsa10_token_secret))]),
    }
}

/// How the partner's people sign in: at VSA, or at the provider; both let in the same roles.
pub fn sign_in(sandbox: &Sandbox) -> SignInEntry {
    let credentials = sandbox.credentials();
    let names = |name: &str| vec![name.to_owned()];
    SignInEntry {
        vsa_client: VsaClientEntry::Keep,
        openid: Some(OpenIdEntry {
            issuer: sandbox.openid_issuer().to_owned(),
            client_id: credentials.openid_client_id,
            client_secret: credentials.openid_client_secret.into(),
            role_claim: "roles".to_owned(),
            scopes: Vec::new(),
        }),
        roles: RoleMap { administrators: names("Master"), viewers: names("Read only") },
    }
}

/// The people of the partner: one who may do everything, one who may look, one who is not let in.
pub fn people() -> [Person; 3] {
    [
        Person::new("nora", "Nora", "Quist", "Master"),
        Person::new("wim", "Wim", "Ooster", "Read only"),
        Person::new("tess", "Tess", "Vane", "Technician"),
    ]
}

fn trend_micro(vendor: Vendor, url: &str, pair: &KeyPair) -> ConnectionEntry {
    let credentials =
        BTreeMap::from([("access_token", secret(&pair.access_token)), ("secret_key", secret(&pair.secret_key))]);
    ConnectionEntry { vendor, product: None, url: url.to_owned(), details: json!({}), credentials }
}

fn template(sandbox: &Sandbox, id: &str, model: &str, description: &str, settings: bool) -> Option<Template> {
    Some(Template {
        id: TemplateId::parse(id).ok()?,
        name: model.trim_start_matches("Template ").to_owned(),
        description: Some(description.to_owned()),
        is_default: false,
        source_account_id: AccountId::parse(&sandbox.world().customer_named(model)?.id).ok()?,
        include_global_settings: settings,
        operating_systems: vec!["win".to_owned()],
    })
}

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}
