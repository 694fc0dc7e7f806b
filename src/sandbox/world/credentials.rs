//! What opens the three APIs.

use super::super::chance::guid;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The credentials of all APIs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The VSA user.
    pub vsa_user: String,
    /// Its personal access token.
    pub vsa_access_token: String,
    /// The registered OAuth client.
    pub vsa_oauth_client_id: String,
    /// Its secret.
    pub vsa_oauth_client_secret: String,
    /// The id of a token for VSA 10.
    #[serde(default = "guid")]
    pub vsa10_token_id: String,
    /// Its secret.
    #[serde(default = "guid")]
    pub vsa10_token_secret: String,
    /// The client registered at the `OpenID` Connect provider.
    #[serde(default = "guid")]
    pub openid_client_id: String,
    /// Its secret.
    #[serde(default = "guid")]
    pub openid_client_secret: String,
    /// LMPI.
    pub lmp: KeyPair,
    /// SMPI: a pair of its own.
    pub remote_manager: KeyPair,
}

/// An access token and its secret key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPair {
    /// A GUID.
    pub access_token: String,
    /// Text that looks like Base64.
    pub secret_key: String,
}

impl KeyPair {
    fn fresh() -> Self {
        Self { access_token: guid(), secret_key: format!("{}=", guid().replace('-', "")) }
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            vsa_user: "plugin".to_owned(),
            vsa_access_token: guid(),
            vsa_oauth_client_id: guid().replace('-', ""),
            vsa_oauth_client_secret: guid(),
            vsa10_token_id: guid(),
            vsa10_token_secret: guid(),
            openid_client_id: guid(),
            openid_client_secret: guid(),
            lmp: KeyPair::fresh(),
            remote_manager: KeyPair::fresh(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("vsa_user", &self.vsa_user).finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("access_token", &self.access_token).finish_non_exhaustive()
    }
}
