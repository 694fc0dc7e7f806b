//! Bodies that have to be there in time, however little by little they come.

use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// The body was not there in time.
#[derive(Debug, thiserror::Error)]
#[error("the body was not there in time")]
pub struct TooSlow;

impl TooSlow {
    /// Whether an error comes from this one.
    pub fn is_behind(error: &(dyn Error + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<Self>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// A body that breaks off if it is not there in time.
pub(super) struct Timely {
    body: Incoming,
    deadline: Instant,
    /// Made once something has to be waited for.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timely {
    /// From now on.
    pub(super) fn new(body: Incoming, limit: Duration) -> Self {
        Self { body, deadline: Instant::now() + limit, sleep: None }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let deadline = self.deadline;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        ready!(sleep.as_mut().poll(context));
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
