//! What a test of a partner's connections found: one line for each thing looked at, and what to do where something is amiss.

use super::outcome::Vendor;
use serde::{Deserialize, Serialize};

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Address, certificate and encryption.
    Connection,
    /// Whether the credentials are accepted.
    Authentication,
    /// Whether they may do what is needed.
    Rights,
    /// The organizations they can see.
    Organizations,
    /// The plans that can be subscribed to.
    ServicePlans,
    /// What is left of the licenses.
    LicensePool,
    /// Our clock against the vendor's.
    Clock,
}

impl Subject {
    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Connection => "Secure connection",
            Self::Authentication => "Credentials",
            Self::Rights => "Rights",
            Self::Organizations => "Organizations",
            Self::ServicePlans => "Service plans",
            Self::LicensePool => "License pool",
            Self::Clock => "Clock",
        }
    }
}

/// How it looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should.
    Good,
    /// Not looked at, because something before it failed.
    Skipped,
    /// It works, with a restriction.
    Warning,
    /// It does not work.
    Failed,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Whose.
    pub vendor: Vendor,
    /// What was looked at.
    pub subject: Subject,
    /// How it looked.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it; empty where nothing is to be done.
    pub advice: String,
}

impl Check {
    /// As it should be.
    pub fn good(vendor: Vendor, subject: Subject, found: impl Into<String>) -> Self {
        Self { vendor, subject, verdict: Verdict::Good, found: found.into(), advice: String::new() }
    }

    /// Amiss, with what to do about it.
    pub fn amiss(vendor: Vendor, subject: Subject, verdict: Verdict, found: impl Into<String>, advice: &str) -> Self {
        Self { vendor, subject, verdict, found: found.into(), advice: advice.to_owned() }
    }

    /// Not looked at.
    pub fn skipped(vendor: Vendor, subject: Subject) -> Self {
        Self::amiss(vendor, subject, Verdict::Skipped, "Not looked at, because something before it failed.", "")
    }
}

/// The worst of them.
pub fn worst(checks: &[Check]) -> Verdict {
    checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Good)
}
