//! Organizations and their machine groups.

use super::super::call::Call;
use super::super::world::{Contact, Organization, State};
use super::envelope::{digits, list as envelope_list, single};
use super::filter::Value;
use super::query::Query;
use super::{Outcome, Refused};
use serde::Serialize;
use serde_json::value::RawValue;
use std::cmp::Ordering;

const SORTABLE: [&str; 4] = ["OrgName", "OrgRef", "NoOfEmployees", "AnnualRevenue"];
const FILTERABLE: [&str; 6] = ["OrgId", "OrgName", "OrgRef", "ParentOrgId", "NoOfEmployees", "AnnualRevenue"];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    org_id: Box<RawValue>,
    org_name: &'a str,
    org_ref: &'a str,
    org_type: Option<&'a str>,
    default_department_name: &'static str,
    default_machine_group_name: &'static str,
    parent_org_id: Option<Box<RawValue>>,
    website: Option<&'a str>,
    no_of_employees: u32,
    annual_revenue: u32,
    contact_info: Option<ContactInfo<'a>>,
    custom_fields: Vec<CustomField<'a>>,
    attributes: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CustomField<'a> {
    field_name: &'a str,
    field_value: &'a str,
}

/// The contact part of organizations and of people.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContactInfo<'a> {
    preferred_contact_method: &'static str,
    primary_phone: Option<&'a str>,
    primary_fax: Option<&'a str>,
    primary_email: Option<&'a str>,
    country: Option<&'a str>,
    street: Option<&'a str>,
    city: Option<&'a str>,
    state: Option<&'a str>,
    zip_code: Option<&'a str>,
    primary_text_message_phone: Option<&'a str>,
}

impl<'a> From<&'a Contact> for ContactInfo<'a> {
    fn from(contact: &'a Contact) -> Self {
        Self {
            preferred_contact_method: "Email",
            primary_phone: contact.phone.as_deref(),
            primary_fax: None,
            primary_email: contact.email.as_deref(),
            country: contact.country.as_deref(),
            street: contact.street.as_deref(),
            city: contact.city.as_deref(),
            state: contact.state.as_deref(),
            zip_code: contact.postal_code.as_deref(),
            primary_text_message_phone: None,
        }
    }
}

fn record(organization: &Organization, id_as_number: bool, with_contact: bool) -> Record<'_> {
    Record {
        org_id: digits(&organization.id, id_as_number),
        org_name: &organization.name,
        org_ref: &organization.reference,
        org_type: None,
        default_department_name: "root",
        default_machine_group_name: "root",
        parent_org_id: organization.parent.as_deref().map(|parent| digits(parent, !id_as_number)),
        website: organization.website.as_deref(),
        no_of_employees: organization.employees,
        annual_revenue: 0,
        contact_info: with_contact.then(|| ContactInfo::from(&organization.contact)),
        custom_fields: Vec::new(),
        attributes: None,
    }
}

fn field(organization: &Organization, name: &str) -> Value {
    match name {
        "OrgId" => Value::Digits(organization.id.clone()),
        "OrgName" => Value::Text(organization.name.clone()),
        "OrgRef" => Value::Text(organization.reference.clone()),
        "ParentOrgId" => organization.parent.clone().map_or(Value::Null, Value::Digits),
        "NoOfEmployees" => Value::Digits(organization.employees.to_string()),
        _ => Value::Digits("0".to_owned()),
    }
}

fn order(left: &Organization, right: &Organization, by: &[(String, bool)]) -> Ordering {
    let compare = |name: &str| match name {
        "OrgName" => left.name.to_lowercase().cmp(&right.name.to_lowercase()),
        "OrgRef" => left.reference.cmp(&right.reference),
        "NoOfEmployees" => left.employees.cmp(&right.employees),
        _ => Ordering::Equal,
    };
    by.iter().fold(Ordering::Equal, |order, (name, descending)| {
        order.then_with(|| if *descending { compare(name).reverse() } else { compare(name) })
    })
}

/// A page of organizations.
pub(super) fn list(state: &mut State, call: &Call) -> Outcome {
    let query = Query::read(state, call, &SORTABLE, &FILTERABLE)?;
    let alternate = state.sessions.alternate();
    let with_contact = !state.quirks.vsa.list_without_contacts;
    let all = state.directory.organizations();
    let mut found: Vec<_> = match &query.filter {
        None => all.collect(),
        Some(filter) => all.filter(|organization| filter.fits(&|name| field(organization, name))).collect(),
    };
    if !query.order.is_empty() {
        found.sort_by(|left, right| order(left, right, &query.order));
    }
    let total = found.len() as u64;
    let rows = query.page(found.into_iter().enumerate());
    let records: Vec<_> = rows
        .into_iter()
        .map(|(row, organization)| record(organization, row.is_multiple_of(2) == alternate, with_contact))
        .collect();
    Ok(envelope_list(&records, total, alternate))
}

/// One organization.
pub(super) fn one(state: &mut State, id: &str) -> Outcome {
    let alternate = state.sessions.alternate();
    let organization = find(state, id)?;
    Ok(single(&record(organization, alternate, true)))
}

/// An organization in scope.
pub(super) fn find<'a>(state: &'a State, id: &str) -> Result<&'a Organization, Refused> {
    state.directory.organization(id).ok_or_else(|| Refused::not_found("Org does not exist"))
}

/// The id of an organization's root group.
pub(super) fn group_id(organization_id: &str) -> String {
    let hash = organization_id.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    super::super::chance::vsa_id(7, hash % 1_000_000_000_000_000)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupRecord<'a> {
    machine_group_id: Box<RawValue>,
    machine_group_name: String,
    parent_machine_group_id: Option<Box<RawValue>>,
    org_id: Box<RawValue>,
    attributes: Option<&'a str>,
}

/// Machine groups: each organization has its root group. Names begin with the organization here.
pub(super) fn machine_groups(state: &mut State, call: &Call, organization: Option<&str>) -> Outcome {
    let query =
        Query::read(state, call, &["MachineGroupName", "OrgId"], &["MachineGroupId", "MachineGroupName", "OrgId"])?;
    let alternate = state.sessions.alternate();
    let organizations: Vec<_> = match organization {
        Some(id) => vec![find(state, id)?],
        None => state.directory.organizations().collect(),
    };
    let group_name = |organization: &Organization| format!("{}.root", organization.reference);
    let fits = |organization: &&Organization| {
        query.filter.as_ref().is_none_or(|filter| {
            filter.fits(&|name| match name {
                "MachineGroupName" => Value::Text(group_name(organization)),
                "OrgId" => Value::Digits(organization.id.clone()),
                _ => Value::Digits(group_id(&organization.id)),
            })
        })
    };
    let found: Vec<_> = organizations.into_iter().filter(fits).collect();
    let total = found.len() as u64;
    let records: Vec<_> = query
        .page(found.into_iter())
        .into_iter()
        .map(|organization| GroupRecord {
            machine_group_id: digits(&group_id(&organization.id), alternate),
            machine_group_name: group_name(organization),
            parent_machine_group_id: None,
            org_id: digits(&organization.id, !alternate),
            attributes: None,
        })
        .collect();
    Ok(envelope_list(&records, total, alternate))
}
