//! What is counted of jobs.

use super::{JobEnd, JobKind};
use crate::storage::leases::ClaimedJob;
use std::time::Duration;

/// Kinds that this version does not know share one label: what is stored must not make labels.
fn kind(job: &ClaimedJob) -> &'static str {
    JobKind::parse(&job.kind).map_or("other", JobKind::as_str)
}

/// A job was claimed.
pub(super) fn claimed(job: &ClaimedJob) {
    metrics::counter!("jobs_claimed_total", "kind" => kind(job)).increment(1);
    if job.taken_over {
        metrics::counter!("leases_taken_over_total", "kind" => kind(job)).increment(1);
        tracing::warn!(job.id = %job.job_id, job.kind = job.kind, "a job was taken over whose worker fell silent");
    }
}

/// A job ended, in whatever way; `None`: its handler panicked.
pub(super) fn ended(job: &ClaimedJob, end: Option<&JobEnd>, took: Duration) {
    let end = match end {
        Some(JobEnd::Done) => "done",
        Some(JobEnd::Failed(_)) => "failed",
        Some(JobEnd::Halted(_)) => "halted",
        Some(JobEnd::Again(_)) => "again",
        Some(JobEnd::Lost) => "lost",
        None => "crashed",
    };
    metrics::counter!("jobs_ended_total", "kind" => kind(job), "end" => end).increment(1);
    metrics::histogram!("job_seconds", "kind" => kind(job)).record(took);
}
