//! The name of a request in our logs and in every answer. Nothing is accepted from outside.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// The header of every answer.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// A new id: 128 random bits in hexadecimal digits.
fn new() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The id of the request that is being answered; a new one outside of any.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_else(|_| new())
}

/// Runs `work` as part of the request `id`: for tasks that outlive their request.
pub async fn scope<F: Future>(id: String, work: F) -> F::Output {
    CURRENT.scope(id, work).await
}

/// Names each request and tells the name in the answer.
pub async fn middleware(request: Request, next: Next) -> Response {
    let id = new();
    let mut response = scope(id.clone(), next.run(request)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
