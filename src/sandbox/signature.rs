//! The signature both Trend Micro APIs demand (`lmpi.md` 2.2), from the server's side.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

/// What is signed: one request, exactly as it came over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The text of `x-posix-time`.
    pub posix_time: &'a str,
    /// The method in upper case.
    pub method: &'a str,
    /// Path and query as sent; no scheme, no host.
    pub target: &'a str,
    /// The body bytes; empty means that there is no body, and nothing is hashed for it.
    pub body: &'a [u8],
}

impl Signed<'_> {
    /// The value that `x-signature` must have.
    #[expect(clippy::missing_panics_doc, reason = "HMAC takes keys of any length")]
    pub fn signature(&self, secret_key: &str) -> String {
        // The secret looks like Base64, yet its text is the key.
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(secret_key.as_bytes()).expect("HMAC accepts a key of any length");
        mac.update(self.posix_time.as_bytes());
        mac.update(self.method.as_bytes());
        mac.update(self.target.as_bytes());
        if !self.body.is_empty() {
            mac.update(content_hash(self.body).as_bytes());
        }
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

fn content_hash(body: &[u8]) -> String {
    STANDARD.encode(Md5::digest(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "EXAMPLE-secret-key-for-tests-0001==";

    fn signature(method: &str, target: &str, body: &str) -> String {
        Signed { posix_time: "1700000000", method, target, body: body.as_bytes() }.signature(KEY)
    }

    #[test]
    fn a_plain_read() {
        let expected = "dpvGdoCdH9LpfF0G4EWwtu4Jx3Vr3u1NQ9YuEynaYnY=";
        assert_eq!(signature("GET", "/LMPI/v3/me/serviceplans", ""), expected);
    }

    #[test]
    fn a_read_with_a_query_keeps_its_colons() {
        let target =
            "/LMPI/v3/customers?created_start=2020-01-01T00:00:00Z&created_end=2024-01-01T00:00:00Z&page=1&limit=100";
        assert_eq!(signature("GET", target, ""), "zEsxBg/vh25396++m8QVK1QRlQzeg6HlnkWiaWO1FoY=");
    }

    #[test]
    fn a_create_with_a_body() {
        let target = "/LMPI/v3/customers/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/subscriptions";
        let body = r#"{"service_plan_id":"11111111-2222-4333-8444-555555555555","units_per_license":25}"#;
        assert_eq!(content_hash(body.as_bytes()), "vtUVTt2yvs7NZ5Yci7bwZw==");
        assert_eq!(signature("POST", target, body), "0F9Mco33z84AfbJ42IiBfvhfw5NfF90oq44rAjbqW2U=");
    }

    #[test]
    fn a_body_beyond_ascii_is_hashed_as_utf8() {
        let target = "/LMPI/v3/customers/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
        let body = r#"{"name":"Åre Test AB"}"#;
        assert_eq!(content_hash(body.as_bytes()), "oh/vrtDK3aDYvTkvZFhnEA==");
        assert_eq!(signature("PUT", target, body), "eaRadwaG003yHRP1C+5Ie/Ea/qUR8J+UqgkK5yldDmg=");
    }
}
