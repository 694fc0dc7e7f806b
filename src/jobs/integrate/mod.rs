//! Carrying an import out: the loop that obeys [`engine::next`](crate::domain::engine::next()).
//!
//! One operation: commit the intent, call, commit the outcome together with the customer and the record of it. No transaction
//! is open during a call, and every commit is fenced by the integration's epoch.

mod account;
mod free;
mod look;
mod manager;
mod outcome;
mod run;
mod shared;
mod subscription;
mod template;

use super::{JobContext, JobEnd};
use crate::domain::engine::{PauseCause, PoolKey, Settings};
use crate::domain::ids::ImportId;
use crate::domain::integration::ItemRecord;
use crate::domain::outcome::Vendor;
use crate::storage::engine::EngineError;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Settings of integrations.
#[derive(Debug, Clone, Default)]
pub struct IntegrateSettings {
    /// Limits of a run.
    pub engine: Settings,
    /// Texts in a refusal that say that a pool is used up.
    pub no_license_messages: Vec<String>,
}

/// One customer on its way through a step.
type Item = (usize, ItemRecord);

/// What a step led to.
#[derive(Debug, Default)]
struct StepEnd {
    /// The customers as they are recorded now.
    items: Vec<Item>,
    /// The whole run has to stand still.
    pause: Option<(Vendor, PauseCause)>,
    /// The vendor said that a pool is used up.
    pool_ended: Option<PoolKey>,
    /// The batch was refused: try one by one.
    alone: bool,
}

impl StepEnd {
    fn of(item: Item) -> Self {
        Self { items: vec![item], ..Self::default() }
    }
}

type StepResult = Result<StepEnd, EngineError>;

/// Carries an import out until it ends, the process ends or the claim is lost.
pub(super) async fn run(context: JobContext, settings: Arc<IntegrateSettings>) -> JobEnd {
    let Ok(import) = Uuid::parse_str(&context.subject) else {
        return JobEnd::Failed("the subject is no import id".to_owned());
    };
    match run::carry_out(context, ImportId(import), settings).await {
        Ok(end) => end,
        Err(EngineError::Lost) => JobEnd::Lost,
        Err(error @ EngineError::Unknown(_)) => JobEnd::Halted(chain(&error)),
        Err(error) => {
            tracing::warn!(import.id = %import, error = &error as &dyn std::error::Error, "an integration was interrupted, it goes on");
            JobEnd::Again(Duration::from_secs(2))
        }
    }
}

/// An error with everything that led to it, for the row of a job.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
