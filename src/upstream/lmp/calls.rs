//! Every LMPI path in use, with its version: the one table (`lmpi.md` 1). `{}` stands for an id.

/// List and create (5.1, 5.2).
pub(super) const CUSTOMERS: &str = "/LMPI/v3/customers";
/// Plans that can be subscribed to (6).
pub(super) const SERVICE_PLANS: &str = "/LMPI/v3/me/serviceplans";
/// Products with what is left of each (7).
pub(super) const PRODUCTS: &str = "/LMPI/v3/partners/product";
/// Create (8.1).
pub(super) const CUSTOMER_SUBSCRIPTIONS: &str = "/LMPI/v3/customers/{}/subscriptions";
/// Read one (8.2).
pub(super) const SUBSCRIPTION: &str = "/LMPI/v3/customers/{}/subscriptions/{}";
/// Change units; the v3 page was not seen (8.3).
pub(super) const UPDATE_SUBSCRIPTION: &str = "/LMPI/v2/customers/{}/subscriptions/{}";
/// Suspend (8.4).
pub(super) const SUSPEND_SUBSCRIPTION: &str = "/LMPI/v3/customers/{}/subscriptions/{}/suspend";
/// Id from plan; the v3 page was not seen (8.2).
pub(super) const FIND_SUBSCRIPTION: &str = "/LMPI/v2/customers/{}/serviceplan/{}/getid";
/// All subscriptions of the partner; only in v2.5 (8.2).
pub(super) const SUBSCRIPTIONS: &str = "/LMPI/v2.5/customers/subscriptions";
