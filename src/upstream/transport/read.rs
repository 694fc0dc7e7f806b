//! Reads: which failures are worth another try, and the loop that tries.

use super::Transport;
use super::call::{Answer, Fault, FaultKind};
use crate::domain::outcome::{ReadError, Refusal};
use backon::{ExponentialBuilder, Retryable as _};
use std::time::Duration;

/// Tries in all (`security-reliability.md` part 2, U2).
const TRIES: usize = 4;
/// A longer pause is the caller's to take: a job has other things to do meanwhile.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// How often reads of one vendor are repeated after a 500, which may be a passing failure or a broken endpoint.
#[derive(Debug, Clone, Copy)]
pub(in crate::upstream) struct ReadTries {
    pub(in crate::upstream) after_500: u32,
}

/// A failed try.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct ReadFailure {
    pub(in crate::upstream) error: ReadError,
    again: Again,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    Soon,
    SoonAfter500,
}

impl ReadFailure {
    /// A failure that another try would not mend.
    pub(in crate::upstream) fn last(error: ReadError) -> Self {
        Self { error, again: Again::Never }
    }

    /// A failure that may pass, or may be there to stay: tried again as often as after a 500.
    pub(in crate::upstream) fn as_after_500(error: ReadError) -> Self {
        Self { error, again: Again::SoonAfter500 }
    }

    fn soon(error: ReadError) -> Self {
        Self { error, again: Again::Soon }
    }

    fn pause(&self) -> Option<Duration> {
        match self.error {
            ReadError::Throttled(pause) => pause,
            _ => None,
        }
    }
}

/// Sorts the result of one read by its status; the body of a success is the caller's to read. `refusal` reads the
/// vendor's words in any other refusal.
pub(in crate::upstream) fn sort_read(
    result: Result<Answer, Fault>,
    refusal: fn(&Answer) -> Refusal,
) -> Result<Answer, ReadFailure> {
    let answer = result.map_err(|fault| match fault.kind {
        FaultKind::Unreachable => ReadFailure::soon(ReadError::Unreachable),
        FaultKind::NoAddress => ReadFailure::last(ReadError::Unreachable),
        FaultKind::Timeout | FaultKind::Broken => ReadFailure::soon(ReadError::Lost(fault.kind.reason())),
        FaultKind::Oversized => ReadFailure::last(ReadError::Unreadable(fault.kind.reason().to_owned())),
    })?;
    match answer.status {
        200..=299 => Ok(answer),
        401 => Err(ReadFailure::last(ReadError::CredentialsRefused)),
        403 => Err(ReadFailure::last(ReadError::Forbidden)),
        404 => Err(ReadFailure::last(ReadError::NotFound)),
        408 => Err(ReadFailure::soon(ReadError::Lost("no answer in time"))),
        429 | 503 => Err(ReadFailure::soon(ReadError::Throttled(answer.retry_after))),
        502 | 504 => Err(ReadFailure::soon(ReadError::ServerError(answer.status))),
        // Nothing that is tried again is implemented meanwhile.
        501 => Err(ReadFailure::last(ReadError::ServerError(answer.status))),
        500..=599 => Err(ReadFailure::as_after_500(ReadError::ServerError(answer.status))),
        _ => Err(ReadFailure::last(ReadError::Refused(refusal(&answer)))),
    }
}

impl Transport {
    /// Repeats one read until it succeeds, cannot succeed, or has been tried often enough.
    pub(in crate::upstream) async fn repeat_read<T, F>(
        &self,
        tries: ReadTries,
        attempt: impl FnMut() -> F,
    ) -> Result<T, ReadError>
    where
        F: Future<Output = Result<T, ReadFailure>>,
    {
        let mut left_after_500 = tries.after_500;
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.settings.retry_base_delay)
            .with_factor(2.0)
            .with_max_times(TRIES - 1)
            .with_jitter();
        attempt
            .retry(pauses)
            .sleep(tokio::time::sleep)
            .when(|failure| match failure.again {
                Again::Never => false,
                Again::Soon => failure.pause().is_none_or(|pause| pause <= LONGEST_PAUSE),
                Again::SoonAfter500 => {
                    let left = left_after_500;
                    left_after_500 = left.saturating_sub(1);
                    left > 0
                }
            })
            .adjust(|failure, pause| pause.map(|pause| failure.pause().map_or(pause, |asked| asked.max(pause))))
            .notify(|failure, pause| {
                metrics::counter!("upstream_retries_total").increment(1);
                tracing::debug!(error = %failure.error, ?pause, "vendor call will be repeated");
            })
            .await
            .map_err(|failure| failure.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::transport::sorting::plain_refusal;

    fn failure(status: u16) -> ReadFailure {
        sort_read(Ok(Answer { status, ..Answer::default() }), plain_refusal).unwrap_err()
    }

    #[test]
    fn statuses_are_sorted() {
        for (status, again) in [
            (302, Again::Never),
            (400, Again::Never),
            (401, Again::Never),
            (403, Again::Never),
            (404, Again::Never),
            (429, Again::Soon),
            (500, Again::SoonAfter500),
            (501, Again::Never),
            (507, Again::SoonAfter500),
            (520, Again::SoonAfter500),
            (502, Again::Soon),
            (503, Again::Soon),
            (504, Again::Soon),
        ] {
            assert_eq!(failure(status).again, again, "{status}");
        }
        assert!(sort_read(Ok(Answer { status: 204, ..Answer::default() }), plain_refusal).is_ok());
    }

    #[test]
    fn broken_connections_are_worth_another_try() {
        let again = |kind| sort_read(Err(Fault { kind, status: None }), plain_refusal).unwrap_err().again;
        assert_eq!(again(FaultKind::Broken), Again::Soon);
        assert_eq!(again(FaultKind::Timeout), Again::Soon);
        assert_eq!(again(FaultKind::Unreachable), Again::Soon);
        assert_eq!(again(FaultKind::NoAddress), Again::Never);
        assert_eq!(again(FaultKind::Oversized), Again::Never);
    }
}
