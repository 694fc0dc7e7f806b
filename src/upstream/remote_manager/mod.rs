//! The client for Remote Manager's REST API, SMPI (`worry-free-templates.md` 3, 4).
//!
//! An update without customer ids would change **every** customer of the partner. Updates therefore take a
//! [`CustomerBatch`], which holds one customer at least, and are built in one place.

mod batch;
mod calls;
mod groups;
mod task;

pub use batch::{CustomerBatch, WrongBatchSize};
pub use groups::{CustomerGroups, Group};

use super::signed::{Request, SignedClient, SignedConfig};
use super::transport::{Api, ConfigError, Method, Transport};
use crate::domain::ids::{AccountId, PartnerId};
use crate::domain::outcome::{ReadError, Refusal, Sent, WriteOutcome};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use task::Task;

/// Address and secrets of a partner at SMPI; a pair of its own, not LMPI's.
#[derive(Debug, Clone)]
pub struct RemoteManagerConfig {
    /// The server's address; `/SMPI` and what follows may be left on it.
    pub url: String,
    /// Names the partner.
    pub access_token: SecretString,
    /// Signs; its text is the key, although it looks like Base64.
    pub secret_key: SecretString,
}

/// A partner's access to SMPI.
#[derive(Debug)]
pub struct RemoteManager {
    client: SignedClient,
}

/// Whether the Worry-Free company of every customer in the batch is ready for settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initialized {
    /// It is.
    Done,
    /// The product is not there yet: ask again later.
    NotReady,
}

/// Which devices a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Os {
    /// Windows.
    Win,
    /// macOS.
    Mac,
    /// Android.
    Android,
    /// iOS.
    Ios,
}

impl Os {
    /// As SMPI spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Win => "win",
            Self::Mac => "mac",
            Self::Android => "android",
            Self::Ios => "ios",
        }
    }
}

/// What a list of customers is at least: other JSON does not show that it is Remote Manager.
#[derive(Deserialize)]
struct Probed {
    customers: Vec<IgnoredAny>,
}

#[derive(Serialize)]
struct Replicate<'a> {
    replicate_from: ReplicateFrom<'a>,
}

#[derive(Serialize)]
struct ReplicateFrom<'a> {
    cid: &'a AccountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<u32>,
}

#[derive(Serialize)]
struct SetNotifications<'a> {
    notif_setting: NotificationSetting<'a>,
}

#[derive(Serialize)]
struct NotificationSetting<'a> {
    recipients: &'a [String],
}

impl RemoteManager {
    /// Makes a client; nothing is sent.
    pub fn new(
        transport: Arc<Transport>,
        partner: PartnerId,
        config: RemoteManagerConfig,
    ) -> Result<Self, ConfigError> {
        let config = SignedConfig {
            url: &config.url,
            api_root: "/SMPI",
            access_token: &config.access_token,
            secret_key: config.secret_key,
            clock_probe: calls::CUSTOMERS,
        };
        Ok(Self { client: SignedClient::new(transport, partner, Api::RemoteManager, config)? })
    }

    /// Checks address, credentials and rights with a cheap read.
    pub async fn probe(&self) -> Result<(), ReadError> {
        let request = Request::get("probe", calls::CUSTOMERS).query("page=1&limit=1".to_owned());
        let answer = self.client.read(request).await?;
        let Probed { customers } = super::json::read_json(&answer)?;
        tracing::trace!(customers = customers.len(), "Remote Manager answers");
        Ok(())
    }

    /// Prepares the Worry-Free companies of customers that have not signed in yet.
    pub async fn initialize(&self, batch: &CustomerBatch) -> Sent<Initialized> {
        let request = Request::write("initialize", Method::Post, calls::INITIALIZE).query(batch.query());
        let sent = self.update(request).await;
        let outcome = match sent.outcome.map(|()| Initialized::Done) {
            WriteOutcome::Refused(refusal) if is_without_product(&refusal) => WriteOutcome::Done(Initialized::NotReady),
            outcome => outcome,
        };
        Sent { outcome, trace_id: sent.trace_id, signed_at: sent.signed_at }
    }

    /// Writes; the task that an answer may tell of decides what came of it.
    async fn update(&self, request: Request) -> Sent<()> {
        let sent = self.client.write(request, task::read).await;
        let outcome = match sent.outcome {
            WriteOutcome::Done(Task::Failed(refusal)) => WriteOutcome::Refused(refusal),
            outcome => outcome.map(|_| ()),
        };
        Sent { outcome, trace_id: sent.trace_id, signed_at: sent.signed_at }
    }

    /// Copies the policies of one group of the source customer to the same kind of group of each customer.
    pub async fn replicate_policies(
        &self,
        batch: &CustomerBatch,
        gid: u32,
        os: Os,
        source: &AccountId,
        source_gid: u32,
    ) -> Sent<()> {
        let body = Replicate { replicate_from: ReplicateFrom { cid: source, gid: Some(source_gid) } };
        let query = format!("&gids={gid}&os={}", os.as_str());
        self.update(update("replicate_policies", calls::POLICIES, batch, &query, &body)).await
    }

    /// Copies the global settings of the source customer to each customer.
    pub async fn replicate_global_settings(&self, batch: &CustomerBatch, source: &AccountId) -> Sent<()> {
        let body = Replicate { replicate_from: ReplicateFrom { cid: source, gid: None } };
        let request = update("replicate_global_settings", calls::GLOBAL_SETTINGS, batch, "", &body);
        self.update(request).await
    }

    /// Sets who receives Worry-Free notifications of each customer. No recipients is refused here: it would silence them.
    pub async fn set_notification_recipients(&self, batch: &CustomerBatch, recipients: &[String]) -> Sent<()> {
        if recipients.is_empty() {
            let message = Some("at least one recipient is needed".to_owned());
            let refusal = Refusal { status: 0, field: Some("recipients".to_owned()), message };
            return Sent { outcome: WriteOutcome::Refused(refusal), trace_id: None, signed_at: None };
        }
        let body = SetNotifications { notif_setting: NotificationSetting { recipients } };
        let request = update("set_notification_recipients", calls::NOTIFICATION_SETTINGS, batch, "", &body);
        self.update(request).await
    }
}

/// The only place where an update is built: customers first, and `sync=true` so that the answer tells the result.
fn update(
    operation: &'static str,
    path: &'static str,
    batch: &CustomerBatch,
    more: &str,
    body: &impl Serialize,
) -> Request {
    Request::write(operation, Method::Put, path).query(format!("{}{more}&sync=true", batch.query())).json(body)
}

/// What SMPI says about customers whose product does not exist yet (`worry-free-templates.md` 3).
pub fn is_without_product(refusal: &Refusal) -> bool {
    refusal.message.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("cannot find product"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str) -> AccountId {
        AccountId::parse(id).unwrap()
    }

    #[test]
    fn every_update_names_its_customers() {
        let batch = CustomerBatch::new(account("A-1"), vec![account("b-2")]).unwrap();
        let source = account("c-3");
        let body = Replicate { replicate_from: ReplicateFrom { cid: &source, gid: Some(1) } };
        let request = update("x", calls::POLICIES, &batch, "&gids=1&os=win", &body);
        assert_eq!(request.query.as_deref(), Some("cids=a-1,b-2&gids=1&os=win&sync=true"));
        let sent = request.body.unwrap();
        assert_eq!(String::from_utf8(sent).unwrap(), r#"{"replicate_from":{"cid":"c-3","gid":1}}"#);
    }
}
