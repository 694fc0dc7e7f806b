//! Situation → HTTP status, decided once for screens and API.

use crate::domain::hold::Hold;
use crate::domain::outcome::Vendor;
use crate::service::ServiceError;
use crate::service::caps::CapReached;
use axum::http::StatusCode;

/// How a situation is told over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The status.
    pub status: StatusCode,
    /// Ends the problem's `type`; stable.
    pub slug: &'static str,
    /// For people.
    pub title: &'static str,
}

impl Situation {
    const fn new(status: StatusCode, slug: &'static str, title: &'static str) -> Self {
        Self { status, slug, title }
    }
}

/// Not JSON, or not readable as HTTP.
pub const MALFORMED_REQUEST: Situation =
    Situation::new(StatusCode::BAD_REQUEST, "malformed-request", "The request cannot be read");
/// A POST that creates came without a key.
pub const IDEMPOTENCY_KEY_MISSING: Situation =
    Situation::new(StatusCode::BAD_REQUEST, "idempotency-key-missing", "Idempotency-Key is missing");
/// No token or session, or one that is wrong, ended or revoked.
pub const UNAUTHENTICATED: Situation =
    Situation::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Nobody is signed in");
/// Signed in, without the right; or a write from another site.
pub const FORBIDDEN: Situation = Situation::new(StatusCode::FORBIDDEN, "forbidden", "This is not allowed");
/// No such thing, or another partner's.
pub const NOT_FOUND: Situation = Situation::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing");
/// Another method is meant.
pub const METHOD_NOT_ALLOWED: Situation =
    Situation::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This address does not take this method");
/// The first request with a key is still under way.
pub const IDEMPOTENCY_KEY_IN_USE: Situation = Situation::new(
    StatusCode::CONFLICT,
    "idempotency-key-in-use",
    "The first request with this key is still under way",
);
/// The body was not there in time.
pub const REQUEST_TIMEOUT: Situation =
    Situation::new(StatusCode::REQUEST_TIMEOUT, "request-timeout", "The body did not come in time");
/// The body is too long.
pub const PAYLOAD_TOO_LARGE: Situation =
    Situation::new(StatusCode::PAYLOAD_TOO_LARGE, "payload-too-large", "The body is too long");
/// The body is not JSON by its type.
pub const UNSUPPORTED_MEDIA_TYPE: Situation =
    Situation::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body is of another type");
/// Fields are missing or wrong.
pub const VALIDATION_FAILED: Situation =
    Situation::new(StatusCode::UNPROCESSABLE_ENTITY, "validation-failed", "Some fields need attention");
/// A key came again with another body.
pub const IDEMPOTENCY_KEY_REUSED: Situation =
    Situation::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "The key was used with another body");
/// Too many requests.
pub const RATE_LIMITED: Situation =
    Situation::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests at once");
/// Our fault.
pub const INTERNAL_ERROR: Situation =
    Situation::new(StatusCode::INTERNAL_SERVER_ERROR, "internal-error", "Something went wrong on our side");
/// Nothing can be stored now.
pub const UNAVAILABLE: Situation =
    Situation::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The service cannot store anything now");

/// The one map from situations of use cases to HTTP.
pub fn situation(error: &ServiceError) -> Situation {
    use StatusCode as S;
    match error {
        ServiceError::NotFound => NOT_FOUND,
        ServiceError::StaleVersion { .. } => {
            Situation::new(S::CONFLICT, "stale-version", "The import was changed in the meantime")
        }
        ServiceError::PlanChanged { .. } => {
            Situation::new(S::CONFLICT, "plan-changed", "The plan has changed since it was looked at")
        }
        ServiceError::ImportIncomplete { .. } => {
            Situation::new(S::CONFLICT, "import-incomplete", "An earlier step is not finished")
        }
        ServiceError::ImportNotEditable { .. } => {
            Situation::new(S::CONFLICT, "import-not-editable", "The import has been started")
        }
        ServiceError::UndoNotPossible { .. } => {
            Situation::new(S::CONFLICT, "undo-not-possible", "The import cannot be undone")
        }
        ServiceError::OrganizationLinked(_) => {
            Situation::new(S::CONFLICT, "organization-linked", "A customer already has an account")
        }
        ServiceError::OrganizationImporting(_) => {
            Situation::new(S::CONFLICT, "organization-importing", "Another import holds one of these customers")
        }
        ServiceError::AccountAssigned(_) => {
            Situation::new(S::CONFLICT, "account-assigned", "An account belongs to another customer")
        }
        ServiceError::CredentialsRefused(_) => {
            Situation::new(S::CONFLICT, "credentials-refused", "The stored credentials are refused")
        }
        ServiceError::Frozen(_) => Situation::new(S::CONFLICT, "frozen", "Nothing is sent to vendors at present"),
        ServiceError::CapReached(_) => {
            Situation::new(S::CONFLICT, "cap-reached", "More than may be created or bought in a time")
        }
        ServiceError::InventoryMissing => {
            Situation::new(S::CONFLICT, "inventory-missing", "The inventory has not been read yet")
        }
        ServiceError::InventoryStale { .. } => {
            Situation::new(S::CONFLICT, "inventory-stale", "The inventory is too old")
        }
        ServiceError::ValidationFailed(_) => VALIDATION_FAILED,
        ServiceError::Unavailable(_) => UNAVAILABLE,
        ServiceError::Internal(_) => INTERNAL_ERROR,
    }
}

/// What happened, what was not done and what to do next, in a sentence or two; never a cause from inside.
pub fn detail(error: &ServiceError) -> String {
    match error {
        ServiceError::NotFound => "It does not exist, or it is not yours. Nothing was changed.".into(),
        ServiceError::StaleVersion { current_version, .. } => {
            format!("Version {current_version} is current; this change was based on an earlier one. Nothing was stored. Look at the import again and repeat the change.")
        }
        ServiceError::PlanChanged { .. } => "Nothing was sent to Trend Micro. Look at the plan as it is now and start it again.".into(),
        ServiceError::ImportIncomplete { errors, .. } if errors.is_empty() => "Go through the steps in their order. Nothing was stored.".into(),
        ServiceError::ImportIncomplete { .. } => "Some rows still have problems; each is named. Nothing was sent to Trend Micro.".into(),
        ServiceError::ImportNotEditable { .. } => "An import that has been started cannot be changed. Nothing was stored. Start a new import for what is left.".into(),
        ServiceError::UndoNotPossible { undecided: Some(name), .. } => format!("Nothing was changed. Decide about {name} first: until then nobody knows what there is to undo for it."),
        ServiceError::UndoNotPossible { .. } => "Nothing was changed. An import can be undone once, within 24 hours of its end, if anything was imported; what was undone cannot be taken up again. Change subscriptions in the Licensing Management Platform's console.".into(),
        ServiceError::OrganizationLinked(held) => {
            format!("{} already linked. Nothing was sent to Trend Micro. Remove it from this import.", names(held.iter().map(|held| &*held.organization_name)))
        }
        ServiceError::OrganizationImporting(held) => {
            let by = held.first().map(|held| held.by.as_str()).unwrap_or_default();
            format!("{} being imported by {by}. Nothing was sent to Trend Micro.", names(held.iter().map(|held| &*held.organization_name)))
        }
        ServiceError::AccountAssigned(held) => {
            format!("An account chosen here belongs to {}. Nothing was sent to Trend Micro. Choose another one.", plain(held.iter().map(|held| &*held.organization_name)))
        }
        ServiceError::CredentialsRefused(vendor) => {
            let vendor = match vendor {
                Vendor::Vsa => "Kaseya VSA",
                Vendor::Lmp => "The Licensing Management Platform",
                Vendor::RemoteManager => "Remote Manager",
            };
            format!("{vendor} refuses the stored credentials. Nothing was sent. Replace them, then try again.")
        }
        ServiceError::Frozen(Hold::Restored) => "The database of this service was restored or has moved, so what is recorded may be older than what was done. Nothing was sent to Trend Micro. As soon as its accounts have been compared with the records, which happens by itself, start again; the operator of this service knows more.".into(),
        ServiceError::Frozen(Hold::Frozen { reason }) => {
            let because = if reason.is_empty() { String::new() } else { format!(": {}", reason.trim_end_matches('.')) };
            format!("An operator of this service has stopped everything that would change something at vendors{because}. Nothing was sent to Trend Micro. Ask the operator; then start again.")
        }
        ServiceError::CapReached(cap) => {
            let (time, CapReached { what, cap, used, asked, .. }) = (if cap.hours == 1 { "an hour" } else { "a day" }, cap);
            format!("This plan asks for {asked} {what}; at most {cap} may be had in {time}, and {used} of them are used. Nothing was sent to Trend Micro. Import fewer customers, wait, or ask the operator of this service for more.")
        }
        ServiceError::InventoryMissing => "Customers and accounts have never been read completely. Refresh the inventory first.".into(),
        ServiceError::InventoryStale { .. } => "What is known about customers and licenses is too old to spend licenses on. Refresh the inventory first.".into(),
        ServiceError::ValidationFailed(_) => "Each field is named with what would be right. Nothing was stored.".into(),
        ServiceError::Unavailable(_) => "Nothing was stored. Try again in a moment.".into(),
        ServiceError::Internal(_) => "What was stored before is safe. Look at the current state before you try again.".into(),
    }
}

fn plain<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    match names.as_slice() {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        all => all.join(", "),
    }
}

fn names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    let verb = if names.clone().count() == 1 { "is" } else { "are" };
    format!("{} {verb}", plain(names))
}
