//! The signature of LMPI and SMPI (`lmpi.md` 2.2).

use crate::upstream::transport::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// The value of `x-signature`. The key is the text of the secret as given, although it looks like Base64; path and
/// query are taken from the very URL that is sent; without a body there is no hash, not the hash of nothing.
pub(super) fn sign(key: &SecretString, posix_time: i64, method: Method, url: &Url, body: Option<&[u8]>) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(posix_time.to_string().as_bytes());
    mac.update(method.as_str().as_bytes());
    mac.update(url.path().as_bytes());
    if let Some(query) = url.query() {
        mac.update(b"?");
        mac.update(query.as_bytes());
    }
    if let Some(body) = body {
        mac.update(content_hash(body).as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

fn content_hash(body: &[u8]) -> String {
    STANDARD.encode(Md5::digest(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(method: Method, target: &str, body: Option<&str>) -> String {
        let key = SecretString::from("EXAMPLE-secret-key-for-tests-0001==");
        let url = Url::parse(&format!("https://lmpi.example{target}")).unwrap();
        sign(&key, 1_700_000_000, method, &url, body.map(str::as_bytes))
    }

    #[test]
    fn reads_are_signed_without_a_hash() {
        assert_eq!(
            signature(Method::Get, "/LMPI/v3/me/serviceplans", None),
            "dpvGdoCdH9LpfF0G4EWwtu4Jx3Vr3u1NQ9YuEynaYnY="
        );
        let range = "created_start=2020-01-01T00:00:00Z&created_end=2024-01-01T00:00:00Z&page=1&limit=100";
        assert_eq!(
            signature(Method::Get, &format!("/LMPI/v3/customers?{range}"), None),
            "zEsxBg/vh25396++m8QVK1QRlQzeg6HlnkWiaWO1FoY="
        );
    }

    #[test]
    fn bodies_are_hashed_as_sent() {
        let body = r#"{"service_plan_id":"11111111-2222-4333-8444-555555555555","units_per_license":25}"#;
        assert_eq!(content_hash(body.as_bytes()), "vtUVTt2yvs7NZ5Yci7bwZw==");
        assert_eq!(
            signature(
                Method::Post,
                "/LMPI/v3/customers/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/subscriptions",
                Some(body)
            ),
            "0F9Mco33z84AfbJ42IiBfvhfw5NfF90oq44rAjbqW2U="
        );
        let body = r#"{"name":"Åre Test AB"}"#;
        assert_eq!(content_hash(body.as_bytes()), "oh/vrtDK3aDYvTkvZFhnEA==");
        assert_eq!(
            signature(Method::Put, "/LMPI/v3/customers/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", Some(body)),
            "eaRadwaG003yHRP1C+5Ie/Ea/qUR8J+UqgkK5yldDmg="
        );
    }
}
