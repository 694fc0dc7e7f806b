//! What is known of both vendors: organizations with their endpoints, accounts, subscriptions, plans, pools.

use super::ids::{AccountId, LicensePoolId, OrganizationId, ServicePlanId, SubscriptionId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Whether an organization is a customer of the partner or one of VSA's own (`kaseya-vsa9.md` 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationKind {
    /// A customer.
    Customer,
    /// myOrg, Kserver or Unnamed.
    Builtin,
}

/// A VSA organization: a "Kaseya customer" on screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The id in VSA.
    pub id: OrganizationId,
    /// The display name.
    pub name: String,
    /// The short unique code; it can be renamed, so nothing is keyed on it.
    pub reference: Option<String>,
    /// Customer or built in.
    pub kind: OrganizationKind,
    /// The organization above it in VSA's tree.
    pub parent_id: Option<OrganizationId>,
    /// Address and contact as VSA has them.
    pub profile: OrganizationProfile,
}

/// Address and contact of an organization as VSA has them; anything may be missing or unusable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganizationProfile {
    /// Contact's first name.
    pub first_name: Option<String>,
    /// Contact's last name.
    pub last_name: Option<String>,
    /// Contact's e-mail address.
    pub email: Option<String>,
    /// Street address.
    pub address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or region, free text.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country as VSA spells it: a code or a name.
    pub country: Option<String>,
}

/// A contact person of an organization (VSA "staff").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StaffMember {
    /// Full name, one text in VSA.
    pub full_name: Option<String>,
    /// Primary e-mail address.
    pub email: Option<String>,
}

/// "Last, First" or "First Middle Last"; one word is no name to split, and a person has to say which it is.
pub fn split_name(full: &str) -> Option<(String, String)> {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (first, last) = match full.split_once(',') {
        Some((last, first)) => (words(first), words(last)),
        None => full.trim().rsplit_once(char::is_whitespace).map(|(first, last)| (words(first), words(last)))?,
    };
    (!first.is_empty() && !last.is_empty()).then_some((first, last))
}

/// Agents of one organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndpointCount {
    /// Agents that count as devices.
    pub endpoints: u32,
    /// Machine templates (`Online` 199), which never count.
    pub excluded: u32,
}

/// All agents, tallied by organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointCounts {
    /// By organization; one without agents may be missing.
    pub by_organization: HashMap<OrganizationId, EndpointCount>,
    /// Devices whose organization is not among the known ones (scope effects).
    pub unattributed: u32,
}

/// An LMP customer: a "Trend Micro account" on screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The LMP customer id.
    pub id: AccountId,
    /// Company name.
    pub name: String,
    /// City.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: Option<String>,
    /// Free note; holds our mark on accounts we created.
    pub note: Option<String>,
    /// Addresses separated by `;`.
    pub emergency_email: Option<String>,
}

/// Trial or full: pools are separate, and trials cannot be changed (`lmpi.md` 7, 8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenseVersion {
    /// Trial.
    Trial,
    /// Full.
    Full,
}

/// What can be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlan {
    /// GUID.
    pub id: ServicePlanId,
    /// Shown to people.
    pub name: String,
    /// Product display name.
    pub product: String,
    /// Nine-character product code.
    pub product_code: Option<String>,
    /// Trial or full.
    pub version: LicenseVersion,
    /// Data center, for people.
    pub data_center: Option<String>,
    /// Whether subscriptions renew by themselves.
    pub auto_renewal: bool,
}

/// Products of the same price list that Remote Manager keeps no settings of, as letters.
const OTHER_PRODUCTS: [&str; 5] = ["cloudappsecurity", "cloudedge", "emailsecurity", "hostedemail", "visionone"];

impl ServicePlan {
    /// Whether Remote Manager keeps settings of who has this plan. Plans are told apart by nothing but names (`lmpi.md` 6), so only
    /// what is surely another product counts as such.
    pub fn is_worry_free(&self) -> bool {
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
        let names = [letters(&self.product), letters(&self.name)];
        let is_other = OTHER_PRODUCTS.iter().any(|other| names[0].contains(other));
        !is_other || names.iter().any(|name| name.contains("worryfree"))
    }
}

/// What LMP can still assign, per product and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicensePool {
    /// Product and version.
    pub id: LicensePoolId,
    /// Product display name.
    pub product: String,
    /// Trial or full.
    pub version: LicenseVersion,
    /// Licenses that can still be assigned; `None` is unknown, not zero.
    pub available: Option<u32>,
    /// The plans that draw on it.
    pub service_plans: Vec<ServicePlanId>,
}

/// A subscription: one service plan at one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// GUID.
    pub id: SubscriptionId,
    /// The account that has it.
    pub account_id: AccountId,
    /// Its plan.
    pub service_plan_id: ServicePlanId,
    /// Plan name, for people.
    pub name: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// Seats; `None` until they have been read.
    pub units: Option<u32>,
}

/// From 1970 to the beginning of 2012, when there was no LMP yet.
const UNTIL_2012: TimeDelta = TimeDelta::days(15_340);

/// A range of creation times, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreatedBetween {
    /// Earliest.
    pub start: DateTime<Utc>,
    /// Latest.
    pub end: DateTime<Utc>,
}

impl CreatedBetween {
    /// From before LMP existed until past any difference of clocks (`lmpi.md` 5.2).
    pub fn ever(now: DateTime<Utc>) -> Self {
        Self { start: DateTime::UNIX_EPOCH + UNTIL_2012, end: now + TimeDelta::days(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(product: &str, name: &str) -> ServicePlan {
        ServicePlan {
            id: ServicePlanId::parse("p").unwrap(),
            name: name.to_owned(),
            product: product.to_owned(),
            product_code: None,
            version: LicenseVersion::Full,
            data_center: None,
            auto_renewal: true,
        }
    }

    #[test]
    fn only_what_is_surely_another_product_is_none_of_remote_manager_s() {
        for (product, name, expected) in [
            ("Worry-Free Services", "monthly", true),
            ("", "monthly", true),
            ("Security for small offices", "monthly", true),
            ("Cloud Edge", "monthly", false),
            ("Trend Vision One", "Essentials", false),
            ("Trend Vision One", "Worry-Free with XDR", true),
        ] {
            assert_eq!(plan(product, name).is_worry_free(), expected, "{product}, {name}");
        }
    }

    #[test]
    fn names_are_split_only_where_both_halves_are_there() {
        let split = |text: &str| split_name(text).map(|(first, last)| format!("{first}|{last}"));
        assert_eq!(split("Ada Lovelace").as_deref(), Some("Ada|Lovelace"));
        assert_eq!(split("  Juan  Carlos   Ruiz ").as_deref(), Some("Juan Carlos|Ruiz"));
        assert_eq!(split("Lovelace, Ada").as_deref(), Some("Ada|Lovelace"));
        for text in ["Ada", "", "  ", "Lovelace,", ", Ada"] {
            assert_eq!(split(text), None, "{text:?}");
        }
    }
}
