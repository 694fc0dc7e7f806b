//! An import through REST alone, step by step.

use super::rest::Rest;
use super::stage::Stage;
use crate::api::contract::Answer;
use serde_json::{Value, json};
use worryfree_plugin::sandbox::World;

/// A row as somebody would fill it in.
#[derive(Debug, Clone)]
pub struct Row {
    /// The organization.
    pub organization: String,
    /// As the step takes it.
    pub account: Value,
    /// The plan's id.
    pub plan: String,
    /// `None`: the default.
    pub seats: Option<u32>,
    /// `None`: Trend Micro's default.
    pub template: Option<String>,
}

/// An import that is ready to be integrated.
pub struct Ready {
    /// Its id.
    pub id: String,
    /// What was looked at.
    pub plan: Value,
}

impl Ready {
    /// The plan's hash.
    pub fn hash(&self) -> &str {
        self.plan["hash"].as_str().unwrap()
    }

    /// A path below the import.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/imports/{}{rest}", self.id)
    }
}

/// A new account with everything LMP asks for.
pub fn new_account(name: &str) -> Value {
    json!({
        "mode": "create",
        "company": { "name": name, "address": "1 Quay", "city": "Poole", "state": "Dorset", "postal_code": "BH15 1AA", "country": "GB" },
        "contact": { "first_name": "Ana", "last_name": "Reyes", "email": "ana@customer.example" },
    })
}

/// The choice of an account that exists.
pub fn existing(account_id: &str) -> Value {
    json!({ "mode": "existing", "account_id": account_id })
}

/// One row with a new account for each organization of these names.
pub fn new_rows<'a>(world: &World, names: impl IntoIterator<Item = &'a str>, plan: &str, seats: u32) -> Vec<Row> {
    let plan = world.plan_named(plan).unwrap().id;
    let row = |name| Row {
        organization: world.organization_named(name).unwrap().id,
        account: new_account(name),
        plan: plan.clone(),
        seats: Some(seats),
        template: None,
    };
    names.into_iter().map(row).collect()
}

impl Rest {
    /// Begins an import.
    pub async fn begin(&self, rows: &[Row]) -> Value {
        let organizations: Vec<_> = rows.iter().map(|row| &row.organization).collect();
        self.post("/api/v1/imports", json!({ "organization_ids": organizations })).await.is(201)
    }

    /// Stores a step of an import, whatever its version is now.
    pub async fn step(&self, id: &str, step: &str, mut body: Value) -> Answer {
        let import = self.get(&format!("/api/v1/imports/{id}")).await.ok();
        body["version"] = import["version"].clone();
        self.put(&format!("/api/v1/imports/{id}/{step}"), body).await
    }

    /// Goes through all four steps and looks at the plan.
    pub async fn ready(&self, rows: &[Row]) -> Ready {
        let id = self.begin(rows).await["id"].as_str().unwrap().to_owned();
        self.fill_in(id, rows).await
    }

    /// The same with an import that was begun.
    pub async fn fill_in(&self, id: String, rows: &[Row]) -> Ready {
        let each = |value: fn(&Row) -> Value| -> Vec<Value> {
            let with_id = |row: &Row| {
                let mut item = value(row);
                item["organization_id"] = row.organization.clone().into();
                item
            };
            rows.iter().map(with_id).collect()
        };
        let accounts = each(|row| json!({ "account": row.account }));
        self.step(&id, "accounts", json!({ "items": accounts })).await.ok();
        let to_partner = json!({ "send_all_to_partner": true, "recipients": [] });
        self.step(&id, "notifications", to_partner).await.ok();
        let plans = each(|row| json!({ "service_plan_id": row.plan, "seats": row.seats }));
        self.step(&id, "service-plans", json!({ "items": plans, "order": null })).await.ok();
        let templates = each(|row| json!({ "template_id": row.template }));
        let import = self.step(&id, "templates", json!({ "items": templates })).await.ok();
        assert_eq!(import["step"], "ready", "{import:#}");
        let plan = self.get(&format!("/api/v1/imports/{id}/plan")).await.ok();
        Ready { id, plan }
    }

    /// Integrates for the first time.
    pub async fn integrate(&self, ready: &Ready) -> Value {
        self.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202)
    }
}

impl Stage {
    /// The id of the plan of this name.
    pub fn plan_id(&self, name: &str) -> String {
        self.world().plan_named(name).unwrap().id
    }

    /// One row with a new account for each organization of these names.
    pub fn new_rows<'a>(&self, names: impl IntoIterator<Item = &'a str>, plan: &str, seats: u32) -> Vec<Row> {
        new_rows(self.world(), names, plan, seats)
    }

    /// Waits until the integration looks so.
    pub async fn integration(&self, ready: &Ready, what: &str, looks: impl Fn(&Value) -> bool) -> Value {
        self.until(what, || async {
            let integration = self.get(&ready.path("/integration")).await.ok();
            looks(&integration).then_some(integration)
        })
        .await
    }

    /// Waits until the integration has ended.
    pub async fn finished(&self, ready: &Ready) -> Value {
        self.integration(ready, "it finishes", |integration| integration["status"] == "finished").await
    }

    /// Goes through an import from its beginning to its end.
    pub async fn import(&self, rows: &[Row]) -> (Ready, Value) {
        let ready = self.ready(rows).await;
        self.integrate(&ready).await;
        let finished = self.finished(&ready).await;
        (ready, finished)
    }
}

/// The status of each customer, in list order.
pub fn statuses(integration: &Value) -> Vec<&str> {
    integration["items"].as_array().unwrap().iter().map(|item| item["status"].as_str().unwrap()).collect()
}

/// The code of each customer's reason, in list order.
pub fn reasons(integration: &Value) -> Vec<Option<&str>> {
    integration["items"].as_array().unwrap().iter().map(|item| item["reason"]["code"].as_str()).collect()
}

/// Fields with their codes, as a problem names them.
pub fn errors(problem: &Value) -> Vec<(&str, &str)> {
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().map(|error| (error["path"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}
