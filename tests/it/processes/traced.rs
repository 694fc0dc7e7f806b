//! Spans as a collector gets them.

use super::site::Site;
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use worryfree_plugin::sandbox::World;

/// What a collector was sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Collector {
    /// Listens; returns its address.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let taken = self.clone();
        let take = async move |headers: HeaderMap, body: Bytes| taken.0.lock().unwrap().push((headers, body));
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/traces", post(take))).await });
        url
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.0.lock().unwrap();
        let decoded = requests.iter().map(|(_, body)| ExportTraceServiceRequest::decode(body.clone()).unwrap());
        decoded
            .flat_map(|request| request.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }

    /// Whether these bytes were sent anywhere.
    fn holds(&self, text: &str) -> bool {
        let requests = self.0.lock().unwrap();
        requests.iter().any(|(_, body)| body.windows(text.len()).any(|window| window == text.as_bytes()))
    }
}

/// A property as text.
fn property(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_can_be_followed_and_no_secret_leaves() {
    let collector = Collector::default();
    let endpoint = collector.start().await;
    let site = Site::new(World::generated(2, 20, 17)).await;
    let front = site.front().await;
    let settings =
        [("PLUGIN__TRACES__ENDPOINT", endpoint.as_str()), ("PLUGIN__TRACES__AUTHORIZATION", "Bearer of-the-collector")];
    let mut process = site.serve_with(&front, &settings);
    let ready = site.ready(&front, &site.names(1)).await;
    front.rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202);
    front.imported(&ready).await;
    process.signal("TERM");
    assert!(process.ended(Duration::from_secs(40)).await.success(), "{}", process.log());

    let spans = collector.spans();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let started = named("POST /api/v1/imports/{import_id}/integration");
    assert_eq!(started.len(), 1, "{:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    assert!(property(started[0], "request_id").is_some());
    let created = named("lmp create_customer");
    assert_eq!(created.len(), 1);
    let property_of = |name: &str| property(created[0], name).unwrap_or_default();
    assert_eq!(property_of("outcome"), "ok");
    assert!(property_of("status").starts_with("20"), "{:?}", created[0].attributes);
    let trace_id: uuid::Uuid =
        property_of("upstream.trace_id").parse().expect("the vendor's support finds the call by it");
    let noted: i64 =
        sqlx::query_scalar("select count(*) from operation where kind = 'create_account' and trace_id = $1")
            .bind(trace_id)
            .fetch_one(&site.pool)
            .await
            .unwrap();
    assert_eq!(noted, 1, "it is the one that is recorded");
    let job = named("job").into_iter().find(|span| property(span, "job.kind").as_deref() == Some("integrate")).unwrap();
    assert_eq!(created[0].trace_id, job.trace_id, "the call belongs to the job that made it");

    let credentials = site.sandbox.credentials();
    let secrets = [
        front.rest.token.clone(),
        credentials.lmp.access_token.clone(),
        credentials.lmp.secret_key.clone(),
        "Bearer of-the-collector".to_owned(),
        "ana@customer.example".to_owned(),
    ];
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        assert!(!collector.holds(secret), "{secret} is in a span");
    }
    let requests = collector.0.lock().unwrap();
    assert!(requests.iter().all(|(headers, _)| headers["authorization"] == "Bearer of-the-collector"));
    assert!(requests.iter().all(|(headers, _)| headers["content-type"] == "application/x-protobuf"));
    println!("{} spans in {} requests for an import of one customer", spans.len(), requests.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_holds_nobody_up() {
    let site = Site::new(World::generated(2, 20, 18)).await;
    let front = site.front().await;
    // Nobody listens there.
    let mut process = site.serve_with(&front, &[("PLUGIN__TRACES__ENDPOINT", "http://127.0.0.1:9/v1/traces")]);
    let ready = site.ready(&front, &site.names(1)).await;
    front.rest.post(&ready.path("/integration"), json!({ "plan_hash": ready.hash() })).await.is(202);
    front.imported(&ready).await;
    process.signal("TERM");
    assert!(process.ended(Duration::from_secs(30)).await.success());
}
