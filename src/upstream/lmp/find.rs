//! Which subscription a customer has to a plan: the look before and after a create (`lmpi.md` 8.2, 10).

use super::subscriptions::subscription_id;
use super::{Lmp, calls};
use crate::domain::ids::{AccountId, ServicePlanId, SubscriptionId};
use crate::domain::inventory::{CreatedBetween, Subscription};
use crate::domain::outcome::ReadError;
use crate::upstream::json::read_json;
use crate::upstream::lenient::Text;
use crate::upstream::progress::Progress;
use crate::upstream::signed::{Request, path_with};
use crate::upstream::transport::Answer;
use chrono::Utc;
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;

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
    /// success that holds nothing are none; after 400, 409 and a success of another form the list of all subscriptions is
    /// looked through, which may have been read before, but not before `since`.
    pub async fn find_subscription(
        &self,
        account: &AccountId,
        plan: &ServicePlanId,
        since: Instant,
    ) -> Result<FoundSubscription, ReadError> {
        let path = path_with(calls::FIND_SUBSCRIPTION, &[account.as_str(), plan.as_str()]);
        let found = match self.client.read(Request::get("find_subscription", path).or_nothing()).await {
            Ok(answer) => match ids_in(&answer)? {
                Some(ids) => FoundSubscription::from(ids),
                None => self.find_active_subscription(account, plan, since).await?,
            },
            Err(ReadError::NotFound) => FoundSubscription::None,
            Err(ReadError::Refused(refusal)) if matches!(refusal.status, 400 | 409) => {
                self.find_active_subscription(account, plan, since).await?
            }
            Err(error) => return Err(error),
        };
        if let FoundSubscription::One(id) = &found {
            self.remember_plan(id, plan);
        }
        Ok(found)
    }

    /// Looks through all subscriptions for those in force of a customer to a plan: one that has ended may hide them from
    /// [`find_subscription`](Self::find_subscription), as which of several it names is not documented.
    pub async fn find_active_subscription(
        &self,
        account: &AccountId,
        plan: &ServicePlanId,
        since: Instant,
    ) -> Result<FoundSubscription, ReadError> {
        let all = self.listed_subscriptions(since).await?;
        let fitting =
            all.iter().filter(|one| one.enabled && one.account_id == *account && one.service_plan_id == *plan);
        Ok(fitting.map(|one| one.id.clone()).collect::<Vec<_>>().into())
    }

    /// All subscriptions; one reading serves everybody who asks at about the same time.
    async fn listed_subscriptions(&self, since: Instant) -> Result<Arc<Vec<Subscription>>, ReadError> {
        let mut kept = self.listed.lock().await;
        if let Some((_, all)) = kept.as_ref().filter(|(began, _)| *began >= since) {
            return Ok(Arc::clone(all));
        }
        let began = Instant::now();
        let all = Arc::new(self.subscriptions(CreatedBetween::ever(Utc::now()), &Progress::new()).await?);
        *kept = Some((began, Arc::clone(&all)));
        Ok(all)
    }
}

/// Every id in an answer: an object with an id, or a list of such. `None`: objects about something else. What cannot be read is
/// not "none", because "none" allows a create.
fn ids_in(answer: &Answer) -> Result<Option<Vec<SubscriptionId>>, ReadError> {
    if answer.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut ids = Vec::new();
    Ok(collect_ids(&read_json(answer)?, &mut ids)?.then_some(ids))
}

/// False if something in it is about something else.
fn collect_ids(value: &Value, ids: &mut Vec<SubscriptionId>) -> Result<bool, ReadError> {
    let unreadable = || ReadError::Unreadable("subscription_id is not an id".to_owned());
    match value {
        Value::Null => Ok(true),
        Value::String(text) if text.trim().is_empty() => Ok(true),
        Value::String(text) => {
            ids.push(subscription_id(&Text(Some(text.clone()))).ok_or_else(unreadable)?);
            Ok(true)
        }
        Value::Array(items) => items.iter().try_fold(true, |all, item| Ok(collect_ids(item, ids)? && all)),
        Value::Object(fields) => {
            let names = ["subscription_id", "id"];
            let id = names.iter().filter_map(|name| fields.get(*name)).find(|id| !id.is_null());
            let says_none = fields.is_empty() || names.iter().any(|name| fields.contains_key(*name));
            id.map_or(Ok(says_none), |id| collect_ids(id, ids))
        }
        Value::Bool(_) | Value::Number(_) => Err(unreadable()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer { status: 200, body: body.as_bytes().to_vec(), ..Answer::default() }
    }

    fn found(body: &str) -> Result<FoundSubscription, ReadError> {
        ids_in(&answer(body)).map(|ids| ids.expect("about subscriptions").into())
    }

    #[test]
    fn answers_about_something_else_are_not_none() {
        for body in [r#"{"status":"pending"}"#, r#"{"message":"hello"}"#, r#"[{"subscription_id":"a"},{"paging":{}}]"#]
        {
            assert_eq!(ids_in(&answer(body)), Ok(None), "{body}");
        }
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
