//! Signing people in at their own VSA.
//!
//! A window is opened by a click and tied to a one-use cookie of its own; whoever waits for it, the frame or the window itself, is
//! named by the hash of another cookie. What VSA tells is asked for by us, from the registered server, and never taken from a page.

use super::access::{hash, random_token};
use super::connections::{roles, stored};
use super::door::Door;
use super::{App, Caller, ServiceError};
use crate::domain::ids::PartnerId;
use crate::domain::outcome::{ReadError, Vendor};
use crate::storage::sign_in as attempts;
use crate::upstream::vsa::{Grant, OauthClient, Vsa9SignIn};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use subtle::ConstantTimeEq;

pub use crate::storage::sign_in::Role;

/// Where a person's identity comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The partner's VSA 9.
    Vsa,
}

impl Method {
    /// As stored and in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vsa => "vsa",
        }
    }

    /// As stored and in paths, read back.
    pub fn parse(text: &str) -> Option<Self> {
        (text == "vsa").then_some(Self::Vsa)
    }
}

/// What a partner offers, in the order of the screen.
pub async fn methods(app: &App, partner: PartnerId) -> Result<Vec<Method>, ServiceError> {
    let row = crate::storage::partners::connection(&mut *app.begin(partner).await?, partner, Vendor::Vsa).await?;
    let has = |name: &str| row.as_ref().is_some_and(|row| row.details.get(name).is_some_and(Value::is_string));
    let offered = [(Method::Vsa, "oauth_client_id")];
    Ok(offered.into_iter().filter(|(_, name)| has(name)).map(|(method, _)| method).collect())
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The cookie of the window is missing, used, expired or another partner's.
    #[error("the attempt is unknown, used or expired")]
    NoAttempt,
    /// Nothing is set up for this.
    #[error("this way of signing in is not set up")]
    NotSetUp,
    /// The code, the token or the person was refused.
    #[error("the sign-in was refused")]
    Refused,
    /// Whoever tells who somebody is cannot be asked now.
    #[error("the server cannot be asked: {0}")]
    Unanswered(ReadError),
    /// The person has no role that is let in; the roles there are.
    #[error("none of the person's roles is let in")]
    NoRole(Vec<String>),
    /// A use case failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<sqlx::Error> for SignInError {
    fn from(error: sqlx::Error) -> Self {
        Self::Service(error.into())
    }
}

impl From<ReadError> for SignInError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::CredentialsRefused | ReadError::Forbidden => Self::Refused,
            other => Self::Unanswered(other),
        }
    }
}

/// An attempt that was begun.
#[derive(Debug)]
pub struct Begun {
    /// For the one-use cookie of the window.
    pub token: String,
    /// Where the window goes.
    pub address: String,
}

/// How an attempt ended well.
#[derive(Debug)]
pub enum Finished {
    /// It was for this browser: a session.
    Here(String),
    /// It was for a frame, which will collect its session.
    Elsewhere,
}

/// Names a browser to the window it opens without giving its cookie away.
pub fn waiter_of(cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash(cookie))
}

/// A value that belongs to an attempt and to nothing else.
fn derived(token: &str, purpose: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash(&format!("{purpose}/{token}")))
}

/// Begins an attempt for the browser named `waiter`.
pub async fn begin(
    app: &App,
    door: &Door,
    partner: PartnerId,
    key: &str,
    method: Method,
    waiter: &str,
) -> Result<Begun, SignInError> {
    let waiter = URL_SAFE_NO_PAD.decode(waiter).ok().filter(|hash| hash.len() == 32).ok_or(SignInError::NoAttempt)?;
    let provider = Provider::of(app, door, partner, key, method).await?;
    let token = random_token("");
    let address = provider.address(&token);
    let mut transaction = app.begin(partner).await?;
    attempts::insert(&mut transaction, partner, &hash(&token), method.as_str(), &waiter).await?;
    transaction.commit().await?;
    Ok(Begun { token, address })
}

/// Ends an attempt with the code that the browser brought back.
#[expect(clippy::too_many_arguments, reason = "what the browser brought, once")]
pub async fn finish(
    app: &App,
    door: &Door,
    partner: PartnerId,
    key: &str,
    method: Method,
    token: &str,
    browser: Option<&str>,
    code: &str,
    state: Option<&str>,
) -> Result<Finished, SignInError> {
    let mut transaction = app.begin(partner).await?;
    let waiter = attempts::use_up(&mut transaction, partner, &hash(token), method.as_str()).await?;
    transaction.commit().await?;
    let waiter = waiter.ok_or(SignInError::NoAttempt)?;
    // VSA is not known to give the state back, but a wrong one is refused.
    let is_own = state.map(|state| bool::from(state.as_bytes().ct_eq(derived(token, "state").as_bytes())));
    if is_own == Some(false) {
        return Err(SignInError::NoAttempt);
    }
    let provider = Provider::of(app, door, partner, key, method).await?;
    let (person, tokens) = provider.redeem(code).await?;
    let role = provider.role(&person)?;
    keep(app, door, partner, method, &person.id, &tokens).await?;
    let mut transaction = app.begin(partner).await?;
    let is_here = browser.is_some_and(|browser| hash(browser) == waiter);
    let finished = if is_here {
        let session = random_token("");
        let (id, name) = (person.id.as_str(), person.name.as_str());
        let absolute = app.limits.session_absolute;
        attempts::open(&mut transaction, partner, &hash(&session), method.as_str(), id, name, role, absolute).await?;
        Finished::Here(session)
    } else {
        attempts::succeed(&mut transaction, partner, &hash(token), &person.id, &person.name, role).await?;
        Finished::Elsewhere
    };
    transaction.commit().await?;
    Ok(finished)
}

/// Whether a session waits for this browser.
pub async fn is_waiting(app: &App, partner: PartnerId, browser: &str) -> Result<bool, ServiceError> {
    Ok(attempts::is_waiting(&mut *app.begin(partner).await?, partner, &hash(browser)).await?)
}

/// Hands the session over that a window signed in for this browser, once.
pub async fn collect(app: &App, partner: PartnerId, browser: &str) -> Result<Option<String>, ServiceError> {
    let mut transaction = app.begin(partner).await?;
    let Some(found) = attempts::collect(&mut transaction, partner, &hash(browser)).await? else { return Ok(None) };
    let session = random_token("");
    let (method, id, name) = (found.method.as_str(), found.user_id.as_str(), found.user_name.as_str());
    let absolute = app.limits.session_absolute;
    attempts::open(&mut transaction, partner, &hash(&session), method, id, name, found.role, absolute).await?;
    transaction.commit().await?;
    Ok(Some(session))
}

/// Who holds a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who acts.
    pub caller: Caller,
    /// What the person may do.
    pub role: Role,
    /// How the person came in; none with a link of the operator's or an activation code.
    pub method: Option<Method>,
    /// The person at VSA or the provider.
    pub user_id: Option<String>,
}

/// The holder of a session that has not ended; extends its idle time.
pub async fn holder(app: &App, session: &str) -> Result<Option<Holder>, ServiceError> {
    let Some(caller) = super::access::caller_of_session(app, session).await? else { return Ok(None) };
    let partner = caller.partner_id;
    let found = attempts::holder(&mut *app.begin(partner).await?, partner, &hash(session)).await?;
    Ok(found.map(|(role, method, user_id)| Holder { caller, role, method: Method::parse(&method), user_id }))
}

/// Asks anew what somebody may do, before licenses are spent. Sessions follow what is found.
pub async fn ask_again(app: &App, door: &Door, key: &str, holder: &Holder) -> Result<Role, SignInError> {
    let (Some(method), Some(user)) = (holder.method, holder.user_id.as_deref()) else { return Ok(holder.role) };
    let partner = holder.caller.partner_id;
    let provider = Provider::of(app, door, partner, key, method).await?;
    // The row stays locked until the new tokens are stored: a refresh token works once.
    let mut transaction = app.begin(partner).await?;
    let sealed = attempts::grant(&mut transaction, partner, method.as_str(), user).await?;
    let opened = sealed.and_then(|sealed| door.vault.open(partner, Vendor::Vsa, &sealed).ok());
    let opened = SecretSlice::<u8>::from(opened.ok_or(SignInError::Refused)?);
    let tokens: Kept = serde_json::from_slice(opened.expose_secret()).map_err(|_| SignInError::Refused)?;
    let tokens = provider.renew(tokens).await?;
    let sealed = seal(door, partner, &tokens)?;
    attempts::put_grant(&mut transaction, partner, method.as_str(), user, &sealed).await?;
    transaction.commit().await?;
    let found = match provider.person(&tokens).await {
        Ok(person) if person.id == user => provider.role(&person),
        Ok(_) => Err(SignInError::Refused),
        Err(error) => Err(error),
    };
    let mut transaction = app.begin(partner).await?;
    match &found {
        Ok(role) => attempts::set_role(&mut transaction, partner, method.as_str(), user, *role).await?,
        Err(SignInError::NoRole(_) | SignInError::Refused) => {
            attempts::end_sessions(&mut transaction, partner, method.as_str(), user).await?;
        }
        Err(_) => {}
    }
    transaction.commit().await?;
    found
}

/// A person as somebody else knows it.
struct Person {
    id: String,
    name: String,
    roles: Vec<String>,
}

/// Tokens as they are sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    access_token: String,
    refresh_token: Option<String>,
}

async fn keep(
    app: &App,
    door: &Door,
    partner: PartnerId,
    method: Method,
    user: &str,
    tokens: &Kept,
) -> Result<(), SignInError> {
    let sealed = seal(door, partner, tokens)?;
    let mut transaction = app.begin(partner).await?;
    attempts::put_grant(&mut transaction, partner, method.as_str(), user, &sealed).await?;
    Ok(transaction.commit().await?)
}

fn seal(door: &Door, partner: PartnerId, tokens: &Kept) -> Result<Vec<u8>, SignInError> {
    let internal = |error: &dyn std::fmt::Display| SignInError::Service(ServiceError::Internal(error.to_string()));
    let text = serde_json::to_vec(tokens).map_err(|error| internal(&error))?;
    door.vault.seal(partner, Vendor::Vsa, &text).map_err(|error| internal(&error))
}

/// Who tells who somebody is, and whose roles count.
struct Provider {
    sign_in: Vsa9SignIn,
    client: OauthClient,
    administrators: Vec<String>,
    viewers: Vec<String>,
}

impl Provider {
    async fn of(app: &App, door: &Door, partner: PartnerId, key: &str, method: Method) -> Result<Self, SignInError> {
        let vsa = stored(app, door, partner).await?.remove(&Vendor::Vsa).ok_or(SignInError::NotSetUp)?;
        let listed = |name: &str, default: &[String]| {
            let own = roles(&vsa.details, name);
            if own.is_empty() { default.to_vec() } else { own }
        };
        let administrators = listed("administrator_roles", &door.settings.administrator_roles);
        let viewers = listed("viewer_roles", &door.settings.viewer_roles);
        let redirect_uri = format!("{}/p/{key}/sign-in/{}", door.settings.public_url, method.as_str());
        let id = vsa.details.get("oauth_client_id").and_then(Value::as_str).ok_or(SignInError::NotSetUp)?;
        let secret = vsa.credentials.get("oauth_client_secret").ok_or(SignInError::NotSetUp)?;
        let client = OauthClient { id: id.to_owned(), secret: secret.clone(), redirect_uri };
        let sign_in = Vsa9SignIn::new(Arc::clone(&door.transport), partner, &vsa.url);
        Ok(Self { sign_in: sign_in.map_err(|_| SignInError::NotSetUp)?, client, administrators, viewers })
    }

    fn address(&self, token: &str) -> String {
        self.sign_in.login_address(&self.client, &derived(token, "state"))
    }

    async fn redeem(&self, code: &str) -> Result<(Person, Kept), SignInError> {
        let tokens = kept(&self.sign_in.redeem(&self.client, code).await?);
        Ok((self.person(&tokens).await?, tokens))
    }

    /// New tokens; the old refresh token is used up.
    async fn renew(&self, tokens: Kept) -> Result<Kept, SignInError> {
        let old = tokens.refresh_token.ok_or(SignInError::Refused)?;
        Ok(kept(&self.sign_in.refresh(&self.client, &SecretString::from(old)).await?))
    }

    async fn person(&self, tokens: &Kept) -> Result<Person, SignInError> {
        let access_token = SecretString::from(tokens.access_token.clone());
        let user = self.sign_in.user(&Grant { access_token, refresh_token: None }).await?;
        Ok(Person { id: user.id, name: user.name, roles: user.roles })
    }

    /// What a person may do: everything, look, or nothing at all.
    fn role(&self, person: &Person) -> Result<Role, SignInError> {
        let is_in = |listed: &[String]| {
            person.roles.iter().any(|role| listed.iter().any(|known| known.to_lowercase() == role.to_lowercase()))
        };
        if is_in(&self.administrators) {
            Ok(Role::Administrator)
        } else if is_in(&self.viewers) {
            Ok(Role::Viewer)
        } else {
            Err(SignInError::NoRole(person.roles.clone()))
        }
    }
}

fn kept(grant: &Grant) -> Kept {
    let refresh_token = grant.refresh_token.as_ref().map(|token| token.expose_secret().to_owned());
    Kept { access_token: grant.access_token.expose_secret().to_owned(), refresh_token }
}
