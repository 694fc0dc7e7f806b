//! How many calls may be under way at once on the way of one partner to one API: a fixed number, or a share of what all processes
//! have together, which changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// What all ways of a process share whose slots are shares.
#[derive(Debug)]
pub(super) struct Sharing {
    /// For how long shares may be used after they were last asked for.
    term: Duration,
    asked_at: Mutex<Option<Instant>>,
    /// Somebody waits for a slot and none may be used.
    pub(super) wanted: Notify,
    renewed: Notify,
}

impl Sharing {
    pub(super) fn new(term: Duration) -> Self {
        Self { term, asked_at: Mutex::default(), wanted: Notify::new(), renewed: Notify::new() }
    }

    pub(super) fn renew(&self, asked_at: Instant) {
        *self.asked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked_at);
        self.renewed.notify_waiters();
    }

    fn is_current(&self) -> bool {
        let asked_at = *self.asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        asked_at.is_some_and(|asked_at| asked_at.elapsed() < self.term)
    }
}

/// The slots of one way.
#[derive(Debug)]
pub(super) struct Slots {
    semaphore: Semaphore,
    state: Mutex<State>,
    sharing: Option<Arc<Sharing>>,
}

#[derive(Debug, Default)]
struct State {
    /// Slots there are, in use or free.
    held: usize,
    /// How many of those in use are given back when their calls end.
    surplus: usize,
    /// Calls under way or waiting.
    calls: usize,
    /// The most of them since somebody last looked.
    peak: usize,
}

/// One call's slot; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    permit: Option<SemaphorePermit<'a>>,
    slots: &'a Slots,
}

/// A call that is under way or waits.
struct Counted<'a>(&'a Slots);

impl Slots {
    /// So many slots that are nobody else's.
    pub(super) fn fixed(count: usize) -> Self {
        let state = State { held: count, ..State::default() };
        Self { semaphore: Semaphore::new(count), state: Mutex::new(state), sharing: None }
    }

    /// None, until some are given.
    pub(super) fn shared(sharing: Arc<Sharing>) -> Self {
        Self { semaphore: Semaphore::new(0), state: Mutex::default(), sharing: Some(sharing) }
    }

    /// Waits for a free slot.
    pub(super) async fn acquire(&self) -> Slot<'_> {
        let counted = Counted::new(self);
        loop {
            let permit = self.semaphore.acquire().await.expect("nobody closes the semaphore of a way");
            let Some(sharing) = &self.sharing else {
                return counted.slot(permit);
            };
            let renewed = sharing.renewed.notified();
            if !sharing.is_current() {
                // A process that was frozen, or is cut from the database, does not know whether it still has its share.
                sharing.wanted.notify_one();
                drop(permit);
                renewed.await;
            } else if self.gives_back() {
                permit.forget();
            } else {
                return counted.slot(permit);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the slot of a call that ends is not free for the next one.
    fn gives_back(&self) -> bool {
        let mut state = self.state();
        let gives = state.surplus > 0;
        if gives {
            state.surplus -= 1;
            state.held -= 1;
        }
        gives
    }

    /// The most calls that were wanted at once since this was last asked, and the slots there are.
    pub(super) fn demand(&self) -> (usize, usize) {
        let mut state = self.state();
        let (wanted, calls) = (state.peak, state.calls);
        state.peak = calls;
        (wanted, state.held)
    }

    /// Makes it so many slots, as soon as calls under way allow; returns how many there are now.
    pub(super) fn set(&self, count: usize) -> usize {
        let mut state = self.state();
        let stays = state.held - state.surplus;
        if count >= stays {
            let kept = (count - stays).min(state.surplus);
            let more = count - stays - kept;
            state.surplus -= kept;
            state.held += more;
            self.semaphore.add_permits(more);
        } else {
            let freed = self.semaphore.forget_permits(stays - count);
            state.held -= freed;
            state.surplus += stays - count - freed;
        }
        state.held
    }
}

impl<'a> Counted<'a> {
    fn new(slots: &'a Slots) -> Self {
        let mut state = slots.state();
        state.calls += 1;
        state.peak = state.peak.max(state.calls);
        let is_short = state.calls > state.held - state.surplus;
        drop(state);
        if let Some(sharing) = slots.sharing.as_ref().filter(|_| is_short) {
            sharing.wanted.notify_one();
        }
        Self(slots)
    }

    /// From now on the slot does the counting.
    fn slot(self, permit: SemaphorePermit<'a>) -> Slot<'a> {
        let slots = self.0;
        std::mem::forget(self);
        Slot { permit: Some(permit), slots }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.state().calls -= 1;
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        drop(Counted(self.slots));
        let gives_back = self.slots.gives_back();
        if let Some(permit) = self.permit.take().filter(|_| gives_back) {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn shared() -> (Arc<Sharing>, Slots) {
        let sharing = Arc::new(Sharing::new(Duration::from_mins(1)));
        sharing.renew(Instant::now());
        (Arc::clone(&sharing), Slots::shared(sharing))
    }

    #[tokio::test]
    async fn a_share_grows_at_once_and_shrinks_as_calls_end() {
        let (_, slots) = shared();
        assert!(slots.acquire().now_or_never().is_none());
        assert_eq!((slots.demand(), slots.set(2)), ((1, 0), 2));
        let (first, second) = (slots.acquire().await, slots.acquire().await);
        assert!(slots.acquire().now_or_never().is_none(), "both are taken");
        assert_eq!(slots.set(1), 2, "both are still under way");
        drop(first);
        assert_eq!(slots.demand(), (3, 1), "the most that were wanted, and what is left");
        assert!(slots.acquire().now_or_never().is_none());
        drop(second);
        let last = slots.acquire().now_or_never().expect("one slot is free");
        assert_eq!((slots.set(0), slots.set(1)), (1, 1), "what is still under way is not given twice");
        drop(last);
        assert!(slots.acquire().now_or_never().is_some());
    }

    #[tokio::test]
    async fn nothing_is_sent_once_the_share_may_be_gone() {
        let sharing = Arc::new(Sharing::new(Duration::ZERO));
        sharing.renew(Instant::now());
        let slots = Slots::shared(Arc::clone(&sharing));
        slots.set(1);
        assert!(slots.acquire().now_or_never().is_none());
        assert!(sharing.wanted.notified().now_or_never().is_some(), "somebody is asked for it");
        assert_eq!(slots.demand(), (1, 1), "who gave up does not count");
        assert_eq!(slots.demand(), (0, 1));
    }

    #[tokio::test]
    async fn a_fixed_number_needs_nobody() {
        let slots = Slots::fixed(1);
        let first = slots.acquire().await;
        assert!(slots.acquire().now_or_never().is_none());
        drop(first);
        assert!(slots.acquire().now_or_never().is_some());
    }
}
