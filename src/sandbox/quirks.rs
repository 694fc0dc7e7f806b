//! The switches: where the references leave room, or tell of servers that differ.

use super::call::Api;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::time::Duration;

/// How the vendors behave; change it at any time with `World::configure`.
#[derive(Debug, Clone)]
pub struct Quirks {
    /// Kaseya VSA.
    pub vsa: VsaQuirks,
    /// Kaseya VSA 10.
    pub vsa10: Vsa10Quirks,
    /// LMPI.
    pub lmp: LmpQuirks,
    /// SMPI.
    pub remote_manager: RemoteManagerQuirks,
    /// The `OpenID` Connect provider.
    pub openid: OpenIdQuirks,
    /// The vendors' clocks minus ours; shows in `Date` and in the check of signed times.
    pub clock_offset: TimeDelta,
    /// How far a signed time may be from the clocks of LMPI and SMPI.
    pub signed_time_tolerance: TimeDelta,
    /// More requests in flight than this are recorded as a violation.
    pub in_flight_limit: BTreeMap<Api, usize>,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            vsa: VsaQuirks::default(),
            vsa10: Vsa10Quirks::default(),
            lmp: LmpQuirks::default(),
            remote_manager: RemoteManagerQuirks::default(),
            openid: OpenIdQuirks::default(),
            clock_offset: TimeDelta::zero(),
            signed_time_tolerance: TimeDelta::minutes(15),
            in_flight_limit: BTreeMap::new(),
        }
    }
}

/// The `OpenID` Connect provider.
#[derive(Debug, Clone, Default)]
pub struct OpenIdQuirks {
    /// What is wrong with ID tokens.
    pub flaw: Option<TokenFlaw>,
    /// ID tokens list no roles; the answer about a user does.
    pub roles_only_on_request: bool,
    /// No refresh tokens are handed out.
    pub without_refresh_tokens: bool,
}

/// Something wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFlaw {
    /// It belongs to another attempt.
    Nonce,
    /// It is somebody else's.
    Issuer,
    /// It is for another client.
    Audience,
    /// It ended a minute ago.
    Expired,
    /// It is not signed and says so.
    NoAlgorithm,
    /// It is signed with the client's secret.
    SharedSecret,
    /// It is signed with a key that is not published.
    OtherKey,
}

impl TokenFlaw {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Nonce,
        Self::Issuer,
        Self::Audience,
        Self::Expired,
        Self::NoAlgorithm,
        Self::SharedSecret,
        Self::OtherKey,
    ];
}

/// Kaseya VSA 9.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, not states")]
pub struct VsaQuirks {
    /// User name and access token are refused, and so is every session.
    pub revoked: bool,
    /// A session ends this long after it began, whatever expiry it announced.
    pub session_life: Option<Duration>,
    /// A session ends after this many requests.
    pub session_uses: Option<u32>,
    /// A session that ended is told as HTTP 200 with 401 in the body.
    pub unauthorized_in_body: bool,
    /// The list of organizations leaves `ContactInfo` out; single records have it.
    pub list_without_contacts: bool,
    /// Fields that early servers did not send with a session are missing.
    pub session_without_expiry: bool,
}

/// Kaseya VSA 10.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, not states")]
pub struct Vsa10Quirks {
    /// The token is refused.
    pub revoked: bool,
    /// Families of calls that the token does not grant, such as `devices`.
    pub withheld: Vec<String>,
    /// The most rows of a page.
    pub page: u64,
    /// Whether pages say where the next one is.
    pub links: Links,
    /// Lists do not say how many rows there are.
    pub without_total: bool,
    /// Lists come without their wrapping.
    pub bare_lists: bool,
    /// Sites cannot be filtered by their organization.
    pub sites_without_filter: bool,
    /// A token is locked out after some failures.
    pub locks_out: bool,
}

impl Default for Vsa10Quirks {
    fn default() -> Self {
        Self {
            revoked: false,
            withheld: Vec::new(),
            page: 100,
            links: Links::Absent,
            without_total: false,
            bare_lists: false,
            sites_without_filter: false,
            locks_out: false,
        }
    }
}

/// Where the next page is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Nowhere.
    Absent,
    /// On the same server.
    Own,
    /// On a server that must not be asked.
    Foreign,
}

/// LMPI.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, not states")]
pub struct LmpQuirks {
    /// The key pair is refused.
    pub revoked: bool,
    /// The caller is a reseller: it may not read the license pools.
    pub reseller: bool,
    /// GUIDs in answers are in upper case.
    pub upper_case_ids: bool,
    /// Numbers in answers are text.
    pub numbers_as_text: bool,
    /// Answers call themselves `text/html`.
    pub html_content_type: bool,
    /// Empty texts in answers are null.
    pub null_strings: bool,
    /// How long a new customer is missing from the list.
    pub customer_lag: Duration,
    /// How long there is no such customer for calls that name a new one.
    pub unknown_customer: Duration,
    /// How long a new subscription is missing from the list and from `getid`.
    pub subscription_lag: Duration,
    /// Lists show no notes.
    pub without_notes: bool,
    /// Each page of a list begins with the last row of the one before.
    pub repeated_rows: bool,
    /// What is told when a pool is empty (its real wording is not known).
    pub exhausted: LmpError,
    /// What `getid` answers when there is no subscription (not known either).
    pub no_subscription: NoSubscription,
}

impl Default for LmpQuirks {
    fn default() -> Self {
        Self {
            revoked: false,
            reseller: false,
            upper_case_ids: false,
            numbers_as_text: false,
            html_content_type: false,
            null_strings: false,
            customer_lag: Duration::ZERO,
            unknown_customer: Duration::ZERO,
            without_notes: false,
            repeated_rows: false,
            subscription_lag: Duration::ZERO,
            exhausted: LmpError {
                subject: "InsufficientLicense".to_owned(),
                message: "There are not enough licenses available for this service plan.".to_owned(),
            },
            no_subscription: NoSubscription::default(),
        }
    }
}

/// An error as LMPI words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LmpError {
    /// `error_subject`.
    pub subject: String,
    /// `error_message`.
    pub message: String,
}

/// The answer of `getid` when the customer has no such subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoSubscription {
    /// 404 with an error body.
    #[default]
    NotFound,
    /// 400 with an error body.
    BadRequest,
    /// 200 with a null id.
    NullId,
    /// 200 without a body.
    EmptyBody,
}

/// SMPI.
#[derive(Debug, Clone, Default)]
pub struct RemoteManagerQuirks {
    /// The key pair is refused.
    pub revoked: bool,
    /// How long after the subscription the product company can be initialized.
    pub product_delay: Duration,
}
