//! What is wrong with one field of what somebody entered.

use super::ids::OrganizationId;
use serde::{Deserialize, Serialize};

/// A field that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// JSON Pointer to the field, relative to what was checked.
    pub path: String,
    /// What kind of mistake; stable.
    pub code: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// The row it belongs to, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
}

impl FieldError {
    /// A mistake at `path`.
    pub fn new(path: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), code: code.to_owned(), message: message.into(), organization_id: None }
    }

    /// The same mistake as part of something larger.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path.insert_str(0, prefix);
        self
    }

    /// The same mistake with its row named.
    #[must_use]
    pub fn of(mut self, organization: &OrganizationId) -> Self {
        self.organization_id = Some(organization.clone());
        self
    }
}
