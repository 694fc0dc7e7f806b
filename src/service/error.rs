//! The situations a use case can end in; `http` decides their status in one place.

use super::caps::CapReached;
use crate::domain::field::FieldError;
use crate::domain::hold::Hold;
use crate::domain::ids::{AccountId, ImportId, OrganizationId};
use crate::domain::import::{ImportStatus, Step};
use crate::domain::outcome::Vendor;
use chrono::{DateTime, Utc};

/// A difference between two versions of an import or a plan.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Change {
    /// JSON Pointer into the import or the plan.
    pub path: String,
    /// The row it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// As it was in the version named.
    pub before: serde_json::Value,
    /// As it is.
    pub after: serde_json::Value,
}

/// An organization that cannot be used, and who has it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct HeldOrganization {
    /// Which.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The import that holds or linked it.
    pub import_id: Option<ImportId>,
    /// Its account, where known.
    pub account_id: Option<AccountId>,
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// An account that cannot be used, and who has it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct HeldAccount {
    /// Which.
    pub account_id: AccountId,
    /// The organization that has it.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The import that holds or linked it.
    pub import_id: Option<ImportId>,
}

/// Why a use case did not do what was asked. Nothing was stored or sent unless the text says so.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// No such thing, or another partner's.
    #[error("there is no such thing")]
    NotFound,
    /// Somebody was faster.
    #[error("the import was changed in the meantime; version {current_version} is current")]
    StaleVersion {
        /// The version now.
        current_version: u32,
        /// What changed since the version named.
        changes: Vec<Change>,
    },
    /// The plan is not the one that was looked at.
    #[error("the plan has changed since it was looked at")]
    PlanChanged {
        /// The hash now.
        current_hash: String,
        /// What changed; empty if the plan named is not known.
        changes: Vec<Change>,
    },
    /// An earlier step is missing or rows have problems.
    #[error("an earlier step is missing, or rows still have problems")]
    ImportIncomplete {
        /// The first step to be done.
        step: Step,
        /// Problems of rows, with paths into the import.
        errors: Vec<FieldError>,
    },
    /// The import has been started.
    #[error("the import has been started and cannot be changed")]
    ImportNotEditable {
        /// Where it stands.
        status: ImportStatus,
    },
    /// It was undone, it is too late, it is still running, there is nothing to undo, or a customer has to be decided about first.
    #[error("the import cannot be undone, or was")]
    UndoNotPossible {
        /// Until when it could have been; `None` while it is running.
        possible_until: Option<DateTime<Utc>>,
        /// The customer that has to be decided about first.
        undecided: Option<String>,
    },
    /// Organizations have an account already.
    #[error("an organization already has an account")]
    OrganizationLinked(Vec<HeldOrganization>),
    /// Organizations are in another running import.
    #[error("an organization is in another running import")]
    OrganizationImporting(Vec<HeldOrganization>),
    /// Accounts belong to other organizations.
    #[error("an account belongs to another organization")]
    AccountAssigned(Vec<HeldAccount>),
    /// A vendor refuses the stored credentials.
    #[error("a vendor refuses the stored credentials")]
    CredentialsRefused(Vendor),
    /// There is a hold on all writes at vendors for the partner.
    #[error("nothing is written at vendors for this partner now")]
    Frozen(Hold),
    /// More than the partner may have created or bought in a time.
    #[error("more {} than allowed in {} hours", .0.what, .0.hours)]
    CapReached(CapReached),
    /// The inventory has never been read completely.
    #[error("the inventory has never been read completely")]
    InventoryMissing,
    /// The inventory is too old to spend licenses on.
    #[error("the inventory is too old to spend licenses on")]
    InventoryStale {
        /// When it was read.
        refreshed_at: DateTime<Utc>,
    },
    /// Fields are missing or wrong; all of them.
    #[error("{} fields need attention", .0.len())]
    ValidationFailed(Vec<FieldError>),
    /// The database cannot be used now.
    #[error("the database cannot be used now")]
    Unavailable(#[source] sqlx::Error),
    /// A stored row is not what it should be, or another fault of ours.
    #[error("an internal error: {0}")]
    Internal(String),
}

impl From<sqlx::Error> for ServiceError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => Self::Internal(error.to_string()),
            other => Self::Unavailable(other),
        }
    }
}
