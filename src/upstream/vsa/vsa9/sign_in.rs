//! Who a person is, by VSA 9's OAuth code flow (`kaseya-vsa9.md` 3.4). The plain OAuth answers have no envelope.

use super::ROOTS;
use super::call::headers;
use super::envelope::{Envelope, refusal, with_inner_status};
use super::id::digits;
use crate::domain::ids::PartnerId;
use crate::domain::outcome::ReadError;
use crate::upstream::json::{read_json, unreadable};
use crate::upstream::lenient::Text;
use crate::upstream::transport::{Answer, Api, BaseUrl, Call, ConfigError, Lane, Method, Transport, sort_read};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::Arc;

/// The page on which VSA signs people in.
const LOGIN_PAGE: &str = "/vsapres/web20/core/login.aspx";

/// The OAuth client that a VSA server registered for us.
#[derive(Debug, Clone)]
pub struct OauthClient {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
    /// Exactly as it is registered.
    pub redirect_uri: String,
}

/// Tokens of a person.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Asks in the person's name for about half an hour.
    pub access_token: SecretString,
    /// Gets new tokens, once.
    pub refresh_token: Option<SecretString>,
}

/// A person as VSA knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VsaUser {
    /// VSA's id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Ids and, where they could be read, names of the person's roles.
    pub roles: Vec<String>,
}

/// A VSA 9 server as the one that signs people in.
#[derive(Debug)]
pub struct Vsa9SignIn {
    transport: Arc<Transport>,
    lane: Lane,
    base: BaseUrl,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    access_token: Text,
    #[serde(default)]
    refresh_token: Text,
}

#[derive(Deserialize)]
struct UserRow<'a> {
    #[serde(rename = "UserId", default, borrow)]
    id: Option<&'a RawValue>,
    /// What a session calls the same (`kaseya-vsa9.md` 3.2).
    #[serde(rename = "AdminId", default, borrow)]
    admin_id: Option<&'a RawValue>,
    #[serde(rename = "AdminName", default)]
    login: Text,
    #[serde(rename = "FirstName", default)]
    first_name: Text,
    #[serde(rename = "LastName", default)]
    last_name: Text,
    /// A list of ids, or one id.
    #[serde(rename = "AdminRoleIds", default, borrow)]
    roles: Option<&'a RawValue>,
    #[serde(rename = "RoleId", default, borrow)]
    role: Option<&'a RawValue>,
}

impl UserRow<'_> {
    fn role_ids(&self) -> Vec<String> {
        let listed = self.roles.and_then(|roles| serde_json::from_str::<Vec<&RawValue>>(roles.get()).ok());
        let ids = match listed {
            Some(ids) => ids.into_iter().filter_map(|id| digits(Some(id))).map(str::to_owned).collect(),
            None => digits(self.roles).map(str::to_owned).into_iter().collect::<Vec<_>>(),
        };
        if ids.is_empty() { digits(self.role).map(str::to_owned).into_iter().collect() } else { ids }
    }
}

#[derive(Deserialize)]
struct RoleRow<'a> {
    #[serde(rename = "RoleId", default, borrow)]
    id: Option<&'a RawValue>,
    #[serde(rename = "RoleName", default)]
    name: Text,
}

impl Vsa9SignIn {
    /// Nothing is sent.
    pub fn new(transport: Arc<Transport>, partner: PartnerId, url: &str) -> Result<Self, ConfigError> {
        let base = BaseUrl::parse(url, &ROOTS, transport.settings())?;
        let lane = transport.lane(partner, Api::SignIn);
        Ok(Self { transport, lane, base })
    }

    /// Where the person's browser is sent. `state` is sent although VSA is not known to give it back.
    pub fn login_address(&self, client: &OauthClient, state: &str) -> String {
        let mut url = self.base.at(LOGIN_PAGE, None);
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", &client.redirect_uri)
            .append_pair("client_id", &client.id)
            .append_pair("state", state);
        url.into()
    }

    /// Redeems a code, once.
    pub async fn redeem(&self, client: &OauthClient, code: &str) -> Result<Grant, ReadError> {
        let body = json!({
            "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri,
            "client_id": client.id, "client_secret": client.secret.expose_secret(),
        });
        self.tokens("authorize", "/api/v1.0/authorize", &body).await
    }

    /// Gets new tokens. The refresh token is used up, whatever becomes of the answer.
    pub async fn refresh(&self, client: &OauthClient, refresh_token: &SecretString) -> Result<Grant, ReadError> {
        let body = json!({
            "grant_type": "refresh_token", "refresh_token": refresh_token.expose_secret(),
            "redirect_uri": client.redirect_uri, "client_id": client.id, "client_secret": client.secret.expose_secret(),
        });
        self.tokens("token", "/api/v1.0/token", &body).await
    }

    async fn tokens(&self, operation: &'static str, path: &str, body: &serde_json::Value) -> Result<Grant, ReadError> {
        let json = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let prepare = || Call {
            operation,
            method: Method::Post,
            url: self.base.at(path, None),
            headers: json,
            body: Some(body.to_string().into_bytes()),
            trace_id: None,
        };
        let result = self.transport.send(&self.lane, prepare).await;
        // 400 is the one answer to a wrong, used or expired code or token.
        if result.as_ref().is_ok_and(|answer| answer.status == 400) {
            return Err(ReadError::CredentialsRefused);
        }
        let answer = sort_read(result, refusal).map_err(|failure| failure.error)?;
        let tokens: Tokens = read_json(&answer)?;
        let secret = |text: &Text| text.raw().map(|text| SecretString::from(text.to_owned()));
        let access_token =
            secret(&tokens.access_token).ok_or_else(|| ReadError::Unreadable("access_token is missing".to_owned()))?;
        Ok(Grant { access_token, refresh_token: secret(&tokens.refresh_token) })
    }

    /// Who the tokens belong to.
    pub async fn user(&self, grant: &Grant) -> Result<VsaUser, ReadError> {
        let answer = self.read("current_user", "/api/v1.0/system/currentUser", grant).await?;
        let record = Envelope::read(&answer)?.record()?;
        let record = record.ok_or_else(|| ReadError::Unreadable("there is no user in the answer".to_owned()))?;
        let row: UserRow<'_> = serde_json::from_str(record.get()).map_err(|error| unreadable(&error))?;
        let id = digits(row.id)
            .or_else(|| digits(row.admin_id))
            .ok_or_else(|| ReadError::Unreadable("UserId is not an id".to_owned()))?
            .to_owned();
        let full_name = [row.first_name.clean(), row.last_name.clean()].into_iter().flatten().collect::<Vec<_>>();
        let name = match full_name.as_slice() {
            [] => row.login.clean().unwrap_or_else(|| id.clone()),
            parts => parts.join(" "),
        };
        let mut roles = row.role_ids();
        // A user who may not read the list of roles still has their ids.
        let names = self.role_names(grant).await.unwrap_or_default();
        let named: Vec<_> = roles.iter().filter_map(|id| names.get(id).cloned()).collect();
        roles.extend(named);
        Ok(VsaUser { id, name, roles })
    }

    async fn role_names(&self, grant: &Grant) -> Result<HashMap<String, String>, ReadError> {
        let answer = self.read("roles", "/api/v1.0/system/roles", grant).await?;
        let rows = Envelope::read(&answer)?.rows()?;
        let role = |row: &&RawValue| {
            let row: RoleRow<'_> = serde_json::from_str(row.get()).ok()?;
            Some((digits(row.id)?.to_owned(), row.name.clean()?))
        };
        Ok(rows.iter().filter_map(role).collect())
    }

    async fn read(&self, operation: &'static str, path: &str, grant: &Grant) -> Result<Answer, ReadError> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", grant.access_token.expose_secret()))
            .map_err(|_| ReadError::Unreadable("access_token cannot be sent".to_owned()))?;
        bearer.set_sensitive(true);
        let prepare = || Call {
            operation,
            method: Method::Get,
            url: self.base.at(path, None),
            headers: headers(bearer),
            body: None,
            trace_id: None,
        };
        let result = with_inner_status(self.transport.send(&self.lane, prepare).await);
        sort_read(result, refusal).map_err(|failure| failure.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_list_or_one_id() {
        let roles = |json: &str| serde_json::from_str::<UserRow<'_>>(json).unwrap().role_ids().join(" ");
        assert_eq!(roles(r#"{"AdminRoleIds":[2,"3"],"RoleId":9}"#), "2 3");
        assert_eq!(roles(r#"{"AdminRoleIds":2}"#), "2");
        assert_eq!(roles(r#"{"AdminRoleIds":null,"RoleId":"9"}"#), "9");
        assert_eq!(roles("{}"), "");
    }
}
