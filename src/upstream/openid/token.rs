//! ID tokens: signed by the provider, for us, in this attempt, now (`OpenID` Connect Core 1.0, 3.1.3.7).

use super::OpenId;
use super::claims::Claims;
use crate::domain::outcome::ReadError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// Signatures with a key pair. A secret that both sides know, or none at all, is never accepted.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// Seconds by which clocks may differ.
const LEEWAY: u64 = 10;
/// The longest token that is looked at, in bytes.
const LONGEST: usize = 64 * 1024;

/// What is shown of a verifier before it is shown itself (RFC 7636, 4.2).
pub(super) fn challenge(verifier: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret()))
}

/// What has to be right about a token beside its signature.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// None where tokens were renewed: then there is no attempt.
    pub(super) nonce: Option<&'a str>,
}

impl OpenId {
    /// The claims of a token that is right. What is wrong about another is not said: whoever made it knows.
    pub(super) async fn verified(&self, token: &str, nonce: Option<&str>) -> Result<Claims, ReadError> {
        let header = Some(token).filter(|token| token.len() <= LONGEST).and_then(|token| decode_header(token).ok());
        let header = header.ok_or(ReadError::CredentialsRefused)?;
        let key = self.key(header.kid.as_deref()).await?.ok_or(ReadError::CredentialsRefused)?;
        let expected = Expected { issuer: &self.config.issuer, client_id: &self.config.client_id, nonce };
        Claims::of(verify(token, &key, expected).ok_or(ReadError::CredentialsRefused)?)
    }
}

/// The claims of a token that this key signed and that is as expected.
pub(super) fn verify(token: &str, key: &Jwk, expected: Expected<'_>) -> Option<Map<String, Value>> {
    let algorithm = decode_header(token).ok()?.alg;
    if !ALGORITHMS.contains(&algorithm) || !is_for(key, algorithm) {
        return None;
    }
    let mut validation = Validation::new(algorithm);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // A key of another kind than the algorithm's is refused by the library.
    let claims = decode::<Map<String, Value>>(token, &DecodingKey::from_jwk(key).ok()?, &validation).ok()?.claims;
    let is_right = is_for_us(&claims, expected.client_id) && is_from_us(&claims, expected.nonce);
    is_right.then_some(claims)
}

/// Whether the provider keeps this key for such signatures.
fn is_for(key: &Jwk, algorithm: Algorithm) -> bool {
    let signs = key.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let fits = key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
    signs && fits
}

/// A token for several says for whom of them it was made.
fn is_for_us(claims: &Map<String, Value>, client_id: &str) -> bool {
    let is_one_of_many = claims.get("aud").and_then(Value::as_array).is_some_and(|audience| audience.len() > 1);
    let party = claims.get("azp").map(|party| party.as_str() == Some(client_id));
    party.unwrap_or(!is_one_of_many)
}

fn is_from_us(claims: &Map<String, Value>, nonce: Option<&str>) -> bool {
    let Some(nonce) = nonce else { return true };
    let found = claims.get("nonce").and_then(Value::as_str).unwrap_or_default();
    found.as_bytes().ct_eq(nonce.as_bytes()).into()
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
