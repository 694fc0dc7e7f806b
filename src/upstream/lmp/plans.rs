//! Service plans and license pools (`lmpi.md` 6, 7).

use super::{Lmp, calls};
use crate::domain::ids::{LicensePoolId, ServicePlanId};
use crate::domain::inventory::{LicensePool, LicenseVersion, ServicePlan};
use crate::domain::outcome::ReadError;
use crate::upstream::json::read_json;
use crate::upstream::lenient::Text;
use crate::upstream::signed::{Request, is_plain_id};
use serde::Deserialize;
use std::collections::HashSet;

#[derive(Deserialize)]
struct PlanRow {
    #[serde(default)]
    service_plan_id: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    product: Text,
    #[serde(default)]
    product_code: Text,
    #[serde(default)]
    version: Text,
    #[serde(default)]
    data_center: Text,
    #[serde(default)]
    auto_renewal: Text,
}

#[derive(Deserialize)]
struct Products {
    products: Vec<ProductRow>,
}

#[derive(Deserialize)]
struct ProductRow {
    #[serde(default)]
    available: Text,
    #[serde(default)]
    version: Text,
    #[serde(default)]
    product_name: Text,
    #[serde(default)]
    product_id: Text,
    #[serde(default)]
    service_plans: Option<Vec<ProductPlan>>,
}

#[derive(Deserialize)]
struct ProductPlan {
    #[serde(default)]
    id: Text,
}

impl Lmp {
    /// All plans that can be subscribed to.
    pub async fn service_plans(&self) -> Result<Vec<ServicePlan>, ReadError> {
        let answer = self.client.read(Request::get("service_plans", calls::SERVICE_PLANS)).await?;
        let rows: Vec<PlanRow> = read_json(&answer)?;
        let mut seen = HashSet::new();
        let plans = rows.into_iter().filter_map(PlanRow::into_plan);
        Ok(plans.filter(|plan| seen.insert(plan.id.clone())).collect())
    }

    /// What can still be assigned. `None`: this partner's role may not ask, so availability is unknown. How that is answered is not
    /// documented, so any refusal is taken for it: what it says of credentials, the next call says too.
    pub async fn license_pools(&self) -> Result<Option<Vec<LicensePool>>, ReadError> {
        let answer = match self.client.read(Request::get("license_pools", calls::PRODUCTS)).await {
            Err(
                error @ (ReadError::CredentialsRefused
                | ReadError::Forbidden
                | ReadError::NotFound
                | ReadError::Refused(_)),
            ) => {
                tracing::debug!(%error, "license pools may not be read");
                return Ok(None);
            }
            result => result?,
        };
        let Products { products } = read_json(&answer)?;
        let mut pools: Vec<LicensePool> = Vec::new();
        for pool in products.into_iter().filter_map(ProductRow::into_pool) {
            match pools.iter_mut().find(|earlier| earlier.id == pool.id) {
                Some(earlier) => merge(earlier, pool),
                None => pools.push(pool),
            }
        }
        Ok(Some(pools))
    }
}

impl PlanRow {
    fn into_plan(self) -> Option<ServicePlan> {
        let (Some(id), Some(version)) = (plan_id(&self.service_plan_id), license_version(&self.version)) else {
            tracing::warn!("a service plan without a usable id or version is left out");
            return None;
        };
        Some(ServicePlan {
            name: self.name.clean().unwrap_or_else(|| id.to_string()),
            id,
            product: self.product.clean().unwrap_or_default(),
            product_code: self.product_code.clean(),
            version,
            data_center: self.data_center.clean(),
            auto_renewal: self.auto_renewal.flag().unwrap_or(false),
        })
    }
}

impl ProductRow {
    fn into_pool(self) -> Option<LicensePool> {
        let product_id = self.product_id.raw().filter(|id| is_plain_id(id));
        let (Some(product_id), Some(version)) = (product_id, license_version(&self.version)) else {
            tracing::warn!("a product without a usable id or version is left out of the license pools");
            return None;
        };
        let plans = self.service_plans.unwrap_or_default();
        Some(LicensePool {
            id: pool_id(product_id, version)?,
            product: self.product_name.clean().unwrap_or_else(|| product_id.to_owned()),
            version,
            available: self
                .available
                .whole()
                .filter(|left| *left >= 0)
                .map(|left| u32::try_from(left).unwrap_or(u32::MAX)),
            service_plans: plans.iter().filter_map(|plan| plan_id(&plan.id)).collect(),
        })
    }
}

/// The same pool told twice: what both tell is believed only as far as the smaller number.
fn merge(earlier: &mut LicensePool, again: LicensePool) {
    earlier.available = earlier.available.zip(again.available).map(|(one, other)| one.min(other));
    for plan in again.service_plans {
        if !earlier.service_plans.contains(&plan) {
            earlier.service_plans.push(plan);
        }
    }
}

/// The pool is per product and version (`lmpi.md` 7).
fn pool_id(product_id: &str, version: LicenseVersion) -> Option<LicensePoolId> {
    let version = match version {
        LicenseVersion::Trial => "trial",
        LicenseVersion::Full => "full",
    };
    LicensePoolId::parse(&format!("{product_id}:{version}")).ok()
}

pub(super) fn plan_id(text: &Text) -> Option<ServicePlanId> {
    text.raw().filter(|id| is_plain_id(id)).and_then(|id| ServicePlanId::parse(id).ok())
}

fn license_version(text: &Text) -> Option<LicenseVersion> {
    match text.raw()?.to_ascii_lowercase().as_str() {
        "trial" => Some(LicenseVersion::Trial),
        "full" => Some(LicenseVersion::Full),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(json: &str) -> Option<LicensePool> {
        serde_json::from_str::<ProductRow>(json).unwrap().into_pool()
    }

    #[test]
    fn unknown_availability_is_not_zero() {
        let available = |value: &str| {
            pool(&format!(r#"{{"product_id":"P-1","version":"Full","available":{value},"service_plans":null}}"#))
                .unwrap()
                .available
        };
        assert_eq!(available("740"), Some(740));
        assert_eq!(available("\"08\""), Some(8));
        assert_eq!(available("0"), Some(0));
        assert_eq!(available("-1"), None);
        assert_eq!(available("null"), None);
        assert_eq!(available("99999999999"), Some(u32::MAX));
    }

    #[test]
    fn pools_are_named_by_product_and_version() {
        let pool = pool(r#"{"product_id":"ABC","version":"full","service_plans":[{"id":"PLAN-1"},{}]}"#).unwrap();
        assert_eq!(pool.id.as_str(), "abc:full");
        assert_eq!(pool.service_plans, [ServicePlanId::parse("plan-1").unwrap()]);
    }

    #[test]
    fn plans_of_unknown_versions_are_left_out() {
        let plan = |version: &str| {
            let json = format!(r#"{{"service_plan_id":"p","name":"n","version":"{version}","auto_renewal":"true"}}"#);
            serde_json::from_str::<PlanRow>(&json).unwrap().into_plan()
        };
        assert!(plan("nfr").is_none());
        assert!(plan("Trial").is_some_and(|plan| plan.version == LicenseVersion::Trial && plan.auto_renewal));
    }
}
