//! Which subscription a customer has to a plan: the look before and after a create (`lmpi.md` 8.2, 10).

use super::subscriptions::subscription_id;
use super::{Lmp, calls};
use crate::domain::ids::{AccountId, ServicePlanId, SubscriptionId};
use crate::domain::inventory::CreatedBetween;
use crate::domain::outcome::ReadError;
use crate::upstream::json::read_json;
use crate::upstream::lenient::Text;
use crate::upstream::progress::Progress;
use crate::upstream::signed::{Request, path_with};
use crate::upstream::transport::Answer;
use chrono::Utc;
use serde_json::Value;

/// What a look for a subscription found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundSubscription {
    /// None; the vendor may still be about to show one.
    None,
    /// Exactly one.
    One(SubscriptionId),
    /// More than one: which is meant is for a person to say.
    Several(Vec<SubscriptionId>),
}

impl From<Vec<SubscriptionId>> for FoundSubscription {
    fn from(mut ids: Vec<SubscriptionId>) -> Self {
        ids.sort();
        ids.dedup();
        match ids.len() {
            0 => Self::None,
            1 => Self::One(ids.remove(0)),
            _ => Self::Several(ids),
        }
    }
}

impl Lmp {
    /// Asks for a customer's subscription to a plan. How "none" and "several" are answered is not documented: 404 and a
    /// success without an id are none; after 400 and 409 the list of all subscriptions is looked through.
    pub async fn find_subscription(
        &self,
        account: &AccountId,
        plan: &ServicePlanId,
    ) -> Result<FoundSubscription, ReadError> {
        let path = path_with(calls::FIND_SUBSCRIPTION, &[account.as_str(), plan.as_str()]);
        let found = match self.client.read(Request::get("find_subscription", path)).await {
            Ok(answer) => FoundSubscription::from(ids_in(&answer)?),
            Err(ReadError::NotFound) => FoundSubscription::None,
            Err(ReadError::Refused(refusal)) if matches!(refusal.status, 400 | 409) => {
                self.look_through_all(account, plan).await?
            }
            Err(error) => return Err(error),
        };
        if let FoundSubscription::One(id) = &found {
            self.remember_plan(id, plan);
        }
        Ok(found)
    }

    async fn look_through_all(
        &self,
        account: &AccountId,
        plan: &ServicePlanId,
    ) -> Result<FoundSubscription, ReadError> {
        let all = self.subscriptions(CreatedBetween::ever(Utc::now()), &Progress::new()).await?;
        let fitting =
            all.into_iter().filter(|one| one.enabled && one.account_id == *account && one.service_plan_id == *plan);
        Ok(fitting.map(|one| one.id).collect::<Vec<_>>().into())
    }
}

/// Every id in an answer: an object with an id, or a list of such. What cannot be read is not "none", because "none"
/// allows a create.
fn ids_in(answer: &Answer) -> Result<Vec<SubscriptionId>, ReadError> {
    if answer.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    collect_ids(&read_json(answer)?, &mut ids)?;
    Ok(ids)
}

fn collect_ids(value: &Value, ids: &mut Vec<SubscriptionId>) -> Result<(), ReadError> {
    let unreadable = || ReadError::Unreadable("subscription_id is not an id".to_owned());
    match value {
        Value::Null => Ok(()),
        Value::String(text) if text.trim().is_empty() => Ok(()),
        Value::String(text) => {
            ids.push(subscription_id(&Text(Some(text.clone()))).ok_or_else(unreadable)?);
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| collect_ids(item, ids)),
        Value::Object(fields) => {
            let id = ["subscription_id", "id"].iter().filter_map(|name| fields.get(*name)).find(|id| !id.is_null());
            id.map_or(Ok(()), |id| collect_ids(id, ids))
        }
        Value::Bool(_) | Value::Number(_) => Err(unreadable()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> Result<FoundSubscription, ReadError> {
        ids_in(&Answer { status: 200, body: body.as_bytes().to_vec(), ..Answer::default() }).map(Into::into)
    }

    #[test]
    fn answers_without_an_id_are_none() {
        for body in ["", "  ", "null", "{}", "[]", "\"\"", r#"{"subscription_id":null}"#, r#"{"subscription_id":""}"#] {
            assert_eq!(found(body), Ok(FoundSubscription::None), "{body:?}");
        }
    }

    #[test]
    fn answers_with_ids_are_counted_without_case() {
        let id = |text| SubscriptionId::parse(text).unwrap();
        assert_eq!(found(r#"{"subscription_id":"ABC"}"#), Ok(FoundSubscription::One(id("abc"))));
        let twice = r#"[{"subscription_id":"ABC"},{"subscription_id":"abc"}]"#;
        assert_eq!(found(twice), Ok(FoundSubscription::One(id("abc"))));
        let several = r#"[{"subscription_id":"b"},{"id":"a"}]"#;
        assert_eq!(found(several), Ok(FoundSubscription::Several(vec![id("a"), id("b")])));
    }

    #[test]
    fn answers_that_cannot_be_read_are_not_none() {
        for body in ["<html>", r#"{"subscription_id":"a b"}"#, r#"{"subscription_id":7}"#, "{\"subscription_id\""] {
            assert!(found(body).is_err(), "{body}");
        }
    }
}
