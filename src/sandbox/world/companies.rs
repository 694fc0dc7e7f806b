//! What Remote Manager knows: the Worry-Free companies with their settings.

use super::super::chance::guid;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// A Worry-Free company: the product side of a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Company {
    /// The LMP customer, in lower case.
    pub customer_id: String,
    /// The second GUID in answers.
    pub eid: String,
    /// Before this the product is not there.
    pub ready: DateTime<Utc>,
    /// Whether it was prepared, by a call or by a sign-in.
    pub initialized: bool,
    /// The groups.
    pub groups: Vec<Group>,
    /// Policies by group and operating system.
    #[serde(with = "super::saved::pairs")]
    pub policies: BTreeMap<(u32, String), Map<String, Value>>,
    /// The global settings.
    pub global_settings: Map<String, Value>,
    /// The notification settings; empty until somebody writes them.
    pub notification_settings: Map<String, Value>,
}

/// A group of devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The number within the company.
    pub id: u32,
    /// The display name.
    pub name: String,
    /// 1 devices, 2 servers.
    pub kind: u32,
}

/// The operating systems that policies exist for.
pub(in crate::sandbox) const SYSTEMS: [&str; 4] = ["win", "mac", "android", "ios"];

impl Company {
    /// A company as the vendor makes it.
    pub fn new(customer_id: &str, ready: DateTime<Utc>, initialized: bool) -> Self {
        let group = |id, name: &str| Group { id, name: name.to_owned(), kind: id };
        let groups = vec![group(1, "Device (Default)"), group(2, "Server (Default)")];
        let policies = groups
            .iter()
            .flat_map(|group| SYSTEMS.map(|system| ((group.id, system.to_owned()), default_policy(system))))
            .collect();
        Self {
            customer_id: customer_id.to_ascii_lowercase(),
            eid: guid(),
            ready,
            initialized,
            groups,
            policies,
            global_settings: default_global_settings(),
            notification_settings: Map::new(),
        }
    }

    /// The e-mail addresses that get notifications.
    pub fn recipients(&self) -> Vec<String> {
        let listed = self.notification_settings.get("recipients").and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Whether the product answers for it.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.initialized && self.ready <= now
    }
}

fn default_policy(system: &str) -> Map<String, Value> {
    let policy = match system {
        "win" => json!({
            "scan_mode": {"mode": "smart"},
            "realtime_scan": {"enabled": true, "level": "normal"},
            "scheduled_scan": {"enabled": true, "frequency": "weekly"},
            "firewall": {"enabled": false},
            "behavior_monitoring": {"enabled": true},
            "url_filtering": {"enabled": false, "strength": "low"},
            "device_control": {"enabled": false}
        }),
        "mac" => json!({"realtime_scan": {"enabled": true, "level": "normal"}, "wtp": {"enabled": true}}),
        _ => json!({"general": {"enabled": true}}),
    };
    object(policy)
}

fn default_global_settings() -> Map<String, Value> {
    object(json!({
        "general_scan": {"exclude_own_folders": true},
        "alert": {"enabled": true},
        "agent_uninstall": {"password_required": false},
        "auto_cleanup": {"enabled": false, "days": 30},
        "help_desk": {"enabled": false}
    }))
}

/// The object inside; what is written here as a literal is one.
pub(in crate::sandbox) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// All companies, in order of creation.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Companies {
    companies: Vec<Company>,
    by_customer: HashMap<String, usize>,
}

impl Companies {
    pub fn all(&self) -> impl Iterator<Item = &Company> {
        self.companies.iter()
    }

    pub fn of(&self, customer_id: &str) -> Option<&Company> {
        self.companies.get(*self.by_customer.get(&customer_id.to_ascii_lowercase())?)
    }

    pub fn of_mut(&mut self, customer_id: &str) -> Option<&mut Company> {
        self.companies.get_mut(*self.by_customer.get(&customer_id.to_ascii_lowercase())?)
    }

    /// Puts a company back as it was.
    pub fn put(&mut self, company: Company) {
        self.by_customer.insert(company.customer_id.clone(), self.companies.len());
        self.companies.push(company);
    }

    /// Makes a company for a customer that has none.
    pub fn open(&mut self, customer_id: &str, ready: DateTime<Utc>, initialized: bool) {
        if self.of(customer_id).is_none() {
            self.put(Company::new(customer_id, ready, initialized));
        }
    }
}
