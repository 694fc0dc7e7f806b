//! SMPI.

use super::*;
use std::time::Duration;

const BASE: &str = "/SMPI/v2.8/service/wfbss/api";

#[tokio::test]
async fn a_product_is_there_after_a_while_and_after_its_preparation() {
    let client = Client::start_with(|quirks| quirks.remote_manager.product_delay = Duration::from_millis(300)).await;
    client.subscribe(10).await;
    let initialize = format!("{BASE}/initialize?cids={}", client.customer);
    let (status, refusal) = client.call("POST", &initialize, None).await;
    let message = format!("Cannot find product for cids: {}", client.customer.to_uppercase());
    assert_eq!((status, refusal), (400, json!({"code": "400 Bad Request", "message": message})));
    tokio::time::sleep(Duration::from_millis(350)).await;
    let groups = format!("{BASE}/customers/groups?cids={}", client.customer);
    assert_eq!(client.call("GET", &groups, None).await.0, 400);
    assert_eq!(client.call("POST", &initialize, None).await.0, 200);
    let (_, groups) = client.call("GET", &groups, None).await;
    assert_eq!(groups["customers"][0]["id"], client.customer.to_uppercase());
    assert_eq!(groups["customers"][0]["groups"][1], json!({"id": 2, "name": "Server (Default)", "type": 2}));
    assert_eq!(client.world().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn settings_are_replicated_from_a_model() {
    let client = Client::start().await;
    let model = client.world().add_customer(Customer::named("Template Office"));
    for customer in [&model, &client.customer] {
        client.world().add_subscription(customer, &client.plan.id, 10);
    }
    client.world().edit_company(&model, |company| {
        company.policies.values_mut().for_each(|policy| drop(policy.insert("model".to_owned(), json!(true))));
        company.global_settings.insert("model".to_owned(), json!(true));
    });
    let body = json!({"replicate_from": {"cid": model.to_uppercase(), "gid": 1}});
    let put = |resource: &str| format!("{BASE}/{resource}?cids={}", client.customer);
    let policies = format!("{}&gids=1&os=win&sync=true", put("policies"));
    assert_eq!(client.call("PUT", &policies, Some(&body)).await, (200, Value::Null));
    let other_kind = format!("{}&gids=2&os=win&sync=true", put("policies"));
    assert_eq!(client.call("PUT", &other_kind, Some(&body)).await.0, 400);
    let (_, task) = client.call("PUT", &put("global_settings"), Some(&body)).await;
    assert_eq!(task["task"]["status"], "PENDING");
    let company = client.world().company(&client.customer).unwrap();
    assert!(company.policies[&(1, "win".to_owned())].contains_key("model"));
    assert!(!company.policies[&(2, "win".to_owned())].contains_key("model"));
    assert!(company.global_settings.contains_key("model"));
    let read = format!("{BASE}/policies?cids={}&gids=1&fields=model", client.customer);
    let (_, read) = client.call("GET", &read, None).await;
    assert_eq!(read["customers"][0]["groups"][0]["policy"], json!({"model": true}));
    assert_eq!(client.world().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_write_without_cids_changes_everybody_loudly() {
    let client = Client::start().await;
    let other = client.world().add_customer(Customer::named("Bystander Ltd"));
    for customer in [&other, &client.customer] {
        client.world().add_subscription(customer, &client.plan.id, 10);
    }
    let body = json!({"notif_setting": {"recipients": ["noc@example.test"]}});
    assert_eq!(client.call("PUT", "/SMPI/service/wfbss/api/notif_settings", Some(&body)).await.0, 200);
    assert_eq!(client.world().company(&other).unwrap().recipients(), ["noc@example.test"]);
    assert_eq!(client.world().violations().len(), 1);
}

#[tokio::test]
async fn ten_customers_at_most() {
    let client = Client::start().await;
    let ids = vec![client.customer.clone(); 11].join(",");
    let (status, refusal) = client.call("GET", &format!("{BASE}/customers?cids={ids}"), None).await;
    assert_eq!((status, &refusal["message"]), (400, &json!("Invalid cids")));
    assert_eq!(client.world().violations().len(), 1);
}
