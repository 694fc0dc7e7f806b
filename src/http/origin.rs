//! Whether a page of ours sent a request: the one rule for every change that a cookie allows.

use crate::service::access::Presence;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets a request that may change something pass only if a page of ours sent it; the answer to all others is 403.
///
/// Reading passes from anywhere: nothing that is read changes anything.
pub async fn own_pages(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own_page(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    StatusCode::FORBIDDEN.into_response()
}

/// Whether a page of this service sent the request, as the browser tells it.
///
/// `Sec-Fetch-Site` cannot be forged by a page; browsers that do not send it name the page's `Origin`, which has to be the host
/// that was asked. A request with neither may come from anywhere. `Origin: null` is a page without an origin of its own: a
/// sandboxed frame, a file, a redirect from elsewhere.
pub fn is_own_page(headers: &HeaderMap, uri: &Uri) -> bool {
    let origin = headers.get(header::ORIGIN);
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" && origin.is_none_or(|origin| origin != "null");
    }
    let own = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(Authority::as_str));
    let origin = origin.and_then(|origin| origin.to_str().ok());
    let host = origin.and_then(|origin| origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")));
    host.zip(own).is_some_and(|(host, own)| host.eq_ignore_ascii_case(own))
}

/// Whether somebody is there who asks. Browsers say of each request whether a script sent it: a page that is left open goes on asking
/// for what is new, and that must not keep its session open. Whoever changes something is there.
pub fn presence(method: &Method, headers: &HeaderMap) -> Presence {
    let by_script = headers.get("sec-fetch-mode").is_some_and(|mode| mode != "navigate");
    if method.is_safe() && by_script { Presence::Script } else { Presence::Person }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::{HeaderName, HeaderValue};
    use axum::middleware::from_fn;
    use axum::routing::any;
    use tower::ServiceExt;

    /// What a browser tells, and whether it is a page of ours at `p.example`.
    fn told() -> Vec<(Vec<(&'static str, &'static str)>, bool)> {
        let own_host = ("host", "p.example");
        vec![
            (vec![], false),
            (vec![own_host], false),
            (vec![own_host, ("sec-fetch-site", "same-origin")], true),
            (vec![own_host, ("sec-fetch-site", "same-origin"), ("origin", "https://p.example")], true),
            (vec![own_host, ("sec-fetch-site", "same-origin"), ("origin", "null")], false),
            (vec![own_host, ("sec-fetch-site", "same-site")], false),
            (vec![own_host, ("sec-fetch-site", "none")], false),
            (vec![own_host, ("sec-fetch-site", "")], false),
            (vec![own_host, ("sec-fetch-site", "cross-site"), ("origin", "https://p.example")], false),
            (vec![own_host, ("origin", "https://p.example")], true),
            (vec![("host", "p.example:8080"), ("origin", "http://P.example:8080")], true),
            (vec![own_host, ("origin", "https://p.example:8443")], false),
            (vec![own_host, ("origin", "https://evil.example")], false),
            (vec![own_host, ("origin", "null")], false),
            (vec![own_host, ("origin", "p.example")], false),
            (vec![own_host, ("origin", "https://p.example.evil.example")], false),
            (vec![("origin", "https://p.example")], false),
        ]
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(header).collect()
    }

    #[test]
    fn only_our_own_pages_are_ours() {
        for (pairs, own) in told() {
            assert_eq!(is_own_page(&headers(&pairs), &Uri::from_static("/x")), own, "{pairs:?}");
        }
        let whole = Uri::from_static("https://p.example/x");
        assert!(
            is_own_page(&headers(&[("origin", "https://p.example")]), &whole),
            "HTTP/2 names the host in the address"
        );
    }

    #[tokio::test]
    async fn whoever_changes_something_has_to_be_ours_and_anybody_may_look() {
        let router = Router::new().route("/", any(|| async { "done" })).layer(from_fn(own_pages));
        for (pairs, own) in told() {
            for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                let mut request = Request::builder().method(&method).uri("/").body(Body::empty()).unwrap();
                *request.headers_mut() = headers(&pairs);
                let status = router.clone().oneshot(request).await.unwrap().status();
                assert_eq!(status.is_success(), own, "{method} {pairs:?}");
            }
            let mut request = Request::get("/").body(Body::empty()).unwrap();
            *request.headers_mut() = headers(&pairs);
            assert!(router.clone().oneshot(request).await.unwrap().status().is_success(), "GET {pairs:?}");
        }
    }

    #[test]
    fn an_open_page_alone_is_nobody() {
        let mode = |mode: &str| headers(&[("sec-fetch-mode", mode)]);
        for (method, headers, expected) in [
            (Method::GET, mode("cors"), Presence::Script),
            (Method::GET, mode("same-origin"), Presence::Script),
            (Method::GET, mode("navigate"), Presence::Person),
            (Method::GET, HeaderMap::new(), Presence::Person),
            (Method::POST, mode("cors"), Presence::Person),
        ] {
            assert_eq!(presence(&method, &headers), expected, "{method} {headers:?}");
        }
    }
}
