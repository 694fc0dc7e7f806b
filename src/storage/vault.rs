//! Secrets at rest: XChaCha20-Poly1305, bound to partner and vendor.

use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};

const NONCE: usize = 24;

/// Seals and opens credentials with one key.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    key_id: String,
}

/// A sealed secret that does not open: another key, or it was copied from another place or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored credentials cannot be opened with this key; enter them again")]
pub struct CannotOpen;

impl Vault {
    /// A vault for a 32-byte key.
    pub fn new(key: &SecretBox<[u8; 32]>) -> Self {
        let key_id = Sha256::digest(key.expose_secret())
            .iter()
            .take(6)
            .fold(String::new(), |id, byte| id + &format!("{byte:02x}"));
        Self { cipher: XChaCha20Poly1305::new(key.expose_secret().into()), key_id }
    }

    /// Names the key without telling it.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Seals `plain` so that it opens only for this partner and vendor.
    pub fn seal(&self, partner: PartnerId, vendor: Vendor, plain: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let nonce: [u8; NONCE] = rand::random();
        let aad = context(partner, vendor);
        let sealed =
            self.cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad }).map_err(|_| CannotOpen)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Vault::seal`] sealed for the same partner and vendor.
    pub fn open(&self, partner: PartnerId, vendor: Vendor, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(CannotOpen)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| CannotOpen)?;
        let aad = context(partner, vendor);
        self.cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: &aad }).map_err(|_| CannotOpen)
    }
}

fn context(partner: PartnerId, vendor: Vendor) -> Vec<u8> {
    format!("connection/{partner}/{}/1", super::rows::vendor_text(vendor)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(&SecretBox::new(Box::new([byte; 32])))
    }

    #[test]
    fn a_secret_opens_only_where_it_belongs() {
        let (a, b) = (PartnerId(uuid::Uuid::from_u128(1)), PartnerId(uuid::Uuid::from_u128(2)));
        let sealed = vault(7).seal(a, Vendor::Lmp, b"secret").unwrap();
        assert_eq!(vault(7).open(a, Vendor::Lmp, &sealed).unwrap(), b"secret");
        assert_eq!(vault(8).open(a, Vendor::Lmp, &sealed), Err(CannotOpen));
        assert_eq!(vault(7).open(b, Vendor::Lmp, &sealed), Err(CannotOpen));
        assert_eq!(vault(7).open(a, Vendor::Vsa, &sealed), Err(CannotOpen));
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(vault(7).open(a, Vendor::Lmp, &changed), Err(CannotOpen));
        assert_eq!(vault(7).open(a, Vendor::Lmp, &sealed[..10]), Err(CannotOpen));
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }
}
