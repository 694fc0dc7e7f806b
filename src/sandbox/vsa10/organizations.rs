//! Organizations, and the one site each of them has.

use super::super::call::Call;
use super::super::world::{Contact, Organization, State};
use super::options::Options;
use super::{Outcome, organization_number, page, single};
use serde_json::{Value, json};

/// Sites have ids of their own.
const SITE: u64 = 2_000_000;

/// The partner's own organizations in VSA 9, of the type "Internal" here.
const INTERNAL: [&str; 3] = ["myorg", "kserver", "unnamed"];

fn record(organization: &Organization) -> Value {
    let internal = INTERNAL.contains(&organization.reference.to_lowercase().as_str());
    json!({
        "Id": organization_number(&organization.id), "Name": organization.name, "IsMultiSite": false,
        "HasCustomFields": false, "OrganizationType": if internal { "Internal" } else { "Customer" },
    })
}

fn site_record(organization: &Organization) -> Value {
    let number = organization_number(&organization.id);
    json!({
        "Id": SITE + number, "Name": organization.contact.city.as_deref().unwrap_or("Main site"), "ParentId": number,
        "ParentName": organization.name, "PsaIntegrationType": null, "PsaMappingId": null, "HasCustomFields": false,
    })
}

/// Whoever VSA 9 knows as the first of the staff is the contact here.
fn contact(organization: &Organization) -> Value {
    let contact = &organization.contact;
    let person = organization.staff.first();
    json!({
        "Phone": contact.phone, "Fax": null,
        "Email": contact.email.as_ref().or(person.and_then(|person| person.contact.email.as_ref())),
        "ContactName": person.map(|person| &person.full_name), "CountryCode": contact.country, "City": contact.city,
        "Address1": contact.street, "Address2": null, "Zip": contact.postal_code,
    })
}

fn sorted<'a>(state: &'a State, options: &Options) -> Vec<&'a Organization> {
    let mut all: Vec<_> = state.directory.organizations().collect();
    all.sort_by_cached_key(|organization| organization.name.to_lowercase());
    if options.descending {
        all.reverse();
    }
    all
}

/// A page of organizations.
pub(super) fn list(state: &mut State, call: &Call) -> Outcome {
    let options = Options::read(state, call, &["Id", "Name"])?;
    let fits = |organization: &&Organization| {
        options.fits("Id", &organization_number(&organization.id).to_string())
            && options.fits("Name", &organization.name)
    };
    let found: Vec<_> = sorted(state, &options).into_iter().filter(fits).collect();
    let total = found.len() as u64;
    let rows = options.page(found.into_iter().map(record));
    Ok(page(state, call, &options, rows, total))
}

/// One organization.
pub(super) fn one(state: &mut State, id: &str) -> Outcome {
    let wanted = id.parse().map_err(|_| (400, "Invalid id.".to_owned()))?;
    let found = find(state, wanted).ok_or_else(|| (404, "Organization not found".to_owned()))?;
    Ok(single(&record(found)))
}

fn find(state: &State, number: u64) -> Option<&Organization> {
    state.directory.organizations().find(|organization| organization_number(&organization.id) == number)
}

/// A page of sites.
pub(super) fn sites(state: &mut State, call: &Call) -> Outcome {
    let fields: &[&str] = if state.quirks.vsa10.sites_without_filter { &["Name"] } else { &["Id", "Name", "ParentId"] };
    let options = Options::read(state, call, fields)?;
    let found: Vec<_> = sorted(state, &options)
        .into_iter()
        .filter(|organization| organization.contact != Contact::default() || !organization.staff.is_empty())
        .filter(|organization| options.fits("ParentId", &organization_number(&organization.id).to_string()))
        .collect();
    let total = found.len() as u64;
    let rows = options.page(found.into_iter().map(site_record));
    Ok(page(state, call, &options, rows, total))
}

/// One site, with its contact.
pub(super) fn site(state: &mut State, id: &str) -> Outcome {
    let not_found = || (404, "Site not found".to_owned());
    let number = id.parse::<u64>().ok().and_then(|id| id.checked_sub(SITE)).ok_or_else(not_found)?;
    let organization = find(state, number).ok_or_else(not_found)?;
    let mut site = site_record(organization);
    site["ContactInformation"] = contact(organization);
    Ok(single(&site))
}
