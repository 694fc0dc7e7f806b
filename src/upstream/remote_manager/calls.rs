//! Every SMPI path in use, with its version: the one table (`worry-free-templates.md` 3, 4).

/// Customers with Worry-Free.
pub(super) const CUSTOMERS: &str = "/SMPI/v2.8/service/wfbss/api/customers";
/// Device groups of customers.
pub(super) const GROUPS: &str = "/SMPI/v2.8/service/wfbss/api/customers/groups";
/// Policies of a group.
pub(super) const POLICIES: &str = "/SMPI/v2.8/service/wfbss/api/policies";
/// Settings of a customer as a whole.
pub(super) const GLOBAL_SETTINGS: &str = "/SMPI/v2.8/service/wfbss/api/global_settings";
/// Who is told about what.
pub(super) const NOTIFICATION_SETTINGS: &str = "/SMPI/v2.8/service/wfbss/api/notif_settings";
/// Prepares the company of a customer that has not signed in yet.
pub(super) const INITIALIZE: &str = "/SMPI/v2.8/service/wfbss/api/initialize";
