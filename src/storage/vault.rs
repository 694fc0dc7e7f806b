//! Secrets at rest: each has a data key of its own, wrapped by a key that is kept elsewhere and has an id.
//!
//! Both the secret and its wrapped key are bound to the partner, the column and the record they belong to (XChaCha20-Poly1305 with
//! additional data): copied to another place, neither opens. Changing the outer key wraps the data keys anew and touches no secret.

use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};

const NONCE: usize = 24;
const TAG: usize = 16;
const KEY: usize = 32;
/// How an envelope begins: marker, id of the outer key, wrapped data key. Secrets from before begin with a random nonce.
const MARKER: &[u8; 4] = b"WFS2";
const KEY_ID: usize = 6;
const WRAPPED: usize = NONCE + KEY + TAG;

/// What a sealed secret belongs to, beside its partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// The credentials for a vendor.
    Connection(Vendor),
    /// The secret of our client at the partner's `OpenID` Connect provider.
    OpenIdProvider,
    /// The tokens of a person who signed in.
    Grant {
        /// Where: `vsa` or `openid`.
        method: String,
        /// The person there.
        user_id: String,
    },
}

impl From<Vendor> for Record {
    fn from(vendor: Vendor) -> Self {
        Self::Connection(vendor)
    }
}

/// Seals with one key and opens with that and further ones.
pub struct Vault {
    /// The first one seals.
    keys: Vec<OuterKey>,
}

struct OuterKey {
    cipher: XChaCha20Poly1305,
    id: [u8; KEY_ID],
    name: String,
}

/// A sealed secret that does not open: another key, or it was copied from another place or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored credentials cannot be opened with this key; enter them again")]
pub struct CannotOpen;

impl Vault {
    /// A vault for a 32-byte key.
    pub fn new(key: &SecretBox<[u8; KEY]>) -> Self {
        Self { keys: vec![OuterKey::new(key)] }
    }

    /// Opens also what another key has sealed: before and while the key is changed.
    #[must_use]
    pub fn opening_with(mut self, further: &SecretBox<[u8; KEY]>) -> Self {
        self.keys.push(OuterKey::new(further));
        self
    }

    /// Names the key that seals without telling it.
    pub fn key_id(&self) -> &str {
        self.keys.first().map_or("", |key| &key.name)
    }

    /// Seals `plain` under a data key of its own, so that it opens only for this partner and record.
    pub fn seal(&self, partner: PartnerId, record: impl Into<Record>, plain: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let record = record.into();
        let data_key: SecretBox<[u8; KEY]> = SecretBox::new(Box::new(rand::random()));
        let secret = encrypt(&cipher(&data_key), plain, &place(SECRET, partner, &record))?;
        self.envelope(partner, &record, data_key.expose_secret(), &secret)
    }

    /// Opens what [`Vault::seal`] sealed for the same partner and record.
    pub fn open(&self, partner: PartnerId, record: impl Into<Record>, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let record = record.into();
        match self.unwrapped(partner, &record, sealed) {
            Some((data_key, secret)) => decrypt(&cipher(&data_key), secret, &place(SECRET, partner, &record)),
            None => self.open_first_kind(partner, &record, sealed),
        }
    }

    /// The same secret under the key that seals now: its data key wrapped anew, or, if it is from before there were data keys, sealed anew.
    pub fn rewrap(&self, partner: PartnerId, record: impl Into<Record>, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let record = record.into();
        if let Some((data_key, secret)) = self.unwrapped(partner, &record, sealed) {
            return self.envelope(partner, &record, data_key.expose_secret(), secret);
        }
        let plain = self.open_first_kind(partner, &record, sealed)?;
        self.seal(partner, record, &plain)
    }

    fn envelope(
        &self,
        partner: PartnerId,
        record: &Record,
        data_key: &[u8; KEY],
        secret: &[u8],
    ) -> Result<Vec<u8>, CannotOpen> {
        let outer = self.keys.first().ok_or(CannotOpen)?;
        let wrapped = encrypt(&outer.cipher, data_key, &place(DATA_KEY, partner, record))?;
        Ok([MARKER.as_slice(), &outer.id, &wrapped, secret].concat())
    }

    /// The data key of an envelope and the secret sealed with it; `None` if this is none, or none of ours.
    fn unwrapped<'a>(
        &self,
        partner: PartnerId,
        record: &Record,
        sealed: &'a [u8],
    ) -> Option<(SecretBox<[u8; KEY]>, &'a [u8])> {
        let (id, rest) = sealed.strip_prefix(MARKER)?.split_at_checked(KEY_ID)?;
        let (wrapped, secret) = rest.split_at_checked(WRAPPED)?;
        let outer = self.keys.iter().find(|key| key.id == id)?;
        let data_key = decrypt(&outer.cipher, wrapped, &place(DATA_KEY, partner, record)).ok()?;
        Some((SecretBox::new(Box::new(data_key.try_into().ok()?)), secret))
    }

    /// Before there were data keys the outer key sealed the secrets themselves, without saying which it was.
    fn open_first_kind(&self, partner: PartnerId, record: &Record, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        // Then there were no secrets but those of connections.
        let Record::Connection(vendor) = record else { return Err(CannotOpen) };
        let context = format!("connection/{partner}/{}/1", super::rows::vendor_text(*vendor)).into_bytes();
        self.keys.iter().find_map(|key| decrypt(&key.cipher, sealed, &context).ok()).ok_or(CannotOpen)
    }
}

impl OuterKey {
    fn new(key: &SecretBox<[u8; KEY]>) -> Self {
        let digest = Sha256::digest(key.expose_secret());
        let mut id = [0; KEY_ID];
        id.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        let name = id.iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"));
        Self { cipher: cipher(key), id, name }
    }
}

/// What is sealed: the secret itself, or the key that seals it. Neither can be passed off as the other.
const SECRET: &str = "secret";
const DATA_KEY: &str = "data-key";

/// Partner, table and column, record, purpose and version.
fn place(purpose: &str, partner: PartnerId, record: &Record) -> Vec<u8> {
    let place = match record {
        Record::Connection(vendor) => format!("connection.sealed/{}", super::rows::vendor_text(*vendor)),
        Record::OpenIdProvider => "openid_provider.sealed/".to_owned(),
        Record::Grant { method, user_id } => format!("sign_in_grant.sealed/{method}/{user_id}"),
    };
    format!("{partner}/{place}/{purpose}/2").into_bytes()
}

fn cipher(key: &SecretBox<[u8; KEY]>) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose_secret().into())
}

fn encrypt(cipher: &XChaCha20Poly1305, plain: &[u8], place: &[u8]) -> Result<Vec<u8>, CannotOpen> {
    let nonce: [u8; NONCE] = rand::random();
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place }).map_err(|_| CannotOpen)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn decrypt(cipher: &XChaCha20Poly1305, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, CannotOpen> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(CannotOpen)?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| CannotOpen)?;
    cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: place }).map_err(|_| CannotOpen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SecretBox<[u8; KEY]> {
        SecretBox::new(Box::new([byte; KEY]))
    }

    fn vault(byte: u8) -> Vault {
        Vault::new(&key(byte))
    }

    fn partners() -> (PartnerId, PartnerId) {
        (PartnerId(uuid::Uuid::from_u128(1)), PartnerId(uuid::Uuid::from_u128(2)))
    }

    #[test]
    fn a_secret_opens_only_where_it_belongs() {
        let (a, b) = partners();
        let sealed = vault(7).seal(a, Vendor::Lmp, b"secret").unwrap();
        assert_eq!(vault(7).open(a, Vendor::Lmp, &sealed).unwrap(), b"secret");
        assert_eq!(vault(8).open(a, Vendor::Lmp, &sealed), Err(CannotOpen));
        assert_eq!(vault(7).open(b, Vendor::Lmp, &sealed), Err(CannotOpen));
        assert_eq!(vault(7).open(a, Vendor::Vsa, &sealed), Err(CannotOpen));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(vault(7).open(a, Vendor::Lmp, &changed), Err(CannotOpen), "byte {place}");
            assert_eq!(vault(7).open(a, Vendor::Lmp, &sealed[..place]), Err(CannotOpen), "the first {place}");
        }
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn tokens_of_people_and_of_providers_open_only_where_they_belong() {
        let (a, _) = partners();
        let grant = |user: &str| Record::Grant { method: "vsa".to_owned(), user_id: user.to_owned() };
        let records = [grant("1"), grant("2"), Record::OpenIdProvider, Record::Connection(Vendor::Vsa)];
        for (index, record) in records.iter().enumerate() {
            let sealed = vault(7).seal(a, record.clone(), b"token").unwrap();
            for (other, place) in records.iter().enumerate() {
                assert_eq!(vault(7).open(a, place.clone(), &sealed).is_ok(), index == other, "{record:?} at {place:?}");
            }
        }
    }

    #[test]
    fn every_secret_has_a_key_of_its_own() {
        let (a, _) = partners();
        let (one, other) =
            (vault(7).seal(a, Vendor::Lmp, b"same").unwrap(), vault(7).seal(a, Vendor::Lmp, b"same").unwrap());
        let head = MARKER.len() + KEY_ID + WRAPPED;
        let mixed = [&one[..head], &other[head..]].concat();
        assert_eq!(vault(7).open(a, Vendor::Lmp, &mixed), Err(CannotOpen), "another one's data key");
    }

    #[test]
    fn both_keys_are_usable_until_all_is_wrapped_anew() {
        let (a, _) = partners();
        let old = vault(7).seal(a, Vendor::Lmp, b"secret").unwrap();
        let both = vault(8).opening_with(&key(7));
        assert_eq!(both.open(a, Vendor::Lmp, &old).unwrap(), b"secret");
        let new = both.rewrap(a, Vendor::Lmp, &old).unwrap();
        assert_eq!(vault(8).open(a, Vendor::Lmp, &new).unwrap(), b"secret");
        assert_eq!(vault(7).open(a, Vendor::Lmp, &new), Err(CannotOpen), "the old key opens it no more");
        let secret = MARKER.len() + KEY_ID + WRAPPED;
        assert_eq!(old[secret..], new[secret..], "the secret itself was not touched");
        assert_eq!(
            vault(7).opening_with(&key(8)).open(a, Vendor::Lmp, &new).unwrap(),
            b"secret",
            "known before it seals"
        );
        assert_eq!(vault(9).rewrap(a, Vendor::Lmp, &old), Err(CannotOpen));
    }

    #[test]
    fn what_was_sealed_before_there_were_data_keys_still_opens() {
        let (a, b) = partners();
        let context = format!("connection/{a}/lmp/1").into_bytes();
        let old = encrypt(&cipher(&key(7)), b"secret", &context).unwrap();
        assert_eq!(vault(7).open(a, Vendor::Lmp, &old).unwrap(), b"secret");
        assert_eq!(vault(7).open(b, Vendor::Lmp, &old), Err(CannotOpen));
        let both = vault(8).opening_with(&key(7));
        let new = both.rewrap(a, Vendor::Lmp, &old).unwrap();
        assert_eq!(vault(8).open(a, Vendor::Lmp, &new).unwrap(), b"secret");
    }
}
