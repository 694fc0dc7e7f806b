//! What the wizard's steps have in common: their order, their head, and how a stored step is answered.

use super::WebState;
use super::change::stale_page;
use super::error::{WebError, see_other, step_address};
use super::form::Fields;
use super::language::Words;
use super::session::Session;
use super::words::step_path;
use crate::domain::ids::ImportId;
use crate::domain::import::{Import, ImportStatus, Step};
use crate::service::{ServiceError, imports};
use axum::response::Response;
use std::borrow::Cow;

/// One step in the head of the wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WizardStep {
    /// From 1.
    pub number: u8,
    /// For people.
    pub label: Cow<'static, str>,
    /// Its address; empty while it cannot be opened.
    pub address: String,
    /// It is open.
    pub is_current: bool,
    /// Somebody has been through.
    pub is_done: bool,
}

/// The head of the wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wizard {
    /// The steps.
    pub steps: Vec<WizardStep>,
    /// Where the import's pages begin.
    pub address: String,
    /// The version that is shown.
    pub version: u32,
    /// How many customers.
    pub customers: usize,
}

const STEPS: [(Step, &str); 4] = [
    (Step::Accounts, "step-accounts"),
    (Step::Notifications, "step-notifications"),
    (Step::ServicePlans, "step-plans"),
    (Step::Templates, "step-templates"),
];

impl Wizard {
    /// The head while `current` is open.
    pub fn of(words: Words, import: &Import, base: &str, current: Step) -> Self {
        let next = import.next_step();
        let address = format!("{base}/imports/{}", import.id);
        let step = |(number, (step, label)): (u8, (Step, &'static str))| WizardStep {
            number,
            label: words.t(label),
            address: if step <= next { format!("{address}/{}", step_path(step)) } else { String::new() },
            is_current: step == current,
            is_done: step < next,
        };
        let mut steps: Vec<_> = (1..).zip(STEPS).map(step).collect();
        steps.push(integration_step(words, false));
        Self { steps, address, version: import.version, customers: import.items.len() }
    }

    /// The head once the integration has started: nothing before it can be opened.
    pub fn of_integration(words: Words, base: &str, import: ImportId, customers: u32) -> Self {
        let step = |(number, (_, label)): (u8, (Step, &'static str))| WizardStep {
            number,
            label: words.t(label),
            address: String::new(),
            is_current: false,
            is_done: true,
        };
        let mut steps: Vec<_> = (1..).zip(STEPS).map(step).collect();
        steps.push(integration_step(words, true));
        Self { steps, address: format!("{base}/imports/{import}"), version: 0, customers: customers as usize }
    }
}

fn integration_step(words: Words, is_current: bool) -> WizardStep {
    WizardStep { number: 5, label: words.t("step-integration"), address: String::new(), is_current, is_done: false }
}

/// Loads an import whose step `wanted` may be opened; leads elsewhere if it may not.
pub async fn open(state: &WebState, session: &Session, id: ImportId, wanted: Step) -> Result<Import, WebError> {
    let import = imports::load(&state.app, session.caller.partner_id, id).await?;
    match place(&import, wanted) {
        None => Ok(import),
        Some(rest) => Err(WebError::Elsewhere(format!("{}/imports/{id}/{rest}", session.base()))),
    }
}

/// Where an import has to be looked at instead of at `wanted`.
fn place(import: &Import, wanted: Step) -> Option<&'static str> {
    let next = import.next_step();
    if import.status != ImportStatus::Draft {
        return Some("integration");
    }
    (wanted > next).then(|| step_path(next))
}

/// Where an import is to be continued.
pub fn current_place(import: &Import) -> &'static str {
    if import.status == ImportStatus::Draft { step_path(import.next_step()) } else { "integration" }
}

/// What happens after a step was stored.
pub enum Then {
    /// The first step to be done comes next.
    Next,
    /// This address, below the import.
    Stay(String),
}

/// Answers a stored step. One that somebody else was faster with is explained, and nothing that was entered is lost.
pub async fn stored(
    state: &WebState,
    session: &Session,
    (id, step): (ImportId, Step),
    (fields, then): (&Fields, Then),
    result: Result<Import, ServiceError>,
) -> Result<Response, WebError> {
    let base = session.base();
    match (result, then) {
        (Ok(import), Then::Next) => Ok(see_other(&step_address(&base, id, import.next_step()))),
        (Ok(_), Then::Stay(rest)) => Ok(see_other(&format!("{base}/imports/{id}/{rest}"))),
        (Err(ServiceError::StaleVersion { changes, .. }), _) => {
            let import = open(state, session, id, Step::Accounts).await?;
            stale_page(session, &import, step, fields, &changes)
        }
        (Err(ServiceError::ImportNotEditable { .. }), _) => Ok(see_other(&format!("{base}/imports/{id}/integration"))),
        (Err(error), _) => Err(error.into()),
    }
}
