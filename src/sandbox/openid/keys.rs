//! The provider's keys. They are made once for the process: what signs is no secret here, and making them takes its time.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// Enough for a change of keys, and for one that is never published.
const COUNT: usize = 3;

static KEYS: [OnceLock<RsaKeyPair>; COUNT] = [const { OnceLock::new() }; COUNT];

fn pair(number: usize) -> &'static RsaKeyPair {
    KEYS[number % COUNT].get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("the machine can make a key"))
}

/// The name of a key.
pub(super) fn name(number: usize) -> String {
    format!("key-{number}")
}

/// The public half of a key, as it is published.
pub(super) fn published(number: usize) -> Value {
    let public = pair(number).public_key();
    json!({
        "kid": name(number),
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
    })
}

/// A signature with a key (`RS256`).
pub(super) fn sign(number: usize, message: &str) -> Vec<u8> {
    let pair = pair(number);
    let mut signature = vec![0; pair.public_modulus_len()];
    let signed = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature);
    signed.expect("a key signs");
    signature
}
