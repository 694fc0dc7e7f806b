//! Who the credentials belong to at LMP (`lmpi.md` 7).

use super::{Lmp, calls};
use crate::domain::outcome::ReadError;
use crate::upstream::json::read_json;
use crate::upstream::lenient::Text;
use crate::upstream::signed::Request;
use serde::Deserialize;

#[derive(Deserialize)]
struct Owner {
    #[serde(default)]
    partner_id: Text,
}

impl Lmp {
    /// The id of the partner whose credentials these are. `None`: its role may not ask, or the answer does not say.
    pub async fn partner_id(&self) -> Result<Option<String>, ReadError> {
        match self.client.read(Request::get("partner_id", calls::PRODUCTS)).await {
            Err(ReadError::Forbidden) => Ok(None),
            answer => Ok(read_json::<Owner>(&answer?)?.partner_id.raw().map(str::to_ascii_lowercase)),
        }
    }
}
