//! What a provider publishes of itself: its addresses and its keys. Both are kept for a while; keys are read anew as soon as a token
//! names one that is not known, so that a provider may change them at any moment.

use super::OpenId;
use crate::domain::outcome::ReadError;
use crate::upstream::json::read_json;
use crate::upstream::transport::{Call, Method};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use reqwest::header::{ACCEPT, HeaderMap};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where the discovery document is, below the issuer (`OpenID` Connect Discovery 1.0, 4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";
/// How long what was read is taken to be true.
const FRESH: Duration = Duration::from_mins(30);

/// The part of the discovery document that is used.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    pub(super) userinfo_endpoint: Option<String>,
    #[serde(default)]
    pub(super) scopes_supported: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Metadata {
    /// How our client shows its secret: in a header unless the provider takes it in the form alone.
    pub(super) fn takes_basic(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_ref();
        methods.is_none_or(|methods| {
            methods.iter().any(|method| method == "client_secret_basic")
                || !methods.iter().any(|method| method == "client_secret_post")
        })
    }
}

/// What is kept of all providers; shared by all clients of a process.
#[derive(Debug, Default)]
pub struct Documents {
    metadata: Mutex<HashMap<String, (Instant, Arc<Metadata>)>>,
    keys: Mutex<HashMap<String, (Instant, Arc<JwkSet>)>>,
}

type Kept<T> = Mutex<HashMap<String, (Instant, Arc<T>)>>;

/// What is kept of this name and not older than `age`.
fn kept<T>(all: &Kept<T>, name: &str, age: Duration) -> Option<Arc<T>> {
    // A map of documents is valid in any state.
    let all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.get(name).filter(|(read, _)| read.elapsed() < age).map(|(_, document)| Arc::clone(document))
}

fn keep<T>(all: &Kept<T>, name: &str, document: T) -> Arc<T> {
    let document = Arc::new(document);
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.insert(name.to_owned(), (Instant::now(), Arc::clone(&document)));
    document
}

impl OpenId {
    /// The provider's addresses.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, ReadError> {
        let issuer = self.config.issuer.as_str();
        if let Some(metadata) = kept(&self.documents.metadata, issuer, FRESH) {
            return Ok(metadata);
        }
        let address = format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/'));
        let metadata: Metadata = self.document("discovery", &address).await?;
        if metadata.issuer != issuer {
            return Err(ReadError::Unreadable("the provider calls itself something else".to_owned()));
        }
        Ok(keep(&self.documents.metadata, issuer, metadata))
    }

    /// The provider's key of this name; without a name, the only one there is.
    pub(super) async fn key(&self, name: Option<&str>) -> Result<Option<Jwk>, ReadError> {
        let metadata = self.metadata().await?;
        let address = metadata.jwks_uri.as_str();
        // Nobody but the provider itself hands us tokens, so nobody else has us ask for keys.
        if let Some(found) = kept(&self.documents.keys, address, FRESH).and_then(|keys| find(&keys, name)) {
            return Ok(Some(found));
        }
        let keys: JwkSet = self.document("keys", address).await?;
        Ok(find(&keep(&self.documents.keys, address, keys), name))
    }

    async fn document<T: DeserializeOwned>(&self, operation: &'static str, address: &str) -> Result<T, ReadError> {
        let url = self.endpoint(address)?;
        let headers = HeaderMap::from_iter([(ACCEPT, super::JSON)]);
        let call = Call { operation, method: Method::Get, url, headers, body: None, trace_id: None };
        read_json(&self.send(call).await?)
    }
}

fn find(keys: &JwkSet, name: Option<&str>) -> Option<Jwk> {
    match (name, keys.keys.as_slice()) {
        (Some(name), _) => keys.find(name).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}
