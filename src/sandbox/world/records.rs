//! The records people know: organizations, customers, subscriptions.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A VSA organization.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Organization {
    /// 26 digits; chosen by the world when empty.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The short unique code; made from the name when empty.
    pub reference: String,
    /// The id of the parent.
    pub parent: Option<String>,
    /// The web site.
    pub website: Option<String>,
    /// As typed by somebody once.
    pub employees: u32,
    /// The contact part of the record.
    pub contact: Contact,
    /// People, known only by `/orgs/{id}/staff`.
    pub staff: Vec<Staff>,
    /// Hidden from the lists, because the user's scope does not reach it.
    pub out_of_scope: bool,
}

impl Organization {
    /// Only a name.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// A name and everything LMP asks for.
    pub fn complete(name: &str) -> Self {
        let host = host_of(name);
        Self {
            website: Some(format!("https://{host}")),
            contact: Contact {
                email: Some(format!("office@{host}")),
                phone: Some("+44 20 7946 0100".to_owned()),
                ..Contact::at("Poole", "Dorset", "GB")
            },
            staff: vec![Staff::named("Ana Reyes", &format!("ana.reyes@{host}"))],
            ..Self::named(name)
        }
    }
}

/// A host name that could belong to a company of this name.
pub(in crate::sandbox) fn host_of(name: &str) -> String {
    let label: String = name.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    if label.is_empty() { "company.example".to_owned() } else { format!("{}.example", label.to_ascii_lowercase()) }
}

/// The contact part of an organization or of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// `PrimaryEmail`.
    pub email: Option<String>,
    /// `PrimaryPhone`.
    pub phone: Option<String>,
    /// `Street`.
    pub street: Option<String>,
    /// `City`.
    pub city: Option<String>,
    /// `State`.
    pub state: Option<String>,
    /// `ZipCode`.
    pub postal_code: Option<String>,
    /// `Country`: mostly a code, sometimes a name.
    pub country: Option<String>,
}

impl Contact {
    /// A place.
    pub fn at(city: &str, state: &str, country: &str) -> Self {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            street: some("1 Quay Street"),
            city: some(city),
            state: some(state),
            postal_code: some("BH15 1AA"),
            country: some(country),
            ..Self::default()
        }
    }
}

/// A person at an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// `StaffFullName`.
    pub full_name: String,
    /// `Title`.
    pub title: Option<String>,
    /// The person's own contact.
    pub contact: Contact,
}

impl Staff {
    /// A person with an e-mail address (empty for none).
    pub fn named(full_name: &str, email: &str) -> Self {
        let email = (!email.is_empty()).then(|| email.to_owned());
        let contact = Contact { email, ..Contact::default() };
        Self { full_name: full_name.to_owned(), title: Some("Practice manager".to_owned()), contact }
    }
}

/// An LMP customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Customer {
    /// A GUID in lower case; chosen by the world when empty.
    pub id: String,
    /// `name`.
    pub name: String,
    /// `address`.
    pub address: String,
    /// `city`.
    pub city: String,
    /// `state`.
    pub state: String,
    /// `postal_code`.
    pub postal_code: String,
    /// `country`, ISO 3166-1 alpha-2.
    pub country: String,
    /// `note`: the only free field.
    pub note: String,
    /// `emergency_email`.
    pub emergency_email: String,
    /// The contact given at creation; no call shows it.
    pub contact: CustomerContact,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// Whether a call created it, rather than whoever built the world.
    pub created_by_call: bool,
}

impl Customer {
    /// A customer that was created by hand, some years ago.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: "1 Quay Street".to_owned(),
            city: "Poole".to_owned(),
            state: "Dorset".to_owned(),
            postal_code: "BH15 1AA".to_owned(),
            country: "GB".to_owned(),
            emergency_email: format!("it@{}", host_of(name)),
            created: Utc::now() - TimeDelta::days(700),
            ..Self::default()
        }
    }
}

/// The person given with a new customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CustomerContact {
    /// `first_name`.
    pub first_name: String,
    /// `last_name`.
    pub last_name: String,
    /// `email`.
    pub email: String,
}

/// A subscription: one service plan at one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// A GUID in lower case.
    pub id: String,
    /// The customer.
    pub customer_id: String,
    /// The service plan.
    pub plan_id: String,
    /// The seats.
    pub units: u32,
    /// False after it was ended.
    pub enabled: bool,
    /// True while it is suspended.
    pub suspended: bool,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When it was last changed.
    pub modified: DateTime<Utc>,
    /// When its license begins.
    pub start: DateTime<Utc>,
    /// When its license ends.
    pub expiration: DateTime<Utc>,
    /// Whether a call created it, rather than whoever built the world.
    pub created_by_call: bool,
}
