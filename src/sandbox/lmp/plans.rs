//! Service plans and license pools.

use super::super::world::State;
use super::{Outcome, Refused};
use serde_json::{Value, json};

/// `me/serviceplans`: a top-level array without paging.
pub(super) fn list(state: &State) -> Value {
    let plan = |plan: &super::super::world::Plan| {
        json!({
            "service_plan_id": plan.id,
            "name": plan.name,
            "product": plan.product_name,
            "product_code": plan.product_code,
            "version": plan.version.as_str(),
            "initial_license_period_month": plan.period_months,
            "data_center_code": "22",
            "data_center": "USA",
            "auto_renewal": plan.auto_renewal,
        })
    };
    state.market.plans.iter().map(plan).collect()
}

/// `partners/product`: the pools. `used` is always 0, as the vendor states.
pub(super) fn pools(state: &State) -> Outcome {
    if state.quirks.lmp.reseller {
        let message = "A reseller cannot read products.".to_owned();
        return Err(Refused { status: 403, subject: "Forbidden".to_owned(), message });
    }
    let products: Vec<_> = state
        .market
        .products
        .iter()
        .map(|product| {
            let plans = state.market.plans.iter();
            let own = plans.filter(|plan| plan.product_id == product.id && plan.version == product.version);
            json!({
                "available": product.available,
                "used": 0,
                "version": product.version.as_str(),
                "product_name": product.name,
                "product_id": product.id,
                "product_code": product.code,
                "type": "SaaS",
                "service_plans": own.map(|plan| json!({"name": plan.name, "id": plan.id})).collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(json!({"partner_id": "99999999-8888-4777-8666-555555555555", "products": products}))
}
