//! Asking anew what somebody may do.

use super::provider::{Kept, Provider, Someone};
use super::{App, Method, ServiceError, SignIn, SignInError};
use crate::domain::ids::PartnerId;
use crate::domain::role::Role;
use crate::service::access::{Holder, Person};
use crate::service::audit::{self, AuditEntry};
use crate::storage;
use crate::storage::sign_in as grants;
use crate::storage::tenancy;
use crate::storage::vault::Record;
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::json;
use sqlx::PgConnection;
use std::time::Duration;

/// How long one renewal has a person's tokens to itself: longer than a call to the server may take, all told.
const RENEWAL_SECONDS: f64 = 120.0;
/// The pause before looking again whether another renewal has ended, and how often.
const PAUSE: Duration = Duration::from_millis(250);
const LOOKS: u32 = 40;

impl SignIn {
    /// Whether the holder may have licenses spent now. A person who signed in somewhere is asked for there anew, and every session of
    /// the person follows what is found: it ends with the right to be here, and only looks once the person may only look.
    pub async fn ask_again(&self, app: &App, holder: &Holder) -> Result<(), SignInError> {
        let role = match &holder.person {
            None => holder.role,
            Some(person) => self.role_now(app, holder, person).await?,
        };
        if role == Role::Administrator { Ok(()) } else { Err(SignInError::OnlyLooks) }
    }

    async fn role_now(&self, app: &App, holder: &Holder, person: &Person) -> Result<Role, SignInError> {
        let (partner, user_id) = (holder.caller.partner_id, person.user_id.as_str());
        let method = Method::parse(&person.method).ok_or(SignInError::NotSetUp)?;
        let found = self.look_up(app, partner, method, user_id).await;
        let role = match &found {
            Ok(role) => Some(*role),
            Err(SignInError::NoRole | SignInError::Refused | SignInError::NotSetUp) => None,
            // Nobody said that the right is gone; it is only not known.
            Err(_) => return found,
        };
        let mut transaction = tenancy::begin(&app.pool, partner).await?;
        follow(&mut transaction, partner, (method, user_id), &holder.caller.name, role).await?;
        transaction.commit().await?;
        found
    }

    async fn look_up(&self, app: &App, partner: PartnerId, method: Method, user_id: &str) -> Result<Role, SignInError> {
        let key = partner_key(app, partner).await?;
        let provider = Provider::of(self, app, partner, &key, method).await?;
        let kept = self.take(app, partner, method, user_id).await?;
        let again = provider.again(kept).await;
        // Stored before anything else is done with them: the old ones are used up.
        match &again.kept {
            Some(kept) => self.keep(app, partner, method, user_id, kept).await?,
            None => release(app, partner, method, user_id).await?,
        }
        same_person(&provider, &again.found?, user_id)
    }

    /// The tokens of a person, for one renewal at a time.
    async fn take(&self, app: &App, partner: PartnerId, method: Method, user_id: &str) -> Result<Kept, SignInError> {
        for _ in 0..LOOKS {
            let mut transaction = tenancy::begin(&app.pool, partner).await?;
            let name = method.as_str();
            let taken = grants::take_grant(&mut transaction, partner, name, user_id, RENEWAL_SECONDS).await?;
            let is_there = taken.is_some() || grants::has_grant(&mut transaction, partner, name, user_id).await?;
            transaction.commit().await?;
            match taken {
                Some(sealed) => return self.open(partner, method, user_id, &sealed),
                None if is_there => tokio::time::sleep(PAUSE).await,
                None => return Err(SignInError::Refused),
            }
        }
        Err(SignInError::Service(ServiceError::Internal("a renewal of tokens does not end".to_owned())))
    }

    pub(super) fn seal(
        &self,
        partner: PartnerId,
        method: Method,
        user_id: &str,
        kept: &Kept,
    ) -> Result<Vec<u8>, SignInError> {
        let internal = |error: String| SignInError::Service(ServiceError::Internal(error));
        let text = SecretSlice::from(serde_json::to_vec(kept).map_err(|error| internal(error.to_string()))?);
        self.vault
            .seal(partner, grant(method, user_id), text.expose_secret())
            .map_err(|error| internal(error.to_string()))
    }

    fn open(&self, partner: PartnerId, method: Method, user_id: &str, sealed: &[u8]) -> Result<Kept, SignInError> {
        let opened = self.vault.open(partner, grant(method, user_id), sealed).map_err(|_| SignInError::Refused)?;
        let opened = SecretSlice::<u8>::from(opened);
        serde_json::from_slice(opened.expose_secret()).map_err(|_| SignInError::Refused)
    }
}

/// Has all sessions of a person follow what the person may do now; without a role they end and the tokens are forgotten.
pub(super) async fn follow(
    conn: &mut PgConnection,
    partner: PartnerId,
    (method, user_id): (Method, &str),
    name: &str,
    role: Option<Role>,
) -> Result<(), ServiceError> {
    let of = (method.as_str(), user_id);
    let change = if let Some(role) = role {
        let has_changed = storage::access::set_role(conn, partner, of, role).await?;
        has_changed.then_some(("role_changed", json!({ "role": role.as_str(), "user_id": user_id, "method": of.0 })))
    } else {
        let ended = storage::access::delete_sessions_of(conn, partner, of).await?;
        grants::delete_grant(conn, partner, of.0, user_id).await?;
        Some(("role_lost", json!({ "sessions_ended": ended, "user_id": user_id, "method": of.0 })))
    };
    let Some((event, detail)) = change else { return Ok(()) };
    audit::append(conn, partner, &AuditEntry { actor: name, event, subject: "session", detail }).await
}

async fn release(app: &App, partner: PartnerId, method: Method, user_id: &str) -> Result<(), SignInError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    grants::release_grant(&mut transaction, partner, method.as_str(), user_id).await?;
    Ok(transaction.commit().await?)
}

fn grant(method: Method, user_id: &str) -> Record {
    Record::Grant { method: method.as_str().to_owned(), user_id: user_id.to_owned() }
}

fn same_person(provider: &Provider, someone: &Someone, user_id: &str) -> Result<Role, SignInError> {
    if someone.id == user_id { provider.role(someone) } else { Err(SignInError::Refused) }
}

async fn partner_key(app: &App, partner: PartnerId) -> Result<String, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let row = storage::partners::by_id(&mut transaction, partner).await?;
    row.map(|row| row.partner_key).ok_or(ServiceError::NotFound)
}
