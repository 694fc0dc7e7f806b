//! Device groups of customers (`worry-free-templates.md` 4).

use super::{CustomerBatch, RemoteManager, calls, is_without_product};
use crate::domain::ids::AccountId;
use crate::domain::outcome::ReadError;
use crate::upstream::json::read_json;
use crate::upstream::lenient::Text;
use crate::upstream::signed::Request;
use serde::Deserialize;

/// Ten customers fit on one page; a server that goes on and on is stopped here.
const MOST_PAGES: u32 = 10;

/// The groups of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerGroups {
    /// The customer.
    pub account_id: AccountId,
    /// Its groups.
    pub groups: Vec<Group>,
}

/// A group of devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number, within the customer.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// 1 is devices and 2 is servers; others are not documented.
    pub kind: Option<u32>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    paging: Option<Paging>,
    customers: Vec<CustomerRow>,
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    total: Text,
}

#[derive(Deserialize)]
struct CustomerRow {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    groups: Option<Vec<GroupRow>>,
}

#[derive(Deserialize)]
struct GroupRow {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    name: Text,
    #[serde(default, rename = "type")]
    kind: Text,
}

impl RemoteManager {
    /// The groups of each customer. A customer whose product is not there yet is missing from the answer.
    pub async fn groups(&self, batch: &CustomerBatch) -> Result<Vec<CustomerGroups>, ReadError> {
        match self.groups_of_all(batch).await {
            Err(ReadError::Refused(refusal)) if is_without_product(&refusal) => self.groups_of_each(batch).await,
            result => result,
        }
    }

    /// One customer without a product can make the whole batch be refused, so each is asked for alone.
    async fn groups_of_each(&self, batch: &CustomerBatch) -> Result<Vec<CustomerGroups>, ReadError> {
        let mut found = Vec::new();
        for account in batch.accounts().iter().filter(|_| batch.accounts().len() > 1) {
            match self.groups_of_all(&CustomerBatch::one(account.clone())).await {
                Ok(groups) => found.extend(groups),
                Err(ReadError::Refused(refusal)) if is_without_product(&refusal) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn groups_of_all(&self, batch: &CustomerBatch) -> Result<Vec<CustomerGroups>, ReadError> {
        let mut found: Vec<CustomerGroups> = Vec::new();
        let mut received = 0;
        for number in 1..=MOST_PAGES {
            let query = format!("{}&page={number}&limit=100", batch.query());
            let answer = self.client.read(Request::get("groups", calls::GROUPS).query(query)).await?;
            let page: Page = read_json(&answer)?;
            received += page.customers.len();
            let total = page.paging.and_then(|paging| paging.total.whole());
            let ended = page.customers.is_empty()
                || total
                    .map_or(page.customers.len() < 100, |total| usize::try_from(total).is_ok_and(|t| received >= t));
            for customer in page.customers.into_iter().filter_map(CustomerRow::into_groups) {
                add(&mut found, customer);
            }
            if ended {
                found.retain(|customer| batch.accounts().contains(&customer.account_id));
                return Ok(found);
            }
        }
        Err(ReadError::Incomplete("the list of groups does not end".to_owned()))
    }
}

/// The groups of one customer may be told on several pages, and the same ones twice.
fn add(found: &mut Vec<CustomerGroups>, customer: CustomerGroups) {
    let Some(earlier) = found.iter_mut().find(|earlier| earlier.account_id == customer.account_id) else {
        found.push(customer);
        return;
    };
    for group in customer.groups {
        if earlier.groups.iter().all(|known| known.id != group.id) {
            earlier.groups.push(group);
        }
    }
}

impl CustomerRow {
    fn into_groups(self) -> Option<CustomerGroups> {
        let account_id = AccountId::parse(self.id.raw()?).ok()?;
        let groups = self.groups.unwrap_or_default();
        Some(CustomerGroups { account_id, groups: groups.iter().filter_map(GroupRow::group).collect() })
    }
}

impl GroupRow {
    fn group(&self) -> Option<Group> {
        let whole = |text: &Text| text.whole().and_then(|number| u32::try_from(number).ok());
        Some(Group { id: whole(&self.id)?, name: self.name.clean().unwrap_or_default(), kind: whole(&self.kind) })
    }
}
