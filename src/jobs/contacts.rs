//! Reading what lists leave out of chosen organizations: the single record, and the staff where that has no contact either.

use super::{JobContext, JobEnd};
use crate::domain::ids::{ImportId, OrganizationId};
use crate::domain::inventory::{OrganizationProfile, StaffMember, split_name};
use crate::domain::outcome::ReadError;
use crate::storage::refresh;
use crate::storage::tenancy;
use crate::upstream::vsa::Vsa;
use futures_util::{StreamExt, stream};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use uuid::Uuid;

/// Organizations read side by side; how many calls are on the wire is up to the client.
const SIDE_BY_SIDE: usize = 8;
/// Organizations stored at once, so that a form fills as it goes.
const STORED_AT_ONCE: usize = 25;
/// After the database was away.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Shown where contacts are filled in.
const MISSING_RIGHT: &str = "Kaseya VSA does not let the plug-in's user read contacts, so blanks are not filled from there. Give that user the right to read organizations and staff, or enter what is missing; it is tried again after a day.";

/// Reads the contacts that rows of the import lack. A vendor that fails is no reason to try again: the form asks for what is
/// missing, and the next save of the import queues this again.
pub async fn run(context: JobContext) -> JobEnd {
    let Ok(import) = Uuid::parse_str(&context.subject) else {
        return JobEnd::Failed("the subject is no import id".to_owned());
    };
    let Ok(vsa) = context.clients.vsa(context.partner).await else { return JobEnd::Done };
    match read(&context, &vsa, ImportId(import)).await {
        Ok(end) => end,
        Err(error) => {
            tracing::warn!(%error, "contacts could not be stored, trying again");
            JobEnd::Again(TRY_AGAIN)
        }
    }
}

async fn read(context: &JobContext, vsa: &Vsa, import: ImportId) -> sqlx::Result<JobEnd> {
    let lacking =
        refresh::lacking_details(&mut *tenancy::begin(&context.pool, context.partner).await?, context.partner, import)
            .await?;
    let mut unread: HashSet<_> = lacking.iter().cloned().collect();
    let mut read = stream::iter(lacking)
        .map(async |id| {
            let profile = profile(vsa, &id).await;
            (id, profile)
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .ready_chunks(STORED_AT_ONCE);
    while let Some(profiles) = read.next().await {
        if !context.lease.may_begin() {
            return Ok(JobEnd::Again(Duration::ZERO));
        }
        let failed = profiles.iter().find_map(|(id, read)| Some((id, read.as_ref().err()?)));
        let broken = failed.map(|(id, error)| {
            tracing::warn!(organization.id = %id, %error, "a contact could not be read");
            error.is_transient() || matches!(error, ReadError::CredentialsRefused)
        });
        let is_forbidden = profiles.iter().any(|(_, read)| matches!(read, Err(ReadError::Forbidden)));
        let mut found: HashMap<_, _> = profiles.into_iter().filter_map(|(id, read)| Some((id, read.ok()?))).collect();
        unread.retain(|id| !found.contains_key(id));
        if is_forbidden {
            // The right is missing for all of them alike: asking for each, again and again, gives nothing but refusals.
            found.extend(unread.drain().map(|id| (id, OrganizationProfile::default())));
        }
        let mut transaction = tenancy::begin(&context.pool, context.partner).await?;
        if !context.lease.hold(&mut transaction).await? {
            return Ok(JobEnd::Lost);
        }
        refresh::put_details(&mut transaction, context.partner, &found).await?;
        transaction.commit().await?;
        if is_forbidden {
            return Ok(JobEnd::Failed(MISSING_RIGHT.to_owned()));
        }
        if broken == Some(true) {
            return Ok(JobEnd::Done);
        }
    }
    Ok(JobEnd::Done)
}

async fn profile(vsa: &Vsa, id: &OrganizationId) -> Result<OrganizationProfile, ReadError> {
    let mut profile = vsa.organization_profile(id).await?.unwrap_or_default();
    if profile.email.is_none() || profile.first_name.is_none() || profile.last_name.is_none() {
        let staff = match vsa.staff(id).await {
            // Another right, another endpoint: what the organization says of itself is worth keeping. Where it says nothing, why
            // there is nothing has to be told.
            Err(
                error @ (ReadError::Forbidden
                | ReadError::NotFound
                | ReadError::Refused(_)
                | ReadError::ServerError(_)
                | ReadError::Unreadable(_)),
            ) if profile.email.is_some() || profile.first_name.is_some() || profile.last_name.is_some() => {
                tracing::debug!(organization.id = %id, %error, "staff cannot be read");
                Vec::new()
            }
            result => result?,
        };
        if let Some(member) = best(&staff, profile.email.as_deref()) {
            fill(&mut profile, member);
        }
    }
    Ok(profile)
}

/// The person whose address the organization has; otherwise the first with an address, otherwise the first.
fn best<'a>(staff: &'a [StaffMember], email: Option<&str>) -> Option<&'a StaffMember> {
    let is_same = |member: &&StaffMember| match (&member.email, email) {
        (Some(theirs), Some(ours)) => theirs.eq_ignore_ascii_case(ours),
        _ => false,
    };
    staff.iter().find(is_same).or_else(|| staff.iter().find(|member| member.email.is_some())).or(staff.first())
}

/// What the organization says of itself stays; a name is taken whole or not at all.
fn fill(profile: &mut OrganizationProfile, member: &StaffMember) {
    profile.email = profile.email.take().or_else(|| member.email.clone());
    if profile.first_name.is_none()
        && profile.last_name.is_none()
        && let Some((first, last)) = member.full_name.as_deref().and_then(split_name)
    {
        (profile.first_name, profile.last_name) = (Some(first), Some(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, email: Option<&str>) -> StaffMember {
        StaffMember { full_name: Some(name.to_owned()), email: email.map(str::to_owned) }
    }

    #[test]
    fn the_owner_of_the_known_address_is_the_contact() {
        let staff = [member("Ada Lovelace", None), member("Ben Fry", Some("Ben@x.example"))];
        assert_eq!(best(&staff, Some("ben@X.example")), Some(&staff[1]));
        assert_eq!(best(&staff, None), Some(&staff[1]));
        assert_eq!(best(&staff[..1], None), Some(&staff[0]));
        assert_eq!(best(&[], None), None);
    }

    #[test]
    fn what_the_organization_says_of_itself_stays() {
        let mut profile =
            OrganizationProfile { email: Some("info@x.example".into()), ..OrganizationProfile::default() };
        fill(&mut profile, &member("Ben Fry", Some("ben@x.example")));
        assert_eq!(profile.email.as_deref(), Some("info@x.example"));
        assert_eq!((profile.first_name.as_deref(), profile.last_name.as_deref()), (Some("Ben"), Some("Fry")));
        let mut half = OrganizationProfile { last_name: Some("Ito".into()), ..OrganizationProfile::default() };
        fill(&mut half, &member("Ben Fry", None));
        assert_eq!(half.first_name, None, "no name is made of two people");
    }
}
