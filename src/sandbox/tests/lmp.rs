//! LMPI.

use super::*;
use chrono::TimeDelta;
use std::time::Duration;

const RANGE: &str = "created_start=2013-01-01T00:00:00Z&created_end=2099-01-01T00:00:00Z";

#[tokio::test]
async fn a_customer_is_created_listed_and_changed() {
    let client = Client::start().await;
    let (status, created) =
        client.call("POST", "/LMPI/v3/customers", Some(&new_customer("Åre Test AB", "mark-1"))).await;
    assert_eq!(status, 200);
    let id = created["customer_id"].as_str().unwrap();
    let (_, list) = client.call("GET", &format!("/LMPI/v3/customers?{RANGE}&page=2&limit=1"), None).await;
    assert_eq!(list["paging"], json!({"total": 2, "limit": 1, "page": 2}));
    assert_eq!(list["customers"][0]["customer_id"], *id);
    let change = json!({"note": "mark-2"});
    let (status, profile) = client.call("PUT", &format!("/LMPI/v3/customers/{id}"), Some(&change)).await;
    assert_eq!((status, &profile["note"]), (200, &json!("mark-2")));
    assert_eq!(client.world().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let client = Client::start().await;
    let mut body = new_customer("X", "");
    body["company"]["city"] = json!("");
    let (status, refusal) = client.call("POST", "/LMPI/v3/customers", Some(&body)).await;
    let expected =
        json!({"error_subject": "InvalidParameterscompany.city", "error_message": "The city field is required."});
    assert_eq!((status, refusal), (400, expected));
    assert_eq!(client.sandbox.books().created_customers().len(), 0);
}

#[tokio::test]
async fn a_new_customer_may_be_unknown_and_pages_may_overlap() {
    let client = Client::start_with(|quirks| {
        quirks.lmp.unknown_customer = Duration::from_mins(1);
        quirks.lmp.repeated_rows = true;
    })
    .await;
    let (_, created) = client.call("POST", "/LMPI/v3/customers", Some(&new_customer("Late AB", "mark-1"))).await;
    let target = format!("/LMPI/v3/customers/{}/subscriptions", created["customer_id"].as_str().unwrap());
    let body = json!({"service_plan_id": client.plan.id, "units_per_license": 5});
    assert_eq!(client.call("POST", &target, Some(&body)).await.0, 404);
    assert_eq!(client.subscribe(5).await.0, 200, "one that was there before");
    client.call("POST", "/LMPI/v3/customers", Some(&new_customer("Third AB", "mark-2"))).await;
    let mut names = Vec::new();
    for page in 1..=2 {
        let (_, list) = client.call("GET", &format!("/LMPI/v3/customers?{RANGE}&page={page}&limit=2"), None).await;
        names.extend(list["customers"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()));
    }
    assert_eq!(names, ["Nordic Sample AB", "Late AB", "Late AB", "Third AB"]);
}

#[tokio::test]
async fn a_write_says_how_long_its_body_is() {
    let client = Client::start().await;
    let id = uuid::Uuid::new_v4();
    let suspend = format!("/LMPI/v3/customers/{id}/subscriptions/{id}/suspend");
    let mut request = client.signed("PUT", &suspend, None).build().unwrap();
    request.headers_mut().remove("content-length");
    assert_eq!(client.http.execute(request).await.unwrap().status(), 411);
    assert_eq!(client.world().violations().len(), 1);
    assert_eq!(client.call("PUT", &suspend, None).await.0, 404);
}

#[tokio::test]
async fn wrong_headers_are_refused_and_noted() {
    let client = Client::start().await;
    let target = "/LMPI/v3/me/serviceplans";
    let request = client.signed("GET", target, None);
    let again = request.try_clone().unwrap();
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(again.send().await.unwrap().status(), 401);
    let unsigned = client.http.get(format!("{}{target}", client.sandbox.lmp_url())).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    let other = client.signed("GET", target, None).build().unwrap();
    let mut moved = other.try_clone().unwrap();
    *moved.url_mut() = format!("{}/LMPI/v3/partners/product", client.sandbox.lmp_url()).parse().unwrap();
    assert_eq!(client.http.execute(moved).await.unwrap().status(), 401);
    let violations = client.world().violations();
    assert_eq!(violations.len(), 3, "{violations:?}");
    assert!(violations[0].contains("x-traceid was used before"), "{violations:?}");
    assert!(violations[2].contains("signature"), "{violations:?}");
}

#[tokio::test]
async fn a_wrong_clock_is_refused_and_shows_in_the_date() {
    let client = Client::start_with(|quirks| quirks.clock_offset = TimeDelta::minutes(16)).await;
    let response = client.signed("GET", "/LMPI/v3/me/serviceplans", None).send().await.unwrap();
    assert_eq!(response.status(), 401);
    let date = chrono::DateTime::parse_from_rfc2822(response.headers()["date"].to_str().unwrap()).unwrap();
    let ahead = date.timestamp() - chrono::Utc::now().timestamp();
    assert!((955..=965).contains(&ahead), "{ahead}");
    client.world().configure(|quirks| quirks.clock_offset = TimeDelta::minutes(14));
    assert_eq!(client.call("GET", "/LMPI/v3/me/serviceplans", None).await.0, 200);
}

#[tokio::test]
async fn pools_shrink_grow_and_run_out() {
    let client = Client::start().await;
    let (status, created) = client.subscribe(25).await;
    assert_eq!((status, client.available()), (200, 5));
    let subscription = created["subscription_id"].as_str().unwrap();
    let target = format!("/LMPI/v3/customers/{}/subscriptions/{subscription}", client.customer);
    let set = |units: u32| json!({"units_per_license": units});
    assert_eq!(client.call("PUT", &target, Some(&set(30))).await.0, 200);
    assert_eq!(client.available(), 0);
    let (status, refusal) = client.call("PUT", &target, Some(&set(31))).await;
    assert_eq!(status, 400);
    assert!(refusal["error_message"].as_str().unwrap().contains("licenses"));
    client.call("PUT", &target, Some(&set(10))).await;
    let (_, pools) = client.call("GET", "/LMPI/v3/partners/product", None).await;
    assert_eq!((&pools["products"][0]["available"], &pools["products"][0]["used"]), (&json!(20), &json!(0)));
    let v2 = target.replace("v3", "v2");
    assert_eq!(client.call("PUT", &format!("{v2}/disable"), None).await, (200, Value::Null));
    assert_eq!(client.available(), 30);
}

#[tokio::test]
async fn subscriptions_are_found_by_plan_and_in_the_list() {
    let client = Client::start_with(|quirks| quirks.lmp.upper_case_ids = true).await;
    let by_plan = format!("/LMPI/v3/customers/{}/serviceplan/{}/getid", client.customer, client.plan.id);
    assert_eq!(client.call("GET", &by_plan, None).await.0, 404);
    client.subscribe(10).await;
    let (_, found) = client.call("GET", &by_plan, None).await;
    let id = found["subscription_id"].as_str().unwrap();
    assert_eq!(id, id.to_uppercase());
    let (_, list) = client.call("GET", &format!("/LMPI/v2.5/customers/subscriptions?{RANGE}"), None).await;
    assert_eq!(list["subscriptions"][0]["subscription_id"], *id);
    let both = format!("/LMPI/v2.5/customers/subscriptions?{RANGE}&modified_start=2013-01-01T00:00:00Z");
    assert_eq!(client.call("GET", &both, None).await.0, 400);
    let one = format!("/LMPI/v3/customers/{}/subscriptions/{id}", client.customer);
    assert_eq!(client.call("GET", &one, None).await.1["licenses"][0]["units"], 10);
    assert_eq!(client.call("PUT", &format!("{one}/suspend"), None).await.0, 200);
    assert_eq!(client.call("PUT", &format!("{one}/unsuspend"), None).await.0, 200);
}

#[tokio::test]
async fn what_was_done_twice_is_accepted_and_noted() {
    let client = Client::start().await;
    for _ in 0..2 {
        client.subscribe(10).await;
        client.call("POST", "/LMPI/v3/customers", Some(&new_customer("Twice AB", "mark-1"))).await;
    }
    let books = client.sandbox.books();
    assert_eq!(books.created_subscriptions().len(), 2);
    assert_eq!(books.created_customers().len(), 2);
    assert_eq!(books.violations.len(), 2, "{:?}", books.violations);
}

#[tokio::test]
async fn new_customers_show_after_a_lag() {
    let client = Client::start_with(|quirks| quirks.lmp.customer_lag = Duration::from_mins(1)).await;
    client.call("POST", "/LMPI/v3/customers", Some(&new_customer("Late AB", "mark-1"))).await;
    let list = format!("/LMPI/v3/customers?{RANGE}");
    assert_eq!(client.call("GET", &list, None).await.1["paging"]["total"], 1);
    client.world().configure(|quirks| quirks.lmp.customer_lag = Duration::ZERO);
    assert_eq!(client.call("GET", &list, None).await.1["paging"]["total"], 2);
}

#[tokio::test]
async fn plans_are_a_top_level_array() {
    let client = Client::start_with(|quirks| quirks.lmp.html_content_type = true).await;
    let response = client.signed("GET", "/LMPI/v2/me/serviceplans", None).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/html");
    let plans: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(plans[0]["name"], "WFS monthly");
}
