//! Text and numbers of rows to domain values. A row that can't be converted says which column is wrong.

use crate::domain::inventory::{LicenseVersion, OrganizationKind};
use crate::domain::outcome::Vendor;
use crate::domain::role::Role;

/// A stored value that is not what its column holds.
pub fn unreadable(column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("column {column} holds an unknown value").into())
}

/// An id column as its type.
pub fn id<T: TryFrom<String>>(column: &str, text: String) -> sqlx::Result<T> {
    T::try_from(text).map_err(|_| unreadable(column))
}

/// An optional id column as its type.
pub fn optional_id<T: TryFrom<String>>(column: &str, text: Option<String>) -> sqlx::Result<Option<T>> {
    text.map(|text| id(column, text)).transpose()
}

/// A count column.
pub fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// A count for a column.
pub fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A `role` column.
pub fn role(text: &str) -> sqlx::Result<Role> {
    match text {
        "administrator" => Ok(Role::Administrator),
        "viewer" => Ok(Role::Viewer),
        _ => Err(unreadable("role")),
    }
}

/// The `kind` column of organizations.
pub fn kind(text: &str) -> sqlx::Result<OrganizationKind> {
    match text {
        "customer" => Ok(OrganizationKind::Customer),
        "builtin" => Ok(OrganizationKind::Builtin),
        _ => Err(unreadable("kind")),
    }
}

/// For the `kind` column of organizations.
pub fn kind_text(kind: OrganizationKind) -> &'static str {
    match kind {
        OrganizationKind::Customer => "customer",
        OrganizationKind::Builtin => "builtin",
    }
}

/// The `version` column of plans and pools.
pub fn version(text: &str) -> sqlx::Result<LicenseVersion> {
    match text {
        "trial" => Ok(LicenseVersion::Trial),
        "full" => Ok(LicenseVersion::Full),
        _ => Err(unreadable("version")),
    }
}

/// For the `version` column of plans and pools.
pub fn version_text(version: LicenseVersion) -> &'static str {
    match version {
        LicenseVersion::Trial => "trial",
        LicenseVersion::Full => "full",
    }
}

/// For the `vendor` column of connections.
pub fn vendor_text(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Vsa => "vsa",
        Vendor::Lmp => "lmp",
        Vendor::RemoteManager => "remote_manager",
    }
}

/// The `vendor` column of connections.
pub fn vendor(text: &str) -> sqlx::Result<Vendor> {
    [Vendor::Vsa, Vendor::Lmp, Vendor::RemoteManager]
        .into_iter()
        .find(|vendor| vendor_text(*vendor) == text)
        .ok_or_else(|| unreadable("vendor"))
}

/// `text` as a pattern for `like` that matches it anywhere.
pub fn contains_pattern(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
