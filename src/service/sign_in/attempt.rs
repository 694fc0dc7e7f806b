//! One attempt: begun in a window, ended when the person comes back to it, collected by whoever waits.

use super::super::access::{hash, insert_session, random_token};
use super::again::follow;
use super::provider::{Kept, Provider, Someone};
use super::{App, Method, ServiceError, SignIn, SignInError};
use crate::domain::ids::PartnerId;
use crate::domain::role::Role;
use crate::service::access::PartnerView;
use crate::storage::access::SessionRow;
use crate::storage::sign_in::{self as attempts, PersonRow};
use crate::storage::tenancy;
use crate::upstream::openid::Attempt;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::PgConnection;
use subtle::ConstantTimeEq;

/// An attempt that was begun.
#[derive(Debug)]
pub struct Begun {
    /// For the one-use cookie of the window.
    pub token: String,
    /// Where the window goes.
    pub address: String,
}

/// What a browser brought back.
#[derive(Debug)]
pub struct Brought<'a> {
    /// The one-use cookie of the window.
    pub token: Option<&'a str>,
    /// The cookie that names the browser.
    pub browser: Option<&'a str>,
    /// The one-use code.
    pub code: &'a str,
    /// What was sent along, if it came back.
    pub state: Option<&'a str>,
    /// Whom the code is said to be from.
    pub issuer: Option<&'a str>,
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

/// What belongs to an attempt and to nothing else: made of the cookie, which only that window has.
fn belongings(token: &str) -> Attempt {
    let derived = |purpose: &str| URL_SAFE_NO_PAD.encode(hash(&format!("{purpose}/{token}")));
    Attempt { state: derived("state"), nonce: derived("nonce"), verifier: derived("verifier").into() }
}

impl SignIn {
    /// A value for the cookie that tells browsers apart, and the name under which its window knows it.
    pub fn waiter(known: Option<&str>) -> (String, String) {
        let cookie = known.map_or_else(|| random_token(""), str::to_owned);
        let waiter = waiter_of(&cookie);
        (cookie, waiter)
    }

    /// Begins an attempt for the browser named `waiter`.
    pub async fn begin(
        &self,
        app: &App,
        partner: &PartnerView,
        method: Method,
        waiter: &str,
    ) -> Result<Begun, SignInError> {
        let waiter = URL_SAFE_NO_PAD.decode(waiter).ok().filter(|hash| hash.len() == 32);
        let waiter = waiter.ok_or(SignInError::NoAttempt)?;
        let token = random_token("");
        let provider = Provider::of(self, app, partner.partner_id, &partner.key, method).await?;
        let address = provider.address(&belongings(&token)).await?;
        let mut transaction = tenancy::begin(&app.pool, partner.partner_id).await?;
        let hash = hash(&token);
        attempts::insert_attempt(&mut transaction, partner.partner_id, &hash, method.as_str(), &waiter).await?;
        transaction.commit().await?;
        Ok(Begun { token, address })
    }

    /// Ends an attempt with what the browser brought back. However it ends, it cannot be used again.
    pub async fn finish(
        &self,
        app: &App,
        partner: &PartnerView,
        method: Method,
        brought: &Brought<'_>,
    ) -> Result<Finished, SignInError> {
        let token = brought.token.ok_or(SignInError::NoCookie)?;
        let (id, hashed) = (partner.partner_id, hash(token));
        let mut transaction = tenancy::begin(&app.pool, id).await?;
        let waiter = attempts::use_attempt(&mut transaction, id, &hashed, method.as_str()).await?;
        transaction.commit().await?;
        let waiter = waiter.ok_or(SignInError::NoAttempt)?;
        let attempt = belongings(token);
        if !is_own_state(method, brought.state, &attempt.state) {
            return Err(SignInError::NoAttempt);
        }
        let provider = Provider::of(self, app, id, &partner.key, method).await?;
        let (someone, kept) = provider.redeem(&attempt, brought.code, brought.issuer).await?;
        let role = provider.role(&someone).inspect_err(|_| {
            tracing::info!(partner = %id, method = method.as_str(), "somebody without a role that is let in");
        })?;
        self.keep(app, id, method, &someone.id, &kept).await?;
        let person = person_row(method, someone, role);
        let mut transaction = tenancy::begin(&app.pool, id).await?;
        // Who signs in with another role than before has it everywhere.
        follow(&mut transaction, id, (method, &person.user_id), &person.user_name, Some(role)).await?;
        let is_here = brought.browser.is_some_and(|browser| hash(browser).ct_eq(&waiter).into());
        let finished = if is_here {
            Finished::Here(open(app, &mut transaction, id, person).await?)
        } else {
            attempts::succeed(&mut transaction, id, &hashed, &person).await?;
            Finished::Elsewhere
        };
        transaction.commit().await?;
        Ok(finished)
    }

    /// Whether a session waits for this browser.
    pub async fn is_waiting(&self, app: &App, partner: PartnerId, browser: &str) -> Result<bool, ServiceError> {
        let mut transaction = tenancy::begin(&app.pool, partner).await?;
        Ok(attempts::is_waiting(&mut transaction, partner, &hash(browser)).await?)
    }

    /// Hands the session over that a window signed in for this browser, once.
    pub async fn collect(&self, app: &App, partner: PartnerId, browser: &str) -> Result<Option<String>, ServiceError> {
        let mut transaction = tenancy::begin(&app.pool, partner).await?;
        let Some(person) = attempts::collect(&mut transaction, partner, &hash(browser)).await? else {
            return Ok(None);
        };
        let session = open(app, &mut transaction, partner, person).await?;
        transaction.commit().await?;
        Ok(Some(session))
    }

    pub(super) async fn keep(
        &self,
        app: &App,
        partner: PartnerId,
        method: Method,
        user_id: &str,
        kept: &Kept,
    ) -> Result<(), SignInError> {
        let sealed = self.seal(partner, method, user_id, kept)?;
        let mut transaction = tenancy::begin(&app.pool, partner).await?;
        let (of, key_id) = ((method.as_str(), user_id), self.vault.key_id());
        attempts::put_grant(&mut transaction, partner, of, &sealed, key_id).await?;
        Ok(transaction.commit().await?)
    }
}

/// VSA is not known to give the state back, but a wrong one is refused; a provider has to.
fn is_own_state(method: Method, brought: Option<&str>, own: &str) -> bool {
    match brought {
        Some(state) => state.as_bytes().ct_eq(own.as_bytes()).into(),
        None => method == Method::Vsa,
    }
}

fn person_row(method: Method, someone: Someone, role: Role) -> PersonRow {
    PersonRow { method: method.as_str().to_owned(), user_id: someone.id, user_name: someone.name, role }
}

async fn open(
    app: &App,
    conn: &mut PgConnection,
    partner: PartnerId,
    person: PersonRow,
) -> Result<String, ServiceError> {
    let PersonRow { method, user_id, user_name, role } = person;
    let token = random_token("");
    let session = SessionRow { partner_id: partner, user_name, role, method, user_id: Some(user_id) };
    insert_session(app, conn, &token, &session).await?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn what_belongs_to_an_attempt_tells_nothing_of_the_rest() {
        let (one, other) = (belongings("token"), belongings("token2"));
        let all = |attempt: &Attempt| {
            [attempt.state.clone(), attempt.nonce.clone(), attempt.verifier.expose_secret().to_owned()]
        };
        let mut values: Vec<_> = all(&one).into_iter().chain(all(&other)).collect();
        // Between 43 and 128 characters, as a verifier has to be.
        assert!(values.iter().all(|value| value.len() == 43));
        values.sort();
        values.dedup();
        assert_eq!(values.len(), 6);
        assert_eq!(all(&one), all(&belongings("token")));
    }

    #[test]
    fn a_state_may_be_missing_only_where_nobody_gives_it_back() {
        for (method, brought, own) in [
            (Method::Vsa, None, true),
            (Method::Vsa, Some("s"), true),
            (Method::Vsa, Some("t"), false),
            (Method::OpenId, None, false),
            (Method::OpenId, Some("s"), true),
            (Method::OpenId, Some(""), false),
        ] {
            assert_eq!(is_own_state(method, brought, "s"), own, "{method:?} {brought:?}");
        }
    }
}
