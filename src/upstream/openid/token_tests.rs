use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use serde_json::json;

const EXPECTED: Expected<'_> =
    Expected { issuer: "https://login.example/t", client_id: "client", nonce: Some("nonce-1") };

fn text(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

fn claims() -> Value {
    json!({ "iss": "https://login.example/t", "aud": "client", "sub": "42", "nonce": "nonce-1", "iat": now(), "exp": now() + 300 })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn jwk(value: Value) -> Jwk {
    serde_json::from_value(value).unwrap()
}

struct Rsa(RsaKeyPair);

impl Rsa {
    fn new() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    fn jwk(&self, further: &Value) -> Jwk {
        let public = self.0.public_key();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut key = json!({
            "kty": "RSA",
            "n": part(public.modulus().big_endian_without_leading_zero()),
            "e": part(public.exponent().big_endian_without_leading_zero()),
        });
        key.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        jwk(key)
    }

    fn sign_as(&self, algorithm: &str, padding: &'static dyn RsaEncoding, claims: &Value) -> String {
        let message = format!("{}.{}", text(&json!({ "alg": algorithm, "typ": "JWT" })), text(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn sign(&self, claims: &Value) -> String {
        self.sign_as("RS256", &RSA_PKCS1_SHA256, claims)
    }
}

#[test]
fn a_right_token_is_accepted_whatever_key_pair_signed_it() {
    let rsa = Rsa::new();
    let key = rsa.jwk(&json!({ "use": "sig", "alg": "RS256" }));
    assert_eq!(verify(&rsa.sign(&claims()), &key, EXPECTED).unwrap()["sub"], "42");
    let plain = rsa.jwk(&json!({}));
    assert!(verify(&rsa.sign_as("PS256", &RSA_PSS_SHA256, &claims()), &plain, EXPECTED).is_some());
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let key =
        jwk(json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) }));
    let message = format!("{}.{}", text(&json!({ "alg": "ES256" })), text(&claims()));
    let signature = pair.sign(&random, message.as_bytes()).unwrap();
    let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
    assert!(verify(&token, &key, EXPECTED).is_some());
}

#[test]
fn a_token_has_to_be_for_us_from_this_attempt_and_of_now() {
    let rsa = Rsa::new();
    let key = rsa.jwk(&json!({}));
    let is_right = |claims: Value| verify(&rsa.sign(&claims), &key, EXPECTED).is_some();
    for (claims, right) in [
        (with("aud", json!(["client"])), true),
        (with("exp", json!(now() - 5)), true),
        (with("nbf", json!(now() + 5)), true),
        (with("azp", json!("client")), true),
        (with("exp", json!(now() - 30)), false),
        (with("exp", json!("tomorrow")), false),
        (without("exp"), false),
        (with("nbf", json!(now() + 60)), false),
        (with("iss", json!("https://login.example/other")), false),
        (with("iss", json!("https://login.example/t/")), false),
        (without("iss"), false),
        (with("aud", json!("another")), false),
        (with("aud", json!([])), false),
        (without("aud"), false),
        (with("aud", json!(["client", "another"])), false),
        (with("azp", json!("another")), false),
        (with("azp", json!(7)), false),
        (with("nonce", json!("nonce-2")), false),
        (with("nonce", json!("")), false),
        (without("nonce"), false),
        (without("sub"), false),
    ] {
        assert_eq!(is_right(claims.clone()), right, "{claims}");
    }
    let mut many = with("aud", json!(["client", "another"]));
    many["azp"] = json!("client");
    assert!(is_right(many), "one of many, made for us");
    assert!(verify(&rsa.sign(&without("nonce")), &key, Expected { nonce: None, ..EXPECTED }).is_some(), "renewed");
}

#[test]
fn only_the_providers_own_signature_counts() {
    let (rsa, other) = (Rsa::new(), Rsa::new());
    let key = rsa.jwk(&json!({}));
    let is_right = |token: &str| verify(token, &key, EXPECTED).is_some();
    let good = rsa.sign(&claims());
    assert!(is_right(&good));
    assert!(!is_right(&other.sign(&claims())), "another key");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let forged = format!("{}.{}.{signature}", head.split_once('.').unwrap().0, text(&with("sub", json!("1"))));
    assert!(!is_right(&forged), "other claims");
    for algorithm in ["none", "None", "HS256", "ES256", "RS1"] {
        let message = format!("{}.{}", text(&json!({ "alg": algorithm })), text(&claims()));
        for signature in ["", signature] {
            assert!(!is_right(&format!("{message}.{signature}")), "{algorithm} {signature}");
        }
    }
    // The public key taken for a shared secret.
    let public = serde_json::to_vec(&key).unwrap();
    let symmetric = jsonwebtoken::EncodingKey::from_secret(&public);
    let token = jsonwebtoken::encode(&jsonwebtoken::Header::new(Algorithm::HS256), &claims(), &symmetric).unwrap();
    assert!(!is_right(&token), "a secret instead of a key pair");
    let shared = jwk(json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(&public) }));
    assert!(verify(&token, &shared, EXPECTED).is_none(), "a shared secret among the provider's keys");
    assert!(verify(&good, &rsa.jwk(&json!({ "use": "enc" })), EXPECTED).is_none(), "a key for something else");
    assert!(verify(&good, &rsa.jwk(&json!({ "alg": "PS256" })), EXPECTED).is_none(), "a key of another algorithm");
    for garbage in ["", ".", "..", "a.b.c", "{}", head] {
        assert!(!is_right(garbage), "{garbage}");
    }
}

#[test]
fn a_verifier_is_shown_as_its_hash_first() {
    // RFC 7636, appendix B.
    let verifier = SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}
