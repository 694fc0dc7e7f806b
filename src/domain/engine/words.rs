//! What people are told: what happened, what was and was not done, what to do next.

use super::{PauseCause, account_was_created};
use crate::domain::integration::ItemRecord;
use crate::domain::operation::{Operation, OperationKind, SettleRule, known_by};
use crate::domain::outcome::{Refusal, Vendor};
use crate::domain::plan::Reason;

const FIELDS: [(&str, &str); 11] = [
    ("company.name", "company name"),
    ("company.address", "address"),
    ("company.city", "city"),
    ("company.state", "state"),
    ("company.postal_code", "postal code"),
    ("company.country", "country"),
    ("company.note", "note"),
    ("contact.first_name", "contact's first name"),
    ("contact.last_name", "contact's last name"),
    ("contact.email", "contact's e-mail address"),
    ("units_per_license", "number of seats"),
];

fn sentence(message: Option<&str>) -> String {
    message.map(|text| format!(": {}", text.trim().trim_end_matches('.'))).unwrap_or_default()
}

/// A refused write, in words; `item` tells what was done before it.
pub fn refused(item: &ItemRecord, kind: OperationKind, refusal: &Refusal) -> Reason {
    let message = sentence(refusal.message.as_deref());
    let field = refusal.field.as_deref().and_then(|path| FIELDS.iter().find(|(known, _)| *known == path));
    let what = match kind {
        OperationKind::CreateAccount => "the new account",
        OperationKind::CreateSubscription => "the new subscription",
        OperationKind::SetUnits => "the change of seats",
        OperationKind::InitializeProduct => "to prepare Worry-Free Services",
        OperationKind::SetNotifications => "the notification settings",
        OperationKind::ApplyTemplate => "the template",
    };
    let what = field.map_or_else(|| what.to_owned(), |(_, words)| format!("the {words}"));
    Reason::new("refused", format!("Trend Micro refused {what}{message}. {}", what_was_done(item)))
}

fn what_was_done(item: &ItemRecord) -> &'static str {
    if account_was_created(item) {
        "The account has been created and is kept, nothing else was; correct what was refused and press Retry to go on from there."
    } else {
        "Nothing was created or changed; correct what was refused and press Retry."
    }
}

/// A subscription of the plan was there before.
pub fn subscription_exists(item: &ItemRecord) -> Reason {
    let message = if account_was_created(item) {
        "The account has a subscription to this service plan already that differs from the confirmed one. It was not changed. Start a new import for this customer to change its seats."
    } else {
        "The account has a subscription to this service plan already that was not in view when the plan was confirmed; nothing was changed. Refresh the inventory and start a new import for this customer to change its seats."
    };
    Reason::new("subscription_exists", message)
}

/// The account has another plan of the product by now.
pub fn other_plan_exists() -> Reason {
    let message = "The account has another service plan of the same product by now, and a second one would split its devices between the two; nothing was changed. Refresh the inventory and start a new import for this customer to change its seats.";
    Reason::new("subscription_exists", message)
}

/// The subscription to change is gone or disabled.
pub fn subscription_gone() -> Reason {
    let message = "The subscription whose seats should change no longer exists or is disabled; nothing was changed. Refresh the inventory and start a new import for this customer.";
    Reason::new("subscription_gone", message)
}

/// Repeating the change of units did not get through.
pub fn units_unknown() -> Reason {
    let message = "Trend Micro did not confirm the change of seats after several tries, so the subscription has either the old or the confirmed number. Press Retry to set it again; setting it twice changes nothing.";
    Reason::new("units_not_confirmed", message)
}

/// Somebody holds an open write for the same organization.
pub fn open_elsewhere() -> Reason {
    let message = "An earlier import has an open question about this customer; nothing was sent now. Settle it there, then press Retry.";
    Reason::new("open_elsewhere", message)
}

/// The account is linked to another organization.
pub fn account_taken() -> Reason {
    let message = "The account is assigned to another organization by now, so this one was not linked to it. Its subscription is kept. Start a new import for this customer and choose another account.";
    Reason::new("account_taken", message)
}

/// An account of the same name that was not in view when the import was begun.
pub fn same_name(name: &str) -> Reason {
    let message = format!(
        "Since this import was begun, somebody has created an account named “{name}” at Trend Micro. Nothing was created. Choose that account, or have a new one created."
    );
    Reason::new("same_name", message)
}

/// An account that may be the one whose creation was not answered.
pub fn perhaps_ours(name: &str) -> Reason {
    let message = format!(
        "The answer to the creation was lost. There is an account named “{name}” now, without the note that would tell that it is this one. Nothing more was sent. Choose it if it belongs to this customer, or have a new one created."
    );
    Reason::new("perhaps_created", message)
}

/// More than one account carries our mark.
pub fn several_accounts() -> Reason {
    let message = "The answer to the creation was lost, and more than one account could be the one that was created. Nothing more was sent. Choose the account that belongs to this customer.";
    Reason::new("several_found", message)
}

/// A subscription was found that is not quite what was confirmed.
pub fn subscription_differs() -> Reason {
    let message = "The answer to the creation of the subscription was lost, and the account has a subscription now that is not the confirmed one. Nothing more was sent. Check it in the Licensing Management Platform; choose the account to take the subscription and set its seats as confirmed.";
    Reason::new("subscription_differs", message)
}

/// It could not be found out for days.
pub fn unsettled() -> Reason {
    let message = "The answer to the creation was lost, and Trend Micro could not be asked about it for three days. Nothing more was sent. Look in the Licensing Management Platform whether it exists; if it does not, have it created.";
    Reason::new("unsettled", message)
}

/// Still nobody has decided.
pub fn undecided() -> Reason {
    let message =
        "It is still open what the lost answer led to. Nothing more is sent for this customer until somebody chooses.";
    Reason::new("undecided", message)
}

/// An outcome that is being checked.
pub fn checking(operation: &Operation, rule: SettleRule) -> Reason {
    let by = known_by(operation, rule)
        .map(|at| format!(" It will be known by {} UTC.", at.format("%H:%M")))
        .unwrap_or_default();
    Reason::new(
        "checking",
        format!("The answer of Trend Micro was lost. We are checking whether it was done; nothing is sent twice.{by}"),
    )
}

/// An outcome that is being checked although it was probably refused: nothing documents that it surely was.
pub fn checking_after_throttling(operation: &Operation, rule: SettleRule) -> Reason {
    let by = known_by(operation, rule)
        .map(|at| format!(" It will be known by {} UTC.", at.format("%H:%M")))
        .unwrap_or_default();
    Reason::new(
        "checking",
        format!(
            "Trend Micro asked us to slow down and does not say whether it carried this request out. We wait as long as it asks, and check whether it was done; nothing is sent twice.{by}"
        ),
    )
}

/// Between what the vendor said and what is done about it.
const BUT: &str =
    " That is no documented refusal, so we are checking whether it was done all the same; nothing is sent twice.";
const CHECKING_REFUSAL: &str = "checking_refusal";

/// An outcome that is being checked although it sounds like a refusal.
pub fn checking_after_refusal(refusal: &Refusal, operation: &Operation, rule: SettleRule) -> Reason {
    let by = known_by(operation, rule)
        .map(|at| format!(" It will be known by {} UTC.", at.format("%H:%M")))
        .unwrap_or_default();
    let said = sentence(refusal.message.as_deref());
    Reason::new(CHECKING_REFUSAL, format!("Trend Micro answered with status {}{said}.{BUT}{by}", refusal.status))
}

/// Whether an outcome that is being checked sounds like a refusal.
pub fn is_probable_refusal(reason: &Reason) -> bool {
    reason.code == CHECKING_REFUSAL
}

/// The same once nothing has been found.
pub fn refused_after_looks(item: &ItemRecord, checking: Option<&Reason>) -> Reason {
    let answer = checking.and_then(|reason| reason.message.split_once(BUT)).map_or("", |(answer, _)| answer);
    let message = format!("{answer} It was looked for, and it was not done. {}", what_was_done(item));
    Reason::new("refused", message.trim_start())
}

/// The account that was created a moment ago is not known to the vendor yet.
pub fn account_not_shown() -> Reason {
    let message = "The account has been created, but the Licensing Management Platform does not know it yet. Its subscription is requested again by itself.";
    Reason::new("account_not_shown", message)
}

/// The vendor asks for a pause.
pub fn slow_down(vendor: Vendor) -> Reason {
    let message = format!(
        "{} asks us to slow down. Nothing was done by this request; it is sent again by itself when the time it asked for is over.",
        name(vendor)
    );
    Reason::new("upstream_busy", message)
}

/// A write that may be intended again.
pub fn not_there() -> Reason {
    Reason::new("trying_again", "The last request had no effect and is sent again.")
}

/// A write that sets a state and may be sent again, whatever became of it.
pub fn sent_again() -> Reason {
    Reason::new(
        "trying_again",
        "The last request may not have got through. It sets a state, so it is sent again by itself.",
    )
}

/// Readings or writes that do not get through for the moment.
pub fn trying_again(vendor: Vendor) -> Reason {
    Reason::new(
        "upstream_unavailable",
        format!("{} does not answer as it should at the moment. It is tried again by itself.", name(vendor)),
    )
}

/// The vendor can't answer a question at all.
pub fn unreadable(vendor: Vendor) -> Reason {
    let message = format!(
        "{} gave an answer that could not be understood, so nothing was sent for this customer. Press Retry later.",
        name(vendor)
    );
    Reason::new("unreadable", message)
}

/// The licenses ended before this customer.
pub fn no_licenses(item: &ItemRecord) -> Reason {
    let message = if account_was_created(item) {
        "The license pool ended before the subscription of this customer. Its account exists already; add licenses and press Retry, which continues with the subscription."
    } else {
        "The license pool ended before this customer. Nothing was created for it; add licenses and press Retry."
    };
    Reason::new("no_licenses", message)
}

/// Stopped before its turn.
pub fn not_started(item: &ItemRecord) -> Reason {
    let message = if account_was_created(item) {
        "The integration was stopped before this customer's turn. Its account exists already; press Retry to go on from there."
    } else {
        "The integration was stopped before this customer's turn. Nothing was created or changed; press Retry to take it up."
    };
    Reason::new("stopped", message)
}

/// The product is awaited.
pub fn waiting_for_product() -> Reason {
    Reason::new(
        "waiting_for_product",
        "The subscription exists. Remote Manager does not show Worry-Free Services for the account yet.",
    )
}

/// The product did not appear in time.
pub fn product_not_ready() -> Reason {
    let message = "The account and its subscription exist, but Remote Manager did not show Worry-Free Services for it in time. Notifications and template were not set; press Retry to set them.";
    Reason::new("product_not_ready", message)
}

/// Remote Manager was disconnected.
pub fn remote_manager_not_connected() -> Reason {
    let message = "The account and its subscription exist, but Remote Manager is not connected any more. Notifications and template were not set; connect it and press Retry.";
    Reason::new("remote_manager_not_connected", message)
}

/// Recipients could not be set.
pub fn notifications_not_set(message: Option<&str>) -> Reason {
    let message = sentence(message);
    Reason::new(
        "notifications_not_set",
        format!(
            "The account and its subscription exist, but the recipient of notifications could not be set{message}. Press Retry to try again."
        ),
    )
}

/// The template could not be applied.
pub fn template_not_applied(message: Option<&str>) -> Reason {
    let message = sentence(message);
    Reason::new(
        "template_not_applied",
        format!(
            "The account and its subscription exist, but the template could not be applied completely{message}. Press Retry to try again."
        ),
    )
}

/// The refresh crashed its worker each time.
pub fn parked_refresh() -> Reason {
    Reason::new(
        "parked",
        "Reading the inventory failed several times in the same way and has been halted. What was read before is kept. Refresh to try again; if it happens again, contact the operator of this service.",
    )
}

/// The run crashed its worker each time.
pub fn parked() -> Reason {
    Reason::new(
        "parked",
        "The integration failed several times in the same way and has been halted. What was done is recorded and is not done again. Press Retry to go on; if it happens again, contact the operator of this service.",
    )
}

/// What is recorded was written by another version of this service.
pub fn unknown_record() -> Reason {
    Reason::new(
        "parked",
        "What is recorded of this integration was written by another version of this service, so it has been halted. What was done is recorded and is not done again. Contact the operator of this service; press Retry to go on once it has been updated.",
    )
}

/// The same of one customer.
pub fn unknown_item() -> Reason {
    Reason::new(
        "parked",
        "What is recorded of this customer was written by another version of this service. Nothing more is sent for it until that is understood. Contact the operator of this service.",
    )
}

/// These credentials may read, but not do this.
pub fn writes_refused(item: &ItemRecord) -> Reason {
    let message = if account_was_created(item) {
        "The Licensing Management Platform accepts the credentials, but refused this request three times: they lack a right that is needed for it. The account has been created and is kept; give the right or replace the credentials, then press Retry."
    } else {
        "The Licensing Management Platform accepts the credentials, but refused this request three times: they lack a right that is needed for it. Give the right or replace the credentials, then press Retry."
    };
    Reason::new("forbidden", message)
}

/// The same of Remote Manager.
pub fn remote_manager_refuses() -> Reason {
    let message = "The account and its subscription exist, but Remote Manager refused three times to set it up, although it accepts the credentials: they lack a right. Give it, then press Retry.";
    Reason::new("remote_manager_refuses", message)
}

/// Remote Manager could not be used for days.
pub fn remote_manager_away() -> Reason {
    let message = "The account and its subscription exist, but Remote Manager could not be used for three days. Notifications and template were not set; press Retry to set them.";
    Reason::new("remote_manager_away", message)
}

/// A vendor could not be used for days.
pub fn away_for_days(vendor: Vendor) -> Reason {
    let message = format!(
        "{} could not be used for three days, so this customer was given up. What was done is kept and not done again; press Retry to go on.",
        name(vendor)
    );
    Reason::new("away_for_days", message)
}

/// What people call a vendor's system; the first letter is a capital.
pub fn name(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Vsa => "Kaseya VSA",
        Vendor::Lmp => "The Licensing Management Platform",
        Vendor::RemoteManager => "Remote Manager",
    }
}

/// Why the whole run stands still.
pub fn pause(vendor: Vendor, cause: PauseCause) -> Reason {
    let name = name(vendor);
    match cause {
        PauseCause::CredentialsRefused => Reason::new(
            "credentials_refused",
            format!(
                "{name} refuses the credentials. Nothing more is sent until they are replaced in the settings; the integration then goes on by itself."
            ),
        ),
        PauseCause::NotConnected => Reason::new(
            "credentials_refused",
            format!(
                "There are no usable credentials for {name}. Enter them in the settings; the integration then goes on by itself."
            ),
        ),
        PauseCause::Forbidden => Reason::new(
            "forbidden",
            format!(
                "The credentials for {name} lack a right that is needed. Nothing more is sent until the right is given or the credentials are replaced; the integration then goes on by itself."
            ),
        ),
        PauseCause::ClockSkew { seconds } => Reason::new(
            "clock_skew",
            format!(
                "The clock of this server differs from that of {name} by {} seconds, so requests cannot be signed. Set the clock; the integration then goes on by itself.",
                seconds.abs()
            ),
        ),
        PauseCause::Frozen => Reason::new(
            "frozen",
            "An operator of this service has stopped everything that would change something at vendors. Nothing more is sent until that ends; it then goes on by itself.",
        ),
        PauseCause::Restored => Reason::new(
            "restored",
            "The database of this service was restored or has moved, so what is recorded may be older than what was done. Nothing more is sent until the accounts at Trend Micro have been compared with the records; the integration then goes on by itself.",
        ),
        PauseCause::OtherPartner => Reason::new(
            "other_partner",
            format!(
                "The credentials for {name} belong to another partner than this import was begun with. Nothing more is sent, as what was created there could not be found. Enter credentials of the first one; the integration then goes on by itself."
            ),
        ),
        PauseCause::DatabaseClock { seconds } => Reason::new(
            "clock_skew",
            format!(
                "The clocks of this service and its database differ by {} seconds, so what is found at Trend Micro cannot be judged. The operator of this service has to set them; the integration then goes on by itself.",
                seconds.abs()
            ),
        ),
        PauseCause::Unreachable => Reason::new(
            "upstream_unavailable",
            format!(
                "{name} cannot be reached. Nothing is lost; the integration goes on by itself as soon as it answers."
            ),
        ),
    }
}
