//! The bodies of requests. Only their shape is read here; what the values must be is decided by the use cases.

use super::read::{Node, Object};
use crate::domain::account::{CompanyDraft, ContactDraft, NewAccountDraft};
use crate::domain::ids::{AccountId, OrganizationId, ServicePlanId, TemplateId};
use crate::domain::import::{AccountChoice, MAX_ITEMS};
use crate::domain::seats::MAX_SEATS;
use crate::service::imports::{AccountsStep, NotificationsStep, ServicePlanItem, ServicePlansStep, TemplatesStep};
use crate::service::integrations::Retry;

/// Larger numbers are no version of anything.
const MAX_VERSION: u32 = i32::MAX as u32;

/// The longest hash and the longest address that are looked at.
const TEXT_LENGTH: usize = 128;

/// `ImportCreate`.
pub fn import_create(body: &Node<'_>) -> Option<Vec<OrganizationId>> {
    body.object(&["organization_ids"])?.required("organization_ids")?.ids(MAX_ITEMS)
}

/// `IntegrationStart`.
pub fn integration_start(body: &Node<'_>) -> Option<String> {
    body.object(&["plan_hash"])?.required("plan_hash")?.text(TEXT_LENGTH)
}

fn version(body: &Object<'_>) -> Option<u32> {
    body.required("version")?.integer(1, MAX_VERSION)
}

/// `AccountsStep`.
pub fn accounts(body: &Node<'_>) -> Option<AccountsStep> {
    let body = body.object(&["version", "items"])?;
    let version = version(&body);
    let items = body.required("items").and_then(|items| {
        items.rows(&["organization_id", "account"], 1, MAX_ITEMS, |row| account_choice(&row.required("account")?))
    });
    let items = items?.into_iter().map(|(organization, account)| (organization, Some(account))).collect();
    Some(AccountsStep { version: version?, items })
}

/// `AccountChoice`: `mode` decides what else there is.
fn account_choice(node: &Node<'_>) -> Option<AccountChoice> {
    const ALL: [&str; 4] = ["mode", "company", "contact", "account_id"];
    let mode = node.any_object()?.required("mode")?;
    match mode.string()? {
        "create" => new_account(&node.object(&ALL[..3])?),
        "existing" => {
            let account_id = node.object(&[ALL[0], ALL[3]])?.required("account_id")?.id(AccountId::parse)?;
            Some(AccountChoice::Existing { account_id })
        }
        _ => mode.refuse("invalid_format", "One of these is expected: create, existing."),
    }
}

fn new_account(object: &Object<'_>) -> Option<AccountChoice> {
    let company = object.required("company").and_then(|node| company(&node));
    let contact = object.required("contact").and_then(|node| contact(&node));
    Some(AccountChoice::Create(NewAccountDraft { company: company?, contact: contact? }))
}

/// A detail that is left out is treated as one that is null, so that the use case names it with all the others.
fn company(node: &Node<'_>) -> Option<CompanyDraft> {
    let object = node.object(&["name", "address", "city", "state", "postal_code", "country"])?;
    let (name, address, city) = (object.loose_text("name"), object.loose_text("address"), object.loose_text("city"));
    let (state, postal_code) = (object.loose_text("state"), object.loose_text("postal_code"));
    let country = object.loose_text("country");
    Some(CompanyDraft {
        name: name?,
        address: address?,
        city: city?,
        state: state?,
        postal_code: postal_code?,
        country: country?,
    })
}

fn contact(node: &Node<'_>) -> Option<ContactDraft> {
    let object = node.object(&["first_name", "last_name", "email"])?;
    let (first_name, last_name) = (object.loose_text("first_name"), object.loose_text("last_name"));
    let email = object.loose_text("email");
    Some(ContactDraft { first_name: first_name?, last_name: last_name?, email: email? })
}

/// `NotificationsStep`.
pub fn notifications(body: &Node<'_>) -> Option<NotificationsStep> {
    let body = body.object(&["version", "send_all_to_partner", "recipients"])?;
    let version = version(&body);
    let send_all_to_partner = body.required("send_all_to_partner").and_then(|node| node.boolean());
    let recipients = body.required("recipients").and_then(|rows| {
        rows.rows(&["organization_id", "email"], 0, MAX_ITEMS, |row| row.required("email")?.text(TEXT_LENGTH))
    });
    Some(NotificationsStep { version: version?, send_all_to_partner: send_all_to_partner?, recipients: recipients? })
}

/// `ServicePlansStep`.
pub fn service_plans(body: &Node<'_>) -> Option<ServicePlansStep> {
    let body = body.object(&["version", "items", "order"])?;
    let version = version(&body);
    let items = body.required("items").and_then(|items| {
        items.rows(&["organization_id", "service_plan_id", "seats"], 0, MAX_ITEMS, |row| {
            let plan = row.required("service_plan_id").and_then(|node| node.id(ServicePlanId::parse));
            let seats = row.required("seats").and_then(|node| node.nullable(|node| node.integer(1, MAX_SEATS)));
            Some((plan?, seats?))
        })
    });
    let order = match body.optional("order") {
        Some(order) => order.nullable(|order| order.ids(MAX_ITEMS)),
        None => Some(None),
    };
    let item =
        |(organization_id, (plan, seats))| ServicePlanItem { organization_id, service_plan_id: Some(plan), seats };
    Some(ServicePlansStep { version: version?, items: items?.into_iter().map(item).collect(), order: order? })
}

/// `TemplatesStep`.
pub fn templates(body: &Node<'_>) -> Option<TemplatesStep> {
    let body = body.object(&["version", "items"])?;
    let version = version(&body);
    let items = body.required("items").and_then(|items| {
        items.rows(&["organization_id", "template_id"], 0, MAX_ITEMS, |row| {
            row.required("template_id")?.nullable(|node| node.id(TemplateId::parse))
        })
    });
    Some(TemplatesStep { version: version?, items: items? })
}

/// `Retry`.
pub fn retry(body: &Node<'_>) -> Option<Retry> {
    let body = body.object(&["organization_ids", "decisions"])?;
    let organization_ids = match body.optional("organization_ids") {
        Some(ids) => ids.nullable(|ids| ids.ids(MAX_ITEMS)),
        None => Some(None),
    };
    let decisions = match body.optional("decisions") {
        Some(decisions) => decisions.rows(&["organization_id", "account_id"], 0, MAX_ITEMS, |row| {
            row.required("account_id")?.nullable(|node| node.id(AccountId::parse))
        }),
        None => Some(Vec::new()),
    };
    Some(Retry { organization_ids: organization_ids?, decisions: decisions? })
}

#[cfg(test)]
#[path = "steps_tests.rs"]
mod tests;
