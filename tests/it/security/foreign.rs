//! Another partner's ids answer like ids that do not exist.

use super::house::{HOST, House, Reply};
use super::routes::{Ids, operations, screens};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

/// An answer without what differs from request to request, and without the id that was asked for.
fn told(reply: &Reply, id: &str) -> (u16, Vec<String>, String) {
    let request_id = reply.headers["x-request-id"].to_str().unwrap();
    let text = reply.text.replace(request_id, "REQUEST").replace(id, "ID");
    let mut names: Vec<_> = reply.headers.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    (reply.status.as_u16(), names, text)
}

async fn ask(house: &House, method: &str, address: &str, body: Option<&Value>) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header(header::HOST, HOST)
        .header(header::AUTHORIZATION, format!("Bearer {}", house.own.token))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", uuid::Uuid::new_v4().to_string());
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    house.send(request.body(body).unwrap()).await
}

/// The same ids with another value of one of them.
fn with<'a>(ids: &Ids<'a>, name: &'a str, value: &str) -> Ids<'a> {
    let mut ids = ids.clone();
    ids.insert(name, value.to_owned());
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn every_id_of_every_operation_is_absent_if_it_is_foreign() {
    let house = House::new().await;
    let (foreign, absent) = (house.foreign.import.clone(), uuid::Uuid::now_v7().to_string());
    let (before, mut compared) = (house.traces().await, 0);
    for operation in operations() {
        for name in operation.path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
            if name == "organization_id" {
                // Below an import: whoever has not the import has none of its customers.
                continue;
            }
            assert_eq!(name, "import_id", "say which id of the other partner belongs there");
            let own = house.own.ids();
            let mut replies = Vec::new();
            for id in [&foreign, &absent] {
                let address = operation.at(&with(&own, "import_id", id));
                let reply = ask(&house, &operation.method, &address, operation.body.as_ref()).await;
                replies.push(told(&reply, id));
            }
            assert_eq!(replies[0].0, 404, "{} {}: {}", operation.method, operation.path, replies[0].2);
            assert_eq!(replies[0], replies[1], "{} {}", operation.method, operation.path);
            compared += 1;
        }
    }
    let keys_apart = |traces: Vec<(String, i64)>| -> Vec<_> {
        traces.into_iter().filter(|(table, _)| table != "idempotency_key").collect()
    };
    assert_eq!(keys_apart(house.traces().await), keys_apart(before), "nothing was stored");
    assert!(compared >= 11, "{compared}");
    println!("{compared} ids in paths of operations: 404 and the same answer for a foreign id as for an absent one");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_in_bodies_and_queries_are_absent_if_they_are_foreign() {
    let house = House::new().await;
    let pool = house.stage.plugin.database.pool();
    // Something that only the other partner has.
    sqlx::query("update organization set organization_id = 'only-theirs' where partner_id = $1 and organization_id = (select min(organization_id) from organization where partner_id = $1)")
        .bind(house.foreign.id.0)
        .execute(pool)
        .await
        .unwrap();
    let import = json!({ "organization_ids": ["ID"] });
    let key = json!({ "plan_hash": "0".repeat(64) });
    let own = format!("/api/v1/imports/{}", house.own.import);
    let account = |id: &str| json!({ "version": 5, "items": [{ "organization_id": "ID", "account": { "mode": "existing", "account_id": id } }] });
    for (method, address, body) in [
        ("POST", "/api/v1/imports".to_owned(), import),
        ("PUT", format!("{own}/accounts"), account("ID")),
        ("POST", format!("{own}/integration"), key),
        ("GET", "/api/v1/organizations?search=ID".to_owned(), Value::Null),
    ] {
        let mut replies = Vec::new();
        for id in ["only-theirs", "nobodys-own"] {
            let body = (!body.is_null()).then(|| serde_json::from_str(&body.to_string().replace("ID", id)).unwrap());
            let reply = ask(&house, method, &address.replace("ID", id), body.as_ref()).await;
            replies.push(told(&reply, id));
        }
        assert_eq!(replies[0], replies[1], "{method} {address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_id_of_every_screen_is_absent_if_it_is_foreign() {
    let house = House::new().await;
    let (foreign, absent) = (house.foreign.import.clone(), uuid::Uuid::now_v7().to_string());
    let mut compared = 0;
    for route in screens().into_iter().filter(|route| route.path.contains("{id}")) {
        for method in &route.methods {
            let mut replies = Vec::new();
            for id in [&foreign, &absent] {
                let request = Request::builder()
                    .method(*method)
                    .uri(route.at(&with(&house.own.ids(), "id", id)))
                    .header(header::HOST, HOST)
                    .header(header::ORIGIN, format!("https://{HOST}"))
                    .header("sec-fetch-site", "same-origin")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(header::COOKIE, format!("__Host-session={}", house.own.session));
                let reply = house.send(request.body(Body::from("version=1&plan_hash=0")).unwrap()).await;
                replies.push(told(&reply, id));
            }
            assert_eq!(replies[0].0, 404, "{method} {}", route.path);
            assert_eq!(replies[0], replies[1], "{method} {}", route.path);
            compared += 1;
        }
    }
    println!("{compared} ids in paths of screens: 404 and the same page for a foreign id as for an absent one");
}
