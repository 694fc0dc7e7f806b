//! People at organizations: often the only place where a contact is known.

use super::super::call::Call;
use super::super::chance::vsa_id;
use super::super::world::{Organization, Staff, State};
use super::Outcome;
use super::envelope::{digits, list as envelope_list};
use super::filter::Value;
use super::organizations::{ContactInfo, find};
use super::query::Query;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    org_staff_id: Box<RawValue>,
    staff_full_name: &'a str,
    org_id: Box<RawValue>,
    dept_id: Option<Box<RawValue>>,
    supervisor_id: Option<Box<RawValue>>,
    title: Option<&'a str>,
    function: Option<&'a str>,
    user_id: Option<Box<RawValue>>,
    contact_info: ContactInfo<'a>,
    view_all_tickets: bool,
    approve_all_time_sheets: bool,
    attributes: Option<&'a str>,
}

/// The people of one organization, or of all.
pub(super) fn list(state: &mut State, call: &Call, organization: Option<&str>) -> Outcome {
    let query = Query::read(state, call, &["StaffFullName"], &["StaffFullName", "OrgId", "DeptId"])?;
    let alternate = state.sessions.alternate();
    let organizations: Vec<_> = match organization {
        Some(id) => vec![find(state, id)?],
        None => state.directory.organizations().collect(),
    };
    let people = organizations
        .into_iter()
        .flat_map(|organization| organization.staff.iter().map(move |staff| (organization, staff)));
    let fits = |(organization, staff): &(&Organization, &Staff)| {
        query.filter.as_ref().is_none_or(|filter| {
            filter.fits(&|name| match name {
                "StaffFullName" => Value::Text(staff.full_name.clone()),
                "OrgId" => Value::Digits(organization.id.clone()),
                _ => Value::Null,
            })
        })
    };
    let mut found: Vec<_> = people.filter(fits).collect();
    if let Some((_, descending)) = query.order.first() {
        found.sort_by(|left, right| left.1.full_name.cmp(&right.1.full_name));
        if *descending {
            found.reverse();
        }
    }
    let total = found.len() as u64;
    let rows = query.page(found.into_iter().enumerate());
    let records: Vec<_> =
        rows.into_iter().map(|(row, (organization, staff))| record(organization, staff, row, alternate)).collect();
    Ok(envelope_list(&records, total, alternate))
}

fn record<'a>(organization: &'a Organization, staff: &'a Staff, row: usize, alternate: bool) -> Record<'a> {
    Record {
        org_staff_id: digits(&vsa_id(6, row as u64 + 1), alternate),
        staff_full_name: &staff.full_name,
        org_id: digits(&organization.id, !alternate),
        dept_id: None,
        supervisor_id: None,
        title: staff.title.as_deref(),
        function: None,
        user_id: None,
        contact_info: ContactInfo::from(&staff.contact),
        view_all_tickets: false,
        approve_all_time_sheets: false,
        attributes: None,
    }
}
