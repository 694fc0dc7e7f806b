//! Customers: list and create (`lmpi.md` 5).

use super::lists::{List, Of, Row};
use super::{Lmp, calls};
use crate::domain::ids::AccountId;
use crate::domain::inventory::{Account, CreatedBetween};
use crate::domain::outcome::{ReadError, Sent};
use crate::upstream::lenient::Text;
use crate::upstream::paging::Listed;
use crate::upstream::progress::Progress;
use crate::upstream::signed::Stamp;
use crate::upstream::signed::{Request, is_plain_id};
use crate::upstream::transport::{Answer, Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What LMPI is told about a new customer; lengths and characters were checked before (`lmpi.md` 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomer {
    /// Company name.
    pub name: String,
    /// Street address.
    pub address: Option<String>,
    /// City.
    pub city: String,
    /// State or region.
    pub state: String,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Contact's first name.
    pub first_name: String,
    /// Contact's last name.
    pub last_name: String,
    /// Contact's e-mail address.
    pub email: String,
}

#[derive(Serialize)]
struct CreateCustomer<'a> {
    company: Company<'a>,
    contact: Contact<'a>,
}

#[derive(Serialize)]
struct Company<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    city: &'a str,
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<&'a str>,
    country: &'a str,
    note: &'a str,
}

#[derive(Serialize)]
struct Contact<'a> {
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
}

#[derive(Deserialize)]
struct CustomerRow {
    #[serde(default)]
    customer_id: Text,
    #[serde(default)]
    id: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    city: Text,
    #[serde(default)]
    state: Text,
    #[serde(default)]
    country: Text,
    #[serde(default)]
    note: Text,
    #[serde(default)]
    emergency_email: Text,
}

impl Row for CustomerRow {
    fn id(&self) -> Option<String> {
        self.account_id().map(String::from)
    }
}

fn account_id(text: &str) -> Option<AccountId> {
    is_plain_id(text).then(|| AccountId::parse(text).ok()).flatten()
}

impl CustomerRow {
    fn account_id(&self) -> Option<AccountId> {
        account_id(self.customer_id.raw().or_else(|| self.id.raw())?)
    }

    fn into_account(self) -> Option<Account> {
        let id = self.account_id()?;
        Some(Account {
            name: self.name.clean().unwrap_or_else(|| id.to_string()),
            id,
            city: self.city.clean(),
            state: self.state.clean(),
            country: self.country.clean(),
            note: self.note.clean(),
            emergency_email: self.emergency_email.clean(),
        })
    }
}

impl Lmp {
    /// All customers created in a range: every page and every row, or an error.
    pub async fn customers(&self, created: CreatedBetween, progress: &Progress) -> Result<Vec<Account>, ReadError> {
        self.all_customers(created, progress).await?.whole()
    }

    /// The same without the rows that cannot be read.
    pub async fn all_customers(
        &self,
        created: CreatedBetween,
        progress: &Progress,
    ) -> Result<Listed<Account>, ReadError> {
        let list = List { operation: "customers", path: calls::CUSTOMERS, of: Of::Customers };
        let listed: Listed<CustomerRow> = self.list(&list, created, progress).await?;
        Ok(listed.filter_map(CustomerRow::into_account))
    }

    /// Creates a customer, with our mark as its note; `stamp` is from before its intent was committed.
    pub async fn create_customer(&self, customer: &NewCustomer, note: &str, stamp: Stamp) -> Sent<AccountId> {
        let body = CreateCustomer {
            company: Company {
                name: &customer.name,
                address: customer.address.as_deref(),
                city: &customer.city,
                state: &customer.state,
                postal_code: customer.postal_code.as_deref(),
                country: &customer.country,
                note,
            },
            contact: Contact {
                first_name: &customer.first_name,
                last_name: &customer.last_name,
                email: &customer.email,
            },
        };
        let request = Request::write("create_customer", Method::Post, calls::CUSTOMERS).json(&body).stamped(stamp);
        self.client.write(request, |answer| created_customer(answer).ok_or("a success without the customer's id")).await
    }
}

/// The new id. Only part of the v3 answer is known, so the other places where an id could be are looked at too.
fn created_customer(answer: &Answer) -> Option<AccountId> {
    let body: Value = serde_json::from_slice(answer.json()).ok()?;
    let places =
        ["/customer_id", "/company/customer_id", "/customer/customer_id", "/id", "/company/id", "/customer/id"];
    places.iter().find_map(|place| account_id(body.pointer(place)?.as_str()?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_in(body: &str) -> Option<String> {
        let answer = Answer { status: 200, body: body.as_bytes().to_vec(), ..Answer::default() };
        created_customer(&answer).map(String::from)
    }

    #[test]
    fn the_new_id_is_found_where_it_may_be() {
        let expected = Some("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee".to_owned());
        for body in [
            r#"{"customer_id":"AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"}"#,
            r#"{"id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee","customer_id":null}"#,
            r#"{"company":{"customer_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee","name":"x"}}"#,
            r#"{"id":"99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee","customer_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"}"#,
        ] {
            assert_eq!(id_in(body), expected, "{body}");
        }
        for body in
            ["", "{}", "<html>", r#"{"customer_id":""}"#, r#"{"customer_id":null}"#, r#"{"customer_id":"a b"}"#, "[]"]
        {
            assert_eq!(id_in(body), None, "{body}");
        }
    }
}
