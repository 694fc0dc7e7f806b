//! Ids as opaque text, one type for each kind of thing.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest id that is accepted anywhere, in characters.
pub const MAX_ID_LENGTH: usize = 128;

/// Text that cannot be an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to {MAX_ID_LENGTH} printable ASCII characters")]
pub struct InvalidId;

fn is_id(text: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $normalize:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id; surrounding spaces are ignored.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let text = text.trim();
                if is_id(text) { Ok(Self($normalize(text))) } else { Err(InvalidId) }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A VSA organization. VSA 9 ids are decimals of up to 26 digits that fit no number type
    /// (`kaseya-vsa9.md` 0.3), so they stay text in every layer.
    OrganizationId,
    str::to_owned
);
text_id!(
    /// An LMP customer. GUIDs come in any case and are compared without it (`lmpi.md` 4): stored in lower case.
    AccountId,
    str::to_ascii_lowercase
);
text_id!(
    /// An LMP service plan, in lower case.
    ServicePlanId,
    str::to_ascii_lowercase
);
text_id!(
    /// A subscription of an LMP customer, in lower case.
    SubscriptionId,
    str::to_ascii_lowercase
);
text_id!(
    /// A license pool: LMP product and version (`lmpi.md` 7), in lower case.
    LicensePoolId,
    str::to_ascii_lowercase
);
text_id!(
    /// A settings template of the partner, as named in its configuration.
    TemplateId,
    str::to_owned
);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// A partner: an MSP, our tenant.
    PartnerId
);
uuid_id!(
    /// An import: one run of the wizard.
    ImportId
);
uuid_id!(
    /// An operation: one intended upstream write.
    OperationId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_every_digit() {
        let id = OrganizationId::parse("48213377150926640184452719").unwrap();
        assert_eq!(id.as_str(), "48213377150926640184452719");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"48213377150926640184452719\"");
    }

    #[test]
    fn vendor_guids_are_compared_without_case() {
        assert_eq!(AccountId::parse("AAAA-bbbb").unwrap(), AccountId::parse(" aaaa-BBBB ").unwrap());
    }

    #[test]
    fn unusable_ids_are_refused() {
        for text in ["", "  ", "a b", "a\u{202e}b", "a\nb"] {
            assert_eq!(OrganizationId::parse(text), Err(InvalidId), "{text:?}");
        }
        assert!(OrganizationId::parse(&"x".repeat(MAX_ID_LENGTH)).is_ok());
        assert!(OrganizationId::parse(&"x".repeat(MAX_ID_LENGTH + 1)).is_err());
    }
}
