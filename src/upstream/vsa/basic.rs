//! The `Basic` header of a name and a secret (`kaseya-vsa9.md` 3.1, `kaseya-vsa10.md` 2).

use crate::upstream::transport::ConfigError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};

/// Makes the header; it is never shown in logs.
pub(super) fn basic(name: &str, secret: &SecretString) -> Result<HeaderValue, ConfigError> {
    let name = name.trim();
    if name.is_empty() || name.contains(':') || name.chars().any(char::is_control) {
        return Err(ConfigError::NotAHeader);
    }
    let pair = Zeroizing::new(format!("{name}:{}", secret.expose_secret().trim()));
    let encoded = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&encoded).map_err(|_| ConfigError::NotAHeader)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_headers_are_made() {
        for (name, secret, expected) in [
            ("token-id-1", "token-secret-1", "Basic dG9rZW4taWQtMTp0b2tlbi1zZWNyZXQtMQ=="),
            (" token-id-1 ", "token-secret-1\n", "Basic dG9rZW4taWQtMTp0b2tlbi1zZWNyZXQtMQ=="),
        ] {
            assert_eq!(basic(name, &SecretString::from(secret)).unwrap(), expected);
        }
        assert!(format!("{:?}", basic("a", &SecretString::from("b"))).contains("Sensitive"));
    }

    #[test]
    fn names_that_would_end_early_are_refused() {
        for name in ["", " ", "a:b", "a\nb"] {
            assert!(basic(name, &SecretString::from("x")).is_err(), "{name:?}");
        }
    }
}
