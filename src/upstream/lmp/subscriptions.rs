//! Subscriptions: list, read, create, change (`lmpi.md` 8).

use super::lists::{List, Of, Row};
use super::plans::plan_id;
use super::{Lmp, calls};
use crate::domain::ids::{AccountId, ServicePlanId, SubscriptionId};
use crate::domain::inventory::{CreatedBetween, Subscription};
use crate::domain::outcome::{ReadError, Sent, WriteOutcome};
use crate::upstream::json::read_json;
use crate::upstream::lenient::Text;
use crate::upstream::paging::Listed;
use crate::upstream::progress::Progress;
use crate::upstream::signed::Stamp;
use crate::upstream::signed::{Request, is_plain_id, path_with};
use crate::upstream::transport::sorting::any_body;
use crate::upstream::transport::{Answer, Method};
use chrono::Utc;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct CreateSubscription<'a> {
    service_plan_id: &'a ServicePlanId,
    units_per_license: u32,
}

#[derive(Serialize)]
struct SetUnits {
    units_per_license: u32,
}

/// A subscription as any answer tells it; the list has no licenses, the single answer no customer.
#[derive(Deserialize)]
struct SubscriptionRow {
    #[serde(default)]
    subscription_id: Text,
    #[serde(default)]
    id: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    enabled: Text,
    #[serde(default)]
    service_plan_id: Text,
    #[serde(default)]
    customer_id: Text,
    #[serde(default)]
    licenses: Option<Vec<License>>,
}

#[derive(Deserialize)]
struct License {
    #[serde(default)]
    units: Text,
    #[serde(default)]
    enabled: Text,
}

impl Row for SubscriptionRow {
    fn id(&self) -> Option<String> {
        self.subscription_id().map(String::from)
    }
}

impl SubscriptionRow {
    fn subscription_id(&self) -> Option<SubscriptionId> {
        subscription_id(&self.subscription_id).or_else(|| subscription_id(&self.id))
    }

    /// Nothing in it is about a subscription: any other JSON looks like this.
    fn is_bare(&self) -> bool {
        self.subscription_id.raw().or(self.id.raw()).or(self.enabled.raw()).is_none() && self.licenses.is_none()
    }

    /// Every license of a plan has the plan's units; licenses that have been replaced are disabled.
    fn units(&self) -> Option<u32> {
        let licenses = self.licenses.as_deref().unwrap_or_default();
        let units = |license: &License| license.units.whole().and_then(|units| u32::try_from(units).ok());
        let enabled = licenses.iter().filter(|license| license.enabled.flag().unwrap_or(true)).filter_map(units).max();
        enabled.or_else(|| licenses.iter().filter_map(units).max())
    }

    /// Suspending ends all licenses at once (`lmpi.md` 8.4); the subscription itself may go on calling itself enabled. Lists have no
    /// licenses, so nothing is known there.
    fn is_suspended(&self) -> bool {
        let licenses = self.licenses.as_deref().unwrap_or_default();
        !licenses.is_empty() && licenses.iter().all(|license| license.enabled.flag() == Some(false))
    }

    fn into_subscription(self, account_id: AccountId, plan: ServicePlanId) -> Option<Subscription> {
        let id = self.subscription_id()?;
        Some(Subscription {
            account_id,
            service_plan_id: plan,
            name: self.name.clean().unwrap_or_else(|| id.to_string()),
            id,
            enabled: self.enabled.flag().unwrap_or(true) && !self.is_suspended(),
            units: self.units(),
        })
    }
}

pub(super) fn subscription_id(text: &Text) -> Option<SubscriptionId> {
    text.raw().filter(|id| is_plain_id(id)).and_then(|id| SubscriptionId::parse(id).ok())
}

impl Lmp {
    /// All subscriptions created in a range, without their units: every page and every row, or an error.
    pub async fn subscriptions(
        &self,
        created: CreatedBetween,
        progress: &Progress,
    ) -> Result<Vec<Subscription>, ReadError> {
        self.all_subscriptions(created, progress).await?.whole()
    }

    /// The same without the rows that cannot be read.
    pub async fn all_subscriptions(
        &self,
        created: CreatedBetween,
        progress: &Progress,
    ) -> Result<Listed<Subscription>, ReadError> {
        let list = List { operation: "subscriptions", path: calls::SUBSCRIPTIONS, of: Of::Subscriptions };
        let Listed { rows, left_out }: Listed<SubscriptionRow> = self.list(&list, created, progress).await?;
        let total = rows.len();
        // What belongs to nobody, or to no plan, is nothing that anybody looks for.
        let rows: Vec<Subscription> = rows.into_iter().filter_map(listed).collect();
        if rows.len() < total {
            tracing::warn!(left_out = total - rows.len(), "subscriptions without customer or plan are left out");
        }
        for subscription in &rows {
            self.remember_plan(&subscription.id, &subscription.service_plan_id);
        }
        Ok(Listed { rows, left_out })
    }

    /// One subscription with its units; `None` if there is no such one.
    pub async fn subscription(
        &self,
        account: &AccountId,
        subscription: &SubscriptionId,
    ) -> Result<Option<Subscription>, ReadError> {
        let path = path_with(calls::SUBSCRIPTION, &[account.as_str(), subscription.as_str()]);
        let answer = match self.client.read(Request::get("subscription", path)).await {
            Err(ReadError::NotFound) => return Ok(None),
            result => result?,
        };
        let mut row: SubscriptionRow = read_json(&answer)?;
        if row.is_bare() {
            return Err(ReadError::Unreadable("the answer is not about a subscription".to_owned()));
        }
        if row.subscription_id().is_none() {
            row.id = Text(Some(subscription.to_string()));
        }
        let plan = match plan_id(&row.service_plan_id) {
            Some(plan) => plan,
            None => self.plan_of(subscription).await?,
        };
        let other = || ReadError::Unreadable("the answer is not about this subscription".to_owned());
        let found = row.into_subscription(account.clone(), plan).filter(|found| found.id == *subscription);
        found.map(Some).ok_or_else(other)
    }

    /// The plan of a subscription, which its own answer does not tell.
    async fn plan_of(&self, subscription: &SubscriptionId) -> Result<ServicePlanId, ReadError> {
        if let Some(plan) = self.known_plan(subscription) {
            return Ok(plan);
        }
        self.subscriptions(CreatedBetween::ever(Utc::now()), &Progress::new()).await?;
        self.known_plan(subscription)
            .ok_or_else(|| ReadError::Unreadable("the plan of this subscription is nowhere told".to_owned()))
    }

    /// Subscribes a customer to a plan; `stamp` is from before its intent was committed.
    pub async fn create_subscription(
        &self,
        account: &AccountId,
        plan: &ServicePlanId,
        units: u32,
        stamp: Stamp,
    ) -> Sent<SubscriptionId> {
        let path = path_with(calls::CUSTOMER_SUBSCRIPTIONS, &[account.as_str()]);
        let body = CreateSubscription { service_plan_id: plan, units_per_license: units };
        let request = Request::write("create_subscription", Method::Post, path).json(&body).stamped(stamp);
        let sent = self
            .client
            .write(request, |answer| created_subscription(answer).ok_or("a success without the subscription's id"))
            .await;
        if let WriteOutcome::Done(id) = &sent.outcome {
            self.remember_plan(id, plan);
        }
        sent
    }

    /// Sets the units of a subscription: the new number, not a difference, so it may be repeated. What is sent long after it was
    /// intended is too old for the vendor, so that it cannot overwrite what was set since.
    pub async fn set_units(
        &self,
        account: &AccountId,
        subscription: &SubscriptionId,
        units: u32,
        stamp: Stamp,
    ) -> Sent<()> {
        let path = path_with(calls::UPDATE_SUBSCRIPTION, &[account.as_str(), subscription.as_str()]);
        let body = SetUnits { units_per_license: units };
        let request = Request::write("set_units", Method::Put, path).json(&body).stamped(stamp);
        self.client.write(request, |answer| confirmed_units(answer, units)).await
    }

    /// Suspends a subscription: its licenses end at once, and it can be brought back for a while (`lmpi.md` 8.4). One that is
    /// suspended already is refused, so look first.
    pub async fn suspend(&self, account: &AccountId, subscription: &SubscriptionId, stamp: Stamp) -> Sent<()> {
        let path = path_with(calls::SUSPEND_SUBSCRIPTION, &[account.as_str(), subscription.as_str()]);
        self.client.write(Request::write("suspend", Method::Put, path).stamped(stamp), any_body).await
    }
}

fn listed(row: SubscriptionRow) -> Option<Subscription> {
    let account = row.customer_id.raw().filter(|id| is_plain_id(id)).and_then(|id| AccountId::parse(id).ok())?;
    let plan = plan_id(&row.service_plan_id)?;
    row.into_subscription(account, plan)
}

/// The answer to an update is the subscription (`lmpi.md` 8.3). One with other units says that they were not set, and one without
/// any says nothing.
fn confirmed_units(answer: &Answer, asked: u32) -> Result<(), &'static str> {
    any_body(answer)?;
    let told = serde_json::from_slice::<SubscriptionRow>(answer.json()).ok().and_then(|row| row.units());
    if told.is_none_or(|units| units == asked) { Ok(()) } else { Err("a success that tells of other units") }
}

fn created_subscription(answer: &Answer) -> Option<SubscriptionId> {
    serde_json::from_slice::<SubscriptionRow>(answer.json()).ok()?.subscription_id()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_licenses_in_force() {
        let units = |licenses: &str| {
            serde_json::from_str::<SubscriptionRow>(&format!(r#"{{"id":"S","licenses":{licenses}}}"#)).unwrap().units()
        };
        assert_eq!(units(r#"[{"units":99,"enabled":false},{"units":"25","enabled":true}]"#), Some(25));
        assert_eq!(units(r#"[{"units":99,"enabled":false}]"#), Some(99));
        assert_eq!(units("[]"), None);
        assert_eq!(units("null"), None);
    }
}
