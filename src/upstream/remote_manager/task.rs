//! The task that an answer to a write may tell of (`worry-free-templates.md` 3).
//!
//! With `sync=true` the answer comes when the task has ended, and may then hold nothing; without a task the status is all there is.

use crate::domain::outcome::Refusal;
use crate::upstream::lenient::Text;
use crate::upstream::transport::Answer;
use crate::upstream::transport::sorting::any_body;
use serde::Deserialize;

/// How a task ended.
#[derive(Debug)]
pub(super) enum Task {
    /// Well, or there was none.
    Done,
    /// It failed, or was called off.
    Failed(Refusal),
}

#[derive(Deserialize)]
struct WithTask {
    task: TaskRow,
}

#[derive(Deserialize)]
struct TaskRow {
    #[serde(default)]
    status: Text,
}

/// Reads the answer of a success. A task that has not ended may still fail.
pub(super) fn read(answer: &Answer) -> Result<Task, &'static str> {
    // An array would pass for the fields in their order.
    let is_object = answer.json().trim_ascii_start().starts_with(b"{");
    let Ok(WithTask { task }) = serde_json::from_slice::<WithTask>(answer.json()) else {
        return any_body(answer).map(|()| Task::Done);
    };
    match task.status.raw().map(str::to_ascii_uppercase).as_deref().filter(|_| is_object) {
        Some("SUCCESS") => Ok(Task::Done),
        Some(end @ ("FAILURE" | "REVOKED")) => {
            let message = Some(format!("the task ended as {end}"));
            Ok(Task::Failed(Refusal { status: answer.status, field: None, message }))
        }
        _ => Err("a task that has not ended"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(status: u16, body: &str) -> &'static str {
        match read(&Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() }) {
            Ok(Task::Done) => "done",
            Ok(Task::Failed(_)) => "failed",
            Err(_) => "open",
        }
    }

    #[test]
    fn the_task_decides_and_without_one_the_status() {
        for (status, body, expected) in [
            (200, r#"{"task":{"id":"1","status":"SUCCESS"}}"#, "done"),
            (202, r#"{"task":{"id":"1","status":"success"}}"#, "done"),
            (200, r#"{"task":{"id":"1","status":"FAILURE"}}"#, "failed"),
            (200, r#"{"task":{"id":"1","status":"REVOKED"}}"#, "failed"),
            (200, r#"{"task":{"id":"1","status":"PENDING"}}"#, "open"),
            (200, r#"{"task":{"id":"1"}}"#, "open"),
            (200, "", "done"),
            (200, r#"{"customers":[]}"#, "done"),
            (200, "<html>", "open"),
            (202, "", "open"),
        ] {
            assert_eq!(end(status, body), expected, "{status} {body}");
        }
    }
}
