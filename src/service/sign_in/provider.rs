//! Who tells who somebody is: one of two servers behind the same questions.

use super::{App, Method, SignIn, SignInError, setup};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::Vendor;
use crate::domain::role::{Role, RoleMap};
use crate::storage;
use crate::storage::tenancy;
use crate::storage::vault::Record;
use crate::upstream::openid::{Attempt, OpenId, OpenIdConfig, OpenIdGrant, OpenIdUser};
use crate::upstream::vsa::{Grant, OauthClient, Vsa9SignIn};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A person as somebody else knows it.
#[derive(Debug)]
pub(super) struct Someone {
    pub(super) id: String,
    pub(super) name: String,
    roles: Vec<String>,
}

impl From<OpenIdUser> for Someone {
    fn from(user: OpenIdUser) -> Self {
        Self { id: user.id, name: user.name, roles: user.roles }
    }
}

/// What was learned anew of somebody.
pub(super) struct Again {
    pub(super) found: Result<Someone, SignInError>,
    /// To be kept from now on, also where nothing else was learned; none if the tokens were not renewed.
    pub(super) kept: Option<Kept>,
}

impl Again {
    fn nothing(error: SignInError) -> Self {
        Self { found: Err(error), kept: None }
    }
}

/// Tokens as they are sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    access_token: String,
    refresh_token: Option<String>,
}

/// Who tells who somebody is, and whose roles count.
pub(super) struct Provider {
    server: Server,
    roles: RoleMap,
}

enum Server {
    Vsa(Vsa9SignIn, OauthClient),
    OpenId(Box<OpenId>),
}

impl Provider {
    /// The partner's, as it is set up now.
    pub(super) async fn of(
        sign_in: &SignIn,
        app: &App,
        partner: PartnerId,
        key: &str,
        method: Method,
    ) -> Result<Self, SignInError> {
        let redirect_uri = setup::redirect_address(&sign_in.settings.public_url, key, method);
        let server = match method {
            Method::Vsa => vsa(sign_in, app, partner, redirect_uri).await?,
            Method::OpenId => openid(sign_in, app, partner, redirect_uri).await?,
        };
        let own = storage::sign_in::roles(&mut *tenancy::begin(&app.pool, partner).await?, partner).await?;
        let roles = if own.is_empty() { sign_in.settings.roles.clone() } else { own };
        Ok(Self { server, roles })
    }

    /// Where the person's browser is sent.
    pub(super) async fn address(&self, attempt: &Attempt) -> Result<String, SignInError> {
        match &self.server {
            Server::Vsa(vsa, client) => Ok(vsa.login_address(client, &attempt.state)),
            Server::OpenId(openid) => Ok(openid.login_address(attempt).await?),
        }
    }

    /// Who came back with this code.
    pub(super) async fn redeem(
        &self,
        attempt: &Attempt,
        code: &str,
        issuer: Option<&str>,
    ) -> Result<(Someone, Kept), SignInError> {
        match &self.server {
            Server::Vsa(vsa, client) => {
                let grant = vsa.redeem(client, code).await?;
                Ok((someone(vsa, &grant).await?, Kept::of(&grant.access_token, grant.refresh_token.as_ref())))
            }
            Server::OpenId(openid) => {
                let (user, grant) = openid.redeem(attempt, code, issuer).await?;
                let kept = Kept::of(&grant.access_token, grant.refresh_token.as_ref());
                Ok((user.into(), kept))
            }
        }
    }

    /// Who somebody is now, by tokens that were kept.
    pub(super) async fn again(&self, kept: Kept) -> Again {
        let access_token = SecretString::from(kept.access_token);
        let refresh_token = kept.refresh_token.map(SecretString::from);
        match &self.server {
            Server::Vsa(vsa, client) => {
                let Some(old) = refresh_token else { return Again::nothing(SignInError::Refused) };
                match vsa.refresh(client, &old).await {
                    Ok(grant) => Again {
                        found: someone(vsa, &grant).await,
                        // Whether a refresh token is good for once is assumed; if no other comes, it may be good again.
                        kept: Some(Kept::of(&grant.access_token, grant.refresh_token.as_ref().or(Some(&old)))),
                    },
                    Err(error) => Again::nothing(error.into()),
                }
            }
            Server::OpenId(openid) => match openid.renew(&OpenIdGrant::kept(access_token, refresh_token)).await {
                Ok(grant) => Again {
                    found: openid.user_again(&grant).await.map(Someone::from).map_err(SignInError::from),
                    kept: Some(Kept::of(&grant.access_token, grant.refresh_token.as_ref())),
                },
                Err(error) => Again::nothing(error.into()),
            },
        }
    }

    /// What a person may do.
    pub(super) fn role(&self, someone: &Someone) -> Result<Role, SignInError> {
        self.roles.role_of(&someone.roles).ok_or(SignInError::NoRole)
    }
}

impl Kept {
    fn of(access_token: &SecretString, refresh_token: Option<&SecretString>) -> Self {
        let text = |token: &SecretString| token.expose_secret().to_owned();
        Self { access_token: text(access_token), refresh_token: refresh_token.map(text) }
    }
}

async fn someone(vsa: &Vsa9SignIn, grant: &Grant) -> Result<Someone, SignInError> {
    let user = vsa.user(grant).await?;
    Ok(Someone { id: user.id, name: user.name, roles: user.roles })
}

async fn vsa(sign_in: &SignIn, app: &App, partner: PartnerId, redirect_uri: String) -> Result<Server, SignInError> {
    let row =
        storage::partners::connection(&mut *tenancy::begin(&app.pool, partner).await?, partner, Vendor::Vsa).await?;
    let row = row.ok_or(SignInError::NotSetUp)?;
    let id = row.details.get(setup::VSA_CLIENT_ID).and_then(Value::as_str).ok_or(SignInError::NotSetUp)?.to_owned();
    let opened = sign_in.vault.open(partner, Vendor::Vsa, &row.sealed).map_err(|_| SignInError::NotSetUp)?;
    let opened = SecretSlice::<u8>::from(opened);
    let credentials: BTreeMap<String, SecretString> =
        serde_json::from_slice(opened.expose_secret()).map_err(|_| SignInError::NotSetUp)?;
    let secret = credentials.get(setup::VSA_CLIENT_SECRET).ok_or(SignInError::NotSetUp)?.clone();
    let vsa = Vsa9SignIn::new(Arc::clone(&sign_in.transport), partner, &row.url).map_err(|_| SignInError::NotSetUp)?;
    Ok(Server::Vsa(vsa, OauthClient { id, secret, redirect_uri }))
}

async fn openid(sign_in: &SignIn, app: &App, partner: PartnerId, redirect_uri: String) -> Result<Server, SignInError> {
    let row = storage::sign_in::openid(&mut *tenancy::begin(&app.pool, partner).await?, partner).await?;
    let row = row.ok_or(SignInError::NotSetUp)?;
    let secret = sign_in.vault.open(partner, Record::OpenIdProvider, &row.sealed).map_err(|_| SignInError::NotSetUp)?;
    let client_secret = String::from_utf8(secret).map_err(|_| SignInError::NotSetUp)?.into();
    let (issuer, client_id, role_claim, scopes) = (row.issuer, row.client_id, row.role_claim, row.scopes);
    let config = OpenIdConfig { issuer, client_id, client_secret, redirect_uri, role_claim, scopes };
    let (transport, documents) = (Arc::clone(&sign_in.transport), Arc::clone(&sign_in.documents));
    let client = OpenId::new(transport, documents, partner, config).map_err(|_| SignInError::NotSetUp)?;
    Ok(Server::OpenId(Box::new(client)))
}
