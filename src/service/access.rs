//! Who may come in: API tokens, one-time links, sessions. Tokens are random and only their hashes are kept.

use super::audit::{self, AuditEntry, OPERATOR};
use super::{App, Caller, ServiceError};
use crate::domain::ids::PartnerId;
use crate::domain::role::Role;
use crate::storage;
use crate::storage::access::SessionRow;
use crate::storage::tenancy::{self, Across};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// What a screen needs to know of its partner; chosen by the public key in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerView {
    /// The partner.
    pub partner_id: PartnerId,
    /// Public name in paths.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Registered e-mail address.
    pub email: String,
    /// Origin of the registered VSA, the only one that may frame its screens.
    pub vsa_origin: Option<String>,
}

/// The partner with this key; `None` for unknown ones.
pub async fn partner_by_key(app: &App, key: &str) -> Result<Option<PartnerView>, ServiceError> {
    // What is no key of ours is not worth a question, and some of it the database does not take.
    if !key.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let mut transaction = tenancy::begin_across(&app.pool, Across::Door).await?;
    let Some(partner) = storage::partners::id_by_key(&mut transaction, key).await? else { return Ok(None) };
    tenancy::narrow(&mut transaction, partner).await?;
    let found = storage::partners::by_key(&mut transaction, key).await?;
    Ok(found.map(|(partner_id, name, email, url)| PartnerView {
        partner_id,
        key: key.to_owned(),
        name,
        email,
        vsa_origin: url.and_then(|url| reqwest::Url::parse(&url).ok()).map(|url| url.origin().ascii_serialization()),
    }))
}

/// The caller that a bearer token of the REST API belongs to. Its use is noted now and then.
pub async fn caller_of_token(app: &App, token: &str) -> Result<Option<Caller>, ServiceError> {
    let (mut transaction, hash) = (tenancy::begin_across(&app.pool, Across::Door).await?, hash(token));
    let found = storage::tokens::find(&mut transaction, &hash).await?;
    let Some((partner_id, name, is_due)) = found else { return Ok(None) };
    if is_due {
        tenancy::narrow(&mut transaction, partner_id).await?;
        storage::tokens::note_use(&mut transaction, partner_id, &hash).await?;
        transaction.commit().await?;
    }
    Ok(Some(Caller { partner_id, name }))
}

/// Who holds a session, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who acts.
    pub caller: Caller,
    /// What the person may do.
    pub role: Role,
    /// Who that is at VSA or at the partner's provider; none with a link of the operator's.
    pub person: Option<Person>,
}

/// Somebody whom VSA, or the partner's provider, knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Which of the two: `vsa` or `openid`.
    pub method: String,
    /// The person's id there.
    pub user_id: String,
}

/// Whether somebody is there who asks, or only a script of a page that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The session's idle time begins anew.
    Person,
    /// The idle time goes on.
    Script,
}

/// The holder of a session that has not ended.
pub async fn holder_of_session(app: &App, token: &str, presence: Presence) -> Result<Option<Holder>, ServiceError> {
    let (mut transaction, hash) = (tenancy::begin_across(&app.pool, Across::Door).await?, hash(token));
    let Some(partner) = storage::access::partner_of_session(&mut transaction, &hash).await? else { return Ok(None) };
    tenancy::narrow(&mut transaction, partner).await?;
    let is_present = presence == Presence::Person;
    let found = storage::access::session(&mut transaction, &hash, app.limits.session_idle, is_present).await?;
    transaction.commit().await?;
    Ok(found.map(|SessionRow { partner_id, user_name, role, method, user_id }| Holder {
        caller: Caller { partner_id, name: user_name },
        role,
        person: user_id.map(|user_id| Person { method, user_id }),
    }))
}

/// The caller that a session token belongs to; extends the session's idle time.
pub async fn caller_of_session(app: &App, token: &str) -> Result<Option<Caller>, ServiceError> {
    Ok(holder_of_session(app, token, Presence::Person).await?.map(|holder| holder.caller))
}

/// By what somebody was let in; a stream looks again and again whether it still lets in.
#[derive(Clone, PartialEq, Eq)]
pub enum Pass {
    /// An API token.
    Token(String),
    /// The token of a session.
    Session(String),
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(…)",
            Self::Session(_) => "Session(…)",
        })
    }
}

impl Pass {
    /// Whether it has not ended. That alone keeps no session open.
    pub async fn is_good(&self, app: &App) -> Result<bool, ServiceError> {
        match self {
            Self::Token(token) => Ok(caller_of_token(app, token).await?.is_some()),
            Self::Session(token) => Ok(holder_of_session(app, token, Presence::Script).await?.is_some()),
        }
    }

    /// Looks now and then whether it is still good.
    pub fn watch(self) -> Watch {
        Watch { pass: self, look_at: Instant::now() + LOOK_AGAIN }
    }
}

/// Looks now and then whether a pass is still good.
pub struct Watch {
    pass: Pass,
    look_at: Instant,
}

impl Watch {
    /// Whether the pass was good when it was last looked at, [`LOOK_AGAIN`] ago at most; asked once a second or more often, a stream
    /// ends in time. What cannot be known counts as ended.
    pub async fn is_good(&mut self, app: &App) -> bool {
        if Instant::now() < self.look_at {
            return true;
        }
        self.look_at = Instant::now() + LOOK_AGAIN;
        self.pass.is_good(app).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "it is not known whether a session has ended, so its stream ends");
            false
        })
    }
}

/// What somebody who may only look is told when it tries to change something.
pub const ONLY_LOOKS: &str = "Your role lets you look only. Nothing was stored or sent. Ask an administrator of the plug-in to do this, or for another role.";

/// How often a stream looks whether its session or token has ended: everything ends within 5 seconds.
pub const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Uses up a one-time link of the partner and opens a session; returns the token for the cookie. `None` if the link is unknown, used or expired.
pub async fn open_session(app: &App, partner: PartnerId, link_token: &str) -> Result<Option<String>, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let Some(user_name) = storage::access::use_link(&mut transaction, partner, &hash(link_token)).await? else {
        return Ok(None);
    };
    let token = random_token("");
    let (method, role) = ("link".to_owned(), Role::Administrator);
    let session = SessionRow { partner_id: partner, user_name, role, method, user_id: None };
    insert_session(app, &mut transaction, &token, &session).await?;
    transaction.commit().await?;
    Ok(Some(token))
}

/// Opens a session and notes it.
pub(super) async fn insert_session(
    app: &App,
    conn: &mut PgConnection,
    token: &str,
    session: &SessionRow,
) -> Result<(), ServiceError> {
    storage::access::insert_session(conn, &hash(token), session, app.limits.session_absolute).await?;
    let detail = json!({ "method": session.method, "role": session.role.as_str(), "user_id": session.user_id });
    let entry = AuditEntry { actor: &session.user_name, event: "signed_in", subject: "session", detail };
    audit::append(conn, session.partner_id, &entry).await
}

/// Opens a session for somebody whose right to it is proven; returns the token for the cookie.
pub async fn begin_session(app: &App, partner: PartnerId, user_name: &str) -> Result<String, ServiceError> {
    let token = random_token("");
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let (method, role, user_name) = ("link".to_owned(), Role::Administrator, user_name.to_owned());
    let session = SessionRow { partner_id: partner, user_name, role, method, user_id: None };
    insert_session(app, &mut transaction, &token, &session).await?;
    transaction.commit().await?;
    Ok(token)
}

/// Ends a session.
pub async fn close_session(app: &App, token: &str) -> Result<(), ServiceError> {
    let (mut transaction, hash) = (tenancy::begin_across(&app.pool, Across::Door).await?, hash(token));
    let Some(partner) = storage::access::partner_of_session(&mut transaction, &hash).await? else { return Ok(()) };
    tenancy::narrow(&mut transaction, partner).await?;
    let idle = app.limits.session_idle;
    let open = storage::access::session(&mut transaction, &hash, idle, false).await?;
    storage::access::delete_session(&mut transaction, &hash).await?;
    if let Some(session) = open {
        note(&mut transaction, partner, &session.user_name, "signed_out", "session").await?;
    }
    Ok(transaction.commit().await?)
}

/// Makes a one-time link that opens a session for `user_name`; returns its token, valid for `minutes`.
pub async fn issue_link(app: &App, partner: PartnerId, user_name: &str, minutes: u32) -> Result<String, ServiceError> {
    let token = random_token("");
    let valid = TimeDelta::minutes(i64::from(minutes));
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    storage::access::insert_link(&mut transaction, partner, &hash(&token), user_name, valid).await?;
    note(&mut transaction, partner, OPERATOR, "sign_in_link_issued", user_name).await?;
    transaction.commit().await?;
    Ok(token)
}

/// Makes a further API token that is good until it is revoked; returned once, stored hashed.
pub async fn issue_token(app: &App, partner: PartnerId, label: &str) -> Result<String, ServiceError> {
    Ok(super::tokens::issue(app, partner, label, None).await?.token)
}

/// What was ended of a partner's people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedOut {
    /// Sessions.
    pub sessions: u64,
    /// One-time links that nobody had used.
    pub links: u64,
}

/// Signs everybody of a partner out: sessions end, links that were not used and sign-ins under way are void, and what allows us to ask
/// again who somebody is is forgotten. API tokens are no sessions; they are revoked.
pub async fn sign_everybody_out(app: &App, partner: PartnerId) -> Result<SignedOut, ServiceError> {
    let mut transaction = tenancy::begin(&app.pool, partner).await?;
    let sessions = storage::access::delete_sessions(&mut transaction, partner).await?;
    let links = storage::access::delete_links(&mut transaction, partner).await?;
    storage::sign_in::delete_grants(&mut transaction, partner).await?;
    let detail = json!({ "sessions": sessions, "links": links });
    let entry = AuditEntry { actor: OPERATOR, event: "everybody_signed_out", subject: "session", detail };
    audit::append(&mut transaction, partner, &entry).await?;
    transaction.commit().await?;
    Ok(SignedOut { sessions, links })
}

async fn note(
    conn: &mut PgConnection,
    partner: PartnerId,
    actor: &str,
    event: &str,
    subject: &str,
) -> Result<(), ServiceError> {
    audit::append(conn, partner, &AuditEntry { actor, event, subject, detail: json!({}) }).await
}

/// Letters and digits that are not taken for one another when read aloud.
const LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// Random letters that people can read to one another; about five bits each.
pub(in crate::service) fn random_letters(count: usize) -> String {
    (0..count).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect()
}

/// 256 random bits as text.
pub(in crate::service) fn random_token(prefix: &str) -> String {
    let bytes: [u8; 32] = rand::random();
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a token or code.
pub(in crate::service) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
