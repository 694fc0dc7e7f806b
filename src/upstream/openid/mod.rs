//! The client for `OpenID` Connect providers: who a person is and which roles it has, for partners whose VSA signs nobody in.
//!
//! The code flow with PKCE and a nonce (`OpenID` Connect Core 1.0, section 3.1; RFC 7636). What a provider says of itself is read from
//! its discovery document and believed only if it calls itself what the partner calls it. ID tokens are verified by `jsonwebtoken`.

mod claims;
mod documents;
mod token;

pub use documents::Documents;

use super::json::read_json;
use super::lenient::Text;
use super::transport::sorting::plain_refusal;
use super::transport::{Answer, Api, Call, ConfigError, Lane, Method, Transport, sort_read};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::ReadError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claims::Claims;
use documents::Metadata;
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::sync::Arc;

/// What every request asks for.
const SCOPES: [&str; 3] = ["openid", "profile", "email"];
/// Asked for where a provider knows it: without it, some hand out no refresh token.
const OFFLINE: &str = "offline_access";

/// A partner's provider, and our client there.
#[derive(Debug, Clone)]
pub struct OpenIdConfig {
    /// Exactly as it calls itself, such as `https://login.example.com/tenant`.
    pub issuer: String,
    /// Our client's id.
    pub client_id: String,
    /// Our client's secret.
    pub client_secret: SecretString,
    /// Exactly as it is registered.
    pub redirect_uri: String,
    /// Name of the claim that lists a person's roles, or a JSON pointer to it that begins with `/`.
    pub role_claim: String,
    /// Asked for beside the usual ones.
    pub scopes: Vec<String>,
}

/// What belongs to one attempt to sign in, and to nothing else.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Comes back with the code.
    pub state: String,
    /// Comes back inside the ID token.
    pub nonce: String,
    /// Is shown when the code is redeemed; only its hash is seen before.
    pub verifier: SecretString,
}

/// Tokens of a person.
#[derive(Debug, Clone)]
pub struct OpenIdGrant {
    /// Asks in the person's name.
    pub access_token: SecretString,
    /// Gets new tokens; not every provider hands one out.
    pub refresh_token: Option<SecretString>,
    id_token: Option<String>,
}

impl OpenIdGrant {
    /// Tokens that were kept.
    pub fn kept(access_token: SecretString, refresh_token: Option<SecretString>) -> Self {
        Self { access_token, refresh_token, id_token: None }
    }
}

/// A person as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIdUser {
    /// The provider's id, which never changes.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// As the role claim lists them.
    pub roles: Vec<String>,
}

/// A provider as the one that signs people in.
#[derive(Debug)]
pub struct OpenId {
    transport: Arc<Transport>,
    lane: Lane,
    documents: Arc<Documents>,
    config: OpenIdConfig,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "as RFC 6749 and OpenID Connect spell them")]
struct Tokens {
    #[serde(default)]
    access_token: Text,
    #[serde(default)]
    refresh_token: Text,
    #[serde(default)]
    id_token: Option<String>,
}

impl OpenId {
    /// Nothing is sent. `documents` are shared by all clients of the process.
    pub fn new(
        transport: Arc<Transport>,
        documents: Arc<Documents>,
        partner: PartnerId,
        config: OpenIdConfig,
    ) -> Result<Self, ConfigError> {
        super::transport::endpoint(&config.issuer, transport.settings())?;
        let lane = transport.lane(partner, Api::SignIn);
        Ok(Self { transport, lane, documents, config })
    }

    /// Where the person's browser is sent.
    pub async fn login_address(&self, attempt: &Attempt) -> Result<String, ReadError> {
        let metadata = self.metadata().await?;
        let mut url = self.endpoint(&metadata.authorization_endpoint)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("scope", &self.scope(&metadata))
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.config.redirect_uri)
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &token::challenge(&attempt.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    fn scope(&self, metadata: &Metadata) -> String {
        let offline = metadata.scopes_supported.iter().any(|scope| scope == OFFLINE).then_some(OFFLINE);
        let own = self.config.scopes.iter().map(String::as_str);
        SCOPES.into_iter().chain(offline).chain(own).collect::<Vec<_>>().join(" ")
    }

    /// Redeems a code, once; `issuer` is what came back with it, if anything did (RFC 9207).
    pub async fn redeem(
        &self,
        attempt: &Attempt,
        code: &str,
        issuer: Option<&str>,
    ) -> Result<(OpenIdUser, OpenIdGrant), ReadError> {
        if issuer.is_some_and(|issuer| issuer != self.config.issuer) {
            return Err(ReadError::CredentialsRefused);
        }
        let grant = self
            .tokens(&[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", &self.config.redirect_uri),
                ("code_verifier", attempt.verifier.expose_secret()),
            ])
            .await?;
        let id_token = grant.id_token.as_deref().ok_or_else(|| missing("id_token"))?;
        let claims = self.verified(id_token, Some(&attempt.nonce)).await?;
        Ok((self.user(claims, &grant).await?, grant))
    }

    /// New tokens, where there is a refresh token: it is used up, whatever becomes of the answer.
    pub async fn renew(&self, kept: &OpenIdGrant) -> Result<OpenIdGrant, ReadError> {
        let Some(refresh_token) = &kept.refresh_token else { return Ok(kept.clone()) };
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        let mut grant = self.tokens(&fields).await?;
        // A provider that hands out no new one lets the old one live.
        grant.refresh_token = grant.refresh_token.or_else(|| Some(refresh_token.clone()));
        Ok(grant)
    }

    /// Who tokens belong to that were kept or renewed.
    pub async fn user_again(&self, grant: &OpenIdGrant) -> Result<OpenIdUser, ReadError> {
        let claims = match grant.id_token.as_deref() {
            Some(id_token) => self.verified(id_token, None).await?,
            None => self.user_info(grant).await?.ok_or(ReadError::CredentialsRefused)?,
        };
        self.user(claims, grant).await
    }

    /// Providers that keep ID tokens small list roles only where they are asked for the user.
    async fn user(&self, claims: Claims, grant: &OpenIdGrant) -> Result<OpenIdUser, ReadError> {
        if claims.lists(&self.config.role_claim) {
            return claims.user(&self.config.role_claim);
        }
        match self.user_info(grant).await? {
            // Another person's answer must not lend its roles (OpenID Connect Core 5.3.2).
            Some(further) if further.subject() != claims.subject() => Err(ReadError::CredentialsRefused),
            Some(further) => claims.completed(further).user(&self.config.role_claim),
            None => claims.user(&self.config.role_claim),
        }
    }

    /// `None` if the provider offers no such thing.
    async fn user_info(&self, grant: &OpenIdGrant) -> Result<Option<Claims>, ReadError> {
        let metadata = self.metadata().await?;
        let Some(endpoint) = &metadata.userinfo_endpoint else { return Ok(None) };
        let url = self.endpoint(endpoint)?;
        let bearer = secret_header(&format!("Bearer {}", grant.access_token.expose_secret()))?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer), (ACCEPT, JSON)]);
        let call = Call { operation: "user_info", method: Method::Get, url, headers, body: None, trace_id: None };
        Ok(Some(Claims::of(read_json(&self.send(call).await?)?)?))
    }

    async fn tokens(&self, fields: &[(&str, &str)]) -> Result<OpenIdGrant, ReadError> {
        let metadata = self.metadata().await?;
        let url = self.endpoint(&metadata.token_endpoint)?;
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, FORM), (ACCEPT, JSON)]);
        let (id, secret) = (self.config.client_id.as_str(), self.config.client_secret.expose_secret());
        let mut fields = fields.to_vec();
        if metadata.takes_basic() {
            let pair = format!("{}:{}", encoded(id), encoded(secret));
            headers.insert(AUTHORIZATION, secret_header(&format!("Basic {}", STANDARD.encode(pair)))?);
        } else {
            fields.extend([("client_id", id), ("client_secret", secret)]);
        }
        let body = Some(form(&fields).into_bytes());
        let call = Call { operation: "tokens", method: Method::Post, url, headers, body, trace_id: None };
        let answer = self.send(call).await.map_err(|error| match error {
            // 400 is the one answer to a wrong, used or expired code or token (RFC 6749, 5.2).
            ReadError::Refused(refusal) if refusal.status == 400 => ReadError::CredentialsRefused,
            other => other,
        })?;
        let Tokens { access_token, refresh_token, id_token } = read_json(&answer)?;
        let secret = |text: &Text| text.raw().map(|text| SecretString::from(text.to_owned()));
        let access_token = secret(&access_token).ok_or_else(|| missing("access_token"))?;
        Ok(OpenIdGrant { access_token, refresh_token: secret(&refresh_token), id_token })
    }

    async fn send(&self, call: Call) -> Result<Answer, ReadError> {
        let result = self.transport.send(&self.lane, || call).await;
        sort_read(result, plain_refusal).map_err(|failure| failure.error)
    }

    fn endpoint(&self, address: &str) -> Result<Url, ReadError> {
        super::transport::endpoint(address, self.transport.settings())
            .map_err(|_| ReadError::Unreadable("the provider names an address that cannot be used".to_owned()))
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

fn missing(name: &str) -> ReadError {
    ReadError::Unreadable(format!("{name} is missing"))
}

fn secret_header(text: &str) -> Result<HeaderValue, ReadError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| ReadError::Unreadable("a token or secret cannot be sent in a header".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Fields as a form sends them.
fn form(fields: &[(&str, &str)]) -> String {
    let mut url = Url::parse("https://form.invalid").expect("a fixed address parses");
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

/// Text as it stands in a form (RFC 6749, 2.3.1 has it so before `Basic` as well).
fn encoded(text: &str) -> String {
    form(&[("v", text)]).split_off("v=".len())
}
