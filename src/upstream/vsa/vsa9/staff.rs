//! Contact people of an organization (`kaseya-vsa9.md` 6.5).

use super::Vsa9;
use super::id::digits;
use super::organizations::Contact;
use crate::domain::ids::OrganizationId;
use crate::domain::inventory::StaffMember;
use crate::domain::outcome::ReadError;
use crate::upstream::json::unreadable;
use crate::upstream::lenient::Text;
use crate::upstream::progress::Progress;
use crate::upstream::transport::path_part;
use crate::upstream::vsa::list::{List, Pages as _, Rows};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashSet;

#[derive(Deserialize)]
struct StaffRow<'a> {
    #[serde(rename = "OrgStaffId", default, borrow)]
    id: Option<&'a RawValue>,
    #[serde(rename = "StaffFullName", default)]
    full_name: Text,
    #[serde(rename = "ContactInfo", default, borrow)]
    contact: Option<&'a RawValue>,
}

#[derive(Default)]
struct Staff {
    seen: HashSet<String>,
    rows: Vec<StaffMember>,
}

impl Rows for Staff {
    fn take(&mut self, row: &RawValue) -> Result<bool, ReadError> {
        let text = row.get();
        let row: StaffRow<'_> = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
        // People are suggestions for a form; one without an id is told apart by all it says.
        let is_new = self.seen.insert(digits(row.id).unwrap_or(text).to_owned());
        if is_new {
            let email = Contact::read(row.contact).email.clean();
            self.rows.push(StaffMember { full_name: row.full_name.clean(), email });
        }
        Ok(is_new)
    }
}

impl Vsa9 {
    pub(in crate::upstream::vsa) async fn staff(&self, id: &OrganizationId) -> Result<Vec<StaffMember>, ReadError> {
        let path = format!("/system/orgs/{}/staff", path_part(id.as_str()));
        let list = List { operation: "staff", path: &path, options: "" };
        Ok(self.list(&list, &Progress::new(), Staff::default).await?.rows)
    }
}
