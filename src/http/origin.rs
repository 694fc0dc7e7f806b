//! Whether a page of ours sent a request: the one rule for every change that a cookie allows.

use crate::service::access::Presence;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Lets a request that may change something pass only if a page of ours sent it; the answer to all others is 403.
///
/// Reading passes from anywhere: nothing that is read changes anything. `public` is the origin that browsers know us by.
pub async fn own_pages(State(public): State<Arc<str>>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own_page(request.headers(), request.uri(), &public) {
        return next.run(request).await;
    }
    StatusCode::FORBIDDEN.into_response()
}

/// Whether a page of this service sent the request, as the browser tells it.
///
/// `Sec-Fetch-Site` cannot be forged by a page, and an `Origin` beside it has to be ours as well; browsers that do not send the one
/// have to send the other. A request with neither may come from anywhere. Ours is the host that was asked, or the public origin
/// where a proxy in front asks by another name. `Origin: null` is a page without an origin of its own: a sandboxed frame, a file, a
/// redirect from elsewhere. A header that comes more than once has to say the same each time.
pub fn is_own_page(headers: &HeaderMap, uri: &Uri, public: &str) -> bool {
    let (sites, origins) = (headers.get_all("sec-fetch-site"), headers.get_all(header::ORIGIN));
    let is_told = headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = asked.or_else(|| uri.authority().map(Authority::as_str));
    let is_ours = |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| is_own_origin(origin, asked, public));
    is_told && sites.iter().all(|site| site == "same-origin") && origins.iter().all(is_ours)
}

fn is_own_origin(origin: &str, asked: Option<&str>, public: &str) -> bool {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let is_asked = host.zip(asked).is_some_and(|(host, asked)| host.eq_ignore_ascii_case(asked));
    is_asked || origin.eq_ignore_ascii_case(public)
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
    use axum::http::HeaderName;
    use axum::middleware::from_fn_with_state;
    use axum::routing::any;
    use tower::ServiceExt;

    /// What browsers know us by.
    const PUBLIC: &str = "https://public.example";

    /// What a browser tells, and whether it is a page of ours at `p.example`.
    fn told() -> Vec<(Vec<(&'static str, &'static str)>, bool)> {
        let own_host = ("host", "p.example");
        vec![
            (vec![], false),
            (vec![own_host], false),
            (vec![own_host, ("sec-fetch-site", "same-origin")], true),
            (vec![own_host, ("sec-fetch-site", "same-origin"), ("origin", "https://p.example")], true),
            (vec![own_host, ("sec-fetch-site", "same-origin"), ("origin", "null")], false),
            (vec![own_host, ("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], false),
            (vec![own_host, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
            (vec![own_host, ("origin", "https://p.example"), ("origin", "https://evil.example")], false),
            // A proxy that asks by a name of its own.
            (vec![("host", "inside:8080"), ("sec-fetch-site", "same-origin"), ("origin", PUBLIC)], true),
            (vec![("host", "inside:8080"), ("origin", "https://public.example:8443")], false),
            (vec![("host", "inside:8080"), ("origin", "http://public.example")], false),
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
        // Collected one by one, a name that comes again would replace the one before.
        let mut headers = HeaderMap::new();
        pairs.iter().map(header).for_each(|(name, value)| {
            headers.append(name, value);
        });
        headers
    }

    #[test]
    fn only_our_own_pages_are_ours() {
        for (pairs, own) in told() {
            assert_eq!(is_own_page(&headers(&pairs), &Uri::from_static("/x"), PUBLIC), own, "{pairs:?}");
        }
        let whole = Uri::from_static("https://p.example/x");
        assert!(
            is_own_page(&headers(&[("origin", "https://p.example")]), &whole, PUBLIC),
            "HTTP/2 names the host in the address"
        );
    }

    #[tokio::test]
    async fn whoever_changes_something_has_to_be_ours_and_anybody_may_look() {
        let router =
            Router::new().route("/", any(|| async { "done" })).layer(from_fn_with_state(Arc::from(PUBLIC), own_pages));
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
