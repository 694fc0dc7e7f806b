//! Activation: a code that the operator gives out lets a new partner enter its connections, once.

use super::access::{hash, random_letters};
use super::connections::{Activated, AllStored, Entered, Outcome};
use super::door::Door;
use super::partners::PutError;
use super::{App, ServiceError, partners};
use crate::domain::check::{Verdict, worst};
use crate::domain::field::FieldError;
use crate::domain::ids::PartnerId;
use crate::storage;
use crate::storage::connections as codes;
use chrono::TimeDelta;

/// Four groups of five letters: about 99 bits.
const GROUPS: usize = 4;
const GROUP: usize = 5;

/// Makes an activation code; returned once, stored hashed.
pub async fn invite(app: &App, valid: TimeDelta) -> Result<String, ServiceError> {
    issue(app, false, valid).await
}

/// A code for an installation without a partner; `None` if there is one.
pub async fn first_start(app: &App, valid: TimeDelta) -> Result<Option<String>, ServiceError> {
    if partners::list(app).await?.is_empty() { issue(app, true, valid).await.map(Some) } else { Ok(None) }
}

async fn issue(app: &App, is_first_start: bool, valid: TimeDelta) -> Result<String, ServiceError> {
    let code = (0..GROUPS).map(|_| random_letters(GROUP)).collect::<Vec<_>>().join("-");
    let mut transaction = app.pool.begin().await?;
    codes::insert_code(&mut transaction, &hash(&folded(&code)), is_first_start, valid).await?;
    transaction.commit().await?;
    Ok(code)
}

/// As people type it: without regard to case, spaces and dashes.
fn folded(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether a code can still be used. Nothing is tested or stored without one.
pub async fn is_good(app: &App, code: &str) -> Result<bool, ServiceError> {
    let is_first = partners::list(app).await?.is_empty();
    Ok(codes::is_code_good(&mut *app.pool.acquire().await?, &hash(&folded(code)), is_first).await?)
}

/// One place for each code to test from, so that nothing is learned from other partners' tests.
fn test_place(code: &str) -> PartnerId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash(&folded(code))).for_each(|(byte, hashed)| *byte = hashed);
    PartnerId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// Tests what was entered, if the code is good.
pub async fn test(app: &App, door: &Door, code: &str, entered: &Entered) -> Result<Outcome<()>, ServiceError> {
    if !is_good(app, code).await? {
        return Ok(Outcome::NoCode);
    }
    match entered.check(&AllStored::new(), door.settings.allow_http) {
        Ok(entry) => Ok(Outcome::NotWorking(door.tester.test(test_place(code), &entry.connections).await)),
        Err(errors) => Ok(Outcome::Wrong(errors)),
    }
}

/// Tests what was entered and, if nothing fails, makes the partner and uses the code up.
pub async fn activate(app: &App, door: &Door, code: &str, entered: &Entered) -> Result<Outcome<Activated>, PutError> {
    if !is_good(app, code).await? {
        return Ok(Outcome::NoCode);
    }
    let entry = match entered.check(&AllStored::new(), door.settings.allow_http) {
        Ok(entry) => entry,
        Err(errors) => return Ok(Outcome::Wrong(errors)),
    };
    let checks = door.tester.test(test_place(code), &entry.connections).await;
    if worst(&checks) == Verdict::Failed {
        return Ok(Outcome::NotWorking(checks));
    }
    // The code goes first: of two that press at once, one makes the partner. A failure after it leaves the code used, which a
    // new one mends; the other order could make two partners.
    let is_first = partners::list(app).await?.is_empty();
    if partners::list(app).await?.iter().any(|partner| partner.name.to_lowercase() == entry.name.to_lowercase()) {
        let taken = "A partner of this name is activated already. Change its credentials on its own page, or enter another name.";
        return Ok(Outcome::Wrong(vec![FieldError::new("name", "taken", taken)]));
    }
    let mut transaction = app.pool.begin().await?;
    if !codes::use_code(&mut transaction, &hash(&folded(code)), is_first).await? {
        return Ok(Outcome::NoCode);
    }
    transaction.commit().await?;
    let partner = partners::put(app, &door.vault, &entry).await?;
    let mut transaction = app.begin(partner.partner_id).await?;
    storage::connections::put_test(&mut transaction, partner.partner_id, &checks).await?;
    transaction.commit().await?;
    Ok(Outcome::Stored(partner, checks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(folded(" ABCDE-fghjk 23456-mnpqr\n"), "abcdefghjk23456mnpqr");
        assert_eq!(test_place("ab-cd"), test_place("AB CD"));
        assert_ne!(test_place("ab"), test_place("cd"));
    }
}
