//! What every answer of a screen has in common: the partner of the path, the headers, and a page for every error.

use super::WebState;
use super::error::{ErrorPage, Failure, WebError};
use super::language::{self, Words};
use super::layout::{Layout, show_as};
use crate::http::rates::TooMany;
use crate::http::request_id::current;
use crate::service::ServiceError;
use crate::service::access::{PartnerView, partner_by_key};
use axum::extract::{RawPathParams, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Finds the partner of the path, hands it to the page and finishes the answer.
pub async fn partner(
    State(state): State<WebState>,
    params: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let key = params.iter().find(|(name, _)| *name == "partner_key").map(|(_, key)| key.to_owned()).unwrap_or_default();
    let request_id = current();
    let words = language::of(request.headers());
    request.extensions_mut().insert(words);
    match partner_by_key(&state.app, &key).await {
        Ok(Some(partner)) => {
            request.extensions_mut().insert(partner.clone());
            finish(next.run(request).await, words, Some(&partner), &request_id)
        }
        Ok(None) => finish(WebError::from(ServiceError::NotFound).into_response(), words, None, &request_id),
        Err(error) => finish(WebError::from(error).into_response(), words, None, &request_id),
    }
}

/// The page for an address that sends more requests than are allowed: whose page is asked for is not even looked up.
pub fn too_many(too_many: TooMany) -> Response {
    finish(WebError::TooMany(too_many).into_response(), language::english(), None, &current())
}

/// Finishes the answer of a page that belongs to no partner: nobody may frame it.
pub async fn outside(mut request: Request, next: Next) -> Response {
    let request_id = current();
    let words = language::of(request.headers());
    request.extensions_mut().insert(words);
    finish(next.run(request).await, words, None, &request_id)
}

/// For addresses below a partner that are not ours.
pub async fn not_found() -> WebError {
    ServiceError::NotFound.into()
}

/// Headers of static files.
pub async fn static_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Writes the error page where one is missing, and sets the headers.
fn finish(response: Response, words: Words, partner: Option<&PartnerView>, request_id: &str) -> Response {
    let mut response = if needs_page(&response) { error_page(&response, words, partner, request_id) } else { response };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy(partner));
    // Not `no-referrer`: with it browsers send `Origin: null` with our own forms, and the origin check would refuse them.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn needs_page(response: &Response) -> bool {
    let is_html = |value: &HeaderValue| value.as_bytes().starts_with(b"text/html");
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    is_error && !response.headers().get(CONTENT_TYPE).is_some_and(is_html)
}

fn error_page(response: &Response, words: Words, partner: Option<&PartnerView>, request_id: &str) -> Response {
    let status = response.status();
    let failure = response.extensions().get::<Failure>().cloned().unwrap_or(Failure::Status);
    let said = failure.said(words, status);
    let layout = Layout::outside(words, partner, said.title.clone());
    let page = ErrorPage { layout, said, request_id: request_id.to_owned() };
    show_as(status, &page).unwrap_or_else(|_| status.into_response())
}

/// Nothing but our own files and forms; only the partner's VSA may frame the page.
fn policy(partner: Option<&PartnerView>) -> HeaderValue {
    let ancestors = partner.and_then(|partner| partner.vsa_origin.as_deref()).filter(|origin| is_origin(origin));
    let text = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {}",
        ancestors.unwrap_or("'none'")
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PartnerId;

    fn partner(origin: Option<&str>) -> PartnerView {
        PartnerView {
            partner_id: PartnerId(uuid::Uuid::nil()),
            key: "k".into(),
            name: "n".into(),
            email: "e".into(),
            vsa_origin: origin.map(str::to_owned),
        }
    }

    #[test]
    fn only_the_partners_vsa_may_frame() {
        let ancestors =
            |origin| policy(Some(&partner(origin))).to_str().unwrap().rsplit(' ').next().unwrap().to_owned();
        assert_eq!(ancestors(Some("https://vsa.example:8443")), "https://vsa.example:8443");
        for origin in [None, Some("https://a.example; script-src *"), Some("*"), Some("https://")] {
            assert_eq!(ancestors(origin), "'none'", "{origin:?}");
        }
        assert!(policy(None).to_str().unwrap().ends_with("'none'"));
        assert!(!policy(None).to_str().unwrap().contains("unsafe"));
    }

    #[test]
    fn errors_get_a_page_and_pages_stay() {
        let page = finish(axum::http::StatusCode::METHOD_NOT_ALLOWED.into_response(), language::english(), None, "id");
        assert!(page.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
        assert_eq!(page.headers()[CACHE_CONTROL], "no-store");
    }
}
