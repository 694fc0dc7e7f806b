//! Activation: a code that the operator gives out lets a new partner enter its connections, once.

use super::access::{hash, random_letters};
use super::audit::{self, AuditEntry, OPERATOR};
use super::connections::{Activated, AllStored, Entered, Outcome, tested};
use super::door::Door;
use super::partners::PutError;
use super::{App, ServiceError, partners};
use crate::domain::check::{Verdict, worst};
use crate::domain::field::FieldError;
use crate::domain::ids::PartnerId;
use crate::storage;
use crate::storage::connections::{self as codes, CodeRow};
use crate::storage::tenancy::{self, Across, Tx};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;

/// Four groups of five letters: about 99 bits.
const GROUPS: usize = 4;
const GROUP: usize = 5;
/// Who acts in the audit trail until somebody has signed in.
const ACTOR: &str = "activation code";

/// Makes an activation code; returned once, stored hashed.
pub async fn invite(app: &App, valid: TimeDelta) -> Result<String, ServiceError> {
    issue(tenancy::begin_across(&app.pool, Across::Operator).await?, false, valid).await
}

/// A code for an installation without a partner, void once there is one; `None` if there is one already. Of several processes that start
/// at once each prints its own, and one of these codes makes the partner.
pub async fn first_start(app: &App, valid: TimeDelta) -> Result<Option<String>, ServiceError> {
    let mut transaction = tenancy::begin_across(&app.pool, Across::Operator).await?;
    if !storage::partners::list(&mut transaction).await?.is_empty() {
        return Ok(None);
    }
    issue(transaction, true, valid).await.map(Some)
}

/// What may be shown of a code that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// Names it.
    pub id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// The codes that can be used now, the newest first.
pub async fn invitations(app: &App) -> Result<Vec<Invitation>, ServiceError> {
    let rows = codes::codes(&mut *tenancy::begin_across(&app.pool, Across::Operator).await?).await?;
    let invitation = |row: CodeRow| Invitation { id: row.id, created_at: row.created_at, expires_at: row.expires_at };
    Ok(rows.into_iter().map(invitation).collect())
}

/// Takes back the code of this id, or every one if there is no id; returns how many there were.
pub async fn withdraw(app: &App, id: Option<&str>) -> Result<usize, ServiceError> {
    let rows = codes::codes(&mut *tenancy::begin_across(&app.pool, Across::Operator).await?).await?;
    let mut withdrawn = 0;
    for row in rows.into_iter().filter(|row| id.is_none_or(|id| id == row.id)) {
        let mut transaction = tenancy::begin(&app.pool, row.partner_id).await?;
        // Somebody may have used it since it was listed.
        if !codes::withdraw_code(&mut transaction, row.partner_id).await? {
            continue;
        }
        let (event, subject) = ("invitation_withdrawn", "activation code");
        let entry = AuditEntry { actor: OPERATOR, event, subject, detail: json!({}) };
        audit::append(&mut transaction, row.partner_id, &entry).await?;
        transaction.commit().await?;
        withdrawn += 1;
    }
    Ok(withdrawn)
}

async fn issue(mut transaction: Tx, is_first_start: bool, valid: TimeDelta) -> Result<String, ServiceError> {
    let code = (0..GROUPS).map(|_| random_letters(GROUP)).collect::<Vec<_>>().join("-");
    let partner = PartnerId(uuid::Uuid::now_v7());
    tenancy::narrow(&mut transaction, partner).await?;
    codes::insert_code(&mut transaction, partner, &hash(&folded(&code)), is_first_start, valid).await?;
    let entry = AuditEntry { actor: OPERATOR, event: "invited", subject: "activation code", detail: json!({}) };
    audit::append(&mut transaction, partner, &entry).await?;
    transaction.commit().await?;
    Ok(code)
}

/// As people type it: without regard to case, spaces and dashes.
fn folded(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The partner that a code will make. Nothing is tested or stored without one.
pub async fn invited(app: &App, code: &str) -> Result<Option<PartnerId>, ServiceError> {
    let mut transaction = tenancy::begin_across(&app.pool, Across::Door).await?;
    Ok(codes::partner_of_code(&mut transaction, &hash(&folded(code))).await?)
}

/// Tests what was entered, if the code is good.
pub async fn test(app: &App, door: &Door, code: &str, entered: &Entered) -> Result<Outcome<()>, ServiceError> {
    let Some(partner) = invited(app, code).await? else { return Ok(Outcome::NoCode) };
    match entered.check(&AllStored::new(), door.settings.allow_http) {
        Ok(entry) => Ok(Outcome::NotWorking(tested(app, door, partner, ACTOR, &entry).await?)),
        Err(errors) => Ok(Outcome::Wrong(errors)),
    }
}

/// Tests what was entered and, if nothing fails, makes the partner and uses the code up, both or neither.
pub async fn activate(app: &App, door: &Door, code: &str, entered: &Entered) -> Result<Outcome<Activated>, PutError> {
    let Some(partner) = invited(app, code).await? else { return Ok(Outcome::NoCode) };
    let entry = match entered.check(&AllStored::new(), door.settings.allow_http) {
        Ok(entry) => entry,
        Err(errors) => return Ok(Outcome::Wrong(errors)),
    };
    let checks = tested(app, door, partner, ACTOR, &entry).await?;
    if worst(&checks) == Verdict::Failed {
        return Ok(Outcome::NotWorking(checks));
    }
    let mut transaction = tenancy::begin_across(&app.pool, Across::Door).await?;
    storage::partners::lock_names(&mut transaction).await?;
    if storage::partners::id_by_name(&mut transaction, &entry.name).await?.is_some() {
        let taken = "A partner of this name is activated already. Change its credentials on its own page, or enter another name.";
        return Ok(Outcome::Wrong(vec![FieldError::new("name", "taken", taken)]));
    }
    // Looked up again behind the lock: of two that press at once, one makes the partner.
    let hash = hash(&folded(code));
    if codes::partner_of_code(&mut transaction, &hash).await? != Some(partner) {
        return Ok(Outcome::NoCode);
    }
    tenancy::narrow(&mut transaction, partner).await?;
    if !codes::use_code(&mut transaction, partner, &hash).await? {
        return Ok(Outcome::NoCode);
    }
    let made = partners::add(&mut transaction, &door.vault, partner, &entry, ACTOR).await?;
    storage::connections::put_test(&mut transaction, partner, &checks).await?;
    transaction.commit().await?;
    Ok(Outcome::Stored(made, checks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(folded(" ABCDE-fghjk 23456-mnpqr\n"), "abcdefghjk23456mnpqr");
    }
}
