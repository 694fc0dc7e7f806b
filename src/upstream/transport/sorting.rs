//! The sorting of writes: done, refused, not sent, or in doubt (`security-reliability.md` part 2, R3).
//!
//! Everything that is not surely refused is in doubt, whatever it looks like: a second account costs more than a look.

use super::call::{Answer, Fault, FaultKind};
use crate::domain::outcome::{Doubt, NotSent, Refusal, WriteOutcome};
use crate::upstream::lenient::{Text, people_text};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The longest message of a vendor that is kept, in characters.
const LONGEST_MESSAGE: usize = 300;

/// Sorts how one write ended. `understand` reads the documented answer of a success.
pub(in crate::upstream) fn sort_write<T>(
    result: &Result<Answer, Fault>,
    understand: impl FnOnce(&Answer) -> Result<T, &'static str>,
) -> WriteOutcome<T> {
    let answer = match result {
        Ok(answer) => answer,
        Err(Fault { kind: FaultKind::Unreachable | FaultKind::NoAddress, .. }) => {
            return WriteOutcome::NotSent(NotSent::Unreachable);
        }
        Err(Fault { kind, status }) => {
            return WriteOutcome::InDoubt(Doubt {
                reason: kind.reason(),
                status: *status,
                retry_after: None,
                refusal: None,
            });
        }
    };
    let doubt = |reason| {
        let (status, retry_after) = (Some(answer.status), answer.retry_after);
        WriteOutcome::InDoubt(Doubt { reason, status, retry_after, refusal: undocumented_refusal(answer) })
    };
    match answer.status {
        200..=299 => understand(answer).map_or_else(doubt, WriteOutcome::Done),
        // The documented ones, and those that by their meaning prove that nothing was done.
        400 | 404 | 405 | 410 | 411 | 413 | 414 | 415 | 422 => WriteOutcome::Refused(refusal(answer)),
        401 => WriteOutcome::NotSent(NotSent::CredentialsRefused),
        403 => WriteOutcome::NotSent(NotSent::Forbidden(refusal(answer))),
        300..=399 => doubt("redirected"),
        408 => doubt("the server gave up waiting"),
        429 => doubt("the server asks to slow down"),
        500..=599 => doubt("the server failed"),
        _ => doubt("a status nobody documented"),
    }
}

/// What the vendor said in an answer that leaves it in doubt whether it said no: an error inside a success, a status of
/// refusals that nobody documented, words beside a failure. Being busy is no refusal.
fn undocumented_refusal(answer: &Answer) -> Option<Refusal> {
    let is_busy = matches!(answer.status, 408 | 425 | 429);
    let is_refusal = (400..500).contains(&answer.status) && !is_busy;
    (is_refusal || (!is_busy && holds_an_error(answer))).then(|| refusal(answer))
}

/// Reads the answer of a write that documents none, or hardly any: nothing, or JSON that reports no error. A page of a
/// gateway is no answer.
pub(in crate::upstream) fn any_body(answer: &Answer) -> Result<(), &'static str> {
    match answer.status {
        200 | 204 if answer.is_empty() => Ok(()),
        200 | 204 if holds_an_error(answer) => Err("a success that reports an error"),
        200 | 204 if serde_json::from_slice::<IgnoredAny>(answer.json()).is_err() => Err("a success that is not JSON"),
        200 | 204 => Ok(()),
        _ => Err("a success nobody documented"),
    }
}

/// A success page with a documented error inside (`security-reliability.md` part 2, U6).
pub(in crate::upstream) fn holds_an_error(answer: &Answer) -> bool {
    // An array would pass for the fields in their order.
    answer.json().trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<Said>(answer.json()).is_ok_and(|said| said.is_an_error())
}

/// What LMPI and SMPI say in an error: LMPI a subject and a message, SMPI a code and a message.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    error_subject: Text,
    #[serde(default)]
    error_message: Text,
    #[serde(default)]
    code: Text,
    #[serde(default)]
    message: Text,
}

impl Said {
    fn is_an_error(&self) -> bool {
        let is_error_code = self.code.raw().is_some_and(|code| code.starts_with(['4', '5']));
        self.error_subject.raw().or(self.error_message.raw()).is_some()
            || (is_error_code && self.message.raw().is_some())
    }
}

/// A refusal in the vendor's words: LMPI's `error_subject` and `error_message` (`lmpi.md` 3), or SMPI's `message`
/// (`worry-free-templates.md` 3).
pub(in crate::upstream) fn refusal(answer: &Answer) -> Refusal {
    let plain = plain_refusal(answer);
    let Ok(Value::Object(body)) = serde_json::from_slice(answer.json()) else { return plain };
    let text = |name: &str| body.get(name).and_then(Value::as_str).and_then(|text| people_text(text, LONGEST_MESSAGE));
    let field = text("error_subject").and_then(|subject| {
        let path = subject.strip_prefix("InvalidParameters")?.trim_matches(|c: char| c == '.' || c.is_whitespace());
        (!path.is_empty()).then(|| path.to_owned())
    });
    let message = text("error_message").or_else(|| text("message")).or_else(|| text("error_subject"));
    Refusal { field, message, ..plain }
}

/// A refusal of which only the status is known, and where a redirect leads: it means a wrong address in the settings.
pub(in crate::upstream) fn plain_refusal(answer: &Answer) -> Refusal {
    let host = answer.location_host.as_ref().filter(|_| (300..400).contains(&answer.status));
    let message = host.map(|host| format!("the server redirects to {host}"));
    Refusal { status: answer.status, field: None, message }
}

/// Label for logs and metrics.
pub(in crate::upstream) fn label(result: &Result<Answer, Fault>) -> &'static str {
    match result {
        Ok(answer) => match answer.status {
            200..=299 => "ok",
            300..=399 => "redirected",
            401 | 403 => "forbidden",
            429 => "throttled",
            400..=499 => "refused",
            _ => "server_error",
        },
        Err(fault) => match fault.kind {
            FaultKind::Unreachable | FaultKind::NoAddress => "unreachable",
            FaultKind::Timeout => "timeout",
            FaultKind::Broken => "broken",
            FaultKind::Oversized => "oversized",
        },
    }
}

#[cfg(test)]
#[path = "sorting_tests.rs"]
mod tests;
