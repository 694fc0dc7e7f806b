//! The stand-ins over the wire.

mod faults;
mod lmp;
mod smpi;
mod vsa;

use super::*;
use serde_json::{Value, json};

/// A world of one customer, one organization and one plan with 30 licenses, and a client for it.
struct Client {
    sandbox: Sandbox,
    http: reqwest::Client,
    customer: String,
    plan: Plan,
}

impl Client {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Quirks)) -> Self {
        let world = World::empty();
        world.configure(change);
        let product = world.add_product("Worry-Free Services", "ABCDEFGHI", Version::Full, 30);
        let plan = Plan::of(&product, "WFS monthly");
        world.add_plan(plan.clone());
        let customer = world.add_customer(Customer::named("Nordic Sample AB"));
        let sandbox = Sandbox::start(SandboxOptions::new(world)).await.unwrap();
        Self { sandbox, http: reqwest::Client::new(), customer, plan }
    }

    fn world(&self) -> &World {
        self.sandbox.world()
    }

    /// A request signed as the references say.
    fn signed(&self, method: &str, target: &str, body: Option<&Value>) -> reqwest::RequestBuilder {
        let credentials = self.sandbox.credentials();
        let keys = if target.starts_with("/SMPI") { credentials.remote_manager } else { credentials.lmp };
        let time = chrono::Utc::now().timestamp().to_string();
        let body = body.map_or_else(String::new, Value::to_string);
        let signed = Signed { posix_time: &time, method, target, body: body.as_bytes() };
        let mut request = self.http.request(method.parse().unwrap(), format!("{}{target}", self.sandbox.lmp_url()));
        if method != "GET" {
            request = request.header("content-length", body.len());
        }
        request
            .header("x-signature", signed.signature(&keys.secret_key))
            .header("x-access-token", keys.access_token)
            .header("x-posix-time", time)
            .header("x-traceid", uuid::Uuid::new_v4().to_string())
            .header("content-type", "application/json; charset=utf-8")
            .body(body)
    }

    async fn call(&self, method: &str, target: &str, body: Option<&Value>) -> (u16, Value) {
        let response = self.signed(method, target, body).send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn subscribe(&self, units: u32) -> (u16, Value) {
        let target = format!("/LMPI/v3/customers/{}/subscriptions", self.customer);
        let body = json!({"service_plan_id": self.plan.id, "units_per_license": units});
        self.call("POST", &target, Some(&body)).await
    }

    fn available(&self) -> u64 {
        self.world().available(&self.plan.product_id, Version::Full).unwrap()
    }
}

fn new_customer(name: &str, note: &str) -> Value {
    json!({
        "company": {"name": name, "city": "Gothenburg", "state": "Vastra Gotaland", "country": "SE", "note": note},
        "contact": {"first_name": "Ada", "last_name": "Berg", "email": "ada.berg@example.test"}
    })
}

#[tokio::test]
async fn a_stopped_sandbox_answers_nobody() {
    let client = Client::start().await;
    let url = format!("{}/api/v1.0/echo", client.sandbox.vsa_url());
    assert_eq!(client.http.get(&url).send().await.unwrap().status(), 200);
    client.sandbox.stop();
    tokio::task::yield_now().await;
    assert!(client.http.get(&url).send().await.is_err());
}

#[tokio::test]
async fn pages_of_the_demo_share_the_origin_of_vsa() {
    let pages = axum::Router::new().route("/", axum::routing::get(|| async { "VSA" }));
    let options = SandboxOptions { vsa_pages: Some(pages), ..SandboxOptions::new(World::believable()) };
    let sandbox = Sandbox::start(options).await.unwrap();
    let page = reqwest::get(sandbox.vsa_url()).await.unwrap().text().await.unwrap();
    assert_eq!(page, "VSA");
    let api = reqwest::get(format!("{}/API/v1.0/echo", sandbox.vsa_url())).await.unwrap();
    assert_eq!(api.status(), 200);
}
